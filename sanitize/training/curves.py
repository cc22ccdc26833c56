"""Fitting calibration curves: few knots, rising, least weighted log loss."""

from __future__ import annotations

import numpy as np

from sanitize.detectors.calibration import Curve
from sanitize.evaluation.figures import Floats, calibration_error

#: Knots lie at these shares of the weight; few, so that a few hundred rows are not learnt by heart.
SHARES = (0.02, 0.2, 0.4, 0.6, 0.8, 0.98)

#: Steps of Adam (Kingma and Ba 2015) on the knots' values; the loss is convex in them.
STEPS, RATE = 1500, 0.02

#: Smallest slope between knots, as a share of the logits' own.
LEAST = 0.02

#: Parts for the honest figure: each is judged by the curve of the others; and ways to divide.
FOLDS, SPLITS = 5, 5


#: Draws for the error by chance.
CHANCES = 200


def fit(logits: Floats, labels: Floats, weights: Floats) -> Curve:
    """The rising curve of least weighted log loss.

    Args:
        logits: raw outputs [rows].
        labels: 0 or 1 [rows].
        weights: how much each row counts [rows].
    """
    knots = _knots(logits, weights)
    share = _shares(logits, knots)
    values = knots / np.std(logits).clip(1e-3)
    weights = weights / weights.sum()
    first, second = np.zeros_like(values), np.zeros_like(values)
    for step in range(1, STEPS + 1):
        found = 0.5 * (1 + np.tanh(0.5 * (share @ values)))
        slope = share.T @ ((found - labels) * weights)
        first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope**2
        change = first / (1 - 0.9**step) / (np.sqrt(second / (1 - 0.999**step)) + 1e-9)
        values = _rising(values - RATE * change, knots)
    return Curve(tuple(np.round(knots, 4).tolist()), tuple(np.round(values, 4).tolist()))


def _knots(logits: Floats, weights: Floats) -> Floats:
    order = np.argsort(logits)
    reached = np.cumsum(weights[order]) / weights.sum()
    at = np.interp(SHARES, reached, logits[order])
    rising: Floats = np.maximum.accumulate(at) + np.arange(len(at)) * 1e-2
    return rising


def _shares(logits: Floats, knots: Floats) -> Floats:
    """What each knot contributes to each row: linear between, and on beyond the ends."""
    at = np.clip(np.searchsorted(knots, logits, "right"), 1, len(knots) - 1)
    part = (logits - knots[at - 1]) / (knots[at] - knots[at - 1])
    share = np.zeros((len(logits), len(knots)))
    rows = np.arange(len(logits))
    share[rows, at - 1], share[rows, at] = 1 - part, part
    return share


def _rising(values: Floats, knots: Floats) -> Floats:
    least = LEAST * np.diff(knots)
    for index, gap in enumerate(least):
        values[index + 1] = max(values[index + 1], values[index] + gap)
    return values


def honest_error(logits: Floats, labels: Floats, weights: Floats) -> float:
    """Calibration error of rows that the curve was not fitted on, over all folds.

    The mean over several ways to divide the rows: one alone is off by a hundredth.
    """
    errors = [
        calibration_error(_unseen(logits, labels, weights, split), labels, weights)
        for split in range(SPLITS)
    ]
    return float(np.mean(errors))


def chance_error(logits: Floats, labels: Floats, weights: Floats) -> float:
    """The calibration error that rows like these show by chance where every probability is true."""
    curve, draw = fit(logits, labels, weights), np.random.default_rng(0)
    true = np.array([curve(logit) for logit in logits.tolist()])
    draws = ((draw.random(len(true)) < true).astype(float) for _ in range(CHANCES))
    return float(np.mean([calibration_error(true, drawn, weights) for drawn in draws]))


def _unseen(logits: Floats, labels: Floats, weights: Floats, split: int) -> Floats:
    """Each row's probability by a curve of the other parts' rows."""
    fold = np.random.default_rng(split).permutation(len(logits)) % FOLDS
    found = np.zeros(len(logits))
    for part in range(FOLDS):
        mine, others = fold == part, fold != part
        curve = fit(logits[others], labels[others], weights[others])
        found[mine] = [curve(logit) for logit in logits[mine].tolist()]
    return found
