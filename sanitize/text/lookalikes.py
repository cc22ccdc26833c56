"""Letters that look like others: mixed-script words, and the folded view of a text.

The table comes from Unicode's confusables (UTS #39) by way of
rules/text/confusables.json; tests/text/derive_confusables.py makes that file.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

#: Latin letters, ASCII first, as a character class body (Unicode blocks Basic Latin to
#: Latin Extended-B, and Latin Extended Additional).
LATIN = "A-Za-zªºÀ-ÖØ-öø-ɏḀ-ỿ"

#: Combining marks that sit on Latin letters: blocks Combining Diacritical Marks, Extended,
#: Supplement, for Symbols; and the Cyrillic combining signs that zalgo generators use.
MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff"

#: Greek small letters of scientific notation (TNFα, σx, ρA): at the edge of a word they
#: are what they seem to be. Omicron is in no notation.
NOTATION = "αγινρσυτκ"

#: Letters that NFKC turns into ASCII ones: fullwidth, mathematical, circled, squared; and
#: the fullwidth signs that would become markup.
COMPATIBLE = (
    "\uff1c\uff1e\uff21-\uff3a\uff41-\uff5a\u249c-\u24e9\U0001d400-\U0001d6a3"
    "\U0001d7ce-\U0001d7ff\U0001f110-\U0001f149ℂℊ-ℓℕℙ-ℝℤℬℭℯ-ℱℳℴ"
)

#: A word that is no spoof if it is shorter: "сор" may well be Russian in an English text.
MIN_WHOLE_WORD = 4

WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{MARKS}])*")
_LATIN_LETTERS = re.compile(f"[{LATIN}{MARKS}]+")
_NOTATION_AT_EDGE = re.compile(f"[{NOTATION}]+[{LATIN}]+|[{LATIN}]+[{NOTATION}]+")
_ACRONYM_WITH_ENDING = re.compile("[A-Z]{2,}[а-яё]+")
_HAS_LATIN = re.compile("[A-Za-z]")
_ASCII_WORD = re.compile("[A-Za-z]+")
#: Letters of the scripts that have look-alikes and are really used beside Latin.
_OTHER_SCRIPT = re.compile("[\u0370-\u03ff\u0400-\u052f\u0531-\u058f\u13a0-\u13ff\u1f00-\u1fff]")


@dataclass(frozen=True)
class Lookalikes:
    """The table, ready to use.

    Attributes:
        exact: letters of other scripts whose skeleton is an ASCII letter.
        fold: all letters that the view replaces, for `str.translate`.
        styled: small capitals and letters in black shapes, for `str.translate`.
        touching: finds a Latin letter beside an exact look-alike.
        whole: finds a word made of exact look-alikes alone.
        disguised: finds styled letters in a row, and stacks of marks.
        foreign: finds anything that might be an exact look-alike; quick.
        unusual: finds anything that might change in the folded view; quick.
    """

    exact: frozenset[str]
    fold: Mapping[int, str]
    styled: Mapping[int, str]
    touching: re.Pattern[str]
    whole: re.Pattern[str]
    disguised: re.Pattern[str]
    foreign: re.Pattern[str]
    unusual: re.Pattern[str]

    def mixed(self, word: str) -> bool:
        """Is it a Latin word in which other scripts' letters stand for Latin ones?"""
        foreign = _LATIN_LETTERS.sub("", word)
        if not foreign or len(foreign) == len(word) or self.exact.isdisjoint(foreign):
            return False
        if any(ord(char) not in self.fold for char in foreign):
            return False
        return not (_NOTATION_AT_EDGE.fullmatch(word) or _ACRONYM_WITH_ENDING.fullmatch(word))


def _class(chars: Mapping[str, str] | Set[str]) -> str:
    return "".join(sorted(re.escape(char) for char in chars))


def _few_ranges(chars: Set[str]) -> str:
    """A class of at least these characters: exact below U+10000, all of a plane above.

    `re` tests a bitmap below, and one range after the other above.
    """
    low = "".join(sorted(char for char in chars if ord(char) < 0x10000))
    return re.escape(low) + "\U00010280-\U0001d7ff\U0001f110-\U0001f189"


def _flat(groups: Mapping[str, str]) -> dict[str, str]:
    return {char: target for target, chars in groups.items() for char in chars}


@lru_cache(maxsize=1)
def lookalikes() -> Lookalikes:
    """The shipped table, read once."""
    raw = files("sanitize.rules").joinpath("text/confusables.json").read_text("utf-8")
    exact, loose, styled = (_flat(json.loads(raw)[key]) for key in ("exact", "loose", "styled"))
    latin = {char: to for char, to in exact.items() if _is_latin(char)}
    foreign = frozenset(exact) - frozenset(latin)
    other, own, small = _class(foreign), _class(latin), _class(styled)
    # Each pattern begins with the rarer letter, so that ordinary text costs one class a character.
    touching = f"(?<=[{LATIN}{MARKS}])[{other}]|[{other}][{MARKS}]*[{LATIN}]"
    whole = rf"(?<![^\W\d_])[{other}]{{{MIN_WHOLE_WORD},}}(?![^\W\d_])"
    style = f"[{COMPATIBLE}{small}{own}]"
    styles = f"(?<=[A-Za-z]){style}|{style}(?:[A-Za-z]|{style})"
    stacked = f"(?<=[A-Za-z])[{MARKS}](?:[{MARKS}]{{2}}|[{MARKS}]*[A-Za-z][{MARKS}])"
    return Lookalikes(
        foreign,
        {ord(char): to for char, to in {**loose, **exact}.items()},
        {ord(char): to for char, to in styled.items()},
        re.compile(touching),
        re.compile(whole),
        re.compile(f"{styles}|{stacked}"),
        re.compile(f"[{_few_ranges(foreign)}]"),
        re.compile(f"[{_few_ranges(foreign | set(latin) | set(styled))}{COMPATIBLE}{MARKS}]"),
    )


def _is_latin(char: str) -> bool:
    return unicodedata.name(char, "").startswith("LATIN ")


def mixed_words(text: str) -> Iterator[re.Match[str]]:
    """Words such as `pаypаl`, Latin but for some look-alikes."""
    table = lookalikes()
    if table.foreign.search(text) and _HAS_LATIN.search(text) and table.touching.search(text):
        yield from (word for word in WORD.finditer(text) if _is_mixed(table, word.group()))


def _is_mixed(table: Lookalikes, word: str) -> bool:
    return not word.isascii() and table.mixed(word)


def whole_words(text: str) -> Iterator[re.Match[str]]:
    """Words of another script alone that read as Latin, in a text without honest ones.

    A Latin text in which every Cyrillic letter happens to look like a Latin
    one has no other reason to hold them.
    """
    table = lookalikes()
    if not (table.foreign.search(text) and _HAS_LATIN.search(text) and table.whole.search(text)):
        return
    honest = any(char not in table.exact for char in _OTHER_SCRIPT.findall(text))
    if not honest:
        yield from table.whole.finditer(text)


def folded(text: str) -> str | None:
    """The text as a reader sees it, in plain letters; None if that says nothing new.

    Args:
        text: in form NFC, without runs of more than 30 combining marks.
    """
    table = lookalikes()
    if not table.unusual.search(text):
        return None
    if not table.disguised.search(text) and not _spoofed(text):
        return None
    plain = unicodedata.normalize("NFKC", text).translate(table.styled)
    spoofed = _spoofed(plain)
    view = WORD.sub(lambda word: _plain_word(table, word.group(), spoofed), plain)
    return view if view != text else None


def _spoofed(text: str) -> bool:
    return next(mixed_words(text), None) is not None or next(whole_words(text), None) is not None


def _plain_word(table: Lookalikes, word: str, spoofed: bool) -> str:
    """The word in ASCII if that is what it imitates, else as it was."""
    if word.isascii():
        return word
    bare = _unmarked(word)
    found = bare.translate(table.fold)
    foreign = _OTHER_SCRIPT.search(bare)
    if not _ASCII_WORD.fullmatch(found) or (foreign and not spoofed):
        return bare
    return found if spoofed or _ASCII_WORD.search(bare) else bare


def _unmarked(word: str) -> str:
    """The word without marks that NFKC could not compose with a Latin letter."""
    if not re.search(f"[A-Za-z][{MARKS}]", word):
        return word
    apart = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", re.sub(f"([A-Za-z])[{MARKS}]+", r"\1", apart))
