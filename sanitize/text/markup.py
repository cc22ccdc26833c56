"""Reading a page: what it shows, what it hides, and what it would run.

nh3 (an HTML5 parser in Rust) brings the page into one well-formed shape, and a
callback shows us every attribute on the way. That shape holds nothing but
tags, our own marks, comments and escaped text, so that it can be walked with
simple patterns. bleach, an independent parser, then reads the same.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from sanitize.text import elements, foreign, links, nesting, sheets, styles, tags
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
#: How addresses begin that run nothing, most of them on any page.
_ORDINARY = ("http://", "https://", "/", "#", "mailto:")

#: How much of an address is looked at for its scheme, blanks included.
_MAX_URL_HEAD = 4_000

#: Our marks in the canonical shape: values of the attribute `hidden` and the like.
_HIDDEN = "h"
#: Hidden because of what they are, not because somebody hid them.
_OURS = frozenset({f"x-{name}" for name in elements.UNSEEN} | {elements.UNDRAWN_AS})
_STYLE = re.compile(r"<style(?=[\s/>])[^>]*+>(.*?)(?:</style|\Z)", re.DOTALL | re.IGNORECASE)
_TOKEN = re.compile(r"<!--(.*?)-->|<(/?)([a-z][^\s<>/]*)([^<>]*)>", re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_BREAKING = re.compile(rf"</?+(?:{tags.any_of(elements.BREAKING)})(?=[\s>])[^<>]*>")
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
    """What is known of the page before, and what the callback notes, in the order of the page."""

    page: str = ""
    unseen: frozenset[str] = frozenset()
    attributes: list[str] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
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
    styled = "\n".join(_STYLE.findall(text))
    seen = _Seen(text, sheets.hidden_names(styled))
    canonical = _canonical(tags.escape_strays(foreign.rename(text)), seen)
    comments = _COMMENT.findall(canonical)
    shown, hidden = _walk(canonical)
    visible = _plain(shown)
    findings = [*_active(text, seen), *_unseen(hidden, comments)]
    findings += links.findings(seen.pictures + sheets.addresses(styled))
    if len(text) <= max_bleach_chars and not _bleach_agrees(canonical, visible):
        findings.append(Finding("text.parser-disagreement", Severity.HIGH, 0.9))
    texts = _texts(comments, hidden, seen.attributes)
    return Page(visible, (*texts, *_from_sheets(styled)), tuple(findings))


def _canonical(text: str, seen: _Seen) -> str:
    import nh3

    seen_by_us = elements.TEXT_ATTRIBUTES | elements.HIDING_ATTRIBUTES | elements.URL_ATTRIBUTES
    if seen.unseen:
        seen_by_us |= elements.NAMING_ATTRIBUTES
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
        return _HIDDEN if styles.hides(element, name, value, seen.page) else None
    if name in elements.NAMING_ATTRIBUTES:
        return _HIDDEN if _is_unseen(seen, name, value) else None
    if name in elements.TEXT_ATTRIBUTES and any(map(str.isalpha, value)):
        seen.attributes.append(value)
    if name.startswith("on"):
        seen.handlers += 1
    elif name in elements.URL_ATTRIBUTES or name == "content":
        _note_url(seen, value)
        if "?" in value and element in elements.PICTURES:
            seen.pictures.append(value)
    return None


def _is_unseen(seen: _Seen, name: str, value: str) -> bool:
    sign = "." if name == "class" else "#"
    return any(sign + word in seen.unseen for word in value.split())


def _note_url(seen: _Seen, value: str) -> None:
    if value.startswith(_ORDINARY):
        return
    head = value[:_MAX_URL_HEAD]
    if _SCRIPT_URL.match(_NOT_IN_URL.sub("", head)):
        seen.script_urls += 1
        seen.obfuscated += _SCRIPT_URL.match(head.lstrip()) is None


def _walk(canonical: str) -> tuple[str, list[tuple[str, str]]]:
    """The canonical page without its hidden elements; and their names and texts."""
    if f'="{_HIDDEN}"' not in canonical:
        return canonical, []
    shown: list[str] = []
    hidden: list[tuple[str, str]] = []
    depth = start = 0
    outermost = ""
    for token in _TOKEN.finditer(canonical):
        _, closing, name, rest = token.groups()
        if name is None:
            continue
        if depth == 0 and rest and name not in elements.VOID:
            shown.append(canonical[start : token.start()])
            depth, start, outermost = 1, token.end(), name
        elif depth and name not in elements.VOID:
            depth += -1 if closing else 1
            if depth == 0:
                hidden.append((outermost, _plain(canonical[start : token.start()])))
                start = token.end()
    if depth:
        hidden.append((outermost, _plain(canonical[start:])))
    else:
        shown.append(canonical[start:])
    return "".join(shown), hidden


def _plain(canonical: str) -> str:
    """Canonical markup as plain text in which nothing can be parsed."""
    text = _COMMENT.sub("", canonical)
    text = _TAG.sub("", _CELL.sub("\t", _BREAKING.sub("\n", text)))
    return tags.defuse(html.unescape(text))


def _texts(
    comments: list[str], hidden: list[tuple[str, str]], attributes: list[str]
) -> tuple[Text, ...]:
    """One text for each kind of hiding place that holds any."""
    unseen = {name: [text for found, text in hidden if found == name] for name in _OURS}
    places: tuple[tuple[str, list[str]], ...] = (
        ("hidden:html-comment", [html.unescape(comment) for comment in comments]),
        ("hidden:element", [text for name, text in hidden if name not in _OURS]),
        *((f"hidden:{name.removeprefix('x-')}", unseen[name]) for name in sorted(_OURS)),
        ("hidden:attribute", attributes),
    )
    joined = ((origin, "\n".join(filter(None, map(str.strip, parts)))) for origin, parts in places)
    return tuple(Text(content, origin) for origin, content in joined if content)


def _from_sheets(styled: str) -> Iterator[Text]:
    """What the page's style sheets write on it, and what they say to nobody."""
    places = (("document:css-content", sheets.contents), ("hidden:css-comment", sheets.comments))
    for origin, told in places:
        content = "\n".join(line for line in told(styled) if any(map(str.isalpha, line)))
        if content:
            yield Text(content, origin)


def _unseen(hidden: list[tuple[str, str]], comments: list[str]) -> Iterator[Finding]:
    """What the page keeps from people; worse if somebody took care to hide it."""
    said = [name for name, text in hidden if any(map(str.isalnum, text))]
    made = sum(name not in _OURS for name in said)
    if made:
        yield Finding("text.hidden-element", Severity.MEDIUM, 0.8, detail={"elements": made})
    parts = len(said) - made + sum(any(map(str.isalnum, comment)) for comment in comments)
    if parts:
        yield Finding("text.hidden-part", Severity.LOW, 1.0, detail={"parts": parts})


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
