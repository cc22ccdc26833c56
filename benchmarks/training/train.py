"""Fine-tune the detector.

    python -m benchmarks.training.train --data DIR --backbone FOLDER --out RUN [--resume]

Seeded and resumable: a checkpoint every few minutes holds the weights, their running average, the
optimiser and the step. The same step of the same epoch sees the same rows, whether or not the run
was cut in between.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from benchmarks.training.batches import batches, collate
from benchmarks.training.folder import special_ids
from benchmarks.training.mix import RECIPE, Mix, load
from benchmarks.training.model import Detector, build, tokenizer
from benchmarks.training.windows import Example

BATCH = 32
LEARNING_RATE = 1.2e-4
HEAD_RATE = 1.2e-3
WARMUP = 0.06
#: Labels are 0.03 and 0.97: a few rows of every source are mislabelled.
SMOOTHING = 0.06
#: The injection label counts as much as the kinds together.
KINDS_WEIGHT = 0.5
#: The running average spans about 300 steps, a sixth of the run.
AVERAGE = 0.997
CHECKPOINT_SECONDS = 240


class Run:
    """One training run: model, running average, optimiser and the number of steps done."""

    def __init__(self, model: Detector, total: int, pad: int, rate: float = 1.0) -> None:
        self.model, self.total, self.pad, self.step = model, total, pad, 0
        body = [
            p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("head")
        ]
        groups = [
            {"params": body, "peak": LEARNING_RATE * rate},
            {"params": list(model.head.parameters()), "peak": HEAD_RATE * rate},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, weight_decay=0.01)
        self.average = {
            n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad
        }

    def update(self, batch: list[Example]) -> float:
        """One step on one batch; the loss."""
        torch.manual_seed(self.step)  # dropout is the same after a resume
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * schedule(self.step / self.total)
        ids, mask = collate([example.ids for example in batch], self.pad)
        with torch.autocast("cpu", torch.bfloat16):
            logits = self.model(ids, mask)
        loss = loss_of(logits, torch.tensor([example.targets for example in batch]))
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], 1.0)
        self.optimizer.step()
        self.step += 1
        self._follow()
        return float(loss.detach())

    def _follow(self) -> None:
        keep = min(AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if name in self.average:
                    self.average[name].lerp_(parameter, 1 - keep)

    def save(self, path: Path) -> None:
        """Write a checkpoint; a crash while writing leaves the last one whole."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save({**state, "step": self.step}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average, self.step = state["average"], state["step"]


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of the injection label, and of the kinds where they are known.

    Args:
        logits: float32 [rows, labels].
        targets: float32 [rows, labels]: 1, 0, or NaN for what a row does not say.
    """
    known = ~targets.isnan()
    smooth = targets.nan_to_num() * (1 - SMOOTHING) + SMOOTHING / 2
    each = binary_cross_entropy_with_logits(logits, smooth, reduction="none") * known
    kinds = each[:, 1:].sum() / known[:, 1:].sum().clamp(min=1)
    return each[:, 0].mean() + KINDS_WEIGHT * kinds


def schedule(done: float) -> float:
    """Share of the peak rate: a linear rise, then a half cosine down to nothing."""
    if done < WARMUP:
        return done / WARMUP
    return 0.5 * (1 + math.cos(math.pi * (done - WARMUP) / (1 - WARMUP)))


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
