"""Near duplicates and templates: word shingles, MinHash, and shared openings.

MinHash: Broder, "On the resemblance and containment of documents", 1997.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence

_WORD = re.compile(r"\w+")

#: Hash functions, and rows of each band: two texts that share half of their shingles meet in one
#: of 16 bands of 4 with probability .64, those that share four fifths with .99.
BANDS, ROWS = 16, 4

#: Words in a shingle; characters where words are not divided by spaces.
WORDS, CHARS = 3, 5


def normal(text: str) -> list[str]:
    """Words in one spelling: NFKC, case folded, without punctuation."""
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def shingles(text: str) -> frozenset[str]:
    """Runs of words, or of characters in scripts without spaces."""
    words = normal(text)
    if len(words) < 6 or len(text) > 12 * len(words):
        plain = "".join(words)
        return frozenset(plain[at : at + CHARS] for at in range(max(1, len(plain) - CHARS + 1)))
    return frozenset(" ".join(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1))


def jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    """Shared part of two sets, 0 to 1."""
    return len(one & other) / (len(one | other) or 1)


def close_pairs(texts: Sequence[str], least: float) -> Iterator[tuple[int, int, float]]:
    """Indexes of texts that share at least `least` of their shingles, found through MinHash."""
    sets = [shingles(text) for text in texts]
    meeting: dict[tuple[int, tuple[int, ...]], list[int]] = defaultdict(list)
    for index, found in enumerate(sets):
        signature = _minhash(found)
        for band in range(BANDS):
            meeting[band, signature[band * ROWS : (band + 1) * ROWS]].append(index)
    seen: set[tuple[int, int]] = set()
    for members in meeting.values():
        for place, one in enumerate(members):
            for other in members[place + 1 :]:
                if (one, other) not in seen:
                    seen.add((one, other))
                    share = jaccard(sets[one], sets[other])
                    if share >= least:
                        yield one, other, share


def _minhash(found: frozenset[str]) -> tuple[int, ...]:
    count = BANDS * ROWS
    lowest = [1 << 64] * count
    for shingle in found:
        digest = hashlib.blake2b(shingle.encode(), digest_size=16).digest()
        one, two = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big") | 1
        for index in range(count):
            value = (one + index * two) & 0xFFFFFFFFFFFFFFFF
            lowest[index] = min(lowest[index], value)
    return tuple(lowest)
