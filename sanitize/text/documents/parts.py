"""What a reader of documents gives, and how it says that it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from sanitize.types import Finding


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a document that somebody or something reads.

    Attributes:
        name: where it stood, as `subject` or `html-comment`; empty if it is the document's
            own text.
        content: what it says.
        shown: can a person see it where the document is shown as it is meant to be?
        kind: the reader for what is inside; empty if it is plain text.
    """

    name: str
    content: str
    shown: bool = True
    kind: str = ""


#: Looks into a document, and gives its parts and what is wrong with it.
Found = Iterator[Part | Finding]
Reader = Callable[[str], Found]


class OverBudget(Exception):
    """More than is read: the limit's name is its argument."""


class Malformed(Exception):
    """Not a document of this kind."""


def within(name: str, found: Found) -> Found:
    """What a reader found, as parts of a part of that name."""
    for item in found:
        if isinstance(item, Part):
            yield replace(item, name=f"{name}/{item.name}" if item.name else name)
        else:
            yield item


def joined(name: str, lines: list[str], *, shown: bool) -> Iterator[Part]:
    """One part for many short texts, if any of them says something."""
    content = "\n".join(line for line in lines if any(map(str.isalpha, line)))
    if content:
        yield Part(name, content, shown)
