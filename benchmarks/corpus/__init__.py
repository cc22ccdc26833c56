"""The project's own corpus: rows written one by one, CC0; read it with `rows`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent


def batches() -> list[Path]:
    """The files, one per authoring batch; a split must keep a batch on one side."""
    return sorted(ROOT.glob("*.jsonl"))


def rows() -> list[dict[str, Any]]:
    """All rows of all batches."""
    return [
        json.loads(line)
        for path in batches()
        for line in path.read_text("utf-8").splitlines()
        if line
    ]
