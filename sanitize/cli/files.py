"""`sanitize hash` and `sanitize verify`: are files what they were?"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sanitize.cli import output


def hash_files(
    paths: Annotated[list[Path], typer.Argument(metavar="DIR|FILE...", help="What to hash.")],
) -> int:
    """Print a manifest: the sha256 and size of every file.

    Keep it where whoever writes the files cannot write.
    """
    from sanitize.keras.artifact import manifest

    typer.echo(manifest.dump(manifest.build(paths)))
    return 0


def verify(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST", help="What `hash` printed.")],
    root: Annotated[
        Path | None,
        typer.Argument(metavar="DIR", help="Where the files are; beside the manifest if left out."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Compare files with a manifest; exit code 1 if any is changed, missing or not listed."""
    from sanitize.keras.artifact.manifest import compare

    found = compare(manifest, root)
    if as_json:
        typer.echo(json.dumps({"whole": found.whole, **asdict(found)}))
        return 0 if found.whole else 1
    for problem in ("changed", "missing", "extra"):
        for name in getattr(found, problem):
            typer.echo(f"{problem}: {output.printable(name)}")
    bad = len(found.changed) + len(found.missing) + len(found.extra)
    typer.echo(f"{len(found.same)} files as listed, {bad} not")
    return 0 if found.whole else 1
