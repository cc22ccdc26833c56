"""Elements that HTML parsers treat apart: SVG, MathML, `noscript`, `template`.

A parser gives what they hold to other name spaces, or to nobody. Under names
of our own it is parsed like the rest of the page, so that it can be read.
"""

from __future__ import annotations

import re
from functools import lru_cache

from sanitize.text import elements

_ANY = re.compile(r"<(?:svg|math|noscript|template)(?=[\s/>])", re.IGNORECASE)
_REGION = re.compile(
    r"<(svg|math)(?=[\s/>]).*?(?:</\1(?=[\s/>])[^<>]*+>|\Z)", re.DOTALL | re.IGNORECASE
)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*+)([^<>]*+)>")
_UNSEEN = re.compile(rf"<(/?)({'|'.join(sorted(elements.UNSEEN))})(?=[\s/>])", re.IGNORECASE)


def rename(page: str) -> str:
    """The page with `x-…` for those elements; what nobody sees is marked `hidden`."""
    if not _ANY.search(page):
        return page
    page = _REGION.sub(lambda region: _TAG.sub(_renamed, region[0]), page)
    return _UNSEEN.sub(
        lambda tag: f"</x-{tag[2].lower()}" if tag[1] else f"<x-{tag[2].lower()} hidden", page
    )


def _renamed(tag: re.Match[str]) -> str:
    closing, untrusted_name, rest = tag.groups()
    name = _name(untrusted_name.lower())
    if name is None:
        return tag[0]
    if closing:
        return f"</{name}>"
    hidden = " hidden" if name == elements.UNDRAWN_AS else ""
    # A slash ends an element of SVG, and is nothing to HTML.
    return f"<{name}{hidden}{rest}>" + (f"</{name}>" if rest.endswith("/") else "")


@lru_cache(maxsize=256)
def _name(name: str) -> str | None:
    """Our name for an element of a drawing; None if it is HTML inside of it."""
    if name in elements.UNDRAWN:
        return elements.UNDRAWN_AS
    html = elements.KEPT | elements.DROPPED | elements.RAW
    inside = html - elements.FOREIGN - {"svg", "math"}
    return None if name in inside else elements.DRAWN_AS
