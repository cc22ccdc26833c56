"""What a detector finds of sources that it never saw.

    python -m benchmarks.training.leave_out windows --data DIR --backbone FOLDER --out WINDOWS
    python -m benchmarks.training.train --examples FILE --backbone FOLDER --without PART --out RUNS/PART
    python -m benchmarks.training.leave_out score --windows WINDOWS --backbone FOLDER --runs RUNS --out SCORES
    python -m benchmarks.training.leave_out table --windows WINDOWS --scores SCORES

The second command is run once for each part of `leave_out.yaml`, whose name is the run's folder.
Less time takes a run without any of the parts first (`--without` and all their names), from which
the others `--start`, for fewer `--steps`: none of them has seen its part then either. That run can
be scored by itself: linked under the name of every part, it counts for all of them.
Each run is scored, as int8, on the attacks of its part and on the hard benign dev rows, in windows;
the highest counts. Training may be done where there is a GPU and no rows.
"""  # noqa: E501 - commands to copy

from __future__ import annotations

import argparse
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.training.devsets import HARD_BENIGN
from benchmarks.training.examples import PARTS
from benchmarks.training.export import trained
from benchmarks.training.mix import draw, load
from benchmarks.training.rows import read
from sanitize.detectors.runtime import onnxruntime
from sanitize.detectors.windows import windows
from sanitize.evaluation.figures import Floats, auc, interval, rate, threshold_at
from sanitize.training.encoder import write
from sanitize.training.folder import MAX_TOKENS, OVERLAP, special_ids
from sanitize.training.linear import PORTABLE_LEVELS, RowInt8
from sanitize.training.model import tokenizer

#: Rows of one source and label that are scored at most.
MOST = 1500

Windows, Mask = Mapping[str, NDArray[Any]], NDArray[np.bool_]


def asked(options: argparse.Namespace) -> None:
    """Windows of the dev rows and of the attacks of every part, with the row each belongs to."""
    words = tokenizer(options.backbone)
    ids = special_ids(words)
    mix = load(options.data)
    sets = {f"dev/{name}": read(options.data, f"dev/{name}") for name in HARD_BENIGN}
    sets = {name: [row for row in rows if not row.label] for name, rows in sets.items()}
    for name in (name for sources in PARTS.values() for name in sources):
        sets[name] = [row for row in mix.rows[name] if row.label]
    for name, found in sets.items():
        sets[name] = draw(found, min(options.most, len(found)), random.Random(name))
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


def scores(held: Windows, run: Path, backbone: Path, threads: int, wanted: Mask) -> Floats:
    """Highest injection logit of each wanted row, as int8 gives it; -inf for the others.

    Args:
        held: what `windows` wrote.
        run: the run's folder.
        backbone: what it started from.
        threads: cores to use.
        wanted: bool [rows].
    """
    weights = write(trained(run, backbone), RowInt8(levels=PORTABLE_LEVELS))
    settings = onnxruntime().SessionOptions()
    settings.intra_op_num_threads, settings.log_severity_level = threads, 3
    session = onnxruntime().InferenceSession(weights.SerializeToString(), settings)
    highest = np.full(len(held["labels"]), -np.inf)
    starts = [0, *held["ends"][:-1]]
    for start, end, owner in zip(starts, held["ends"], held["owners"], strict=True):
        if wanted[owner]:
            ids = held["ids"][None, start:end].astype(np.int64)
            feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
            (logits,) = session.run(["logits"], feed)
            highest[owner] = max(highest[owner], logits[0, 0])
    return highest


def attacks_of(held: Windows, part: str) -> Mask:
    """Which rows are the part's attacks."""
    return np.isin(held["sources"], PARTS[part]) & (held["labels"] == 1)


def hard_benign(held: Windows) -> Mask:
    """Which rows a threshold is chosen on."""
    names_ = [f"dev/{name}" for name in HARD_BENIGN]
    return np.isin(held["sources"], names_) & (held["labels"] == 0)


def score(options: argparse.Namespace) -> None:
    """Score the run of every part; all must be there, or the mean would be of fewer."""
    runs = {part: options.runs / part for part in PARTS}
    missing = [str(run) for run in runs.values() if not (run / "checkpoint.pt").exists()]
    if missing:
        raise SystemExit(f"expected a run for each part, none in: {', '.join(missing)}")
    with np.load(options.windows) as arrays:
        held = dict(arrays)
    found = {}
    for folder, parts in shared(runs).items():
        wanted = hard_benign(held)
        for part in parts:
            wanted |= attacks_of(held, part)
        every = scores(held, folder, options.backbone, options.threads, wanted)
        found |= dict.fromkeys(parts, every)
    np.savez_compressed(options.out, **found)


def shared(runs: Mapping[str, Path]) -> dict[Path, list[str]]:
    """The parts that each run counts for."""
    folders = {part: run.resolve() for part, run in runs.items()}
    return {
        folder: [part for part, mine in folders.items() if mine == folder]
        for folder in dict.fromkeys(folders.values())
    }


def recall(attacks: Floats, benign: Floats) -> float:
    """Recall at the threshold that flags 1 % of the benign rows."""
    return rate(attacks, threshold_at(benign, 0.01))


def table(options: argparse.Namespace) -> None:
    """Print a line for each part, and their mean."""
    with np.load(options.windows) as arrays, np.load(options.scores) as scored:
        held, found = dict(arrays), dict(scored)
    benign = hard_benign(held)
    title = f"recall at 1 % of {int(benign.sum()):,} hard benign rows"
    print(f"| left out | attacks | AUC | {title} |")
    print("| --- | --- | --- | --- |")
    means: list[tuple[float, float]] = []
    for part in PARTS:
        every = found[part]
        attacks = every[attacks_of(held, part)]
        means.append((auc(attacks, every[benign]), recall(attacks, every[benign])))
        shown = [str(interval(figure, attacks, every[benign])) for figure in (auc, recall)]
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
        command.add_argument("--threads", type=int, default=2)
        command.add_argument("--most", type=int, default=MOST, help="rows of one source")
        command.set_defaults(does=does)
    options = parser.parse_args()
    options.does(options)


if __name__ == "__main__":
    main()
