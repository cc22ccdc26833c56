"""The chain: composition rules, order, batches, streams, threads, and who decides."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, dataclass, replace
from typing import ClassVar

import pytest

from sanitize import (
    Action,
    Blocked,
    Context,
    Coverage,
    Finding,
    Kind,
    Pipeline,
    PolicyError,
    Sample,
    Severity,
    Text,
    freezing,
    per_sample,
)
from sanitize.detectors.base import cover
from sanitize.text.validators import Size
from tests.policies import small
from tests.stages import Cheat, Named, Poisoned, Reader, Upper


@dataclass(frozen=True, kw_only=True)
class Hidden:
    """A filter that finds a hidden text."""

    name: ClassVar[str] = "text.hidden"
    kind: ClassVar[Kind] = Kind.FILTER

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        return sample.read(Text("an attack", "hidden:test"))


@dataclass(frozen=True, kw_only=True)
class HalfReader:
    """A detector that reads only the first half."""

    name: ClassVar[str] = "detectors.half"
    kind: ClassVar[Kind] = Kind.DETECTOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        return cover(sample, Coverage(len(sample.value) // 2, len(sample.value)))


@dataclass(frozen=True, kw_only=True)
class Tenant:
    """A validator that reports what the context says."""

    name: ClassVar[str] = "text.tenant"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        detail = {"tenant": context.tenant or "", "type": context.content_type or ""}
        return sample.report(Finding("test.context", Severity.LOW, 1.0, detail=detail))


def rules(pipe: Pipeline, value: object) -> list[str]:
    return [found.rule for found in pipe(value).findings]


def test_allowed_values_come_out_as_they_went_in() -> None:
    """Nothing found, nothing changed; the digest is of what comes out."""
    verdict = small()("hello")
    assert (verdict.action, verdict.unwrap()) == (Action.ALLOW, "hello")
    assert verdict.digest == freezing.digest("hello")
    assert verdict.injection == 0.5
    assert verdict.coverage == Coverage(5, 5)
    assert set(verdict.timings) == {"text.named", "detectors.reader"}


def test_changes_are_decided_by_the_policy() -> None:
    """A filter's finding makes SANITIZE; the detector reads what the filter made."""
    verdict = small(Upper())("hello")
    assert (verdict.action, verdict.unwrap()) == (Action.SANITIZE, "HELLO")
    assert small(Upper())("attack").action is Action.BLOCK


def test_hidden_texts_reach_the_detector() -> None:
    """A text met on the way blocks although the value is harmless."""
    assert small()("hello").action is Action.ALLOW
    assert small(Hidden())("hello").action is Action.BLOCK


def test_blocked_values_do_not_come_out() -> None:
    """`unwrap` raises with the verdict."""
    verdict = small()("an attack")
    with pytest.raises(Blocked) as caught:
        verdict.unwrap()
    assert caught.value.verdicts == (verdict,)


@pytest.mark.parametrize("value", ["", "   ", "\n\t"])
def test_blank_input_is_a_verdict_like_any_other(value: str) -> None:
    """Every stage runs, and the value comes out."""
    verdict = small()(value)
    assert (verdict.action, verdict.unwrap()) == (Action.ALLOW, value)
    assert verdict.injection is not None


def test_what_is_not_read_in_full_is_not_allowed() -> None:
    """Unread characters are a finding that blocks, with the account in its detail."""
    pipe = small().replace("detectors.reader", HalfReader())
    verdict = pipe("hello!")
    assert verdict.action is Action.BLOCK
    assert dict(verdict.findings[-1].detail) == {"scanned": 3, "total": 6}


def test_a_critical_finding_ends_the_way() -> None:
    """What is too large is not filtered or scored any more."""
    verdict = small(Size(max_chars=3), Upper())("hello")
    assert verdict.action is Action.BLOCK
    assert set(verdict.timings) == {"text.size"}
    assert verdict.injection is None


def test_batches_keep_order_and_poison_rows_stay_alone() -> None:
    """Mixed modalities, a broken stage and an attack: each row gets its own verdict."""
    pipe = small(Poisoned(), Upper())
    verdicts = pipe.batch(["a", "poison", None, "attack", b"b", {"x": 1}, "c"])
    assert [verdict.action.name for verdict in verdicts] == [
        "SANITIZE",
        "BLOCK",
        "BLOCK",
        "BLOCK",
        "SANITIZE",
        "BLOCK",
        "SANITIZE",
    ]
    assert [v.unwrap() for v in verdicts if v.allowed] == ["A", "B", "C"]
    assert pipe.batch([]) == []


def test_batch_equals_single() -> None:
    """A verdict does not depend on its neighbours."""
    pipe = small(Upper())
    values = ["a", "attack", "", "B"]
    assert pipe.batch(values) == [pipe(value) for value in values]


def test_streams_are_lazy_and_bounded() -> None:
    """An endless source is read a batch at a time, in order."""
    taken: list[int] = []

    def endless() -> Iterator[str]:
        number = 0
        while True:
            taken.append(number)
            yield f"row {number}"
            number += 1

    stream = small().stream(endless(), batch_size=4)
    assert taken == []
    assert [next(stream).unwrap() for _ in range(5)] == [f"row {n}" for n in range(5)]
    assert len(taken) == 8


def test_check_runs_beside_the_event_loop() -> None:
    """Many checks at once, from inside a running loop, each with its own verdict."""

    async def main() -> list[str]:
        pipe = small(Upper())
        verdicts = await asyncio.gather(*(pipe.check(f"row {n}") for n in range(20)))
        return [verdict.unwrap() for verdict in verdicts]

    assert asyncio.run(main()) == [f"ROW {n}" for n in range(20)]


def test_eight_threads_share_a_pipeline() -> None:
    """400 calls from 8 threads give what one thread gives."""
    pipe = small(Poisoned(), Upper())
    values = ["a", "poison", "attack", "longer text"] * 100
    expected = [pipe(value) for value in values]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(pipe, values)) == expected


def test_pipelines_are_frozen_and_survive_pickling() -> None:
    """No attribute can be set; a copy in another process gives equal verdicts."""
    pipe = small(Upper())
    with pytest.raises(FrozenInstanceError):
        pipe.tenant = "x"  # type: ignore[misc]
    copied = pickle.loads(pickle.dumps(pipe))
    assert copied("hello") == pipe("hello")
    assert copied.fingerprint == pipe.fingerprint


def test_context_reaches_the_stages() -> None:
    """Tenant and declared type are known to every stage."""
    pipe = replace(small(Tenant()), tenant="acme")
    detail = pipe(b"x", content_type="text/plain").findings[0].detail
    assert dict(detail) == {"tenant": "acme", "type": "text/plain"}


def test_stages_are_added_next_to_a_neighbour_or_by_kind() -> None:
    """`add` gives a new pipeline; the old one is as it was."""
    pipe = small(Named(label="text.a"), Upper())
    assert pipe.add(Named(label="text.b"), before="text.a").names[0] == "text.b"
    assert pipe.add(Named(label="text.b"), after="text.a").names[1] == "text.b"
    assert pipe.add(Named(label="text.b")).names == (
        "text.a",
        "text.b",
        "text.upper",
        "detectors.reader",
    )
    assert pipe.add(HalfReader()).names[-1] == "detectors.half"
    assert pipe.names == ("text.a", "text.upper", "detectors.reader")


def test_stages_are_replaced_and_removed() -> None:
    """By name; a removed stage no longer runs."""
    pipe = small(Named(), Upper())
    assert "text.named.ran" not in rules(pipe.remove("text.named"), "x")
    assert pipe.replace("text.named", Size()).names[0] == "text.size"


REFUSED = [
    ("unknown neighbour", lambda pipe: pipe.add(Size(), before="no.such"), "no stage 'no.such'"),
    ("both neighbours", lambda p: p.add(Size(), before="text.named", after="text.named"), "both"),
    ("name taken", lambda pipe: pipe.add(Named()), "unique names"),
    ("no home", lambda pipe: pipe.add(Named(label="acme.x")), "name a neighbour"),
    ("wrong order", lambda p: p.remove("text.upper").add(Upper(), before="text.named"), "before"),
    ("detector removed", lambda pipe: pipe.remove("detectors.reader"), "expected a detector"),
    ("all removed", lambda p: p.remove("detectors.reader").remove("text.named"), "detector"),
    ("unknown stage", lambda pipe: pipe.remove("no.such"), "no stage 'no.such'"),
]


@pytest.mark.parametrize(("title", "change", "message"), REFUSED, ids=[row[0] for row in REFUSED])
def test_chains_that_could_let_something_through_are_refused(
    title: str, change: object, message: str
) -> None:
    """Order, unique names and a detector at the end are checked at every change."""
    with pytest.raises(PolicyError, match=message):
        change(small(Named(), Upper()))  # type: ignore[operator]


def test_a_broken_stage_blocks_whatever_the_policy_says() -> None:
    """Fail closed, end to end."""
    pipe = small(Cheat(how="changes the value"))
    assert pipe("hello").action is Action.BLOCK
    assert rules(pipe, "hello")[-1] == "pipeline.stage-failed"


def test_observing_changes_nothing() -> None:
    """The value comes out as it went in, whatever was found, and the findings tell."""
    verdict = small(Upper(), enforce=False)("attack")
    assert (verdict.action, verdict.unwrap()) == (Action.FLAG, "attack")
    assert "test.attack" in [found.rule for found in verdict.findings]


def test_the_fingerprint_names_everything_that_decides() -> None:
    """Another option, stage, policy or tenant is another fingerprint; the same is the same."""
    pipes = [
        small(Size(max_chars=10)),
        small(Size(max_chars=11)),
        small(Size(max_chars=10), Upper()),
        small(Size(max_chars=10), summary="x"),
        replace(small(Size(max_chars=10)), tenant="acme"),
    ]
    assert len({pipe.fingerprint for pipe in pipes}) == len(pipes)
    assert small(Size(max_chars=10)).fingerprint == pipes[0].fingerprint
    assert pipes[0]("x").policy == pipes[0].fingerprint


def test_a_detector_can_be_given() -> None:
    """It takes the place of the policy's transformer; anything else is refused."""
    import sanitize

    pipe = sanitize.pipeline(detector=Reader())
    assert "detectors.reader" in pipe.names
    assert "detectors.transformer" not in pipe.names
    with pytest.raises(PolicyError, match="expected a detector"):
        sanitize.pipeline(detector=Upper())
