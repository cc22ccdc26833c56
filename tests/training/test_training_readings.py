"""What the decoders read in documents and disguised texts becomes rows that teach the same."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("tokenizers")
pytest.importorskip("yaml")

from benchmarks.disguises import DISGUISES
from benchmarks.training.kinds import targets
from benchmarks.training.mix import Mix
from benchmarks.training.readings import LOSSY, UNREAD, readings


def test_rows_are_readings_of_permitted_rows(mix: Mix) -> None:
    """Attacks enough, more harmless rows, from many sources, and none that a source has itself."""
    rows = mix.rows["own/readings"]
    count = Counter(row.label for row in rows)
    assert count[1] > 1000
    assert count[0] > 2 * count[1]
    sources = {name for name in mix.rows if not name.startswith("own/")}
    assert {row.file for row in rows} <= sources
    assert len({row.file for row in rows}) > 50
    known = {row.text for name in sources for row in mix.rows[name]}
    assert [row for row in rows if row.text in known] == []


def test_harmless_documents_give_no_attack(mix: Mix) -> None:
    """What is read in an attack is an attack and keeps its kind; all else is harmless."""
    rows = mix.rows["own/readings"]
    harmful = {name for name in mix.rows if any(row.label for row in mix.rows[name])}
    assert {row.file for row in rows if row.label} <= harmful
    assert {targets(row)[0] for row in rows if row.label} == {1.0}
    assert {targets(row) for row in rows if not row.label} == {(0.0,) * len(targets(rows[0]))}
    kinds = {row.kind for row in rows if row.label and row.file.startswith("authored/")}
    assert kinds >= {"override", "extraction", "jailbreak"}


def test_they_are_the_same_every_time(mix: Mix) -> None:
    """Seeded."""
    sources = {name: rows for name, rows in mix.rows.items() if not name.startswith("own/")}
    assert readings(sources) == readings(sources)


def test_the_disguises_are_known() -> None:
    """A name that is spelled wrongly would draw nothing."""
    assert {*LOSSY, *UNREAD} <= {*DISGUISES}


@pytest.mark.parametrize("way", UNREAD)
def test_harmless_texts_are_taught_in_disguise(mix: Mix, way: str) -> None:
    """As they stand, and no attack in disguise is called harmless."""
    made = {row.text for row in mix.rows["own/readings"] if not row.label}
    names = {row.file for row in mix.rows["own/readings"]}
    texts = [[r.text for name in names for r in mix.rows[name] if r.label == n] for n in (0, 1)]
    harmless, attacks = ({DISGUISES[way](text) for text in each} for each in texts)
    assert len(made & harmless) > 100
    assert made & (attacks - harmless) == set()
