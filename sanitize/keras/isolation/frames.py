"""Arrays across the border: their types and shapes as JSON, their bytes one behind the other."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sanitize.errors import SandboxError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Bytes of one message: below the kernel's default for SEQPACKET (net.core.wmem_default).
MAX_MESSAGE = 64 * 1024

#: Types that a model takes or gives: kinds of numbers, of 1 to 8 bytes.
DTYPES: frozenset[str] = frozenset(
    [
        *("bool", "float16", "float32", "float64"),
        *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
    ]
)

#: Axes of one array, and arrays of one order.
MAX_RANK, MAX_ARRAYS = 8, 64

Spec = Mapping[str, Any]


def pack(arrays: Sequence[NDArray[Any]]) -> tuple[list[dict[str, Any]], memoryview]:
    """Specs and bytes of arrays in C order; those of one array alone are not copied."""
    import numpy as np

    specs = [{"dtype": str(each.dtype), "shape": list(each.shape)} for each in arrays]
    parts = [np.ascontiguousarray(each).reshape(-1).view(np.uint8).data for each in arrays]
    return specs, parts[0] if len(parts) == 1 else memoryview(b"".join(parts))


def unpack(
    untrusted_specs: Any, read: Callable[[int, int], bytes | memoryview], most: int = 1 << 40
) -> list[NDArray[Any]]:
    """Arrays again, every size checked before anything is allocated for it.

    Args:
        untrusted_specs: what the other side says of its arrays.
        read: gives so many bytes from an offset on.
        most: bytes that all arrays may have together.

    Raises:
        SandboxError: specs that are none, or larger than agreed.
    """
    import numpy as np

    if not isinstance(untrusted_specs, list) or len(untrusted_specs) > MAX_ARRAYS:
        raise SandboxError("model: expected a list of arrays, received something else")
    arrays, at = [], 0
    for untrusted in untrusted_specs:
        dtype, shape = _checked(untrusted)
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if at + size > most:
            raise SandboxError(f"model: expected at most {most:,} bytes, received {at + size:,}")
        data = read(size, at)
        if len(data) != size:
            raise SandboxError(f"model: expected {size:,} bytes, received {len(data):,}")
        arrays.append(np.frombuffer(data, dtype).reshape(shape))
        at += size
    return arrays


def _checked(untrusted: Any) -> tuple[str, tuple[int, ...]]:
    if not isinstance(untrusted, dict) or set(untrusted) != {"dtype", "shape"}:
        raise SandboxError("model: expected dtype and shape, received something else")
    dtype, shape = untrusted["dtype"], untrusted["shape"]
    sizes = shape if isinstance(shape, list) and len(shape) <= MAX_RANK else None
    if dtype not in DTYPES or sizes is None:
        raise SandboxError("model: expected an array of numbers, received something else")
    if not all(type(size) is int and 0 <= size < 1 << 40 for size in sizes):
        raise SandboxError("model: expected sizes of axes, received something else")
    return dtype, tuple(sizes)
