"""Characters written as escapes: percent, entities, backslashes, quoted-printable, Morse."""

from __future__ import annotations

import binascii
import html
import re
from urllib.parse import unquote

from sanitize.text.decoding.language import capitalised, familiarity, is_printable, segment
from sanitize.text.decoding.places import Readings, replaced, stretch

_PERCENT = re.compile("%[0-9a-fA-F]{2}")
#: What stands in front of the data of a data: URI (RFC 2397). Named one by one, since what is left
#: out of a reading must not be able to say anything.
_DATA = re.compile(
    r"\bdata:(?:text/(?:plain|html|csv|css|xml|markdown|javascript))?"
    r"(?:;charset=(?:utf-8|us-ascii))?,",
    re.IGNORECASE,
)
_NUMERIC = re.compile("&(?:amp;)?#(?:[0-9]{2,7}|[xX][0-9a-fA-F]{2,6})(?![0-9a-fA-F]);?")
_NAMED = re.compile("&[A-Za-z]{2,31};")
_BACKSLASH = re.compile(
    r"\\(?:u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})|x([0-9a-fA-F]{2})"
    r"|x\{([0-9a-fA-F]{1,6})\}|([0-3][0-7]{2})|([nrt\"'/\\]))"
)
_SHORT_TWICE = re.compile(r"\\\\[nrt\"']")
_POINT = re.compile(r"U\+([0-9a-fA-F]{4,6})[ ,;]?")
_QUOTED = re.compile("(?<!=)=(?:[0-9A-F]{2}|\r?\n)")
_HIGHEST = 0x10FFFF

_DOTS, _DASHES, _BREAKS = ".·•", "-–—−_", "/|"
_MORSE = re.compile(
    f"(?<![{_DASHES}{_DOTS}])[{_DASHES}{_DOTS}]{{1,6}}(?:[ \t\n{_BREAKS}]{{1,4}}"
    f"[{_DASHES}{_DOTS}]{{1,6}}(?![{_DASHES}{_DOTS}])){{4,}}+"
)
_MORSE_WORD = re.compile(rf"\s*[{_BREAKS}]+\s*|\s{{2,}}")
#: International Morse code (ITU-R M.1677-1), letters, digits and signs; and signs in common use.
_SIGNS = """
a .-  b -...  c -.-.  d -..  e .  f ..-.  g --.  h ....  i ..  j .---  k -.-  l .-..  m --
n -.  o ---  p .--.  q --.-  r .-.  s ...  t -  u ..-  v ...-  w .--  x -..-  y -.--  z --..
0 -----  1 .----  2 ..---  3 ...--  4 ....-  5 .....  6 -....  7 --...  8 ---..  9 ----.
. .-.-.-  , --..--  ? ..--..  ' .----.  ! -.-.--  : ---...  - -....-  / -..-.  " .-..-.  @ .--.-.
( -.--.  ) -.--.-  = -...-  + .-.-.  _ ..--.-  $ ...-..-  & .-...  ; -.-.-.
"""
_LETTERS = dict(zip(_SIGNS.split()[1::2], _SIGNS.split()[::2], strict=True))
_PLAIN_MORSE = str.maketrans({**dict.fromkeys(_DOTS, "."), **dict.fromkeys(_DASHES, "-")})


def from_percent(text: str) -> Readings:
    """RFC 3986, 2.1; a plus is a space where there are no others."""
    if text.count("%") < 3:
        return
    place = stretch(text, _PERCENT, 3)
    if place:
        content = unquote(place, errors="replace")
        content = content if " " in content else content.replace("+", " ")
        if is_printable(content):
            yield "percent", _DATA.sub("", content)


def from_entities(text: str) -> Readings:
    """Character references of HTML, numeric from two on, named from six on."""
    if text.count("&") < 2:
        return
    place = stretch(text, _NUMERIC, 2) or stretch(text, _NAMED, 6)
    if place:
        content = html.unescape(place)
        if is_printable(content):
            yield "entities", content


def from_backslashes(text: str) -> Readings:
    """Escapes of JSON, Python, C and JavaScript: code points, bytes, octal and the short ones."""
    if text.count("\\") < 2:
        return
    place = stretch(text, _BACKSLASH, 2)
    if not place:
        return
    # Short ones alone may be TeX or a path, which say less without their backslashes.
    wide = any(found.group()[1] in "uUx0123" for found in _BACKSLASH.finditer(place))
    content = _whole(_BACKSLASH.sub(_unescape, place))
    if not wide and _SHORT_TWICE.search(place):
        content = _BACKSLASH.sub(_unescape, content)
    if is_printable(content) and (wide or familiarity(content) > familiarity(place)):
        yield "escapes", content.strip('"')


_SHORT = {"n": "\n", "r": "\r", "t": "\t"}


def _unescape(found: re.Match[str]) -> str:
    *wide, octal, short = found.groups()
    if short:
        return _SHORT.get(short, short)
    number = int(octal, 8) if octal else int(next(filter(None, wide)), 16)
    return chr(number) if number <= _HIGHEST else ""


def _whole(text: str) -> str:
    """The text with surrogate pairs joined and halves left out."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def from_points(text: str) -> Readings:
    """Code points as U+0069."""
    if "U+" not in text and "u+" not in text:
        return
    pieces = [
        (*found.span(), chr(int(found.group(1), 16)))
        for found in _POINT.finditer(text)
        if int(found.group(1), 16) <= _HIGHEST
    ]
    if len(pieces) >= 4:
        content = _whole("".join(letter for *_, letter in pieces))
        if is_printable(content):
            yield "code-points", content


def from_quoted(text: str) -> Readings:
    """Quoted-printable (RFC 2045, 6.7)."""
    if "=" not in text:
        return
    place = stretch(text, _QUOTED, 2)
    if place:
        content = binascii.a2b_qp(place.encode("utf-8")).decode("utf-8", "ignore")
        if is_printable(content):
            yield "quoted-printable", content


def from_morse(text: str) -> Readings:
    """Dots and dashes; words apart by a stroke or two blanks, or not at all."""
    found = [(match, _unmorse(match.group())) for match in _MORSE.finditer(text)]
    content = replaced(text, ((*match.span(), said) for match, said in found if said))
    if content:
        yield "morse", content


def _unmorse(code: str) -> str:
    said, strange, signs = [], 0, 0
    for word in _MORSE_WORD.split(code.translate(_PLAIN_MORSE).strip()):
        letters = [_LETTERS.get(sign, "") for sign in word.split()]
        strange, signs = strange + letters.count(""), signs + len(letters)
        said.append("".join(letters))
    if strange * 10 > signs:
        return ""
    content = " ".join(said if len(said) > 1 else segment(said[0][:10_000]))
    enough = 0.3 if len(said) > 3 else 0.5  # in several words, names may be among them
    return capitalised(content) if familiarity(content) >= enough else ""
