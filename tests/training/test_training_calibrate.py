"""Thresholds keep to the shares of false alarms that they are chosen for."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnxruntime")
pytest.importorskip("tokenizers")
pytest.importorskip("yaml")

from benchmarks.training.calibrate import thresholds
from benchmarks.training.devsets import DOCUMENTS, HARD_BENIGN, PAGES, ScoredSet, benign
from benchmarks.training.rows import Row
from sanitize.detectors.calibration import Curve
from sanitize.evaluation.figures import Floats
from sanitize.training.folder import LABELS

ROWS = 1000
CURVES = {label: Curve((-1.0, 1.0), (-1.0, 1.0)) for label in LABELS}


def harmless(name: str, mean: float) -> ScoredSet:
    """A set of harmless rows with logits around a mean."""
    row = Row("", 0, name, "benign", "en", "CC0-1.0", name)
    logits = np.random.default_rng(len(name)).normal(mean, 1.0, (ROWS, len(LABELS)))
    return ScoredSet(name, (row,) * ROWS, logits)


def flagged(sets: dict[str, ScoredSet], names: tuple[str, ...], level: float) -> float:
    """Share of their harmless rows at or above a probability."""
    found: Floats = np.array([CURVES["injection"](logit) for logit in benign(sets, names)])
    return float(np.mean(found >= level))


@pytest.mark.parametrize("loud", HARD_BENIGN)
def test_no_policy_flags_more_than_its_share(loud: str) -> None:
    """Whichever set has the false alarms."""
    sets = {name: harmless(name, 2.0 if name == loud else -3.0) for name in HARD_BENIGN}
    levels = {policy: each["injection"] for policy, each in thresholds(sets, CURVES).items()}
    assert flagged(sets, HARD_BENIGN, levels["default"]) <= 0.01
    assert flagged(sets, HARD_BENIGN, levels["strict"]) <= 0.025
    assert flagged(sets, DOCUMENTS, levels["documents"]) <= 0.01
    assert levels["strict"] < levels["default"] <= levels["chat"]


def test_quiet_sets_buy_no_false_alarms_on_pages() -> None:
    """One in a hundred of the pooled rows could be one in twenty of the pages."""
    sets = {name: harmless(name, 2.0 if name in PAGES else -3.0) for name in HARD_BENIGN}
    level = thresholds(sets, CURVES)["default"]["injection"]
    assert 0.005 < flagged(sets, PAGES, level) <= 0.01
