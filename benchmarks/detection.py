"""How well the shipped detector finds injections.

    python -m benchmarks.detection --data DIR [--weights DIR]

Prints Markdown tables with 95 % bootstrap intervals. Needs onnxruntime, tokenizers and numpy; no
torch.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from benchmarks.training.devsets import HARD_BENIGN, ScoredSet, balanced, benign, score
from benchmarks.training.figures import Floats, auc, calibration_error, interval, rate, threshold_at
from benchmarks.training.scorer import Scorer, sigmoid

WEIGHTS = Path(__file__).parents[1] / "sanitize/detectors/weights"
POLICIES = ("default", "strict", "chat", "documents")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    titles = list(head)
    lines = [
        "| " + " | ".join(map(str, cells)) + " |"
        for cells in [titles, ["---"] * len(titles), *rows]
    ]
    return "\n".join(lines) + "\n"


def attacks(sets: Mapping[str, ScoredSet], cuts: Mapping[str, float]) -> str:
    """AUC against the pooled benign rows, and recall per policy, by set and kind."""
    pooled = benign(sets)
    points = [threshold_at(pooled, 0.01), *cuts.values()]
    rows = []
    for group in (s for s in sets.values() if len(s.of(1))):
        for kind, scores in group.kinds(1).items():
            area = interval(auc, scores, pooled)
            rows.append([f"{group.name}: {kind}", len(scores), area, *_at(scores, points)])
    head = ["attacks", "rows", "AUC", "recall at 1 % pooled false alarms"]
    return table([*head, *(f"recall, {name}" for name in cuts)], rows)


def alarms(sets: Mapping[str, ScoredSet], cuts: Mapping[str, float]) -> str:
    """Share of benign rows flagged at each policy's threshold, per set."""
    groups = [(name, sets[name].of(0)) for name in HARD_BENIGN] + [("pooled", benign(sets))]
    rows = [[name, len(scores), *_at(scores, cuts.values())] for name, scores in groups]
    return table(["benign", "rows", *(f"flagged, {name}" for name in cuts)], rows)


def apart(sets: Mapping[str, ScoredSet], cuts: Mapping[str, float]) -> str:
    """Rows that are no injections but talk of them, or ask for harm: share flagged."""
    rows = [[name, len(s.logits), *_at(s.logits, cuts.values())] for name, s in sets.items()]
    return table(["reported apart", "rows", *(f"flagged, {name}" for name in cuts)], rows)


def reliability(sets: Mapping[str, ScoredSet], temperature: float) -> str:
    """Expected calibration error on balanced dev rows."""
    logits, labels, weights = balanced(sets)
    error = calibration_error(sigmoid(logits / temperature), labels, weights)
    return f"ECE on balanced dev rows: {error:.3f} (temperature {temperature})\n"


def _at(scores: Floats, cuts: Iterable[float]) -> list[str]:
    return [str(interval(lambda sample, cut=cut: rate(sample, cut), scores)) for cut in cuts]


def report(data: Path, weights: Path, cache: Path | None, threads: int) -> str:
    """All tables."""
    scorer = Scorer(weights, threads=threads)
    heat = float(scorer.config["temperature"])
    chosen: dict[str, float] = scorer.config["thresholds"]
    cuts = {name: heat * float(np.log(chosen[name] / (1 - chosen[name]))) for name in POLICIES}
    sets = score(scorer, data, "dev", cache)
    others = {**score(scorer, data, "ambiguous", cache), **score(scorer, data, "harmful", cache)}
    parts = [attacks(sets, cuts), alarms(sets, cuts), apart(others, cuts), reliability(sets, heat)]
    return "\n".join([f"Thresholds: {chosen}\n", *parts])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with dev/, ambiguous/, harmful/"
    )
    parser.add_argument(
        "--weights", type=Path, default=WEIGHTS, help="weights folder; the shipped one if not given"
    )
    parser.add_argument("--cache", type=Path, help="folder that keeps the logits of these weights")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    print(report(options.data, options.weights, options.cache, options.threads))


if __name__ == "__main__":
    main()
