"""The shortcut never says that all is well where the long way would not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitize import TensorSpec
from sanitize.tensor.quick import surely_within

FLOATS = [
    *(0.0, -0.0, 5e-324, 1e-45, 6e-8, 1.0, 254.9, 255.0, 255.1, 65504.0, 3.4e38, 1e300, -5e-324),
    *(-1.0, float("inf"), float("-inf"), float("nan")),
]
HIGHS = [
    0.0,
    1.0,
    255,
    254.99999999,
    65504.0,
    3.4028234663852886e38,
    1e300,
    -1.0,
    float("inf"),
    None,
]


def truly_within(array: Any, spec: TensorSpec) -> bool:
    """Element by element, in Python."""
    values = [item.item() for item in array.ravel()]
    low = float("-inf") if spec.low is None else spec.low
    high = float("inf") if spec.high is None else spec.high
    return all(low <= value <= high and abs(value) != float("inf") for value in values)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4"])
@pytest.mark.parametrize("high", HIGHS)
@np.errstate(over="ignore")
def test_floats(dtype: str, high: float | None) -> None:
    """Every awkward float against every awkward bound."""
    spec = TensorSpec(low=0, high=high)
    for value in FLOATS:
        array = np.array([0.5, value], dtype)
        assert truly_within(array, spec) or not surely_within(array, spec)


@given(st.lists(st.floats(width=32), min_size=1, max_size=4), st.floats(0, 1e38))
def test_any_floats(values: list[float], high: float) -> None:
    """The shortcut and the long way agree, but for -0.0 and bounds that float32 rounds up."""
    array, spec = np.array(values, "float32"), TensorSpec(low=0, high=high)
    found = surely_within(array, spec)
    assert truly_within(array, spec) or not found
    if float(np.float32(high)) == high and not np.signbit(array).any():
        assert found == truly_within(array, spec)


@pytest.mark.parametrize(
    ("dtype", "low", "high", "expected"),
    [
        ("uint8", 0, 255, True),
        ("uint8", 0, 254, False),
        ("uint8", 1, 255, False),
        ("int8", -128, 127, True),
        ("int8", 0, 127, False),
        ("bool", 0, 1, True),
        ("bool", 0, 0, False),
        ("uint64", 0, 2**64 - 1, True),
        ("int64", None, None, True),
        ("int64", 0, 2**63, False),
    ],
)
def test_integers(dtype: str, low: float | None, high: float | None, expected: bool) -> None:
    """Integers that cannot be outside need no look; others do, whatever they hold."""
    assert surely_within(np.zeros(3, dtype), TensorSpec(low=low, high=high)) is expected


def test_without_bounds() -> None:
    """Integers are always finite; floats are not."""
    assert surely_within(np.zeros(2, int), None)
    assert not surely_within(np.zeros(2), None)
