"""`sanitize doctor`: is this installation what it should be?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sanitize.cli import output

if TYPE_CHECKING:
    from sanitize.cli.check_state import Check


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    osv_zip: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Ask this dump of the OSV database as well.")
    ] = None,
    model: Annotated[
        bool,
        typer.Option(
            "--model", help="Also try what must not work in a model's own process (a minute)."
        ),
    ] = False,
) -> int:
    """Check versions, libraries, the weights' hashes, and published holes.

    Exit code: 0 if all is well, 1 if something failed, 2 on an error.
    """
    from sanitize.cli.check_state import State
    from sanitize.cli.checks import all_checks

    found = list(all_checks(osv_zip, model=model))
    healthy = all(check.state is not State.FAILED for check in found)
    if as_json:
        listed = [
            {"name": item.name, "state": item.state.value, "detail": item.detail} for item in found
        ]
        typer.echo(json.dumps({"healthy": healthy, "checks": listed}, indent=2))
    else:
        _show(found, healthy)
    return 0 if healthy else 1


def _show(found: Sequence[Check], healthy: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    styles = {"ok": "green", "note": "yellow", "failed": "bold red"}
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for check in found:
        state = Text(check.state.value, styles[check.state.value])
        table.add_row(state, check.name, output.printable(check.detail))
    console = output.console()
    console.print(table)
    console.print("All is well." if healthy else "Something failed; see above.")
