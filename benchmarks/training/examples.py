"""Draw the epochs of the recipe into one file, which `train` and `leave_out` read.

    python -m benchmarks.training.examples --data DIR --backbone FOLDER --epochs 8 --out FILE

So that the machine that trains needs neither rows nor a tokenizer: token ids (uint16), targets,
and, for each part of `leave_out.yaml`, whether an example has to go when that part is left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from benchmarks.training.mix import RECIPE, Mix, load
from benchmarks.training.rows import Overlap
from sanitize.training.example import Example
from sanitize.training.model import tokenizer

PARTS: dict[str, list[str]] = yaml.safe_load(
    Path(__file__).with_name("leave_out.yaml").read_text(encoding="utf-8")
)

#: Made of rows of several sources, so it goes with each of them.
MIXED = ("own/inserted", "own/nested")


def left_out(mix: Mix, texts: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, set[str]]]:
    """For each part, the texts of the mix that go with it: its sources', and what repeats them."""
    for part, sources in PARTS.items():
        repeats = Overlap(text for name in sources for text in texts[name])
        gone = {
            row.text
            for name, rows in mix.rows.items()
            for row in rows
            if name in sources or name in MIXED or (row.label and repeats(row.text))
        }
        yield part, gone


class Epochs:
    """The drawn epochs of a file."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self._ids: NDArray[np.uint16] = arrays["ids"]
            self._ends: NDArray[np.int64] = arrays["ends"]
            self._targets: NDArray[np.float16] = arrays["targets"]
            self._parts: NDArray[np.bool_] = arrays["parts"]
            self._epochs: NDArray[np.int64] = arrays["epochs"]
        self.count = len(self._epochs)

    def __call__(self, number: int, without: str | None = None) -> list[Example]:
        """Examples of one epoch; numbers past the last begin again."""
        number %= self.count
        start = 0 if number == 0 else int(self._epochs[number - 1])
        part = list(PARTS).index(without) if without else 0
        return [
            self._example(at)
            for at in range(start, int(self._epochs[number]))
            if not (without and self._parts[at, part])
        ]

    def _example(self, at: int) -> Example:
        start = 0 if at == 0 else self._ends[at - 1]
        ids = self._ids[start : self._ends[at]].tolist()
        return Example(ids, tuple(self._targets[at].tolist()))


def drawn(mix: Mix, backbone: Path, epochs: int) -> dict[str, NDArray[Any]]:
    """The file's arrays."""
    words = tokenizer(backbone)
    texts = {name: [row.text for row in rows if row.label] for name, rows in mix.rows.items()}
    gone = [texts for _, texts in left_out(mix, texts)]
    examples, ends = [], []
    for number in range(epochs):
        examples += mix.epoch(number, words)
        ends.append(len(examples))
    return {
        "ids": np.concatenate([np.array(e.ids, np.uint16) for e in examples]),
        "ends": np.cumsum([len(e.ids) for e in examples]),
        "targets": np.array([e.targets for e in examples], np.float16),
        "parts": np.array([[e.text in texts for texts in gone] for e in examples]),
        "epochs": np.array(ends),
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    options = parser.parse_args()
    arrays = drawn(load(options.data, options.recipe), options.backbone, options.epochs)
    np.savez_compressed(options.out, **arrays)


if __name__ == "__main__":
    main()
