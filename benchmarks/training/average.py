"""Average the weights of several runs of the same backbone into one.

    python -m benchmarks.training.average --runs RUN RUN --out RUN

Runs that start from one backbone and differ in data or length mostly lie in one basin, and their
mean is often better than each (Wortsman et al. 2022, "Model soups", arXiv:2203.05482).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch


def average(runs: Sequence[Path], out: Path) -> None:
    """Write a checkpoint whose running average is the mean of those of the runs."""
    states: list[dict[str, Any]] = [
        torch.load(run / "checkpoint.pt", weights_only=True, map_location="cpu") for run in runs
    ]
    mean = {
        name: sum(state["average"][name] for state in states) / len(states)
        for name in states[0]["average"]
    }
    out.mkdir(parents=True, exist_ok=True)
    whole = {
        "model": states[0]["model"],
        "average": mean,
        "step": sum(state["step"] for state in states),
    }
    torch.save(whole, out / "checkpoint.pt")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    average(options.runs, options.out)


if __name__ == "__main__":
    main()
