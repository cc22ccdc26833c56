"""The app's arrays where they are: read in place, since the app waits for the answer."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager

# sys/mman.h: readable, shared with the file, and what the call answers if it fails.
PROT_READ, MAP_SHARED = 1, 1
FAILED = ctypes.c_void_p(-1).value


@contextmanager
def mapped(descriptor: int) -> Iterator[memoryview]:
    """The content of the app's memory, as read-only bytes; not to be touched afterwards.

    The module `mmap` of Python 3.11 would copy the descriptor, which the lock forbids.
    """
    size = os.lseek(descriptor, 0, os.SEEK_END)
    if not size:
        yield memoryview(b"")
        return
    address = _LIBC.mmap(None, size, PROT_READ, MAP_SHARED, descriptor, 0)
    if address == FAILED:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    try:
        yield memoryview((ctypes.c_ubyte * size).from_address(address)).cast("B").toreadonly()
    finally:
        _LIBC.munmap(address, size)


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
    libc.munmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    return libc


_LIBC = _libc()
