"""Probabilities are what the formula says, and a broken model is never a pass."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitize import PolicyError
from sanitize.calibrate import choose
from sanitize.detectors.calibration import Curve, sigmoid, softmax_share
from tests.policies import small


@pytest.mark.parametrize(
    ("logit", "expected"),
    [(0.0, 0.5), (2.0, 0.731059), (-2.0, 0.268941), (1e9, 1.0), (-1e9, 0.0), (math.inf, 1.0)],
)
def test_two_knots_are_a_temperature(logit: float, expected: float) -> None:
    """Halved logits through a sigmoid; large ones do not overflow."""
    assert Curve((-1.0, 1.0), (-0.5, 0.5))(logit) == pytest.approx(expected, abs=1e-6)


def test_more_knots_bend() -> None:
    """Between knots straight, and beyond them on with the last slope."""
    curve = Curve((-1.0, 0.0, 1.0), (-4.0, 0.0, 1.0))
    assert [curve(x) for x in (-0.5, 0.5, 3.0)] == [sigmoid(-2.0), sigmoid(0.5), sigmoid(3.0)]
    assert curve(-2.0) == sigmoid(-8.0)


def test_not_a_number_counts_as_an_attack() -> None:
    assert Curve((0.0, 1.0), (0.0, 1.0))(math.nan) == 1.0


@given(st.lists(st.floats(-20, 20), min_size=2, max_size=2, unique=True))
def test_no_two_texts_change_places(logits: list[float]) -> None:
    """The higher logit never gets the lower probability."""
    low, high = sorted(logits)
    curve = Curve((-2.0, 0.0, 1.0), (-1.0, 0.5, 3.0))
    assert curve(low) <= curve(high)


@pytest.mark.parametrize(
    ("logit", "calibrated"),
    [((0.0,), (0.0,)), ((0.0, 0.0), (0.0, 1.0)), ((0.0, 1.0), (1.0, 1.0)), ((0.0, 1.0), (1.0,))],
)
def test_knots_must_rise(logit: tuple[float, ...], calibrated: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="knots"):
        Curve(logit, calibrated)


def test_softmax_share() -> None:
    """The share of the wanted labels; not a number counts as an attack."""
    assert softmax_share([0.0, 0.0], [1]) == 0.5
    assert softmax_share([1000.0, 0.0], [0]) == 1.0
    assert softmax_share([0.0, math.nan], [0]) == 1.0


@pytest.mark.parametrize(
    ("scores", "max_fpr", "alarms"),
    [
        ([n / 100 for n in range(100)], 0.05, 5),
        ([n / 100 for n in range(100)], 0.0, 0),
        ([0.5] * 100, 0.05, 0),  # a tie would overshoot, so none of them
        ([0.1] * 99 + [0.9], 0.01, 1),
    ],
)
def test_the_threshold_keeps_what_was_asked(
    scores: list[float], max_fpr: float, alarms: int
) -> None:
    """At most the share that was asked for, ties included."""
    threshold = choose(scores, max_fpr)
    assert sum(score >= threshold for score in scores) == alarms


def test_calibrate_needs_a_threshold_and_enough_rows() -> None:
    """A detector without a threshold, or a handful of rows, is a clear error."""
    with pytest.raises(PolicyError, match="no detector with a threshold"):
        small().calibrate(["x"] * 100)


def test_rates_are_checked() -> None:
    """A rate outside 0..1 is a mistake."""
    with pytest.raises(PolicyError, match="max_fpr"):
        small().calibrate([], max_fpr=1.5)
