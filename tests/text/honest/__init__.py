"""Honest texts of many kinds, in files: `=== title`, then the text up to the next title."""

from __future__ import annotations

from pathlib import Path


def cases() -> list[tuple[str, str]]:
    """Title, with the name of its file, and text of every case."""
    found = []
    for path in sorted(Path(__file__).parent.glob("*.txt")):
        for case in path.read_text("utf-8").removeprefix("=== ").split("\n=== "):
            title, _, text = case.partition("\n")
            found.append((f"{path.stem}: {title}", text.rstrip("\n")))
    return found
