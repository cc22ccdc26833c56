"""From a model's raw output to a probability that means what it says."""

from __future__ import annotations

import math
from collections.abc import Iterable

#: Decimals kept of a probability: more would be noise of the arithmetic.
DECIMALS = 6


def probability(logit: float, temperature: float) -> float:
    """Temperature-scaled sigmoid, 0..1.

    Temperature scaling: Guo et al., "On Calibration of Modern Neural
    Networks", ICML 2017, section 4.2.

    Args:
        logit: a model's raw output; not a number counts as certain, so that a
            broken model cannot let anything through.
        temperature: greater than 0, fitted on held-out data.
    """
    if math.isnan(logit):
        return 1.0
    scaled = logit / temperature
    if scaled >= 0:
        return round(1.0 / (1.0 + math.exp(-scaled)), DECIMALS)
    grown = math.exp(max(scaled, -700.0))  # below, exp() is 0 in double precision anyway
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
