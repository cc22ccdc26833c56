"""Where in a record a value stands, in words that carry no payload."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

#: Keys that may be named in a finding: identifiers, and too short for a message.
NAMEABLE = re.compile(r"[A-Za-z0-9_.-]{1,32}")

#: Longest path in characters; of a deeper one the end is kept.
MAX_PATH_CHARS = 160

#: Ends the path of a key, as against the value below it; no nameable key contains it.
KEY = "@key"


def step(path: str, key: str | None, place: int) -> str:
    """The path of a child: its key where that can be named, or else `#` and its place.

    Args:
        path: the parent's path; empty for the record itself.
        key: the child's key; None in a list.
        place: the child's place in its parent, from 0.
    """
    name = key if key is not None and NAMEABLE.fullmatch(key) else f"#{place}"
    joined = f"{path}/{name}" if path else name
    return joined if len(joined) <= MAX_PATH_CHARS else "…" + joined[1 - MAX_PATH_CHARS :]


def origin(path: str, inner: str = "value") -> str:
    """The origin of a finding at a path; `inner` is its origin in the value there."""
    return f"record:{path}" if inner == "value" else f"record:{path}:{inner}"


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All values that hold no others, each with its path; keys with `KEY` behind theirs."""
    if isinstance(value, Mapping):
        for place, (key, item) in enumerate(value.items()):
            below = step(path, key, place)
            yield f"{below}{KEY}", key
            yield from leaves(item, below)
    elif isinstance(value, tuple):
        for place, item in enumerate(value):
            yield from leaves(item, step(path, None, place))
    else:
        yield path, value
