"""Bytes written as letters and digits: base64, base32, base85, hex, binary, ASCII codes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from functools import partial

from sanitize.text.decoding.language import familiarity, is_printable, printable
from sanitize.text.decoding.places import Readings, replaced

#: Lines of MIME bodies (RFC 2045, 6.8), then the last or only one; both alphabets (RFC 4648).
_BASE64 = re.compile(
    r"(?:[A-Za-z0-9+/]{40,}+\r?\n[ \t]*+)++(?:[A-Za-z0-9+/]++={0,2})?"
    r"|[A-Za-z0-9+/_-]{12,}+(?:={1,2}|%3[dD]){0,2}"
)
#: What a run of base64 has that says something. In small letters and signs alone, or in capitals
#: alone, most letters of English cannot be spelled, and ordinary words are made of them.
MIXED = re.compile("[a-z0-9][A-Z]|[A-Z]{2}[a-z0-9]|[A-Za-z][0-9]|[0-9][a-z]")
#: Something in upper case behind lower case, or padding: words in base64 have that.
HUMP = re.compile("[a-z0-9][A-Z]|[A-Za-z0-9]=")
_BASE64_WORD = re.compile(
    r"(?<![\w+/=-])(?:[A-Za-z0-9+/]{4}){1,8}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?(?![\w+/=-])"
    r"|(?<![\w+/=-])(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)"
)
_DATA_URI = re.compile(r"data:[\w/+.;=-]{0,80};base64,\s*([A-Za-z0-9+/_=%-]{4,})", re.IGNORECASE)
_BASE32 = re.compile("(?<![A-Za-z0-9])(?:[A-Z2-7]{16,}+|[a-z2-7]{16,}+)={0,6}(?![A-Za-z0-9])")

#: Five letters that stand for four bytes of ASCII begin with one of these: 0x20202020 is
#: 10.3 and 0x7e7e7e7e is 40.7 times 85 to the fourth.
_BASE85 = re.compile(r"(?<![!-;=?-z|}])(?:<~)?((?:[+-I][!-u]{4}){5,}+[!-u]{0,4}+)")
_GIT85 = re.compile(
    r"(?<![!#-&(-+0-9;-Z^-~-])((?:[A-Za-e][!#-&(-+0-9;-Z^-~-]{4}){5,}+[!#-&(-+0-9;-Z^-~-]{0,4}+)"
)

_HEX = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?((?:[0-9a-fA-F]{2}){8,}+)(?![0-9A-Za-z])")
_PAIRS = r"(?:0?[xX]|\\x|#|U\+00|u00)?(?:[0-9a-fA-F]{2}){1,8}+"
_HEX_PAIRS = re.compile(
    rf"(?<![0-9A-Za-z]){_PAIRS}(?:[ ,:;\r\n\t-]{{1,3}}{_PAIRS}(?![0-9A-Za-z])){{5,}}+"
)
_HEX_PREFIX = re.compile(r"0?[xX]|U\+00|u00")
_NOT_HEX = re.compile("[^0-9a-fA-F]+")

_BINARY = re.compile(r"(?<!\w)[01]{7,}+(?!\w)(?:[ ,;_\r\n-]{1,2}[01]{7,8}(?!\w))*+")
_NUMBERS = re.compile(r"(?<![\w.])\\?\d{2,3}(?:[ ,;:.|/\\\r\n-]{1,3}\d{2,3}(?!\w)){7,}+")
_CALLS = re.compile(
    r"(?:(?:\bch(?:a)?rw?|fromCharCode)\s*\(\s*(?:\d{2,3})\s*\)[\s+.&|,]*){3,}+", re.IGNORECASE
)
_NUMBER = re.compile(r"\d{2,3}")
#: Runs of ASCII in bytes that are no text as a whole, as in the metadata of pictures. Chance
#: makes 24 printable bytes of random ones once in 10¹⁰ tries.
_STRINGS = re.compile(rb"[\t\n\r\x20-\x7e]{24,}")


def _text(data: bytes) -> str:
    """The text in the bytes, or the longer strings in them."""
    whole = printable(data)
    if whole or len(data) < 24:
        return whole
    return "\n".join(found.decode("ascii") for found in _STRINGS.findall(data))


def _unbase64_run(letters: str) -> str:
    return _unbase64(letters) if MIXED.search(letters) else ""


def _unbase64(letters: str) -> str:
    if "%" in letters:
        letters = letters.replace("%3D", "").replace("%3d", "")
    plain = letters.translate(_TO_STANDARD).lstrip("+/").rstrip("=")
    if len(plain) % 4 == 1:
        plain = plain[:-1]
    try:
        return _text(base64.b64decode(plain + "=" * (-len(plain) % 4)))
    except (binascii.Error, ValueError):
        return ""


_TO_STANDARD = {ord("-"): "+", ord("_"): "/", **dict.fromkeys(map(ord, " \t\r\n"))}


def _pieces(
    text: str, pattern: re.Pattern[str], decode: Callable[[str], str], group: int = 0
) -> str:
    """All that the pattern finds and the decoder can read, put together."""
    decoded = ((found, decode(found.group(group))) for found in pattern.finditer(text))
    return replaced(text, ((*found.span(), content) for found, content in decoded if content))


def from_base64(text: str) -> Readings:
    """Standard and URL-safe alphabet, with or without padding; words one by one; data: URIs."""
    if "base64," in text:
        content = _pieces(text, _DATA_URI, _unbase64, 1)
        if content:
            yield "data-uri", content
    content = _base64_words(text) or _pieces(text, _BASE64, _unbase64_run)
    if content:
        yield "base64", content


def _base64_words(text: str) -> str:
    """What several short words say that are each a base64 of their own."""
    if not HUMP.search(text):
        return ""
    found = [(match, _unbase64(match.group())) for match in _BASE64_WORD.finditer(text)]
    hits = [(*match.span(), content) for match, content in found if content.isascii() and content]
    said = " ".join(content for *_, content in hits)
    return replaced(text, hits) if len(hits) >= 3 and familiarity(said) >= 0.5 else ""


def from_base32(text: str) -> Readings:
    """RFC 4648, upper or lower case."""
    content = _pieces(text, _BASE32, _unbase32)
    if content:
        yield "base32", content


def _unbase32(letters: str) -> str:
    plain = letters.rstrip("=").upper()
    plain = plain[: len(plain) - (len(plain) % 8 in (1, 3, 6))]
    try:
        return _text(base64.b32decode(plain + "=" * (-len(plain) % 8)))
    except (binascii.Error, ValueError):
        return ""


def from_base85(text: str) -> Readings:
    """ASCII85 and the alphabet of Git (RFC 1924), where they spell ASCII."""
    for name, pattern, decode in (
        ("ascii85", _BASE85, base64.a85decode),
        ("base85", _GIT85, base64.b85decode),
    ):
        content = _pieces(text, pattern, partial(_un85, decode), 1)
        if content:
            yield name, content


def _un85(decode: Callable[[str], bytes], letters: str) -> str:
    try:  # both are loops in Python, so most of what is no text stops after fifty letters
        return printable(decode(letters)) if printable(decode(letters[:50])) else ""
    except (ValueError, OverflowError):
        return ""


def from_hex(text: str) -> Readings:
    """Pairs of hex digits, together or apart, with a prefix to each or without."""
    content = _pieces(text, _HEX, _unhex, 1) or _pieces(text, _HEX_PAIRS, _unhex)
    if content:
        yield "hex", content


def _unhex(letters: str) -> str:
    digits = _NOT_HEX.sub("", _HEX_PREFIX.sub("", letters))
    return _text(bytes.fromhex(digits)) if len(digits) % 2 == 0 else ""


def from_binary(text: str) -> Readings:
    """Seven or eight bits to a letter, together or apart."""
    content = _pieces(text, _BINARY, _unbinary)
    if content:
        yield "binary", content


def _unbinary(digits: str) -> str:
    groups = re.findall("[01]+", digits)
    if len(groups) >= 4 and all(len(group) in (7, 8) for group in groups):
        return printable(bytes(int(group, 2) for group in groups))
    joined = "".join(groups)
    for width in (8, 7):
        if len(joined) % width == 0 and len(joined) >= 4 * width:
            starts = range(0, len(joined), width)
            content = printable(bytes(int(joined[at : at + width], 2) for at in starts))
            if content:
                return content
    return ""


def from_numbers(text: str) -> Readings:
    """ASCII codes in decimal or octal, and calls such as chr(105)."""
    content = _pieces(text, _NUMBERS, _unnumber) or _pieces(text, _CALLS, _unnumber)
    if content:
        yield "ascii-codes", content


def _unnumber(digits: str) -> str:
    numbers = _NUMBER.findall(digits)
    for base in (10, 8):
        if base == 8 and any("8" in number or "9" in number for number in numbers):
            break
        codes = [int(number, base) for number in numbers]
        content = "".join(map(chr, codes))
        if all(code < 127 for code in codes) and is_printable(content):
            return content
    return ""
