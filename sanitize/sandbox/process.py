"""Not a sandbox: a child process per input, for systems where no sandbox can be had.

A decoder that crashes, hangs or eats memory harms the child alone. One that is
taken over has everything that the app's user has. A policy has to ask for it.
"""

from __future__ import annotations

import math
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import IO, Any, ClassVar

from sanitize.errors import SandboxError
from sanitize.sandbox.answers import Ending, judge
from sanitize.sandbox.base import DEFAULT_MEMORY, Outcome, Sandbox
from sanitize.sandbox.spawning import import_config, interpreter, message

#: Seconds until a child must have imported its modules.
START_TIMEOUT = 60.0

#: What a child gets of the environment: Windows cannot start without these.
NEEDED = ("SYSTEMROOT", "TEMP", "TMP")


class ProcessSandbox(Sandbox):
    """A fresh interpreter for each input, with limits of memory, time and output.

    Args:
        modules: decoder modules whose jobs may be run.
        memory: address space of a job in bytes, where the system limits it.
    """

    name: ClassVar[str] = "process"
    sandboxed: ClassVar[bool] = False

    def __init__(self, modules: Sequence[str] = (), *, memory: int = DEFAULT_MEMORY) -> None:
        super().__init__(modules)
        self._memory = memory
        listing = self._spawn("", memoryview(b""), {}, START_TIMEOUT, 0)
        if not listing.ok:
            raise SandboxError(f"no process for decoders could be set up: {listing.reason}")
        names = listing.untrusted_header["jobs"]
        self._jobs = [str(name) for name in names] if isinstance(names, tuple) else []

    def _run(
        self,
        job: str,
        data: memoryview,
        options: Mapping[str, Any],
        timeout: float,
        max_output: int,
    ) -> Outcome:
        if job not in self._jobs:
            raise SandboxError(f"job {job!r}: expected one of {', '.join(self._jobs)}")
        return self._spawn(job, data, options, timeout, max_output)

    def _spawn(
        self,
        job: str,
        data: memoryview,
        options: Mapping[str, Any],
        timeout: float,
        max_output: int,
    ) -> Outcome:
        order = message(
            **import_config(self.modules),
            job=job,
            options=options,
            output=max_output,
            memory=self._memory,
            cpu_seconds=math.ceil(timeout),
        )
        start = perf_counter()
        # Files, not pipes: a child cannot make the app hold more than was agreed.
        with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as output:
            source.writelines((order, b"\n", data))
            source.seek(0)
            ending = _end(_start(source, output), timeout)
            outcome = judge(ending, lambda size, at: _read(output, size, at), max_output)
        return replace(outcome, seconds=perf_counter() - start)


def _start(source: IO[bytes], output: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = {name: os.environ[name] for name in NEEDED if name in os.environ}
    try:
        return subprocess.Popen(  # noqa: S603  (our own interpreter and file, no shell)
            [*interpreter(), "once"],
            env=environment,
            stdin=source,
            stdout=output,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(f"no process could be started: {error.strerror}") from None


def _end(process: subprocess.Popen[bytes], timeout: float) -> Ending:
    try:
        return Ending(process.wait(timeout))
    except subprocess.TimeoutExpired:
        process.kill()
        return Ending(process.wait(), late=True)


def _read(output: IO[bytes], size: int, offset: int) -> bytes:
    output.seek(offset)
    return output.read(size)
