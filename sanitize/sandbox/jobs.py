"""How a decoder module offers its jobs, and how a job is run inside.

A decoder module has a table `JOBS`, and usually a function `warm`:

    from sanitize.sandbox.jobs import DecodeError, LimitExceeded

    def shape(data, options):
        width, height = …                       # only standard and warmed modules
        if width * height > options["max_pixels"]:
            raise LimitExceeded("pixels", allowed=options["max_pixels"], received=width * height)
        return {"width": width, "height": height}, pixels

    def warm():
        shape(TINY_PICTURE, {"max_pixels": 100})   # imports, codecs, error paths

    JOBS = {"shape": shape}

It may have a function `rehearse` too: a tiny job that every leaf does while it waits, so
that the memory it needs is its own when the input comes (a forked process copies each
page when it first writes to it).

The module is imported and warmed once, before the lock; after it nothing can
be opened or imported. `data` is a read-only view of the input. The payload is
bytes, or an iterable of bytes, which saves a second copy of large outputs.
This file runs inside and out, and imports next to nothing.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from sanitize.sandbox import wire

Scalar = int | float | str | bool | None
Header = Mapping[str, Scalar | Sequence[Scalar]]
Chunk = bytes | bytearray | memoryview
Payload = Chunk | Iterable[Chunk]
Job = Callable[[memoryview, dict[str, Any]], tuple[Header, Payload]]
Buffer = Any  # bytearray or mmap.mmap: something to write slices of bytes to


class Refused(Exception):
    """A decoder's own no: a reason and numbers, never a piece of the input.

    Args:
        reason: an identifier such as `truncated` or `pixels`.
        **detail: sizes, counts, what was allowed and received.
    """

    status = wire.DECODE_ERROR

    def __init__(self, reason: str, **detail: Scalar) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


class DecodeError(Refused):
    """The input is not what it should be."""


class LimitExceeded(Refused):
    """The input asks for more than it may have."""

    status = wire.LIMIT


def load(modules: Iterable[str]) -> dict[str, Job]:
    """The jobs of all modules by full name, imported and warmed.

    Raises:
        ImportError: a module or what it needs is missing.
        AttributeError: a module without `JOBS`.
    """
    found: dict[str, Job] = {}
    for name in modules:
        module = importlib.import_module(name)
        warm = getattr(module, "warm", None)
        if warm is not None:
            warm()
        found.update({f"{name}:{job}": function for job, function in module.JOBS.items()})
    return found


def rehearsals(modules: Iterable[str]) -> list[Callable[[], object]]:
    """The modules' `rehearse` functions, for those that have one."""
    loaded = (importlib.import_module(name) for name in modules)
    return [module.rehearse for module in loaded if hasattr(module, "rehearse")]


def perform(job: Job, data: memoryview, options: dict[str, Any], output: Buffer) -> None:
    """Run a job and leave its answer in `output`, whatever happens."""
    try:
        header, payload = job(data, options)
        size = _copy(payload, output)
        _answer(output, wire.OK, dict(header), size)
    except MemoryError:
        _refuse(output, wire.LIMIT, "memory", {})
    except Refused as refusal:
        _refuse(output, refusal.status, refusal.reason, refusal.detail)
    except Exception as error:
        _refuse(output, wire.DECODE_ERROR, type(error).__name__, {})


def warm_up() -> None:
    """Walk every path of this file once, so that nothing is imported after the lock."""
    output = bytearray(wire.PAYLOAD + 16)
    failures = (MemoryError(), DecodeError("warm", size=1), LimitExceeded("warm"), ValueError("é"))
    for failure in failures:

        def fail(data: memoryview, options: dict[str, Any], error: Exception = failure) -> Any:
            raise error

        perform(fail, memoryview(b""), {}, output)
    perform(
        lambda data, options: ({"é": [1, 2.5, None]}, iter([b"x"])), memoryview(b""), {}, output
    )
    answers: tuple[tuple[Header, Payload], ...] = (({"é": [1, 2.5, None]}, [b"x"]), ({}, bytes(32)))
    for answer in answers:

        def succeed(data: memoryview, options: dict[str, Any], answer: Any = answer) -> Any:
            return answer

        perform(succeed, memoryview(b""), {}, output)


def _copy(payload: Payload, output: Buffer) -> int:
    chunks = (payload,) if isinstance(payload, Chunk) else payload
    end = wire.PAYLOAD
    for chunk in chunks:
        start, end = end, end + len(chunk)
        if end > len(output):
            raise LimitExceeded("output", allowed=len(output) - wire.PAYLOAD)
        output[start:end] = chunk
    return end - wire.PAYLOAD


def _answer(output: Buffer, status: int, header: MutableMapping[str, Any], size: int) -> None:
    text = json.dumps(header, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    if len(text) > wire.MAX_HEADER:
        raise LimitExceeded("header", allowed=wire.MAX_HEADER, received=len(text))
    output[wire.REPLY.size : wire.REPLY.size + len(text)] = text
    output[: wire.REPLY.size] = wire.REPLY.pack(status, len(text), size)


def _refuse(output: Buffer, status: int, reason: str, detail: Mapping[str, Scalar]) -> None:
    _answer(output, status, {**detail, "reason": reason}, 0)
