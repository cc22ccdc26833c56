from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")

from benchmarks.training.linear import NBits, TensorInt8, floating  # noqa: E402
from sanitize.training.graph import Graph  # noqa: E402
from sanitize.training.linear import Linear, RowInt8  # noqa: E402

Array = NDArray[Any]
RNG = np.random.default_rng(0)
WEIGHT = RNG.normal(size=(64, 32)).astype(np.float32)


def product(linear: Linear, x: Array) -> Array:
    """The product x · WEIGHT through a graph of one linear layer."""
    graph = Graph()
    flat = graph.node("Mul", graph.node("Cast", "input_ids", to=1), graph.constant("k", SCALE))
    model = graph.model(linear(graph, "w", flat, WEIGHT), WEIGHT.shape[1])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {"input_ids": x, "attention_mask": np.ones_like(x)}
    result: Array = session.run(["logits"], feed)[0]
    return result


SCALE = np.array(1e-3, np.float32)
FORMS = [(floating, 1e-5), (RowInt8(), 0.02), (RowInt8(levels=63), 0.03), (NBits(8), 0.02)]


@pytest.mark.parametrize(("linear", "tolerance"), [*FORMS, (TensorInt8(), 0.03)])
def test_every_form_is_the_same_product(linear: Linear, tolerance: float) -> None:
    """Quantised products stay near the exact one."""
    x = RNG.integers(-3000, 3000, (5, 64))
    exact = (x * 1e-3) @ WEIGHT
    error = np.abs(product(linear, x) - exact).max() / np.abs(exact).max()
    assert error < tolerance


@pytest.mark.parametrize("linear", [form for form, _ in FORMS])
def test_no_row_sees_another(linear: Linear) -> None:
    """A huge neighbour, which would ruin a shared scale, changes nothing."""
    row = RNG.integers(-3000, 3000, (1, 64))
    crowd = np.concatenate([row, row * 1000, np.zeros_like(row)])
    np.testing.assert_allclose(product(linear, crowd)[0], product(linear, row)[0], rtol=1e-5)
