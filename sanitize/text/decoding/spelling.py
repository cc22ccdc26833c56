"""Words spelled oddly: digits and signs for letters, strings put together in code."""

from __future__ import annotations

import re
from itertools import product

from sanitize.text.decoding.language import LONGEST, is_known
from sanitize.text.decoding.places import Readings, around

_LEET_HINT = re.compile(r"[A-Za-z][0134578@$!|+]+[A-Za-z]|(?<!\w)[0134578@$|+]+[a-z]{2}")
_LEET_WORD = re.compile(r"[A-Za-z0-9@$!|+€£](?:[A-Za-z0-9@$!|+€£']*[A-Za-z0-9@$!|+€£])?")
_DIGIT = re.compile(r"[0-9@$!|+€£]")
_LEET = str.maketrans("0345789@$!|+€£", "oeastbgasiltel")
_ONES = ("i", "l")

_STRING = r"""(?:"(?:[^"\\\n]|\\.){0,200}+"|'(?:[^'\\\n]|\\.){0,200}+')"""
_JOIN = r"\s{0,8}(?:\+|\.\.?|&|\|\||~|\\\n)?\s{0,8}"
_CHAIN = re.compile(rf"{_STRING}(?:{_JOIN}{_STRING})+")
_CHAIN_HINT = re.compile(rf"""["']{_JOIN}["']""")
_LIST = re.compile(
    rf"[\[(]\s{{0,8}}{_STRING}(?:\s{{0,8}},\s{{0,8}}{_STRING}){{1,99}}+\s{{0,8}},?\s{{0,8}}[\])]"
)
_LITERAL = re.compile(_STRING)
_ESCAPED = re.compile(r"""\\(["'\\n])""")
_ASSIGNED = re.compile(rf"\b([A-Za-z_]\w{{0,30}})\s{{0,4}}:?=\s{{0,4}}({_STRING})")
_NAMES = re.compile(r"\b[A-Za-z_]\w{0,30}(?:\s{0,4}[+.]\s{0,4}[A-Za-z_]\w{0,30})+")


def from_leet(text: str) -> Readings:
    """Digits and signs for letters, where that makes known words of several others."""
    if not _LEET_HINT.search(text):
        return
    found = [(match, _unleet(match.group())) for match in _LEET_WORD.finditer(text)]
    changed = [(match, word) for match, word in found if word != match.group()]
    good = sum(len(word) > 2 and is_known(word.lower().rstrip("i!")) for _, word in changed)
    if good < 2 or good * 2 < len(changed):
        return
    start, end = around(text, changed[0][0].start(), changed[-1][0].end())
    yield "leetspeak", _LEET_WORD.sub(lambda word: _spelled(word.group()), text[start:end])


def _spelled(word: str) -> str:
    """The word in letters; 70 and 4 are words here, where other words are leetspeak."""
    if word.isdigit() and len(word) <= 3:
        plain = word.translate(_LEET).replace("1", "i")
        return plain if is_known(plain) else word
    return _unleet(word)


def _unleet(word: str) -> str:
    if len(word) > LONGEST + 4 or not _DIGIT.search(word) or not any(map(str.isalpha, word)):
        return word
    bare = word.rstrip("!|+")
    plain = bare.translate(_LEET)
    ones = min(plain.count("1"), 3)
    for letters in product(_ONES, repeat=ones):
        parts = plain.split("1", ones)
        guess = "".join(a + b for a, b in zip(parts, (*letters, ""), strict=True))
        if is_known(guess.lower()):
            guess = guess.upper() if bare.isupper() else guess
            return guess + word[len(bare) :]
    return plain.replace("1", "i") + word[len(bare) :]


def from_code(text: str) -> Readings:
    """Strings that code puts together: with signs, by standing side by side, in lists, by name."""
    if not _CHAIN_HINT.search(text) and "join" not in text and "=" not in text:
        return
    said = ["".join(_literals(match.group())) for match in _CHAIN.finditer(text)]
    if "join" in text:
        said += ["".join(_literals(match.group())) for match in _LIST.finditer(text)]
    said += _by_name(text)
    said = [piece for piece in said if len(piece) >= 6]
    if said:
        yield "concatenated", "\n".join(said)


def _literals(code: str) -> list[str]:
    return [_content(literal) for literal in _LITERAL.findall(code)]


def _content(literal: str) -> str:
    """What a string says: without its quotes, and the backslashes of quotes and line ends."""
    return _ESCAPED.sub(lambda found: "\n" if found[1] == "n" else found[1], literal[1:-1])


def _by_name(text: str) -> list[str]:
    strings = {name: _content(literal) for name, literal in _ASSIGNED.findall(text)}
    if len(strings) < 2:
        return []
    chains = (re.split(r"\W+", chain) for chain in _NAMES.findall(text))
    return [
        "".join(strings.get(name, "") for name in chain)
        for chain in chains
        if sum(name in strings for name in chain) >= 2
    ]
