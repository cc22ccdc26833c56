"""Stages fail closed: whatever a stage does wrong becomes a blocking finding."""

from __future__ import annotations

import pickle

import pytest

from sanitize import Context, Kind, Sample, Severity, checked
from sanitize.stage import Stage
from tests.stages import LOW, Cheat, Poisoned, Upper, dirty

CONTEXT = Context()

CHEATS = [
    ("drops a sample", Kind.VALIDATOR),
    ("returns nothing", Kind.VALIDATOR),
    ("changes the value", Kind.VALIDATOR),
    ("changes the value", Kind.DETECTOR),
    ("changes the value", Kind.FILTER),  # a filter may, but must say so
    ("removes findings", Kind.FILTER),
    ("removes texts", Kind.ENCODER),
    ("lowers the score", Kind.DETECTOR),
    ("forgets the score", Kind.DETECTOR),
    ("returns another type", Kind.ENCODER),
    ("changes the type", Kind.FILTER),
]


@pytest.mark.parametrize(("how", "kind"), CHEATS)
def test_a_stage_that_breaks_a_promise_blocks(how: str, kind: Kind) -> None:
    """Every broken promise is `pipeline.stage-failed`, and the value stays as it was."""
    before = dirty()
    (after,) = checked(Cheat(how=how, kind=kind))([before], CONTEXT)
    assert after.findings[-1].rule == "pipeline.stage-failed"
    assert after.findings[-1].severity is Severity.CRITICAL
    assert (after.value, after.texts, after.injection) == ("hello", before.texts, 0.7)
    assert after.findings[:-1] == before.findings


def test_honest_stages_pass() -> None:
    """A filter that reports its change keeps it."""
    (after,) = checked(Upper())([dirty()], CONTEXT)
    assert after.value == "HELLO"
    assert "pipeline.stage-failed" not in [found.rule for found in after.findings]


@pytest.mark.parametrize("error", [ValueError, MemoryError, RecursionError, AssertionError])
def test_one_poison_row_spares_its_neighbours(error: type[Exception]) -> None:
    """A failing batch is retried row by row; only the poison row is blocked."""
    rows = [dirty("a"), dirty("poison"), dirty("b")]
    after = checked(Poisoned(error=error))(rows, CONTEXT)
    assert [sample.findings[-1].rule for sample in after] == [
        "test.seen",
        "pipeline.stage-failed",
        "test.seen",
    ]
    assert after[1].findings[-1].detail["error"] == error.__name__


def test_the_payload_stays_out_of_the_finding() -> None:
    """An exception's message may quote the input; the finding carries its type only."""
    (after,) = checked(Poisoned())([dirty("poison")], CONTEXT)
    assert "secret" not in str(after.findings[-1].to_dict())


def test_interrupts_are_not_swallowed() -> None:
    """Ctrl-C is no stage failure."""
    with pytest.raises(KeyboardInterrupt):
        checked(Poisoned(error=KeyboardInterrupt))([dirty("poison")], CONTEXT)


def test_fail_open_is_recorded_as_such() -> None:
    """`on_error: flag` lets a sample pass, with a finding that says that it was not looked at."""
    (after,) = checked(Poisoned(), fail_open=True)([dirty("poison")], CONTEXT)
    assert after.findings[-1].rule == "pipeline.stage-skipped"
    assert after.findings[-1].severity is Severity.MEDIUM


def test_checked_wraps_once_and_survives_pickling() -> None:
    """Wrapping twice is the same as once; a wrapped stage can go to another process."""
    watched = checked(Upper())
    assert checked(watched) is watched
    assert pickle.loads(pickle.dumps(watched)) == watched
    assert isinstance(watched, Stage)


def test_empty_batch() -> None:
    """No samples in, no samples out."""
    assert list(checked(Upper())([], CONTEXT)) == []


def test_samples_are_never_written_in_place() -> None:
    """Reporting makes a new sample; the old one is as it was."""
    before: Sample = dirty()
    after = before.report(LOW)
    assert (len(before.findings), len(after.findings)) == (1, 2)
