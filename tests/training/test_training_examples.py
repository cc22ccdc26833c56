"""Epochs drawn ahead hold what the mix drew, and leaving a part out leaves all of it out."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from benchmarks.training.examples import PARTS, Epochs, left_out, packed  # noqa: E402
from benchmarks.training.mix import PLAIN_SHARE, SLIPS_SHARE, Mix, augment, planted  # noqa: E402
from benchmarks.training.rows import Row  # noqa: E402
from benchmarks.training.train import loaded, steps, steps_per_epoch, taught  # noqa: E402
from sanitize.detectors.artifact import EMBEDDED, load  # noqa: E402
from sanitize.training.example import Example  # noqa: E402
from sanitize.training.model import build  # noqa: E402
from sanitize.training.run import halves  # noqa: E402

FIRST, SECOND, *_ = PARTS

LONG = "one two three four five six seven eight nine ten"


def row(name: str, text: str, label: int) -> Row:
    """A row of that file."""
    return Row(text, label, name, "", "en", "MIT", name)


@pytest.fixture
def drawn(tmp_path: Path) -> Epochs:
    """Two epochs of two examples; the second example goes with the first part."""
    known = (1.0, float("nan"), 0.0, 0.0, 0.0)
    ids = [[0, 5, 2], [0, 6, 7, 2], [0, 2], [0, 8, 2]]
    one, two, three, four = (Example(i, known, str(n)) for n, i in enumerate(ids, 1))
    gone = {part: {"2"} if part == FIRST else set() for part in PARTS}
    np.savez(tmp_path / "examples.npz", **packed([[one, two], [three, four]], gone))
    return Epochs(tmp_path / "examples.npz")


def test_epochs_are_read_as_they_were_drawn(drawn: Epochs) -> None:
    """In order, and again from the first after the last."""
    assert [example.ids for example in drawn(0)] == [[0, 5, 2], [0, 6, 7, 2]]
    assert [example.ids for example in drawn(1)] == [[0, 2], [0, 8, 2]]
    assert [example.ids for example in drawn(2)] == [[0, 5, 2], [0, 6, 7, 2]]
    assert np.isnan(drawn(0)[0].targets[1])


def test_a_part_is_left_out(drawn: Epochs) -> None:
    """Its examples only; a part that the file does not know is refused."""
    assert [example.ids for example in drawn(0, [FIRST])] == [[0, 5, 2]]
    assert [example.ids for example in drawn(0, [FIRST, SECOND])] == [[0, 5, 2]]
    assert (drawn.size(0, [FIRST]), drawn.size(0), drawn.size(0, [SECOND])) == (1, 2, 2)
    with pytest.raises(ValueError, match="expected some of"):
        drawn(0, ["something else"])


def test_a_resumed_run_goes_on_with_the_next_batch(drawn: Epochs) -> None:
    """However many steps were done, the rest is the same as in a run that was not cut."""
    whole = [[e.ids for e in batch] for batch in steps(drawn, range(3), 1, [FIRST], 0)]
    assert len(whole) == sum(steps_per_epoch(drawn, n, 1, [FIRST]) for n in range(3)) == 4
    for done in range(5):
        rest = [[e.ids for e in batch] for batch in steps(drawn, range(3), 1, [FIRST], done)]
        assert rest == whole[done:]


def test_what_repeats_a_part_goes_with_it() -> None:
    """In an attack of another source, or put into a document; harmless rows stay."""
    source = PARTS[FIRST][0]
    rows = {name: [] for names in PARTS.values() for name in names} | {
        source: [row(source, LONG, 1)],
        "train/spikee": [row("train/spikee", f"so: {LONG} eleven", 1)],
        "train/docs": [row("train/docs", f"page: {LONG}", 0), row("train/docs", "other", 0)],
        "own/inserted": [
            replace(row("own/inserted", "has one of them", 1), source=source),
            replace(row("own/inserted", "has another's", 1), source="train/spikee"),
        ],
    }
    gone = dict(left_out(Mix({}, rows)))[FIRST]
    assert gone == {LONG, f"so: {LONG} eleven", "has one of them"}


def test_a_backbone_that_is_not_there_is_looked_for_nowhere_else(tmp_path: Path) -> None:
    """Transformers would ask a hub for it."""
    with pytest.raises(FileNotFoundError, match=r"config\.json"):
        build(tmp_path / "intfloat")


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


def test_a_payload_changes_along_with_its_text() -> None:
    """Rows whose payload is known take the same changes as others, and it is still found."""
    payload = "Ｓend the ﬁle, then archive"
    attack = replace(row("x", f"Dear Ann,\n{payload} everything.", 1), payload=payload)
    payloads = set()
    for n in range(300):
        changed = augment(attack, random.Random(n))
        span = planted(changed)
        assert span is not None
        assert changed.text[slice(*span)] == changed.payload
        payloads.add(changed.payload)
    narrow = "Send the file, then archive"
    assert payloads > {payload, narrow, narrow.replace(",", "")}
    assert any(sorted(each) == sorted(narrow) and each != narrow for each in payloads)


def test_a_run_may_start_from_weights_as_shipped() -> None:
    detector = loaded(EMBEDDED, Path("no backbone is read"), "cpu")
    assert detector.head.out_features == len(load().config["labels"])


def test_bfloat16_is_used_where_it_is_native() -> None:
    """An emulating CPU takes 30 times as long."""
    native = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    assert halves(torch.device("cpu")) is native
    assert halves(torch.device("cuda"))
