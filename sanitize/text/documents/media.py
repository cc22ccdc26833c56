"""Which kind of document a text is: as declared, or else by how it begins."""

from __future__ import annotations

import re

from sanitize.text.documents import data, mail, markdown, pages, trees
from sanitize.text.documents.parts import Reader

#: Kind of document → what reads it.
READERS: dict[str, Reader] = {
    "css": pages.read_css,
    "html": pages.read,
    "json": data.read_json,
    "json-lines": data.read_json_lines,
    "mail": mail.read,
    "markdown": markdown.read,
    "xml": trees.read,
    "yaml": data.read_yaml,
}

#: Declared media types; `…+json`, `…+xml` and `…+yaml` are told by their ends (RFC 6839).
#: A page that is declared as one is `text.markup`'s.
TYPES = {
    "application/json": "json",
    "text/json": "json",
    "application/jsonl": "json-lines",
    "application/x-ndjson": "json-lines",
    "application/x-yaml": "yaml",
    "application/yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "application/xml": "xml",
    "text/xml": "xml",
    "message/rfc822": "mail",
    "message/global": "mail",
    "text/css": "css",
    "text/markdown": "markdown",
    "text/x-markdown": "markdown",
}
_ENDS = {"json": "json", "xml": "xml", "yaml": "yaml"}

_HEADER = re.compile(r"([!-9;-~]{1,76}):[ \t\r\n]|[ \t]+\S")
#: Headers of which a mail has at least two (RFC 5322, 3.6).
_MAIL_NAMES = "from to cc subject date message-id received mime-version return-path delivered-to"
_MAIL = frozenset(_MAIL_NAMES.split())
_YAML = re.compile(
    r"%YAML |---[ \t]*\n(?:#[^\n]*\n){0,9}[ \t]{0,9}(?:- )?[\w\"'-]{1,60}:(?:[ \t]|\n)"
)


def declared(media_type: str) -> str:
    """The kind for a declared media type; empty if it says nothing about that."""
    if media_type == "application/xhtml+xml":
        return ""
    return TYPES.get(media_type) or _ENDS.get(media_type.rpartition("+")[2], "")


def sniffed(text: str) -> list[str]:
    """The kinds that a text may be, the likeliest first; most chat is none."""
    first = text[:64].lstrip("\ufeff \t\r\n")[:5]
    found = []
    if first[:1] in ("{", "[") and text.rstrip()[-1:] in ("}", "]"):
        found.append("json")
    elif first == "<?xml":
        found.append("xml")
    elif first[:1].isalpha() and _is_mail(text):
        return ["mail"]
    elif first[:3] in ("---", "%YA") and _YAML.match(text.lstrip("\ufeff \t\r\n")):
        found.append("yaml")
    if markdown.may_be(text):
        found.append("markdown")
    return found


def _is_mail(text: str) -> bool:
    """Does it begin with headers and a blank line, two of them those of mails?"""
    names = set()
    for line in text[:8_000].splitlines()[:80]:
        if not line.strip():
            break
        header = _HEADER.match(line + "\n")
        if not header:
            return False
        names.add((header[1] or "").lower())
    return len(names & _MAIL) >= 2
