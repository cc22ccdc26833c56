"""`evaluate` and `test_on_batch`: only rows that may pass count in the metrics."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import keras
import numpy as np
import pytest

from sanitize import Blocked, ContractError
from sanitize.keras.guard import guard
from tests.keras import models
from tests.keras.test_sources import KINDS, ROWS, spoilt
from tests.tensor.arrays import tensors

LABELS = np.arange(ROWS) % 3
WEIGHTS = np.linspace(0.5, 2.0, ROWS)
GOOD = [0, 2, 3, 4, 5, 6, 7, 8]


@pytest.fixture(scope="module")
def model() -> Any:
    return models.judged()


def test_the_bare_models_metrics(model: Any) -> None:
    """Loss and accuracy are Keras's, with weights and without, as a list or a dict."""
    guarded, ids = guard(model, tensors()), spoilt()
    for options in ({}, {"sample_weight": WEIGHTS}, {"return_dict": True}):
        expected = model.evaluate(ids, LABELS, verbose=0, **options)
        _same(guarded.evaluate(ids, LABELS, verbose=0, **options), expected)
        _same(guarded.test_on_batch(ids, LABELS, **options), expected)
    expected = model.evaluate(ids, LABELS, batch_size=4, steps=2, verbose=0)
    _same(guarded.evaluate(ids, LABELS, batch_size=4, steps=2, verbose=0), expected)


def test_options_pass_through(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Callbacks run on the bare model, and the progress bar shows."""
    seen: list[int] = []
    note = keras.callbacks.LambdaCallback()
    note.on_test_batch_end = lambda step, logs=None: seen.append(step)
    guarded = guard(model, tensors())
    guarded.evaluate(spoilt(), LABELS, batch_size=4, verbose=1, callbacks=[note])
    assert seen == [0, 1, 2]
    assert "3/3" in capsys.readouterr().out


@pytest.mark.parametrize("way", ["evaluate", "test_on_batch"])
def test_raise(model: Any, way: str) -> None:
    """Nothing is computed for a batch with a bad row."""
    with pytest.raises(Blocked) as caught:
        getattr(guard(model, tensors()), way)(spoilt(1, 9), LABELS)
    assert caught.value.rows == (1, 9)


def test_drop_takes_targets_and_weights_along(model: Any) -> None:
    """The metrics are those of the good rows with their own targets."""
    lenient, ids = guard(model, tensors(), on_block="drop"), spoilt()
    expected = model.evaluate(ids[GOOD], LABELS[GOOD], sample_weight=WEIGHTS[GOOD], verbose=0)
    bad = spoilt(1, 9)
    _same(lenient.evaluate(bad, LABELS, sample_weight=WEIGHTS, verbose=0), expected)
    _same(lenient.test_on_batch(bad, LABELS, WEIGHTS), expected)
    _same(lenient.test_on_batch(bad, keras.ops.convert_to_tensor(LABELS), WEIGHTS), expected)
    with pytest.raises(Blocked):
        lenient.evaluate(np.full((2, 8), 99), LABELS[:2], verbose=0)


@pytest.mark.parametrize("labels", [LABELS[:9], LABELS.tolist(), np.int64(1)])
def test_targets_of_other_rows_are_refused(model: Any, labels: Any) -> None:
    """A target must not move to another row when rows are dropped."""
    with pytest.raises(ContractError, match="expected arrays of 10 rows"):
        guard(model, tensors(), on_block="drop").evaluate(spoilt(1), labels, verbose=0)


def test_targets_in_dicts() -> None:
    """Each output's targets lose the same rows."""
    bare = models.mixed()
    bare.compile(loss={"score": "mse", "kind": "mse"})
    inputs = {"ids": spoilt(), "numbers": np.zeros((ROWS, 2))}
    targets = {"score": np.arange(ROWS, dtype="f4")[:, None], "kind": np.ones((ROWS, 3))}
    kept = ({key: part[GOOD] for key, part in parts.items()} for parts in (inputs, targets))
    expected = bare.evaluate(*kept, verbose=0)
    inputs["numbers"][[1, 9]] = np.nan
    found = guard(bare, tensors(), on_block="drop").evaluate(inputs, targets, verbose=0)
    _same(found, expected)


def test_nan_is_refused(model: Any) -> None:
    """A metric has no rows that could be NaN."""
    lenient = guard(model, tensors(), on_block="nan")
    for call in (lenient.evaluate, lenient.test_on_batch):
        with pytest.raises(ContractError, match="expected 'raise' or 'drop'"):
            call(spoilt(), LABELS)
    with pytest.raises(ContractError, match="expected 'raise' or 'drop'"):
        lenient.evaluate(iter([(spoilt(), LABELS)]), verbose=0)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_sources(model: Any, kind: Any) -> None:
    """The metrics of a source are those of its rows in one array."""
    expected = model.evaluate(spoilt(), LABELS, sample_weight=WEIGHTS, verbose=0)
    guarded = guard(model, tensors())
    source = kind(spoilt(), LABELS, WEIGHTS.astype("f4"))
    _same(guarded.evaluate(source, verbose=0), expected)
    with pytest.raises(Blocked) as caught:
        guarded.evaluate(kind(spoilt(1, 7), LABELS), verbose=0)
    assert caught.value.rows == (1,)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_sources_with_dropped_rows(model: Any, kind: Any) -> None:
    """Rows go with their targets; a batch that loses all rows is left out."""
    good = [0, 1, 2, 6, 8, 9]
    expected = model.evaluate(spoilt()[good], LABELS[good], verbose=0)
    lenient = guard(model, tensors(), on_block="drop")
    _same(lenient.evaluate(kind(spoilt(3, 4, 5, 7), LABELS), verbose=0), expected)
    with pytest.raises(Blocked):
        lenient.evaluate(kind(spoilt(*range(ROWS)), LABELS), verbose=0)


def test_steps_of_a_source(model: Any) -> None:
    """No more batches than asked for are counted."""
    expected = model.evaluate(spoilt()[:6], LABELS[:6], verbose=0)
    source = KINDS[0](spoilt(), LABELS)
    _same(guard(model, tensors()).evaluate(source, steps=2, verbose=0), expected)


def test_a_source_keeps_its_dtypes(model: Any) -> None:
    """TensorFlow would cast the second batch to the first one's dtype, after the check."""
    source = iter([(spoilt(), LABELS), (spoilt().astype("f8"), LABELS)])
    with pytest.raises(ContractError, match="as the first"):
        guard(model, tensors()).evaluate(source, verbose=0)


def test_a_failed_evaluation_leaves_the_model_whole() -> None:
    """Targets that do not fit, and a callback that raises in the middle."""
    bare = models.judged()
    guarded = guard(bare, tensors())
    note = keras.callbacks.LambdaCallback()

    def fail(step: int, logs: Any = None) -> None:
        raise RuntimeError("from a callback")

    note.on_test_batch_end = fail
    with pytest.raises(RuntimeError, match="from a callback"):
        guarded.evaluate(spoilt(), LABELS, batch_size=2, verbose=0, callbacks=[note])
    with pytest.raises(Exception, match=r"."):
        guarded.evaluate(spoilt(), np.zeros((ROWS, 7, 2)), verbose=0)
    fresh = models.judged()
    _same(
        guarded.evaluate(spoilt(), LABELS, verbose=0), fresh.evaluate(spoilt(), LABELS, verbose=0)
    )


def test_threads_do_not_mix_their_metrics(model: Any) -> None:
    """Evaluations of one model wait for each other, on every backend."""
    guarded = guard(model, tensors())
    parts = [slice(0, 4), slice(2, 9)]
    expected = [model.evaluate(spoilt()[part], LABELS[part], verbose=0) for part in parts]

    def work(thread: int) -> None:
        for turn in range(6):
            which = (thread + turn) % 2
            found = guarded.evaluate(
                spoilt()[parts[which]], LABELS[parts[which]], batch_size=2, verbose=0
            )
            _same(found, expected[which])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))


def _same(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        found, expected = list(found.values()), [expected[key] for key in found]
    assert np.allclose(found, expected, atol=1e-5)
