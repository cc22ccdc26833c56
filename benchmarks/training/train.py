"""Fine-tune the detector.

    python -m benchmarks.training.train --examples FILE --backbone FOLDER --out RUN [--resume]

Seeded and resumable: a checkpoint every few minutes holds the weights, their running average, the
optimiser and the step. The same step of the same epoch sees the same rows, whether or not the run
was cut in between. With `--teachers`, what is taught is half the label and half what the teachers
say on average (Hinton et al. 2015, "Distilling the Knowledge in a Neural Network",
arXiv:1503.02531). `--start` goes on from an earlier run, or from a folder of weights as shipped.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from benchmarks.training.examples import PARTS, Epochs
from sanitize.detectors.artifact import load
from sanitize.training.batches import batches, collate
from sanitize.training.embedded import restore
from sanitize.training.example import Example
from sanitize.training.folder import special_ids
from sanitize.training.model import Detector, build, tokenizer
from sanitize.training.run import Run, halves

BATCH = 32
CHECKPOINT_SECONDS = 240

#: Share of the label in what a row with teachers is taught; the rest is their mean.
OWN_SHARE = 0.5


def steps(
    drawn: Epochs, numbers: Sequence[int], size: int, without: Sequence[str], skip: int
) -> Iterator[list[Example]]:
    """All batches of the run after the first `skip`."""
    for number in numbers:
        here = steps_per_epoch(drawn, number, size, without)
        if skip < here:
            yield from batches(drawn(number, without), size, f"batches:{number}")[skip:]
        skip = max(0, skip - here)


def steps_per_epoch(drawn: Epochs, number: int, size: int, without: Sequence[str]) -> int:
    """Batches in an epoch; the last may be short."""
    return -(-drawn.size(number, without) // size)


def train(options: argparse.Namespace) -> None:
    """Train, writing `checkpoint.pt` and `log.jsonl` into the run's folder."""
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.first)
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    drawn, checkpoint = Epochs(options.examples), out / "checkpoint.pt"
    model = (
        loaded(options.start, options.backbone, options.device)
        if options.start
        else build(options.backbone).to(options.device)
    )
    teachers = [
        loaded(folder, options.teacher_backbone, options.device) for folder in options.teachers
    ]
    numbers = range(options.first, options.first + options.epochs)
    mine = (options.batch, options.without)
    every = sum(steps_per_epoch(drawn, number, *mine) for number in numbers)
    total = min(every, options.steps or every)
    pad = special_ids(tokenizer(options.backbone))["pad_id"]
    run = Run(model.train(), total, pad, options.rate)
    if options.resume and checkpoint.exists():
        run.restore(checkpoint)
    saved, losses = time.monotonic(), []
    for batch in islice(steps(drawn, numbers, *mine, run.step), max(0, total - run.step)):
        losses.append(run.update(taught(batch, teachers, pad) if teachers else batch))
        if run.step % 50 == 0:
            _log(out, run, float(torch.stack(losses[-50:]).mean()))
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            run.save(checkpoint)
            saved = time.monotonic()
    run.save(checkpoint)


def loaded(folder: Path, backbone: Path, device: str) -> Detector:
    """The running average of an earlier run, or what a folder of weights holds."""
    if not (folder / "checkpoint.pt").exists():
        return restore(load(folder))[0].to(device).eval()
    model = build(backbone)
    state: dict[str, Any] = torch.load(
        folder / "checkpoint.pt", weights_only=True, map_location="cpu"
    )
    model.load_state_dict({**state["model"], **state["average"]})
    return model.to(device).eval()


@torch.no_grad()
def taught(batch: list[Example], teachers: Sequence[Detector], pad: int) -> list[Example]:
    """The batch with softer labels; kinds that a row does not say are the teachers' alone."""
    device = teachers[0].head.weight.device
    ids, mask = (tensor.to(device) for tensor in collate([e.ids for e in batch], pad))
    with torch.autocast(device.type, torch.bfloat16, enabled=halves(device)):
        said = torch.stack([teacher(ids, mask).sigmoid() for teacher in teachers]).mean(0)
    own = torch.tensor([example.targets for example in batch])
    said = said.float().cpu()
    mixed = torch.where(own.isnan(), said, OWN_SHARE * own + (1 - OWN_SHARE) * said)
    return [replace(e, targets=tuple(row)) for e, row in zip(batch, mixed.tolist(), strict=True)]


def _log(out: Path, run: Run, loss: float) -> None:
    entry = {
        "step": run.step,
        "of": run.total,
        "loss": round(loss, 4),
        "time": time.strftime("%H:%M:%S"),
    }
    with open(out / "log.jsonl", "a", encoding="utf-8") as log:
        log.write(json.dumps(entry) + "\n")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=Path, required=True, help="what `examples` wrote")
    parser.add_argument("--backbone", type=Path, required=True, help="what `backbone` wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--first", type=int, default=0, help="number of the first epoch; the seed")
    parser.add_argument("--batch", type=int, default=BATCH)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--device", default="cpu", help="torch's name of it, such as cuda")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--rate", type=float, default=1.0, help="factor on the learning rates")
    parser.add_argument("--steps", type=int, help="at most so many; fewer than the epochs have")
    parser.add_argument("--start", type=Path, help="run or weights folder to start from")
    parser.add_argument(
        "--without",
        choices=PARTS,
        nargs="*",
        default=[],
        help="parts of leave_out.yaml to leave out",
    )
    parser.add_argument("--teachers", type=Path, nargs="*", default=[], help="folders of runs")
    parser.add_argument("--teacher-backbone", type=Path, help="what the teachers started from")
    options = parser.parse_args()
    if options.teachers and options.teacher_backbone is None:
        parser.error("--teachers needs --teacher-backbone, what they started from")
    train(options)


if __name__ == "__main__":
    main()
