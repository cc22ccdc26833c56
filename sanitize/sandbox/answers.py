"""What is made of a dead worker: its last words, read with suspicion, and how it died."""

from __future__ import annotations

import json
import math
import re
import signal
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from sanitize.sandbox import wire
from sanitize.sandbox.base import Outcome, Scalar, Status

Header = dict[str, Scalar | tuple[Scalar, ...]]

#: `(size, offset) -> bytes` of an output; fewer bytes than asked for at its end.
Read = Callable[[int, int], bytes]

#: Most names in a header, and most items in one of its lists.
MAX_NAMES, MAX_ITEMS = 256, 16_384

#: What may stand in an outcome as a reason: an error's name, never a sentence.
REASON = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

_STATUSES = {
    wire.OK: Status.OK,
    wire.DECODE_ERROR: Status.DECODE_ERROR,
    wire.LIMIT: Status.LIMIT,
}


class Ending(NamedTuple):
    """How a worker died, in the words of the process that waited for it.

    Attributes:
        code: its exit status, or a signal's number below zero.
        peak_bytes: largest resident memory.
        cpu_seconds: processor time.
        late: it was killed because its time was up.
    """

    code: int
    peak_bytes: int = 0
    cpu_seconds: float = 0.0
    late: bool = False


#: A worker whose fate nobody could tell: its parent died with it.
LOST = Ending(-int(getattr(signal, "SIGKILL", 9)))


class Answer(NamedTuple):
    """What a worker left in its output memory, as far as it is well formed."""

    status: Status
    header: Header
    payload: bytes = b""


#: The answer of a worker whose words contradict each other, or what was agreed.
LIE = Answer(Status.VIOLATION, {"reason": "reply"})

#: The answer of a worker that left none.
SILENCE = Answer(Status.CRASH, {"reason": "no-reply"})


def judge(ending: Ending, read: Read, max_output: int) -> Outcome:
    """The outcome. The worker must be dead: nothing may change while it is read."""
    answer = Answer(*_cause(ending)) if ending.code < 0 or ending.late else _words(read, max_output)
    if ending.code > 0 and answer is not LIE:
        answer = SILENCE
    good = answer.status is Status.OK
    reason, detail = ("", {}) if good else _explain(answer.header)
    return Outcome(
        answer.status,
        answer.header if good else {},
        answer.payload,
        reason,
        detail,
        signal=max(0, -ending.code),
        cpu_seconds=ending.cpu_seconds,
        peak_bytes=ending.peak_bytes,
    )


def _words(read: Read, max_output: int) -> Answer:
    """Every size is compared with what was agreed before anything of it is allocated."""
    reply = read(wire.REPLY.size, 0)
    if len(reply) < wire.REPLY.size:
        return SILENCE
    code, header_size, size = wire.REPLY.unpack(reply)
    if code == wire.NOTHING:
        return SILENCE
    if code not in _STATUSES or header_size > wire.MAX_HEADER or size > max_output:
        return LIE
    header = parse_header(read(header_size, wire.REPLY.size))
    if header is None:
        return LIE
    payload = _payload(read, size) if code == wire.OK else b""
    return Answer(_STATUSES[code], header, payload) if payload is not None else LIE


def _payload(read: Read, size: int) -> bytes | None:
    """All of it; one read gives no more than 2 GiB. None if there is less."""
    payload = read(size, wire.PAYLOAD)
    while len(payload) < size:
        part = read(size - len(payload), wire.PAYLOAD + len(payload))
        if not part:
            return None
        payload += part
    return payload


def parse_header(text: bytes) -> Header | None:
    """A flat mapping of names to numbers, strings, or lists of those; None if it is not."""
    try:
        found = json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or len(found) > MAX_NAMES:
        return None
    header: Header = {}
    for name, value in found.items():
        items = value if isinstance(value, list) else [value]
        if len(name) > 64 or len(items) > MAX_ITEMS or not all(map(_plain, (name, *items))):
            return None
        header[name] = tuple(value) if isinstance(value, list) else value
    return header


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


def _plain(item: Any) -> bool:
    if isinstance(item, str):
        return not any("\ud800" <= char <= "\udfff" for char in item)
    if isinstance(item, float):
        return math.isfinite(item)
    if isinstance(item, int):
        return -(1 << 63) <= item < 1 << 63
    return item is None


def _cause(ending: Ending) -> tuple[Status, Header]:
    """What a deadly signal means."""
    if ending.late:
        return Status.TIMEOUT, {"reason": "wall-clock"}
    if ending is LOST:
        return Status.CRASH, {"reason": "worker-lost"}
    try:
        name = signal.Signals(-ending.code).name
    except ValueError:
        name = "unknown-signal"
    if name == "SIGSYS":
        return Status.VIOLATION, {"reason": "forbidden-call"}
    if name == "SIGXCPU":
        return Status.TIMEOUT, {"reason": "processor-time"}
    return Status.CRASH, {"reason": name}


def _explain(header: Mapping[str, Any]) -> tuple[str, dict[str, int | float | str]]:
    """A refusal's reason and numbers, as far as they can be no payload."""
    reason = str(header.get("reason"))
    detail: dict[str, int | float | str] = {}
    for key, item in header.items():
        number = isinstance(item, (int, float)) and not isinstance(item, bool)
        name = isinstance(item, str) and REASON.fullmatch(item)
        if key != "reason" and REASON.fullmatch(key) and (number or name) and len(detail) < 8:
            detail[key] = item
    return (reason if REASON.fullmatch(reason) else "unnamed"), detail
