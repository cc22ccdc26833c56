"""Appending to a trail, from any number of threads and processes."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sanitize.audit.record import GENESIS, describe, last, seal
from sanitize.types import Verdict

#: Bytes read at the end of a file to find its last line: mostly enough, and the longest line.
TAILS = (4 << 10, 1 << 20)


@dataclass(frozen=True)
class Trail:
    """A file of chained records, one per verdict.

    A line is written in one piece under a lock on the file, and the kernel has
    it before `append` returns: a process that is killed loses nothing that was
    answered. A half line, left by a crash of the machine, is cut off, and the
    next record says so.

    Attributes:
        path: the newest file; older ones lie beside it with a number.
        max_bytes: size from which a new file is begun.
        sync: wait for the disk at every call, against loss of power.
    """

    path: Path
    max_bytes: int = 64 << 20
    sync: bool = False

    def append(self, verdicts: Iterable[Verdict]) -> None:
        """Record verdicts, in order.

        Raises:
            OSError: the file cannot be written; nothing may be let in then.
            ValueError: the file ends with something that is no record.
        """
        contents = [describe(verdict) for verdict in verdicts]
        with self._locked() as handle:
            number, previous, dropped = _end(handle)
            if not number and (files := older(self.path)):
                # A file that was just begun, or one that a kill kept from its first record.
                with _opened(files[-1]) as before:
                    number, previous, lost = _end(before)
                dropped += lost
                contents.insert(0, {"event": "continued"})
            if dropped:
                contents.insert(0, {"event": "recovered", "dropped_bytes": dropped})
            lines, now = [], time.time()
            for offset, content in enumerate(contents, number + 1):
                line, previous = seal(content, offset, now, previous)
                lines.append(line + "\n")
            self._write(handle, "".join(lines).encode("ascii"))

    def _write(self, handle: int, data: bytes) -> None:
        before = os.fstat(handle).st_size
        try:
            while data:
                data = data[os.write(handle, data) :]
            if self.sync:
                os.fsync(handle)
        except OSError:
            os.ftruncate(handle, before)  # all of it or nothing: the disk may be full
            raise

    @contextmanager
    def _locked(self) -> Iterator[int]:
        """The newest file, open, while no other thread or process has it."""
        with _opened(self.path.with_name(self.path.name + ".lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # let go of when the file is closed
            self._rotate()
            with _opened(self.path) as handle:
                yield handle

    def _rotate(self) -> None:
        """Move a full file aside; the next one begins with a record chained to its last."""
        if self.path.exists() and self.path.stat().st_size >= self.max_bytes:
            os.rename(self.path, numbered(self.path, len(older(self.path)) + 1))


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)


def older(path: Path) -> list[Path]:
    """The files that were moved aside, oldest first."""
    found: list[Path] = []
    while (candidate := numbered(path, len(found) + 1)).exists():
        found.append(candidate)
    return found


def numbered(path: Path, number: int) -> Path:
    """Where the file of that number lies: `trail.jsonl` → `trail.000001.jsonl`."""
    return path.with_name(f"{path.stem}.{number:06d}{path.suffix}")


def _end(handle: int) -> tuple[int, str, int]:
    """Number and hash of the last record, and the bytes of a half line that were cut off."""
    size = os.fstat(handle).st_size
    for length in TAILS:
        start = max(0, size - length)
        tail = os.pread(handle, size - start, start)
        whole = tail[: tail.rfind(b"\n") + 1]
        if not start or b"\n" in whole[:-1]:
            break
    if start and b"\n" not in whole[:-1]:
        raise ValueError("expected a trail, received a file without line ends")
    dropped = len(tail) - len(whole)
    if dropped:
        os.ftruncate(handle, size - dropped)
    lines = whole.rstrip(b"\n").rpartition(b"\n")
    if not lines[2]:
        return 0, GENESIS, dropped
    return (*last(lines[2]), dropped)
