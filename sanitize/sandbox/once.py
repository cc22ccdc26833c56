"""Inside the process that is no sandbox: one job, with what limits the system has."""

from __future__ import annotations

import mmap
import sys
from contextlib import suppress
from typing import Any

from sanitize.sandbox import jobs, wire


def main(config: dict[str, Any]) -> None:
    """Run the job on the rest of standard input; its answer goes to standard output.

    Without a name of a job, the answer is the names of all.
    """
    output = mmap.mmap(-1, wire.PAYLOAD + config["output"])
    jobs.perform(_prepared(config), memoryview(b""), {}, output)
    if config["job"] and wire.REPLY.unpack(output[: wire.REPLY.size])[0] == wire.OK:
        table = jobs.load(config["modules"])
        data = sys.stdin.buffer.read()
        _limit(config)
        jobs.perform(table[config["job"]], memoryview(data), config["options"], output)
    _, _, size = wire.REPLY.unpack(output[: wire.REPLY.size])
    sys.stdout.buffer.write(memoryview(output)[: wire.PAYLOAD + size])
    sys.stdout.buffer.flush()


def _prepared(config: dict[str, Any]) -> jobs.Job:
    return lambda data, options: ({"jobs": sorted(jobs.load(config["modules"]))}, b"")


def _limit(config: dict[str, Any]) -> None:
    try:
        import resource
    except ImportError:  # Windows has none of them
        return
    wanted = {
        "AS": _address_space() + config["memory"] + config["output"],
        "CPU": config["cpu_seconds"],
        "CORE": 0,
        "FSIZE": wire.PAYLOAD + config["output"],
    }
    for name, value in wanted.items():
        with suppress(OSError, ValueError, AttributeError):
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


def _address_space() -> int:
    """What the interpreter and its modules already have, in bytes, where that is known."""
    with suppress(OSError), open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * mmap.PAGESIZE
    return 0
