"""One batch through a guard: checked, computed on by the model, and put back in its rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from sanitize.errors import Blocked, ContractError, UnguardedError
from sanitize.keras import outputs
from sanitize.keras.arrays import is_symbolic
from sanitize.keras.contract import Contract, takes_text
from sanitize.keras.intake import Intake, take
from sanitize.keras.records import rows_of_records, take_records
from sanitize.keras.sources import is_source
from sanitize.keras.state import unharmed
from sanitize.keras.strings import rows_of_text
from sanitize.keras.targets import kept
from sanitize.keras.texts import Prepare, take_text
from sanitize.keras.uploads import rows_of_uploads, take_uploads
from sanitize.pipeline import Pipeline

#: What happens to a batch with rows that may not pass.
OnBlock = Literal["raise", "nan", "drop"]


@dataclass(frozen=True, slots=True)
class Gate:
    """What stands in front of a model.

    Attributes:
        model: the bare model.
        pipeline: what inputs go through.
        contract: what each input expects.
        on_block: what happens to a batch with rows that may not pass.
        prepare: makes model inputs out of sanitized strings, if text is taken.
        prepares: the model's own methods would prepare their inputs once more.
    """

    model: Any
    pipeline: Pipeline
    contract: Contract
    on_block: OnBlock
    prepare: Prepare | None
    prepares: bool = False

    @property
    def reads_text(self) -> bool:
        """Is a list of str a batch?"""
        return self.prepare is not None or takes_text(self.contract)

    def method(self, name: str) -> Any:
        """A method of the model that takes what the contract describes."""
        import keras

        if self.prepares:
            return partial(getattr(keras.Model, name), self.model)
        return getattr(self.model, name)

    def take(self, value: Any) -> Intake:
        """Check one batch: arrays, raw text with `prepare`, or files.

        Raises:
            UnguardedError: the batch is a source of batches, or symbolic.
        """
        import keras

        _refuse_unchecked(value)
        backend = keras.backend.backend()
        texts = rows_of_text(value) if self.prepare is not None else None
        if texts is not None and self.prepare is not None:
            return take_text(self.pipeline, self.contract, texts, self.prepare, backend)
        records = rows_of_records(value, self.contract)
        if records is not None:
            return take_records(self.pipeline, self.contract, records, backend)
        uploads = rows_of_uploads(value, self.contract)
        if uploads is not None:
            return take_uploads(self.pipeline, self.contract, uploads, backend)
        return take(self.pipeline, self.contract, value, backend)

    def run(self, intake: Intake, call: Callable[[Any], Any], *, tensors: bool = False) -> Any:
        """Predictions for one batch, from a call on its rows that may pass.

        Args:
            intake: the batch, checked.
            call: predicts; gets the checked rows in the model's structure.
            tensors: give the backend's tensors if nothing can be computed.

        Raises:
            Blocked: rows may not pass, and `on_block` does not say what to give instead.
        """
        blocked = intake.blocked
        if blocked is not None and (self.on_block == "raise" or intake.rows is None):
            raise blocked
        if intake.batch is None:
            return self._blank(intake, tensors)
        with unharmed(self.model):
            predictions = call(intake.batch)
        if blocked is None or self.on_block == "drop":
            return predictions
        return outputs.spread(predictions, intake.passed, intake.rows or 0)

    def score(self, x: Any, y: Any, sample_weight: Any, call: Callable[..., Any]) -> Any:
        """What a call makes of the rows that may pass, and of their targets and weights.

        Raises:
            Blocked: rows may not pass, and `on_block` is `"raise"`; or none may.
            ContractError: `on_block` is `"nan"`, or the targets' rows are not those of `x`.
        """
        self.refuse_nan()
        batch, targets, weights = self.admit(self.take(x), y, sample_weight)
        with unharmed(self.model, alone=True):
            return call(batch, targets, weights)

    def admit(self, intake: Intake, y: Any, sample_weight: Any) -> tuple[Any, Any, Any]:
        """The rows that may pass, with their targets and weights.

        Raises:
            Blocked: as `score`.
            ContractError: the targets' rows are not those of the batch.
        """
        blocked = intake.blocked
        if blocked is None:
            return intake.batch, y, sample_weight
        if self.on_block == "raise" or intake.batch is None:
            raise blocked
        return intake.batch, *kept(intake, y, sample_weight)

    def refuse_nan(self) -> None:
        """A metric of rows that were left out is no metric of the batch.

        Raises:
            ContractError: `on_block` is `"nan"`.
        """
        if self.on_block == "nan":
            raise ContractError(
                "on_block='nan': expected 'raise' or 'drop' for evaluate and test_on_batch, "
                "which give no rows that could be NaN"
            )

    def _blank(self, intake: Intake, tensors: bool) -> Any:
        import keras

        rows = (intake.rows or 0) if self.on_block == "nan" else 0
        with unharmed(self.model):
            predictions = outputs.blank(self.model, self.contract, rows)
        if predictions is None:
            raise intake.blocked or ContractError("guard: expected outputs of known sizes")
        if tensors:
            return keras.tree.map_structure(keras.ops.convert_to_tensor, predictions)
        return predictions


def shifted(blocked: Blocked, rows: int) -> Blocked:
    """The same error for a batch that `rows` rows came before."""
    return Blocked(blocked.verdicts, [row + rows for row in blocked.rows])


def _refuse_unchecked(value: Any) -> None:
    if is_source(value):
        raise UnguardedError(
            f"a {type(value).__name__} is not guarded here: expected arrays; predict and evaluate "
            "take sources of batches"
        )
    if is_symbolic(value):
        raise UnguardedError(
            "a symbolic input computes nothing to check: expected arrays; build on guarded.model"
        )
