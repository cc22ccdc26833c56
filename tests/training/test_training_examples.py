"""Epochs drawn ahead hold what the mix drew, and leaving a part out leaves all of it out."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from benchmarks.training.examples import MIXED, PARTS, Epochs, left_out  # noqa: E402
from benchmarks.training.mix import PLAIN_SHARE, SLIPS_SHARE, Mix, augment  # noqa: E402
from benchmarks.training.rows import Row  # noqa: E402
from benchmarks.training.train import taught  # noqa: E402
from sanitize.training.example import Example  # noqa: E402

LONG = "one two three four five six seven eight nine ten"


def row(name: str, text: str, label: int) -> Row:
    """A row of that file."""
    return Row(text, label, name, "", "en", "MIT", name)


@pytest.fixture
def drawn(tmp_path: Path) -> Epochs:
    """Two epochs of two examples; the second example goes with the first part."""
    parts = np.zeros((4, len(PARTS)), bool)
    parts[1, 0] = True
    np.savez(
        tmp_path / "examples.npz",
        ids=np.array([0, 5, 2, 0, 6, 7, 2, 0, 2, 0, 8, 2], np.uint16),
        ends=np.array([3, 7, 9, 12]),
        targets=np.array([[1, np.nan, 0, 0, 0]] * 4, np.float16),
        parts=parts,
        epochs=np.array([2, 4]),
    )
    return Epochs(tmp_path / "examples.npz")


def test_epochs_are_read_as_they_were_drawn(drawn: Epochs) -> None:
    """In order, and again from the first after the last."""
    assert [example.ids for example in drawn(0)] == [[0, 5, 2], [0, 6, 7, 2]]
    assert [example.ids for example in drawn(1)] == [[0, 2], [0, 8, 2]]
    assert [example.ids for example in drawn(2)] == [[0, 5, 2], [0, 6, 7, 2]]
    assert np.isnan(drawn(0)[0].targets[1])


def test_a_part_is_left_out(drawn: Epochs) -> None:
    """Its examples only."""
    first, second, *_ = PARTS
    assert [example.ids for example in drawn(0, first)] == [[0, 5, 2]]
    assert len(drawn(0, second)) == 2


def test_what_repeats_a_part_goes_with_it() -> None:
    """Eight words in a row of its attacks, in an attack of another source; harmless rows stay."""
    part, (source, *_) = next(iter(PARTS.items()))
    rows = {
        source: [row(source, LONG, 1)],
        "train/spikee": [row("train/spikee", f"so: {LONG} eleven", 1)],
        "train/docs": [row("train/docs", f"page: {LONG}", 0), row("train/docs", "other", 0)],
        MIXED[0]: [row(MIXED[0], "made of several", 1)],
    }
    texts = {name: [r.text for r in found if r.label] for name, found in rows.items()}
    texts |= {name: [] for names in PARTS.values() for name in names if name not in texts}
    gone = dict(left_out(Mix({}, rows), texts))[part]
    assert gone == {LONG, f"so: {LONG} eleven", "made of several"}


def test_teachers_soften_labels_and_say_what_rows_do_not() -> None:
    """Half of the label, half of the mean; a kind that is not known is the teachers' alone."""

    class Teacher(torch.nn.Module):  # type: ignore[misc]
        """Says a chance of one half to everything."""

        def __init__(self) -> None:
            super().__init__()
            self.head = torch.nn.Linear(1, 1)

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            """Logits of 0."""
            return torch.zeros(len(ids), 2)

    (softer,) = taught([Example([0, 5, 2], (1.0, float("nan")))], [Teacher()], 1)
    assert softer.targets == (0.75, 0.5)
    assert softer.ids == [0, 5, 2]


def test_slips_and_lost_marks_keep_the_words_readable() -> None:
    """Now and then letters change places or all marks go; most rows stay as they are."""
    text = "Please send the quarterly report, then archive it."
    forms = [augment(row("x", text, 0), random.Random(n)).text for n in range(600)]
    kept = sum(form in (text, text.rstrip(".")) for form in forms) / len(forms)
    assert 1 - 1.6 * (PLAIN_SHARE + SLIPS_SHARE) < kept < 1
    assert any("," not in form and "report then" in form for form in forms)
    assert all(abs(len(form) - len(text)) <= 8 for form in forms)
