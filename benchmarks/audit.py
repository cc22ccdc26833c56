"""What the audit trail, the log and metrics cost a verdict."""

from __future__ import annotations

import io
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import sanitize
from benchmarks.timing import Row, milliseconds
from sanitize.audit.trail import Trail
from sanitize.outlets import LOG, Outlets


def run() -> dict[str, Row]:
    """Median time to append one verdict to a growing file, and to publish it everywhere."""
    verdict = sanitize.pipeline()("Where is my parcel?")
    with tempfile.TemporaryDirectory() as folder:
        trail = Trail(Path(folder) / "trail.jsonl")
        record = milliseconds(lambda: trail.append([verdict]), rounds=2000, warmup=50)
        everywhere = Outlets(trail, metrics=find_spec("prometheus_client") is not None)
        with _listening():
            whole = milliseconds(lambda: everywhere.publish([verdict]), rounds=2000, warmup=50)
    name = "audit, log and metrics" if everywhere.metrics else "audit and log"
    return {
        "audit record": Row(record, "ms", goal="≤ 0.1 ms"),
        name: Row(whole, "ms", goal="≤ 0.1 ms"),
    }


@contextmanager
def _listening() -> Iterator[None]:
    """Somebody takes every event of the log."""
    level, handler = LOG.level, logging.StreamHandler(io.StringIO())
    LOG.addHandler(handler)
    LOG.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        LOG.removeHandler(handler)
        LOG.setLevel(level)
