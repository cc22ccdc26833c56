"""The detector around a model: what to read, what to report, what was left unread."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sanitize.detectors.artifact import INJECTION
from sanitize.detectors.base import cover, readings
from sanitize.detectors.scoring import Model, Peak, Score, score
from sanitize.detectors.sentences import sentences
from sanitize.types import Context, Coverage, Finding, Kind, Sample, Severity, Text

#: A text is reported as unreadable from this share of letters outside the vocabulary …
UNREADABLE_SHARE = 0.3

#: … and from this number: a name or two in another script hide no message.
UNREADABLE_LETTERS = 12

#: Readings that honest text gives as well, of names in code, of paths and slugs, and the most words
#: that one of those has: more of them in a row are no name.
DOUBTFUL: Mapping[str, float] = {
    "camel-case": 11,
    "hyphenated": math.inf,
    "joined": 11,
    "spaceless": 8,
}

#: How much of the way from a threshold to 1 such a reading must be beyond it. Of 434 hard benign
#: dev rows 2.8 % had a reading over the threshold itself, nine in twelve of them names in code;
#: none of those is over this.
DOUBT = 0.35


@dataclass(frozen=True)
class WindowedDetector(ABC):
    """Reads every text of a sample in overlapping windows; the highest score counts.

    Reports `injection.detected` where a label reaches its threshold, `injection.suspected` from a
    lower level on, if there is one, and `detectors.unknown-script` where the model's vocabulary
    lacks the letters that a text is written in. A finding's span is the sentence that carries it;
    its detail names the window around, and the likeliest kind if the model tells kinds apart.
    """

    kind: ClassVar[Kind] = Kind.DETECTOR

    @property
    @abstractmethod
    def levels(self) -> Mapping[str, float]:
        """Label → the threshold in force, 0..1."""

    @property
    def suspicion_levels(self) -> Mapping[str, float]:
        """Label → the level from which a lower score is a suspicion; the thresholds if never."""
        return self.levels

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
        highest = max(result.peaks[INJECTION].probability for _, result in scored)
        findings = [finding for pair in scored for finding in self._findings(*pair)]
        sample = replace(sample.report(*findings), injection=max(highest, sample.injection or 0.0))
        total = sum((Coverage(each.scanned, each.total) for _, each in scored), Coverage())
        return cover(sample, total)

    def _findings(self, text: Text, result: Score) -> list[Finding]:
        found = []
        for rule, severity, levels in (
            ("injection.detected", Severity.HIGH, self.levels),
            ("injection.suspected", Severity.MEDIUM, self.suspicion_levels),
        ):
            mine = doubted(text, levels)
            label = reached(result, mine)
            if label is not None:
                peak, level = result.peaks[label], mine[label]
                found.append(self._injection(rule, severity, text, result, (label, peak, level)))
                break
        return [*found, *_unreadable(text, result)]

    def _injection(
        self,
        rule: str,
        severity: Severity,
        text: Text,
        result: Score,
        what: tuple[str, Peak, float],
    ) -> Finding:
        label, peak, level = what
        start, end = peak.span
        detail: dict[str, int | float | str] = {
            "threshold": level,
            "windows": result.windows,
            "window_start": start,
            "window_end": end,
        }
        kinds = {name: value for name, value in peak.others.items() if name != INJECTION}
        if kinds:
            detail["kind"] = label if label != INJECTION else max(kinds, key=kinds.__getitem__)
        first, last = carrier(self.model(), text.content[start:end], label)
        span = (start + first, start + last)
        return Finding(rule, severity, peak.probability, text.origin, span, detail)


def doubted(text: Text, levels: Mapping[str, float]) -> Mapping[str, float]:
    """The levels that count for a text: higher ones if honest text has such readings too."""
    way = text.origin.replace(":", "/").rpartition("/")[2]
    if way not in DOUBTFUL:
        return levels
    longest = max((line.count(" ") + 1 for line in text.content.splitlines()), default=0)
    if longest > DOUBTFUL[way]:
        return levels
    return {label: level + DOUBT * (1 - level) for label, level in levels.items()}


def reached(result: Score, levels: Mapping[str, float]) -> str | None:
    """The label that is furthest above its level; None if all are below."""
    over = {
        label: result.peaks[label].probability - level
        for label, level in levels.items()
        if result.peaks[label].probability >= level
    }
    return max(over, key=over.__getitem__) if over else None


def carrier(model: Model, window: str, label: str) -> tuple[int, int]:
    """Start and end of the sentence that looks most like what the window was found for."""
    parts = sentences(window)
    if len(parts) < 2:
        return parts[0] if parts else (0, len(window))
    scores = score(model, [window[start:end] for start, end in parts], 1)
    best = max(range(len(parts)), key=lambda index: scores[index].peaks[label].probability)
    return parts[best]


def _unreadable(text: Text, result: Score) -> list[Finding]:
    """Too many letters outside of the vocabulary to call the text read."""
    if result.unknown < UNREADABLE_LETTERS:
        return []
    letters = sum(map(str.isalpha, text.content))
    if result.unknown / letters < UNREADABLE_SHARE:
        return []
    detail = {"unknown": result.unknown, "letters": letters}
    return [Finding("detectors.unknown-script", Severity.MEDIUM, 1.0, text.origin, detail=detail)]
