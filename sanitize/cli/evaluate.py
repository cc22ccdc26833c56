"""`sanitize eval`: how many attacks are found among labelled rows, and at what price."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sanitize.cli import output

if TYPE_CHECKING:
    from sanitize.evaluation.judging import Judged

#: Mistakes shown on a terminal.
SHOWN = 10


def evaluate(  # noqa: PLR0913, PLR0917 - each is an option of the command
    rows: Annotated[Path, typer.Argument(metavar="ROWS", help="JSON lines: text, label 0 or 1.")],
    policy: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="A preset's name or a YAML file.")
    ] = "default",
    detector: Annotated[
        str | None, typer.Option(metavar="DIR", help="Weights instead of the embedded ones.")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="embedded|DIR", help="Weights to compare with.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a page with curves.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    show_texts: Annotated[
        bool, typer.Option("--show-texts", help="Show the texts of mistakes.")
    ] = False,
) -> int:
    """Judge labelled rows: recall, false alarms and ROC area, with 95 % intervals.

    Exit code: 0 when done, 2 on an error.
    """
    from sanitize.evaluation.judging import difference, judge
    from sanitize.evaluation.rows import read

    wanted = read(rows)
    names = [detector or "embedded", *([against] if against else [])]
    pipes = [_pipeline(policy, name) for name in names]
    with output.progress() as show:
        advance = _counted(show, len(wanted) * len(pipes))
        sides = [
            (name, judge(pipe, wanted, advance)) for name, pipe in zip(names, pipes, strict=True)
        ]
    gain = difference(sides[0][1], sides[1][1]) if len(sides) > 1 else None
    if html is not None:
        _write(html, rows.name, sides, policy, texts=show_texts)
    if as_json:
        typer.echo(json.dumps(_report(sides, gain)))
    else:
        _show(sides, gain, texts=show_texts)
    return 0


def _counted(show: Callable[[int, int], None], total: int) -> Callable[[int], None]:
    done = 0

    def advance(number: int) -> None:
        nonlocal done
        done += number
        show(done, total)

    return advance


def _pipeline(policy: str, detector: str) -> Any:
    from sanitize.pipeline import pipeline

    return pipeline(policy) if detector == "embedded" else pipeline(policy, detector=detector)


def _report(sides: Sequence[tuple[str, Judged]], gain: Any) -> dict[str, Any]:
    from sanitize.evaluation.judging import summaries

    found = {name: [group.to_dict() for group in summaries(judged)] for name, judged in sides}
    return {"detectors": found, "auc_difference": gain and [gain.value, gain.low, gain.high]}


def _write(
    path: Path, rows: str, sides: Sequence[tuple[str, Judged]], policy: str, *, texts: bool
) -> None:
    from sanitize.evaluation.page import page

    note = f"{len(sides[0][1].rows):,} rows of {rows}, policy {policy}; brackets: 95 % intervals"
    path.write_text(page("How well attacks are found", sides, note, texts=texts), "utf-8")


def _show(sides: Sequence[tuple[str, Judged]], gain: Any, *, texts: bool) -> None:
    from rich.table import Table

    from sanitize.evaluation.judging import mistakes, summaries

    console = output.console()
    for name, judged in sides:
        table = Table(title=output.printable(name), title_justify="left", box=None)
        for heading in ("rows", "attacks", "benign", "AUC", "recall", "false alarms"):
            table.add_column(heading, justify="left" if heading == "rows" else "right")
        for group in summaries(judged):
            figures = (group.area, group.recall, group.alarms)
            counts = (output.printable(group.name), str(group.attacks), str(group.benign))
            table.add_row(*counts, *("–" if each is None else str(each) for each in figures))
        console.print(table)
        for one in mistakes(judged, SHOWN, texts=texts):
            what = "let in " if one.label else "blocked"
            shown = output.printable(one.text) if texts else f"sha256 {one.digest}…"
            facts = output.printable(one.facts)
            console.print(
                f"  {what} {one.score:.3f} · {one.characters} characters · {facts} · {shown}"
            )
    if gain is not None:
        console.print(f"AUC, first less second, in pairs: {gain}")
