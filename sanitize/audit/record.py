"""One line of a trail: what was decided, and the hash that ties it to the line before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from sanitize.types import Verdict

#: What the first record of a trail is chained to.
GENESIS = "0" * 64

#: Findings written out in one record, the worst first; `found` counts them all.
MAX_FINDINGS = 32

#: Version of the record's form.
FORMAT = 1


def describe(verdict: Verdict) -> dict[str, Any]:
    """A verdict as a record's content: digests, rules and counts, never a payload."""
    worst = sorted(verdict.findings, key=lambda found: -found.severity)
    return {
        "event": "verdict",
        "action": verdict.action.name.lower(),
        "modality": verdict.modality.value,
        "digest": verdict.digest,
        "policy": verdict.policy,
        "injection": verdict.injection,
        "coverage": [verdict.coverage.scanned, verdict.coverage.total],
        "found": len(verdict.findings),
        "findings": [
            [found.rule, found.severity.name.lower(), round(found.confidence, 4), found.origin]
            for found in worst[:MAX_FINDINGS]
        ],
    }


def seal(content: Mapping[str, Any], number: int, time: float, previous: str) -> tuple[str, str]:
    """A line and its hash.

    Args:
        content: JSON-ready values.
        number: the record's place in the trail, from 1.
        time: seconds since the epoch.
        previous: hash of the record before.

    Returns:
        The line without its newline, and the sha256 over everything in it but
        the hash itself.
    """
    body = {"format": FORMAT, "n": number, "time": round(time, 6), **content, "prev": previous}
    text = _json(body)
    digest = hashlib.sha256(text.encode("ascii")).hexdigest()
    return f'{text[:-1]},"hash":"{digest}"}}', digest


def check(line: bytes, number: int, previous: str) -> tuple[str, str]:
    """The hash of a line, and what is wrong with it; empty if nothing is."""
    try:
        body = json.loads(line)
        claimed = body.pop("hash")
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return "", "expected a record, received something else"
    if body.get("n") != number:
        return "", f"expected record {number}, received record {_number(body)}"
    if body.get("prev") != previous:
        return "", "not chained to the record before it"
    if _hash(body) != claimed:
        return "", "its content does not match its hash"
    return str(claimed), ""


def last(line: bytes) -> tuple[int, str]:
    """Number and hash of a line that is trusted because this machine wrote it.

    Raises:
        ValueError: it is no record.
    """
    body = json.loads(line)
    return int(body["n"]), str(body["hash"])


def _number(body: Mapping[str, Any]) -> str:
    found = body.get("n")
    return str(found) if isinstance(found, int) else "without a number"


def _hash(body: Mapping[str, Any]) -> str:
    return hashlib.sha256(_json(body).encode("ascii")).hexdigest()


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, separators=(",", ":"), allow_nan=False)
