"""Ways to write a linear layer into a graph: float, n-bit weights, int8.

onnxruntime's own dynamic quantisation takes one activation scale for a whole batch, so a row's
score would change with its neighbours. `row_int8` takes one scale per token instead.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from onnx import numpy_helper

from benchmarks.training.graph import MICROSOFT, Graph

Array = NDArray[Any]

#: Activations run from -127 to 127 around 128; a row of zeros still needs a scale.
STEP, TINY = np.array(1 / 127, np.float32), np.array(1e-9, np.float32)
#: Weights per scale in n-bit products.
BLOCK = 32


class Linear(Protocol):
    """Adds x·W (no bias) to a graph; x is float32 [rows, inputs], W [inputs, outputs]."""

    def __call__(self, graph: Graph, name: str, x: str, weight: Array) -> str:
        """Name of the product, float32 [rows, outputs]."""


def floating(graph: Graph, name: str, x: str, weight: Array) -> str:
    """Plain float32."""
    return graph.node("MatMul", x, graph.constant(f"{name}.w", weight))


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


class TensorInt8:
    """onnxruntime's dynamic quantisation: one activation scale for the batch; fused and quick."""

    def __init__(self, *, levels: int = 127) -> None:
        self._levels = levels

    def __call__(self, graph: Graph, name: str, x: str, weight: Array) -> str:
        """See `Linear`."""
        value, scale, zero = graph.nodes("DynamicQuantizeLinear", x, outputs=3)
        w, column = by_column(weight, self._levels)
        none = graph.constant(f"{name}.z", np.zeros(weight.shape[1], np.int8))
        product = graph.node("MatMulInteger", value, graph.constant(f"{name}.w", w), zero, none)
        both = graph.node("Mul", scale, graph.constant(f"{name}.s", column))
        return graph.node("Mul", graph.node("Cast", product, to=1), both)


class NBits:
    """n-bit weights in blocks of 32, int8 arithmetic with activation scales per row and block."""

    def __init__(self, bits: int, *, accuracy_level: int = 4) -> None:
        self._bits, self._accuracy = bits, accuracy_level

    def __call__(self, graph: Graph, name: str, x: str, weight: Array) -> str:
        """See `Linear`."""
        packed, scales = by_block(weight, self._bits)
        parts = (x, graph.constant(f"{name}.w", packed), graph.constant(f"{name}.s", scales))
        size = {"K": weight.shape[0], "N": weight.shape[1], "bits": self._bits}
        how = {"block_size": BLOCK, "accuracy_level": self._accuracy}
        return graph.node("MatMulNBits", *parts, domain=MICROSOFT, **size, **how)


def by_block(weight: Array, bits: int) -> tuple[Array, Array]:
    """Weights for MatMulNBits: uint8 [outputs, blocks, bytes] and scales [outputs, blocks].

    Unsigned around 2^(bits-1), the operator's default zero point; two 4-bit values share a byte,
    the low one first.
    """
    blocks = weight.T.reshape(weight.shape[1], -1, BLOCK)
    middle = 1 << (bits - 1)
    scales = np.maximum(np.abs(blocks).max(-1, keepdims=True), 1e-12) / (middle - 1)
    values = (np.round(blocks / scales) + middle).astype(np.uint8)
    if bits == 4:
        values = values[..., ::2] | (values[..., 1::2] << 4)
    return values, scales[..., 0].astype(np.float32)
