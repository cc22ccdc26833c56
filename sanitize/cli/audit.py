"""`sanitize audit`: is the trail whole?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sanitize.cli import output

app = typer.Typer(help="Check audit trails.", rich_markup_mode=None, pretty_exceptions_enable=False)


@app.callback()
def audit() -> None:
    """Check audit trails."""


@app.command("verify")
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The newest file of the trail.")],
    head: Annotated[
        str | None, typer.Option(metavar="HASH", help="A record's hash, as noted down earlier.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Check every record; exit code 1 names the first that is broken or missing."""
    from sanitize.audit.verify import verify as check

    try:
        report = check(file, head)
    except OSError as error:
        output.complain(f"{file}: expected a readable trail; {error.strerror}")
        return 2
    if as_json:
        typer.echo(json.dumps({"whole": report.whole, **asdict(report)}))
    elif report.whole:
        name = output.printable(str(file))
        typer.echo(f"{name}: whole; {report.records} records; last hash {report.head}")
    else:
        place = output.printable(report.place)
        typer.echo(f"{place}: {report.problem}; {report.records} good records before it")
    return 0 if report.whole else 1
