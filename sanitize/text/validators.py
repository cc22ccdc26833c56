"""Text validators: report what is wrong with a string; never touch it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sanitize.stage import per_sample
from sanitize.types import Context, Finding, Kind, Sample, Severity


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
