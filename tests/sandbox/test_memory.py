"""The memory of a model's process: filled again and again, read-only there, given back."""

from __future__ import annotations

import errno
import mmap
import os

import pytest

from sanitize.sandbox import memory
from sanitize.sandbox.memory import Room


def test_a_room_is_filled_again_and_read_only() -> None:
    room = Room()
    first = room.hold(memoryview(b"seven..seven"))
    assert os.pread(first, 100, 0) == b"seven..seven"
    again = room.hold(memoryview(b"eight"))
    assert again == first
    assert os.pread(again, 5, 0) == b"eight"
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.pwrite(again, b"x", 0)
    for length in (0, 100):
        with pytest.raises(OSError, match=r"not permitted|Invalid argument"):
            os.ftruncate(again, length)
    with pytest.raises(OSError, match=r"denied|not permitted"):
        mmap.mmap(again, 5, prot=mmap.PROT_READ | mmap.PROT_WRITE)


def test_a_room_grows_and_is_given_back() -> None:
    before = set(os.listdir("/proc/self/fd"))
    room = Room()
    room.hold(memoryview(b""))
    room.hold(memoryview(b"x"))
    larger = room.hold(memoryview(b"y" * 100_000))
    assert os.pread(larger, 200_000, 0) == b"y" * 100_000
    assert len(set(os.listdir("/proc/self/fd")) - before) == 2
    del room
    assert not set(os.listdir("/proc/self/fd")) - before


def test_a_room_that_cannot_grow_is_not_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its old descriptors are closed, and may be another file's by now."""
    room = Room()
    before = room.hold(memoryview(b"four"))

    def refused(name: str) -> int:
        raise OSError(errno.EMFILE, "too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(memory, "_create", refused)
        with pytest.raises(OSError, match="too many"):
            room.hold(memoryview(b"longer"))
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(before)
    after = room.hold(memoryview(b"two"))
    assert os.pread(after, 10, 0) == b"two"
