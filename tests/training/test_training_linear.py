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


def product(linear: Linear, x: Array, weight: Array = WEIGHT) -> Array:
    """The product x · weight through a graph of one linear layer."""
    graph = Graph()
    flat = graph.node("Mul", graph.node("Cast", "input_ids", to=1), graph.constant("k", SCALE))
    model = graph.model(linear(graph, "w", flat, weight), weight.shape[1])
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {"input_ids": x, "attention_mask": np.ones_like(x)}
    result: Array = session.run(["logits"], feed)[0]
    return result


SCALE = np.array(1e-3, np.float32)
PORTABLE = [(floating, 1e-5), (RowInt8(levels=63), 0.03), (NBits(8), 0.02)]
EIGHT_BITS = [(RowInt8(), 0.02), (TensorInt8(), 0.03)]


def off(linear: Linear, weight: Array = WEIGHT) -> float:
    """Greatest difference from the exact product, as a share of its greatest value."""
    x = RNG.integers(-3000, 3000, (5, 64))
    exact = (x * 1e-3) @ weight
    return float(np.abs(product(linear, x, weight) - exact).max() / np.abs(exact).max())


@pytest.mark.parametrize(("linear", "tolerance"), PORTABLE)
def test_every_portable_form_is_the_same_product(linear: Linear, tolerance: float) -> None:
    """Quantised products stay near the exact one, on any processor."""
    assert off(linear) < tolerance


@pytest.mark.parametrize(("linear", "tolerance"), EIGHT_BITS)
def test_eight_bits_are_near_where_sums_have_room(linear: Linear, tolerance: float) -> None:
    """Without VNNI, two products are added in 16 bits and saturate: which is why seven bits ship.

    With every other weight zero there is room on any processor.
    """
    apart = WEIGHT * (np.arange(len(WEIGHT)) % 2)[:, None].astype(np.float32)
    assert off(linear, apart) < tolerance


@pytest.mark.parametrize("linear", [RowInt8(), *(form for form, _ in PORTABLE)])
def test_no_row_sees_another(linear: Linear) -> None:
    """A huge neighbour, which would ruin a shared scale, changes nothing."""
    row = RNG.integers(-3000, 3000, (1, 64))
    crowd = np.concatenate([row, row * 1000, np.zeros_like(row)])
    np.testing.assert_allclose(product(linear, crowd)[0], product(linear, row)[0], rtol=1e-5)
