"""The filter for secrets and personal data: found by rule packs, masked or only reported."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal

from sanitize import rulepacks
from sanitize.matching import Span, matcher
from sanitize.rulepacks import Rule
from sanitize.stage import per_sample
from sanitize.types import Context, Finding, Kind, Sample, Severity


@dataclass(frozen=True, kw_only=True)
class Sensitive:
    """Finds secrets and personal data in the value and in every text met on the way.

    Not in any preset: add it to a policy, or with `Pipeline.add`.

    Attributes:
        packs: `text/secrets`, `text/personal`, or paths to YAML files.
        action: `mask` writes `[EMAIL]` and the like in their place and reports at low
            severity; `report` leaves the value and reports at the rule's own severity, so
            that the policy blocks what is high.

    Raises:
        PolicyError: a pack is missing or malformed.
    """

    name: ClassVar[str] = "text.sensitive"
    kind: ClassVar[Kind] = Kind.FILTER

    packs: tuple[str, ...] = ("text/secrets", "text/personal")
    action: Literal["mask", "report"] = "mask"

    def __post_init__(self) -> None:
        matcher(self.packs)

    @property
    def fingerprint(self) -> str:
        """sha256 of the packs' content."""
        contents = "".join(rulepacks.load(pack).model_dump_json() for pack in self.packs)
        return hashlib.sha256(contents.encode()).hexdigest()

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report one finding for each place; spans are those of the text before masking."""
        rules = matcher(self.packs)
        places = chosen(rules.every(sample.value))
        findings = [self._finding(rule, "value", span) for rule, span in places]
        for text in sample.texts:
            findings += [
                self._finding(rule, text.origin, span)
                for rule, span in chosen(rules.every(text.content))
            ]
        if self.action == "report" or not places:
            return sample.report(*findings)
        detail = {"places": len(places)}
        masked = Finding("text.masked", Severity.LOW, 1.0, detail=detail)
        labels = ((rule.mask, span) for rule, span in places)
        return sample.become(mask(sample.value, labels), *findings, masked)

    def _finding(self, rule: Rule, origin: str, span: Span) -> Finding:
        gone = self.action == "mask" and origin == "value"
        severity = Severity.LOW if gone else rule.severity
        return Finding(rule.id, severity, rule.confidence, origin, span)


def chosen(matches: Iterable[tuple[Rule, Span]]) -> list[tuple[Rule, Span]]:
    """Matches in order, none inside of another or across its end: the longer one counts."""
    kept: list[tuple[Rule, Span]] = []
    for rule, span in sorted(matches, key=lambda item: (item[1][0], -item[1][1])):
        if not kept or span[0] >= kept[-1][1][1]:
            kept.append((rule, span))
        elif span[1] - span[0] > kept[-1][1][1] - kept[-1][1][0]:
            kept[-1] = (rule, span)
    return kept


def mask(text: str, places: Iterable[tuple[str, Span]]) -> str:
    """The text with every place, in order, replaced by its label."""
    parts, done = [], 0
    for label, (start, end) in places:
        parts += [text[done:start], label]
        done = end
    return "".join([*parts, text[done:]])
