"""Raw text in front of a model: sanitized, prepared by the app, and checked as arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sanitize import freezing
from sanitize.errors import ContractError, SanitizeError
from sanitize.keras.contract import Contract
from sanitize.keras.intake import Intake, behind, refusal, take
from sanitize.pipeline import Pipeline
from sanitize.types import Finding, Modality, Severity, Verdict

#: Makes model inputs, one row for each string, out of sanitized strings.
Prepare = Callable[[list[str]], Any]


def rows_of_text(value: Any) -> list[Any] | None:
    """The rows of a batch of raw text; None if the batch is no text.

    A single string is a batch of one row: a str is one text, and never a
    sequence of characters.
    """
    import numpy as np

    if isinstance(value, (str, bytes)):
        return [value]
    if type(value) is np.ndarray and value.dtype.kind in "OSU" and value.ndim == 1:
        return [_plain(item) for item in value.tolist()]
    if isinstance(value, (list, tuple)) and any(isinstance(item, (str, bytes)) for item in value):
        return [_plain(item) for item in value]
    return None


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


def checked_text(verdict: Verdict) -> str:
    """The sanitized text: exactly what the verdict was given for."""
    text = verdict.unwrap()
    if not isinstance(text, str) or freezing.digest(text) != verdict.digest:
        raise ContractError("guard: expected a text with the digest of its verdict")
    return text


def _works(prepare: Prepare, verdict: Verdict) -> bool:
    try:
        prepare([checked_text(verdict)])
    except Exception:
        return False
    return True


def _plain(item: Any) -> Any:
    """A row as text; a path stays no path, since nothing untrusted may name a file to open."""
    return item if isinstance(item, (str, bytes)) else _NoText(type(item).__name__)


class _NoText:
    """Stands for a row that is no text; the pipeline refuses it."""

    def __init__(self, received: str) -> None:
        self.received = received
