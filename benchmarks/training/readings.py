"""What the text room's decoders read in documents and in disguised words.

The detector scores every reading beside the text itself. Most readings are of harmless documents:
lists of names and addresses come out as strings of words that nobody wrote. Those of a disguised
attack have lost capitals, signs or the gaps between words. Neither is in anybody's rows.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from benchmarks.disguises import DISGUISES
from benchmarks.training.inserted import said
from benchmarks.training.rows import Row
from sanitize.text.decoding.tree import Limits, grow
from sanitize.text.readings import Decode

#: Disguised rows, and harmless documents of each source that are looked through.
DISGUISED, DOCUMENTS = 5000, 400

#: Disguises that lose something of the text for good; the others read as it stood before.
LOSSY = (
    "leetspeak",
    "letters spaced, words too",
    "letters dotted",
    "words dashed",
    "words dotted",
    "words underscored",
    "words without spaces",
    "camel case",
    "Morse",
    "Pig Latin",
    "JSON in JSON",
)

#: Disguises in which a harmless text is taught as it stands, and how many rows are: to a detector
#: that knows puzzles only from attacks, whatever it cannot read is one. What an attack so disguised
#: says is found in the reading.
UNREAD = (
    "reversed",
    "each word reversed",
    "word order reversed",
    "Pig Latin",
    "Caesar 19",
    "Atbash",
    "leetspeak",
    "quoted-printable",
    "hex, spaced",
)
GARBLED = 2500

#: Characters of a document that are read: half a dozen windows of training.
LONGEST = 3000

#: Share of a text's three-letter strings that a reading must keep to say the same.
SAME = 0.7

_SHIPPED = Decode()
_LIMITS = Limits(_SHIPPED.max_depth, _SHIPPED.max_readings, _SHIPPED.max_growth)


def readings(rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Rows of those of other sources: what is read in documents and disguises, and some unread.

    Documents are harmless, of texts read in disguise half are attacks, those left unread harmless.
    The same every time. `file` and `kind` stay those of the text that was read, so that a reading
    teaches the same, and is left out with its source.
    """
    rng = random.Random("readings")
    known = {row.text for source in rows.values() for row in source}
    made = {
        row.text: row
        for row in (*_documents(rows, rng), *_disguised(rows, rng), *_garbled(rows, rng))
    }
    return [row for text, row in made.items() if text not in known]


def _documents(rows: Mapping[str, Sequence[Row]], rng: random.Random) -> Iterator[Row]:
    for source in rows.values():
        harmless = [row for row in source if not row.label]
        for row in rng.sample(harmless, min(DOCUMENTS, len(harmless))):
            found = _read(row.text[:LONGEST])
            if found:
                yield replace(row, text=rng.choice(found), payload="")


def _disguised(rows: Mapping[str, Sequence[Row]], rng: random.Random) -> Iterator[Row]:
    both = said(rows)
    for number in range(DISGUISED):
        row = rng.choice(both[number % 2])
        found = _read(DISGUISES[rng.choice(LOSSY)](row.text))
        same = [text for text in found if _shared(row.text, text) >= SAME]
        if same:
            yield replace(row, text=rng.choice(same), payload="")


def _garbled(rows: Mapping[str, Sequence[Row]], rng: random.Random) -> Iterator[Row]:
    harmless, _ = said(rows)
    for _ in range(GARBLED):
        row = rng.choice(harmless)
        yield replace(row, text=DISGUISES[rng.choice(UNREAD)](row.text), payload="")


def _read(text: str) -> list[str]:
    return [reading.content for reading in grow([(text, "")], _LIMITS).texts]


def _shared(text: str, reading: str) -> float:
    before, after = _threes(text), _threes(reading)
    return len(before & after) / max(1, len(before))


def _threes(text: str) -> set[str]:
    letters = "".join(filter(str.isalpha, text.casefold()))
    return {letters[at : at + 3] for at in range(len(letters) - 2)}
