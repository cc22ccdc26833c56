"""Write the trained detector as an ONNX graph, with the linear layers in a form of one's choice.

Built node by node rather than traced: token types (always 0 here) fold into the positions, the
three attention inputs become one product, and the state stays [batch * tokens, width] outside
attention, so that a linear layer may treat each token as a row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from sanitize.training.graph import MICROSOFT, Graph
from sanitize.training.linear import BLOCK, Linear, as_packed

Array = NDArray[Any]
Weights = Mapping[str, Array]

#: Of both backbones that were tried, MiniLM-L6 and e5-small.
HEADS = 12
#: BERT's layer norm epsilon.
EPSILON = np.array(1e-12, np.float32)
#: As in model.py.
HIDDEN = np.array(-1e4, np.float32)


class Writer:
    """Writes one detector; `weights` are the arrays of `Detector.state_dict()`, float32."""

    def __init__(self, weights: Weights, linear: Linear) -> None:
        self._weights, self._linear = weights, linear
        self._graph = Graph()
        self._layers = 1 + max(int(name.split(".")[3]) for name in weights if ".layer." in name)
        self._width = weights["encoder.embeddings.LayerNorm.weight"].shape[0]

    def __call__(self) -> onnx.ModelProto:
        """The whole model."""
        mask = self._graph.node("Cast", "attention_mask", to=6)
        batch = self._graph.node("Shape", "input_ids")
        x = self._embeddings()
        for layer in range(self._layers):
            x = self._layer(f"encoder.encoder.layer.{layer}", x, mask, batch)
        return self._graph.model(
            self._head(self._fold(x, batch, self._width)), len(self._weights["head.bias"])
        )

    def _constant(self, name: str) -> str:
        return self._graph.constant(name, self._weights[name])

    def _integers(self, *values: int) -> str:
        return self._graph.constant("int." + ".".join(map(str, values)), np.array(values, np.int64))

    def _flat(self, x: str, width: int) -> str:
        return self._graph.node("Reshape", x, self._integers(-1, width))

    def _fold(self, x: str, batch: str, width: int) -> str:
        shape = self._graph.node("Concat", batch, self._integers(width), axis=0)
        return self._graph.node("Reshape", x, shape)

    def _embeddings(self) -> str:
        """Word vectors in their 4-bit blocks, plus positions, normalised."""
        values, scales = as_packed(self._weights["encoder.embeddings.word_embeddings.weight"])
        word = self._graph.node(
            "GatherBlockQuantized",
            self._graph.nibbles("words", values),
            "input_ids",
            self._graph.constant("words.s", scales),
            domain=MICROSOFT,
            block_size=BLOCK,
            quantize_axis=1,
        )
        placed = self._graph.node("Add", word, self._positions())
        return self._norm("encoder.embeddings.LayerNorm", self._flat(placed, self._width))

    def _positions(self) -> str:
        table = self._weights["encoder.embeddings.position_embeddings.weight"]
        folded = table + self._weights["encoder.embeddings.token_type_embeddings.weight"][0]
        tokens = self._graph.node("Shape", "input_ids", start=1, end=2)
        name = self._graph.constant("positions", folded)
        return self._graph.node("Slice", name, self._integers(0), tokens, self._integers(0))

    def _layer(self, name: str, x: str, mask: str, batch: str) -> str:
        after = f"{name}.attention.output"
        seen = self._dense(
            f"{after}.dense", self._attention(f"{name}.attention.self", x, mask, batch)
        )
        x = self._norm(f"{after}.LayerNorm", self._graph.node("Add", seen, x))
        wide = self._product(f"{name}.intermediate.dense", x)
        active = self._graph.node(
            "BiasGelu", wide, self._constant(f"{name}.intermediate.dense.bias"), domain=MICROSOFT
        )
        return self._norm(
            f"{name}.output.LayerNorm",
            self._graph.node("Add", self._dense(f"{name}.output.dense", active), x),
        )

    def _attention(self, name: str, x: str, mask: str, batch: str) -> str:
        parts = [f"{name}.{part}" for part in ("query", "key", "value")]
        weight = np.concatenate([self._weights[f"{part}.weight"].T for part in parts], 1)
        bias = self._graph.constant(
            f"{name}.b", np.concatenate([self._weights[f"{part}.bias"] for part in parts])
        )
        triple = self._graph.node("Add", self._linear(self._graph, name, x, weight), bias)
        folded = self._fold(triple, batch, 3 * self._width)
        queries = self._graph.nodes("Split", folded, outputs=3, axis=2, num_outputs=3)
        seen = self._graph.node(
            "MultiHeadAttention", *queries, "", mask, domain=MICROSOFT, num_heads=HEADS
        )
        return self._flat(seen, self._width)

    def _product(self, name: str, x: str) -> str:
        return self._linear(self._graph, name, x, self._weights[f"{name}.weight"].T)

    def _dense(self, name: str, x: str) -> str:
        return self._graph.node("Add", self._product(name, x), self._constant(f"{name}.bias"))

    def _norm(self, name: str, x: str) -> str:
        """Layer norm in single steps: quicker than onnxruntime 1.32's fused operator."""
        node, last = self._graph.node, self._integers(1)
        centred = node("Sub", x, node("ReduceMean", x, last))
        variance = node("ReduceMean", node("Mul", centred, centred), last)
        deviation = node("Sqrt", node("Add", variance, self._graph.constant("epsilon", EPSILON)))
        scaled = node(
            "Mul",
            node("Mul", centred, node("Reciprocal", deviation)),
            self._constant(f"{name}.weight"),
        )
        return node("Add", scaled, self._constant(f"{name}.bias"))

    def _head(self, x: str) -> str:
        """Mean and maximum over the tokens shown, and the last layer, all in float."""
        node, tokens = self._graph.node, self._integers(1)
        shown = node("Unsqueeze", node("Cast", "attention_mask", to=1), self._integers(2))
        total = node("ReduceSum", node("Mul", x, shown), tokens, keepdims=0)
        mean = node("Div", total, node("ReduceSum", shown, tokens, keepdims=0))
        absent = node("Sub", self._graph.constant("one", np.array(1, np.float32)), shown)
        low = node("Mul", absent, self._graph.constant("hidden", HIDDEN))
        highest = node("ReduceMax", node("Add", x, low), tokens, keepdims=0)
        both = node("Concat", mean, highest, axis=1)
        return node(
            "Gemm", both, self._constant("head.weight"), self._constant("head.bias"), transB=1
        )


def write(weights: Weights, linear: Linear) -> onnx.ModelProto:
    """The whole detector with its linear layers written by `linear`."""
    return Writer(weights, linear)()
