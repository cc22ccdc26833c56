"""What a record in the audit trail costs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import sanitize
from benchmarks.timing import Row, milliseconds
from sanitize.audit.trail import Trail


def run() -> dict[str, Row]:
    """Median time to append one verdict to a growing file."""
    verdict = sanitize.pipeline()("Where is my parcel?")
    with tempfile.TemporaryDirectory() as folder:
        trail = Trail(Path(folder) / "trail.jsonl")
        median = milliseconds(lambda: trail.append([verdict]), rounds=2000, warmup=50)
    return {"audit record": Row(median, "ms", goal="≤ 0.1 ms")}
