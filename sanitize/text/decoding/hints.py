"""Which transforms a text could be for, told by what each of them cannot do without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sanitize.text.decoding import ciphers, codes, escapes, spacing, spelling
from sanitize.text.decoding.places import Transform

#: Beyond ASCII everything counts as a digit, a letter or a blank: Python and RE2 may know
#: different versions of Unicode, and a hint must never miss what the transform would find.
_BEYOND = r"\x{80}-\x{10FFFF}"
_DIGITS = rf"[0-9{_BEYOND}]{{2}}"
_LETTER = rf"[A-Za-z{_BEYOND}]"
_BLANK = rf"[\x09-\x0d\x1c-\x20{_BEYOND}]"
_PAIRS = r"(?:[xX]|\\x|#|U\+00|u00)?(?:[0-9a-fA-F]{2})+"
_SIGN = r"[-_.+*~|/,;:]"
_LONG = "[A-Za-z][A-Za-z0-9']{15}"
_CODE = r"[.·•–—−_-]+"

#: Transform → RE2 pattern that every text it reads must match; empty where the transform's own
#: first look is as quick.
HINTS: Mapping[Transform, str] = {
    codes.from_base64: f"base64,|{codes.MIXED.pattern}|{codes.HUMP.pattern}",
    codes.from_hex: rf"[0-9a-fA-F]{{16}}|{_PAIRS}(?:[ ,:;\r\n\t-]{{1,3}}0?{_PAIRS}){{3}}",
    codes.from_base32: "[A-Z2-7]{16}|[a-z2-7]{16}",
    codes.from_base85: "[!-~]{25}",
    codes.from_binary: "[01]{7}",
    codes.from_numbers: (
        rf"{_DIGITS}(?:[^A-Za-z]{{1,4}}{_DIGITS}){{3}}"
        rf"|(?i:cha?rw?|fromCharCode){_BLANK}*\("
    ),
    escapes.from_percent: "",
    escapes.from_entities: "",
    escapes.from_backslashes: "",
    escapes.from_points: "",
    escapes.from_quoted: "",
    escapes.from_morse: rf"{_CODE}(?:[ \t\n/|]{{1,4}}{_CODE}){{3}}",
    spelling.from_code: "",
    spacing.from_letters_apart: rf"(?:{_LETTER}[ \t_.*~|/,+:;-]{{1,4}}){{5}}",
    spelling.from_leet: r"[A-Za-z0134578@$|+][0134578@$!|+]*[0134578@$!|+][A-Za-z]",
    spacing.from_joined: rf"{_SIGN}[A-Za-z0-9']+{_SIGN}[A-Za-z0-9']+{_SIGN}|{_LONG}",
    spacing.from_hyphenated: r"[A-Za-z][-_.*~|·]+[A-Za-z]",
    spacing.from_spaceless: _LONG,
    ciphers.from_ciphers: "",
}


_TOLD = tuple(filter(None, HINTS.values()))

#: Longest text, in characters, that all hints are looked for in at once. The states of many
#: patterns together outgrow RE2's memory on long random text: a megabyte of base64 takes 2 s, and
#: 0.06 s hint by hint.
TOGETHER = 8_192


def plausible(text: str) -> Sequence[Transform]:
    """The transforms that may give a reading of the text, in their usual order."""
    try:
        if len(text) > TOGETHER:
            return [transform for transform, hint in HINTS.items() if _may_match((hint,), text)]
        matching = _set(_TOLD).Match(text)
    except UnicodeEncodeError:  # half a character: RE2 reads UTF-8
        return tuple(HINTS)
    if len(_TOLD) not in matching:  # RE2 ran out of memory, which it does not say
        return tuple(HINTS)
    found = {_TOLD[index] for index in matching if index < len(_TOLD)}
    return [transform for transform, hint in HINTS.items() if not hint or hint in found]


def _may_match(hints: tuple[str, ...], text: str) -> bool:
    found = _set(hints).Match(text)
    return 0 in found or len(hints) not in found


@lru_cache(maxsize=64)
def _set(hints: tuple[str, ...]) -> Any:
    """Hints as one RE2 set, and one pattern more that matches any text."""
    import re2

    found = re2.Set.SearchSet()
    for hint in (*hints, ""):
        found.Add(hint)
    found.Compile()
    return found
