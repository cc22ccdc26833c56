"""Contracts are printed, reviewed, and given to a guard as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sanitize import Blocked, PolicyError
from sanitize.keras.contract import contract_for
from sanitize.keras.guard import guard
from sanitize.keras.pinned import dump, load
from tests.keras import models
from tests.tensor.arrays import tensors


@pytest.mark.parametrize(
    "model",
    [models.words, models.pictures, models.mixed, lambda: models.mixed(as_dict=False)],
    ids=["one", "floats", "dict", "list"],
)
def test_what_is_printed_is_read_again(tmp_path: Path, model: Any) -> None:
    """The very contract, in each structure of inputs."""
    contract = contract_for(model())
    path = tmp_path / "contract.yaml"
    path.write_text(dump(contract))
    assert load(path) == contract


def test_a_pinned_contract_holds(tmp_path: Path) -> None:
    """What a reviewer has narrowed stays narrow."""
    path = tmp_path / "contract.yaml"
    path.write_text(dump(contract_for(models.words())).replace("high: 49", "high: 9"))
    guarded = guard(models.words(), tensors(), contract=path)
    assert guarded.predict(np.full((1, 8), 9), verbose=0).shape == (1, 3)
    with pytest.raises(Blocked):
        guarded.predict(np.full((1, 8), 10), verbose=0)


GOOD = "version: 1\ninputs:\n  name: ids\n  shape: [null, 8]\n  low: 0\n"

#: Title, what is replaced by what, and what the error names.
BAD: list[tuple[str, str, str, str]] = [
    ("another version", "version: 1", "version: 2", "line 1, version"),
    ("no inputs", "inputs:", "input:", "expected the keys"),
    ("an unknown key", "low: 0", "lowest: 0", "line 5, inputs.lowest"),
    ("text for a bound", "low: 0", "low: none", "line 5, inputs.low"),
    ("NaN for a bound", "low: 0", "low: .nan", "line 5, inputs.low"),
    ("yes for a bound", "low: 0", "low: yes", "line 5, inputs.low"),
    ("a number for yes", "low: 0", "integer: 1", "line 5, inputs.integer"),
    ("a fixed batch", "[null, 8]", "[4, 8]", "line 4, inputs.shape"),
    ("half a size", "[null, 8]", "[null, 8.5]", "line 4, inputs.shape"),
    ("a negative size", "[null, 8]", "[null, -8]", "line 4, inputs.shape"),
    ("no shape", "shape: [null, 8]", "integer: true", "inputs"),
    ("no specs", "\n  name: ids\n  shape: [null, 8]\n  low: 0", " []", "line 2, inputs"),
]


@pytest.mark.parametrize(("title", "old", "new", "message"), BAD, ids=[row[0] for row in BAD])
def test_what_is_no_contract(tmp_path: Path, title: str, old: str, new: str, message: str) -> None:
    """The error names the line and the key; the file it was made from holds."""
    path = tmp_path / "contract.yaml"
    path.write_text(GOOD)
    load(path)
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(PolicyError, match=message):
        load(path)
