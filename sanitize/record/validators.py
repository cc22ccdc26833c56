"""Record validators: bounds on what dicts and lists hold; never touch them.

Nesting and the number of items are bounded at the door, before anything is
copied (`limits` in a policy).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any, ClassVar

from sanitize.record.paths import leaves, origin
from sanitize.stage import Stage, per_sample
from sanitize.tensor.validators import Dtype, Range
from sanitize.types import Context, Finding, Kind, Modality, Sample, Severity

#: Exact types of leaves, beside numeric arrays. Bytes are none: nothing has read them.
LEAF_TYPES: frozenset[type] = frozenset({str, int, float, bool, type(None)})

_ARRAY_STAGES: tuple[Stage, ...] = (Dtype(), Range())


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Refuses records with too much text, unreadable leaves, or numbers that are none.

    Attributes:
        max_chars: most characters in all keys and strings together.
        max_int_bits: longest integer; JSON readers beyond Python keep 53 or 64 bits.
    """

    name: ClassVar[str] = "record.limits"
    kind: ClassVar[Kind] = Kind.VALIDATOR

    max_chars: int = 1_000_000
    max_int_bits: int = 64

    @per_sample
    def __call__(self, sample: Sample, context: Context) -> Sample:
        """Report `record.too-long`, `record.leaf-type`, `record.number`, or a tensor's findings."""
        chars = 0
        findings: list[Finding] = []
        for path, leaf in leaves(sample.value):
            chars += len(leaf) if isinstance(leaf, str) else 0
            findings += self._findings(path, leaf)
        if chars > self.max_chars:
            detail = {"allowed": self.max_chars, "received": chars}
            findings.append(Finding("record.too-long", Severity.CRITICAL, 1.0, detail=detail))
        return sample.report(*findings)

    def _findings(self, path: str, leaf: Any) -> Iterator[Finding]:
        if isinstance(leaf, float) and not isfinite(leaf):
            yield _refused("record.number", path, expected="finite number", received=str(leaf))
        elif type(leaf) is int and leaf.bit_length() > self.max_int_bits:
            bits = leaf.bit_length()
            yield _refused("record.number", path, allowed_bits=self.max_int_bits, received=bits)
        elif hasattr(leaf, "dtype"):
            yield from _array_findings(path, leaf)
        elif type(leaf) not in LEAF_TYPES:
            received = type(leaf).__name__[:80]
            yield _refused("record.leaf-type", path, expected="text or number", received=received)


def _array_findings(path: str, array: Any) -> Iterator[Finding]:
    """What the tensor room says about an array inside of a record."""
    sample, context = Sample(array, Modality.TENSOR), Context()
    for stage in _ARRAY_STAGES:
        if not sample.halted:
            (sample,) = stage([sample], context)
    for finding in sample.findings:
        yield replace(finding, origin=origin(path, finding.origin))


def _refused(rule: str, path: str, **detail: int | str) -> Finding:
    return Finding(rule, Severity.CRITICAL, 1.0, origin(path), detail=detail)
