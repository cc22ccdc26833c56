"""A guarded model behaves like the bare one, and lets only checked input through."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from sanitize import Action, Blocked, ContractError, PolicyError, TensorSpec, UnguardedError
from sanitize.keras.guard import guard
from tests.keras import models
from tests.tensor.arrays import tensors


@pytest.fixture(scope="module")
def model() -> Any:
    return models.words()


def spoilt(*rows: int) -> np.ndarray[Any, Any]:
    """Five rows of good ids, some of them spoilt."""
    ids = models.batch()
    for row in rows:
        ids[row, row] = 50 + row
    return ids


def test_predictions_are_the_bare_models(model: Any) -> None:
    """All three ways in give exactly what the bare model gives, in any batch size."""
    guarded, ids = guard(model, tensors()), models.batch(40)
    assert np.array_equal(guarded.predict(ids, verbose=0), model.predict(ids, verbose=0))
    assert np.array_equal(guarded.predict_on_batch(ids), model.predict_on_batch(ids))
    plain = keras.ops.convert_to_numpy
    assert np.array_equal(plain(guarded(ids)), plain(model(ids)))
    small = guarded.predict(ids, batch_size=7, verbose=0)
    assert np.array_equal(small, model.predict(ids, batch_size=7, verbose=0))


def test_options_pass_through(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Callbacks run on the bare model, steps count, and the progress bar shows."""
    seen: list[Any] = []
    note = keras.callbacks.LambdaCallback()
    note.on_predict_batch_end = lambda step, logs=None: seen.append(step)
    guarded = guard(model, tensors())
    found = guarded.predict(models.batch(9), batch_size=2, verbose=1, steps=3, callbacks=[note])
    assert found.shape == (6, 3)
    assert seen == [0, 1, 2]
    assert note.model is model
    assert "3/3" in capsys.readouterr().out


def test_raise_names_rows_and_verdicts(model: Any) -> None:
    """`Blocked` carries each refused row's index and verdict, and only those."""
    with pytest.raises(Blocked) as caught:
        guard(model, tensors()).predict(spoilt(1, 4), verbose=0)
    assert caught.value.rows == (1, 4)
    assert [verdict.action for verdict in caught.value.verdicts] == [Action.BLOCK] * 2
    assert [verdict.findings[0].detail["highest"] for verdict in caught.value.verdicts] == [51, 54]


def test_nan_keeps_the_rows_in_place(model: Any) -> None:
    """Good rows get what the bare model predicts for them; blocked rows are NaN."""
    lenient = guard(model, tensors(), on_block="nan")
    whole = model.predict_on_batch(models.batch())
    for found in (
        lenient.predict(spoilt(0, 3), verbose=0),
        lenient.predict_on_batch(spoilt(0, 3)),
        keras.ops.convert_to_numpy(lenient(spoilt(0, 3))),
    ):
        assert np.isnan(found[[0, 3]]).all()
        assert np.allclose(found[[1, 2, 4]], whole[[1, 2, 4]], atol=1e-6)


def test_drop_leaves_rows_out(model: Any) -> None:
    """Only the good rows come back, in order."""
    found = guard(model, tensors(), on_block="drop").predict(spoilt(0, 3), verbose=0)
    expected = model.predict_on_batch(models.batch())[[1, 2, 4]]
    assert np.allclose(found, expected, atol=1e-6)


@pytest.mark.parametrize(("on_block", "rows"), [("nan", 5), ("drop", 0)])
@pytest.mark.parametrize("bad", [np.full((5, 8), -1), np.ones((5, 9)), np.ones((5, 8), complex)])
def test_nothing_passes(model: Any, on_block: Any, rows: int, bad: Any) -> None:
    """A batch without a good row never reaches the model; its shape is kept."""
    lenient = guard(model, tensors(), on_block=on_block)
    for found in (lenient.predict(bad, verbose=0), keras.ops.convert_to_numpy(lenient(bad))):
        assert found.shape == (rows, 3)
        assert np.isnan(found).all()


def test_inputs_without_rows_raise_whatever_on_block_says(model: Any) -> None:
    """There is no row to leave out of what has none."""
    with pytest.raises(Blocked):
        guard(model, tensors(), on_block="nan").predict({"ids": None, "more": 1}, verbose=0)


def test_steps_and_left_out_rows_do_not_mix(model: Any) -> None:
    """Which rows the steps would cover depends on the rows left out."""
    with pytest.raises(ContractError, match="steps"):
        guard(model, tensors(), on_block="drop").predict(models.batch(), steps=1, verbose=0)


@pytest.mark.parametrize("as_dict", [True, False])
def test_nested_inputs(as_dict: bool) -> None:
    """Dicts and lists are checked input by input, and come back in the model's structure."""
    bare = models.mixed(as_dict)
    ids, numbers = models.batch(3), np.array([[0.5, 1.0], [2.0, np.inf], [3.0, 4.0]])
    ids[2, 0] = -4
    inputs = {"ids": ids, "numbers": numbers} if as_dict else [ids, numbers]
    with pytest.raises(Blocked) as caught:
        guard(bare, tensors()).predict(inputs, verbose=0)
    assert caught.value.rows == (1, 2)
    origins = [verdict.findings[0].origin for verdict in caught.value.verdicts]
    assert origins == ["input:numbers", "input:ids"]
    found = guard(bare, tensors(), on_block="nan").predict(inputs, verbose=0)
    assert set(found) == {"score", "kind"}
    assert np.isfinite(found["kind"][0]).all()
    assert np.isnan(found["kind"][1:]).all()


def test_a_dict_serves_a_list_of_inputs_by_name() -> None:
    """Keras takes it, so the guard does; a tuple serves a list too."""
    bare = models.mixed(as_dict=False)
    ids, numbers = models.batch(2), np.zeros((2, 2))
    expected = bare.predict([ids, numbers], verbose=0)["score"]
    for inputs in ({"numbers": numbers, "ids": ids}, (ids, numbers)):
        found = guard(bare, tensors()).predict(inputs, verbose=0)["score"]
        assert np.allclose(found, expected)


#: Title, inputs for two arrays in a dict, rule.
MISFITS: list[tuple[str, Any, str]] = [
    ("a name too few", {"ids": models.batch(2)}, "guard.structure"),
    (
        "a name too many",
        {"ids": models.batch(2), "numbers": np.zeros((2, 2)), "x": 1},
        "guard.structure",
    ),
    ("an array alone", models.batch(2), "guard.structure"),
    ("rows differ", {"ids": models.batch(2), "numbers": np.zeros((3, 2))}, "guard.row-count"),
    (
        "one of them empty",
        {"ids": models.batch(2), "numbers": np.zeros((0, 2))},
        "guard.row-count",
    ),
    ("both empty", {"ids": models.batch(0), "numbers": np.zeros((0, 2))}, "tensor.empty"),
    ("a list in it", {"ids": [[1] * 8] * 2, "numbers": np.zeros((2, 2))}, "guard.structure"),
]


@pytest.mark.parametrize(("title", "inputs", "rule"), MISFITS, ids=[row[0] for row in MISFITS])
def test_misfits(title: str, inputs: Any, rule: str) -> None:
    """Inputs in another structure than the model's are refused before they are looked into."""
    with pytest.raises(Blocked) as caught:
        guard(models.mixed(), tensors()).predict(inputs, verbose=0)
    assert caught.value.verdicts[0].findings[0].rule == rule


def test_check_gives_verdicts_without_predicting(model: Any) -> None:
    """One for each row, those that pass too."""
    verdicts = guard(model, tensors()).check(spoilt(2))
    assert [verdict.allowed for verdict in verdicts] == [True, True, False, True, True]


def test_a_guarded_model_is_a_model(model: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """`isinstance` holds, and what is read of it is the bare model's."""
    guarded = guard(model, tensors())
    assert isinstance(guarded, keras.Model)
    assert isinstance(guarded, keras.Sequential)
    assert guarded.model is model
    assert guarded.name == model.name
    assert guarded.count_params() == model.count_params()
    assert guarded.get_config() == model.get_config()
    guarded.summary()
    assert "Embedding" in capsys.readouterr().out.replace("\n", "").title()
    assert "guarded Sequential" in repr(guarded)
    assert {"predict", "check", "summary", "model"} <= set(dir(guarded))


UNGUARDED = [
    "fit",
    "train_on_batch",
    "test_step",
    "make_test_function",
    "predict_step",
    "make_predict_function",
    "predict_function",
    "call",
    "stateless_call",
    "generate",
    "load_weights",
    "set_weights",
    "_functional",
]


@pytest.mark.parametrize("name", UNGUARDED)
def test_side_doors_are_shut(model: Any, name: str) -> None:
    """A method that would carry unchecked input, or change the model, says where to go."""
    guarded = guard(model, tensors())
    with pytest.raises(UnguardedError, match=r"guarded\.model"):
        getattr(guarded, name)
    assert not hasattr(guarded, name)


def test_a_guard_cannot_be_changed(model: Any) -> None:
    """Neither its own attributes nor the model's, through it."""
    guarded = guard(model, tensors())
    for name in ("pipeline", "contract", "trainable", "predict"):
        with pytest.raises(UnguardedError):
            setattr(guarded, name, None)
    with pytest.raises(UnguardedError):
        del guarded.pipeline


def test_keras_functions_called_on_a_guard_get_nowhere(model: Any) -> None:
    """`keras.Model.predict(guarded, x)` finds none of the internals that it needs."""
    with pytest.raises(UnguardedError):
        keras.Model.predict(guard(model, tensors()), np.full((1, 8), -1))


@pytest.mark.parametrize("way", ["predict_on_batch", "test_on_batch", "__call__", "check"])
def test_one_batch_is_no_source_of_batches(model: Any, way: str) -> None:
    """Never read unchecked: the error says what takes them."""
    with pytest.raises(UnguardedError, match="predict and evaluate take sources"):
        getattr(guard(model, tensors()), way)(iter([models.batch()]))


@pytest.mark.parametrize("way", ["predict", "evaluate", "__call__"])
def test_symbolic_inputs_are_refused(model: Any, way: str) -> None:
    """There is nothing to check, and what is built on the guard would not hold it."""
    with pytest.raises(UnguardedError, match="expected arrays"):
        getattr(guard(model, tensors()), way)(keras.Input((8,)))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_keeps_the_guard(model: Any, protocol: int) -> None:
    """A pickled guarded model comes back guarded."""
    again = pickle.loads(pickle.dumps(guard(model, tensors(), on_block="nan"), protocol))
    assert np.isnan(again.predict(spoilt(1), verbose=0)[1]).all()


def test_copies_keep_the_guard(model: Any) -> None:
    """A shallow copy shares the model; a deep one has its own."""
    guarded = guard(model, tensors())
    assert copy.copy(guarded).model is model
    deep = copy.deepcopy(guarded)
    assert deep.model is not model
    with pytest.raises(Blocked):
        deep.predict(spoilt(1), verbose=0)


def test_saving_drops_the_guard_and_says_so(model: Any, tmp_path: Path) -> None:
    """What is loaded again is the bare model."""
    path = tmp_path / "model.keras"
    with pytest.warns(UserWarning, match="guard is not saved"):
        guard(model, tensors()).save(path)
    loaded = keras.models.load_model(path)
    expected = model.predict_on_batch(models.batch())
    assert np.allclose(loaded.predict(models.batch(), verbose=0), expected, atol=1e-6)


def test_subclassed_models_with_a_contract() -> None:
    """What the app declares is checked, also before the model is built."""
    guarded = guard(models.subclassed(), tensors(), contract=TensorSpec(shape=(None, 3), high=1))
    assert guarded.predict(np.zeros((2, 3)), verbose=0).shape == (2, 2)
    for bad in (np.zeros((2, 4)), np.full((2, 3), 2.0)):
        with pytest.raises(Blocked):
            guarded.predict(bad, verbose=0)


def test_bad_configuration_raises(model: Any) -> None:
    """No model, twice guarded, an unknown on_block, a pipeline without a chain."""
    with pytest.raises(ContractError, match="expected a bare"):
        guard("model", tensors())
    with pytest.raises(ContractError, match="expected a bare"):
        guard(guard(model, tensors()), tensors())
    with pytest.raises(PolicyError, match="on_block"):
        guard(model, tensors(), on_block="ignore")  # type: ignore[arg-type]
    with pytest.raises(PolicyError, match="no chain for text"):
        guard(model, tensors(), prepare=lambda texts: np.zeros((len(texts), 8)))
