"""How well the shipped detector finds injections.

    python -m benchmarks.detection --data DIR [--weights DIR]

Prints Markdown tables with 95 % bootstrap intervals. Needs onnxruntime, tokenizers and numpy; no
torch.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.training.devsets import (
    HARD_BENIGN,
    ScoredSet,
    balanced,
    benign,
    held_out,
    score,
    scored,
)
from benchmarks.training.scorer import Scorer
from sanitize.evaluation.figures import Floats, auc, interval, rate, threshold_at
from sanitize.training.curves import chance_error, honest_error

WEIGHTS = Path(__file__).parents[1] / "sanitize/detectors/weights"
POLICIES = ("default", "strict", "chat", "documents")

#: Batches by other hands that no weights are trained on, and no threshold or curve is set by. Their
#: figures are printed for candidates too, so each choice of weights makes them a little less fresh.
FRESH = ("authored/held-d", "authored/held-i")


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    titles = list(head)
    lines = [
        "| " + " | ".join(map(str, cells)) + " |"
        for cells in [titles, ["---"] * len(titles), *rows]
    ]
    return "\n".join(lines) + "\n"


#: A set whose scores are yes or no, for each policy.
Flags = Mapping[str, Floats]


def flags(scorer: Scorer, group: ScoredSet, tables: Mapping[str, Mapping[str, float]]) -> Flags:
    """1 for each row that a policy flags: any of its labels reaches its threshold."""
    found = {}
    for policy in POLICIES:
        reached = np.zeros(len(group.rows), bool)
        for label, level in tables[policy].items():
            column = group.every[:, scorer.labels.index(label)]
            reached |= scorer.probabilities(column, label) >= level
        found[policy] = reached.astype(np.float64)
    return found


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that the tables are made of.

    Attributes:
        sets: dev sets, and what is reported apart, by name.
        flagged: for each of them the policies' decisions.
    """

    sets: Mapping[str, ScoredSet]
    flagged: Mapping[str, Flags]

    def attacks(self, dev: Mapping[str, ScoredSet]) -> str:
        """AUC against the pooled benign rows, and recall per policy, by set and kind."""
        pooled = benign(dev)
        level = threshold_at(pooled, 0.01)
        rows = []
        for name, group in dev.items():
            for kind in sorted({row.kind for row in group.rows if row.label}):
                chosen = np.array([row.label == 1 and row.kind == kind for row in group.rows])
                scores = group.logits[chosen]
                recall = interval(lambda sample: rate(sample, level), scores)
                area = interval(auc, scores, pooled)
                rows.append([f"{name}: {kind}", len(scores), area, recall, *self._at(name, chosen)])
        return table(
            ["attacks", "rows", "AUC", "recall at 1 % pooled false alarms", *POLICIES], rows
        )

    def shares(self, title: str, names: Iterable[str], label: int | None = None) -> str:
        """Share of rows that each policy flags, per set."""
        rows = []
        for name in names:
            group = self.sets[name]
            chosen = np.array([label is None or row.label == label for row in group.rows])
            rows.append([name, int(chosen.sum()), *self._at(name, chosen)])
        return table([title, "rows", *(f"flagged, {policy}" for policy in POLICIES)], rows)

    def batch(self, group: ScoredSet) -> str:
        """The corpus batch that was held out: attacks against the twins written for them."""
        rows = []
        for title, english in (("plain English", True), ("other languages", False)):
            mine = np.array([(row.lang == "en") is english for row in group.rows])
            attack, twin = mine & (group.labels == 1), mine & (group.labels == 0)
            area = interval(auc, group.logits[attack], group.logits[twin])
            caught, alarms = self._at(group.name, attack), self._at(group.name, twin)
            pairs = [f"{a} / {b}" for a, b in zip(caught, alarms, strict=True)]
            rows.append([f"{group.name}, {title}", int(attack.sum()), area, *pairs])
        heads = [f"recall / false alarms, {policy}" for policy in POLICIES]
        return table(["held out", "attacks", "AUC against twins", *heads], rows)

    def _at(self, name: str, chosen: Any) -> list[str]:
        return [str(interval(np.mean, self.flagged[name][policy][chosen])) for policy in POLICIES]


def report(data: Path, weights: Path, cache: Path | None, threads: int) -> str:
    """All tables."""
    scorer = Scorer(weights, threads=threads)
    tables: dict[str, dict[str, float]] = scorer.config["thresholds"]
    dev, batch = score(scorer, data, "dev", cache), held_out(scorer, data, cache)
    fresh = [scored(scorer, data, name, cache) for name in FRESH]
    others = {**score(scorer, data, "ambiguous", cache), **score(scorer, data, "harmful", cache)}
    sets = {**dev, **others, **{group.name: group for group in (batch, *fresh)}}
    made = Report(sets, {name: flags(scorer, group, tables) for name, group in sets.items()})
    error, chance = honest_error(*balanced(dev)), chance_error(*balanced(dev))
    parts = [
        f"Thresholds: {tables}\n",
        made.attacks(dev),
        made.shares("benign", HARD_BENIGN, 0),
        *map(made.batch, (batch, *fresh)),
        made.shares("reported apart", others),
        f"ECE on rows the curve did not see: {error:.3f}; by chance alone: {chance:.3f}\n",
    ]
    return "\n".join(parts)


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
