"""Text filters: same text, less room to hide in. Each says what it changed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar, Literal

from sanitize.stage import per_sample
from sanitize.text import invisible, lookalikes, markup, tags
from sanitize.types import Context, Finding, Kind, Sample, Severity, Text

#: Most combining marks in a row that any writing needs (UAX #15, stream-safe text, D3).
MAX_MARKS = 30


@dataclass(frozen=True, kw_only=True)
class Invisible:
    """Takes out characters that nobody sees, and reads what they carried.

    Kept where they belong: emoji sequences, joiners of Indic scripts and
    Arabic, variation selectors on their bases, directional marks beside
    right-to-left letters.
    """

    name: ClassVar[str] = "text.invisible"
    kind: ClassVar[Kind] = Kind.FILTER

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `text.invisible-removed`, and `text.hidden-payload` if it said something."""
        text = sample.value
        if text.isascii() or not invisible.SUSPECT.search(text):
            return sample
        kept = invisible.remove(text)
        payloads = invisible.payloads(text, kept)
        findings = [item.finding() for item in payloads if item.grave]
        if kept != text:
            detail = {"count": len(text) - len(kept)}
            findings.append(Finding("text.invisible-removed", Severity.LOW, 1.0, detail=detail))
        texts = (Text(item.content, item.origin) for item in payloads if item.content)
        return sample.become(kept, *findings).read(*texts) if findings else sample


@dataclass(frozen=True, kw_only=True)
class Normalise:
    """Brings text to form NFC, and gives the detectors a view in plain letters.

    Attributes:
        max_growth: the view may be this many times as long as the text
            (compatibility characters grow up to 18 times, UAX #15).
    """

    name: ClassVar[str] = "text.normalise"
    kind: ClassVar[Kind] = Kind.FILTER

    max_growth: int = 4

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `text.normalised`; add the text `view:folded` if it says something else."""
        text = sample.value
        if text.isascii():
            return sample
        composed = compose(text)
        if composed != text:
            detail = {"before": len(text), "after": len(composed)}
            sample = sample.become(
                composed, Finding("text.normalised", Severity.LOW, 1.0, detail=detail)
            )
        view = lookalikes.folded(composed)
        return self._with_view(sample, view) if view is not None else sample

    def _with_view(self, sample: Sample, view: str) -> Sample:
        if len(view) <= self.max_growth * len(sample.value) + 100:
            return sample.read(Text(view, "view:folded"))
        detail = {"before": len(sample.value), "after": len(view)}
        return sample.report(Finding("text.expansion", Severity.HIGH, 1.0, detail=detail))


def compose(text: str) -> str:
    """Form NFC with at most 30 combining marks in a row.

    Composing sorts each run of marks, which takes quadratic time: 160,000
    marks take 26 s. So runs are cut before.
    """
    for _ in range(4):  # a cut may make room for a composition, and a composition for a cut
        before, text = text, unicodedata.normalize("NFC", _cut_marks(text))
        if text == before:
            break
    return text


def _cut_marks(text: str) -> str:
    return str(invisible.LONG_RUN.sub(_cut_run, text))


def _cut_run(run: re.Match[str]) -> str:
    """Marks alone are cut: a sentence in Thai is a long run of letters and marks."""
    import regex

    return str(regex.sub(rf"(\p{{M}}{{{MAX_MARKS}}})\p{{M}}+", r"\1", run.group()))


@dataclass(frozen=True, kw_only=True)
class Markup:
    """Takes HTML out of text, or looks into it, and reads what it hid.

    Text without a real element, comment or declaration is never parsed.

    Attributes:
        mode: `strip` leaves the visible text alone; `inspect` leaves the value
            untouched and only reports and reads.
        max_bleach_chars: longest text that bleach confirms; it takes quadratic time.
    """

    name: ClassVar[str] = "text.markup"
    kind: ClassVar[Kind] = Kind.FILTER

    mode: Literal["strip", "inspect"] = "strip"
    max_bleach_chars: int = 20_000

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report what the markup did and hid; `text.markup-removed` if it was taken out."""
        if not tags.has_markup(sample.value):
            return sample
        page = markup.read(sample.value, self.max_bleach_chars)
        sample = sample.report(*page.findings).read(*page.texts)
        if self.mode == "inspect" or page.visible == sample.value:
            return sample
        detail = {"before": len(sample.value), "after": len(page.visible)}
        removed = Finding("text.markup-removed", Severity.LOW, 1.0, detail=detail)
        return sample.become(page.visible, removed)
