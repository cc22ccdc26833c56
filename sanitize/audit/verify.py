"""Reading a trail back: whole, or broken at which record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sanitize.audit.record import GENESIS, check
from sanitize.audit.trail import older

#: Longest line that a trail may hold, in bytes.
MAX_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class Report:
    """What a trail looks like.

    Attributes:
        records: good records, counted from the first to the first bad one.
        head: hash of the last good record. Whoever keeps it elsewhere can tell
            whether records were cut off at the end, which nobody else can.
        problem: what is wrong with the first bad record; empty if none is.
        place: file and line of that record; empty if none is.
    """

    records: int
    head: str
    problem: str = ""
    place: str = ""

    @property
    def whole(self) -> bool:
        """True if no record is broken or missing."""
        return not self.problem


def verify(path: Path, head: str | None = None) -> Report:
    """Check every record of a trail, the files that were moved aside first.

    Args:
        path: the newest file.
        head: hash that one of the records must have, as noted down earlier.

    Raises:
        OSError: a file cannot be read.
    """
    count, previous, seen = 0, GENESIS, head is None
    files = older(path)
    if path.exists() or not files:  # a kill may come between moving a file and beginning the next
        files.append(path)
    for name, number, line in _lines(files):
        digest, problem = check(line, count + 1, previous)
        if problem:
            return Report(count, previous, problem, f"{name}, line {number}")
        count, previous = count + 1, digest
        seen = seen or digest == head
    if not seen:
        return Report(count, previous, "the record with the given hash is missing", "at the end")
    return Report(count, previous)


def _lines(paths: list[Path]) -> Iterator[tuple[str, int, bytes]]:
    for path in paths:
        with path.open("rb") as file:
            number = 0
            while line := file.readline(MAX_LINE):
                number += 1
                yield path.name, number, line if line.endswith(b"\n") else b""
