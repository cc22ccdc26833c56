"""No border at all: jobs run in the app itself. For development and for debugging decoders."""

from __future__ import annotations

import json
import mmap
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

from sanitize.errors import SandboxError
from sanitize.sandbox import jobs, wire
from sanitize.sandbox.answers import Ending, judge
from sanitize.sandbox.base import Outcome, Sandbox
from sanitize.sandbox.spawning import message


class InProcess(Sandbox):
    """Runs a decoder where a hole in it costs everything. Limits nothing but the output.

    Args:
        modules: decoder modules whose jobs may be run.
        for_development: must be True; `open_sandbox("in-process")` says so.

    Raises:
        SandboxError: it was not asked for by name, or a module cannot be loaded.
    """

    name: ClassVar[str] = "in-process"
    sandboxed: ClassVar[bool] = False

    def __init__(self, modules: Sequence[str] = (), *, for_development: bool = False) -> None:
        super().__init__(modules)
        if not for_development:
            raise SandboxError(
                "decoding in the app's own process: expected for_development=True, "
                f"received {for_development!r}"
            )
        try:
            self._jobs = jobs.load(self.modules)
        except (ImportError, AttributeError) as error:
            raise SandboxError(f"no decoders could be set up: {type(error).__name__}") from error

    def _run(
        self,
        job: str,
        data: memoryview,
        options: Mapping[str, Any],
        timeout: float,
        max_output: int,
    ) -> Outcome:
        if job not in self._jobs:
            raise SandboxError(f"job {job!r}: expected one of {', '.join(sorted(self._jobs))}")
        same_options = json.loads(message(options=options))["options"]
        start = perf_counter()
        with mmap.mmap(-1, wire.PAYLOAD + max_output) as output:
            jobs.perform(self._jobs[job], data.toreadonly(), same_options, output)
            outcome = judge(Ending(0), lambda size, at: output[at : at + size], max_output)
        return replace(outcome, seconds=perf_counter() - start)
