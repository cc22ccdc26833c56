"""What counts as markup: real elements, comments, declarations; `a < b` does not."""

from __future__ import annotations

import html
import re

from sanitize.text.elements import ELEMENTS, LETTERS

#: An event handler; `once`, `only` and the like are words.
_HANDLER = r"(?<=[\s/\"'])on(?!ce\b|e\b|es\b|ly\b|line\b|set\b|to\b|ward\b)\w++\s*+=(?!=)"
#: Attributes that do something without quotes around their value, or without a value.
_ACTING = (
    r"(?<=[\s/\"'])(?:(?:style|href|src|srcdoc|action|formaction|xlink:href|xmlns)\s*+=(?!=)"
    r"|hidden(?=[\s/>]))"
)
#: As far as a tag may go: a `<` that begins no other tag is part of it. Since every scan
#: ends at the next tag, all scans together take linear time.
_WITHIN = r"(?:[^<>]|<(?![a-zA-Z]))"
#: The same without what code is full of.
_SIMPLE = r"[^<>(){};&|]"
_TAG = (
    # Any name, if there is a handler, which may follow a quoted bracket.
    rf"[a-zA-Z](?:[^\s/<>]|<(?![a-zA-Z]))*+[\s/]{_WITHIN}*?(?:{_HANDLER}"
    rf"|=\s*+[\"'][^<>\"']*+[<>](?=.{{0,500}}?{_HANDLER}))"
    # A simple name, if an attribute acts or has a quoted value.
    rf"|[a-zA-Z](?:[^\s/<>();&|]|<(?![a-zA-Z]))*+[\s/](?:{_SIMPLE}|<(?![a-zA-Z]))*?{_ACTING}"
    rf"|[a-zA-Z][^\s/<>(){{}};&|]*+[\s/]{_SIMPLE}*?[\w:.\-]\s*+=\s*+[\"']"
    # One letter, if that is all or an attribute has any value.
    rf"|[{LETTERS}](?:\s*+/?>|[\s/]{_SIMPLE}*?[\w:\-]\s*+=(?!=))"
)


def any_of(names: frozenset[str]) -> str:
    """A pattern for some elements, told apart by their first letter: `re` tries one branch then."""
    firsts = sorted({name[0] for name in names})
    rest = {first: "|".join(sorted(n[1:] for n in names if n[0] == first)) for first in firsts}
    return "|".join(f"[{first}{first.upper()}](?i:{rest[first]})" for first in firsts)


#: What makes a `<` the beginning of markup: a comment, a declaration, an element.
MARKUP = re.compile(
    rf"<(?:!(?i:--|doctype\b|\[cdata\[|[a-z]+\s)|\?[a-zA-Z]|/?(?:{any_of(ELEMENTS)})(?=[\s/>]|\Z)"
    rf"|(?i:script\W|/[{LETTERS}]\s*+>|{_TAG}))",
    re.DOTALL,
)
#: What a lenient parser might take for a tag; `List<String>` it may have.
_OPENING = re.compile(r"<(?=[!?/]|[a-z]\w*+(?![\w,.:*&\[\]]*+>))", re.IGNORECASE)
_BEGINNING = re.compile(rf"<(?={MARKUP.pattern[1:]})", re.DOTALL)
_STRAY = re.compile(rf"<(?!{MARKUP.pattern[1:]})", re.DOTALL)
#: Tags that are markup by their name alone: pages hold hardly anything else.
_PLAIN = re.compile(
    rf"<(?:/?+([a-zA-Z][a-zA-Z0-9-]+)(?=[\s/>])|/?+[{LETTERS}]>|a\s++href=(?!=)|!--|!(?i:doctype)\b)"
)
_ALL = ELEMENTS | {""}
_NAME = re.compile(r"<([a-zA-Z][^\s/<>]*+)")
_END = re.compile(r"</([a-zA-Z][^\s/<>]*+)\s*+>")


def has_markup(text: str) -> bool:
    """Does the text hold a real element, comment or declaration? Linear in its length."""
    return "<" in text and MARKUP.search(text) is not None


def escape_strays(text: str) -> str:
    """The text with every `<` that begins no markup as an entity.

    End tags of unknown elements that were markup go with them.
    """
    plain = _PLAIN.findall(text)
    if len(plain) == text.count("<") and {name.lower() for name in set(plain)} <= _ALL:
        return text
    others = {name.lower() for name in set(_NAME.findall(text))} - ELEMENTS - set(LETTERS)
    if others:
        text = _without_ends(text, others)
    return _STRAY.sub("&lt;", text)


def _without_ends(text: str, others: set[str]) -> str:
    begun = {name.lower() for name in _NAME.findall("".join(MARKUP.findall(text)))} & others
    return _END.sub(lambda end: "" if end[1].lower() in begun else end[0], text)


def defuse(text: str) -> str:
    """The text with nothing in it that any parser would take for markup.

    All that looks like a tag is escaped, `<` by `<`, but for what `List<String>` has.
    """
    return _BEGINNING.sub("&lt;", _OPENING.sub("&lt;", text)) if "<" in text else text


def plain(text: str) -> str:
    """The text without entities, where none of them hides markup."""
    found = html.unescape(text) if "&" in text else text
    return defuse(found) if has_markup(found) else found
