"""Other ways to write a linear layer into a graph, to be compared with the shipped one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sanitize.training.graph import MICROSOFT, Graph
from sanitize.training.linear import BLOCK, by_column

Array = NDArray[Any]


def floating(graph: Graph, name: str, x: str, weight: Array) -> str:
    """Plain float32."""
    return graph.node("MatMul", x, graph.constant(f"{name}.w", weight))


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
