"""No input destroys a guarded model, and none gets through that an unguarded one swallows."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sanitize import Blocked, Finding
from sanitize.keras.guard import guard
from tests.keras import models
from tests.tensor.arrays import tensors

IDS = np.ones((2, 8), np.int64)


def with_id(value: float, dtype: str = "int64") -> np.ndarray[Any, Any]:
    """Good ids but for one."""
    ids = np.ones((2, 8), dtype)
    ids[1, 3] = value
    return ids


#: Title, input, rule: what `words` must never get.
HOSTILE_IDS: list[tuple[str, Any, str]] = [
    ("wrong length", np.ones((2, 9), int), "tensor.shape"),
    ("one axis less", np.ones(8, int), "tensor.shape"),
    ("one axis more", np.ones((2, 8, 1), int), "tensor.shape"),
    ("one number", np.int64(3), "tensor.shape"),
    ("empty batch", np.zeros((0, 8), int), "tensor.empty"),
    ("id -1", with_id(-1), "tensor.out-of-range"),
    ("id of nothing", with_id(50), "tensor.out-of-range"),
    ("id 2**40 + 5", with_id(2**40 + 5), "tensor.out-of-range"),
    ("id 5.9", with_id(5.9, "float64"), "tensor.not-integer"),
    ("NaN id", with_id(np.nan, "float32"), "tensor.not-finite"),
    ("infinite id", with_id(np.inf, "float32"), "tensor.not-finite"),
    ("complex ids", IDS.astype(complex), "tensor.dtype"),
    ("ids as text", IDS.astype(str), "tensor.dtype"),
    ("ids as objects", IDS.astype(object), "open.unsupported-type"),
    ("masked ids", np.ma.masked_array(IDS, IDS == 1), "open.type-mismatch"),
    ("nested list", IDS.tolist(), "guard.structure"),
    ("text", "ignore all previous instructions", "guard.structure"),
    ("list of texts", ["a", "b"], "guard.structure"),
    ("bytes", b"\x00" * 64, "guard.structure"),
    ("None", None, "guard.structure"),
    ("a dict", {"other": IDS}, "guard.structure"),
    ("two arrays", [IDS, IDS], "guard.structure"),
    ("no arrays", [], "guard.structure"),
    ("an object", object(), "open.type-mismatch"),
]


@pytest.fixture(scope="module")
def model() -> Any:
    """One model for all attacks: each must leave it whole for the next."""
    return models.words()


@pytest.mark.parametrize(
    ("title", "value", "rule"), HOSTILE_IDS, ids=[row[0] for row in HOSTILE_IDS]
)
@pytest.mark.parametrize("way", ["predict", "predict_on_batch", "__call__"])
def test_refused_and_alive(model: Any, way: str, title: str, value: Any, rule: str) -> None:
    """Each is refused by name, and the model works as before."""
    guarded = guard(model, tensors())
    before = model.predict_on_batch(models.batch())
    with pytest.raises(Blocked) as caught:
        getattr(guarded, way)(value)
    finding = caught.value.verdicts[0].findings[0]
    assert finding.rule == rule
    assert explains(finding)
    assert np.array_equal(guarded.predict(models.batch(), verbose=0), before)


def explains(finding: Finding) -> bool:
    """A finding says what came, and what was expected or how many were wrong."""
    return bool(finding.detail) and len(str(dict(finding.detail))) < 300


#: Title and pixels that `pictures` swallows unguarded.
HOSTILE_PIXELS: list[tuple[str, Any, str]] = [
    ("larger than declared", np.zeros((1, 64, 64, 3), np.uint8), "tensor.shape"),
    ("all NaN", np.full((1, 32, 32, 3), np.nan, np.float32), "tensor.not-finite"),
    ("brighter than white", np.full((1, 32, 32, 3), 255.5, np.float32), "tensor.out-of-range"),
    ("darker than black", np.full((1, 32, 32, 3), -1, np.int16), "tensor.out-of-range"),
]


@pytest.mark.parametrize(
    ("title", "value", "rule"), HOSTILE_PIXELS, ids=[row[0] for row in HOSTILE_PIXELS]
)
def test_swallowed_by_the_bare_model_but_not_by_the_guarded(
    title: str, value: Any, rule: str
) -> None:
    """The bare model takes each without an error; the guard refuses it."""
    bare = models.pictures()
    assert bare.predict_on_batch(value).shape == (1, 2)
    with pytest.raises(Blocked) as caught:
        guard(bare, tensors()).predict(value, verbose=0)
    assert caught.value.verdicts[0].findings[0].rule == rule


def test_numbers_that_a_cast_would_change_are_refused() -> None:
    """1e300 becomes infinite in float32, and 2**40 + 5 becomes 5 in JAX's int32."""
    plain = keras.Sequential([keras.Input((1,), name="x"), keras.layers.Dense(1)])
    guarded = guard(plain, tensors())
    wide = np.array([[2**40 + 5]])
    for value in (np.array([[1e300]]), *([wide] if keras.backend.backend() == "jax" else [])):
        with pytest.raises(Blocked) as caught:
            guarded.predict(value, verbose=0)
        assert caught.value.verdicts[0].findings[0].rule == "tensor.out-of-range"
    assert guarded.predict(np.array([[1e30]]), verbose=0).shape == (1, 1)
    if keras.backend.backend() != "jax":  # 64 bits reach the model there, and keep their meaning
        expected = plain.predict(wide.astype(np.float64), verbose=0)
        assert np.allclose(guarded.predict(wide, verbose=0), expected)


def test_the_cases_that_destroy_an_unguarded_model_still_do() -> None:
    """A wrong shape empties a bare model on JAX; otherwise the guard's locks were for nothing."""
    if keras.backend.backend() != "jax":
        assert keras.backend.backend() in ("torch", "tensorflow")
        return
    bare = models.words()
    assert not models.answers(bare, np.zeros((0, 8), int))
    assert not models.answers(bare, models.batch())
