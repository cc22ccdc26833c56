"""Figures of merit with bootstrap intervals.

Scores are float arrays [rows]; higher means more like an attack.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Bootstrap draws, and the seed they come from.
DRAWS, SEED = 1000, 7


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """E.g. `.912 [.880, .941]`."""
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


def auc(attacks: Floats, benign: Floats) -> float:
    """Chance that an attack scores above a benign row; ties count half."""
    ordered = np.sort(benign)
    below = np.searchsorted(ordered, attacks, "left")
    not_above = np.searchsorted(ordered, attacks, "right")
    return float((below + not_above).mean() / 2 / len(benign))


def rate(scores: Floats, threshold: float) -> float:
    """Share of rows at or above the threshold: recall on attacks, false alarms on benign rows."""
    return float((scores >= threshold).mean())


def threshold_at(benign: Floats, max_rate: float) -> float:
    """Lowest threshold that flags at most `max_rate` of the benign rows."""
    allowed = int(np.floor(max_rate * len(benign)))
    return float(np.nextafter(np.sort(benign)[::-1][allowed], np.inf))


def interval(figure: Callable[..., float], *samples: Floats) -> Figure:
    """The figure over samples redrawn with replacement, percentile method."""
    rng = np.random.default_rng(SEED)
    values = [
        figure(*(sample[rng.integers(0, len(sample), len(sample))] for sample in samples))
        for _ in range(DRAWS)
    ]
    low, high = np.percentile(values, [2.5, 97.5])
    return Figure(figure(*samples), float(low), float(high))


def calibration_error(
    probabilities: Floats, labels: Floats, weights: Floats, bins: int = 15
) -> float:
    """Expected calibration error of weighted rows (Guo et al. 2017, arXiv:1706.04599)."""
    index = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [abs(float(((probabilities - labels) * weights)[index == i].sum())) for i in range(bins)]
    return float(sum(gaps) / weights.sum())
