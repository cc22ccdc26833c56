"""The nouns: what goes through a pipeline and what comes out of it.

All of them are immutable and hold only immutable values, so that what a
detector has read cannot change before the model gets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sanitize import freezing
from sanitize.errors import Blocked

if TYPE_CHECKING:
    from sanitize.tensor.spec import TensorSpec

#: Longest text a finding's detail may hold: room for a name, not for a payload.
MAX_DETAIL_CHARS = 120


class Action(IntEnum):
    """What the policy decided; the larger one wins."""

    ALLOW = 0
    SANITIZE = 1  #: let through, changed by a filter
    FLAG = 2  #: let through, worth a look
    BLOCK = 3


class Severity(IntEnum):
    """How bad a finding is if it is true."""

    LOW = 0
    MEDIUM = 1
    HIGH = 2
    CRITICAL = 3  #: the sample goes no further: limits, broken stages, unreadable input


class Modality(StrEnum):
    """What kind of thing a value is."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    TENSOR = "tensor"
    RECORD = "record"
    UNKNOWN = "unknown"  #: not identified; never let through


class Kind(IntEnum):
    """What a stage does, in the order in which stages must run."""

    VALIDATOR = 0  #: accepts or reports; the value is untouched
    FILTER = 1  #: same type out, safer, idempotent; says so when it changed something
    ENCODER = 2  #: changes the representation
    DETECTOR = 3  #: reads and scores, never changes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a stage noticed.

    Attributes:
        rule: stable id such as `text.bidi-control`; documented, never reused.
        severity: how bad it is if true.
        confidence: how sure the stage is, 0 to 1.
        origin: where it was found: `value`, `exif:ImageDescription`,
            `decoded:base64`, `hidden:html-comment` …
        span: start and end character offsets in that origin's text.
        detail: sizes, counts, what was expected and received. Never the
            payload: strings are printable and at most 120 characters.

    Raises:
        ValueError: the confidence is outside 0..1 or a detail could carry a payload.
    """

    rule: str
    severity: Severity
    confidence: float
    origin: str = "value"
    span: tuple[int, int] | None = None
    detail: Mapping[str, int | float | str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence: expected 0..1, received {self.confidence!r}")
        for key, item in self.detail.items():
            if isinstance(item, str) and (len(item) > MAX_DETAIL_CHARS or not item.isprintable()):
                raise ValueError(
                    f"detail {key!r} of {self.rule}: expected at most {MAX_DETAIL_CHARS} "
                    f"printable characters, received {len(item)} characters"
                )
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))

    def __reduce__(self) -> tuple[Any, ...]:
        fields = (self.rule, self.severity, self.confidence, self.origin, self.span)
        return (type(self), (*fields, dict(self.detail)))

    def to_dict(self) -> dict[str, Any]:
        """The finding as JSON-ready values."""
        return {
            "rule": self.rule,
            "severity": self.severity.name.lower(),
            "confidence": round(self.confidence, 6),
            "origin": self.origin,
            "span": list(self.span) if self.span else None,
            "detail": dict(self.detail),
        }


@dataclass(frozen=True, slots=True)
class Text:
    """A string met on the way, which every detector must read."""

    content: str
    origin: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a value was read: characters of text, bytes of anything else."""

    scanned: int = 0
    total: int = 0

    @property
    def unread(self) -> int:
        """Characters or bytes that nothing has read; 0 is the only good answer."""
        return self.total - self.scanned

    def __add__(self, other: Coverage) -> Coverage:
        return Coverage(self.scanned + other.scanned, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Sample:
    """One untrusted value on its way through the stages.

    Attributes:
        value: immutable (`sanitize.freezing`): str, bytes, a read-only array
            over memory of its own, or tuples and mappings of those.
        modality: what kind of value it is.
        texts: every string met on the way; append-only.
        findings: what stages reported; append-only.
        injection: highest calibrated probability so far, None while unscored.
        coverage: how much has been read.
    """

    value: Any
    modality: Modality
    texts: tuple[Text, ...] = ()
    findings: tuple[Finding, ...] = ()
    injection: float | None = None
    coverage: Coverage = Coverage()

    def report(self, *findings: Finding) -> Sample:
        """The same sample with findings added."""
        return replace(self, findings=self.findings + findings) if findings else self

    def read(self, *texts: Text) -> Sample:
        """The same sample with texts for the detectors added."""
        return replace(self, texts=self.texts + texts) if texts else self

    def become(self, value: Any, *findings: Finding) -> Sample:
        """The same sample with another value, and the findings that explain it."""
        return replace(self, value=value, findings=self.findings + findings)

    @property
    def halted(self) -> bool:
        """True once a critical finding says that the sample goes no further."""
        return any(finding.severity is Severity.CRITICAL for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Context:
    """What a stage may know about the call, beside the samples.

    Attributes:
        tenant: on whose behalf; stages must not mix tenants.
        content_type: the type that the caller declared, if any.
        spec: what the model's input expects, when the call comes from a guard.
    """

    tenant: str | None = None
    content_type: str | None = None
    spec: TensorSpec | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a pipeline decided about one value.

    Attributes:
        action: ALLOW < SANITIZE < FLAG < BLOCK.
        findings: everything that was noticed, in running order.
        injection: calibrated probability of an injection, 0..1; None means
            not scored.
        coverage: how much of the value was read.
        policy: digest of policy, rule packs, weights and package version.
        timings: seconds per stage; shared evenly within a batch.
        modality: what the value was taken for.
    """

    action: Action
    findings: tuple[Finding, ...]
    injection: float | None
    coverage: Coverage
    policy: str
    timings: Mapping[str, float] = field(hash=False, compare=False)
    modality: Modality = Modality.UNKNOWN
    _value: Any = field(default=None, repr=False, compare=False, hash=False)
    _digest: str | None = field(default=None, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "timings", MappingProxyType(dict(self.timings)))
        if self.action is Action.BLOCK:  # a refused value is hashed and forgotten
            object.__setattr__(self, "_digest", self.digest)
            object.__setattr__(self, "_value", None)

    @property
    def digest(self) -> str:
        """The sha256 of the sanitized value; for what is counted in, see `freezing.digest`.

        The value cannot change, so it is hashed when somebody first asks.
        """
        if self._digest is None:
            object.__setattr__(self, "_digest", freezing.digest(self._value))
        assert self._digest is not None
        return self._digest

    @property
    def allowed(self) -> bool:
        """True if `unwrap` will give the value."""
        return self.action is not Action.BLOCK

    def unwrap(self) -> Any:
        """The sanitized value: the only way to it.

        Raises:
            Blocked: the policy refused the value.
        """
        if not self.allowed:
            raise Blocked([self])
        return freezing.thaw(self._value)

    def summary(self) -> str:
        """One line for a log: the action and the worst findings' ids."""
        worst = sorted(self.findings, key=lambda found: (-found.severity, -found.confidence))
        rules = ", ".join(dict.fromkeys(found.rule for found in worst[:4])) or "no findings"
        return f"{self.action.name} ({rules})"

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON-ready values, without the payload."""
        return {
            "action": self.action.name.lower(),
            "modality": self.modality.value,
            "findings": [finding.to_dict() for finding in self.findings],
            "injection": self.injection,
            "coverage": {"scanned": self.coverage.scanned, "total": self.coverage.total},
            "digest": self.digest,
            "policy": self.policy,
            "timings": dict(self.timings),
        }

    def __reduce__(self) -> tuple[Any, ...]:
        plain = (self.action, self.findings, self.injection, self.coverage, self.policy)
        value = (dict(self.timings), self.modality, freezing.thaw(self._value), self.digest)
        return (_restore, (*plain, *value))


def _restore(*fields: Any) -> Verdict:
    *head, value, digest = fields
    return Verdict(*(*head, freezing.freeze(value), digest))
