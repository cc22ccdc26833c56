"""Timing that can be trusted on a busy machine: interleaved rounds, medians, ratios."""

from __future__ import annotations

import gc
import statistics
from collections.abc import Callable
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the table.

    Attributes:
        median: the median, in `unit`.
        unit: what the figure counts.
        ratio: `median` divided by that of `against`, the median over interleaved
            pairs; None if it is compared to nothing.
        against: what it is compared to.
        goal: the bound that the project set itself; empty if none.
    """

    median: float
    unit: str
    ratio: float | None = None
    against: str = ""
    goal: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        return asdict(self)


def milliseconds(work: Callable[[], Any], rounds: int = 50, warmup: int = 5) -> float:
    """Median wall time of one call, in milliseconds."""
    for _ in range(warmup):
        work()
    return statistics.median(_once(work) for _ in range(rounds))


def paired(
    work: Callable[[], Any], other: Callable[[], Any], rounds: int = 50, warmup: int = 5
) -> tuple[float, float, float]:
    """Medians of both in milliseconds, and the median of the ratios pair by pair.

    The two take turns, so that a machine that slows down slows both.
    """
    for _ in range(warmup):
        work(), other()
    gc.disable()
    try:
        pairs = [(_once(work), _once(other)) for _ in range(rounds)]
    finally:
        gc.enable()
    ratio = statistics.median(first / second for first, second in pairs)
    mine, theirs = zip(*pairs, strict=True)
    return statistics.median(mine), statistics.median(theirs), ratio


def _once(work: Callable[[], Any]) -> float:
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1e3
