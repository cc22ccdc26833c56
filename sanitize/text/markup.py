"""Reading a page: what it shows, what it hides, and what it would run.

nh3 (an HTML5 parser in Rust) brings the page into one well-formed shape, and a
callback shows us every attribute on the way. That shape holds nothing but
tags, our own marks, comments and escaped text, so that it can be walked with
simple patterns. bleach, an independent parser, then reads the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from sanitize.text import elements, nesting, styles, tags
from sanitize.types import Finding, Severity, Text

#: Elements that run or load something.
ACTIVE_ELEMENTS = re.compile(
    r"<(?:script|iframe|frame|frameset|object|embed|applet|base|portal|fencedframe)(?=[\s/>]|\Z)"
    r"|<meta\b[^<>]*?http-equiv\s*+=\s*+[\"']?refresh",
    re.IGNORECASE,
)
_SCHEMES = frozenset({"http", "https", "mailto", "javascript", "vbscript", "livescript", "data"})
_SCRIPT_URL = re.compile(r"[\x00-\x20]*(?:javascript|vbscript|livescript|data:text/html)", re.I)
_NOT_IN_URL = re.compile(r"[\x00-\x20]+")

#: How much of an address is looked at for its scheme, blanks included.
_MAX_URL_HEAD = 4_000

#: Our marks in the canonical shape: values of the attribute `hidden` and the like.
_HIDDEN = "h"
_TOKEN = re.compile(r"<!--(.*?)-->|<(/?)([a-z][^\s<>/]*)([^<>]*)>", re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_BREAKING = re.compile(rf"</?(?:{'|'.join(sorted(elements.BREAKING))})(?=[\s>])[^<>]*>")
_CELL = re.compile(r"</?t[dh]\b[^<>]*>")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_TAG = re.compile(r"</?[a-z][^<>]*>")


@dataclass(frozen=True, slots=True)
class Page:
    """What reading gave: the visible text, what hid elsewhere, and what to report."""

    visible: str
    texts: tuple[Text, ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Seen:
    """What the callback noted, in the order of the page."""

    attributes: list[str] = field(default_factory=list)
    handlers: int = 0
    script_urls: int = 0
    obfuscated: int = 0


def read(text: str, max_bleach_chars: int) -> Page:
    """Take a page apart.

    Args:
        text: holds markup (`tags.has_markup`).
        max_bleach_chars: longest page that bleach reads too.
    """
    if nesting.too_complex(text):
        finding = Finding("text.markup-too-complex", Severity.HIGH, 1.0)
        return Page(tags.defuse(text), findings=(finding,))
    seen = _Seen()
    canonical = _canonical(tags.escape_strays(text), seen)
    comments = _COMMENT.findall(canonical)
    shown, hidden = _walk(canonical)
    visible = _plain(shown)
    findings = _active(text, seen)
    if any(map(str.isalnum, "".join(hidden))):
        detail = {"elements": len(hidden)}
        findings.append(Finding("text.hidden-element", Severity.MEDIUM, 0.8, detail=detail))
    if len(text) <= max_bleach_chars and not _bleach_agrees(canonical, visible):
        findings.append(Finding("text.parser-disagreement", Severity.HIGH, 0.9))
    texts = _texts(comments, hidden, seen.attributes)
    return Page(visible, texts, tuple(findings))


def _canonical(text: str, seen: _Seen) -> str:
    import nh3

    seen_by_us = elements.TEXT_ATTRIBUTES | elements.HIDING_ATTRIBUTES | elements.URL_ATTRIBUTES
    return nh3.clean(
        text,
        tags=set(elements.KEPT),
        clean_content_tags=set(elements.DROPPED),
        attributes={"*": set(seen_by_us)},
        generic_attribute_prefixes={"on"},
        attribute_filter=partial(_attribute, seen),
        strip_comments=False,
        link_rel=None,
        url_schemes=set(_SCHEMES),
    )


def _attribute(seen: _Seen, element: str, name: str, value: str) -> str | None:
    """Note an attribute; keep only our mark that its element is hidden."""
    if name in elements.HIDING_ATTRIBUTES:
        return _HIDDEN if styles.hides(element, name, value) else None
    if name in elements.TEXT_ATTRIBUTES and any(map(str.isalpha, value)):
        seen.attributes.append(value)
    if name.startswith("on"):
        seen.handlers += 1
    elif name in elements.URL_ATTRIBUTES or name == "content":
        _note_url(seen, value)
    return None


def _note_url(seen: _Seen, value: str) -> None:
    head = value[:_MAX_URL_HEAD]
    if _SCRIPT_URL.match(_NOT_IN_URL.sub("", head)):
        seen.script_urls += 1
        seen.obfuscated += _SCRIPT_URL.match(head.lstrip()) is None


def _walk(canonical: str) -> tuple[str, list[str]]:
    """The canonical page without its hidden elements, and their texts."""
    if f'="{_HIDDEN}"' not in canonical:
        return canonical, []
    shown: list[str] = []
    hidden: list[str] = []
    depth = start = 0
    for token in _TOKEN.finditer(canonical):
        _, closing, name, rest = token.groups()
        if name is None:
            continue
        if depth == 0 and rest and name not in elements.VOID:
            shown.append(canonical[start : token.start()])
            depth, start = 1, token.end()
        elif depth and name not in elements.VOID:
            depth += -1 if closing else 1
            if depth == 0:
                hidden.append(_plain(canonical[start : token.start()]))
                start = token.end()
    (hidden if depth else shown).append(canonical[start:])
    return "".join(shown), hidden


def _plain(canonical: str) -> str:
    """Canonical markup as plain text in which nothing can be parsed."""
    text = _COMMENT.sub("", canonical)
    text = _TAG.sub("", _CELL.sub("\t", _BREAKING.sub("\n", text)))
    return tags.defuse(html.unescape(text))


def _texts(comments: list[str], hidden: list[str], attributes: list[str]) -> tuple[Text, ...]:
    """One text for each kind of hiding place that holds any."""
    places: tuple[tuple[str, list[str]], ...] = (
        ("hidden:html-comment", [html.unescape(comment).strip() for comment in comments]),
        ("hidden:element", [part.strip() for part in hidden]),
        ("hidden:attribute", attributes),
    )
    joined = ((origin, "\n".join(filter(None, parts))) for origin, parts in places)
    return tuple(Text(content, origin) for origin, content in joined if content)


def _active(text: str, seen: _Seen) -> list[Finding]:
    """HIGH if somebody took care to hide it, else MEDIUM: ordinary pages run scripts too."""
    active = len(ACTIVE_ELEMENTS.findall(text))
    if not active + seen.handlers + seen.script_urls:
        return []
    severity = Severity.HIGH if seen.obfuscated else Severity.MEDIUM
    detail = {"elements": active, "handlers": seen.handlers, "urls": seen.script_urls}
    return [Finding("text.active-content", severity, 0.9, detail=detail)]


def _bleach_agrees(canonical: str, visible: str) -> bool:
    """Does bleach see the same text in the canonical page, and no element in the visible text?"""
    import bleach

    strip: Callable[..., str] = bleach.clean
    canonical = _CONTROL.sub("", canonical)  # bleach writes a question mark for each
    everything = strip(canonical, tags=(), strip=True, strip_comments=True)
    plain = _TAG.sub("", _COMMENT.sub("", canonical))
    # bleach breaks lines between blocks, so only what is not blank can be compared.
    same = "".join(html.unescape(everything).split()) == "".join(html.unescape(plain).split())
    names = elements.KEPT | elements.DROPPED | elements.RAW
    parsed = strip(visible, tags=names, attributes=[], strip_comments=False)
    return same and not tags.has_markup(parsed)
