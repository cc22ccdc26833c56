"""The evaluation sets (dev, ambiguous, harmful) with their scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.training.rows import Row, names, read
from benchmarks.training.scorer import Scorer
from sanitize.evaluation.figures import Floats

#: Benign dev text that looks or reads like trouble; false alarms are counted on it.
HARD_BENIGN = ("piguard_valid_dev", "deepset_test", "xstest", "benign_ood_a", "injecagent")
#: What people type into a chat, and what a document reader meets, among the hard benign rows.
CHAT = ("xstest", "deepset_test", "piguard_valid_dev")
DOCUMENTS = ("benign_ood_a", "injecagent")
#: Web pages, mails, security notes and tool output, longer than the rest.
PAGES = ("benign_ood_a",)
#: A batch of the corpus that no recipe trains on.
HELD_OUT = "authored/mixed-b"


@dataclass(frozen=True, slots=True)
class ScoredSet:
    """Rows of one set with their logits for injection, float64 [rows], and for all labels."""

    name: str
    rows: tuple[Row, ...]
    every: Floats

    @property
    def logits(self) -> Floats:
        """For injection, the first label."""
        first: Floats = self.every[:, 0]
        return first

    @property
    def labels(self) -> Floats:
        """0 or 1 for each row."""
        return np.array([row.label for row in self.rows], np.float64)

    def of(self, label: int) -> Floats:
        """Logits of the rows with this label."""
        return self._chosen([row.label == label for row in self.rows])

    def kinds(self, label: int) -> Mapping[str, Floats]:
        """Logits of the rows with this label, by kind."""
        kinds = sorted({row.kind for row in self.rows if row.label == label})
        found = {}
        for kind in kinds:
            found[kind] = self._chosen([r.kind == kind and r.label == label for r in self.rows])
        return found

    def _chosen(self, keep: list[bool]) -> Floats:
        chosen: Floats = self.logits[np.array(keep, bool)]
        return chosen


def score(
    scorer: Scorer, data: Path, folder: str, cache: Path | None = None
) -> dict[str, ScoredSet]:
    """Score every file of a folder of the data; `cache` is a folder that keeps the logits."""
    sets = (scored(scorer, data, name, cache) for name in names(data, folder))
    return {each.name: each for each in sets}


def held_out(scorer: Scorer, data: Path, cache: Path | None = None) -> ScoredSet:
    """The batch of the corpus that the mix leaves out."""
    return scored(scorer, data, HELD_OUT, cache)


def scored(scorer: Scorer, data: Path, name: str, cache: Path | None = None) -> ScoredSet:
    """One file of the data, or one batch of the corpus, with its logits."""
    rows, short = tuple(read(data, name)), name.split("/")[1]
    kept = cache / f"{short}.npy" if cache else None
    if kept and kept.exists():
        return ScoredSet(short, rows, np.load(kept))
    logits = scorer.logits([row.text for row in rows])
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        np.save(kept, logits)
    return ScoredSet(short, rows, logits)


def benign(sets: Mapping[str, ScoredSet], names_: tuple[str, ...] = HARD_BENIGN) -> Floats:
    """Pooled logits of benign rows."""
    return np.concatenate([sets[name].of(0) for name in names_])


def balanced(sets: Mapping[str, ScoredSet]) -> tuple[Floats, Floats, Floats]:
    """Logits, labels and weights of all dev rows.

    Both labels weigh the same, and so does each set within a label.
    """
    logits, labels, weights = [], [], []
    for label in (0, 1):
        groups = [scored.of(label) for scored in sets.values() if len(scored.of(label))]
        for group in groups:
            logits.append(group)
            labels.append(np.full(len(group), float(label)))
            weights.append(np.full(len(group), 1 / len(group) / len(groups)))
    return np.concatenate(logits), np.concatenate(labels), np.concatenate(weights)
