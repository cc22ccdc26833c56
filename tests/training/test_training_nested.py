from __future__ import annotations

from collections import Counter

import pytest

pytest.importorskip("yaml")

from benchmarks.training.mix import Mix
from benchmarks.training.nested import RECORDS, nested


@pytest.fixture(scope="module")
def twice(mix: Mix) -> tuple[list[object], list[object]]:
    return nested(mix.rows), nested(mix.rows)


def test_the_same_records_every_time(twice: tuple[list[object], list[object]]) -> None:
    """The recipe must give the same rows whenever it runs."""
    assert twice[0] == twice[1]


def test_half_of_the_records_hold_an_order(mix: Mix) -> None:
    """And what makes a row an attack is what stands in the field, not its form."""
    rows = nested(mix.rows)
    assert len(rows) == RECORDS
    assert Counter(row.label for row in rows) == {0: RECORDS // 2, 1: RECORDS // 2}
    for opening in ("{", "[", "- ", '"'):
        shares = [
            sum(row.text.startswith(opening) for row in rows if row.label == label) / RECORDS * 2
            for label in (0, 1)
        ]
        assert abs(shares[0] - shares[1]) < 0.05, opening


def test_requests_alone_stay_harmless(mix: Mix) -> None:
    """What a user may ask for is benign where it stands alone, in the same mix."""
    assert {
        row.label for name in ("clinc_oos", "nlu_eval") for row in mix.rows[f"train/{name}"]
    } == {0}
