"""Counters for Prometheus (extra `metrics`). Labels come from fixed lists, never from input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from sanitize.errors import PolicyError
from sanitize.types import Verdict

#: Upper bounds of the histogram's buckets, in seconds: a rule to a long document.
SECONDS = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)

#: Findings of the sandbox begin with this; what follows is the outcome.
SANDBOX = "sandbox."


@dataclass(frozen=True, slots=True)
class Meters:
    """Everything that is counted; see docs/operations.md."""

    verdicts: Any
    seconds: Any
    outcomes: Any


def required() -> None:
    """Refuse to go on without prometheus-client.

    Raises:
        PolicyError: it is not installed.
    """
    if find_spec("prometheus_client") is None:
        raise PolicyError("metrics: expected prometheus-client; install keras-sanitize[metrics]")


@lru_cache(maxsize=1)
def meters() -> Meters:
    """The meters, registered once per process in Prometheus's default registry."""
    from prometheus_client import REGISTRY, Counter, Histogram

    REGISTRY.register(_Windows())
    return Meters(
        Counter("sanitize_verdicts", "Verdicts given.", ("action", "modality")),
        Histogram("sanitize_stage_seconds", "Seconds a value.", ("stage",), buckets=SECONDS),
        Counter("sanitize_sandbox_outcomes", "Decodings that failed.", ("outcome",)),
    )


@lru_cache(maxsize=256)
def _seconds_of(stage: str) -> Any:
    """The stage's own histogram: finding it takes longer than adding to it."""
    return meters().seconds.labels(stage)


class _Windows:
    """Reads the detector's own count when it is asked for."""

    def collect(self) -> Iterator[Any]:
        from prometheus_client.core import CounterMetricFamily

        from sanitize.detectors.scoring import WINDOWS

        help_ = "Windows that the detector's model has scored."
        yield CounterMetricFamily("sanitize_detector_windows", help_, value=WINDOWS.total)


def count(verdicts: Iterable[Verdict]) -> None:
    """Add verdicts to the counters."""
    all_ = meters()
    for verdict in verdicts:
        all_.verdicts.labels(verdict.action.name.lower(), verdict.modality.value).inc()
        for stage, seconds in verdict.timings.items():
            _seconds_of(stage).observe(seconds)
        for finding in verdict.findings:
            if finding.rule.startswith(SANDBOX):
                all_.outcomes.labels(finding.rule.removeprefix(SANDBOX)).inc()
