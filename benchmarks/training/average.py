"""Average the weights of several runs of the same backbone into one.

    python -m benchmarks.training.average --runs RUN RUN --backbone FOLDER --out RUN

A run is the folder of one, or a folder of weights as shipped. Runs that start from one backbone and
differ in data or length mostly lie in one basin, and their mean is often better than each (Wortsman
et al. 2022, "Model soups", arXiv:2203.05482); so is the mean of what a run began from and what it
came to (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", arXiv:2109.01903).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch

from benchmarks.training.train import loaded


def average(runs: Sequence[Path], backbone: Path, out: Path) -> None:
    """Write a checkpoint whose running average is the mean of those of the runs."""
    states = [loaded(run, backbone, "cpu").state_dict() for run in runs]
    mean = {name: sum(state[name] for state in states) / len(states) for name in states[0]}
    out.mkdir(parents=True, exist_ok=True)
    whole = {"model": states[0], "average": mean, "step": sum(map(_steps, runs))}
    torch.save(whole, out / "checkpoint.pt")


def _steps(run: Path) -> int:
    """Steps of a run, or those that the manifest of shipped weights names."""
    if not (run / "checkpoint.pt").exists():
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
        return int(manifest["provenance"]["steps"])
    state = torch.load(run / "checkpoint.pt", weights_only=True, map_location="cpu")
    return int(state["step"])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    average(options.runs, options.backbone, options.out)


if __name__ == "__main__":
    main()
