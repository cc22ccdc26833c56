"""The mean of weights as shipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("onnx")

from benchmarks.training.average import average  # noqa: E402
from sanitize.detectors.artifact import EMBEDDED, load  # noqa: E402
from sanitize.training.embedded import restore  # noqa: E402


def test_the_mean_of_the_same_is_the_same_and_steps_add_up(tmp_path: Path) -> None:
    """Of every value; the steps are those that the manifest names."""
    average([EMBEDDED, EMBEDDED], tmp_path, tmp_path / "mean")
    mean = torch.load(tmp_path / "mean" / "checkpoint.pt", weights_only=True)
    state = restore(load(EMBEDDED))[0].state_dict()
    assert set(mean["average"]) == set(state)
    assert all(torch.allclose(mean["average"][name], each) for name, each in state.items())
    manifest = json.loads((EMBEDDED / "manifest.json").read_text("utf-8"))
    assert mean["step"] == 2 * manifest["provenance"]["steps"]
