"""Write the trained detector as an ONNX graph, with the linear layers in a form of one's choice.

Built node by node rather than traced: token types (always 0 here) fold into the positions, the three
attention inputs become one product, and onnxruntime's fused operators are used from the start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from benchmarks.training.graph import MICROSOFT, Graph
from benchmarks.training.linear import Linear

Array = NDArray[Any]
Weights = Mapping[str, Array]

LAYERS, HEADS = 6, 12
#: BERT's layer norm epsilon.
EPSILON = 1e-12
#: As in model.py.
HIDDEN = -1e4


def write(weights: Weights, linear: Linear, *, fast_gelu: bool = False) -> onnx.ModelProto:
    """The whole detector; `weights` are the names and float32 arrays of `Detector.state_dict()`."""
    graph = Graph()
    x = _embeddings(graph, weights)
    mask = graph.node("Cast", "attention_mask", to=6)
    for layer in range(LAYERS):
        x = _layer(graph, weights, f"encoder.encoder.layer.{layer}", x, mask, linear, fast_gelu)
    return graph.model(_head(graph, weights, x), len(weights["head.bias"]))


def _embeddings(graph: Graph, weights: Weights) -> str:
    """int8 word vectors with a scale each, plus positions, normalised."""
    words = weights["encoder.embeddings.word_embeddings.weight"]
    scale = np.maximum(np.abs(words).max(1, keepdims=True), 1e-12) / 127
    table = graph.constant("words", np.round(words / scale).astype(np.int8))
    scales = graph.constant("words.s", scale.astype(np.float32))
    real = graph.node("Cast", graph.node("Gather", table, "input_ids"), to=1)
    word = graph.node("Mul", real, graph.node("Gather", scales, "input_ids"))
    return _norm(graph, weights, "encoder.embeddings.LayerNorm", word, _positions(graph, weights))


def _positions(graph: Graph, weights: Weights) -> str:
    folded = weights["encoder.embeddings.position_embeddings.weight"] + weights["encoder.embeddings.token_type_embeddings.weight"][0]
    start, axis = graph.constant("zero", np.array([0], np.int64)), graph.constant("axis.first", np.array([0], np.int64))
    tokens = graph.node("Shape", "input_ids", start=1, end=2)
    table = graph.node("Slice", graph.constant("positions", folded), start, tokens, axis)
    return graph.node("Expand", graph.node("Unsqueeze", table, axis), _state_shape(graph, folded.shape[1]))


def _state_shape(graph: Graph, width: int) -> str:
    shape = graph.node("Shape", "input_ids")
    return graph.node("Concat", shape, graph.constant("width", np.array([width], np.int64)), axis=0)


def _layer(graph: Graph, weights: Weights, name: str, x: str, mask: str, linear: Linear, fast: bool) -> str:
    joined = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    weight = np.concatenate([weights[f"{part}.weight"].T for part in joined], 1)
    bias = np.concatenate([weights[f"{part}.bias"] for part in joined])
    triple = graph.node("Add", linear(graph, f"{name}.qkv", x, weight), graph.constant(f"{name}.qkv.b", bias))
    parts = graph.nodes("Split", triple, outputs=3, axis=2, num_outputs=3)
    seen = graph.node("MultiHeadAttention", *parts, "", mask, domain=MICROSOFT, num_heads=HEADS)
    out = f"{name}.attention.output"
    x = _norm(graph, weights, f"{out}.LayerNorm", linear(graph, f"{out}.dense", seen, weights[f"{out}.dense.weight"].T), x, f"{out}.dense.bias")
    wide = linear(graph, f"{name}.wide", x, weights[f"{name}.intermediate.dense.weight"].T)
    bias_name = graph.constant(f"{name}.wide.b", weights[f"{name}.intermediate.dense.bias"])
    active = graph.node("FastGelu" if fast else "BiasGelu", wide, bias_name, domain=MICROSOFT)
    narrow = linear(graph, f"{name}.narrow", active, weights[f"{name}.output.dense.weight"].T)
    return _norm(graph, weights, f"{name}.output.LayerNorm", narrow, x, f"{name}.output.dense.bias")


def _norm(graph: Graph, weights: Weights, name: str, x: str, skip: str, bias: str = "") -> str:
    """Layer norm of x + skip + bias in one operator."""
    scale = graph.constant(f"{name}.g", weights[f"{name}.weight"])
    shift = graph.constant(f"{name}.b", weights[f"{name}.bias"])
    extra = [graph.constant(bias, weights[bias])] if bias else []
    return graph.node("SkipLayerNormalization", x, skip, scale, shift, *extra, domain=MICROSOFT, epsilon=EPSILON)


def _head(graph: Graph, weights: Weights, x: str) -> str:
    """Mean and maximum over the tokens shown, and the last layer, all in float."""
    last, first = graph.constant("axis.1", np.array([1], np.int64)), graph.constant("axis.2", np.array([2], np.int64))
    shown = graph.node("Unsqueeze", graph.node("Cast", "attention_mask", to=1), first)
    total = graph.node("ReduceSum", graph.node("Mul", x, shown), last, keepdims=0)
    mean = graph.node("Div", total, graph.node("ReduceSum", shown, last, keepdims=0))
    hidden = graph.node("Sub", graph.constant("one", np.array(1, np.float32)), shown)
    low = graph.node("Mul", hidden, graph.constant("hidden", np.array(HIDDEN, np.float32)))
    highest = graph.node("ReduceMax", graph.node("Add", x, low), last, keepdims=0)
    both = graph.node("Concat", mean, highest, axis=1)
    return graph.node("Gemm", both, graph.constant("head.w", weights["head.weight"]), graph.constant("head.b", weights["head.bias"]), transB=1)
