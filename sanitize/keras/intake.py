"""What a batch is made of once it is checked: a verdict for each row, and the rows that may pass.

All checks run before any cast, on private copies; the arrays and texts that come
out are those that the pipeline has read, and they cannot be changed any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sanitize.errors import Blocked
from sanitize.keras import structure
from sanitize.keras.arrays import as_array, has_rows, native
from sanitize.keras.bounds import as_cast
from sanitize.keras.contract import Contract, specs, takes_text
from sanitize.keras.strings import tensor
from sanitize.pipeline import Pipeline
from sanitize.tensor.spec import TensorSpec
from sanitize.types import Action, Coverage, Finding, Modality, Verdict

#: Findings about values: the rows next to the one that caused them may pass.
ROW_RULES: frozenset[str] = frozenset(
    {"tensor.not-finite", "tensor.not-integer", "tensor.out-of-range"}
)


@dataclass(frozen=True, slots=True)
class Intake:
    """A checked batch.

    Attributes:
        verdicts: one for each row; one alone for a batch whose rows are unknown.
        batch: the rows that may pass, as the model takes them; None without any.
        rows: rows of the batch that was given; None if it has none to count.
    """

    verdicts: tuple[Verdict, ...]
    batch: Any
    rows: int | None

    @property
    def passed(self) -> list[int]:
        """Indices of the rows that may pass."""
        if self.batch is None:
            return []
        return [row for row, verdict in enumerate(self.verdicts) if verdict.allowed]

    @property
    def blocked(self) -> Blocked | None:
        """The error for the rows that may not pass, if any."""
        passed = set(self.passed)
        rows = [row for row in range(len(self.verdicts)) if row not in passed]
        return Blocked([self.verdicts[row] for row in rows], rows) if rows else None


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive rows of one input under one verdict."""

    start: int
    stop: int
    verdict: Verdict


def refusal(pipeline: Pipeline, finding: Finding) -> Verdict:
    """A verdict for what cannot even be given to the pipeline."""
    policy, nothing = pipeline.fingerprint, Coverage()
    return Verdict(Action.BLOCK, (finding,), None, nothing, policy, {}, Modality.TENSOR)


def take(pipeline: Pipeline, contract: Contract, value: Any, backend: str) -> Intake:
    """Check arrays, or nested arrays, against a contract."""
    try:
        wanted = list(structure.pairs(contract, value))
        arrays = [as_array(item) for _, item in wanted]
        rows = structure.row_count(contract, arrays)
    except structure.Mismatch as mismatch:
        return Intake((refusal(pipeline, mismatch.finding),), None, None)
    checks = []
    for (spec, _), array in zip(wanted, arrays, strict=True):
        if spec.text:
            sized = _sized(pipeline, spec, len(array))
            if not sized.allowed:
                return Intake((sized,) * len(array), None, rows)
            checks.append(list(_read(pipeline, array)))
            continue
        spans = list(_check(pipeline, spec, array, backend))
        if not _divisible(spans, rows):
            return Intake((spans[0].verdict,) * (rows or 1), None, rows)
        checks.append(spans)
    return _gather(contract, checks, rows or 0)


def behind(verdicts: Sequence[Verdict], inner: Intake) -> Intake:
    """A batch made of the rows that may pass: its verdicts in the places of theirs.

    Args:
        verdicts: one for each row, before the batch was made.
        inner: the batch, checked; one row for each verdict that lets it pass.
    """
    merged = list(verdicts)
    passed = [row for row, verdict in enumerate(merged) if verdict.allowed]
    inputs = inner.verdicts if len(inner.verdicts) == len(passed) else inner.verdicts * len(passed)
    for row, verdict in zip(passed, inputs, strict=True):
        if not verdict.allowed or inner.batch is None:
            merged[row] = verdict
    return Intake(tuple(merged), inner.batch, len(merged))


def _check(pipeline: Pipeline, spec: TensorSpec, array: Any, backend: str) -> Iterator[Span]:
    """The whole array at once; only if its values are refused, ever smaller parts of it."""
    rows = len(array) if has_rows(array) else 1
    if has_rows(array):
        spec = as_cast(spec, array, backend)

    def ask(start: int, stop: int, part: Any) -> Iterator[Span]:
        verdict = pipeline(part, modality=Modality.TENSOR, spec=spec)
        if verdict.allowed or stop - start < 2 or not _about_rows(pipeline, verdict):
            yield Span(start, stop, verdict)
            return
        middle = (start + stop) // 2
        yield from ask(start, middle, array[start:middle])
        yield from ask(middle, stop, array[middle:stop])

    yield from ask(0, rows, array)


def _sized(pipeline: Pipeline, spec: TensorSpec, rows: int) -> Verdict:
    """What the chain for arrays says of so many rows, before any text is read: `max_batch`."""
    import numpy as np

    sizes = (spec.shape or (None,))[1:]
    return pipeline(np.zeros((rows, *sizes), np.bool_), modality=Modality.TENSOR, spec=spec)


def _read(pipeline: Pipeline, texts: Any) -> Iterator[Span]:
    """Each text for itself."""
    for row, verdict in enumerate(pipeline.batch(texts.tolist(), modality=Modality.TEXT)):
        yield Span(row, row + 1, verdict)


def _about_rows(pipeline: Pipeline, verdict: Verdict) -> bool:
    decide = pipeline.policy.decide
    grave = (item for item in verdict.findings if decide.action(item) is Action.BLOCK)
    return all(finding.rule in ROW_RULES for finding in grave)


def _divisible(spans: Sequence[Span], rows: int | None) -> bool:
    """Can single rows of this input be let through?"""
    import numpy as np

    if not rows:
        return False
    if any(span.verdict.allowed for span in spans):
        values = (span.verdict.unwrap() for span in spans if span.verdict.allowed)
        return all(type(value) is np.ndarray and value.ndim > 0 for value in values)
    return all(finding.rule in ROW_RULES for finding in spans[0].verdict.findings)


def _gather(contract: Contract, checks: Sequence[Sequence[Span]], rows: int) -> Intake:
    wanted = list(specs(contract))
    whole = all(len(spans) == 1 and spans[0].verdict.allowed for spans in checks)
    if whole and not takes_text(contract):
        arrays = (native(spans[0].verdict.unwrap()) for spans in checks)
        worst = max((spans[0].verdict for spans in checks), key=lambda verdict: verdict.action)
        return Intake((worst,) * rows, structure.rebuild(contract, iter(arrays)), rows)
    verdicts = tuple(_worst(column) for column in zip(*map(_spread, checks), strict=True))
    passed = [verdict.allowed for verdict in verdicts]
    if not any(passed):
        return Intake(verdicts, None, rows)
    kept = (_kept(spec, spans, passed) for spec, spans in zip(wanted, checks, strict=True))
    return Intake(verdicts, structure.rebuild(contract, kept), rows)


def _spread(spans: Sequence[Span]) -> list[Verdict]:
    return [span.verdict for span in spans for _ in range(span.start, span.stop)]


def _worst(verdicts: Sequence[Verdict]) -> Verdict:
    return max(verdicts, key=lambda verdict: verdict.action)


def _kept(spec: TensorSpec, spans: Sequence[Span], passed: Sequence[bool]) -> Any:
    import numpy as np

    if spec.text:
        return tensor([span.verdict for span in spans if passed[span.start]], spec)
    parts = [
        span.verdict.unwrap()[np.asarray(passed[span.start : span.stop])]
        for span in spans
        if span.verdict.allowed
    ]
    return native(np.concatenate(parts))
