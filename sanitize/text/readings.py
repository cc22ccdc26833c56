"""The filter that decodes: it changes nothing, and adds what the text says once decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sanitize.stage import per_sample
from sanitize.text.decoding.tree import Limits, grow
from sanitize.types import Context, Finding, Kind, Sample, Severity


@dataclass(frozen=True, kw_only=True)
class Decode:
    """Reads encoded, enciphered and oddly spelled text, and gives the readings to the detectors.

    The value stays as it is. Texts met before, such as the folded view or what
    invisible characters carried, are decoded too. A reading's origin says how
    it was made: `decoded:base64/rot13`.

    Attributes:
        max_depth: transforms one after the other.
        max_readings: texts in the tree of readings, those included that only lead to others.
        max_growth: characters of all readings together, as a multiple of the text's,
            plus 4,096.
    """

    name: ClassVar[str] = "text.decode"
    kind: ClassVar[Kind] = Kind.FILTER

    max_depth: int = 6
    max_readings: int = 32
    max_growth: int = 3

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Add the readings; report `text.decode-budget` if some were left out."""
        roots = [(sample.value, ""), *((text.content, text.origin) for text in sample.texts)]
        tree = grow(roots, Limits(self.max_depth, self.max_readings, self.max_growth))
        if tree.exceeded:
            limit = ", ".join(sorted(tree.exceeded))
            detail: dict[str, int | float | str] = {"limit": limit, "readings": tree.nodes}
            over = Finding("text.decode-budget", Severity.MEDIUM, 1.0, detail=detail)
            sample = sample.report(over)
        return sample.read(*tree.texts)
