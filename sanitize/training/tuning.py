"""Fine-tune a detector on labelled rows, and write it as a weights folder."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import onnx
import torch
from tokenizers import Tokenizer

from sanitize.detectors.artifact import Artifact
from sanitize.detectors.windows import windows
from sanitize.errors import PolicyError, RowsError
from sanitize.evaluation.rows import Row
from sanitize.training.batches import batches
from sanitize.training.embedded import restore
from sanitize.training.encoder import write
from sanitize.training.example import Example
from sanitize.training.finish import Figures, figures, finish
from sanitize.training.linear import PORTABLE_LEVELS, RowInt8
from sanitize.training.run import Run

#: One row in so many is kept out of training, to measure and to calibrate on.
HELD_OUT = 5
#: Fewest attacks, and fewest harmless rows, that teach anything.
FEWEST = 25
#: Factor on the rates of the first training: what the detector knows must not be lost.
RATE = 0.5
#: Windows of one harmless text that are trained on.
MOST_WINDOWS = 4
CHECKPOINT_SECONDS = 60.0

Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """How to train.

    Attributes:
        epochs: times that every row is seen.
        batch: windows in a step.
        threads: cores to use.
        seed: decides the order of the rows.
    """

    epochs: int = 3
    batch: int = 16
    threads: int = 2
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of it: figures over the rows that were kept out, before and after."""

    trained: int
    held_out: int
    before: Figures
    after: Figures


def tune(  # noqa: PLR0913 - what, from where, to where, and how
    rows: Sequence[Row],
    base: Artifact,
    out: Path,
    plan: Plan,
    *,
    resume: bool = False,
    advance: Advance = lambda step, total: None,
) -> Tuned:
    """Train on rows of one's own, starting from a weights folder.

    Args:
        rows: attacks and harmless texts, `FEWEST` of each or more.
        base: where to start.
        out: the new weights folder; made if it is not there.
        plan: how to train.
        resume: go on where an earlier call with the same rows and plan was cut off.
        advance: is told the step that was done and their number.

    Raises:
        RowsError: too few rows, or one text under both labels.
        PolicyError: `out` holds something else, or another run's state.
        ArtifactError: `base` is not what its manifest says.
    """
    learn, keep = split(rows)
    _begin(out, _key(rows, base, plan), resume)
    torch.set_num_threads(plan.threads)
    torch.manual_seed(plan.seed)
    detector, words = restore(base)
    examples = [example for row in learn for example in _examples(row, words, base.config)]
    per_epoch = -(-len(examples) // plan.batch)
    run = Run(detector.train(), plan.epochs * per_epoch, int(base.config["pad_id"]), RATE)
    checkpoint = out / "checkpoint.pt"
    if checkpoint.exists():
        run.restore(checkpoint)
    saved = time.monotonic()
    for batch in _remaining(examples, plan, run.step):
        run.update(batch)
        advance(run.step, run.total)
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            run.save(checkpoint)
            saved = time.monotonic()
    detector.load_state_dict({**detector.state_dict(), **run.average})
    state = {name: tensor.numpy() for name, tensor in detector.state_dict().items()}
    onnx.save(write(state, RowInt8(levels=PORTABLE_LEVELS)), str(out / "model.onnx"))
    for name in ("checkpoint.pt", "run.json"):
        (out / name).unlink(missing_ok=True)
    behind = {"from": base.fingerprint, "plan": asdict(plan), "rows": _digest(rows)}
    finish(out, base, keep, behind)
    return Tuned(len(learn), len(keep), figures(base.root, keep), figures(out, keep))


def split(rows: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Rows to learn from, and rows to keep out; pairs stay together.

    Raises:
        RowsError: too few of a label, or one text under both.
    """
    for label, name in ((True, "attacks"), (False, "harmless rows")):
        count = len({row.text for row in rows if row.label is label})
        if count < FEWEST:
            raise RowsError(f"expected {FEWEST} {name} or more, received {count}")
    both = {row.text for row in rows if row.label} & {row.text for row in rows if not row.label}
    if both:
        raise RowsError(f"expected one label for a text, received both for {len(both)} texts")
    parts: tuple[list[Row], list[Row]] = ([], [])
    for row in rows:
        chosen = hashlib.sha256((row.pair or row.text).encode("utf-8", "replace")).digest()[0]
        parts[chosen % HELD_OUT == 0].append(row)
    for label in (True, False):  # a handful of rows may all have fallen on one side
        if not any(row.label is label for row in parts[1]):
            moved = next(row for row in parts[0] if row.label is label)
            parts[0].remove(moved)
            parts[1].append(moved)
    return parts


def _examples(row: Row, words: Tokenizer, config: Any) -> Iterator[Example]:
    """The windows to learn from: of an attack the first, where most say what they want."""
    ids = words.encode(row.text, add_special_tokens=False).ids
    spans = windows(len(ids), int(config["max_tokens"]) - 2, int(config["overlap"]))
    unknown = float("nan") if row.label else 0.0  # the rows do not say which kind of attack
    targets = (float(row.label), *(unknown,) * (len(config["labels"]) - 1))
    for start, end in spans[: 1 if row.label else MOST_WINDOWS]:
        framed = [int(config["cls_id"]), *ids[start:end], int(config["sep_id"])]
        yield Example(framed, targets)


def _remaining(examples: list[Example], plan: Plan, done: int) -> Iterator[list[Example]]:
    """All steps after the first `done`; the same step has the same rows in every call."""
    order = [
        batch
        for epoch in range(plan.epochs)
        for batch in batches(examples, plan.batch, f"{plan.seed}:{epoch}")
    ]
    yield from order[done:]


def _begin(out: Path, key: str, resume: bool) -> None:
    state = out / "run.json"
    if out.exists() and any(out.iterdir()):
        if not resume:
            raise PolicyError(f"{out.name}: expected an empty folder, or --resume")
        if not state.exists() or json.loads(state.read_text(encoding="utf-8")).get("run") != key:
            raise PolicyError(f"{out.name}: expected a run of the same rows and options to go on")
    out.mkdir(parents=True, exist_ok=True)
    state.write_text(json.dumps({"run": key}), encoding="utf-8")


def _key(rows: Sequence[Row], base: Artifact, plan: Plan) -> str:
    order = {name: value for name, value in asdict(plan).items() if name != "threads"}
    parts = [_digest(rows), base.fingerprint, json.dumps(order, sort_keys=True)]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _digest(rows: Sequence[Row]) -> str:
    lines = (json.dumps([row.text, row.label, row.pair]) for row in rows)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
