"""What every stage must do, whatever it is for: inherited by each stage's test.

    class TestSize(StageContract):
        def make(self) -> Stage:
            return Size(max_chars=100)

        def values(self) -> list[Any]:
            return ["", "short", "x" * 101]

`values` are what the stage may meet: some that it lets pass, some that it reports or
changes. `hostile` are large or odd ones that it must survive. Both may be given as
`Sample`s where a stage needs texts or findings to work on. A filter's test inherits
`FilterContract`.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sanitize import freezing
from sanitize.stage import Stage, checked
from sanitize.types import Context, Kind, Modality, Sample

#: Threads that use one stage at once.
THREADS = 8

#: Text that no stage may choke on: empty, blank, and a megabyte of the same or of everything.
BLANK_TEXTS = ("", " ", "\t\r\n", "\u3000", "\ufeff")
HOSTILE_TEXTS = (
    "a" * 1_000_000,
    "<" * 1_000_000,
    "é" * 1_000_000,
    "\u200b" * 1_000_000,
    "\U000e0041" * 100_000,
    "a\u0300\u0316" * 100_000,
    "\x00" * 100_000,
    "".join(map(chr, range(0x3000))) * 10,
)


def digest(sample: Sample) -> tuple[Any, ...]:
    """All that a sample holds, in a form that compares arrays too."""
    if isinstance(sample.value, Sample):
        raise TypeError("expected a value, received a Sample inside a Sample")
    held = (sample.modality, sample.texts, sample.findings, sample.injection, sample.coverage)
    return (type(sample.value), freezing.digest(sample.value), *held)


class StageContract:
    """Base of every stage's test. A subclass says how to make the stage and what to feed it."""

    #: What kind of values `values` gives.
    modality: Modality = Modality.TEXT

    #: What is known about the call.
    context: Context = Context()

    def make(self) -> Stage:
        """The stage under test, freshly made."""
        raise NotImplementedError

    def values(self) -> Sequence[Any]:
        """Values, or samples, that the stage may meet."""
        raise NotImplementedError

    def hostile(self) -> Sequence[Any]:
        """Large and odd values that the stage must survive."""
        return (*BLANK_TEXTS, *HOSTILE_TEXTS) if self.modality is Modality.TEXT else ()

    def sample(self, value: Any) -> Sample:
        """The sample that the pipeline would open for a value."""
        if isinstance(value, Sample):
            return value
        return Sample(freezing.freeze(value), self.modality)

    def samples(self) -> list[Sample]:
        """All of `values`, opened."""
        return [self.sample(value) for value in self.values()]

    def run(self, *values: Any) -> list[Sample]:
        """What the stage makes of some values."""
        return list(self.make()([self.sample(value) for value in values], self.context))

    # --- the contract ---------------------------------------------------------------------

    def test_is_a_stage(self) -> None:
        """It has a name of the form `modality.what` and a kind."""
        stage = self.make()
        assert isinstance(stage, Stage)
        assert stage.name.count(".") == 1
        assert stage.kind in Kind
        # A filter promises more, and its test must say so.
        assert isinstance(self, FilterContract) == (stage.kind is Kind.FILTER)

    def test_values_are_given(self) -> None:
        """A contract without values would pass for nothing."""
        assert len(self.samples()) >= 2

    def test_keeps_count_and_order(self) -> None:
        """There is one result for each sample, and the fifth belongs to the fifth."""
        samples = self.samples()
        forward = self.make()(samples, self.context)
        backward = self.make()(samples[::-1], self.context)
        assert len(forward) == len(samples)
        assert [digest(item) for item in forward] == [digest(item) for item in backward][::-1]

    def test_empty_batch(self) -> None:
        """No samples in, no samples out."""
        assert list(self.make()([], self.context)) == []

    def test_batch_equals_single(self) -> None:
        """A sample's result does not depend on its neighbours.

        Scores may differ in the last digits when a model sees another batch.
        """
        samples = self.samples()
        batch = self.make()(samples, self.context)
        for sample, together in zip(samples, batch, strict=True):
            (alone,) = self.make()([sample], self.context)
            assert digest(alone)[:-2] == digest(together)[:-2]
            assert alone.injection == pytest.approx(together.injection, abs=1e-4)

    def test_leaves_its_input_alone(self) -> None:
        """The samples that went in are what they were."""
        samples = self.samples()
        before = [digest(sample) for sample in samples]
        self.make()(samples, self.context)
        assert [digest(sample) for sample in samples] == before

    def test_is_pure(self) -> None:
        """The same stage gives the same results again."""
        stage, samples = self.make(), self.samples()
        first = [digest(item) for item in stage(samples, self.context)]
        assert [digest(item) for item in stage(samples, self.context)] == first

    def test_only_adds(self) -> None:
        """Findings and texts are append-only."""
        samples = self.samples()
        for before, after in zip(samples, self.make()(samples, self.context), strict=True):
            assert after.findings[: len(before.findings)] == before.findings
            assert after.texts[: len(before.texts)] == before.texts

    def test_keeps_to_its_kind(self) -> None:
        """Validators and detectors return the same value; filters say what they changed."""
        stage, samples = self.make(), self.samples()
        for before, after in zip(samples, stage(samples, self.context), strict=True):
            if stage.kind in (Kind.VALIDATOR, Kind.DETECTOR):
                assert after.value is before.value
            if stage.kind is Kind.FILTER:
                assert type(after.value) is type(before.value)
                changed = freezing.digest(after.value) != freezing.digest(before.value)
                assert not changed or len(after.findings) > len(before.findings)

    def test_findings_hold_no_payload(self) -> None:
        """A finding can be logged as JSON, and its text is short and printable."""
        for sample in self.make()(self.samples(), self.context):
            for finding in sample.findings:
                assert finding.to_dict()["rule"] == finding.rule
                assert finding.rule.count(".") == 1

    def test_pickling(self) -> None:
        """A stage that went through a pickle does the same."""
        stage, samples = self.make(), self.samples()
        copy = pickle.loads(pickle.dumps(stage))
        again = [digest(item) for item in copy(samples, self.context)]
        assert again == [digest(item) for item in stage(samples, self.context)]

    def test_many_threads(self) -> None:
        """Eight threads that share a stage get what one gets."""
        stage, samples = self.make(), self.samples()
        expected = [digest(item) for item in stage(samples, self.context)]
        with ThreadPoolExecutor(THREADS) as pool:
            runs = [pool.submit(stage, samples, self.context) for _ in range(THREADS * 2)]
        for run in runs:
            assert [digest(item) for item in run.result()] == expected

    def test_passes_the_watch(self) -> None:
        """Nothing it may meet makes the stage fail, not even the hostile values."""
        samples = [self.sample(value) for value in (*self.values(), *self.hostile())]
        for sample in checked(self.make())(samples, self.context):
            assert not [item.rule for item in sample.findings if item.rule.startswith("pipeline.")]


class FilterContract(StageContract):
    """Base of every filter's test."""

    def test_is_idempotent(self) -> None:
        """What a filter has cleaned, it does not change again."""
        stage = self.make()
        for value in (*self.values(), *self.hostile()):
            (once,) = stage([self.sample(value)], self.context)
            (twice,) = stage([Sample(once.value, once.modality)], self.context)
            assert freezing.digest(twice.value) == freezing.digest(once.value)
