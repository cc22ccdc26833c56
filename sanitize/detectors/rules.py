"""The rules detector: known phrases, in time linear in the text's length."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import ClassVar

from sanitize import rulepacks
from sanitize.detectors.base import cover, readings
from sanitize.matching import matcher
from sanitize.stage import per_sample
from sanitize.types import Context, Coverage, Finding, Kind, Sample


@dataclass(frozen=True, kw_only=True)
class RulesDetector:
    """Reports every rule of its packs that matches one of the texts.

    Attributes:
        packs: shipped names such as `text/injection`, or paths to YAML files.

    Raises:
        PolicyError: a pack is missing, malformed, or a pattern is not RE2 syntax.
    """

    name: ClassVar[str] = "detectors.rules"
    kind: ClassVar[Kind] = Kind.DETECTOR

    packs: tuple[str, ...]

    def __post_init__(self) -> None:
        matcher(self.packs)

    @property
    def fingerprint(self) -> str:
        """sha256 of the packs' content."""
        contents = "".join(rulepacks.load(pack).model_dump_json() for pack in self.packs)
        return hashlib.sha256(contents.encode()).hexdigest()

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Match the rules against the value and all texts met on the way."""
        rules = matcher(self.packs)
        texts = readings(sample)
        findings = [
            Finding(rule.id, rule.severity, rule.confidence, text.origin, span)
            for text in texts
            for rule, span in rules.first(text.content)
        ]
        length = sum(len(text.content) for text in texts)
        return cover(sample.report(*findings), Coverage(length, length))
