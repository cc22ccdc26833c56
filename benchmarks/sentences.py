"""Does it help to score every sentence for itself, beside the windows?

    python -m benchmarks.sentences --data DIR [--most 400]

For each dev set with attacks: AUC against the hard benign rows, and recall at 1 % of them flagged,
by the highest score of windows, of sentences, and of both; the threshold is each way's own.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from benchmarks.detection import table
from benchmarks.training.devsets import HARD_BENIGN
from benchmarks.training.rows import names, read
from sanitize.detectors.artifact import INJECTION
from sanitize.detectors.scoring import Model, score
from sanitize.detectors.sentences import sentences
from sanitize.detectors.transformer import EmbeddedDetector
from sanitize.evaluation.figures import Floats, auc, interval, rate, threshold_at

WAYS = ("windows", "sentences", "both")


def scores(model: Model, text: str) -> tuple[float, float, float]:
    """Highest probability of an injection in windows, in sentences, and in either."""
    parts = [text[start:end] for start, end in sentences(text)]
    whole, *each = (
        found.peaks[INJECTION].probability for found in score(model, [text, *parts], 1 << 20)
    )
    single = max(each, default=whole)
    return whole, single, max(whole, single)


def gather(data: Path, most: int) -> dict[tuple[str, int], Floats]:
    """Scores by set and label, float64 [rows, ways]; every so manieth row of each."""
    model, found = EmbeddedDetector().model(), {}
    for name in (*names(data, "dev"), "authored/mixed-b"):
        for label in (1, 0):
            rows = [row.text for row in read(data, name) if row.label == label]
            if rows:
                chosen = rows[:: -(-len(rows) // most)]
                found[name, label] = np.array([scores(model, text) for text in chosen])
    return found


def lines(found: Mapping[tuple[str, int], Floats]) -> list[list[str]]:
    """A line for each set with attacks."""
    hard = np.concatenate([found[f"dev/{name}", 0] for name in HARD_BENIGN])
    made = []
    for (name, label), mine in found.items():
        if label:
            cells = [name, str(len(mine))]
            for way in range(len(WAYS)):
                level = threshold_at(hard[:, way], 0.01)
                recall = interval(lambda sample, level=level: rate(sample, level), mine[:, way])
                cells.append(f"{auc(mine[:, way], hard[:, way]):.3f}, {recall}")
            made.append(cells)
    return made


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--most", type=int, default=400)
    options = parser.parse_args()
    found = gather(options.data, options.most)
    print(table(["set", "attacks", *(f"{way}: AUC, recall" for way in WAYS)], lines(found)))


if __name__ == "__main__":
    main()
