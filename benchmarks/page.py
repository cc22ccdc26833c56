"""`python -m benchmarks.page`: put the figures of build/bench.json into docs/performance.md."""

from __future__ import annotations

import json
import os
import platform
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.__main__ import OUTPUT

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
START, END = "<!-- figures: made by python -m benchmarks.page -->", "<!-- end of figures -->"


def main() -> None:
    """Replace what stands between the two marks."""
    figures = json.loads(OUTPUT.read_text("utf-8"))
    before, _, rest = PAGE.read_text("utf-8").partition(START)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{START}\n\n{_table(figures)}\n\n{END}{after}", "utf-8")


def _table(figures: dict[str, dict[str, Any]]) -> str:
    versions = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    lines = [
        f"Measured on {date.today().isoformat()}: {versions}.",
        "",
        "| what | median | unit | ratio | against | goal |",
        "|---|---:|---|---:|---|---|",
    ]
    for name, row in figures.items():
        ratio = f"{row['ratio']:.3f}" if row["ratio"] is not None else ""
        cells = [name, f"{row['median']:.3g}", row["unit"], ratio, row["against"], row["goal"]]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
