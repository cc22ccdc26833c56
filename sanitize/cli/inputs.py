"""What `sanitize check` is asked to look at."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

#: The argument that means standard input.
STDIN = "-"


@dataclass(frozen=True)
class Source:
    """One input, opened only when its turn comes.

    Attributes:
        name: how reports call it; untrusted, as file names are.
        text: the text itself, if it was given on the command line.
    """

    name: str
    text: str | None = None

    def untrusted(self, max_bytes: int) -> Any:
        """What the pipeline takes: a str, the bytes of standard input, or a path.

        Args:
            max_bytes: the most that any modality allows. One byte more is
                read, so that the pipeline sees that there was too much.
        """
        if self.text is not None:
            return self.text
        if self.name == STDIN:
            return sys.stdin.buffer.read(max_bytes + 1)
        return Path(self.name)


def gather(files: Sequence[str], texts: Sequence[str]) -> list[Source]:
    """All sources, in the order given: files first, then texts.

    Raises:
        typer.BadParameter: none at all, or standard input twice.
    """
    if not files and not texts:
        raise typer.BadParameter("expected a FILE, '-' for standard input, or --text")
    if list(files).count(STDIN) > 1:
        raise typer.BadParameter("expected '-' once, received it twice")
    named = [Source(name) for name in files]
    spoken = [Source(f"text {number}", text) for number, text in enumerate(texts, start=1)]
    return named + spoken
