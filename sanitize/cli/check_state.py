"""One line of `sanitize doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"  #: works without it, but worth knowing
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, how that went, and a few words on it."""

    name: str
    state: State
    detail: str
