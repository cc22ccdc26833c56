"""What bare models do with malformed input, on each backend, and that guarded ones do it on none.

If a row of the table changes, Keras or a backend did: the guard refuses it all the same.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from sanitize import Blocked
from sanitize.keras.guard import guard
from tests.keras import models
from tests.tensor.arrays import tensors

BACKEND = keras.backend.backend()


def with_id(value: Any, dtype: str = "int64") -> Any:
    """One row of good ids but for one."""
    ids = np.ones((1, 8), dtype)
    ids[0, 3] = value
    return ids


#: Title; input; what a bare `predict` gives on jax, torch, tensorflow; the guard's rule.
#: "number": predictions that look like any other; "nan"; "error".
ROWS: list[tuple[str, Any, tuple[str, str, str], str]] = [
    ("id -1", with_id(-1), ("number",) * 3, "tensor.out-of-range"),
    ("id beyond", with_id(50), ("nan", "error", "error"), "tensor.out-of-range"),
    ("id 2**40 + 5", with_id(2**40 + 5), ("number",) * 3, "tensor.out-of-range"),
    ("id 5.9", with_id(5.9, "float32"), ("number",) * 3, "tensor.not-integer"),
    ("NaN id", with_id(np.nan, "float32"), ("number", "error", "error"), "tensor.not-finite"),
    ("complex ids", np.ones((1, 8), complex), ("number",) * 3, "tensor.dtype"),
    (
        "masked",
        np.ma.masked_array(with_id(3), with_id(1) == 1),
        ("error", "number", "number"),
        "open.type-mismatch",
    ),
    ("objects", with_id(3).astype(object), ("error",) * 3, "open.unsupported-type"),
    ("text", with_id(3).astype(str), ("error",) * 3, "tensor.dtype"),
    ("nested list", with_id(3).tolist(), ("error",) * 3, "guard.structure"),
    ("wrong length", np.ones((1, 9), int), ("number",) * 3, "tensor.shape"),
    ("empty batch", np.zeros((0, 8), int), ("error",) * 3, "tensor.empty"),
]


@pytest.mark.parametrize(("title", "value", "bare", "rule"), ROWS, ids=[row[0] for row in ROWS])
def test_ids(title: str, value: Any, bare: tuple[str, str, str], rule: str) -> None:
    """The bare model does what the table says; the guarded one names the input and refuses."""
    assert outcome(value) == bare[("jax", "torch", "tensorflow").index(BACKEND)]
    model = models.words()
    guarded, expected = guard(model, tensors()), model.predict_on_batch(models.batch())
    for way in (guarded.predict, guarded.predict_on_batch, guarded, guarded.test_on_batch):
        with pytest.raises(Blocked) as caught:
            way(value)
        finding = caught.value.verdicts[0].findings[0]
        assert finding.rule.startswith(rule)
        assert finding.detail or finding.rule == "tensor.empty"
    assert np.array_equal(model.predict_on_batch(models.batch()), expected)
    assert np.array_equal(guarded.predict_on_batch(models.batch()), expected)


def outcome(value: Any) -> str:
    """What a fresh bare model gives."""
    try:
        found = models.words().predict(value, verbose=0)
    except Exception:
        return "error"
    return "number" if np.isfinite(found).all() else "nan"
