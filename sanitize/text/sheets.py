"""Style sheets: what they write on a page, what they say to nobody, and what they hide."""

from __future__ import annotations

import re

_COMMENT = re.compile(r"/\*(.*?)(?:\*/|\Z)", re.DOTALL)
_CONTENT = re.compile(
    r"(?<![\w-])content\s*+:\s*+((?:[^;{}\"']|\"(?:[^\"\\\n]|\\.)*+\"|'(?:[^'\\\n]|\\.)*+')*+)",
    re.IGNORECASE | re.DOTALL,
)
_STRING = re.compile(r"\"((?:[^\"\\\n]|\\.)*+)\"|'((?:[^'\\\n]|\\.)*+)'", re.DOTALL)
#: CSS Syntax 3, 4.3.7: six hex digits and a blank, a line end that goes, a character.
_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(\n)|(.))", re.DOTALL)
_ADDRESS = re.compile(r"url\(\s*+[\"']?([^\"'()\s]{1,8000})", re.IGNORECASE)


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
