"""The detector around a model: what to read, what to report, what was left unread."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sanitize.detectors.base import cover, readings
from sanitize.detectors.scoring import Model, Score, score
from sanitize.types import Context, Coverage, Finding, Kind, Sample, Severity, Text

#: A text is reported as unreadable from this share of letters outside the vocabulary …
UNREADABLE_SHARE = 0.3

#: … and from this number: a name or two in another script hide no message.
UNREADABLE_LETTERS = 12


@dataclass(frozen=True)
class WindowedDetector(ABC):
    """Reads every text of a sample in overlapping windows; the highest score counts.

    Reports `injection.detected` at or above the threshold,
    `injection.suspected` from a lower level on, if there is one, and `detectors.unknown-script`
    where the model's vocabulary lacks the letters that a text is written in.
    """

    kind: ClassVar[Kind] = Kind.DETECTOR

    @property
    @abstractmethod
    def level(self) -> float:
        """The threshold in force, 0..1."""

    @property
    def suspicion_level(self) -> float:
        """From where on a lower score is reported as a suspicion; the threshold if never."""
        return self.level

    @property
    @abstractmethod
    def windows_allowed(self) -> int:
        """Windows that may be run for one text."""

    @abstractmethod
    def model(self) -> Model:
        """The model, loaded once per process."""

    def __call__(self, samples: Sequence[Sample], context: Context) -> Sequence[Sample]:
        """Score all texts of all samples together."""
        texts = [readings(sample) for sample in samples]
        contents = [text.content for group in texts for text in group]
        scores = iter(score(self.model(), contents, self.windows_allowed))
        return [
            self._report(sample, [(text, next(scores)) for text in group])
            for sample, group in zip(samples, texts, strict=True)
        ]

    def _report(self, sample: Sample, scored: Sequence[tuple[Text, Score]]) -> Sample:
        if not scored:
            return sample
        highest = max(result.probability for _, result in scored)
        findings = [finding for pair in scored for finding in self._findings(*pair)]
        sample = replace(sample.report(*findings), injection=max(highest, sample.injection or 0.0))
        total = sum((Coverage(each.scanned, each.total) for _, each in scored), Coverage())
        return cover(sample, total)

    def _findings(self, text: Text, result: Score) -> list[Finding]:
        found = []
        detected = result.probability >= self.level
        if detected or result.probability >= self.suspicion_level:
            rule = "injection.detected" if detected else "injection.suspected"
            severity = Severity.HIGH if detected else Severity.MEDIUM
            detail = {"threshold": self.level, "windows": result.windows}
            found.append(
                Finding(rule, severity, result.probability, text.origin, result.span, detail)
            )
        enough = result.unknown >= UNREADABLE_LETTERS
        letters = sum(map(str.isalpha, text.content)) if enough else 0
        if enough and result.unknown / letters >= UNREADABLE_SHARE:
            detail = {"unknown": result.unknown, "letters": letters}
            rule = "detectors.unknown-script"
            found.append(Finding(rule, Severity.MEDIUM, 1.0, text.origin, detail=detail))
        return found
