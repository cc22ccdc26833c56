"""The corpus is what its card says: written, not generated; paired, balanced, and never twice."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks.corpus import ROOT, batches, rows
from tests.corpus.shingles import close_pairs, normal

ROWS = rows()
TEXTS = [row["text"] for row in ROWS]
KEYS = {"text", "label", "source", "kind", "lang", "license"}

#: Largest share of shingles that two rows may have in common, unless they are twins. The first
#: batches do not name their twins; the closest of those share .61.
MAX_SHARED = 0.65

#: Rows that may begin with the same four words, as people do ("I'm going to …", nine times).
MAX_OPENING = 12


def test_there_are_rows() -> None:
    """An empty corpus would pass every other test."""
    assert len(ROWS) >= 20_000
    assert len({row["lang"] for row in ROWS}) >= 40


@pytest.mark.parametrize("path", batches(), ids=lambda path: path.stem)
def test_rows_have_the_form(path: Path) -> None:
    """Keys, types, licence, and the batch that the row says it is from."""
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        row = json.loads(line)
        assert set(row) - {"pair", "payload"} == KEYS, f"line {number}"
        assert row["label"] in (0, 1), f"line {number}"
        assert row["license"] == "CC0-1.0", f"line {number}"
        assert row["source"] == f"authored/{path.stem}", f"line {number}"
        assert row["text"].strip(), f"line {number}"
        assert len(row["text"]) <= 12_000, f"line {number}"


def test_attacks_and_twins_come_in_pairs() -> None:
    """Each pair has one attack and one harmless neighbour, from one batch."""
    pairs: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ROWS:
        if "pair" in row:
            pairs[row["pair"]].append(row)
    wrong = [
        name
        for name, members in pairs.items()
        if sorted(row["label"] for row in members) != [0, 1]
        or len({row["source"] for row in members}) != 1
    ]
    assert len(pairs) > 500
    assert not wrong


def test_no_row_is_there_twice() -> None:
    """Also not with other punctuation or case."""
    counts = Counter(" ".join(normal(text)) for text in TEXTS)
    assert [text[:60] for text, count in counts.items() if count > 1] == []


def test_only_twins_are_alike() -> None:
    """No two rows share most of their word sequences, unless they are a pair of twins."""
    alike = [
        (ROWS[one]["source"], TEXTS[one][:50], TEXTS[other][:50], round(share, 2))
        for one, other, share in close_pairs(TEXTS, MAX_SHARED)
        if ROWS[one].get("pair", one) != ROWS[other].get("pair", other)
    ]
    assert alike == []


def test_no_template_repeats_its_opening() -> None:
    """Rows that are filled into one frame begin alike; twins count once."""
    openings: dict[str, set[Any]] = defaultdict(set)
    for index, row in enumerate(ROWS):
        words = normal(row["text"])
        if len(words) >= 8:
            openings[" ".join(words[:4])].add(row.get("pair", index))
    repeated = {opening: len(found) for opening, found in openings.items()}
    assert {key: count for key, count in repeated.items() if count > MAX_OPENING} == {}


CUES = [
    ("question mark", r"\?", 0.15),
    ("AI", r"\bAIs?\b", 0.15),
    ("ignore", r"\bignor", 0.15),
    ("please", r"\bplease\b", 0.15),
    ("brackets", r"[\[\]{}]", 0.15),
    ("line breaks", r"\n", 0.15),
]


@pytest.mark.parametrize(("title", "pattern", "most"), CUES, ids=[row[0] for row in CUES])
def test_no_cue_gives_the_label_away(title: str, pattern: str, most: float) -> None:
    """Attacks and harmless rows carry each cue about as often."""
    cue = re.compile(pattern)
    shares = [
        sum(bool(cue.search(row["text"])) for row in ROWS if row["label"] == label)
        / sum(row["label"] == label for row in ROWS)
        for label in (0, 1)
    ]
    assert abs(shares[0] - shares[1]) <= most


def test_lengths_are_alike() -> None:
    """The median attack is about as long as the median harmless row."""
    medians = []
    for label in (0, 1):
        lengths = sorted(len(row["text"]) for row in ROWS if row["label"] == label)
        medians.append(lengths[len(lengths) // 2])
    assert 0.7 <= medians[0] / medians[1] <= 1.4


def eight_words(text: str) -> set[str]:
    """Runs of eight words; rulers, numbers and addresses say nothing."""
    words = normal(text)
    runs = (words[at : at + 8] for at in range(len(words) - 7))
    return {" ".join(run) for run in runs if len({word for word in run if word.isalpha()}) >= 6}


def test_batches_to_measure_with_are_not_trained_on() -> None:
    """The mix names none of them, nor do documents that are made of other rows."""
    mix = (ROOT.parent / "training" / "mix.yaml").read_text("utf-8")
    made = (ROOT.parent / "training" / "inserted.py").read_text("utf-8")
    for name in ("mixed-b", "held-d", "held-i"):
        assert (ROOT / f"{name}.jsonl").is_file()
        assert f"authored/{name}:" not in mix
        assert f"authored/{name}" not in made


def test_no_tuning_row_is_in_the_corpus() -> None:
    """No row of the tuning data, nor eight words in a row of one."""
    dev = ROOT.parents[2] / "shared" / "data" / "dev"
    if not dev.is_dir():
        pytest.skip("the tuning data is not beside this checkout")
    known: set[str] = set()
    for path in dev.glob("*.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                known |= eight_words(json.loads(line)["text"])
    assert len(known) > 10_000
    found = [(row["source"], run) for row in ROWS for run in eight_words(row["text"]) & known]
    assert found == []
