"""Does this look like language? A word list, not a model: cheap, and easy to check.

The words come from public-domain English sentences and our own corpus by way of
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

#: Share of a reading that must be letters, blanks aside: records hold dates and numbers too.
LETTERS = 0.4

#: Longest word in a text without spaces.
LONGEST = 16

#: How much less surprising a word is behind its usual neighbour, in nats.
USUAL = 2.0

#: How surprising a word outside of the list is, in nats: ten times less likely with each letter
#: (Norvig, Natural Language Corpus Data, in Beautiful Data, 2009), from this on; and an ending.
UNKNOWN, UNKNOWN_LETTER, ENDING = 10.0, math.log(10), 2.0

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
    """

    ranked: tuple[str, ...]
    known: frozenset[str]
    pairs: frozenset[tuple[str, str]]


@lru_cache(maxsize=1)
def english() -> English:
    """The shipped table, read once."""
    raw = files("sanitize.rules").joinpath("text/english.json").read_text("utf-8")
    table = json.loads(raw)
    ranked = (*table["words"].split(), *table["modern"].split())
    pairs = map(str.split, table["pairs"].split(","))
    return English(ranked, frozenset(ranked), frozenset((first, second) for first, second in pairs))


@lru_cache(maxsize=1)
def _costs() -> Mapping[str, float]:
    """How surprising a word is, and one with an ending, in nats, after Zipf's law (1949)."""
    ranked = english().ranked
    log = math.log(len(ranked))
    plain = {word: math.log((rank + 2) * log) for rank, word in enumerate(ranked)}
    endings = {
        word + end: cost + ENDING
        for word, cost in plain.items()
        if len(word) > 2
        for end in _ENDINGS
    }
    return {**endings, **plain}


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

    Much of it must be letters, and those be known words, words apart by
    spaces, or letters of another script than Latin.
    """
    apart = text.split()
    solid = sum(map(len, apart))
    letters = _NOT_LETTERS.sub("", text)
    if len(text) < MIN_CHARS or len(letters) < LETTERS * solid:
        return False
    if sum(map(len, words(text))) < len(letters) / 2:
        return True
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


_STARTS = re.compile(r"^[^a-z]{0,3}[a-z]|[.!?]\s+[a-z]|\bi\b")


def capitalised(text: str) -> str:
    """Small letters as people write them: sentences begin with a capital."""
    return _STARTS.sub(lambda found: found.group().upper(), text)


def segment(letters: str) -> list[str]:
    """The likeliest words in letters without spaces; what is in no word stays together.

    Viterbi over a model of words, and of pairs where they are usual, in time linear in the length.
    """
    text, price, pairs = letters.lower(), _costs().get, english().pairs
    best, begins, last = [0.0], [0], [""]
    strange, since = math.inf, 0  # the cheapest word of no list that goes on, and where it began
    for end in range(1, len(text) + 1):
        if best[end - 1] + UNKNOWN < strange:
            strange, since = best[end - 1] + UNKNOWN, end - 1
        strange += UNKNOWN_LETTER
        lowest, begin = strange, since
        for start in range(max(0, end - LONGEST), end):
            cost = price(text[start:end])
            if cost is not None:
                usual = USUAL if (last[start], text[start:end]) in pairs else 0.0
                if best[start] + cost - usual < lowest:
                    lowest, begin = best[start] + cost - usual, start
        best.append(lowest)
        begins.append(begin)
        last.append(text[begin:end])
    cuts = [len(text)]
    while cuts[-1]:
        cuts.append(begins[cuts[-1]])
    cuts.reverse()
    return [letters[start:end] for start, end in pairwise(cuts)]
