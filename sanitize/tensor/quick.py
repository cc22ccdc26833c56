"""Shortcuts to "all is well", for the arrays that models mostly get: pixels.

Each is exact: True means that every element is finite and within the bounds;
False means that one has to look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sanitize.tensor.spec import TensorSpec


def surely_within(array: Any, spec: TensorSpec | None) -> bool:
    """True if it takes at most one pass to see that all elements are within the bounds.

    Args:
        array: any shape, C order; kinds f, i, u, b.
        spec: the bounds; None for none.
    """
    if array.dtype.kind == "f":
        return spec is not None and spec.low == 0 and _bits_within(array, spec.high)
    if spec is None:
        return True
    lowest, highest = _limits(array.dtype)
    above = spec.low is None or spec.low <= lowest
    return above and (spec.high is None or highest <= spec.high)


def _limits(dtype: Any) -> tuple[int, int]:
    """What any array of that dtype holds: no element of it needs to be looked at."""
    import numpy as np

    if dtype.kind == "b":
        return 0, 1
    limits = np.iinfo(dtype)
    return int(limits.min), int(limits.max)


def _bits_within(array: Any, high: float | None) -> bool:
    """Are all elements in 0..high?

    Floats from 0 up are ordered as their bits, read as unsigned integers, and
    negative ones, infinity and NaN have larger bits than any finite bound
    (IEEE 754-2019, 3.4): one maximum tells what takes a minimum and a maximum
    of floats. -0.0 counts as large, and so goes the long way.
    """
    import numpy as np

    if high is None or not array.dtype.isnative or high > float(np.finfo(array.dtype).max):
        return False
    bound = array.dtype.type(high)
    if not 0 <= float(bound) <= high:  # rounded up, or no bound for what starts at 0
        return False
    bits = f"u{array.dtype.itemsize}"
    return bool(array.view(bits).max() <= bound.view(bits))
