"""Models that take strings themselves, which TensorFlow alone can run: each row is a text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from sanitize import Blocked, ContractError, Pipeline, PolicyError, SandboxError, TensorSpec
from sanitize.chains import checked
from sanitize.keras import pinned
from sanitize.keras.contract import contract_for
from sanitize.keras.guard import guard
from sanitize.pipeline import pipeline
from sanitize.tensor.validators import Shape
from sanitize.types import Modality
from tests.keras.test_texts import texts
from tests.tensor.arrays import POLICY

pytestmark = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow alone has tensors of strings"
)

WORDS = ["HELLO", "WORLD", "ATTACK", "GOOD"]


@pytest.fixture(scope="module")
def model() -> Any:
    """Words in a `TextVectorization`: one number for each text."""
    from keras import layers

    keras.utils.set_random_seed(5)
    vectors = layers.TextVectorization(
        output_sequence_length=4, vocabulary=WORDS, standardize=None, split="whitespace"
    )
    built = keras.Sequential(
        [
            keras.Input((1,), dtype="string", name="words"),
            vectors,
            layers.Embedding(8, 3),
            layers.Flatten(),
            layers.Dense(1),
        ]
    )
    built.compile(loss="mse", metrics=["mae"])
    return built


@pytest.fixture(scope="module")
def mixed() -> Any:
    """A word of a `StringLookup`, of shape (rows,), beside two numbers."""
    from keras import layers

    keras.utils.set_random_seed(6)
    plan = keras.Input((), dtype="string", name="plan")
    numbers = keras.Input((2,), name="numbers")
    known = layers.StringLookup(vocabulary=WORDS, output_mode="one_hot")(plan)
    return keras.Model(
        {"plan": plan, "numbers": numbers}, layers.Dense(1)(layers.Concatenate()([known, numbers]))
    )


def bare(model: Any, rows: list[str]) -> Any:
    """What the model says of these very strings."""
    strings = keras.ops.convert_to_tensor(np.array(rows, object).reshape(-1, 1), "string")
    return model.predict(strings, verbose=0)


@pytest.mark.parametrize(
    "batch",
    [
        ["hello", "good world"],
        ("hello", "good world"),
        np.array(["hello", "good world"]),
        np.array([["hello"], ["good world"]], object),
        [b"hello", b"good world"],
        {"words": ["hello", "good world"]},
    ],
    ids=["list", "tuple", "text array", "column of objects", "bytes", "by name"],
)
def test_the_model_gets_exactly_the_sanitized_text(model: Any, batch: Any) -> None:
    """In every form that a batch of strings has; the policy makes capitals of them."""
    safe, wanted = guard(model, texts()), bare(model, ["HELLO", "GOOD WORLD"])
    assert not np.allclose(wanted, bare(model, ["hello", "good world"]))
    assert np.array_equal(safe.predict(batch, verbose=0), wanted)
    assert np.allclose(safe.predict_on_batch(batch), wanted, atol=1e-6)
    assert np.allclose(np.asarray(safe(batch)), wanted, atol=1e-6)


def test_tensors_of_strings_and_one_string(model: Any) -> None:
    """TensorFlow's own tensors, and a str, which is a batch of one."""
    safe, wanted = guard(model, texts()), bare(model, ["WORLD"])
    given = keras.ops.convert_to_tensor(np.array([["world"]], object), "string")
    assert np.array_equal(safe.predict(given, verbose=0), wanted)
    assert np.array_equal(safe.predict("world", verbose=0), wanted)


def test_refused_texts_are_rows(model: Any) -> None:
    """They raise with their places, become NaN, or are left out; their neighbours pass."""
    batch = ["hello", "an attack", "world", 5]
    with pytest.raises(Blocked) as caught:
        guard(model, texts()).predict(batch, verbose=0)
    assert caught.value.rows == (1, 3)
    good = bare(model, ["HELLO", "WORLD"])
    found = guard(model, texts(), on_block="nan").predict(batch, verbose=0)
    assert np.array_equal(np.isnan(found[:, 0]), [False, True, False, True])
    assert np.array_equal(found[[0, 2]], good)
    assert np.array_equal(guard(model, texts(), on_block="drop").predict(batch, verbose=0), good)
    blank = guard(model, texts(), on_block="nan").predict(["attack"], verbose=0)
    assert blank.shape == (1, 1)
    assert np.isnan(blank).all()


@pytest.mark.parametrize(
    "batch",
    [[], [1, 2], np.zeros((2, 1)), [["a", "b"]], None, np.array([], object)],
    ids=["empty", "numbers", "array of numbers", "nested", "none", "empty array"],
)
def test_what_is_no_text_is_refused(model: Any, batch: Any) -> None:
    """Numbers, nothing, and lists of lists; the model answers afterwards."""
    safe = guard(model, texts())
    with pytest.raises(Blocked) as caught:
        safe.predict(batch, verbose=0)
    assert caught.value.verdicts[0].findings[0].rule == "guard.structure"
    assert np.array_equal(safe.predict(["hello"], verbose=0), bare(model, ["HELLO"]))


def test_text_beside_numbers(mixed: Any) -> None:
    """A row is refused for its text or for its numbers."""
    safe = guard(mixed, texts(), on_block="nan")
    numbers = np.array([[1, 2], [3, 4], [np.nan, 6], [7, 8]])
    found = safe.predict({"plan": ["good", "attack", "good", "world"], "numbers": numbers})
    assert np.array_equal(np.isnan(found[:, 0]), [False, True, True, False])
    alone = safe.predict({"plan": ["WORLD"], "numbers": numbers[3:]})
    assert np.allclose(found[3:], alone, atol=1e-6)
    uneven = safe.check({"plan": ["good"], "numbers": numbers})
    assert [finding.rule for finding in uneven[0].findings] == ["guard.row-count"]


def test_sources_and_metrics(model: Any) -> None:
    """Generators of texts, `tf.data` with targets, `evaluate` and `test_on_batch`."""
    import tensorflow

    def batches() -> Iterator[list[str]]:
        yield ["hello", "world"]
        yield ["good", "an attack"]

    safe = guard(model, texts(), on_block="drop")
    good = ["HELLO", "WORLD", "GOOD"]
    wanted = bare(model, good)
    assert np.allclose(safe.predict(batches(), verbose=0), wanted, atol=1e-6)
    strings = ["hello", "world", "good", "an attack"]
    data = tensorflow.data.Dataset.from_tensor_slices((strings, np.ones((4, 1)))).batch(2)
    loss = float(np.mean((wanted - 1) ** 2))
    for found in (
        safe.evaluate(data, verbose=0),
        safe.evaluate(strings, np.ones((4, 1)), verbose=0),
        safe.test_on_batch(strings, np.ones((4, 1))),
    ):
        assert float(found[0]) == pytest.approx(loss, rel=1e-4)


def test_training_data_stays_text(model: Any, tmp_path: Path) -> None:
    """`admitted` yields what passed, and the model can be fitted on it."""
    source = [(["hello", "attack"], np.array([[1.0], [2.0]])), (["good"], np.array([[3.0]]))]
    admitted = guard(model, texts()).admitted(iter(source), quarantine=tmp_path / "rejected.jsonl")
    given = list(admitted)
    assert [np.asarray(x).ravel().tolist() for x, _ in given] == [[b"HELLO"], [b"GOOD"]]
    assert [y.tolist() for _, y in given] == [[[1.0]], [[3.0]]]
    assert (admitted.passed, admitted.rejected) == (2, 1)


def test_the_contract_is_printed_and_read_again(model: Any, tmp_path: Path) -> None:
    """`text: true` in the file."""
    contract = contract_for(model)
    file = tmp_path / "contract.yaml"
    file.write_text(pinned.dump(contract), "utf-8")
    assert "text: true" in file.read_text("utf-8")
    assert pinned.load(file) == contract


@pytest.mark.parametrize("place", ["contract", "policy"])
def test_too_many_rows_are_refused_unread(model: Any, place: str) -> None:
    """`max_batch` bounds texts as it bounds arrays, wherever it stands."""
    used = texts()
    if place == "policy":
        used = Pipeline(
            used.policy, {**used.chains, Modality.TENSOR: (checked(Shape(max_batch=2)),)}
        )
    most = 2 if place == "contract" else None
    safe = guard(model, used, contract=TensorSpec(shape=(None, 1), text=True, max_batch=most))
    assert len(safe.predict(["hello", "world"], verbose=0)) == 2
    refused = safe.check(["hello", "world", "good"])
    assert [found.rule for verdict in refused for found in verdict.findings] == ["tensor.shape"] * 3


@pytest.mark.parametrize("bound", [{"integer": True}, {"low": 0}, {"high": 9}])
def test_bounds_of_numbers_are_no_bounds_of_texts(model: Any, bound: dict[str, Any]) -> None:
    """A bound that would not be looked at is refused."""
    with pytest.raises(ContractError, match="holds no numbers"):
        guard(model, texts(), contract=TensorSpec(shape=(None, 1), text=True, **bound))


def test_records_with_texts_say_what_to_give(model: Any) -> None:
    """Not that a text is no number."""
    given = {"words": TensorSpec(shape=(None, 1), text=True)}
    with pytest.raises(ContractError, match="dict of lists"):
        guard(model, texts(), contract=given).predict([{"words": "hello"}], verbose=0)


def test_texts_need_a_chain(model: Any) -> None:
    """A policy for arrays alone does not fit."""
    with pytest.raises(PolicyError, match="no chain for text"):
        guard(model, pipeline(POLICY))


def test_no_process_of_its_own(model: Any) -> None:
    """Isolation moves arrays of numbers between processes, and says so."""
    with pytest.raises(SandboxError, match="string_input"):
        guard(model, texts(), sandbox=True)
