"""The code blocks and links of the project's Markdown pages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent

#: Every page that people read.
PAGES: tuple[Path, ...] = (*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md")))

_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: where it begins, its language, its content."""

    page: Path
    line: int
    language: str
    content: str

    def __str__(self) -> str:
        return f"{self.page.name}-{self.line}"


def blocks(page: Path, language: str) -> list[Block]:
    """The blocks of one language on a page."""
    text = page.read_text("utf-8")
    return [
        Block(page, text.count("\n", 0, match.start()) + 1, language, match[2])
        for match in _FENCE.finditer(text)
        if match[1] == language
    ]


def links(page: Path) -> list[str]:
    """The targets of all links on a page, outside code blocks."""
    return _LINK.findall(_FENCE.sub("", page.read_text("utf-8")))
