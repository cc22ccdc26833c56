"""Documents with attacks of people in them, and those with near misses, are made alike."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks.training.inserted import AROUND, DOCUMENTS, LONGEST, inserted


def test_half_of_the_documents_hold_an_attack(data: Path) -> None:
    """The payload stands in the text, whole, and the text fits into one window."""
    rows = inserted(data)
    assert Counter(row.label for row in rows) == {0: DOCUMENTS // 2, 1: DOCUMENTS // 2}
    assert all(row.payload in row.text for row in rows)
    assert all(len(row.text) <= LONGEST + 2 * AROUND + 20 for row in rows)
    assert len({row.payload for row in rows if row.label}) > 1500


def test_they_are_the_same_every_time(data: Path) -> None:
    """Seeded."""
    assert inserted(data)[:50] == inserted(data)[:50]
