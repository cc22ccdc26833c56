"""Compare ways to quantise a run: speed, agreement with float32, dependence on the batch.

python -m benchmarks.training.quantisation --run RUN --backbone FOLDER --data DIR --weights FOLDER
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx

from benchmarks.detection import table
from benchmarks.training.devsets import HARD_BENIGN
from benchmarks.training.export import trained
from benchmarks.training.linear import NBits, TensorInt8, floating
from benchmarks.training.rows import Row, names, read
from benchmarks.training.scorer import Scorer, sigmoid
from sanitize.evaluation.figures import Floats, auc, rate, threshold_at
from sanitize.training.encoder import write
from sanitize.training.linear import Linear, RowInt8

FORMS: dict[str, Linear] = {
    "float32": floating,
    "int8, scale per tensor (dynamic)": TensorInt8(),
    "int8, scale per token": RowInt8(),
    "int8, scale per token, 7-bit weights": RowInt8(levels=63),
    "8-bit blocks, int8 arithmetic": NBits(8),
    "4-bit blocks, int8 arithmetic": NBits(4),
}
#: Batch and tokens whose speed is taken, and how often.
SHAPES = ((1, 64, 60), (1, 256, 20), (8, 64, 10))
#: Rows of one dev set at most, so that the comparison takes minutes.
ROWS = 120


def milliseconds(scorer: Scorer, batch: int, tokens: int, times: int) -> float:
    """Median time of one window, in milliseconds."""
    windows = np.random.default_rng(0).integers(1000, 20000, (batch, tokens)).tolist()
    taken = []
    for _ in range(times + 3):
        start = time.perf_counter()
        scorer.run(windows)
        taken.append(time.perf_counter() - start)
    return float(np.median(taken[3:])) * 1000 / batch


def sample(data: Path) -> list[Row]:
    """The first rows of each dev set."""
    return [row for name in names(data, "dev") for row in read(data, name)[:: _stride(data, name)]]


def _stride(data: Path, name: str) -> int:
    return max(1, len(read(data, name)) // ROWS)


def drift(scorer: Scorer, rows: Sequence[Row]) -> float:
    """Greatest change of probability when a window runs in a padded batch of 16, not alone."""
    windows = [next(scorer.windows(row.text)) for row in rows]
    groups = [windows[i : i + 16] for i in range(0, len(windows), 16)]
    together = np.concatenate([scorer.run(group)[:, 0] for group in groups])
    alone = np.array([scorer.run([window])[0, 0] for window in windows])
    return float(np.abs(sigmoid(together) - sigmoid(alone)).max())


def quality(logits: Floats, rows: Sequence[Row]) -> tuple[float, float]:
    """AUC and recall at 1 % false alarms on the sample."""
    labels = np.array([row.label for row in rows])
    hard = np.array([row.file.split("/")[1] in HARD_BENIGN for row in rows]) & (labels == 0)
    attacks, benign = logits[labels == 1], logits[hard]
    return auc(attacks, benign), rate(attacks, threshold_at(benign, 0.01))


def compare(run: Path, backbone: Path, data: Path, folder: Path) -> str:
    """A Markdown table, one line per form."""
    weights, rows, lines = trained(run, backbone), sample(data), []
    exact: Floats | None = None
    for name, linear in FORMS.items():
        with tempfile.TemporaryDirectory() as place:
            model = Path(place) / "model.onnx"
            onnx.save(write(weights, linear), str(model))
            scorer, size = Scorer(folder, model=model), model.stat().st_size / 1e6
        logits = scorer.logits([row.text for row in rows])[:, 0]
        exact = logits if exact is None else exact
        off = float(np.abs(sigmoid(logits) - sigmoid(exact)).max())
        speed = [f"{milliseconds(scorer, *shape):.1f}" for shape in SHAPES]
        numbers = [
            f"{value:.4f}" for value in (*quality(logits, rows), off, drift(scorer, rows[::4]))
        ]
        lines.append([name, f"{size:.1f}", *speed, *numbers])
    times = [f"ms a window, {batch} x {tokens}" for batch, tokens, _ in SHAPES]
    head = ["form", "MB", *times, "AUC", "recall at 1 %", "max Δp to float32", "max Δp batch 16"]
    return table(head, lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True, help="for tokenizer and config")
    options = parser.parse_args()
    print(compare(options.run, options.backbone, options.data, options.weights))


if __name__ == "__main__":
    main()
