"""What a detector finds of sources that it never saw.

    python -m benchmarks.training.leave_out windows --data DIR --backbone FOLDER --out WINDOWS
    python -m benchmarks.training.train --examples FILE --backbone FOLDER --without PART --out RUNS/PART
    python -m benchmarks.training.leave_out score --windows WINDOWS --backbone FOLDER --runs RUNS --out SCORES
    python -m benchmarks.training.leave_out table --windows WINDOWS --scores SCORES

The second command is run once for each part of `leave_out.yaml`, whose name is the run's folder.
Less time takes a run without any of the parts first (`--without` and all their names), from which
the others `--start`, for fewer `--steps`: none of them has seen its part then either.
Each run is scored on the attacks of its part and on the hard benign dev rows, in windows, the
highest counts. The first and the last command need no GPU, the others no rows.
"""  # noqa: E501 - commands to copy

from __future__ import annotations

import argparse
import random
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.training.devsets import HARD_BENIGN
from benchmarks.training.examples import PARTS
from benchmarks.training.mix import draw, load
from benchmarks.training.rows import names, read
from benchmarks.training.train import loaded
from sanitize.detectors.windows import windows
from sanitize.evaluation.figures import Floats, auc, interval, rate, threshold_at
from sanitize.training.batches import collate
from sanitize.training.folder import MAX_TOKENS, OVERLAP, special_ids
from sanitize.training.model import tokenizer

#: Windows that are scored together, and rows of one source that are scored at most.
BATCH, MOST = 64, 1500


def asked(options: argparse.Namespace) -> None:
    """Windows of the dev rows and of the attacks of every part, with the row each belongs to."""
    words = tokenizer(options.backbone)
    ids = special_ids(words)
    mix = load(options.data)
    sets = {name: read(options.data, name) for name in names(options.data, "dev")}
    sets["authored/mixed-b"] = read(options.data, "authored/mixed-b")
    for name in (name for sources in PARTS.values() for name in sources):
        attacks = [row for row in mix.rows[name] if row.label]
        sets[name] = draw(attacks, min(MOST, len(attacks)), random.Random(name))
    rows = [(name, row) for name, found in sets.items() for row in found]
    pieces: list[int] = []
    ends, owners = [], []
    for number, (_, row) in enumerate(rows):
        tokens = words.encode(row.text, add_special_tokens=False).ids
        for start, end in windows(len(tokens), MAX_TOKENS - 2, OVERLAP):
            pieces += [ids["cls_id"], *tokens[start:end], ids["sep_id"]]
            ends.append(len(pieces))
            owners.append(number)
    np.savez_compressed(
        options.out,
        ids=np.array(pieces, np.uint16),
        ends=np.array(ends),
        owners=np.array(owners),
        sources=np.array([name for name, _ in rows]),
        labels=np.array([row.label for _, row in rows]),
    )


@torch.no_grad()
def scores(windows_: Path, run: Path, options: argparse.Namespace) -> NDArray[np.float32]:
    """Highest injection logit of each row, float32 [rows]."""
    model = loaded(run, options.backbone, options.device)
    with np.load(windows_) as held:
        ids, ends, owners = held["ids"].tolist(), held["ends"].tolist(), held["owners"]
        highest = np.full(len(held["labels"]), -np.inf, np.float32)
    parts = [ids[start:end] for start, end in zip([0, *ends], ends, strict=False)]
    order = sorted(range(len(parts)), key=lambda at: len(parts[at]))
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        batch, mask = collate([parts[at] for at in chosen], options.pad)
        logits = model(batch.to(options.device), mask.to(options.device))[:, 0]
        np.maximum.at(highest, owners[chosen], logits.float().cpu().numpy())
    return highest


def score(options: argparse.Namespace) -> None:
    """Score the run of every part; all must be there, or the mean would be of fewer."""
    options.pad = special_ids(tokenizer(options.backbone))["pad_id"]
    runs = [options.runs / part for part in PARTS]
    missing = [str(run) for run in runs if not (run / "checkpoint.pt").exists()]
    if missing:
        raise SystemExit(f"expected a run for each part, none in: {', '.join(missing)}")
    found = {run.name: scores(options.windows, run, options) for run in runs}
    np.savez_compressed(options.out, **found)


def recall(attacks: Floats, benign: Floats) -> float:
    """Recall at the threshold that flags 1 % of the benign rows."""
    return rate(attacks, threshold_at(benign, 0.01))


def table(options: argparse.Namespace) -> None:
    """Print a line for each part, and their mean."""
    with np.load(options.windows) as held, np.load(options.scores) as found:
        sources, labels = held["sources"], held["labels"]
        hard = np.isin(sources, [f"dev/{name}" for name in HARD_BENIGN]) & (labels == 0)
        print("| left out | attacks | AUC | recall at 1 % of the hard benign rows |")
        print("| --- | --- | --- | --- |")
        means: list[tuple[float, float]] = []
        for part, names_ in PARTS.items():
            every: Any = found[part].astype(np.float64)
            attacks = every[np.isin(sources, names_) & (labels == 1)]
            means.append((auc(attacks, every[hard]), recall(attacks, every[hard])))
            shown = [str(interval(figure, attacks, every[hard])) for figure in (auc, recall)]
            print(f"| {part} | {len(attacks)} | {' | '.join(shown)} |")
        print("| mean | | {:.3f} | {:.3f} |".format(*np.mean(means, 0)))


#: What each command needs.
NEEDS = {
    "windows": (asked, ("data", "backbone", "out")),
    "score": (score, ("windows", "backbone", "runs", "out")),
    "table": (table, ("windows", "scores")),
}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    for name, (does, needs) in NEEDS.items():
        command = commands.add_parser(name, help=does.__doc__)
        for need in needs:
            command.add_argument(f"--{need}", type=Path, required=True)
        command.add_argument("--device", default="cpu", help="torch's name of it, such as cuda")
        command.set_defaults(does=does)
    options = parser.parse_args()
    options.does(options)


if __name__ == "__main__":
    main()
