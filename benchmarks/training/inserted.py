"""Attacks that people wrote, put into documents, and harmless words put into them alike.

The template rows plant a few hundred orders in many carriers; these plant some three thousand
different ones. Every second document holds a harmless near miss instead, so that the seam gives
nothing away.
"""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from benchmarks.training.rows import Row

#: Documents made; an epoch draws some of them.
DOCUMENTS = 8000

#: Longest attack or near miss that is put into a document, and longest part of a document on either
#: side of it, in characters: two windows of training at most.
LONGEST, AROUND = 300, 280

#: Where the attacks and near misses are from, and at most how many of either from each.
SAID = {
    "authored/direct": 400,
    "authored/direct-a": 600,
    "authored/direct-b": 300,
    "authored/hard": 300,
    "authored/multilingual-a": 300,
    "authored/blunt-c": 300,
    "authored/direct-c": 200,
    "authored/worlds-c": 300,
    "authored/tacked-c": 200,
    "authored/quote-c": 150,
    "authored/suite-e": 250,
    "authored/guard-e": 150,
    "authored/trigger-e": 200,
    "authored/suite-f": 200,
    "authored/comp-f": 150,
    "authored/asia-f": 150,
    "authored/europe-f": 150,
    "authored/benign_hard": 400,
    "authored/trigger-b": 250,
    "train/hackaprompt_subset": 400,
    "train/slabs": 500,
    "train/spikee": 150,
    "train/yanismiraoui": 200,
    "train/bastioncorpus": 100,
}

#: What holds them.
CARRIERS = ("spamassassin", "tau2_tool_outputs", "docs", "code_and_docs", "tldr", "pypa_advisories")

#: Every licence of the sources lets rows go on under its own terms.
LICENSE = "CC-BY-4.0"

_SEAMS = ("\n", "\n\n", " ", " ", "\n- ", "\n> ", "\n<!-- ", " (", ". ")
_CLOSED = {"\n<!-- ": " -->", " (": ")"}
_END = re.compile(r"(?<=[.!?\n])\s")


def inserted(rows: Mapping[str, Sequence[Row]]) -> list[Row]:
    """Rows made of those of other sources: half with an attack in the document, half without.

    The same every time. `source` is where the attack or near miss is from, so that it can be left
    out with the rest of its source.
    """
    rng = random.Random("inserted")
    both = said(rows)
    carriers = [row.text for name in CARRIERS for row in _some(rows[f"train/{name}"], 900)]
    return [_row(both[n % 2], carriers, n % 2, rng) for n in range(DOCUMENTS)]


def said(rows: Mapping[str, Sequence[Row]]) -> tuple[list[Row], list[Row]]:
    """The harmless rows of `SAID`, and its attacks; no attack is longer than `LONGEST`."""
    every = [row for name, most in SAID.items() for row in _some(rows[name], most)]
    return [row for row in every if not row.label], [row for row in every if row.label]


def _some(rows: Sequence[Row], most: int) -> list[Row]:
    found = []
    for label in (0, 1):
        short = [r for r in rows if r.label == label and (not r.label or len(r.text) <= LONGEST)]
        found += random.Random(rows[0].file).sample(short, min(most, len(short)))
    return found


def _row(rows: Sequence[Row], carriers: Sequence[str], label: int, rng: random.Random) -> Row:
    before, after = _parts(rng.choice(carriers), rng)
    seam = rng.choice(_SEAMS)
    chosen = rng.choice(rows)
    words = chosen.text[:LONGEST].strip()
    text = f"{before}{seam}{words}{_CLOSED.get(seam, '')}{rng.choice((' ', chr(10)))}{after}"
    kind = "planted" if label else "benign_planted"
    return Row(text.strip(), label, chosen.file, kind, "", LICENSE, "own/inserted", words)


def _parts(carrier: str, rng: random.Random) -> tuple[str, str]:
    """What stands before and after some end of a sentence; one of them may be empty."""
    ends = [0, *(found.end() for found in _END.finditer(carrier)), len(carrier)]
    at = rng.choice(ends)
    return carrier[max(0, at - AROUND) : at].rstrip(), carrier[at : at + AROUND].lstrip()
