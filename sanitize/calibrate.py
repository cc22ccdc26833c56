"""Choosing a threshold on the application's own inputs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sanitize.errors import PolicyError

if TYPE_CHECKING:
    from sanitize.pipeline import Pipeline

#: Smallest number of scored benign rows a threshold may rest on.
MIN_BENIGN = 20


@dataclass(frozen=True, slots=True)
class Calibration:
    """How a threshold was chosen.

    Attributes:
        threshold: probability at or above which the detector reports an injection.
        max_fpr: share of false alarms that was asked for.
        fpr: share of benign rows at or above the threshold, as measured.
        recall: share of attack rows at or above it; None without attacks.
        benign: benign rows that were scored.
        attacks: attack rows that were scored.
    """

    threshold: float
    max_fpr: float
    fpr: float
    recall: float | None
    benign: int
    attacks: int


def calibrate(
    pipe: Pipeline, benign: Iterable[Any], attacks: Iterable[Any] | None, *, max_fpr: float
) -> Pipeline:
    """See `Pipeline.calibrate`."""
    if not 0.0 <= max_fpr < 1.0:
        raise PolicyError(f"max_fpr: expected 0 <= max_fpr < 1, received {max_fpr}")
    name, stage = _detector(pipe)
    scores = _scores(pipe, benign)
    if len(scores) < MIN_BENIGN:
        raise PolicyError(
            f"calibrate: expected at least {MIN_BENIGN} scored benign rows, received {len(scores)}"
        )
    threshold = choose(scores, max_fpr)
    caught = _scores(pipe, attacks or ())
    report = Calibration(
        threshold,
        max_fpr,
        _share(scores, threshold),
        _share(caught, threshold) if caught else None,
        len(scores),
        len(caught),
    )
    tuned = pipe.replace(name, dataclasses.replace(stage, threshold=threshold))
    return dataclasses.replace(tuned, calibration=report)


def choose(scores: list[float], max_fpr: float) -> float:
    """The smallest threshold that at most `max_fpr` of the scores reach.

    It lies just above the largest score that must not raise an alarm, so ties
    never push the rate over what was asked for.
    """
    ordered = sorted(scores, reverse=True)
    allowed = math.floor(max_fpr * len(ordered))
    return min(1.0, math.nextafter(ordered[allowed], 2.0))


def _detector(pipe: Pipeline) -> tuple[str, Any]:
    for chain in pipe.chains.values():
        for watched in chain:
            stage: Any = watched.stage
            if dataclasses.is_dataclass(stage) and hasattr(stage, "threshold"):
                return watched.name, stage
    raise PolicyError("calibrate: no detector with a threshold in this pipeline")


def _scores(pipe: Pipeline, values: Iterable[Any]) -> list[float]:
    verdicts = pipe.stream(values)
    return [verdict.injection for verdict in verdicts if verdict.injection is not None]


def _share(scores: list[float], threshold: float) -> float:
    return sum(score >= threshold for score in scores) / len(scores)
