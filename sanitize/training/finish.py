"""The end of a training: calibration, thresholds, configuration and manifest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sanitize.detectors import artifact
from sanitize.detectors.artifact import INJECTION
from sanitize.detectors.scoring import score
from sanitize.detectors.transformer import EmbeddedModel
from sanitize.evaluation.figures import Floats, auc, rate, threshold_at
from sanitize.evaluation.rows import Row
from sanitize.training.curves import fit
from sanitize.training.folder import manifest, write_json

#: Attacks and harmless rows, of each, from which on a curve is fitted anew.
FEWEST = 50
#: Share of the harmless rows that may be flagged.
FALSE_ALARMS = 0.01
#: Files that are not the base's.
OWN = ("model.onnx", "config.json")
#: Windows read of one text, as the detector's own limit.
MOST_WINDOWS = 8192


@dataclass(frozen=True, slots=True)
class Figures:
    """How well a folder tells rows apart.

    Attributes:
        auc: area under the ROC curve.
        recall: share of the attacks at or above the default threshold.
        false_alarms: the same of the harmless rows.
    """

    auc: float
    recall: float
    false_alarms: float


def finish(
    out: Path, base: artifact.Artifact, held_out: Sequence[Row], behind: Mapping[str, Any]
) -> None:
    """Complete a folder that holds `model.onnx`.

    Curve and thresholds of `injection` are fitted on rows that were not trained on, if there are
    enough; those of the kinds stay as they are.
    """
    for name in base.manifest:  # the tokenizer, and the notice of whose work this is made from
        if name not in OWN:
            (out / name).write_bytes(base.read(name))
    config = json.loads(json.dumps(dict(base.config)))
    config["name"] = f"{config['name']}, tuned"
    labels = np.array([float(row.label) for row in held_out])
    if min((labels == 1).sum(), (labels == 0).sum()) >= FEWEST:
        raw = probabilities(_uncalibrated(out, config), held_out).clip(1e-6, 1 - 1e-6)
        logits = np.log(raw / (1 - raw))
        weights = np.where(labels > 0, 0.5 / labels.sum(), 0.5 / (1 - labels).sum())
        curve = fit(logits, labels, weights)
        config["calibration"][INJECTION] = {
            "logit": list(curve.logit),
            "calibrated": list(curve.calibrated),
        }
        level = threshold_at(logits[labels == 0], FALSE_ALARMS)
        threshold = round(min(curve(level) + 1e-6, 0.999999), 6)
        for table in config["thresholds"].values():
            table[INJECTION] = threshold
    _write(out, config, behind)


def figures(folder: Path, rows: Sequence[Row]) -> Figures:
    """Figures over rows, by the folder's own default threshold."""
    weights, labels = artifact.load(folder), np.array([row.label for row in rows])
    found = probabilities(EmbeddedModel(weights, threads=1), rows)
    level = weights.thresholds("default")[INJECTION]
    attacks, benign = found[labels], found[~labels]
    return Figures(auc(attacks, benign), rate(attacks, level), rate(benign, level))


def probabilities(model: EmbeddedModel, rows: Sequence[Row]) -> Floats:
    """Probability of `injection` for each row, float64 [rows]."""
    scores = (score(model, [row.text], MOST_WINDOWS)[0] for row in rows)
    return np.array([each.peaks[INJECTION].probability for each in scores])


def _uncalibrated(out: Path, config: Mapping[str, Any]) -> EmbeddedModel:
    """The new model, giving the sigmoid of its own logits."""
    flat = {"logit": [-1.0, 1.0], "calibrated": [-1.0, 1.0]}
    raw = {**config, "calibration": {**config["calibration"], INJECTION: flat}}
    weights = artifact.Artifact(out, manifest(out, {})["files"], raw, fingerprint="")
    return EmbeddedModel(weights, threads=1)


def _write(out: Path, config: Mapping[str, Any], behind: Mapping[str, Any]) -> None:
    write_json(out / "config.json", dict(config))
    write_json(out / "manifest.json", manifest(out, {"tuned": dict(behind)}))
