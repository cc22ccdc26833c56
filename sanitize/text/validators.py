"""Text validators: report what is wrong with a string; never touch it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from sanitize.stage import per_sample
from sanitize.text import lookalikes
from sanitize.text.invisible import RIGHT_TO_LEFT
from sanitize.types import Context, Finding, Kind, Sample, Severity

#: Surrogates, private use, noncharacters (Unicode 16, 23.6 and 23.7), and U+FFFD.
_ILL_FORMED: tuple[tuple[str, Severity, str], ...] = (
    ("text.lone-surrogate", Severity.CRITICAL, "\ud800-\udfff"),
    (
        "text.noncharacter",
        Severity.MEDIUM,
        "\ufdd0-\ufdef"
        + "".join(f"{chr(p + 0xFFFE)}{chr(p + 0xFFFF)}" for p in range(0, 0x110000, 0x10000)),
    ),
    ("text.replacement-character", Severity.LOW, "\ufffd"),
    ("text.private-use", Severity.LOW, "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"),
)
#: All of those and some more, in few ranges: this is what ordinary text is tested for.
_SUSPECT = re.compile(
    "[\ud800-\uf8ff\ufdd0-\ufdef\ufffd-\uffff\U0001fffe-\U0001ffff\U0002fffe-\U0010ffff]"
)

#: C0 and C1 but tab, line feed and carriage return (ECMA-48, 5.2 and 5.3), and delete.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
#: Control strings, which a terminal obeys: DCS, SOS, OSC, PM, APC (ECMA-48, 5.6).
_TERMINAL_COMMAND = re.compile("\x1b[PX\\]^_]|[\x90\x98\x9d\x9e\x9f]")
#: Other escape sequences: CSI (colour, cursor) and what follows a bare ESC (ECMA-48, 5.4).
_TERMINAL_ESCAPE = re.compile("\x1b|\x9b")
#: Page breaks in plain-text documents, and the next-line sign of converted ones.
_LAYOUT = re.compile("[\x0b\x0c\x85]")

#: UAX #9: embeddings and overrides end with PDF, isolates with PDI, all with the paragraph.
_EMBEDDINGS, _OVERRIDES, _ISOLATES = "\u202a\u202b", "\u202d\u202e", "\u2066\u2067\u2068"
_PDF, _PDI = "\u202c", "\u2069"
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
_BIDI_OR_BREAK = re.compile("[\u202a-\u202e\u2066-\u2069\n\r\x1c-\x1e\x85\u2029]")


@dataclass(frozen=True, kw_only=True)
class Size:
    """Refuses text that is too long to be read in full.

    Attributes:
        max_chars: most characters (code points) allowed.
    """

    name: ClassVar[str] = "text.size"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    max_chars: int = 1_000_000

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `text.too-long`, which ends the sample's way."""
        received = len(sample.value)
        if received <= self.max_chars:
            return sample
        detail = {"allowed": self.max_chars, "received": received}
        return sample.report(Finding("text.too-long", Severity.CRITICAL, 1.0, detail=detail))


@dataclass(frozen=True, kw_only=True)
class WellFormed:
    """Reports code points that are no characters."""

    name: ClassVar[str] = "text.unicode"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report lone surrogates, which end the sample's way, and other oddities."""
        text = sample.value
        if text.isascii() or not _SUSPECT.search(text):
            return sample
        return sample.report(*self._findings(text))

    def _findings(self, text: str) -> Iterator[Finding]:
        for rule, severity, chars in _ILL_FORMED:
            found = re.findall(f"[{chars}]", text)
            if found:
                yield Finding(rule, severity, 1.0, detail={"count": len(found)})


@dataclass(frozen=True, kw_only=True)
class Controls:
    """Reports control characters and what a terminal would obey."""

    name: ClassVar[str] = "text.controls"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report control characters; tab, line feed and carriage return are text."""
        first = _CONTROL.search(sample.value)
        return sample.report(*self._findings(sample.value)) if first else sample

    def _findings(self, text: str) -> Iterator[Finding]:
        rest = _CONTROL.findall(text)
        for rule, severity, pattern in (
            ("text.terminal-command", Severity.HIGH, _TERMINAL_COMMAND),
            ("text.terminal-escape", Severity.MEDIUM, _TERMINAL_ESCAPE),
        ):
            count = len(pattern.findall(text))
            text = pattern.sub("", text)
            if count:
                yield Finding(rule, severity, 1.0, detail={"count": count})
        nuls = rest.count("\x00")
        if nuls:
            yield Finding("text.nul", Severity.HIGH, 1.0, detail={"count": nuls})
        layout = len(_LAYOUT.findall(text))
        other = len(_CONTROL.findall(text)) - nuls - layout
        if other > 0:
            yield Finding("text.control-character", Severity.MEDIUM, 1.0, detail={"count": other})
        elif layout:
            yield Finding("text.control-character", Severity.LOW, 1.0, detail={"count": layout})


@dataclass(frozen=True, kw_only=True)
class Bidi:
    """Reports text that shows in another order than it is read (CVE-2021-42574).

    Marks (LRM, RLM, ALM) and balanced embeddings and isolates in
    right-to-left text are ordinary writing, and pass.
    """

    name: ClassVar[str] = "text.bidi"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report overrides, what is not closed in its paragraph, and needless controls."""
        text = sample.value
        if text.isascii() or not _BIDI.search(text):
            return sample
        return sample.report(*self._findings(text))

    def _findings(self, text: str) -> Iterator[Finding]:
        overrides, unclosed, others = _count_bidi(text)
        if overrides:
            yield Finding("text.bidi-override", Severity.HIGH, 0.95, detail={"count": overrides})
        if unclosed:
            yield Finding("text.bidi-unbalanced", Severity.MEDIUM, 0.9, detail={"count": unclosed})
        if others and not RIGHT_TO_LEFT.search(text):
            yield Finding("text.bidi-control", Severity.LOW, 0.8, detail={"count": others})


def _count_bidi(text: str) -> tuple[int, int, int]:
    """Overrides; other initiators that are not closed in their paragraph; the rest."""
    overrides = unclosed = others = isolates = 0
    stack: list[str] = []
    for match in _BIDI_OR_BREAK.finditer(text):
        char = match.group()
        if char in _OVERRIDES:
            overrides += 1
        if char in _EMBEDDINGS or char in _OVERRIDES or char in _ISOLATES:
            stack.append(char)
            isolates += char in _ISOLATES
        elif char == _PDF:
            others += 1
            if stack and stack[-1] not in _ISOLATES:
                stack.pop()
        elif char == _PDI:
            others += 1
            while isolates and stack.pop() not in _ISOLATES:
                pass
            isolates -= isolates > 0
        else:
            unclosed += sum(opener not in _OVERRIDES for opener in stack)
            stack, isolates = [], 0
    return overrides, unclosed + sum(opener not in _OVERRIDES for opener in stack), others


@dataclass(frozen=True, kw_only=True)
class Confusables:
    """Reports words that look Latin and are not (UTS #39, 5: mixed-script detection)."""

    name: ClassVar[str] = "text.confusables"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report words that mix scripts to look Latin, and whole words that imitate one."""
        text = sample.value
        return sample if text.isascii() else sample.report(*self._findings(text))

    def _findings(self, text: str) -> Iterator[Finding]:
        for rule, confidence, words in (
            ("text.mixed-script", 0.9, list(lookalikes.mixed_words(text))),
            ("text.lookalike-word", 0.7, list(lookalikes.whole_words(text))),
        ):
            if words:
                detail = {"count": len(words)}
                span = words[0].span()
                yield Finding(rule, Severity.MEDIUM, confidence, span=span, detail=detail)
