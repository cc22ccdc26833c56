"""Rows through a pipeline, and what that says of it, in all and for each group."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sanitize.evaluation.figures import Figure, Floats, auc, interval
from sanitize.evaluation.rows import Row
from sanitize.pipeline import Pipeline

#: Rows handed to the pipeline at once.
BATCH = 16

#: What rows are grouped by.
GROUPS = ("kind", "lang", "source")

#: Bins of the reliability plot, of equal width.
BINS = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """Rows and what a pipeline made of them.

    Attributes:
        rows: the rows.
        scores: probability of an injection, float64 [rows]; NaN where nothing was scored.
        blocked: 1 where the policy blocked, float64 [rows].
    """

    rows: Sequence[Row]
    scores: Floats
    blocked: Floats

    @property
    def labels(self) -> Floats:
        """1 for attacks, float64 [rows]."""
        return np.array([row.label for row in self.rows], np.float64)


def judge(pipe: Pipeline, rows: Sequence[Row], advance: Callable[[int], None]) -> Judged:
    """Every row's verdict; `advance` hears how many more are done."""
    scores, blocked = [], []
    for start in range(0, len(rows), BATCH):
        part = rows[start : start + BATCH]
        for verdict in pipe.batch(row.text for row in part):
            scores.append(np.nan if verdict.injection is None else verdict.injection)
            blocked.append(float(not verdict.allowed))
        advance(len(part))
    return Judged(rows, np.array(scores), np.array(blocked))


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of one group of rows, with 95 % intervals; None where they cannot be had.

    Attributes:
        name: `all`, or what the group has in common.
        attacks: rows labelled as attacks.
        benign: the others.
        area: of the ROC curve, over the scores.
        recall: share of attacks that were blocked.
        alarms: share of benign rows that were blocked.
    """

    name: str
    attacks: int
    benign: int
    area: Figure | None
    recall: Figure | None
    alarms: Figure | None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values."""
        figures = {"auc": self.area, "recall": self.recall, "false_alarms": self.alarms}
        return {
            "name": self.name,
            "attacks": self.attacks,
            "benign": self.benign,
            **{
                name: None if figure is None else [figure.value, figure.low, figure.high]
                for name, figure in figures.items()
            },
        }


def summaries(judged: Judged) -> Iterator[Summary]:
    """All rows together, then each group of each sort that has two groups or more.

    A group of attacks alone is compared with all benign rows, since it has none of its own.
    """
    everything = np.ones(len(judged.rows), bool)
    yield _summary("all", judged, everything)
    for sort in GROUPS:
        values = [getattr(row, sort) for row in judged.rows]
        names = sorted({value for value in values if value})
        for name in names if len(names) > 1 else ():
            yield _summary(f"{sort}: {name}", judged, np.array([v == name for v in values]))


def _summary(name: str, judged: Judged, mine: Any) -> Summary:
    attack, benign = mine & (judged.labels == 1), mine & (judged.labels == 0)
    scored = ~np.isnan(judged.scores)
    others = benign if benign.any() else judged.labels == 0
    high, low = judged.scores[attack & scored], judged.scores[others & scored]
    return Summary(
        name,
        int(attack.sum()),
        int(benign.sum()),
        interval(auc, high, low) if len(high) and len(low) else None,
        _share(judged.blocked[attack]),
        _share(judged.blocked[benign]),
    )


def _share(blocked: Floats) -> Figure | None:
    return interval(lambda sample: float(sample.mean()), blocked) if len(blocked) else None


def difference(one: Judged, other: Judged) -> Figure | None:
    """How much larger the first's area is on the same rows; redrawn in pairs."""
    labels = one.labels
    both = ~np.isnan(one.scores) & ~np.isnan(other.scores)
    attacks, benign = both & (labels == 1), both & (labels == 0)
    if not attacks.any() or not benign.any():
        return None
    pairs = [np.stack([one.scores[at], other.scores[at]], 1) for at in (attacks, benign)]

    def gain(attack: Floats, harmless: Floats) -> float:
        return auc(attack[:, 0], harmless[:, 0]) - auc(attack[:, 1], harmless[:, 1])

    return interval(gain, *pairs)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row on the wrong side, without its text unless asked for."""

    label: bool
    score: float
    facts: str
    digest: str
    characters: int
    text: str


def mistakes(judged: Judged, most: int, *, texts: bool) -> list[Mistake]:
    """Rows that were let in though they attack, or blocked though they do not; surest first."""
    wrong = np.flatnonzero(judged.blocked != judged.labels)
    sure = np.nan_to_num(np.abs(judged.scores[wrong] - judged.labels[wrong]), nan=1.0)
    chosen = wrong[np.argsort(-sure, kind="stable")][:most]
    return [_mistake(judged.rows[at], float(judged.scores[at]), texts) for at in chosen.tolist()]


def _mistake(row: Row, score: float, texts: bool) -> Mistake:
    digest = hashlib.sha256(row.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    facts = " · ".join(filter(None, (row.kind, row.lang, row.source)))
    return Mistake(row.label, score, facts, digest, len(row.text), row.text if texts else "")


def curve(judged: Judged) -> list[tuple[float, float]]:
    """The ROC curve: false alarms and recall at every score, from 0, 0 to 1, 1."""
    scored = ~np.isnan(judged.scores)
    scores, labels = judged.scores[scored], judged.labels[scored]
    order = np.argsort(-scores, kind="stable")
    last = np.append(np.diff(scores[order]) != 0, True)  # rows of one score move together
    hits, alarms = np.cumsum(labels[order])[last], np.cumsum(1 - labels[order])[last]
    total = max(labels.sum(), 1), max((1 - labels).sum(), 1)
    points = zip((alarms / total[1]).tolist(), (hits / total[0]).tolist(), strict=True)
    return [(0.0, 0.0), *points]


def reliability(judged: Judged) -> list[tuple[float, float, int]]:
    """For each bin that has rows: mean probability, share of attacks, and rows."""
    scored = ~np.isnan(judged.scores)
    scores, labels = judged.scores[scored], judged.labels[scored]
    at = np.minimum((scores * BINS).astype(int), BINS - 1)
    return [
        (float(scores[at == b].mean()), float(labels[at == b].mean()), int((at == b).sum()))
        for b in range(BINS)
        if (at == b).any()
    ]
