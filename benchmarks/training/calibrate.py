"""Set temperature and thresholds from the dev rows.

    python -m benchmarks.training.calibrate --data DIR --weights FOLDER

Probability is sigmoid(logit / temperature). Thresholds are chosen for false alarms on hard benign
dev rows, so figures measured on the same rows flatter them: false alarms are as chosen, recall is
not.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.training.devsets import CHAT, DOCUMENTS, ScoredSet, balanced, benign, score
from benchmarks.training.figures import Floats, calibration_error, threshold_at
from benchmarks.training.folder import manifest, recipe_digest, write_json
from benchmarks.training.scorer import Scorer, sigmoid

#: Share of hard benign rows that each policy may flag, and the sets it is counted on.
DEFAULT_RATE, STRICT_RATE, CHAT_RATE, DOCUMENTS_RATE = 0.01, 0.025, 0.01, 0.01
#: Temperatures tried, in even steps of the logarithm.
TEMPERATURES = np.geomspace(0.25, 6, 200)


def temperature(logits: Floats, labels: Floats, weights: Floats) -> float:
    """The temperature of least weighted log loss (Guo et al. 2017, arXiv:1706.04599)."""
    signed = np.where(labels > 0, logits, -logits)
    losses = [float((np.logaddexp(0, -signed / t) * weights).sum()) for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def thresholds(sets: Mapping[str, ScoredSet], heat: float) -> dict[str, float]:
    """Probability thresholds per policy."""
    everything = benign(sets)
    default = threshold_at(everything, DEFAULT_RATE)
    chosen = {
        "default": default,
        "strict": threshold_at(everything, STRICT_RATE),
        "chat": threshold_at(benign(sets, CHAT), CHAT_RATE),
        "documents": threshold_at(benign(sets, DOCUMENTS), DOCUMENTS_RATE),
        "observe": default,
    }
    return {
        name: round(float(sigmoid(np.array(logit / heat))), 6) for name, logit in chosen.items()
    }


def calibrate(data: Path, folder: Path, cache: Path | None = None) -> None:
    """Write temperature and thresholds into `config.json`, and bring `manifest.json` up to date."""
    sets = score(Scorer(folder), data, "dev", cache)
    logits, labels, weights = balanced(sets)
    heat = round(temperature(logits, labels, weights), 4)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config.update(temperature=heat, thresholds=thresholds(sets, heat))
    write_json(folder / "config.json", config)
    known = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    origin = {**known["provenance"], "recipe": recipe_digest()}
    write_json(folder / "manifest.json", manifest(folder, origin))
    for name, t in (("before", 1.0), ("after", heat)):
        error = calibration_error(sigmoid(logits / t), labels, weights)
        print(f"ECE {name}: {error:.3f} (temperature {t})")
    print(json.dumps(config["thresholds"]))


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--cache", type=Path, help="folder that keeps the logits of these weights")
    options = parser.parse_args()
    calibrate(options.data, options.weights, options.cache)


if __name__ == "__main__":
    main()
