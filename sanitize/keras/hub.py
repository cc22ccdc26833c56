"""keras_hub tasks: text in front of their preprocessors, and the text that they write.

A task's own `predict` prepares whatever it gets. Here the guard prepares, checks the arrays that
come of it, and hands them to Keras's `predict`, which computes on exactly those.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from sanitize.errors import Blocked, ContractError
from sanitize.keras.gate import Gate
from sanitize.keras.state import unharmed
from sanitize.keras.strings import checked_text, rows_of_text
from sanitize.keras.texts import Prepare
from sanitize.types import Finding, Modality, Severity, Verdict


def reads_text(model: Any) -> bool:
    """True for a task with a preprocessor that has a tokenizer."""
    hub = sys.modules.get("keras_hub")  # who has such a model has imported it
    if hub is None or not isinstance(model, hub.models.Task):
        return False
    return getattr(model.preprocessor, "tokenizer", None) is not None


def prepare_of(model: Any) -> Prepare | None:
    """What makes model inputs out of strings, if the model is a task that reads text."""
    return partial(_prepared, model.preprocessor) if reads_text(model) else None


def generate(gate: Gate, inputs: Any, **options: Any) -> Any:
    """What the model writes to prompts that may pass, where that may pass too.

    Raises:
        Blocked: prompts or generated texts may not pass, and `on_block` is `"raise"`.
        ContractError: the prompts are no text.
    """
    prompts = rows_of_text(inputs)
    if prompts is None:
        raise ContractError(
            f"generate: expected a str or a list of str, received {type(inputs).__name__}"
        )
    verdicts = gate.pipeline.batch(prompts, modality=Modality.TEXT)
    passed = _passed(gate, verdicts, range(len(verdicts)))
    if passed:
        with unharmed(gate.model):
            made = gate.model.generate([checked_text(verdicts[row]) for row in passed], **options)
        written = gate.pipeline.batch(made, modality=Modality.TEXT)
        for row, verdict in zip(passed, written, strict=True):
            verdicts[row] = verdict if verdict.allowed else _told(verdict)
        passed = _passed(gate, verdicts, passed)
    kept = passed if gate.on_block == "drop" else range(len(verdicts))
    texts = [checked_text(verdicts[row]) if verdicts[row].allowed else None for row in kept]
    return texts[0] if isinstance(inputs, (str, bytes)) and texts else texts


def _prepared(preprocessor: Any, texts: list[str]) -> Any:
    made = preprocessor(texts)
    return made[0] if isinstance(made, tuple) else made  # (x, y, sample_weight), to train on


def _passed(gate: Gate, verdicts: Sequence[Verdict], rows: Sequence[int]) -> list[int]:
    blocked = [row for row in rows if not verdicts[row].allowed]
    if blocked and gate.on_block == "raise":
        raise Blocked([verdicts[row] for row in blocked], blocked)
    return [row for row in rows if verdicts[row].allowed]


def _told(verdict: Verdict) -> Verdict:
    """The same, saying that the model's text was refused, and not the prompt."""
    about = Finding("guard.generated", Severity.LOW, 1.0)
    return replace(verdict, findings=(*verdict.findings, about))
