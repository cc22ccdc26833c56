"""Saying no: a stable reason, what was expected, what came."""

from __future__ import annotations

from sanitize.errors import ArtifactError

#: Longest name shown out of an untrusted file, in characters.
MAX_SHOWN = 80


def shown(untrusted: object) -> str:
    """A name or value out of the file: printable ASCII on one line, cut.

    Keys and class names are an attacker's text; escaped, they can neither act on
    a terminal nor reorder what is read around them (CVE-2021-42574).
    """
    text = untrusted if isinstance(untrusted, str) else f"{type(untrusted).__name__} {untrusted!r}"
    cut = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."
    return ascii(cut)


def refused(reason: str, where: str, expected: str, received: str) -> ArtifactError:
    """The error for a file that is not let in.

    Args:
        reason: the part of the code behind `artifact.`.
        where: the part of the file; untrusted, and shown escaped.
        expected: in our words.
        received: in our words, untrusted parts through `shown`.
    """
    place = ascii(where)[1:-1]
    place = place if len(place) <= 2 * MAX_SHOWN else "..." + place[-2 * MAX_SHOWN :]
    return ArtifactError(f"{place}: expected {expected}; received {received}", f"artifact.{reason}")
