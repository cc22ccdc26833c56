"""`sanitize check`: a verdict for every input."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sanitize.cli import output
from sanitize.cli.inputs import Source, gather
from sanitize.types import Modality

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console
    from rich.progress import ProgressColumn, Task

    from sanitize.pipeline import Pipeline
    from sanitize.types import Verdict

#: Most pixels of `--size`, as many as the policies take.
MAX_SIZE = 24_000_000

_MODALITIES = tuple(item.value for item in Modality if item is not Modality.UNKNOWN)


_Files = Annotated[
    list[str] | None, typer.Argument(metavar="[FILE|-]...", help="Files; - is standard input.")
]
_Text = Annotated[
    list[str] | None, typer.Option("--text", help="Check this text; may be repeated.")
]
_Policy = Annotated[str, typer.Option(metavar="NAME|FILE", help="A preset's name or a YAML file.")]
_Json = Annotated[bool, typer.Option("--json", help="One JSON object per line.")]
_Modality = Annotated[
    str | None, typer.Option(help=f"What the input must be: {', '.join(_MODALITIES)}.")
]
_ContentType = Annotated[str | None, typer.Option(help="The media type that the sender declared.")]
_Report = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write a page with pictures of it all.")
]
_Size = Annotated[
    str | None, typer.Option(metavar="WIDTHxHEIGHT", help="What the model takes: pictures.")
]
_Schema = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Fields that JSON and CSV must have.")
]


def check(  # noqa: PLR0913, PLR0917 - each is an option of the command
    files: _Files = None,
    text: _Text = None,
    policy: _Policy = "default",
    as_json: _Json = False,
    modality: _Modality = None,
    content_type: _ContentType = None,
    report: _Report = None,
    size: _Size = None,
    schema: _Schema = None,
) -> int:
    """Check files, standard input or text.

    Exit code: 0 if all is allowed, 1 if something is blocked, 2 on an error.
    """
    from sanitize.pipeline import pipeline

    sources = gather(files or (), text or ())
    wanted = _modality(modality)
    pipe = pipeline(policy, **_size(size))
    if schema is not None:
        wanted, pipe = _with_schema(schema, wanted, pipe)
    console = output.console()
    write = _json_writer(console) if as_json else _table_writer(console, pipe.policy)
    verdicts, parts = [], []
    with _progress(console, len(sources)) as advance:
        for source in sources:
            untrusted = source.untrusted(pipe.policy.max_bytes)
            declared = content_type or _table_type(source, wanted)
            verdict = pipe(untrusted, modality=wanted, content_type=declared)
            write(source, verdict)
            verdicts.append(verdict.allowed)
            if report is not None:
                parts.append(_part(source, untrusted, verdict, pipe.policy))
            advance()
    if report is not None:
        _write_page(report, parts)
    if not as_json:
        _total(console, verdicts)
    return 0 if all(verdicts) else 1


def _write_page(report: Path, parts: Sequence[Any]) -> None:
    from sanitize.cli.page import page

    report.write_text(page(parts), "utf-8")


def _modality(name: str | None) -> str | None:
    if name is None or name in _MODALITIES:
        return name
    raise typer.BadParameter(f"--modality: expected one of {', '.join(_MODALITIES)}")


def _size(text: str | None) -> dict[str, Any]:
    """The override for a size given as width and height; height comes first inside."""
    if text is None:
        return {}
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal() and 0 < int(width) * int(height) <= MAX_SIZE):
        raise typer.BadParameter("--size: expected WIDTHxHEIGHT in pixels, such as 224x224")
    return {"size": (int(height), int(width))}


def _with_schema(schema: Path, modality: str | None, pipe: Pipeline) -> tuple[str, Pipeline]:
    """Inputs are records then, and each is checked against the file's fields."""
    from sanitize.record.fields import Fields

    if modality not in {None, Modality.RECORD.value}:
        raise typer.BadParameter("--schema: expected --modality record, or none")
    return Modality.RECORD.value, pipe.add(Fields(schema=str(schema)), after="record.limits")


def _table_type(source: Source, modality: str | None) -> str | None:
    """A record in a file called .csv is a table, unless the sender declared something else."""
    is_table = modality == Modality.RECORD.value and source.name.lower().endswith(".csv")
    return "text/csv" if is_table and source.text is None else None


def _part(source: Source, untrusted: Any, verdict: Verdict, policy: Any) -> str:
    from sanitize.cli.page import part
    from sanitize.cli.sights import show
    from sanitize.cli.words import Words

    sight = show(untrusted, verdict, policy.max_bytes)
    return part(source.name, verdict, Words.of(policy), sight)


def _json_writer(console: Console) -> Callable[[Source, Verdict], None]:
    def write(source: Source, verdict: Verdict) -> None:
        # ASCII only: nothing in a file's name can act on a terminal or break the line.
        line = json.dumps({"source": source.name, **verdict.to_dict()}, ensure_ascii=True)
        console.print(line, soft_wrap=True)

    return write


def _table_writer(console: Console, policy: Any) -> Callable[[Source, Verdict], None]:
    from sanitize.cli.report import show
    from sanitize.cli.words import Words

    words = Words.of(policy)
    return lambda source, verdict: show(console, source.name, verdict, words)


def _total(console: Console, allowed: Sequence[bool]) -> None:
    if len(allowed) > 1:
        blocked = len(allowed) - sum(allowed)
        console.print(f"{len(allowed)} inputs: {sum(allowed)} let through, {blocked} blocked")


@contextmanager
def _progress(console: Console, total: int) -> Iterator[Callable[[], None]]:
    """A bar and how much was read, if a person is watching; yields what advances it."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.progress import Progress

    # Results and bar share one console on a terminal, or else they overwrite each other.
    shared = console if sys.stdout.isatty() else output.console(stderr=True)
    bar = Progress(*_columns(total), console=shared, transient=True, redirect_stdout=False)
    with bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def _columns(total: int) -> Iterator[ProgressColumn]:
    """One input may be long: what moves then are the windows, which the detector scores."""
    from rich import progress

    yield progress.SpinnerColumn()
    if total > 1:
        yield progress.BarColumn()
        yield progress.MofNCompleteColumn()
    yield _windows_column()
    yield progress.TimeRemainingColumn() if total > 1 else progress.TimeElapsedColumn()


def _windows_column() -> ProgressColumn:
    from rich.progress import ProgressColumn
    from rich.text import Text

    from sanitize.detectors.scoring import WINDOWS

    class Windows(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(f"{WINDOWS.total} windows read", "dim")

    return Windows()
