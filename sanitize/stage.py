"""What a stage is, and the wrapper that makes every stage fail closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol, runtime_checkable

from sanitize.errors import StageFailed
from sanitize.types import Context, Finding, Kind, Sample, Severity


@runtime_checkable
class Stage(Protocol):
    """One step of a chain. Options go to `__init__`, work happens in `__call__`.

    A stage keeps no state between calls, can be pickled, and is safe to call
    from several threads. It gives back one sample for each it got, in order.
    """

    @property
    def name(self) -> str:
        """Stable name, `modality.what`, as policies write it."""

    @property
    def kind(self) -> Kind:
        """What the stage does; decides where in a chain it may stand."""

    def __call__(self, samples: Sequence[Sample], context: Context, /) -> Sequence[Sample]:
        """The samples, in the same order, with what the stage found or changed."""


def per_sample(function: Callable[..., Sample]) -> Callable[..., tuple[Sample, ...]]:
    """Lift `(sample, context) -> sample`, a function or a method, over a batch."""

    @wraps(function)
    def lifted(*args: Any) -> tuple[Sample, ...]:
        *owner, samples, context = args
        return tuple(function(*owner, sample, context) for sample in samples)

    return lifted


@dataclass(frozen=True, slots=True)
class Checked:
    """A stage that cannot fail open.

    An exception, a wrong count, a removed finding, or a validator or detector
    that changes a value becomes the blocking finding `pipeline.stage-failed`.
    A failing batch is retried row by row, so that one poison row does not
    deny service to its neighbours.

    Attributes:
        stage: the stage that is watched.
        fail_open: let a sample pass a failing stage, with the finding
            `pipeline.stage-skipped`. Only ever set by a policy's `on_error: flag`.
    """

    stage: Stage
    fail_open: bool = False

    @property
    def name(self) -> str:
        """The watched stage's name."""
        return self.stage.name

    @property
    def kind(self) -> Kind:
        """The watched stage's kind."""
        return self.stage.kind

    def __call__(self, samples: Sequence[Sample], context: Context, /) -> Sequence[Sample]:
        """Run the stage; samples that break it come back with a finding."""
        try:
            return self._run(samples, context)
        except Exception as error:  # anything a stage raises, MemoryError and RecursionError too
            if len(samples) != 1:
                return [self((sample,), context)[0] for sample in samples]
            return [samples[0].report(self._failure(error))]

    def _run(self, samples: Sequence[Sample], context: Context) -> Sequence[Sample]:
        results = list(self.stage(samples, context))
        if len(results) != len(samples):
            raise StageFailed(f"expected {len(samples)} samples, received {len(results)}")
        for before, after in zip(samples, results, strict=True):
            if after is not before:
                self._verify(before, after)
        return results

    def _verify(self, before: Sample, after: Sample) -> None:
        if not isinstance(after, Sample):
            raise StageFailed(f"expected a Sample, received {type(after).__name__}")
        if after.findings[: len(before.findings)] != before.findings:
            raise StageFailed("a stage may only add findings")
        if after.texts[: len(before.texts)] != before.texts:
            raise StageFailed("a stage may only add texts")
        if before.injection is not None and (after.injection or 0.0) < before.injection:
            raise StageFailed("a stage may only raise the injection score")
        if after.modality is not before.modality and self.kind is not Kind.ENCODER:
            raise StageFailed("only an encoder may change the modality")
        if after.value is not before.value:
            self._verify_change(before, after)

    def _verify_change(self, before: Sample, after: Sample) -> None:
        if self.kind in (Kind.VALIDATOR, Kind.DETECTOR):
            raise StageFailed(f"a {self.kind.name.lower()} may not change the value")
        if self.kind is Kind.FILTER:
            if type(after.value) is not type(before.value):
                raise StageFailed("a filter may not change the type of the value")
            if len(after.findings) == len(before.findings):
                raise StageFailed("a filter that changes the value must say so in a finding")

    def _failure(self, error: Exception) -> Finding:
        detail = {"stage": self.name[:80], "error": type(error).__name__[:80]}
        if self.fail_open:
            return Finding("pipeline.stage-skipped", Severity.MEDIUM, 1.0, detail=detail)
        return Finding("pipeline.stage-failed", Severity.CRITICAL, 1.0, detail=detail)


def checked(stage: Stage, *, fail_open: bool = False) -> Checked:
    """`stage`, wrapped so that it fails closed."""
    return stage if isinstance(stage, Checked) else Checked(stage, fail_open)
