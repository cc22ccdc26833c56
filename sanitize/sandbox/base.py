"""What every sandbox promises: bytes go in, an outcome comes out, whatever happens inside."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Self

from sanitize.errors import SandboxError
from sanitize.types import Finding, Severity

#: What a header that came out of a sandbox may hold; lists arrive as tuples.
Scalar = int | float | str | bool | None

#: The drills' module; every sandbox has it loaded, so that it can be tested alive.
DRILLS = "sanitize.sandbox.drills"

#: Address space that a job may use beside its input and output, in bytes: 1 GiB.
DEFAULT_MEMORY = 1 << 30


class Status(StrEnum):
    """How a job ended. Everything but OK blocks; nothing is ever decoded again outside."""

    OK = "ok"
    DECODE_ERROR = "decode-error"  #: the decoder refused the input
    LIMIT = "limit"  #: too much memory, too much output, or a limit of the decoder's own
    TIMEOUT = "timeout"  #: wall clock or processor time was used up; it was killed
    CRASH = "crash"  #: died of a signal, or ended without an answer
    VIOLATION = "violation"  #: tried what is forbidden inside, or lied about its answer


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came back from one job.

    Both `untrusted_` fields were made by a process that may have been taken
    over: their sizes and types are checked, their content is not. They are
    empty unless the status is OK.

    Attributes:
        status: how the job ended.
        untrusted_header: names to numbers, short strings, or tuples of those.
        untrusted_output: the payload, at most `max_output` bytes.
        reason: why it did not end well: an error's name such as `truncated`; an
            identifier of at most 64 characters.
        detail: numbers and short names that explain the reason.
        signal: the signal that killed the job, 0 if none did.
        seconds: wall-clock time from handing in to the outcome.
        cpu_seconds: processor time of the job; 0.0 where it is not measured.
        peak_bytes: largest resident memory of the job; 0 where it is not measured.
        sandbox: name of the sandbox that ran it.
        sandboxed: False if nothing but a process border, or not even that, kept
            the job from the app; every verdict says so.
    """

    status: Status
    untrusted_header: Mapping[str, Scalar | tuple[Scalar, ...]] = field(
        default_factory=dict, hash=False
    )
    untrusted_output: bytes = b""
    reason: str = ""
    detail: Mapping[str, int | float | str] = field(default_factory=dict, hash=False)
    signal: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    sandbox: str = ""
    sandboxed: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "untrusted_header", MappingProxyType(dict(self.untrusted_header)))
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))

    @property
    def ok(self) -> bool:
        """True if there is an output to look at."""
        return self.status is Status.OK

    def findings(self, origin: str = "value") -> tuple[Finding, ...]:
        """What the outcome means for the sample.

        `sandbox.decode-error`, `sandbox.limit`, `sandbox.timeout`, `sandbox.crash`
        and `sandbox.violation` are critical: the sample goes no further.
        `sandbox.not-sandboxed` accompanies every outcome of a sandbox that is none.
        """
        found = []
        if not self.sandboxed:
            detail = {"sandbox": self.sandbox}
            found.append(
                Finding("sandbox.not-sandboxed", Severity.MEDIUM, 1.0, origin, detail=detail)
            )
        if not self.ok:
            rule = f"sandbox.{self.status.value}"
            found.append(Finding(rule, Severity.CRITICAL, 1.0, origin, detail=self._explain()))
        return tuple(found)

    def _explain(self) -> dict[str, int | float | str]:
        known: dict[str, int | float | str] = {"reason": self.reason, "signal": self.signal}
        return {**self.detail, **{key: item for key, item in known.items() if item}}


def _flat(data: bytes | memoryview) -> memoryview:
    try:
        return memoryview(data).cast("B")
    except TypeError:
        received = type(data).__name__
        raise SandboxError(f"expected bytes or a contiguous view, received {received}") from None


class Sandbox(ABC):
    """Runs decoders on untrusted bytes, away from the app.

    A job is a function of a decoder module, named `package.module:job`; see
    `sanitize.sandbox.jobs` for how a module offers its jobs. Safe to call from
    several threads; a call blocks its thread, without the interpreter lock.

    Attributes:
        name: as `open_sandbox` knows it.
        sandboxed: whether a kernel keeps the job from the app.
        modules: the decoder modules whose jobs may be run.
    """

    name: ClassVar[str]
    sandboxed: ClassVar[bool]

    def __init__(self, modules: Sequence[str] = ()) -> None:
        self.modules = (DRILLS, *(name for name in modules if name != DRILLS))
        self._closed = False

    @property
    def layers(self) -> Mapping[str, tuple[str, str]]:
        """Each layer's status and evidence, as measured where jobs run; none by default."""
        return {}

    def run(
        self,
        job: str,
        data: bytes | memoryview,
        options: Mapping[str, Any] | None = None,
        *,
        timeout: float,
        max_output: int,
    ) -> Outcome:
        """Run one job on one input.

        Args:
            job: `package.module:job`, from one of `modules`.
            data: the untrusted bytes; not kept.
            options: the decoder's options: JSON-ready values, from the app.
            timeout: wall-clock seconds that the job may take, waiting for its turn
                not counted.
            max_output: most bytes of payload that may come back.

        Returns:
            The outcome. Bad input never raises.

        Raises:
            SandboxError: an unknown job, options that cannot be sent, or no sandbox
                to be had.
        """
        if self._closed:
            raise SandboxError("expected an open sandbox, received a closed one")
        module, _, _ = job.partition(":")
        if module not in self.modules:
            raise SandboxError(f"job {job!r}: expected a job of {', '.join(self.modules)}")
        if not 0 < timeout < 86_400 or not 0 <= max_output < 1 << 40:
            raise SandboxError(
                "expected a timeout of up to a day in seconds and max_output in bytes, "
                f"received {timeout!r} and {max_output!r}"
            )
        outcome = self._run(job, _flat(data), dict(options or {}), timeout, max_output)
        return replace(outcome, sandbox=self.name, sandboxed=self.sandboxed)

    @abstractmethod
    def _run(
        self,
        job: str,
        data: memoryview,
        options: Mapping[str, Any],
        timeout: float,
        max_output: int,
    ) -> Outcome:
        """As `run`, with checked arguments."""

    def close(self) -> None:
        """Take no more jobs; end all processes once the running jobs are done."""
        self._closed = True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
