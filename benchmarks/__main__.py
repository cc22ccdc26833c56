"""`python -m benchmarks [name …]`: run benchmarks, print a table, write build/bench.json."""

from __future__ import annotations

import json
import platform
import sys
from importlib import import_module
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.timing import Row

#: Modules with a `run() -> dict[str, Row]`, in the order of the table.
BENCHMARKS = (
    "startup",
    "latency",
    "throughput",
    "decoding",
    "markup",
    "linear",
    "audit",
    "guard",
    "isolation",
    "sandbox",
    "image",
    "audio",
)

OUTPUT = Path("build/bench.json")


def main(names: list[str]) -> None:
    """Run the named benchmarks, or all."""
    console = Console()
    rows: dict[str, Row] = {}
    for name in names or BENCHMARKS:
        with console.status(f"{name} …"):
            rows.update(import_module(f"benchmarks.{name}").run())
    console.print(_table(rows))
    OUTPUT.parent.mkdir(exist_ok=True)
    figures = {name: row.to_dict() for name, row in rows.items()}
    OUTPUT.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", "utf-8")
    console.print(f"written to {OUTPUT}", style="dim")


def _table(rows: dict[str, Row]) -> Table:
    table = Table(title=f"Python {platform.python_version()}, {platform.machine()}")
    for heading in ("what", "median", "unit", "ratio", "against", "goal"):
        table.add_column(heading, justify="right" if heading in ("median", "ratio") else "left")
    for name, row in rows.items():
        ratio = f"{row.ratio:.3f}" if row.ratio is not None else ""
        table.add_row(name, f"{row.median:.3g}", row.unit, ratio, row.against, row.goal)
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
