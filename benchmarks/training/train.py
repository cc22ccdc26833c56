"""Fine-tune the detector.

    python -m benchmarks.training.train --data DIR --backbone FOLDER --out RUN [--resume]

Seeded and resumable: a checkpoint every few minutes holds the weights, their running average, the
optimiser and the step. The same step of the same epoch sees the same rows, whether or not the run
was cut in between.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer

from benchmarks.training.mix import RECIPE, Mix, load
from sanitize.training.batches import batches
from sanitize.training.example import Example
from sanitize.training.folder import special_ids
from sanitize.training.model import Detector, build, tokenizer
from sanitize.training.run import Run

BATCH = 32
CHECKPOINT_SECONDS = 240


def steps(mix: Mix, words: Tokenizer, epochs: range, skip: int) -> Iterator[list[Example]]:
    """All batches of the run after the first `skip`."""
    per_epoch = steps_per_epoch(mix)
    for done, number in enumerate(epochs):
        if (done + 1) * per_epoch <= skip:
            continue
        epoch = batches(mix.epoch(number, words), BATCH, f"{mix.recipe['seed']}:{number}")[
            :per_epoch
        ]
        yield from epoch[max(0, skip - done * per_epoch) :]


def steps_per_epoch(mix: Mix) -> int:
    """Batches in an epoch. Relabelled windows come and go, so they are left out of the count."""
    counts = mix.recipe["sources"].values()
    return int(sum(c.get("attacks", 0) + c.get("benign", 0) for c in counts)) // BATCH


def train(options: argparse.Namespace) -> None:
    """Train, writing `checkpoint.pt` and `log.jsonl` into the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    mix, checkpoint = load(options.data, options.recipe), out / "checkpoint.pt"
    model = build(options.backbone)
    words = tokenizer(options.backbone)
    if options.init is not None:
        begin_from(model, options.init)
    total = options.epochs * steps_per_epoch(mix)
    epochs = range(options.first, options.first + options.epochs)
    run = Run(model.train(), total, special_ids(words)["pad_id"], options.rate)
    if options.resume and checkpoint.exists():
        run.restore(checkpoint)
    saved, losses = time.monotonic(), []
    for batch in steps(mix, words, epochs, run.step):
        losses.append(run.update(batch))
        if run.step % 50 == 0:
            _log(out, run, losses[-50:])
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            run.save(checkpoint)
            saved = time.monotonic()
    run.save(checkpoint)


def begin_from(model: Detector, checkpoint: Path) -> None:
    """Start from the running average of an earlier run."""
    state: dict[str, Any] = torch.load(checkpoint, weights_only=True)
    model.load_state_dict({**state["model"], **state["average"]})


def _log(out: Path, run: Run, losses: list[float]) -> None:
    entry = {
        "step": run.step,
        "of": run.total,
        "loss": round(sum(losses) / len(losses), 4),
        "time": time.strftime("%H:%M:%S"),
    }
    with open(out / "log.jsonl", "a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, required=True, help="folder with train/, authored/, dev/ …"
    )
    parser.add_argument(
        "--backbone", type=Path, required=True, help="what benchmarks.training.backbone wrote"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument(
        "--first",
        type=int,
        default=0,
        help="number of the first epoch, which decides what is drawn",
    )
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--recipe", type=Path, default=RECIPE, help="the mix of rows")
    parser.add_argument("--init", type=Path, help="checkpoint of another run to start from")
    parser.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
