"""Draw the epochs of the recipe into one file, which `train` and `leave_out` read.

    python -m benchmarks.training.examples --data DIR --backbone FOLDER --epochs 8 --out FILE

So that the machine that trains needs neither rows nor a tokenizer: token ids (uint16), targets,
and, for each part of `leave_out.yaml`, whether an example has to go when that part is left out.
"""

from __future__ import annotations

import argparse
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
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


def left_out(mix: Mix) -> Iterator[tuple[str, set[str]]]:
    """For each part, the texts of the mix that go with it.

    Those of its sources, documents with one of their texts put into them, and attacks of other
    sources that repeat one.
    """
    for part, sources in PARTS.items():
        attacks = (row.text for name in sources for row in mix.rows[name] if row.label)
        repeats = Overlap(attacks)
        gone = {
            row.text
            for rows in mix.rows.values()
            for row in rows
            if {row.file, row.source} & {*sources} or (row.label and repeats(row.text))
        }
        yield part, gone


def packed(
    epochs: Iterable[Sequence[Example]], gone: Mapping[str, Container[str]]
) -> dict[str, NDArray[Any]]:
    """The file's arrays: examples one after another, each with the parts that it goes with."""
    drawn = [list(epoch) for epoch in epochs]
    every = [example for epoch in drawn for example in epoch]
    return {
        "ids": np.concatenate([np.array(e.ids, np.uint16) for e in every]),
        "ends": np.cumsum([len(e.ids) for e in every]),
        "targets": np.array([e.targets for e in every], np.float16),
        "gone": np.array([[e.text in texts for texts in gone.values()] for e in every]),
        "parts": np.array(list(gone)),
        "epochs": np.cumsum([len(epoch) for epoch in drawn]),
    }


class Epochs:
    """The drawn epochs of a file."""

    def __init__(self, path: Path) -> None:
        with np.load(path) as arrays:
            self._ids: NDArray[np.uint16] = arrays["ids"]
            self._ends: NDArray[np.int64] = arrays["ends"]
            self._targets: NDArray[np.float16] = arrays["targets"]
            self._gone: NDArray[np.bool_] = arrays["gone"]
            self._epochs: NDArray[np.int64] = arrays["epochs"]
            self._parts: list[str] = arrays["parts"].tolist()

    def __call__(self, number: int, without: Sequence[str] = ()) -> list[Example]:
        """Examples of one epoch; numbers past the last begin again."""
        return [self._example(at) for at in self._kept(number, without)]

    def size(self, number: int, without: Sequence[str] = ()) -> int:
        """Number of examples in an epoch."""
        return len(self._kept(number, without))

    def _kept(self, number: int, without: Sequence[str]) -> list[int]:
        """Places of the examples.

        Raises:
            ValueError: the file was drawn without that part in view.
        """
        number %= len(self._epochs)
        start, end = (int(at) for at in ([0, *self._epochs][number], self._epochs[number]))
        if unknown := {*without} - {*self._parts}:
            raise ValueError(f"without: expected some of {self._parts}, received {sorted(unknown)}")
        gone = self._gone[start:end, [self._parts.index(part) for part in without]].any(1)
        return (start + np.flatnonzero(~gone)).tolist()

    def _example(self, at: int) -> Example:
        start = 0 if at == 0 else self._ends[at - 1]
        ids = self._ids[start : self._ends[at]].tolist()
        return Example(ids, tuple(self._targets[at].tolist()))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path, default=RECIPE)
    options = parser.parse_args()
    mix, words = load(options.data, options.recipe), tokenizer(options.backbone)
    epochs = (mix.epoch(number, words) for number in range(options.epochs))
    np.savez_compressed(options.out, **packed(epochs, dict(left_out(mix))))


if __name__ == "__main__":
    main()
