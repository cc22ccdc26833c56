"""`guard(model)`: the same model, behind a pipeline.

The guard defends a model against its inputs, not against the application:
`guarded.model` is the bare model, and whoever calls it directly is on their own.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, Literal, get_args

from sanitize.errors import ContractError, PolicyError, UnguardedError
from sanitize.keras import outputs
from sanitize.keras.arrays import is_source, is_symbolic
from sanitize.keras.contract import Contract, contract_for
from sanitize.keras.intake import Intake, take
from sanitize.keras.state import unharmed
from sanitize.keras.texts import Prepare, rows_of_text, take_text
from sanitize.keras.uploads import rows_of_uploads, take_uploads
from sanitize.pipeline import Pipeline
from sanitize.pipeline import pipeline as default_pipeline
from sanitize.types import Modality, Verdict

#: What happens to a batch with rows that may not pass.
OnBlock = Literal["raise", "nan", "drop"]

#: What can be read of the bare model through the guard: nothing that takes input.
READABLE: frozenset[str] = frozenset(
    {
        "built",
        "compute_dtype",
        "count_params",
        "dtype",
        "dtype_policy",
        "get_config",
        "get_layer",
        "get_weights",
        "input",
        "input_dtype",
        "input_names",
        "input_shape",
        "input_spec",
        "inputs",
        "layers",
        "loss",
        "metrics_names",
        "name",
        "non_trainable_variables",
        "non_trainable_weights",
        "optimizer",
        "output",
        "output_names",
        "output_shape",
        "outputs",
        "path",
        "summary",
        "supports_masking",
        "to_json",
        "trainable",
        "trainable_variables",
        "trainable_weights",
        "variable_dtype",
        "variables",
        "weights",
    }
)


class Guarded:
    """A Keras model whose inputs are all checked first; made by `guard`.

    `isinstance(guarded, keras.Model)` holds. Reading the model (name, summary,
    weights, config, layers …) works; every method that would carry unchecked
    input raises `UnguardedError`. A guard is not saved with a model.

    Attributes:
        model: the bare model.
        pipeline: what inputs go through.
        contract: what each input expects.
        on_block: what happens to a batch with rows that may not pass.
    """

    model: Any
    pipeline: Pipeline
    contract: Contract
    on_block: OnBlock
    prepare: Prepare | None

    def __init__(
        self,
        model: Any,
        pipeline: Pipeline,
        contract: Contract,
        on_block: OnBlock,
        prepare: Prepare | None,
    ) -> None:
        vars(self).update(
            model=model, pipeline=pipeline, contract=contract, on_block=on_block, prepare=prepare
        )

    @property  # type: ignore[misc]
    def __class__(self) -> type[Any]:
        # isinstance() asks the type first and then this: code that expects a model gets one.
        return type(self.model)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """As `keras.Model.predict`, on the rows that may pass.

        Args:
            x: an array, or dicts and lists of arrays; with `prepare`, a list
                of str or one str too; for an input of four axes (pictures), a
                list of files or one file: bytes, paths, or PIL images.
            batch_size: rows that the model computes at once.
            verbose: `"auto"`, 0, 1 or 2: Keras's progress bar.
            steps: batches to compute; only with `on_block="raise"`.
            callbacks: Keras callbacks; they get the bare model.

        Returns:
            The model's predictions; for blocked rows NaN, or nothing, as
            `on_block` says.

        Raises:
            Blocked: rows may not pass, and `on_block` is `"raise"`; or the
                inputs have no rows that could be told apart.
            UnguardedError: `x` is a generator or another source of batches.
        """
        if steps is not None and self.on_block != "raise":
            raise ContractError(f"steps: expected None with on_block={self.on_block!r}")
        options = {"batch_size": batch_size, "verbose": verbose, "steps": steps}
        return self._run(x, lambda batch: self.model.predict(batch, **options, callbacks=callbacks))

    def predict_on_batch(self, x: Any) -> Any:
        """As `keras.Model.predict_on_batch`, on the rows that may pass; see `predict`."""
        return self._run(x, self.model.predict_on_batch)

    def __call__(self, inputs: Any, *, training: bool | None = None) -> Any:
        """As calling the model on arrays, on the rows that may pass; see `predict`."""
        return self._run(inputs, lambda batch: self.model(batch, training=training), tensors=True)

    def check(self, x: Any) -> list[Verdict]:
        """The verdicts that `predict` would act on, one for each row, without predicting.

        A verdict may stand for several rows of an array, which were read
        together. For inputs whose rows cannot be told apart there is one.
        """
        return list(self._take(x).verdicts)

    def save(self, *args: Any, **options: Any) -> Any:
        """Save the bare model; the guard is dropped, and a warning says so."""
        warnings.warn("the guard is not saved: guard the model again once loaded", stacklevel=2)
        return self.model.save(*args, **options)

    def _take(self, value: Any) -> Intake:
        import keras

        _refuse_sources(value)
        backend = keras.backend.backend()
        texts = rows_of_text(value) if self.prepare is not None else None
        if texts is not None and self.prepare is not None:
            return take_text(self.pipeline, self.contract, texts, self.prepare, backend)
        uploads = rows_of_uploads(value, self.contract)
        if uploads is not None:
            return take_uploads(self.pipeline, self.contract, uploads, backend)
        return take(self.pipeline, self.contract, value, backend)

    def _run(self, value: Any, call: Callable[[Any], Any], *, tensors: bool = False) -> Any:
        intake = self._take(value)
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

    def __getattr__(self, name: str) -> Any:
        if name in READABLE:
            return getattr(vars(self)["model"], name)
        raise UnguardedError(
            f"{name!r} is not guarded: expected predict, predict_on_batch, a call, check, or to "
            "read the model; to use the bare model, knowingly, write guarded.model"
        )

    def __setattr__(self, name: str, value: Any) -> None:
        raise UnguardedError(f"{name!r}: a guard is frozen; set it on guarded.model")

    def __delattr__(self, name: str) -> None:
        raise UnguardedError(f"{name!r}: a guard is frozen; delete it on guarded.model")

    def __dir__(self) -> list[str]:
        return sorted({*READABLE, *vars(self), *vars(Guarded)})

    def __repr__(self) -> str:
        return (
            f"<guarded {type(self.model).__name__} {self.model.name!r}, on_block={self.on_block}>"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (self.model, self.pipeline, self.contract, self.on_block, self.prepare)
        return (Guarded, fields)


def guard(
    model: Any,
    pipeline: Pipeline | None = None,
    *,
    on_block: OnBlock = "raise",
    contract: Any = None,
    prepare: Prepare | None = None,
) -> Guarded:
    """Put a pipeline in front of a Keras model.

    Args:
        model: a Keras 3 model.
        pipeline: what inputs go through; `sanitize.pipeline()` if None.
        on_block: `"raise"` raises `Blocked` with the rows and their verdicts;
            `"nan"` predicts NaN for blocked rows; `"drop"` leaves them out.
        contract: what the inputs expect: a `TensorSpec`, or dicts and lists of
            them; derived from the model's inputs and first layers if None.
        prepare: makes model inputs, one row for each string, out of a list of
            sanitized strings; then the guard takes raw text too.

    Returns:
        The guarded model, with Keras's own `predict` signature.

    Raises:
        ContractError: not a Keras model, or no contract can be derived from it.
        PolicyError: the pipeline has no chain for what it would be given.
    """
    import keras

    if type(model) is Guarded or not isinstance(model, keras.Model):
        raise ContractError(f"guard: expected a bare keras.Model, received {type(model).__name__}")
    if on_block not in get_args(OnBlock):
        raise PolicyError(f"on_block: expected raise, nan or drop, received {on_block!r}")
    used = default_pipeline() if pipeline is None else pipeline
    needed = (Modality.TENSOR, Modality.TEXT) if prepare is not None else (Modality.TENSOR,)
    for modality in needed:
        if modality not in used.chains:
            raise PolicyError(f"guard: the pipeline's policy has no chain for {modality.value}")
    return Guarded(model, used, contract_for(model, contract), on_block, prepare)


def _refuse_sources(value: Any) -> None:
    if is_source(value):
        raise UnguardedError(
            f"a {type(value).__name__} is not guarded: expected arrays; iterate over it and "
            "give each batch to predict_on_batch"
        )
    if is_symbolic(value):
        raise UnguardedError(
            "a symbolic input computes nothing to check: expected arrays; build on guarded.model"
        )
