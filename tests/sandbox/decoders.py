"""Jobs for the tests: what a decoder may do, well or badly."""

from __future__ import annotations

import os
import sys
from typing import Any

from sanitize.sandbox.jobs import DecodeError, Header, Job, LimitExceeded, Payload

SECRET = "a piece of the input"

_seen: list[bytes] = []


def _reverse(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    return {"size": len(data), **options}, bytes(data)[::-1]


def _chunks(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    size = options["chunk"]
    return {}, (data[start : start + size] for start in range(0, len(data), size))


def _zeros(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    return {}, bytes(options["size"])


def _header(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    return {"text": "x" * options["size"]}, b""


def _refuse(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    kind = LimitExceeded if options["limit"] else DecodeError
    raise kind(options["reason"], allowed=3, received=len(data), note=SECRET)


def _error(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    raise ValueError(SECRET)


def _deep(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    return _deep(data, options)


def _remember(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    _seen.append(bytes(data))
    return {"seen": len(_seen)}, b"".join(_seen)


def _surroundings(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    return {
        "environment": sorted(os.environ),
        "modules": sorted(sys.modules),
        "arguments": sys.argv[1:],
    }, b""


def _write(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    data[0] = 0
    return {}, b""


JOBS: dict[str, Job] = {
    "reverse": _reverse,
    "chunks": _chunks,
    "zeros": _zeros,
    "header": _header,
    "refuse": _refuse,
    "error": _error,
    "deep": _deep,
    "remember": _remember,
    "surroundings": _surroundings,
    "write": _write,
    "nonsense": lambda data, options: ({"nested": {"a": 1}}, b""),  # type: ignore[dict-item]
    "no-payload": lambda data, options: ({}, None),  # type: ignore[return-value]
    "no-pair": lambda data, options: None,  # type: ignore[return-value]
}
