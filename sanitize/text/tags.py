"""What counts as markup: real elements, comments, declarations; `a < b` does not."""

from __future__ import annotations

import html
import re

from sanitize.text.elements import ELEMENTS, LETTERS

#: An attribute with a value, as far in as the next bracket. Those that act need no quotes.
_ACTING = r"on\w++|style|href|src|srcdoc|action|formaction|xlink:href|xmlns"
_ATTRIBUTE = rf"[^<>]*?(?:[\s/\"'](?:{_ACTING})\s*+=|[\w:.\-]\s*+=\s*+[\"'])"
_UNKNOWN = rf"[a-z][^\s/<>]*+[\s/]{_ATTRIBUTE}"
_LETTER = rf"[{LETTERS}](?:\s*+/?>|[\s/][^<>=]*?[\w:\-]\s*+=)"
_NAMES = "|".join(sorted(ELEMENTS, reverse=True))

#: What makes a `<` the beginning of markup: a comment, a declaration, an element.
MARKUP = re.compile(
    rf"<(?:!(?:--|doctype\b|\[cdata\[|[a-z]+\s)|\?[a-z]|/?(?:{_NAMES})(?=[\s/>]|\Z)|script\W|/[{LETTERS}]\s*+>|"
    rf"{_LETTER}|{_UNKNOWN})",
    re.IGNORECASE,
)
#: What a lenient parser might take for a tag; `List<String>` it may have.
_OPENING = re.compile(r"<(?=[!?/]|[a-z]\w*+(?![\w,.:*&\[\]]*+>))", re.IGNORECASE)
_STRAY = re.compile(rf"<(?!{MARKUP.pattern[1:]})", re.IGNORECASE)


def has_markup(text: str) -> bool:
    """Does the text hold a real element, comment or declaration? Linear in its length."""
    return "<" in text and MARKUP.search(text) is not None


def escape_strays(text: str) -> str:
    """The text with every `<` that begins no markup as an entity."""
    return _STRAY.sub("&lt;", text)


def defuse(text: str) -> str:
    """The text with every `<` that does begin markup as an entity: nothing left to parse."""
    while has_markup(text):
        text = MARKUP.sub(lambda match: "&lt;" + match.group()[1:], text)
    return text


def defuse_page(text: str) -> str:
    """As `defuse`, for the text of a page: all that looks like a tag goes."""
    return defuse(_OPENING.sub("&lt;", text))


def plain(text: str) -> str:
    """The text without entities, where none of them hides markup."""
    return defuse(html.unescape(text)) if "&" in text else text
