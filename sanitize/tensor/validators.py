"""Tensor validators: report arrays that a model must not get; never touch them.

The array that reaches these stages is a C-ordered, read-only copy over memory
of its own, made at the door: no stride, order or view of the caller's is left.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from sanitize.stage import per_sample
from sanitize.tensor.quick import surely_within
from sanitize.types import Context, Coverage, Finding, Kind, Sample, Severity

if TYPE_CHECKING:
    from sanitize.tensor.spec import TensorSpec

#: Kinds of dtypes that models take (numpy's `dtype.kind`): float, integers, bool.
NUMERIC_KINDS: frozenset[str] = frozenset("fiub")

#: Largest item in bytes: 64-bit numbers. Longer floats differ between machines.
MAX_ITEM_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class Dtype:
    """Refuses every dtype but plain numbers.

    Complex, structured, text, time and raw dtypes (bfloat16 among them) have
    no safe cast to what a model computes with. Arrays of Python objects and
    subclasses of ndarray, masked arrays too, are refused at the door.
    """

    name: ClassVar[str] = "tensor.dtype"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `tensor.dtype`, which ends the sample's way."""
        dtype = sample.value.dtype
        if dtype.kind in NUMERIC_KINDS and dtype.itemsize <= MAX_ITEM_BYTES:
            return sample
        expected = "float16..float64, int8..int64, uint8..uint64 or bool"
        return sample.report(
            critical("tensor.dtype", context.spec, expected=expected, received=str(dtype)[:80])
        )


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Refuses empty arrays, too many axes, elements or rows, and a wrong shape.

    Attributes:
        max_rank: most axes, the batch axis among them.
        max_elements: most elements in one array.
        max_batch: most rows, the size of the first axis; None for no bound.
    """

    name: ClassVar[str] = "tensor.shape"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    max_rank: int = 6
    max_elements: int = 2**28
    max_batch: int | None = None

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `tensor.empty` or `tensor.shape`, which end the sample's way."""
        shape, spec = sample.value.shape, context.spec
        if spec is not None and spec.shape is not None and not _fits(shape, spec.shape):
            return _misshapen(sample, spec, show(spec.shape))
        if sample.value.size == 0:
            return sample.report(critical("tensor.empty", spec, received=show(shape)))
        if len(shape) > self.max_rank:
            return _misshapen(sample, spec, f"at most {self.max_rank} axes")
        if sample.value.size > self.max_elements:
            return _misshapen(sample, spec, f"at most {self.max_elements} elements")
        rows = shape[0] if shape else 1
        for bound in (self.max_batch, spec.max_batch if spec else None):
            if bound is not None and rows > bound:
                return _misshapen(sample, spec, f"at most {bound} rows")
        return sample


@dataclass(frozen=True, kw_only=True)
class Range:
    """Refuses numbers that are not finite, or not what the model's input expects.

    The smallest and the largest element tell it all: NaN passes through both,
    infinity is one of them, and the bounds are compared exactly, as Python
    numbers, so that no cast can bring an id back into range. Where less than
    that is enough to know that all is well, less is computed.
    """

    name: ClassVar[str] = "tensor.range"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `tensor.not-finite`, `tensor.out-of-range` or `tensor.not-integer`."""
        array, spec = sample.value, context.spec
        sample = replace(sample, coverage=Coverage(array.nbytes, array.nbytes))
        if array.size == 0:
            return sample
        problem = None if surely_within(array, spec) else _problem(array, spec)
        if problem is None and spec is not None and spec.integer and not _integral(array):
            detail = {"expected": "integers", "received": str(array.dtype)}
            problem = critical("tensor.not-integer", spec, **detail)
        return sample.report(problem) if problem is not None else sample


def _problem(array: Any, spec: TensorSpec | None) -> Finding | None:
    low, high = array.min().item(), array.max().item()
    if array.dtype.kind == "f" and not _finite(low, high):
        return critical("tensor.not-finite", spec, count=_count_strange(array))
    if spec is not None and _outside(low, high, spec):
        return _out_of_range(low, high, spec)
    return None


def critical(rule: str, spec: TensorSpec | None, **detail: int | float | str) -> Finding:
    """A finding that ends the sample's way; its origin names the model's input."""
    origin = f"input:{spec.name}" if spec is not None else "value"
    return Finding(rule, Severity.CRITICAL, 1.0, origin, detail=detail)


def show(shape: tuple[int | None, ...]) -> str:
    """A shape for people: `(any, 32, 32, 3)`, cut where it is absurdly long."""
    sizes = ", ".join("any" if size is None else str(size) for size in shape[:8])
    return f"({sizes}{', …' if len(shape) > 8 else ''})"[:80]


def _misshapen(sample: Sample, spec: TensorSpec | None, expected: str) -> Sample:
    received = show(sample.value.shape)
    return sample.report(critical("tensor.shape", spec, expected=expected, received=received))


def _fits(shape: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    if len(shape) != len(expected):
        return False
    return all(want in (None, size) for size, want in zip(shape, expected, strict=True))


def _finite(low: float, high: float) -> bool:
    # False for NaN too, which compares with nothing.
    return low > float("-inf") and high < float("inf")


def _outside(low: float, high: float, spec: TensorSpec) -> bool:
    below = spec.low is not None and low < spec.low
    return below or (spec.high is not None and high > spec.high)


def _out_of_range(low: float, high: float, spec: TensorSpec) -> Finding:
    bounds = {"allowed_low": spec.low, "allowed_high": spec.high}
    known = {key: bound for key, bound in bounds.items() if bound is not None}
    return critical("tensor.out-of-range", spec, **known, lowest=low, highest=high)


def _integral(array: Any) -> bool:
    import numpy as np

    return array.dtype.kind != "f" or bool((array == np.rint(array)).all())


def _count_strange(array: Any) -> int:
    import numpy as np

    return int(array.size - np.isfinite(array).sum())
