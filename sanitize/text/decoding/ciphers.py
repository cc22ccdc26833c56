"""Letters exchanged or turned round: Caesar, ROT13, Atbash, reversed text, Pig Latin.

No cipher is tried blindly. A word moved on to begin with `a` looks the same in
all Caesar ciphers, so one look-up says which shift would make a known word of
it; another each for Atbash and for words back to front. A text is deciphered
where several words close together agree.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from string import ascii_lowercase, ascii_uppercase

from sanitize.text.decoding.language import english, gains, is_known, words
from sanitize.text.decoding.places import Readings

#: Words of three letters vote if they are among so many of the most frequent: the rest are
#: too often something else.
SHORT_ONES = 300

#: Votes that a cipher needs, and words without a vote that may lie between two.
VOTES, GAP = 2, 8

#: Letters that a deciphered place must have.
FEWEST = 12

_WORD = re.compile("[A-Za-z]+")
_TOKEN = re.compile(r"\S+")
_AHEAD = re.compile(r"(?<!\S)[.,:;!?'\"]+[A-Za-z]")
_BEHIND = re.compile(r"[A-Za-z][.,:;!?'\"]+(?!\S)")
_NAMES = {13: "rot13"}
_VOWELS = frozenset("aeiou")
_ONSET = re.compile("(?:[bcdfghjklmnprstvwxz]*qu|y?[bcdfghjklmnpqrstvwxz]+|y)?")


def _shift(places: int) -> dict[int, str]:
    """The alphabet moved on by some places, for `str.translate`."""
    return {
        ord(letters[index]): letters[(index + places) % 26]
        for letters in (ascii_lowercase, ascii_uppercase)
        for index in range(26)
    }


#: Cipher → what turns it back. Caesar ciphers are named for the shift that made them.
_BACK: Mapping[str, Mapping[int, str]] = {
    **{_NAMES.get(places, f"caesar-{places}"): _shift(-places) for places in range(1, 26)},
    "atbash": {
        ord(letters[index]): letters[25 - index]
        for letters in (ascii_lowercase, ascii_uppercase)
        for index in range(26)
    },
}
#: First letter → what moves a word in small letters on so that it begins with `a`; and Atbash.
#: For `bytes.translate`, which takes a tenth of the time of `str.translate`.
_TO_A = {
    letter: bytes.maketrans(
        ascii_lowercase.encode(), (ascii_lowercase[-index:] + ascii_lowercase[:-index]).encode()
    )
    for index, letter in enumerate(ascii_lowercase)
}
_ATBASH = bytes.maketrans(ascii_lowercase.encode(), ascii_lowercase[::-1].encode())


@lru_cache(maxsize=1)
def _voters() -> frozenset[str]:
    """Words that make a vote if a cipher turns into them."""
    ranked = english().ranked
    return frozenset(
        word for rank, word in enumerate(ranked) if len(word) > (2 if rank < SHORT_ONES else 3)
    )


@lru_cache(maxsize=1)
def _shapes() -> Mapping[bytes, str]:
    """Word moved on to begin with `a` → the first letters of the words that look like that."""
    found: defaultdict[bytes, str] = defaultdict(str)
    for word in filter(_voters().__contains__, english().ranked):
        found[word.encode().translate(_TO_A[word[0]])] += word[0]
    return dict(found)


@lru_cache(maxsize=1)
def _mirrored() -> frozenset[bytes]:
    """Words that make a vote, in Atbash."""
    return frozenset(word.encode().translate(_ATBASH) for word in _voters())


def _ciphers(word: str) -> Iterator[str]:
    """The ciphers in which this may be a known word."""
    letters = word.encode()
    for first in _shapes().get(letters.translate(_TO_A[word[0]]), ""):
        places = (ord(word[0]) - ord(first)) % 26
        yield _NAMES.get(places, f"caesar-{places}")
    if letters in _mirrored():
        yield "atbash"
    if word[::-1] in _voters():
        yield "reversed"


@lru_cache(maxsize=1)
def _pig() -> Mapping[str, str]:
    """Pig Latin → the word."""
    known = english().known
    found = {}
    for word in reversed(english().ranked):
        onset = _ONSET.match(word)
        cut = onset.end() if onset else 0
        if cut:
            found[f"{word[cut:]}{word[:cut]}ay"] = word
        else:
            found.update({f"{word}{ending}": word for ending in ("way", "yay", "hay", "ay")})
    kept = {pig: word for pig, word in found.items() if pig not in known}
    return {**kept, "away": "a"}


def from_ciphers(text: str) -> Readings:
    """Caesar in all shifts, Atbash, text and words back to front, Pig Latin, words in reverse."""
    small = " ".join(_WORD.findall(text)).lower().split(" ")
    if len(small) < VOTES:
        return
    known = english().known
    strange = [
        (index, word) for index, word in enumerate(small) if word not in known and len(word) > 2
    ]
    yield from _deciphered(text, strange)
    yield from _from_pig(text, strange)
    yield from _turned(text, small)


def _deciphered(text: str, strange: list[tuple[int, str]]) -> Readings:
    if len(strange) < VOTES:
        return
    votes, ciphers = defaultdict[str, list[int]](list), dict[str, tuple[str, ...]]()
    for index, word in strange:
        if word not in ciphers:
            ciphers[word] = tuple(_ciphers(word))
        for cipher in ciphers[word]:
            votes[cipher].append(index)
    places = {cipher: list(_clusters(indexes)) for cipher, indexes in votes.items()}
    found = list(_WORD.finditer(text)) if any(places.values()) else []
    for cipher, clusters in places.items():
        parts = [_place(text, found, first, last) for first, last in clusters]
        yield from _back(cipher, [part for part in parts if part])


def _back(cipher: str, parts: list[str]) -> Readings:
    if cipher != "reversed":
        plain = [part.translate(_BACK[cipher]) for part in parts]
        good = [new for old, new in zip(parts, plain, strict=True) if _worth(old, new)]
        if good:
            yield cipher, " ".join(good)
        return
    good = [part for part in parts if _worth(part, part[::-1])]
    if not good:
        return
    turned = " ".join(part[::-1] for part in reversed(good))
    flipped = " ".join(_flipped(part) for part in good)
    letters, order = _neighbours(words(turned)), _neighbours(words(flipped))
    if letters >= order:
        yield "reversed", turned
    if order >= letters:
        yield "reversed-words", flipped


def _worth(before: str, after: str) -> bool:
    """Is it language by deciphering, and more than two acronyms?"""
    return sum(map(len, words(after))) >= FEWEST and gains(before, after)


def _flipped(text: str) -> str:
    """Each word back to front; with its signs where those stand ahead of words."""
    before, behind = len(_AHEAD.findall(text)), len(_BEHIND.findall(text))
    turned = _TOKEN if before > behind else _WORD
    return turned.sub(lambda word: word.group()[::-1], text)


def _clusters(indexes: list[int]) -> Iterator[tuple[int, int]]:
    """First and last word of each group of votes that lie close together."""
    start = previous = indexes[0]
    count = 0
    for index in (*indexes, indexes[-1] + GAP + 2):
        if index - previous > GAP + 1:
            if count >= VOTES:
                yield start, previous
            start, count = index, 0
        previous, count = index, count + 1


def _place(text: str, found: list[re.Match[str]], first: int, last: int) -> str:
    """The text from word to word, widened by the words around that are no English."""
    known = english().known
    for _ in range(GAP):
        if first and found[first - 1].group().lower() not in known:
            first -= 1
        if last + 1 < len(found) and found[last + 1].group().lower() not in known:
            last += 1
    start = 0 if first == 0 else found[first].start()
    end = len(text) if last + 1 == len(found) else found[last].end()
    return text[start:end]


def _from_pig(text: str, strange: list[tuple[int, str]]) -> Readings:
    indexes = [index for index, word in strange if word[-2:] == "ay" and len(word) > 3]
    clusters = list(_clusters(indexes)) if len(indexes) >= 3 else []
    if not clusters:
        return
    table, parts, found = _pig(), [], list(_WORD.finditer(text))
    for first, last in clusters:
        place = _place(text, found, first, last)
        plain = _WORD.sub(lambda word: _unpig(word.group(), table), place)
        if gains(place, plain):
            parts.append(plain)
    if parts:
        yield "pig-latin", " ".join(parts)


def _unpig(word: str, table: Mapping[str, str]) -> str:
    small = word.lower()
    plain = table.get(small) or _guessed(small)
    if small.startswith(plain):
        return word[: len(plain)]
    if word[:-2].isupper():
        return plain.upper()
    return plain if word == small else plain.capitalize()


def _guessed(pig: str) -> str:
    """A word that is in no list: what makes a known word with an ending, or the likeliest onset."""
    if not pig.endswith("ay") or len(pig) < 4 or pig in english().known:
        return pig
    stem = pig[:-2]
    if stem[-1] in "wy" and stem[0] in _VOWELS:
        return stem[:-1]
    likely = 2 if stem[-2:] in _PAIRS else 1
    for onset in (likely, *range(1, min(4, len(stem)))):
        guess = stem[-onset:] + stem[:-onset]
        if is_known(guess):
            return guess
    return stem[-likely:] + stem[:-likely]


#: Pairs of letters that English words begin with and Pig Latin moves together.
_PAIRS = frozenset(
    first + second
    for second, firsts in {
        "l": "bcfgps",
        "r": "bcdfgptw",
        "h": "cpstw",
        "n": "kgs",
        "u": "q",
    }.items()
    for first in firsts
) | frozenset(("sc", "sk", "sm", "sp", "st", "sw", "tw"))


def _turned(text: str, found: list[str]) -> Readings:
    """Plain words whose order is back to front: neighbours tell."""
    backward = _neighbours(found[::-1])
    if backward >= VOTES and backward > 2 * _neighbours(found):
        yield "reversed-order", " ".join(reversed(text.split()))


def _neighbours(found: list[str]) -> int:
    """How many pairs of neighbours stand in their usual order."""
    return sum(map(english().pairs.__contains__, pairwise(found)))
