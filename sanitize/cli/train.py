"""`sanitize train`: a detector that knows one's own traffic."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sanitize.cli import output
from sanitize.errors import PolicyError

if TYPE_CHECKING:
    from sanitize.training.tuning import Tuned


def train(  # noqa: PLR0913, PLR0917 - each is an option of the command
    rows: Annotated[Path, typer.Argument(metavar="ROWS", help="JSON lines: text, label 0 or 1.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the new weights go.")],
    start: Annotated[
        str, typer.Option("--from", metavar="embedded|DIR", help="Weights to start from.")
    ] = "embedded",
    epochs: Annotated[int, typer.Option(min=1, help="Times that every row is seen.")] = 3,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Cores to use; all if left out.")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on where an earlier run was cut off.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Fine-tune the detector on labelled rows: weights for `pipeline(detector=DIR)`.

    A fifth of the rows is kept out, to measure and to calibrate on.
    """
    from sanitize.detectors import artifact
    from sanitize.evaluation.rows import read

    try:
        from sanitize.training.tuning import Plan, tune
    except ImportError as error:
        raise PolicyError(
            f"train: expected {error.name}: pip install 'keras-sanitize[train]'"
        ) from None
    base = artifact.load(artifact.EMBEDDED if start == "embedded" else Path(start))
    plan = Plan(epochs, threads=threads or os.cpu_count() or 1)
    with output.progress() as advance:
        tuned = tune(read(rows), base, out, plan, resume=resume, advance=advance)
    if as_json:
        typer.echo(json.dumps({**asdict(tuned), "weights": str(out)}))
    else:
        _show(tuned, out)
    return 0


def _show(tuned: Tuned, out: Path) -> None:
    from rich.table import Table

    table = Table(box=None)
    for heading in ("on rows kept out", "AUC", "recall", "false alarms"):
        table.add_column(heading, justify="left" if heading.startswith("on") else "right")
    for name, found in (("before", tuned.before), ("after", tuned.after)):
        table.add_row(name, f"{found.auc:.3f}", f"{found.recall:.1%}", f"{found.false_alarms:.1%}")
    console = output.console()
    console.print(f"{tuned.trained} rows trained on, {tuned.held_out} kept out")
    console.print(table)
    place = output.printable(str(out))
    console.print(f"in code: sanitize.pipeline(detector={place!r})", soft_wrap=True)
    console.print(f"in a policy: detectors.transformer: {{weights: {place}}}", soft_wrap=True)
