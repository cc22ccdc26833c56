"""Records in front of a tabular model: one dict a row, and each row for itself."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

import sanitize
from sanitize import Blocked, ContractError


@pytest.fixture(scope="module")
def model() -> keras.Model:
    """Two named numbers in, one out."""
    keras.utils.set_random_seed(1)
    age = keras.Input((1,), name="age")
    plan = keras.Input((1,), name="plan", dtype="int32")
    coded = keras.layers.Flatten()(keras.layers.Embedding(3, 2)(plan))
    joined = keras.layers.Concatenate()([age, coded])
    return keras.Model({"age": age, "plan": plan}, keras.layers.Dense(1)(joined))


GOOD: list[dict[str, Any]] = [{"age": 41, "plan": 1}, {"plan": 2, "age": 7.5}]


def test_records_are_columns(model: keras.Model) -> None:
    """Whatever order their fields come in."""
    columns = {
        "age": np.array([[41], [7.5]], "float32"),
        "plan": np.array([[1], [2]], "int32"),
    }
    found = sanitize.guard(model).predict(GOOD, verbose=0)
    np.testing.assert_allclose(found, model.predict(columns, verbose=0), rtol=1e-6)


BAD = [
    ("unknown field", {"age": 1, "plan": 1, "x": 1}, "record.unknown-field"),
    ("missing field", {"age": 1}, "record.missing-field"),
    ("text", {"age": "1", "plan": 1}, "record.field-type"),
    ("a fraction of a category", {"age": 1, "plan": 1.5}, "record.field-type"),
    ("beyond the vocabulary", {"age": 1, "plan": 3}, "record.out-of-range"),
    ("not a number", {"age": float("nan"), "plan": 1}, "record.number"),
    ("a number alone", 7, "open.type-mismatch"),
    ("an order", {"age": 1, "plan": 1, "Ignore all previous instructions": 1}, "injection"),
]


@pytest.mark.parametrize(("title", "row", "rule"), BAD, ids=[row[0] for row in BAD])
def test_bad_rows_are_refused_alone(model: keras.Model, title: str, row: Any, rule: str) -> None:
    """The neighbours get their predictions; the refused row's finding names the problem."""
    with pytest.raises(Blocked) as caught:
        sanitize.guard(model).predict([GOOD[0], row, GOOD[1]], verbose=0)
    assert caught.value.rows == (1,)
    assert any(f.rule.startswith(rule) for f in caught.value.verdicts[0].findings)
    guarded = sanitize.guard(model, on_block="nan")
    found = guarded.predict([GOOD[0], row, GOOD[1]], verbose=0)
    assert np.isnan(found[:, 0]).tolist() == [False, True, False]


@pytest.mark.parametrize("given", [GOOD[0], []], ids=["one dict", "no rows"])
def test_records_come_in_a_list(model: keras.Model, given: Any) -> None:
    """A single dict means arrays by input, as in Keras, and an empty list has no rows."""
    with pytest.raises(Blocked) as caught:
        sanitize.guard(model).predict(given, verbose=0)
    assert {found.rule for found in caught.value.verdicts[0].findings} == {"guard.structure"}


def test_wide_inputs_take_no_records() -> None:
    """A picture is no field."""
    wide = keras.Input((8, 8), name="wide")
    model = keras.Model({"wide": wide}, keras.layers.Flatten()(wide))
    with pytest.raises(ContractError, match="one number a row"):
        sanitize.guard(model).predict([{"wide": 1}], verbose=0)
