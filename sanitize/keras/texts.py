"""Raw text in front of a model: sanitized, prepared by the app, and checked as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sanitize.errors import ContractError, SanitizeError
from sanitize.keras.contract import Contract
from sanitize.keras.intake import Intake, behind, refusal, take
from sanitize.keras.strings import checked_text
from sanitize.pipeline import Pipeline
from sanitize.types import Finding, Modality, Severity, Verdict

#: Makes model inputs, one row for each string, out of sanitized strings.
Prepare = Callable[[list[str]], Any]


def take_text(
    pipeline: Pipeline, contract: Contract, texts: Sequence[Any], prepare: Prepare, backend: str
) -> Intake:
    """Sanitize texts, prepare those that may pass, and check what comes of it.

    Raises:
        ContractError: `prepare` made another number of rows than it got texts.
        Exception: what `prepare` raises for all texts together, but for none alone.
    """
    verdicts = pipeline.batch(texts, modality=Modality.TEXT)
    verdicts, prepared = _prepare(pipeline, verdicts, prepare)
    passed = [row for row, verdict in enumerate(verdicts) if verdict.allowed]
    if not passed:
        return Intake(tuple(verdicts), None, len(verdicts))
    inner = take(pipeline, contract, prepared, backend)
    if inner.rows is not None and inner.rows != len(passed):
        raise ContractError(
            f"prepare: expected {len(passed)} rows, one for each text, received {inner.rows}"
        )
    return behind(verdicts, inner)


def _prepare(
    pipeline: Pipeline, verdicts: list[Verdict], prepare: Prepare
) -> tuple[list[Verdict], Any]:
    """The verdicts, and what `prepare` makes of all texts that may pass.

    A text that breaks `prepare` is refused alone, so that it denies nothing to
    its neighbours.
    """
    verdicts = list(verdicts)
    passed = [row for row, verdict in enumerate(verdicts) if verdict.allowed]
    if not passed:
        return verdicts, None
    try:
        return verdicts, prepare([checked_text(verdicts[row]) for row in passed])
    except SanitizeError:
        raise
    except Exception as error:
        broken = [row for row in passed if not _works(prepare, verdicts[row])]
        if not broken:
            raise
        detail = {"error": type(error).__name__[:80]}
        failed = Finding("guard.prepare-failed", Severity.CRITICAL, 1.0, detail=detail)
        for row in broken:
            verdicts[row] = refusal(pipeline, failed)
        return _prepare(pipeline, verdicts, prepare)


def _works(prepare: Prepare, verdict: Verdict) -> bool:
    try:
        prepare([checked_text(verdict)])
    except Exception:
        return False
    return True
