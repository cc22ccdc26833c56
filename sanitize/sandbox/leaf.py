"""A leaf's life: one order, one input, one answer, and the end.

It is forked from the zygote ahead of need and waits. With its order come an
input and an output memory; it maps both, closes every descriptor it has, locks
itself and only then looks at the input. It never sees another one.
"""

from __future__ import annotations

import array  # noqa: F401  (socket.recv_fds imports it when called: too late here)
import json
import mmap
import os
import socket
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

from sanitize.sandbox import jobs, lockdown, seccomp, wire

#: Exit status of a leaf that could not even begin.
BROKEN = 70


class Inheritance(NamedTuple):
    """What a leaf has from its zygote.

    Attributes:
        table: the jobs by full name.
        rehearsals: what to do while there is nothing to do.
        base: address space of the warmed zygote, in bytes.
    """

    table: dict[str, jobs.Job]
    rehearsals: list[Callable[[], object]]
    base: int


def live(job: socket.socket, inherited: Inheritance, zygote: int) -> NoReturn:
    """Wait for the order, carry it out, and end.

    Args:
        job: where the order comes from; the only descriptor beside standard ones.
        inherited: what it knows.
        zygote: its process id; a leaf whose zygote is gone ends at once.
    """
    try:
        lockdown.die_with_parent()
        if os.getppid() != zygote:
            os._exit(0)
        code = seccomp.program(seccomp.LEAF, own_pid=os.getpid())
        for rehearse in inherited.rehearsals:
            rehearse()
        message, descriptors, _, _ = socket.recv_fds(job, wire.MAX_MESSAGE, 2)
        if not message:
            os._exit(0)
        _work(json.loads(message), descriptors, inherited, code)
    finally:
        os._exit(BROKEN)


def _work(
    order: dict[str, Any], descriptors: list[int], inherited: Inheritance, code: bytes
) -> NoReturn:
    size_in, size_out = order["input"], wire.PAYLOAD + order["output"]
    source = mmap.mmap(descriptors[0], size_in, prot=mmap.PROT_READ) if size_in else b""
    output = mmap.mmap(descriptors[1], size_out)
    function, options = inherited.table[order["job"]], order["options"]
    os.closerange(0, lockdown.MAX_DESCRIPTORS)
    memory = inherited.base + order["memory"] + size_in + size_out
    lockdown.lock_leaf(code, memory, order["cpu_seconds"])
    jobs.perform(function, memoryview(source), options, output)
    os._exit(0)
