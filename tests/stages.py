"""Small stages for the tests of the core: honest ones, and one for every way to cheat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from sanitize import Context, Coverage, Finding, Kind, Sample, Severity, Text, per_sample
from sanitize.detectors.base import cover

LOW = Finding("test.seen", Severity.LOW, 1.0)


@dataclass(frozen=True, kw_only=True)
class Named:
    """A validator that reports that it ran."""

    label: str = "text.named"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @property
    def name(self) -> str:
        return self.label

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        return sample.report(Finding(f"{self.label}.ran", Severity.LOW, 1.0))


@dataclass(frozen=True, kw_only=True)
class Upper:
    """A filter that says what it did."""

    name: ClassVar[str] = "text.upper"
    kind: ClassVar[Kind] = Kind.FILTER

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        upper = sample.value.upper()
        if upper == sample.value:
            return sample
        return sample.become(upper, Finding("test.upper", Severity.LOW, 1.0))


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A detector that scores 0.5 for everything, and reports the word `attack`."""

    name: ClassVar[str] = "detectors.reader"
    kind: ClassVar[Kind] = Kind.DETECTOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        length = len(sample.value)
        sample = cover(replace(sample, injection=0.5), Coverage(length, length))
        texts = [sample.value, *(text.content for text in sample.texts)]
        if any("attack" in str(text).lower() for text in texts):
            return sample.report(Finding("test.attack", Severity.HIGH, 1.0))
        return sample


@dataclass(frozen=True, kw_only=True)
class Poisoned:
    """A validator that breaks on one value only."""

    name: ClassVar[str] = "text.poisoned"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    error: type[BaseException] = ValueError

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        if sample.value == "poison":
            raise self.error("secret payload")
        return sample.report(LOW)


@dataclass(frozen=True, kw_only=True)
class Cheat:
    """A stage that breaks one promise, by name."""

    how: str
    kind: Kind = Kind.VALIDATOR
    name: ClassVar[str] = "text.cheat"

    def __call__(self, samples: Sequence[Sample], context: Context) -> Sequence[Sample]:
        if self.how == "drops a sample":
            return samples[1:]
        if self.how == "returns nothing":
            return None  # type: ignore[return-value]
        return [self._cheat(sample) for sample in samples]

    def _cheat(self, sample: Sample) -> Sample:
        value = sample.value
        results = {
            "changes the value": replace(sample, value=value + "!"),
            "removes findings": replace(sample, findings=()),
            "removes texts": replace(sample, texts=()),
            "lowers the score": replace(sample, injection=0.1),
            "forgets the score": replace(sample, injection=None),
            "returns another type": value,
            "changes the type": sample.become(value.encode(), LOW),
        }
        found: Sample = results[self.how]
        return found


def dirty(value: str = "hello") -> Sample:
    """A sample that already has a finding, a text and a score to lose."""
    from sanitize import Modality

    return Sample(value, Modality.TEXT, (Text("x", "hidden:x"),), (LOW,), injection=0.7)
