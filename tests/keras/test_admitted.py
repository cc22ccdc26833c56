"""Training data through a guard: rows that pass, and a record of those that do not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sanitize import ContractError
from sanitize.keras.guard import guard
from tests.keras import models
from tests.keras.test_sources import KINDS, ROWS, Endless, Stream, spoilt
from tests.tensor.arrays import tensors

LABELS = np.arange(ROWS) % 3


@pytest.fixture
def quarantine(tmp_path: Path) -> Path:
    return tmp_path / "rejected.jsonl"


@pytest.fixture(scope="module")
def model() -> Any:
    return models.judged()


def records(path: Path) -> list[dict[str, Any]]:
    """All records of a quarantine file."""
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_row_is_either_yielded_or_on_record(model: Any, quarantine: Path, kind: Any) -> None:
    """A batch that loses all rows is left out; the others keep their order and targets."""
    bad = [1, 3, 4, 5, 9]
    admitted = guard(model, tensors()).admitted(kind(spoilt(*bad), LABELS), quarantine=quarantine)
    given = list(admitted)
    good = [0, 2, 6, 7, 8]
    assert [len(x) for x, _ in given] == [2, 3]
    assert np.array_equal(np.concatenate([x for x, _ in given]), spoilt()[good])
    assert np.array_equal(np.concatenate([y for _, y in given]), LABELS[good])
    assert (admitted.passes, admitted.passed, admitted.rejected) == (1, 5, 5)
    found = records(quarantine)
    assert [record["row"] for record in found] == bad
    assert [record["batch"] for record in found] == [0, 1, 1, 1, 3]
    assert {record["findings"][0]["rule"] for record in found} == {"tensor.out-of-range"}


def test_a_row_is_on_record_before_its_batch_is_yielded(model: Any, quarantine: Path) -> None:
    """Whoever stops in the middle has lost nothing."""
    admitted = guard(model, tensors()).admitted(Stream(spoilt(1, 4)), quarantine=quarantine)
    batch = next(iter(admitted))
    assert type(batch) is np.ndarray
    assert len(batch) == 2
    assert [record["row"] for record in records(quarantine)] == [1]


def test_batches_without_rows_are_on_record(model: Any, quarantine: Path) -> None:
    """What fits the model's inputs in no way counts as one, and the rest goes on."""
    source = iter([spoilt(), {"what": 1}, spoilt().astype(complex), spoilt()])
    admitted = guard(model, tensors()).admitted(source, quarantine=quarantine)
    assert [len(batch) for batch in admitted] == [ROWS, ROWS]
    assert (admitted.passed, admitted.rejected) == (2 * ROWS, ROWS + 1)
    found = records(quarantine)
    assert [record["row"] for record in found] == [None, *range(11, 21)]


def test_passes_are_counted(model: Any, quarantine: Path) -> None:
    """A source that can be read again is recorded again, under the pass's number."""
    admitted = guard(model, tensors()).admitted(Stream(spoilt(7)), quarantine=quarantine)
    for number in (1, 2):
        assert sum(len(batch) for batch in admitted) == ROWS - 1
        assert (admitted.passes, admitted.passed, admitted.rejected) == (number, 9, 1)
    assert [record["pass"] for record in records(quarantine)] == [1, 2]


def test_no_payload_and_no_other_readers(model: Any, quarantine: Path) -> None:
    """Only verdicts are written, in ASCII, for the owner alone."""
    secret = np.full((2, 8), 77_777)
    list(guard(model, tensors()).admitted(iter([secret]), quarantine=quarantine))
    assert quarantine.stat().st_mode & 0o077 == 0
    first = records(quarantine)[0]
    assert first["action"] == "block"
    assert set(first) >= {"pass", "batch", "row", "findings", "digest", "policy"}


def test_nothing_is_read_where_nothing_can_be_recorded(model: Any, tmp_path: Path) -> None:
    """A folder that does not exist is the application's error."""
    source = iter([spoilt()])
    admitted = guard(model, tensors()).admitted(source, quarantine=tmp_path / "no" / "file")
    with pytest.raises(FileNotFoundError):
        next(iter(admitted))
    assert next(source) is not None


def test_what_cannot_be_admitted_is_refused(model: Any, quarantine: Path) -> None:
    """Arrays, sources without end, and targets of other rows."""
    guarded = guard(model, tensors())
    with pytest.raises(ContractError, match="expected a source"):
        guarded.admitted(spoilt(), quarantine=quarantine)
    with pytest.raises(ContractError, match="endless"):
        next(iter(guarded.admitted(Endless(), quarantine=quarantine)))
    with pytest.raises(ContractError, match="expected arrays of 10 rows"):
        list(guarded.admitted(iter([(spoilt(1), LABELS[:9])]), quarantine=quarantine))


def test_the_sources_error_comes_out(model: Any, quarantine: Path) -> None:
    """Half of the data must not look like all of it."""

    def broken() -> Any:
        yield spoilt(2)
        raise KeyError("the source")

    with pytest.raises(KeyError, match="the source"):
        list(guard(model, tensors()).admitted(broken(), quarantine=quarantine))
    assert len(records(quarantine)) == 1


def test_fit(quarantine: Path) -> None:
    """Training sees exactly the rows that pass: the weights are those of a clean array."""
    trained, expected = models.judged(), models.judged()
    admitted = guard(trained, tensors()).admitted(
        Stream(spoilt(3, 4, 5, 9), LABELS), quarantine=quarantine
    )
    trained.fit(iter(admitted), verbose=0)
    assert admitted.rejected == 4
    expected.fit(spoilt()[[0, 1, 2, 6, 7, 8]], LABELS[[0, 1, 2, 6, 7, 8]], 3, 1, 0, shuffle=False)
    for one, other in zip(trained.get_weights(), expected.get_weights(), strict=True):
        assert np.allclose(one, other, atol=1e-6)


def test_a_dataset_of_tensorflow(quarantine: Path) -> None:
    """`from_generator` makes a `tf.data.Dataset` of what passes, for several epochs."""
    tensorflow = pytest.importorskip("tensorflow", reason="needs tensorflow")
    trained = models.judged()
    admitted = guard(trained, tensors()).admitted(
        Stream(spoilt(3, 4), LABELS), quarantine=quarantine
    )
    signature = (
        tensorflow.TensorSpec((None, 8), "int64"),
        tensorflow.TensorSpec((None,), "int64"),
    )
    dataset = tensorflow.data.Dataset.from_generator(
        lambda: admitted, output_signature=signature
    ).prefetch(1)
    trained.fit(dataset, epochs=2, verbose=0)
    assert admitted.passes >= 2  # some backends begin an epoch that they do not need
    assert [record["row"] for record in records(quarantine) if record["pass"] == 2] == [3, 4]
