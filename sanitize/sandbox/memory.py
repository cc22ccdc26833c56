"""Anonymous memory that travels: a fresh one for each input and each output.

A buffer that was used before would show one job what another one left in it.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from sanitize.sandbox import wire

# linux/fcntl.h: F_ADD_SEALS, and what is sealed: the seals, the size, the content.
ADD_SEALS = 1033
SEAL, SHRINK, GROW, WRITE = 1, 2, 4, 8

#: MFD_NOEXEC_SEAL, Linux 6.3: can never be executed, nor made so.
NOEXEC_SEAL = 8


@contextmanager
def pair(data: memoryview, max_output: int) -> Iterator[tuple[int, int]]:
    """Descriptors of an input that nobody can change, and of an output of fixed size.

    A leaf that cut the output short could otherwise kill its reader with SIGBUS.
    """
    source = _create("sanitize-input")
    try:
        _fill(source, data)
        _seal(source, SEAL | SHRINK | GROW | WRITE)
        output = _create("sanitize-output")
        try:
            os.ftruncate(output, wire.PAYLOAD + max_output)
            _seal(output, SEAL | SHRINK | GROW)
            yield source, output
        finally:
            os.close(output)
    finally:
        os.close(source)


def _create(name: str) -> int:
    flags = os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING
    try:
        return os.memfd_create(name, flags | NOEXEC_SEAL)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return os.memfd_create(name, flags)  # before Linux 6.3


def _fill(descriptor: int, left: memoryview) -> None:
    while left:
        left = left[os.write(descriptor, left) :]


def _seal(descriptor: int, seals: int) -> None:
    fcntl.fcntl(descriptor, ADD_SEALS, seals)
