"""What a worker leaves behind is believed only as far as it is well formed."""

from __future__ import annotations

import json
import signal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sanitize.sandbox import wire
from sanitize.sandbox.answers import LOST, Ending, judge, parse_header
from sanitize.sandbox.base import Outcome, Status

GOOD_END = Ending(0)


def left(
    status: int,
    header: bytes,
    payload: bytes = b"",
    *,
    header_size: int | None = None,
    size: int | None = None,
) -> bytes:
    """An output memory as a worker would leave it, or with other sizes in the reply."""
    sizes = (len(header) if header_size is None else header_size, size or len(payload))
    reply = wire.REPLY.pack(status, *sizes)
    return (reply + header).ljust(wire.PAYLOAD, b"\0") + payload


def read(output: bytes, ending: Ending = GOOD_END, max_output: int = 100) -> Outcome:
    return judge(ending, lambda size, at: output[at : at + size], max_output)


LIES = (
    ("payload over the limit", left(wire.OK, b"{}", bytes(101))),
    ("payload of an exabyte", left(wire.OK, b"{}", b"", size=1 << 60)),
    ("payload that is not there", left(wire.OK, b"{}", b"", size=10)),
    ("header past its place", left(wire.OK, b"{}", header_size=wire.MAX_HEADER + 1)),
    ("header of 4 GiB", left(wire.OK, b"{}", header_size=0xFFFFFFFF)),
    ("unknown status", left(77, b"{}")),
    ("empty header", left(wire.OK, b"")),
    ("not JSON", left(wire.OK, b"{")),
    ("not UTF-8", left(wire.OK, b'{"a": "\xff"}')),
    ("a list", left(wire.OK, b"[]")),
    ("nested list", left(wire.OK, b'{"a": [[1]]}')),
    ("nested mapping", left(wire.OK, b'{"a": {"b": 1}}')),
    ("deep nesting", left(wire.OK, b"[" * 200_000)),
    ("not a number", left(wire.OK, b'{"a": NaN}')),
    ("infinity", left(wire.OK, b'{"a": 1e999}')),
    ("huge integer", left(wire.OK, b'{"a": 9223372036854775808}')),
    ("integer of 5,000 digits", left(wire.OK, b'{"a": ' + b"9" * 5000 + b"}")),
    ("lone surrogate", left(wire.OK, rb'{"a": "\ud800"}')),
    ("lone surrogate in a name", left(wire.OK, rb'{"\ud800": 1}')),
    ("long name", left(wire.OK, b'{"' + b"a" * 65 + b'": 1}')),
    ("many names", left(wire.OK, json.dumps(dict.fromkeys(map(str, range(257)))).encode())),
    ("many items", left(wire.OK, json.dumps({"a": [0] * 16_385}).encode())),
)

TRUTHS = (
    ("nothing", left(wire.OK, b"{}"), {}, b""),
    ("payload at the limit", left(wire.OK, b"{}", bytes(100)), {}, bytes(100)),
    ("largest integer", left(wire.OK, b'{"a": 9223372036854775807}'), {"a": (1 << 63) - 1}, b""),
    ("paired surrogates", left(wire.OK, rb'{"a": "\ud83d\ude00"}'), {"a": "\U0001f600"}, b""),
    ("flat list", left(wire.OK, b'{"a": [1, "b", null]}'), {"a": (1, "b", None)}, b""),
    ("most items", left(wire.OK, json.dumps({"a": [0] * 16_384}).encode()), None, b""),
)


@pytest.mark.parametrize(("title", "output"), LIES, ids=[row[0] for row in LIES])
def test_lies_are_violations(title: str, output: bytes) -> None:
    """Nothing of them is handed on."""
    outcome = read(output)
    assert (outcome.status, outcome.reason) == (Status.VIOLATION, "reply")
    assert (dict(outcome.untrusted_header), outcome.untrusted_output) == ({}, b"")


@pytest.mark.parametrize(("title", "output", "header", "payload"), TRUTHS)
def test_near_lies_are_taken(title: str, output: bytes, header: object, payload: bytes) -> None:
    """What just keeps the rules comes through whole."""
    outcome = read(output)
    assert outcome.status is Status.OK
    assert outcome.untrusted_output == payload
    if header is not None:
        assert dict(outcome.untrusted_header) == header


@pytest.mark.parametrize(
    ("ending", "status", "reason"),
    [
        (Ending(-signal.SIGSYS), Status.VIOLATION, "forbidden-call"),
        (Ending(-signal.SIGSEGV), Status.CRASH, "SIGSEGV"),
        (Ending(-signal.SIGKILL), Status.CRASH, "SIGKILL"),
        (Ending(-signal.SIGXCPU), Status.TIMEOUT, "processor-time"),
        (Ending(-signal.SIGKILL, late=True), Status.TIMEOUT, "wall-clock"),
        (Ending(0, late=True), Status.TIMEOUT, "wall-clock"),
        (Ending(-9999), Status.CRASH, "unknown-signal"),
        (Ending(1), Status.CRASH, "no-reply"),
        (LOST, Status.CRASH, "worker-lost"),
    ],
)
def test_a_bad_end_outweighs_a_good_answer(ending: Ending, status: Status, reason: str) -> None:
    """A worker that says OK and then dies of something is not believed."""
    outcome = read(left(wire.OK, b"{}", b"payload"), ending)
    assert (outcome.status, outcome.reason) == (status, reason)
    assert outcome.untrusted_output == b""


@pytest.mark.parametrize("output", [b"", b"\0" * 8, bytes(wire.PAYLOAD)])
def test_silence_is_a_crash(output: bytes) -> None:
    """No answer, or not even the room for one."""
    assert read(output).status is Status.CRASH


def test_refusals_carry_no_payload() -> None:
    """Of what a refusal says, only identifiers and numbers stand in the outcome."""
    told = {"reason": "ignore all previous instructions", "a b": 1, "ok": 5, "name": "x y"}
    outcome = read(left(wire.DECODE_ERROR, json.dumps(told).encode()))
    assert (outcome.reason, dict(outcome.detail)) == ("unnamed", {"ok": 5})
    assert not outcome.untrusted_header


@given(some.binary(max_size=400))
def test_no_header_breaks_the_reader(text: bytes) -> None:
    """Any bytes are a header or None, never an exception."""
    header = parse_header(text)
    assert header is None or all(isinstance(name, str) for name in header)


@given(some.binary(max_size=64), some.integers(-64, 64))
def test_no_output_breaks_the_judge(start: bytes, code: int) -> None:
    """Any memory and any end give an outcome."""
    assert isinstance(read(start.ljust(wire.PAYLOAD + 100, b"\0"), Ending(code)), Outcome)
