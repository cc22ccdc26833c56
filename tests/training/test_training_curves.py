from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")

from sanitize.evaluation.figures import (
    auc,
    calibration_error,
    interval,
    rate,
    threshold_at,
)
from sanitize.training.curves import chance_error, fit, honest_error


def test_auc_counts_pairs() -> None:
    """Three of four pairs are in order."""
    assert auc(np.array([3.0, 1.0]), np.array([0.0, 2.0])) == 0.75
    assert auc(np.array([1.0]), np.array([1.0])) == 0.5


@pytest.mark.parametrize("share", [0.0, 0.01, 0.05, 0.5])
def test_threshold_keeps_to_its_rate(share: float) -> None:
    """No more benign rows are flagged than allowed, and no fewer than could be."""
    benign = np.arange(200.0)
    flagged = rate(benign, threshold_at(benign, share))
    assert flagged == pytest.approx(share, abs=1 / 200)
    assert flagged <= share


def test_interval_holds_the_value() -> None:
    """A bootstrap interval surrounds its figure."""
    figure = interval(lambda sample: rate(sample, 0.5), np.array([0.0, 1.0] * 50))
    assert figure.low < figure.value == 0.5 < figure.high


def test_calibration_error_of_honest_and_boastful_scores() -> None:
    """Half right at 0.5 is honest; half right at 1.0 is off by half."""
    labels, weights = np.array([0.0, 1.0]), np.ones(2)
    assert calibration_error(np.array([0.5, 0.5]), labels, weights) == 0
    assert calibration_error(np.array([1.0, 1.0]), labels, weights) == 0.5


def boastful(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Logits four times as sure as they may be."""
    rng = np.random.default_rng(1)
    real = rng.normal(0, 1.5, rows)
    labels = (rng.random(rows) < 1 / (1 + np.exp(-real))).astype(float)
    return 4 * real, labels, np.ones(rows)


def test_a_curve_cools_overconfidence() -> None:
    """The fitted curve undoes the boast, and rises."""
    curve = fit(*boastful(4000))
    assert [curve(4 * x) for x in (-1.0, 0.0, 1.0)] == pytest.approx([0.269, 0.5, 0.731], abs=0.05)


def test_the_honest_error_is_small_where_scores_are_calibrated() -> None:
    """Judged on rows that no curve saw; the raw boast is far off."""
    logits, labels, weights = boastful(4000)
    raw = calibration_error(1 / (1 + np.exp(-logits)), labels, weights)
    assert honest_error(logits, labels, weights) < 0.03 < raw


def test_few_rows_err_by_chance() -> None:
    """The error that no calibration can take away: larger with fewer rows."""
    few, many = chance_error(*boastful(200)), chance_error(*boastful(4000))
    assert 0.0 < many < 0.03 < few < 0.12
