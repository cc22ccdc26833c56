"""A pipeline for arrays alone, and the arrays that models must not get."""

from __future__ import annotations

from typing import Any

import numpy as np

from sanitize import Pipeline, pipeline

POLICY: dict[str, Any] = {
    "version": 1,
    "name": "tensors",
    "modalities": {
        "tensor": {
            "max_bytes": 50_000_000,
            "verify": "none",
            "stages": ["tensor.dtype", "tensor.shape", "tensor.range"],
        }
    },
    "decide": {
        "severities": {"low": "allow", "medium": "flag", "high": "block", "critical": "block"}
    },
}


def tensors(**options: Any) -> Pipeline:
    """The tensor chain, with options of its stages."""
    return pipeline(POLICY, **options)


def spread_thin() -> np.ndarray[Any, Any]:
    """A terabyte of rows that share one element of memory."""
    return np.broadcast_to(np.float32(1.0), (2**38, 1))


class Tagged(np.ndarray[Any, Any]):
    """An ndarray subclass, whose methods are somebody else's."""


#: Title, value, and the rule that refuses it.
REFUSED: list[tuple[str, Any, str]] = [
    ("objects", np.array([{}, "x"], dtype=object), "open.unsupported-type"),
    ("masked", np.ma.masked_array([1.0, 2.0], mask=[0, 1]), "open.unsupported-type"),
    ("subclass", np.zeros(3).view(Tagged), "open.unsupported-type"),
    ("a terabyte by strides", spread_thin(), "open.too-large"),
    ("items of no size", np.zeros(3, "V0"), "open.unsupported-type"),
    ("complex", np.zeros(3, complex), "tensor.dtype"),
    ("text", np.array(["a", "b"]), "tensor.dtype"),
    ("bytes", np.array([b"a", b"b"]), "tensor.dtype"),
    ("structured", np.zeros(2, [("a", "f4"), ("b", "i4")]), "tensor.dtype"),
    ("times", np.array(["2026-01-01"], "M8[D]"), "tensor.dtype"),
    ("durations", np.array([1], "m8[s]"), "tensor.dtype"),
    ("raw memory", np.zeros(2, "V4"), "tensor.dtype"),
    ("extended precision", np.zeros(2, np.longdouble), "tensor.dtype"),
    ("no rows", np.zeros((0, 3)), "tensor.empty"),
    ("no columns", np.zeros((3, 0)), "tensor.empty"),
    ("seven axes", np.zeros((1,) * 7), "tensor.shape"),
    ("one NaN", np.array([1.0, np.nan, 2.0]), "tensor.not-finite"),
    ("only NaN", np.full((2, 2), np.nan, np.float16), "tensor.not-finite"),
    ("infinity", np.array([1.0, np.inf], np.float32), "tensor.not-finite"),
    ("minus infinity", np.array([-np.inf, 1.0], ">f8"), "tensor.not-finite"),
    ("both infinities", np.array([-np.inf, np.inf]), "tensor.not-finite"),
]

#: Title and value of the harmless relatives of those.
ACCEPTED: list[tuple[str, Any]] = [
    ("float16 at its largest", np.array([65504.0], np.float16)),
    ("float64 at its largest", np.array([1.7e308, -1.7e308])),
    ("subnormal", np.array([5e-324])),
    ("minus zero", np.array([-0.0])),
    ("bool", np.array([True, False])),
    ("uint8", np.arange(256, dtype=np.uint8)),
    ("uint64 at its largest", np.array([2**64 - 1], np.uint64)),
    ("big endian", np.array([1.5, 2.5], ">f4")),
    ("no axes", np.array(5.0)),
    ("six axes", np.zeros((1,) * 6)),
    ("Fortran order", np.asfortranarray(np.arange(12.0).reshape(3, 4))),
    ("backwards", np.arange(10.0)[::-1]),
    ("every third", np.arange(30.0)[::3]),
    ("broadcast", np.broadcast_to(np.float32(2.0), (4, 4))),
    ("read-only", np.frombuffer(b"\x00" * 8, np.int32)),
]
