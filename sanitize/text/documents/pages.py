"""HTML and CSS inside of other documents."""

from __future__ import annotations

from sanitize.text import links, markup, sheets, tags
from sanitize.text.documents.parts import Found, Part, joined

#: Longest page inside a document that a second parser reads too; it takes quadratic time.
MAX_BLEACH_CHARS = 20_000


def read(text: str) -> Found:
    """What the page shows first, then what it hides and what it would run."""
    if not tags.has_markup(text):
        yield Part("", text)
        return
    page = markup.read(text, MAX_BLEACH_CHARS)
    yield Part("", page.visible)
    yield from page.findings
    for hidden in page.texts:
        where, _, name = hidden.origin.partition(":")
        yield Part(name, hidden.content, shown=where != "hidden")


def read_css(text: str) -> Found:
    """What a style sheet writes, its comments, and addresses that would carry something."""
    yield from joined("content", sheets.contents(text), shown=True)
    yield from joined("comment", sheets.comments(text), shown=False)
    yield from links.findings(sheets.addresses(text))
