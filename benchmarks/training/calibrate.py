"""Set calibration curves and thresholds from the dev rows.

    python -m benchmarks.training.calibrate --data DIR --weights FOLDER

Thresholds are chosen for false alarms on hard benign dev rows, so figures measured on the same rows
flatter them: false alarms are as chosen, recall is not. Kinds are calibrated on the dev rows whose
kind is known and on the batch of the corpus that was held out. What the policy for chat must let
through stands in `tests/text/honest`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import sanitize
from benchmarks.training.devsets import (
    CHAT,
    DOCUMENTS,
    HARD_BENIGN,
    PAGES,
    ScoredSet,
    balanced,
    benign,
    held_out,
    score,
)
from benchmarks.training.digest import recipe_digest
from benchmarks.training.kinds import targets
from benchmarks.training.scorer import Scorer
from sanitize.detectors.calibration import Curve
from sanitize.evaluation.figures import Floats, rate, threshold_at
from sanitize.training.curves import chance_error, fit, honest_error
from sanitize.training.folder import LABELS, manifest, write_json
from tests.text.honest import cases

#: Share of hard benign rows that each policy may flag, and the sets it is counted on.
DEFAULT_RATE, STRICT_RATE, CHAT_RATE, DOCUMENTS_RATE = 0.01, 0.025, 0.01, 0.01

#: What `documents` may flag for the kind `planted` alone, of its share.
PLANTED_RATE = 0.005


def curves(sets: Mapping[str, ScoredSet], batch: ScoredSet) -> dict[str, Curve]:
    """A curve for each label."""
    found = {"injection": fit(*balanced(sets))}
    everything = [*sets.values(), batch]
    for index, label in enumerate(LABELS[1:], 1):
        logits = np.concatenate([scored.every[:, index] for scored in everything])
        wanted = np.array([targets(row)[index] for scored in everything for row in scored.rows])
        known = ~np.isnan(wanted)
        found[label] = fit(logits[known], wanted[known], _even(wanted[known]))
    return found


def _even(labels: Floats) -> Floats:
    """Weights that make both labels count the same."""
    return np.where(labels > 0, 0.5 / (labels > 0).sum(), 0.5 / (labels == 0).sum())


def thresholds(
    sets: Mapping[str, ScoredSet], found: Mapping[str, Curve]
) -> dict[str, dict[str, float]]:
    """Probability thresholds per policy and label."""
    everything = benign(sets, HARD_BENIGN)
    levels = {
        "default": threshold_at(everything, DEFAULT_RATE),
        "strict": threshold_at(everything, STRICT_RATE),
        "chat": threshold_at(benign(sets, CHAT), CHAT_RATE),
    }
    # Sets without any false alarm must not buy more of them on pages.
    levels["default"] = max(levels["default"], threshold_at(benign(sets, PAGES), DEFAULT_RATE))
    levels["chat"] = max(levels["chat"], levels["default"])
    levels["observe"] = levels["default"]
    tables = {
        policy: {"injection": _probability(found, "injection", logit)}
        for policy, logit in levels.items()
    }
    return {**tables, "documents": _documents(sets, found)}


def _documents(sets: Mapping[str, ScoredSet], found: Mapping[str, Curve]) -> dict[str, float]:
    """Both labels together flag no more than the policy's share."""
    at = LABELS.index("planted")
    every = np.concatenate([sets[name].every[sets[name].labels == 0] for name in DOCUMENTS])
    planted = threshold_at(every[:, at], PLANTED_RATE)
    taken = rate(every[:, at], planted)
    rest = every[every[:, at] < planted][:, 0]
    injection = threshold_at(rest, (DOCUMENTS_RATE - taken) * len(every) / len(rest))
    return {
        "injection": _probability(found, "injection", injection),
        "planted": _probability(found, "planted", planted),
    }


def _probability(found: Mapping[str, Curve], label: str, logit: float) -> float:
    """Just above what the row below the threshold gets, once rounded."""
    return round(min(found[label](logit) + 1e-6, 0.999999), 6)


def calibrate(data: Path, folder: Path, cache: Path | None = None) -> None:
    """Write curves and thresholds into `config.json`, and bring `manifest.json` up to date."""
    scorer = Scorer(folder)
    sets = score(scorer, data, "dev", cache)
    found = curves(sets, held_out(scorer, data, cache))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config["calibration"] = {
        label: {"logit": list(curve.logit), "calibrated": list(curve.calibrated)}
        for label, curve in found.items()
    }
    config["thresholds"] = thresholds(sets, found)
    _save(folder, config)
    chat = config["thresholds"]["chat"]
    chat["injection"] = max(chat["injection"], _honest(folder))
    _save(folder, config)
    rows = balanced(sets)
    print(f"ECE on rows the curve did not see: {honest_error(*rows):.3f}; ", end="")
    print(f"by chance, were every probability true: {chance_error(*rows):.3f}")
    print(json.dumps(config["thresholds"]))


def _honest(folder: Path) -> float:
    """Just above what any honest text gets from the policy for chat, decoded readings included."""
    pipe = sanitize.pipeline("chat", detector=folder)
    return round(max(pipe(text).injection or 0.0 for _, text in cases()) + 1e-6, 6)


def _save(folder: Path, config: Mapping[str, object]) -> None:
    write_json(folder / "config.json", dict(config))
    known = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    behind = {**known["provenance"], "recipe": recipe_digest()}
    write_json(folder / "manifest.json", manifest(folder, behind))


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
