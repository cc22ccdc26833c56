"""The sandbox for Linux: single-use leaves, forked ahead of need, as many at once as cores."""

from __future__ import annotations

import atexit
import math
import os
import sys
import threading
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from time import perf_counter
from typing import Any, ClassVar

from sanitize.errors import SandboxError
from sanitize.sandbox import memory
from sanitize.sandbox.answers import LOST, Ending, judge
from sanitize.sandbox.base import DEFAULT_MEMORY, Outcome, Sandbox, Status
from sanitize.sandbox.probes import check
from sanitize.sandbox.spawning import message
from sanitize.sandbox.zygote import END_TIMEOUT, Leaf, Zygote

#: Forked leaves share one memory layout. After so many that crashed or broke the
#: rules, somebody may be guessing it: a fresh zygote gets a new one.
CRASHES_PER_ZYGOTE = 3

#: Fewest and most leaves that wait for work, whatever the number of cores.
IDLE = (2, 4)

#: Attempts to hand in one job: all waiting leaves may be gone, and their zygote too.
ATTEMPTS = 2 + IDLE[1]


class ZygoteSandbox(Sandbox):
    """Every input gets a process of its own that has seen no other and can do nothing.

    Args:
        modules: decoder modules whose jobs may be run.
        workers: most jobs at the same time; the number of usable cores if None.
        memory: address space of a job beside its input and output, in bytes.
        cpu_seconds: processor time of a job; its timeout, rounded up, if None.
        namespaces: False does without them even where the kernel has them.

    Raises:
        SandboxError: no Linux, no seccomp, or a module that cannot be loaded.
    """

    name: ClassVar[str] = "zygote"
    sandboxed: ClassVar[bool] = True

    def __init__(
        self,
        modules: Sequence[str] = (),
        *,
        workers: int | None = None,
        memory: int = DEFAULT_MEMORY,
        cpu_seconds: int | None = None,
        namespaces: bool = True,
    ) -> None:
        super().__init__(modules)
        if sys.platform != "linux":
            raise SandboxError(f"expected Linux for a sandbox, received {sys.platform}")
        self._workers = workers or len(os.sched_getaffinity(0))
        self._memory = memory
        self._cpu_seconds = cpu_seconds
        self._namespaces = namespaces
        self._begin()
        with self._lock:
            self._jobs = self._current().jobs
            self._refill(self._spare)
        _live.add(self)

    def _begin(self) -> None:
        self._lock = threading.RLock()
        self._gate = threading.BoundedSemaphore(self._workers)
        self._idle: deque[tuple[Zygote, Leaf]] = deque()
        self._retired: list[Zygote] = []
        self._zygote: Zygote | None = None
        self._crashes = 0
        self._renewing = False

    @property
    def layers(self) -> Mapping[str, tuple[str, str]]:
        """Each layer's status and evidence, as the current zygote measured them."""
        with self._lock:
            return self._current().layers

    @property
    def pids(self) -> tuple[int, ...]:
        """The app's child processes that belong to this sandbox."""
        with self._lock:
            return tuple(one.pid for one in self._zygotes() if one.alive)

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
        order = message(
            job=job,
            options=options,
            input=data.nbytes,
            output=max_output,
            memory=self._memory,
            cpu_seconds=self._cpu_seconds or math.ceil(timeout),
        )
        with self._gate:
            start = perf_counter()
            try:
                outcome = self._serve(order, data, timeout, max_output)
            except OSError as error:  # the app is out of descriptors, memory or processes
                raise SandboxError(f"the sandbox cannot work: {error.strerror}") from error
            self._tidy(outcome)
            return replace(outcome, seconds=perf_counter() - start)

    def _serve(self, order: bytes, data: memoryview, timeout: float, max_output: int) -> Outcome:
        with memory.pair(data, max_output) as (source, output):
            zygote, leaf = self._hand_in(order, (source, output))
            with closing(leaf):
                ending = leaf.wait(timeout) or self._end(zygote, leaf)
            return judge(ending, lambda size, at: os.pread(output, size, at), max_output)

    def _end(self, zygote: Zygote, leaf: Leaf) -> Ending:
        """Its time is up. Return when it is dead for sure."""
        ending = leaf.kill()
        if ending is None:
            _abandon(zygote)
        return (ending or LOST)._replace(late=True)

    def _hand_in(self, order: bytes, descriptors: Sequence[int]) -> tuple[Zygote, Leaf]:
        for _ in range(ATTEMPTS):
            zygote, leaf = self._take()
            if leaf.order(order, descriptors):
                return zygote, leaf
            leaf.close()  # somebody killed it while it waited
        raise SandboxError("the sandbox lost its processes, and new ones too")

    def _take(self) -> tuple[Zygote, Leaf]:
        with self._lock:
            self._current()
            self._refill(1)
            return self._idle.popleft()

    def _current(self) -> Zygote:
        """The zygote in use; a fresh one if there is none that lives."""
        if self._closed:
            raise SandboxError("expected an open sandbox, received a closed one")
        if self._zygote is None or not self._zygote.alive:
            self._replace(self._fresh())
        assert self._zygote is not None
        return self._zygote

    def _zygotes(self) -> tuple[Zygote, ...]:
        return (*self._retired, *([self._zygote] if self._zygote else []))

    def _tidy(self, outcome: Outcome) -> None:
        """After a job: leaves for the next ones, and a fresh zygote after a few crashes."""
        with self._lock:
            if outcome.status in (Status.CRASH, Status.VIOLATION):
                self._crashes += 1
            if self._crashes >= CRASHES_PER_ZYGOTE and not self._renewing and not self._closed:
                self._renewing = True
                threading.Thread(target=self._renew, name="sanitize-zygote", daemon=True).start()
            with suppress(OSError, SandboxError):  # the next job will see, and say so
                self._refill(self._spare)

    @property
    def _spare(self) -> int:
        """How many leaves should wait."""
        least, most = IDLE
        return min(most, max(least, self._workers))

    def _refill(self, wanted: int) -> None:
        """Have leaves wait; a zygote that turns out to be gone is replaced.

        Raises:
            OSError: the app is out of descriptors.
            SandboxError: no zygote can be started, or the sandbox is closed.
        """
        for _ in range(wanted + ATTEMPTS):
            if len(self._idle) >= wanted:
                return
            zygote = self._current()
            with suppress(ConnectionError):
                self._idle.append((zygote, zygote.fork()))
        raise SandboxError("the sandbox lost its zygote, and new ones too")

    def _fresh(self) -> Zygote:
        """A zygote that has passed the drills of a start."""
        zygote = Zygote(self.modules, namespaces=self._namespaces)
        try:
            check(zygote)
        except (OSError, SandboxError):
            _abandon(zygote)
            raise
        return zygote

    def _renew(self) -> None:
        """Start a zygote beside the old one, which serves until the new one is ready."""
        try:
            fresh = self._fresh()
        except SandboxError:
            return  # the old one goes on; the next crash tries again
        finally:
            self._renewing = False
        with self._lock:
            if self._closed:
                _abandon(fresh)
                return
            self._replace(fresh)
            with suppress(OSError, SandboxError):
                self._refill(self._spare)

    def _replace(self, fresh: Zygote) -> None:
        while self._idle:
            self._idle.popleft()[1].close()
        if self._zygote:
            self._zygote.retire()
        self._retired = [one for one in self._zygotes() if one.alive]
        self._zygote, self._crashes = fresh, 0

    def close(self) -> None:
        """Take no more jobs; end all processes once the running jobs are done."""
        with self._lock:
            super().close()
            while self._idle:
                self._idle.popleft()[1].close()
        for zygote in self._zygotes():
            zygote.retire()
        for zygote in self._zygotes():
            zygote.wait(END_TIMEOUT)

    def disown(self) -> None:
        """In a fork of the app: leave the parent's processes alone; own ones come with a job."""
        for _, leaf in self._idle:
            leaf.close()
        for zygote in self._zygotes():
            zygote.disown()
        self._begin()


def _abandon(zygote: Zygote) -> None:
    """Give up a zygote that does not do as it is told, with all its leaves."""
    zygote.retire()
    zygote.wait(0)


_live: weakref.WeakSet[ZygoteSandbox] = weakref.WeakSet()


def _close_all() -> None:
    for sandbox in list(_live):
        sandbox.close()


def _disown_all() -> None:
    for sandbox in list(_live):
        sandbox.disown()


atexit.register(_close_all)
os.register_at_fork(after_in_child=_disown_all)
