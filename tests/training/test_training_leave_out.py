"""Left-out parts: which run counts for which, and which rows are asked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from benchmarks.training.examples import PARTS
from benchmarks.training.leave_out import attacks_of, hard_benign, shared

FIRST, SECOND, *REST = PARTS


def test_a_run_that_saw_no_part_counts_for_all_that_link_to_it(tmp_path: Path) -> None:
    """It is scored once; a part with a run of its own is not in its list."""
    (tmp_path / "none").mkdir()
    (tmp_path / FIRST).mkdir()
    for part in (SECOND, *REST):
        (tmp_path / part).symlink_to("none")
    found = shared({part: tmp_path / part for part in PARTS})
    assert found == {tmp_path / FIRST: [FIRST], tmp_path / "none": [SECOND, *REST]}


def test_a_part_is_asked_with_its_attacks_and_the_hard_benign_rows() -> None:
    """Neither other parts' attacks, nor attacks among the benign sets."""
    held = {
        "sources": np.array([PARTS[FIRST][0], PARTS[SECOND][0], "dev/xstest", "dev/xstest"]),
        "labels": np.array([1, 1, 0, 1]),
    }
    assert attacks_of(held, FIRST).tolist() == [True, False, False, False]
    assert attacks_of(held, SECOND).tolist() == [False, True, False, False]
    assert hard_benign(held).tolist() == [False, False, True, False]
