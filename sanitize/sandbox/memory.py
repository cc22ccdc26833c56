"""Anonymous memory that travels: a fresh one for each input and each output.

A buffer that was used before would show one job what another one left in it: only a process that
has seen all that was ever in it, a model's own, is given the same `Room` again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

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
        with result(max_output) as output:
            yield source, output
    finally:
        os.close(source)


@contextmanager
def result(max_output: int) -> Iterator[int]:
    """A descriptor of an output of fixed size."""
    output = _create("sanitize-output")
    try:
        os.ftruncate(output, wire.PAYLOAD + max_output)
        _seal(output, SEAL | SHRINK | GROW)
        yield output
    finally:
        os.close(output)


class Room:
    """Memory for the inputs of one process, one after the other; it can only read them.

    New memory has to be cleared by the kernel first, which takes longer than to fill it. It is
    given back with the object and not before: a descriptor closed under a thread that writes
    could be another file's by then. One thread at a time.
    """

    def __init__(self) -> None:
        self._ends: tuple[int, int] = (-1, -1)
        self._size = -1
        self._finalizer: weakref.finalize[Any, Any] | None = None

    def hold(self, data: memoryview) -> int:
        """Put an input there; the descriptor to read it by, which is good until the next call."""
        if len(data) > self._size:
            self._size = -1  # if no more can be had, what is closed now must not be written to
            if self._finalizer is not None:
                self._finalizer()
            self._ends = _both_ends(len(data))
            self._finalizer = weakref.finalize(self, _close, self._ends)
            self._size = len(data)
        at = 0
        while at < len(data):
            at += os.pwrite(self._ends[0], data[at:], at)
        return self._ends[1]


def _both_ends(size: int) -> tuple[int, int]:
    """Memory of fixed size: a descriptor to write it by, and one to read it by."""
    own = _create("sanitize-input")
    try:
        os.ftruncate(own, size)
        _seal(own, SEAL | SHRINK | GROW)
        return own, os.open(f"/proc/self/fd/{own}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        os.close(own)
        raise


def _close(descriptors: tuple[int, int]) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


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
