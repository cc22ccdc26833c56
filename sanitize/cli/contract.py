"""`sanitize contract`: what a model's inputs expect, as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def contract(
    model: Annotated[Path, typer.Argument(metavar="FILE", help="A .keras file.")],
    sha256: Annotated[str | None, typer.Option(help="What the file must hash to.")] = None,
    manifest: Annotated[Path | None, typer.Option(help="A manifest that lists the file.")] = None,
    unverified: Annotated[
        bool, typer.Option("--unverified", help="Load what nothing vouches for.")
    ] = False,
) -> int:
    """Print the contract that a guard derives from a model, to review and pin it."""
    from sanitize.keras.artifact import load_model
    from sanitize.keras.contract import contract_for
    from sanitize.keras.pinned import dump

    loaded = load_model(model, sha256=sha256, manifest=manifest, unverified=unverified)
    typer.echo(dump(contract_for(loaded)), nl=False)
    return 0
