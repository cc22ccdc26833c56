"""Does any text take more than linear time? Every stage, decoder and reader on hostile patterns.

Each is given every pattern, repeated, at three sizes that double; the table shows the worst growth
for one doubling, and the pattern that it was measured on. Linear is 2.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from time import process_time
from typing import Any

from benchmarks import texts
from benchmarks.timing import Row
from sanitize.policy import load
from sanitize.registry import build
from sanitize.text.decoding.hints import HINTS
from sanitize.text.documents.media import READERS
from sanitize.text.documents.parts import Malformed, OverBudget
from sanitize.types import Context, Modality, Sample

#: What parsers, patterns and tables trip over, by what it is.
PATTERNS: Mapping[str, str] = {
    **{
        name: name
        for name in ("a", "a ", "A", "0", "01", "1 ", "-", "- ", ". ", "= ", "_a", "a-b-")
    },
    **{
        name: name
        for name in ("<", "<a ", "<b>", "</b>", "<p><b id=1>", "<x y", "<!--", "-->", "<svg>")
    },
    **{
        name: name
        for name in ("<style>", "<style>{", "<template>", "<a href='", "<title>", "&", "&lt;")
    },
    **{
        name: name
        for name in ("[", "![", "](", "![x](", "[a]: ", "[a]:\n", "[x](y '", "`", "``", "```\n")
    },
    **{
        name: name
        for name in ("{", "}", '"', '{"a":', '"a",', "[1,", "a: ", "- a\n", "*a ", "&a ", "? ")
    },
    **{
        name: name
        for name in ("From: a\n", "a: b\n", "=?utf-8?Q?", "?=", "--b\n", "> ", ">> a\n", "message/")
    },
    **{
        name: name
        for name in ("/*", "*/", "content:'", "url(", "\\", "\\n", "\\u0041", "%41", "&#65;", "=41")
    },
    **{
        name: name
        for name in ("QUJD", "aB", "A1B2", "4142", "0x41, ", "U+0041 ", "chr(65)+", "65 ", "101 ")
    },
    **{
        name: name
        for name in ("'a'+", "x='a';", "a+b+", "gur naq ", "eht dna ", "ethay andway ", "1gn0r3 ")
    },
    **{
        name: name
        for name in ("ignoreall", "of the to ", "i g n o r e ", "aBcDe", "(", ")", "'", "\n", " ")
    },
    "combining marks": "\u0301\u0316",
    "stacked marks": "a" + "\u0301" * 40,
    "zero width": "\u200b\u200c",
    "joiners": "\u0628\u200d",
    "tags": "\U000e0041",
    "selectors": "\ufe0e\ufe0f",
    "overrides": "\u202e",
    "isolates": "\u2066a",
    "Thai": "\u0e01\u0e34",
    "look-alikes": "p\u0430yp\u0430l ",
    "fullwidth": "\uff21",
    "ligatures": "\ufdfa",
    "control characters": "\x00\x1b[",
}
#: What stands before a pattern, so that it is met where it hurts.
OPENINGS = ("", "<style>", "---\n", "From: a@b.example\nSubject: x\n", "[x]: ")

#: Growth that is measured again, up to so many times: the least is believed.
SUSPECT, TRIES = 2.15, 5
#: Shortest text and shortest time, in seconds, that growth is measured from; and longest text.
SHORTEST, ENOUGH, LONGEST = 4_096, 0.004, 131_072


def run() -> dict[str, Row]:
    """The worst growth of each; about two minutes."""
    rows = {}
    for name, work in _subjects():
        openings = ("",) if name.startswith("decoder") else OPENINGS
        growth, pattern = max(_growths(work, openings), default=(1.0, "nothing that took time"))
        rows[f"linear: {name}"] = Row(growth, "× per doubling", None, pattern, "≤ 2.2")
    return rows


def _subjects() -> Iterator[tuple[str, Callable[[str], Any]]]:
    for spec in load("default").modalities[Modality.TEXT].stages:
        yield spec.name, partial(_stage, build(spec.name, spec.options))
    for transform in HINTS:
        yield f"decoder {transform.__name__.removeprefix('from_')}", partial(_all_of, transform)
    for name, reader in READERS.items():
        yield f"reader {name}", partial(_all_of, reader)


def _stage(stage: Any, text: str) -> None:
    stage((Sample(text, Modality.TEXT),), Context())


def _all_of(function: Any, text: str) -> None:
    with suppress(Malformed, OverBudget):
        for _ in function(text):
            pass


def _growths(work: Callable[[str], Any], openings: Sequence[str]) -> Iterator[tuple[float, str]]:
    work(texts.of_chars(SHORTEST))  # tables are loaded
    for name, pattern in PATTERNS.items():
        for opening in openings:
            growth = _least(work, opening, pattern)
            if growth:
                yield growth, f"{opening}{name}"[:30].replace("\n", "↵")


def _least(work: Callable[[str], Any], opening: str, pattern: str) -> float:
    """The growth; what looks like more than linear is measured again."""
    growth = _growth(work, opening, pattern)
    for _ in range(TRIES):
        if growth <= SUSPECT:
            break
        growth = min(growth, _growth(work, opening, pattern))
    return growth


def _growth(work: Callable[[str], Any], opening: str, pattern: str) -> float:
    """The mean growth of two doublings; 0 if even the longest text takes no time."""
    size = SHORTEST
    while (first := _seconds(work, opening, pattern, size)) < ENOUGH:
        size *= 4
        if size > LONGEST:
            return 0.0
    first = min(first, *(_seconds(work, opening, pattern, size) for _ in range(2)))
    last = min(_seconds(work, opening, pattern, size * 4) for _ in range(2))
    growth: float = (last / first) ** 0.5
    return growth


def _seconds(work: Callable[[str], Any], opening: str, pattern: str, size: int) -> float:
    text = opening + pattern * (size // len(pattern))
    start = process_time()
    work(text)
    return process_time() - start
