"""Does this look like language? A word list, not a model: cheap, and easy to check.

The words come from public-domain English sentences by way of
rules/text/english.json; tests/text/derive_english.py makes that file.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

#: A reading must consist of known words to this share of its letters …
ENOUGH = 0.5

#: … and be this much more familiar than what was there before.
MARGIN = 0.25

#: Fewest characters of a reading: shorter ones say nothing.
MIN_CHARS = 6

#: Longest word in a text without spaces.
LONGEST = 16

#: How surprising a letter outside of words is, and an ending, in nats.
UNKNOWN, ENDING = 9.0, 2.0

WORD = re.compile("[a-z]+")
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_ENDINGS = ("s", "ed", "ing", "ly", "er", "d", "es")


@dataclass(frozen=True)
class English:
    """The shipped words, ready to use.

    Attributes:
        ranked: the words, the most frequent first, then those that are ours.
        known: the same words, for look-ups.
        pairs: neighbours in their usual order.
        cost: how surprising a word is, in nats, after Zipf's law (1949).
    """

    ranked: tuple[str, ...]
    known: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    cost: Mapping[str, float]


@lru_cache(maxsize=1)
def english() -> English:
    """The shipped table, read once."""
    raw = files("sanitize.rules").joinpath("text/english.json").read_text("utf-8")
    table = json.loads(raw)
    books, modern = table["words"].split(), table["modern"].split()
    ranked = (*books[:300], *modern, *books[300:])
    log = math.log(len(ranked))
    endings = {
        word + end: math.log((rank + 2) * log) + ENDING
        for rank, word in enumerate(ranked)
        if len(word) > 2
        for end in _ENDINGS
    }
    return English(
        ranked,
        frozenset(ranked),
        frozenset((first, second) for first, second in map(str.split, table["pairs"].split(","))),
        {**endings, **{word: math.log((rank + 2) * log) for rank, word in enumerate(ranked)}},
    )


def words(text: str) -> list[str]:
    """The words in basic Latin letters, in lower case."""
    return WORD.findall(text.lower())


def is_known(word: str) -> bool:
    """Is it in the list, as it is or without its ending?"""
    known = english().known
    if word in known:
        return True
    if len(word) < 5:
        return False
    return any(word.endswith(end) and word[: -len(end)] in known for end in _ENDINGS)


def familiarity(text: str) -> float:
    """Share of the basic Latin letters that stand in known words, 0..1."""
    found = Counter(words(text))
    total = sum(len(word) * count for word, count in found.items())
    known = sum(len(word) * count for word, count in found.items() if is_known(word))
    return known / total if total else 0.0


def gains(before: str, after: str) -> bool:
    """Is it language now, and was it less so before?"""
    score = familiarity(after)
    return score >= ENOUGH and score - familiarity(before) >= MARGIN


def is_readable(text: str) -> bool:
    """Is this decoded text worth a detector's time?

    Half of it must be letters, and those be known words, words apart by
    spaces, or letters of another script than Latin.
    """
    solid = len(text) - text.count(" ")
    letters = _NOT_LETTERS.sub("", text)
    if len(text) < MIN_CHARS or len(letters) < solid / 2:
        return False
    if sum(map(len, words(text))) < len(letters) / 2:
        return True
    apart = text.split()
    if len(apart) >= 4 and solid / len(apart) <= 12:
        return True
    return familiarity(text) >= ENOUGH


def printable(data: bytes) -> str:
    """The text in the bytes, UTF-8 or UTF-16LE; empty if they are anything else."""
    if len(data) > 3 and not any(data[1:64:2]):
        data = data.decode("utf-16-le", "ignore").encode("utf-8", "ignore")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if is_printable(text) else ""


def is_printable(text: str) -> bool:
    """Can all of it be shown, line ends and tabs included?"""
    return text.translate(_LAYOUT).isprintable()


_LAYOUT = dict.fromkeys(map(ord, "\t\n\r"))


def segment(letters: str) -> list[str]:
    """The likeliest words in letters without spaces; what is in no word stays together.

    Viterbi over a unigram model, in time linear in the length.
    """
    text, cost = letters.lower(), english().cost
    best = [(0.0, 0)]
    for end in range(1, len(text) + 1):
        options = [(best[end - 1][0] + UNKNOWN, end - 1)]
        for start in range(max(0, end - LONGEST), end):
            price = cost.get(text[start:end])
            if price is not None:
                options.append((best[start][0] + price, start))
        best.append(min(options))
    cuts = [len(text)]
    while cuts[-1]:
        cuts.append(best[cuts[-1]][1])
    cuts.reverse()
    found: list[str] = []
    strange = False
    for start, end in pairwise(cuts):
        before, strange = strange, text[start:end] not in cost
        if before and strange:
            found[-1] += letters[start:end]
        else:
            found.append(letters[start:end])
    return found
