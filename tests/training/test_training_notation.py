"""Signs made by chance are harmless; what is said between them is what it was."""

from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("tokenizers")
pytest.importorskip("yaml")

from benchmarks.training.kinds import targets
from benchmarks.training.mix import Mix
from benchmarks.training.notation import ROWS, notation


def test_half_are_signs_alone(mix: Mix) -> None:
    """A quarter hold an attack, a quarter a near miss, whole; all are different."""
    rows = notation(mix.rows)
    assert Counter(row.label for row in rows) == {0: ROWS * 3 // 4, 1: ROWS // 4}
    alone = [row for row in rows if not row.payload]
    assert len(alone) == ROWS // 2
    assert {row.label for row in alone} == {0}
    assert all(row.payload in row.text for row in rows)
    assert len({row.text for row in rows}) > ROWS * 0.97


def test_an_attack_between_signs_is_an_attack(mix: Mix) -> None:
    """It teaches what its row teaches, and comes from a permitted row."""
    known = {name: {row.text.strip() for row in rows} for name, rows in mix.rows.items()}
    held = [row for row in mix.rows["own/notation"] if row.payload]
    assert [row for row in held if row.payload not in known[row.file]] == []
    assert {targets(row)[0] for row in held if row.label} == {1.0}
    assert {targets(row)[0] for row in held if not row.label} == {0.0}


def test_they_are_the_same_every_time(mix: Mix) -> None:
    """Seeded."""
    assert notation(mix.rows) == notation(mix.rows)
