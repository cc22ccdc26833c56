"""From a model's raw output to a probability that means what it says."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

#: Decimals kept of a probability: more would be noise of the arithmetic.
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Curve:
    """From a model's raw output to a probability, fitted on held-out data.

    A piecewise linear map to calibrated logits, continued in a straight line at both ends, and
    then a sigmoid. Two knots are Platt's scaling (Platt 1999); more can follow a bend. It rises
    everywhere, so that no two texts change places.

    Attributes:
        logit: knots, rising.
        calibrated: calibrated logits there, rising.

    Raises:
        ValueError: fewer than two knots, or they do not rise.
    """

    logit: tuple[float, ...]
    calibrated: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.logit) < 2 or len(self.logit) != len(self.calibrated):
            raise ValueError("calibration: expected two knots or more, as many on both sides")
        for knots in (self.logit, self.calibrated):
            if not all(low < high for low, high in pairwise(knots)):
                raise ValueError("calibration: expected knots that rise")

    def __call__(self, logit: float) -> float:
        """The probability, 0..1.

        Not a number counts as certain, so that a broken model cannot let anything through.
        """
        if math.isnan(logit):
            return 1.0
        at = min(max(bisect_right(self.logit, logit), 1), len(self.logit) - 1)
        low, high = self.logit[at - 1], self.logit[at]
        start, end = self.calibrated[at - 1], self.calibrated[at]
        return sigmoid(start + (logit - low) * (end - start) / (high - low))


def sigmoid(logit: float) -> float:
    """1 / (1 + e^-x), without overflow; 0..1."""
    if logit >= 0:
        return round(1.0 / (1.0 + math.exp(-logit)), DECIMALS)
    grown = math.exp(max(logit, -700.0))  # below, exp() is 0 in double precision anyway
    return round(grown / (1.0 + grown), DECIMALS)


def softmax_share(logits: Iterable[float], wanted: Iterable[int]) -> float:
    """The share of the softmax that falls on the `wanted` labels, 0..1."""
    values = list(logits)
    if any(math.isnan(value) for value in values):
        return 1.0
    top = max(values)
    powers = [math.exp(value - top) for value in values]
    share = math.fsum(powers[index] for index in wanted) / math.fsum(powers)
    return round(min(1.0, share), DECIMALS)
