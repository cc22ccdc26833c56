from __future__ import annotations

import random
from pathlib import Path

import pytest

pytest.importorskip("tokenizers")
pytest.importorskip("yaml")

from benchmarks.training.mix import augment, draw, load
from benchmarks.training.rows import Overlap, Row, names, read

ROWS = [Row(str(i), 1, "s", "k", "en", "MIT", "f") for i in range(10)]


@pytest.mark.parametrize("number", [0, 3, 10, 25])
def test_draw_repeats_small_sources_and_samples_large_ones(number: int) -> None:
    """Every row comes as often as any other, give or take one."""
    drawn = draw(ROWS, number, random.Random(1))
    often = [drawn.count(row) for row in ROWS]
    assert len(drawn) == number
    assert max(often) - min(often) <= 1


def test_augmenting_changes_form_only() -> None:
    """Width and the last mark may change, words and label may not."""
    row = Row("Ｈow are you?", 0, "s", "k", "en", "MIT", "f")
    texts = {augment(row, random.Random(seed)).text for seed in range(40)}
    assert texts == {"Ｈow are you?", "Ｈow are you", "How are you?", "How are you"}


def test_no_dev_row_is_in_the_mix(data: Path) -> None:
    """No training text repeats a dev or ambiguous one, whole or in eight words."""
    held_out = [n for folder in ("dev", "ambiguous") for n in names(data, folder)]
    seen = Overlap(row.text for name in held_out for row in read(data, name))
    mix = load(data)
    assert not set(mix.rows) & set(held_out)
    repeated = [r.file for rows in mix.rows.values() for r in rows if r.text and seen(r.text)]
    assert repeated == []


def test_every_row_has_a_permissive_licence(data: Path) -> None:
    """Nothing non-commercial, nothing unknown."""
    licences = {row.license for rows in load(data).rows.values() for row in rows}
    assert not [name for name in licences if "NC" in name or not name]
