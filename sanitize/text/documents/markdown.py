"""Markdown (CommonMark 0.31): what it shows to nobody, and pictures that would carry words away."""

from __future__ import annotations

import re

from sanitize.text import links
from sanitize.text.documents.parts import Found, Part, joined

#: What is shown letter by letter, so that nothing in it is a link. Since it takes all up to its
#: end, or to that of the text, no letter is looked at twice.
_CODE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}+|~{3,}+)(?P<info>[^\n`]*+)"
    r"(?:\n(?:.*?\n)??(?: {0,3}(?P=fence)[`~]*+[ \t]*+$)|.*\Z)"
    r"|(?<!`)(?P<tick>`{1,2})(?!`)[^`\n]++(?P=tick)(?!`)",
    re.MULTILINE | re.DOTALL,
)
#: In round brackets others may stand: no renderer takes that for a title, but readers of Markdown
#: are not all so strict.
_TITLE = (
    r"\"(?P<double>[^\"]{0,4000})\"|'(?P<single>[^']{0,4000})'"
    r"|\((?P<round>(?:[^()]|\([^()\n]{0,400}\)){0,4000}+)\)"
)
#: A letter of an address, or brackets and what they hold: a gap to be filled in may have blanks.
_ADDRESS = (
    r"(?:[^\s()\[{<]|\([^\s()]*+\)|\[[^\[\]()\n]{0,200}\]|\{[^{}()\n]{0,200}\}"
    r"|<[^<>()\n]{0,200}>|[\[{<])"
)
#: Every part of it stops at the next bracket, so that all scans together take linear time.
_LINK = re.compile(
    rf"(?P<picture>!)?\[(?P<text>[^\[\]]{{0,1000}})\]\(\s{{0,9}}<?"
    rf"(?P<address>{_ADDRESS}{{0,8000}}+)(?:\s{{1,9}}(?:{_TITLE}))?\s{{0,9}}\)"
)
_DEFINITION = re.compile(
    rf"^ {{0,3}}\[(?P<label>[^\[\]]{{1,1000}})\]:[ \t]{{0,9}}\n?[ \t]{{0,9}}"
    rf"<?(?P<address>[^\s<>]{{0,8000}})>?(?:\s{{1,9}}(?:{_TITLE}))?[ \t]{{0,9}}$",
    re.MULTILINE,
)
_BY_LABEL = re.compile(r"!\[([^\[\]]{0,1000})\](?:\[([^\[\]]{0,1000})\])?(?!\()")
_FRONT = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
#: Labels and addresses of definitions that stand for nothing: comments.
_NOWHERE = frozenset({"", "#", "/", "//"})


def may_be(text: str) -> bool:
    """Has the text anything that only Markdown hides?"""
    return "](" in text or "]:" in text or "```" in text or "~~~" in text or text[:4] == "---\n"


def read(text: str) -> Found:
    """Titles, alternative texts, comments and front matter; `text.exfiltration-link`."""
    front = _FRONT.match(text)
    if front:
        yield Part("front-matter", front[1], shown=False, kind="yaml")
    infos = [found["info"] for found in _CODE.finditer(text) if found["info"]]
    yield from joined("code-label", [info for info in infos if _says(info)], shown=False)
    yield from _of_links(_CODE.sub(" ", text))


def _of_links(text: str) -> Found:
    inline, defined = list(_LINK.finditer(text)), list(_DEFINITION.finditer(text))
    titles = [title for found in (*inline, *defined) if _says(title := _title(found))]
    comments = [found["label"] for found in defined if _is_comment(found)]
    alternatives = [found["text"] for found in inline if found["picture"]]
    labels = list(_BY_LABEL.finditer(text))
    alternatives += [found[1] for found in labels]
    yield from joined("title", titles, shown=False)
    yield from joined("comment", list(filter(_says, comments)), shown=False)
    yield from joined("alternative-text", list(filter(_says, alternatives)), shown=False)
    where = {found["label"].lower(): found["address"] for found in defined}
    pictures = [found["address"].strip("<>") for found in inline if found["picture"]]
    pictures += [where.get((found[2] or found[1]).lower(), "") for found in labels]
    yield from links.findings(pictures)


def _title(found: re.Match[str]) -> str:
    return found["double"] or found["single"] or found["round"] or ""


def _is_comment(found: re.Match[str]) -> bool:
    return found["address"] in _NOWHERE


def _says(text: str) -> bool:
    """Three words or more: what is shorter names something, and gives no orders."""
    return len(text.split(None, 3)) >= 3 or not text.isascii()
