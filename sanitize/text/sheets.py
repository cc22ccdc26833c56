"""Style sheets: what they write on a page, what they say to nobody, and what they hide."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sanitize.text import styles

_COMMENT = re.compile(r"/\*(.*?)(?:\*/|\Z)", re.DOTALL)
_CONTENT = re.compile(
    r"(?<![\w-])content\s*+:\s*+((?:[^;{}\"']|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')*+)",
    re.IGNORECASE | re.DOTALL,
)
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*+)\"|'((?:[^'\\\n]|\\.)*+)'", re.DOTALL)
#: CSS Syntax 3, 4.3.7: six hex digits and a blank, a line end that goes, a character.
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(\n)|(.))", re.DOTALL)
_ADDRESS = re.compile(r"url\(\s*+[\"']?([^\"'()\s]{1,8000})", re.IGNORECASE)

_BRACE = re.compile("([{}])")
#: Conditions that hold on a screen, whatever its size.
_ALWAYS = re.compile(
    r"@(?:media\s+(?:screen|all)\s*|supports\b[^{]*|layer\b[^{]*)\Z", re.IGNORECASE
)
_SIMPLE = re.compile(r"(?:[a-z][a-z0-9]*)?([.#])([\w-]+)", re.IGNORECASE)
#: Conditions around a rule; more are taken for some that do not hold.
_DEEPEST = 8
#: What comes into sight sooner or later.
_MOVING = re.compile("animation|transition")


def hidden_names(sheet: str) -> frozenset[str]:
    """Classes (`.name`) and ids (`#name`) of elements that the sheet leaves nothing to see of.

    Only plain selectors count, and only rules that always hold: what a
    pointer, a script or another screen brings out is there to be seen.
    """
    found: set[str] = set()
    open_: list[str] = []
    pieces = _BRACE.split(_COMMENT.sub("", sheet))
    for text, brace in zip(pieces[::2], pieces[1::2], strict=False):
        if brace == "{":
            open_.append(text.strip())
        elif open_:
            selector = open_.pop()
            if len(open_) <= _DEEPEST and all(map(_ALWAYS.match, open_)) and _hides(text.lower()):
                found.update(_names(selector))
    return frozenset(found)


def _hides(declarations: str) -> bool:
    return not _MOVING.search(declarations) and styles.style_hides(declarations)


def _names(selectors: str) -> Iterator[str]:
    for selector in selectors.split(","):
        name = _SIMPLE.fullmatch(selector.strip())
        if name:
            yield name[1] + name[2]


def comments(sheet: str) -> list[str]:
    """What stands in comments."""
    return [found.strip() for found in _COMMENT.findall(sheet)] if "/*" in sheet else []


def contents(sheet: str) -> list[str]:
    """The strings that `content:` puts before and behind elements."""
    said = []
    for found in _CONTENT.findall(_COMMENT.sub(" ", sheet)):
        said.append("".join(_plain(a or b) for a, b in _STRING.findall(found)))
    return said


def addresses(sheet: str) -> list[str]:
    """What the sheet would load."""
    return _ADDRESS.findall(sheet)


def _plain(string: str) -> str:
    return _ESCAPE.sub(_unescape, string) if "\\" in string else string


def _unescape(found: re.Match[str]) -> str:
    digits, _, letter = found.groups()
    if not digits:
        return letter or ""
    number = int(digits, 16)
    return chr(number) if number <= 0x10FFFF else "\ufffd"
