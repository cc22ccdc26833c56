"""Documents with attacks of people in them, and those with near misses, are made alike."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("tokenizers")
pytest.importorskip("yaml")

from benchmarks.training.inserted import AROUND, DOCUMENTS, LONGEST, SAID, inserted
from benchmarks.training.mix import Mix


def test_half_of_the_documents_hold_an_attack(mix: Mix) -> None:
    """The payload stands in the text, whole, whatever the label; most are different."""
    rows = inserted(mix.rows)
    assert Counter(row.label for row in rows) == {0: DOCUMENTS // 2, 1: DOCUMENTS // 2}
    assert all(row.payload and row.payload in row.text for row in rows)
    assert all(len(row.text) <= LONGEST + 2 * AROUND + 20 for row in rows)
    assert len({row.payload for row in rows if row.label}) > 1500


def test_they_are_the_same_every_time(mix: Mix) -> None:
    """Seeded."""
    assert inserted(mix.rows) == inserted(mix.rows)


def test_only_permitted_rows_are_put_into_documents(mix: Mix) -> None:
    """A text that was refused, because a dev row is the same, comes in by no other door."""
    texts = {name: {row.text[:LONGEST].strip() for row in mix.rows[name]} for name in SAID}
    rows = mix.rows["own/inserted"]
    assert {row.source for row in rows} == set(SAID)
    assert [row.source for row in rows if row.payload not in texts[row.source]] == []
