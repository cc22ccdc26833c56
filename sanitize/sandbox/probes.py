"""Live drills: an attacker's first moves, made for real in real leaves, and what came of them.

Three are made whenever a zygote starts, before it gets its first input; all of
them by `sanitize doctor`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from time import monotonic, perf_counter, sleep
from typing import Any

from sanitize.errors import SandboxError
from sanitize.sandbox import memory
from sanitize.sandbox.answers import LOST, judge
from sanitize.sandbox.base import DEFAULT_MEMORY, DRILLS, Outcome, Sandbox, Status
from sanitize.sandbox.opening import open_sandbox
from sanitize.sandbox.spawning import import_config, message
from sanitize.sandbox.zygote import Zygote

#: Seconds after the app's sudden end within which its processes must be gone.
ORPHAN_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class Drill:
    """One move, and the ways in which it may end.

    Attributes:
        name: its job in `sanitize.sandbox.drills`.
        title: what is tried.
        held: acceptable answers: a status, or what the call itself answered.
        timeout: seconds it gets.
    """

    name: str
    title: str
    held: frozenset[str]
    timeout: float = 10.0
    options: Mapping[str, Any] = field(default_factory=dict)


def _drill(name: str, title: str, *held: str, timeout: float = 10.0, **options: Any) -> Drill:
    return Drill(name, title, frozenset(held), timeout, options)


#: Each must end in one of these ways as root, as anybody, and without namespaces.
DRILL_TABLE: tuple[Drill, ...] = (
    _drill("open", "open /etc/passwd", "EACCES", "violation"),
    _drill("stat", "look whether /etc/passwd is there", "EACCES", "violation"),
    _drill("import", "import a module that is not loaded yet", "decode-error", "violation"),
    _drill("descriptors", "use an open file or socket", "0 open"),
    _drill("socket", "open a socket", "violation"),
    _drill("fork", "fork", "violation"),
    _drill("thread", "start a thread", "violation"),
    _drill("exec", "run /bin/true", "violation"),
    _drill("ptrace", "trace another process", "violation"),
    _drill("kill-parent", "kill the app", "violation", pid=os.getpid()),
    _drill("unshare", "enter a user namespace, for its rights", "violation"),
    _drill("io-uring", "make calls through io_uring, past the filter", "violation"),
    _drill("bpf", "load a program into the kernel", "violation"),
    _drill("prctl", "become dumpable again", "violation"),
    _drill("x32", "call through the x32 table", "violation", "ENOSYS"),
    _drill("executable-memory", "map writable, executable memory", "EPERM"),
    _drill("truncate", "cut the shared memory short", "violation"),
    _drill("lie", "claim an output of an exabyte", "violation"),
    _drill("memory-bomb", "allocate 256 GiB", "limit"),
    _drill("null", "dereference null", "crash"),
    _drill("abort", "abort, as a corrupted heap does", "crash"),
    _drill("vanish", "end without an answer", "crash"),
    _drill("spin", "loop for ever", "timeout", timeout=0.5),
)

#: Those that are made at every start: one for each way in which the filter answers.
AT_START: tuple[Drill, ...] = tuple(
    drill for drill in DRILL_TABLE if drill.name in ("open", "socket", "executable-memory")
)


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a drill.

    Attributes:
        name: the drill's.
        title: what was tried.
        held: True if the sandbox held.
        answer: how the try ended.
        milliseconds: how long it took, to the outcome.
    """

    name: str
    title: str
    held: bool
    answer: str
    milliseconds: float

    def to_dict(self) -> dict[str, Any]:
        """The result as JSON-ready values."""
        return {
            "name": self.name,
            "title": self.title,
            "held": self.held,
            "answer": self.answer,
            "milliseconds": round(self.milliseconds, 2),
        }


def make(sandbox: Sandbox, drill: Drill) -> Result:
    """Make one drill in a sandbox."""
    outcome = sandbox.run(
        f"{DRILLS}:{drill.name}", b"x", drill.options, timeout=drill.timeout, max_output=1 << 16
    )
    return _result(drill, outcome)


def make_all(sandbox: Sandbox) -> Iterator[Result]:
    """Make every drill of the table, then those that need a process of their own."""
    for drill in DRILL_TABLE:
        yield make(sandbox, drill)
    yield exhaust_processor()
    yield abandon()


def exhaust_processor() -> Result:
    """Loop under a processor limit that ends long before the clock does."""
    drill = _drill("spin", "use up the processor time", "timeout", timeout=30.0)
    with open_sandbox("zygote", cpu_seconds=1, workers=1) as sandbox:
        result = make(sandbox, drill)
    held = result.held and result.answer.endswith("processor-time")
    return Result("processor", drill.title, held, result.answer, result.milliseconds)


def abandon() -> Result:
    """Kill an app with SIGKILL in the middle of a job; nothing may be left of its sandbox."""
    code = "import json, sys; sys.path[:0] = json.loads(sys.argv[1])\n"
    code += "from sanitize.sandbox.probes import be_abandoned; be_abandoned()"
    paths = [str(import_config(())["package"]).rpartition("/")[0], *import_config(())["paths"]]
    app = subprocess.Popen(  # noqa: S603  (our own interpreter and code, no shell)
        [sys.executable, "-I", "-S", "-c", code, json.dumps(paths)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    with app:
        assert app.stdout is not None
        ready = app.stdout.readline() == b"ready\n"
        family = descendants(app.pid)
        app.send_signal(signal.SIGKILL)
        start = perf_counter()
    left = _outlive(family)
    answer = f"{left} of {len(family)} processes left" if ready else "the app did not start"
    elapsed = (perf_counter() - start) * 1e3
    held = ready and len(family) > 1 and not left
    return Result("abandon", "kill the app in the middle of a job", held, answer, elapsed)


def be_abandoned() -> None:
    """The app of that drill: a job that never ends, and a word when it has begun."""
    sandbox = open_sandbox("zygote")

    def spin() -> None:
        sandbox.run(f"{DRILLS}:spin", b"", timeout=60.0, max_output=0)

    threading.Thread(target=spin, daemon=True).start()
    sleep(0.2)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sleep(60)


def descendants(pid: int) -> set[tuple[int, str]]:
    """All processes below one, each with its start time, since numbers are used again."""
    parents: dict[int, tuple[int, str]] = {}
    for entry in os.listdir("/proc"):
        with suppress(OSError):
            if entry.isdigit():
                parents[int(entry)] = _stat(int(entry))
    found: set[int] = {pid}
    while more := {child for child, (parent, _) in parents.items() if parent in found} - found:
        found |= more
    return {(child, parents[child][1]) for child in found - {pid}}


def check(zygote: Zygote) -> None:
    """Make the drills of a start.

    Raises:
        SandboxError: one did not hold; the zygote must not be used.
    """
    for drill in AT_START:
        result = _result(drill, _run_in(zygote, drill))
        if not result.held:
            raise SandboxError(
                f"the sandbox does not hold: {drill.title}: expected "
                f"{' or '.join(sorted(drill.held))}, received {result.answer}"
            )


def _run_in(zygote: Zygote, drill: Drill) -> Outcome:
    order = message(
        job=f"{DRILLS}:{drill.name}",
        options=dict(drill.options),
        input=1,
        output=0,
        memory=DEFAULT_MEMORY,
        cpu_seconds=10,
    )
    with memory.pair(memoryview(b"x"), 0) as (source, output), closing(zygote.fork()) as leaf:
        ending = leaf.wait(drill.timeout) if leaf.order(order, (source, output)) else LOST
        ending = ending or leaf.kill() or LOST
        return judge(ending, lambda size, at: os.pread(output, size, at), 0)


def _result(drill: Drill, outcome: Outcome) -> Result:
    header = outcome.untrusted_header
    if outcome.status is Status.OK:
        key = answer = f"{header['open']} open" if "open" in header else str(header.get("result"))
    else:
        key, answer = outcome.status.value, f"{outcome.status.value}: {outcome.reason}"
    return Result(drill.name, drill.title, key in drill.held, answer, outcome.seconds * 1e3)


def _stat(pid: int) -> tuple[int, str]:
    """A living process's parent and start time (proc(5), /proc/pid/stat)."""
    with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    if fields[0] == "Z":
        raise ProcessLookupError(pid)
    return int(fields[1]), fields[19]


def _outlive(family: set[tuple[int, str]]) -> int:
    """How many of these processes are still there when their time is up."""
    deadline = monotonic() + ORPHAN_TIMEOUT
    while left := [member for member in family if _lives(*member)]:
        if monotonic() > deadline:
            break
        sleep(0.005)
    return len(left)


def _lives(pid: int, started: str) -> bool:
    try:
        return _stat(pid)[1] == started
    except OSError:
        return False
