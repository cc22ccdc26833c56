"""How stages use a sandbox: a job for each sample, and what became of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sanitize.errors import SandboxError
from sanitize.sandbox.base import Outcome
from sanitize.sandbox.opening import shared
from sanitize.types import Coverage, Finding, Sample, Severity

Answer = TypeVar("Answer")


class Lie(ValueError):
    """An answer contradicts itself, or what was agreed: the leaf was taken over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A job for the process's sandbox of the job's module.

    Attributes:
        job: `module:function`.
        options: what the job is told.
        sandbox: the kind of sandbox.
        timeout: seconds that the job may take.
        max_output: most bytes of its output.
        origin: what findings are about.
    """

    job: str
    options: Mapping[str, Any]
    sandbox: str
    timeout: float
    max_output: int
    origin: str = "value"

    def ask(
        self, sample: Sample, data: bytes | memoryview, read: Callable[[Outcome], Answer]
    ) -> tuple[Sample, Answer | None]:
        """The sample with what is to be said of the job, and its answer; None if there is none.

        Args:
            sample: where findings go.
            data: what the job works on.
            read: makes an answer of the outcome, all of which is untrusted; raises `Lie`.
        """
        try:
            runner = shared(self.sandbox, (self.job.partition(":")[0],))
        except SandboxError:
            return self._refused(sample, "sandbox.unavailable", sandbox=self.sandbox), None
        outcome = runner.run(
            self.job, data, self.options, timeout=self.timeout, max_output=self.max_output
        )
        sample = sample.report(*outcome.findings(self.origin))
        if not outcome.ok:
            return sample, None
        try:
            return sample, read(outcome)
        except Lie:
            return self._refused(sample, "sandbox.violation", reason="reply"), None

    def _refused(self, sample: Sample, rule: str, **detail: str) -> Sample:
        return sample.report(Finding(rule, Severity.CRITICAL, 1.0, self.origin, detail=detail))


def each(samples: Sequence[Sample], work: Callable[[Sample], Sample]) -> list[Sample]:
    """The work done on all samples, on as many at once as there are cores."""
    if len(samples) < 2:
        return [work(sample) for sample in samples]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(len(samples), os.cpu_count() or 1)) as threads:
        return list(threads.map(work, samples))


def decoded(sample: Sample, size: int) -> Sample:
    """The sample with all of its file's bytes accounted for, and its texts still to be read."""
    unread = sum(len(text.content) for text in sample.texts)
    return replace(sample, coverage=Coverage(0 if unread else size, size + unread))
