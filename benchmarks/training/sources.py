"""Print the model card's table of training sources.

python -m benchmarks.training.sources --data DIR
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from benchmarks.training.mix import Mix, load
from benchmarks.training.rows import Row


def line(mix: Mix, name: str, rows: Sequence[Row]) -> str:
    """One source: licences, rows that passed the checks by label, rows drawn per epoch."""
    licences = ", ".join(sorted({row.license for row in rows}))
    attacks = sum(row.label for row in rows)
    drawn = sum(mix.recipe["sources"][name].values())
    return f"| {name} | {licences} | {attacks} | {len(rows) - attacks} | {drawn} |"


def table(mix: Mix) -> str:
    """All sources, in the order of the recipe."""
    head = ["| source | licence | attacks | benign | drawn per epoch |", "|---|---|---|---|---|"]
    return "\n".join([*head, *(line(mix, name, rows) for name, rows in mix.rows.items())])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    print(table(load(parser.parse_args().data)))


if __name__ == "__main__":
    main()
