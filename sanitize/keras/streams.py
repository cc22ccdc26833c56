"""Sources of batches in front of a model: each batch is checked when it is its turn."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sanitize.errors import Blocked, ContractError
from sanitize.keras.arrays import as_array
from sanitize.keras.gate import Gate, shifted
from sanitize.keras.intake import Intake
from sanitize.keras.sources import batches, length, parted
from sanitize.keras.state import unharmed
from sanitize.keras.strings import is_tensor, rows_of_text
from sanitize.keras.uploads import rows_of_uploads


def predict_source(
    gate: Gate, source: Any, *, verbose: str | int, steps: int | None, callbacks: Any
) -> Any:
    """Predictions for all batches of a source, joined as Keras joins them.

    Raises:
        Blocked: rows may not pass, counted from the source's first row.
        ContractError: the source yields no batch, or never ends.
        Exception: whatever the source raises.
    """
    read = batches(source, steps)
    watchers = _watchers(gate.model, callbacks, verbose, length(source, steps))
    gate.model.stop_predicting = False
    watchers.on_predict_begin()
    parts, rows = [], 0
    for step, batch in enumerate(read):
        watchers.on_predict_batch_begin(step)
        part, given = _predict(gate, parts_of(gate, batch)[0], rows)
        parts.append(part)
        rows += given
        watchers.on_predict_batch_end(step, {"outputs": part})
        if gate.model.stop_predicting:
            break
    watchers.on_predict_end()
    return _joined(parts)


def _predict(gate: Gate, x: Any, before: int) -> tuple[Any, int]:
    """Predictions for one batch, and the number of rows it had."""
    intake = gate.take(x)
    try:
        return gate.run(intake, gate.method("predict_on_batch")), intake.rows or 0
    except Blocked as blocked:
        raise shifted(blocked, before) from None


def evaluate_source(gate: Gate, source: Any, *, steps: int | None, **options: Any) -> Any:
    """Metrics over all batches of a source, by Keras's own loop.

    Raises:
        Blocked: rows may not pass, counted from the source's first row; or no
            row of any batch may.
        ContractError: the source yields no batch, or batches of several dtypes.
        Exception: whatever the source raises.
    """
    gate.refuse_nan()
    feed = Feed(gate, batches(source, steps))
    try:
        with unharmed(gate.model, alone=True):
            found = gate.method("evaluate")(iter(feed), **options)
    except Exception:
        feed.rethrow()
        raise
    feed.rethrow()
    return found


@dataclass
class Dtypes:
    """The dtypes of a source's first batch, which all others must have.

    Keras on TensorFlow casts later batches to the dtypes of the first, without
    a word, and after the check: 0.7 would become 0.
    """

    first: list[str] | None = None

    def expect(self, batch: Any) -> Any:
        """The same batch.

        Raises:
            ContractError: it has other dtypes than the first batch.
        """
        import keras

        flat = keras.tree.flatten(batch)
        dtypes = [str(getattr(part, "dtype", "")) for part in flat if part is not None]
        if self.first is None:
            self.first = dtypes
        if dtypes != self.first:
            raise ContractError(
                f"source: expected batches of {', '.join(self.first)[:80]}, as the first, "
                f"received {', '.join(dtypes)[:80]}"
            )
        return batch


@dataclass
class Feed:
    """The batches that Keras may read; what goes wrong on the way is kept for `rethrow`.

    Backends read from threads of their own, and dress up what is raised there.
    """

    gate: Gate
    read: Iterator[Any]
    error: BaseException | None = None
    rows: int = 0
    dtypes: Dtypes = field(default_factory=Dtypes)

    def __iter__(self) -> Iterator[Any]:
        try:
            yield from self._checked()
        except Exception as error:
            self.error = error

    def rethrow(self) -> None:
        """Raise what went wrong, if anything did."""
        if self.error is not None:
            raise self.error

    def _checked(self) -> Iterator[Any]:
        last: Blocked | None = None
        given = 0
        for batch in self.read:
            x, y, sample_weight = parts_of(self.gate, batch)
            intake = self.gate.take(x)
            last = intake.blocked or last
            if self._passes(intake):
                given += 1
                parts = packed(*self.gate.admit(intake, y, sample_weight))
                yield self.dtypes.expect(parts)
            self.rows += intake.rows or 0
        if not given:
            raise last or ContractError("source: expected at least one batch, received none")

    def _passes(self, intake: Intake) -> bool:
        blocked = intake.blocked
        if blocked is None:
            return True
        if self.gate.on_block == "raise" or intake.rows is None:
            raise shifted(blocked, self.rows)
        return intake.batch is not None


def parts_of(gate: Gate, batch: Any) -> tuple[Any, Any, Any]:
    """A batch as inputs, targets and weights; a list of texts or files is inputs alone."""
    if gate.reads_text and rows_of_text(batch) is not None:
        return batch, None, None
    if rows_of_uploads(batch, gate.contract) is not None:
        return batch, None, None
    return parted(batch)


def packed(x: Any, y: Any, sample_weight: Any) -> tuple[Any, ...]:
    """Inputs, targets and weights as Keras takes them from a source: numpy arrays, or strings."""
    import keras

    parts = (x, y, sample_weight)
    last = max(place for place, part in enumerate(parts) if part is not None)
    return tuple(
        None if part is None else keras.tree.map_structure(_plain, part)
        for part in parts[: last + 1]
    )


def _plain(part: Any) -> Any:
    return part if is_tensor(part) else as_array(part)


def _watchers(model: Any, callbacks: Any, verbose: str | int, steps: int | None) -> Any:
    """The callbacks and the progress bar, as `keras.Model.predict` sets them up."""
    import keras

    if isinstance(callbacks, keras.callbacks.CallbackList):
        return callbacks
    options = {"verbose": verbose, "epochs": 1, "steps": steps, "model": model}
    return keras.callbacks.CallbackList(callbacks, add_progbar=verbose != 0, **options)


def _joined(parts: Sequence[Any]) -> Any:
    import keras
    import numpy as np

    if not parts:
        raise ContractError("source: expected at least one batch, received none")
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)
