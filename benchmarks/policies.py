"""What whole policies block and flag: rules, transformer and everything read on the way.

    python -m benchmarks.policies --data DIR [--most 150]

`benchmarks.detection` is about the transformer and the value alone.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import sanitize
from benchmarks.detection import table
from benchmarks.training.rows import names, read
from sanitize.types import Action

POLICIES = ("default", "strict", "chat", "documents")


def lines(data: Path, most: int) -> Iterator[list[str]]:
    """A line for each dev set and label; every so manieth row of it."""
    pipes = [sanitize.pipeline(policy) for policy in POLICIES]
    for name in names(data, "dev"):
        for label, title in ((1, "attacks"), (0, "benign")):
            rows = [row.text for row in read(data, name) if row.label == label]
            chosen = rows[:: -(-len(rows) // most)] if rows else []
            shares = []
            for pipe in pipes if chosen else ():
                actions = [pipe(text).action for text in chosen]
                blocked = sum(action is Action.BLOCK for action in actions) / len(actions)
                flagged = sum(action >= Action.FLAG for action in actions) / len(actions)
                shares.append(f"{blocked:.1%} / {flagged:.1%}")
            if chosen:
                yield [name.removeprefix("dev/"), title, str(len(chosen)), *shares]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--most", type=int, default=150)
    options = parser.parse_args()
    heads = [f"{policy}: blocked / flagged" for policy in POLICIES]
    print(table(["set", "", "rows", *heads], lines(options.data, options.most)))


if __name__ == "__main__":
    main()
