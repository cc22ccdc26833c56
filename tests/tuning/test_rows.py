"""What can be trained on, and what is said if it cannot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from sanitize.cli import app


def test_without_torch_it_says_what_to_install(
    tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"text": "hello", "label": 0}\n')
    for name in [name for name in sys.modules if name.startswith("sanitize.training")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert app.main(["train", str(rows), "--out", str(tmp_path / "out")]) == 2
    assert "keras-sanitize[train]" in capsys.readouterr().err


@pytest.mark.torch
@pytest.mark.parametrize(
    ("attacks", "benign", "message"),
    [
        (["a"] * 30, [f"b{n}" for n in range(30)], "25 attacks"),
        ([f"a{n}" for n in range(30)], [], "25 harmless"),
        ([f"a{n}" for n in range(30)], [f"a{n}" for n in range(30)], "one label"),
    ],
    ids=["one attack, often", "no harmless rows", "both labels"],
)
def test_rows_that_teach_nothing_are_refused(
    attacks: list[str], benign: list[str], message: str
) -> None:
    from sanitize.errors import RowsError
    from sanitize.evaluation.rows import Row
    from sanitize.training.tuning import split

    with pytest.raises(RowsError, match=message):
        split([*(Row(text, True) for text in attacks), *(Row(text, False) for text in benign)])


@pytest.mark.torch
def test_pairs_stay_on_one_side() -> None:
    """A twin that was trained on would flatter the figures of the other."""
    from sanitize.evaluation.rows import Row
    from sanitize.training.tuning import split

    rows = [Row(f"text {n} {label}", label, pair=str(n)) for n in range(200) for label in (0, 1)]
    learn, keep = split([Row(r.text, bool(r.label), pair=r.pair) for r in rows])
    assert not {row.pair for row in learn} & {row.pair for row in keep}
    assert 0.1 < len(keep) / 400 < 0.3
