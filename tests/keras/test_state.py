"""Failing calls, callbacks and threads leave the model as it was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest

from sanitize import Blocked, SanitizeError, TensorSpec
from sanitize.keras.guard import guard
from tests.keras import models
from tests.tensor.arrays import tensors

jax_only = pytest.mark.skipif(
    keras.backend.backend() != "jax", reason="only JAX takes values out of a model's variables"
)


class Raising(keras.callbacks.Callback):  # type: ignore[misc]
    """Raises at one moment of a prediction."""

    def __init__(self, moment: str, error: type[BaseException]) -> None:
        super().__init__()
        self.error = error
        setattr(self, moment, self._raise)

    def _raise(self, *arguments: Any, **logs: Any) -> None:
        raise self.error("from a callback")


MOMENTS = ["on_predict_begin", "on_predict_batch_begin", "on_predict_batch_end", "on_predict_end"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_a_raising_callback(moment: str, error: type[BaseException]) -> None:
    """Its error comes out, and the model keeps its weights, in the middle of a batch too."""
    model = models.words()
    guarded, before = guard(model, tensors()), model.get_weights()
    expected = model.predict(models.batch(), verbose=0)
    with pytest.raises(error, match="from a callback"):
        guarded.predict(models.batch(), batch_size=2, verbose=0, callbacks=[Raising(moment, error)])
    for old, new in zip(before, model.get_weights(), strict=True):
        assert np.array_equal(old, new)
    assert np.array_equal(guarded.predict(models.batch(), verbose=0), expected)


@pytest.mark.parametrize("options", [{"batch_size": "many"}, {"steps": -1}])
def test_bad_options(options: dict[str, Any]) -> None:
    """Keras's own error comes out, and the model works afterwards."""
    model = models.words()
    guarded = guard(model, tensors())
    expected = guarded.predict(models.batch(), verbose=0)
    with pytest.raises((TypeError, UnboundLocalError, ValueError)):
        guarded.predict(models.batch(), verbose=0, **options)
    assert np.array_equal(guarded.predict(models.batch(), verbose=0), expected)


def test_a_contract_wider_than_the_model() -> None:
    """Where the contract lets too much through, the model raises, and survives."""
    model = models.words()
    expected = model.predict(models.batch(), verbose=0)
    guarded = guard(model, tensors(), contract=TensorSpec(shape=(None, None, None)))
    for way in (guarded.predict, guarded.predict_on_batch, guarded):
        with pytest.raises((ValueError, TypeError)):
            way(np.ones((2, 8, 3), int))
    assert np.array_equal(model.predict(models.batch(), verbose=0), expected)


@jax_only
def test_a_prediction_inside_of_a_prediction() -> None:
    """A callback that predicts with the same model gets a clear error, and breaks nothing."""
    model = models.words()
    guarded = guard(model, tensors())
    expected = guarded.predict(models.batch(), verbose=0)
    errors: list[str] = []

    class Nested(keras.callbacks.Callback):  # type: ignore[misc]
        def on_predict_batch_end(self, batch: int, logs: Any = None) -> None:
            try:
                guarded.predict(models.batch(), verbose=0)
            except SanitizeError as error:
                errors.append(str(error))

    found = guarded.predict(models.batch(), batch_size=2, verbose=0, callbacks=[Nested()])
    assert np.allclose(found, expected, atol=1e-6)
    assert ["predicting right now" in error for error in errors] == [True] * 3
    assert np.array_equal(guarded.predict(models.batch(), verbose=0), expected)


@jax_only
def test_a_model_destroyed_before() -> None:
    """The guard cannot bring back what an unguarded call has lost, and says so."""
    model = models.words()
    guarded = guard(model, tensors())
    for variable in model.variables:
        variable._value = None
    with pytest.raises(SanitizeError, match="destroyed by a call without a guard"):
        guarded.predict(models.batch(), verbose=0)


def test_many_threads_and_several_guards() -> None:
    """8 threads × 200 calls, good and bad, three ways in, two guards: no error, same results."""
    model = models.words()
    good = [models.batch(rows, seed=rows) for rows in (1, 3, 8)]
    expected = [model.predict(batch, verbose=0) for batch in good]
    strict, lenient = guard(model, tensors()), guard(model, tensors(), on_block="drop")
    bad = np.full((2, 8), 99)

    def work(thread: int) -> int:
        for turn in range(100):
            which = (thread + turn) % 3
            ways = (strict.predict_on_batch, lenient, lambda x: strict.predict(x, verbose=0))
            found = ways[2 if turn % 10 == 0 else turn % 2](good[which])
            found = keras.ops.convert_to_numpy(found)
            assert np.allclose(found, expected[which], atol=1e-6)
            if turn % 10 == 5:
                assert lenient.predict_on_batch(bad).shape == (0, 3)
                continue
            with pytest.raises(Blocked):
                (strict.predict, strict.predict_on_batch, strict)[turn % 3](bad)
        return thread

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == list(range(8))
    assert np.allclose(model.predict(good[2], verbose=0), expected[2], atol=1e-6)


def test_models_that_share_layers_wait_for_each_other() -> None:
    """Two guarded models with one embedding between them do not empty it for each other."""
    ids = keras.Input((models.LENGTH,), dtype="int32", name="ids")
    shared = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(50, 4)(ids))
    heads = [keras.Model(ids, keras.layers.Dense(size)(shared)) for size in (2, 3)]
    guards = [guard(head, tensors()) for head in heads]
    expected = [head.predict(models.batch(), verbose=0) for head in heads]

    def work(thread: int) -> bool:
        return all(
            np.array_equal(guards[which].predict(models.batch(), verbose=0), expected[which])
            for which in [thread % 2, (thread + 1) % 2] * 8
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
