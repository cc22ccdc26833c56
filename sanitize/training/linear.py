"""How a linear layer and the word vectors stand in the graph: int8, and 4-bit blocks.

onnxruntime's own dynamic quantisation takes one activation scale for a whole batch, so a row's
score would change with its neighbours. `RowInt8` takes one scale per token instead.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from sanitize.training.graph import MICROSOFT, Graph

Array = NDArray[Any]

#: Activations run from -127 to 127 around 128; a row of zeros still needs a scale.
STEP, TINY = np.array(1 / 127, np.float32), np.array(1e-9, np.float32)
#: Values per scale in 4-bit blocks, and in n-bit products.
BLOCK = 32
#: 7-bit weights: no saturation on processors without VNNI, see `by_column`.
PORTABLE_LEVELS = 63


class Linear(Protocol):
    """Adds x·W (no bias) to a graph; x is float32 [rows, inputs], W [inputs, outputs]."""

    def __call__(self, graph: Graph, name: str, x: str, weight: Array) -> str:
        """Name of the product, float32 [rows, outputs]."""


def by_column(weight: Array, levels: int = 127) -> tuple[Array, Array]:
    """int8 weights and one float32 scale per output column.

    63 levels (7 bits) keep pairs of products within 16 bits on processors without VNNI, whose u8·s8
    instruction saturates there: scores would differ from machine to machine.
    """
    scale = np.maximum(np.abs(weight).max(0), 1e-12) / levels
    return np.round(weight / scale).astype(np.int8), scale.astype(np.float32)


class RowInt8:
    """int8 x int8 with one activation scale per token: no row sees another."""

    def __init__(self, *, levels: int = 127) -> None:
        self._levels = levels

    def __call__(self, graph: Graph, name: str, x: str, weight: Array) -> str:
        """See `Linear`."""
        quantised, scale = quantise_rows(graph, x)
        w, column = by_column(weight, self._levels)
        one, middle = (
            graph.constant("one", np.array(1, np.float32)),
            graph.constant("middle", np.array(128, np.uint8)),
        )
        parts = (
            quantised,
            graph.constant(f"{name}.w", w),
            one,
            graph.constant(f"{name}.s", column),
            middle,
        )
        return graph.node(
            "Mul", graph.node("MatMulIntegerToFloat", *parts, domain=MICROSOFT), scale
        )


def as_packed(words: Array) -> tuple[Array, Array]:
    """Word vectors back in the 4-bit blocks that they were unpacked from, without any loss.

    The file that the backbone comes from holds Q4_0: in each block of 32, the value farthest from
    zero is -8 times the scale. Training leaves word vectors alone.

    Returns:
        Integers from -8 to 7, int8 [words, width], and scales, float32 [words, width / 32].

    Raises:
        ValueError: the vectors are not what such blocks can hold.
    """
    blocks = words.reshape(len(words), -1, BLOCK)
    farthest = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
    scales = farthest / -8
    values = np.round(blocks / np.where(scales == 0, 1, scales))
    if not np.array_equal(values * scales, blocks):
        raise ValueError("expected word vectors of Q4_0 blocks, received others")
    return values.astype(np.int8).reshape(words.shape), scales[..., 0].astype(np.float32)


def unpacked(packed: Array, scales: Array) -> Array:
    """The inverse of `as_packed` over a graph's constant: float32 [words, width].

    Args:
        packed: two 4-bit integers in a byte, the first one low.
        scales: float32 [words, width / 32].
    """
    pairs = np.stack([packed & 15, packed >> 4], -1).astype(np.int8).reshape(-1)
    values = np.where(pairs > 7, pairs - 16, pairs).reshape(*scales.shape, BLOCK)
    return (values * scales[..., None]).reshape(len(scales), -1).astype(np.float32)


def quantise_rows(graph: Graph, x: str) -> tuple[str, str]:
    """uint8 around 128 [rows, inputs], and the scale of each row [rows, 1]."""
    last = graph.constant("axis.1", np.array([1], np.int64))
    peak = graph.node("ReduceMax", graph.node("Abs", x), last, keepdims=1)
    scale = graph.node(
        "Mul", graph.node("Max", peak, graph.constant("tiny", TINY)), graph.constant("step", STEP)
    )
    rows = graph.node("Shape", x, start=0, end=1)
    middle = graph.node(
        "ConstantOfShape", rows, value=numpy_helper.from_array(np.array([128], np.uint8))
    )
    return graph.node(
        "QuantizeLinear", x, graph.node("Squeeze", scale, last), middle, axis=0
    ), scale
