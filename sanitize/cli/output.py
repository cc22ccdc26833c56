"""What the commands print, and how: untrusted names first made harmless."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

#: Longest file name or message shown, in characters.
MAX_SHOWN = 400


def printable(untrusted: str) -> str:
    """`untrusted` on one line, every character that a terminal could act on escaped.

    Controls, bidi and format characters and lone surrogates all count as
    unprintable (Unicode categories Cc, Cf, Cs, Zl, Zp), so neither ANSI escapes
    (ECMA-48) nor reordered text (CVE-2021-42574) get through.
    """
    shown = untrusted if len(untrusted) <= MAX_SHOWN else untrusted[:MAX_SHOWN] + "…"
    return "".join(char if char.isprintable() else _escaped(char) for char in shown)


def _escaped(char: str) -> str:
    return char.encode("unicode_escape", "backslashreplace").decode("ascii")


def console(*, stderr: bool = False) -> Console:
    """A console that takes no markup, emoji codes or highlights from what it prints."""
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal; yields what sets it, to so many of so many."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def complain(message: str) -> None:
    """Print one line on standard error."""
    print(f"error: {printable(message)}", file=sys.stderr)  # noqa: T201


def prepare_streams() -> None:
    """Let a terminal of any encoding show what it cannot spell as escapes."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def abandon_stdout() -> None:
    """Nobody reads any more: keep the interpreter from complaining about it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
