"""Where something was decoded, and what of the text around it belongs to the reading."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

#: A transform: looks at a text and gives names and contents of what it may say.
Readings = Iterator[tuple[str, str]]
Transform = Callable[[str], Readings]

#: Characters of plain text that stay around a decoded place.
AROUND = 80

#: Decoded pieces of this many characters together speak for themselves.
ALONE = 40


def around(text: str, start: int, end: int) -> tuple[int, int]:
    """The place from `start` to `end` and a little of the text on both sides."""
    return max(0, start - AROUND), min(len(text), end + AROUND)


def replaced(text: str, pieces: Iterable[tuple[int, int, str]]) -> str:
    """What the pieces say: alone if they are long, or else in their places.

    Args:
        text: where the pieces were found.
        pieces: start, end and decoded content of each, in order.
    """
    found = list(pieces)
    if not found:
        return ""
    if sum(len(content) for _, _, content in found) >= ALONE:
        return " ".join(content for _, _, content in found)
    first, last = around(text, found[0][0], found[-1][1])
    parts, done = [], first
    for start, end, content in found:
        parts += [text[done:start], content]
        done = end
    return "".join([*parts, text[done:last]])


def stretch(text: str, pattern: re.Pattern[str], fewest: int) -> str:
    """From the first match to the last with a little around; empty if matches are few."""
    found = list(pattern.finditer(text))
    if len(found) < fewest:
        return ""
    start, end = around(text, found[0].start(), found[-1].end())
    return text[start:end]
