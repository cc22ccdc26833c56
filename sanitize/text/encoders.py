"""Text encoders: a representation of what remains that is safe where it goes next."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import ClassVar, Literal

from sanitize.stage import per_sample
from sanitize.text import tags
from sanitize.types import Context, Finding, Kind, Sample, Severity, Text


@dataclass(frozen=True, kw_only=True)
class Safe:
    """Escapes text for HTML, or takes the escapes out of it. Not idempotent.

    Encoding twice escapes the escapes: `&` becomes `&amp;`, then `&amp;amp;`. What was
    escaped stays a text for the detectors as it was.

    Attributes:
        mode: `keep` leaves the text as it is; `escape` replaces & < > " and '
            by entities; `plain` replaces entities by what they stand for,
            unless that would make a tag.
    """

    name: ClassVar[str] = "text.safe"
    kind: ClassVar[Kind] = Kind.ENCODER

    mode: Literal["keep", "escape", "plain"] = "keep"

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """The text in the form asked for; `text.escaped` or `text.unescaped` if it changed."""
        if self.mode == "keep":
            return sample
        escape = self.mode == "escape"
        text = html.escape(sample.value) if escape else tags.plain(sample.value)
        if text == sample.value:
            return sample
        if escape:  # detectors know text, and less of it is known once its quotes are entities
            sample = sample.read(Text(sample.value, "unescaped"))
        rule = "text.escaped" if escape else "text.unescaped"
        detail = {"before": len(sample.value), "after": len(text)}
        return sample.become(text, Finding(rule, Severity.LOW, 1.0, detail=detail))
