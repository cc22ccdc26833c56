"""`guard(model)`: the same model, behind a pipeline.

The guard defends a model against its inputs, not against the application:
`guarded.model` is the bare model, and whoever calls it directly is on their own.
"""

from __future__ import annotations

import os
import warnings
from functools import partial
from pathlib import Path
from typing import Any, get_args

from sanitize.errors import ContractError, PolicyError, UnguardedError
from sanitize.keras import hub
from sanitize.keras.admitted import Admitted
from sanitize.keras.contract import Contract, contract_for, takes_text
from sanitize.keras.gate import Gate, OnBlock
from sanitize.keras.readable import READABLE
from sanitize.keras.sources import is_source, refuse_options
from sanitize.keras.streams import evaluate_source, predict_source
from sanitize.keras.texts import Prepare
from sanitize.pipeline import Pipeline
from sanitize.pipeline import pipeline as default_pipeline
from sanitize.types import Modality, Verdict


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
            x: an array, or dicts and lists of arrays; with `prepare`, and for
                inputs of strings, a list of str or one str too; for an input
                of four axes (pictures), a list of files or one file: bytes,
                paths, or PIL images. Or a source of such batches, which are checked one by one.
            batch_size: rows that the model computes at once; the batches of a
                source are computed as they come.
            verbose: `"auto"`, 0, 1 or 2: Keras's progress bar.
            steps: batches to compute; for arrays only with `on_block="raise"`.
            callbacks: Keras callbacks; they get the bare model.

        Returns:
            The model's predictions; for blocked rows NaN, or nothing, as
            `on_block` says.

        Raises:
            Blocked: rows may not pass, and `on_block` is `"raise"`; or the
                inputs have no rows that could be told apart.
        """
        watched: dict[str, Any] = {"verbose": verbose, "steps": steps, "callbacks": callbacks}
        if is_source(x):
            refuse_options(x, batch_size=batch_size)
            return predict_source(self._gate, x, **watched)
        self._refuse_steps(steps)
        options = {**watched, "batch_size": batch_size}
        intake = self._gate.take(x)
        return self._gate.run(intake, partial(self._gate.method("predict"), **options))

    def predict_on_batch(self, x: Any) -> Any:
        """As `keras.Model.predict_on_batch`, on the rows that may pass; see `predict`."""
        return self._gate.run(self._gate.take(x), self._gate.method("predict_on_batch"))

    def __call__(self, inputs: Any, *, training: bool | None = None) -> Any:
        """As calling the model on arrays, on the rows that may pass; see `predict`."""
        intake = self._gate.take(inputs)
        compute = partial(self.model, training=training)
        return self._gate.run(intake, compute, tensors=True)

    def evaluate(  # noqa: PLR0913, PLR0917  (Keras's signature)
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """As `keras.Model.evaluate`, on the rows that may pass.

        `y` and `sample_weight` are not checked; with `on_block="drop"` they
        lose the rows that `x` loses. `x` and the options are as in `predict`.

        Raises:
            Blocked: rows may not pass, and `on_block` is `"raise"`; or none may.
            ContractError: `on_block` is `"nan"`: a metric has no rows.
        """
        watched = {"verbose": verbose, "callbacks": callbacks, "return_dict": return_dict}
        if is_source(x):
            refuse_options(x, y=y, sample_weight=sample_weight, batch_size=batch_size)
            return evaluate_source(self._gate, x, steps=steps, **watched)
        self._refuse_steps(steps)
        options = {**watched, "batch_size": batch_size, "steps": steps}
        compute = self._gate.method("evaluate")
        return self._gate.score(
            x,
            y,
            sample_weight,
            lambda x, y, weight: compute(x, y, sample_weight=weight, **options),
        )

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """As `keras.Model.test_on_batch`, on the rows that may pass; see `evaluate`."""
        compute = partial(self._gate.method("test_on_batch"), return_dict=return_dict)
        return self._gate.score(x, y, sample_weight, compute)

    @property
    def generate(self) -> Any:
        """`generate(inputs, **options)`, as `keras_hub.models.CausalLM`'s, where the model has one.

        Prompts are checked, and so is what the model writes: it may be shown on a page, or given to
        the next model. It comes back as the pipeline leaves it.

        Args:
            inputs: a str, or a list of str.
            **options: `max_length`, `stop_token_ids`, `strip_prompt`, as keras_hub's.

        Returns:
            A str, or a list of them. With `on_block="nan"`, None in place of a blocked row.

        Raises:
            Blocked: a prompt or a generated text may not pass, and `on_block` is `"raise"`.
            ContractError: the prompts are no text.
        """
        if not hub.reads_text(self.model) or not hasattr(self.model, "generate"):
            raise AttributeError("generate")  # `__getattr__` says what there is
        return partial(hub.generate, self._gate)

    def check(self, x: Any) -> list[Verdict]:
        """The verdicts that `predict` would act on, one for each row, without predicting.

        A verdict may stand for several rows of an array, which were read
        together. For inputs whose rows cannot be told apart there is one.
        """
        return list(self._gate.take(x).verdicts)

    def admitted(self, source: Any, *, quarantine: str | os.PathLike[str]) -> Admitted:
        """The batches of a source without the rows that may not pass, to train on.

        Args:
            source: yields batches: x, `(x, y)` or `(x, y, sample_weight)`.
            quarantine: the file that the verdicts of rejected rows are added
                to, one JSON object a line; no payload.

        Raises:
            ContractError: `source` is no source of batches.
        """
        return Admitted(self._gate, source, os.fspath(quarantine))

    def save(self, *args: Any, **options: Any) -> Any:
        """Save the bare model; the guard is dropped, and a warning says so."""
        warnings.warn("the guard is not saved: guard the model again once loaded", stacklevel=2)
        return self.model.save(*args, **options)

    @property
    def _gate(self) -> Gate:
        fields = (self.model, self.pipeline, self.contract, self.on_block, self.prepare)
        return Gate(*fields, prepares=hub.reads_text(self.model))

    def _refuse_steps(self, steps: int | None) -> None:
        if steps is not None and self.on_block != "raise":
            raise ContractError(f"steps: expected None with on_block={self.on_block!r}")

    def __getattr__(self, name: str) -> Any:
        if name in READABLE:
            return getattr(vars(self)["model"], name)
        raise UnguardedError(
            f"{name!r} is not guarded: expected predict, predict_on_batch, a call, evaluate, "
            "test_on_batch, generate, check, admitted, or to read the model; "
            "to use the bare model, knowingly, write guarded.model"
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


def guard(  # noqa: PLR0913 - each is an option of its own, all by name
    model: Any,
    pipeline: Pipeline | None = None,
    *,
    on_block: OnBlock = "raise",
    contract: Any = None,
    prepare: Prepare | None = None,
    sandbox: bool = False,
) -> Guarded:
    """Put a pipeline in front of a Keras model.

    Args:
        model: a Keras 3 model.
        pipeline: what inputs go through; `sanitize.pipeline()` if None.
        on_block: `"raise"` raises `Blocked` with the rows and their verdicts;
            `"nan"` predicts NaN for blocked rows; `"drop"` leaves them out.
        contract: what the inputs expect: a `TensorSpec`, or dicts and lists of
            them, or the `pathlib.Path` of a file that `sanitize contract`
            printed; derived from the model's inputs and first layers if None.
        prepare: makes model inputs, one row for each string, out of a list of
            sanitized strings; then the guard takes raw text too. A keras_hub
            task that reads text brings its own.
        sandbox: True computes predictions in a locked process of the model's
            own, on a copy; `sanitize.isolated` also loads the model there.

    Returns:
        The guarded model, with Keras's own `predict` signature.

    Raises:
        ContractError: not a Keras model, or no contract can be derived from it.
        PolicyError: the pipeline has no chain for what it would be given, or
            the contract's file is none.
        SandboxError: `sandbox` is True, and the model cannot be saved and
            loaded again, or no process can be locked here.
    """
    import keras

    if type(model) is Guarded or not isinstance(model, keras.Model):
        raise ContractError(f"guard: expected a bare keras.Model, received {type(model).__name__}")
    if on_block not in get_args(OnBlock):
        raise PolicyError(f"on_block: expected raise, nan or drop, received {on_block!r}")
    prepare = prepare or hub.prepare_of(model)
    used = default_pipeline() if pipeline is None else pipeline
    if isinstance(contract, os.PathLike):
        from sanitize.keras import pinned  # reads YAML, which is slow to import

        contract = pinned.load(Path(contract))
    expected = contract_for(model, contract)
    _expect_chains(used, expected, prepare)
    if sandbox:
        from sanitize.keras.isolation.model import moved  # few need it

        model = moved(model)
    return Guarded(model, used, expected, on_block, prepare)


def _expect_chains(pipeline: Pipeline, contract: Contract, prepare: Prepare | None) -> None:
    texts = prepare is not None or takes_text(contract)
    for modality in (Modality.TENSOR, Modality.TEXT) if texts else (Modality.TENSOR,):
        if modality not in pipeline.chains:
            raise PolicyError(f"guard: the pipeline's policy has no chain for {modality.value}")
