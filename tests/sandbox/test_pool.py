"""The pool of leaves: replaced after crashes, gone with the app, and nothing leaks."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest

from sanitize.errors import SandboxError
from sanitize.sandbox import Status
from sanitize.sandbox.pool import CRASHES_PER_ZYGOTE, IDLE, ZygoteSandbox
from sanitize.sandbox.probes import DRILL_TABLE, Drill, abandon, descendants, make
from tests.sandbox.contract import DECODERS, drill, run

ROOT = Path(__file__).resolve().parents[2]

#: Jobs of every kind of end, in turn.
MIXED = ("echo", "echo", "echo", "open", "echo", "socket", "null", "vanish", "lie", "echo")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[ZygoteSandbox]:
    with ZygoteSandbox([DECODERS], memory=1 << 28) as sandbox:
        yield sandbox


def until(condition: Callable[[], bool], seconds: float = 10) -> bool:
    """Wait for something that another process does; False if it does not come."""
    deadline = monotonic() + seconds
    while not condition():
        if monotonic() > deadline:
            return False
        sleep(0.01)
    return True


@pytest.mark.parametrize("move", DRILL_TABLE, ids=[move.name for move in DRILL_TABLE])
def test_every_drill_is_stopped(sandbox: ZygoteSandbox, move: Drill) -> None:
    """What an attacker would try first does not work, and the next input is served."""
    result = make(sandbox, move)
    assert result.held, result.answer
    assert run(sandbox, "reverse", b"ab").untrusted_output == b"ba"


def test_processor_time_is_limited() -> None:
    """A job that uses up its processor time is stopped by the kernel, whatever the app does."""
    with ZygoteSandbox(cpu_seconds=1, workers=1) as sandbox:
        outcome = drill(sandbox, "spin", timeout=30)
    assert (outcome.status, outcome.reason) == (Status.TIMEOUT, "processor-time")


def test_nothing_outlives_a_killed_app() -> None:
    """After `kill -9` of the app, in the middle of a job, no process is left."""
    result = abandon()
    assert result.held, result.answer


def test_crashes_bring_a_fresh_zygote() -> None:
    """After a few, memory is laid out anew; jobs are served all the while."""
    with ZygoteSandbox([DECODERS]) as sandbox:
        before = sandbox.pids
        for _ in range(CRASHES_PER_ZYGOTE):
            assert drill(sandbox, "null").status is Status.CRASH
            assert run(sandbox, "reverse", b"ab").ok
        assert until(lambda: len(sandbox.pids) == 1 and sandbox.pids != before)
        assert run(sandbox, "reverse", b"ab").ok


def test_refusals_bring_no_fresh_zygote() -> None:
    """Bad input is everyday; only crashes and violations count."""
    with ZygoteSandbox([DECODERS]) as sandbox:
        before = sandbox.pids
        for _ in range(CRASHES_PER_ZYGOTE + 1):
            assert run(sandbox, "error").status is Status.DECODE_ERROR
        sleep(0.2)
        assert sandbox.pids == before


def test_a_killed_zygote_is_replaced() -> None:
    """The running job is lost, as a crash; the next one finds a new zygote."""
    with ZygoteSandbox([DECODERS]) as sandbox:
        outcomes = []
        job = threading.Thread(target=lambda: outcomes.append(drill(sandbox, "spin")))
        job.start()
        sleep(0.2)
        (pid,) = sandbox.pids
        os.kill(pid, signal.SIGKILL)
        job.join(20)
        assert [outcome.status for outcome in outcomes] == [Status.CRASH]
        assert run(sandbox, "reverse", b"ab").untrusted_output == b"ba"
        assert sandbox.pids != (pid,)


@pytest.mark.parametrize("victims", ["zygote", "leaves"])
def test_what_somebody_kills_is_replaced(victims: str) -> None:
    """The waiting processes may go at any time, to a killer of memory hogs, say."""
    with ZygoteSandbox([DECODERS]) as sandbox:
        assert until(lambda: len(anatomy(sandbox)["leaves"]) >= IDLE[0])
        found = anatomy(sandbox)[victims]
        assert found
        for pid in found:
            os.kill(pid, signal.SIGKILL)
        assert until(lambda: not any(map(lives, found)))
        for _ in range(5):
            assert run(sandbox, "reverse", b"ab").untrusted_output == b"ba"


def anatomy(sandbox: ZygoteSandbox) -> dict[str, set[int]]:
    """Its processes: leaves have none below them, a zygote has nothing but leaves."""
    below = {pid: {child for child, _ in descendants(pid)} for pid in sandbox.pids}
    below |= {pid: {child for child, _ in descendants(pid)} for pid in set().union(*below.values())}
    leaves = {pid for pid, children in below.items() if not children}
    zygotes = {pid for pid, children in below.items() if children and children <= leaves}
    return {"leaves": leaves, "zygote": zygotes}


def lives(pid: int) -> bool:
    """False for the dead, buried or not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_an_app_without_descriptors_is_told() -> None:
    """It gets an error, not a hang, and the sandbox works again when there are some."""
    with ZygoteSandbox([DECODERS]) as sandbox:
        hoard = []
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
        try:
            with suppress(OSError):
                while True:
                    hoard.append(os.open("/dev/null", os.O_RDONLY))
            with pytest.raises(SandboxError, match="cannot work"):
                run(sandbox, "reverse", b"ab")
        finally:
            for descriptor in hoard:
                os.close(descriptor)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        assert run(sandbox, "reverse", b"ab").untrusted_output == b"ba"


def test_closing_ends_all_processes() -> None:
    """And gives back every descriptor."""
    before = len(os.listdir("/proc/self/fd"))
    sandbox = ZygoteSandbox()
    family = descendants(os.getpid())
    assert {pid for pid, _ in family} >= set(sandbox.pids)
    pid = sandbox.pids[0]
    below = descendants(pid)
    sandbox.close()
    assert until(lambda: not below & descendants(1))
    assert not Path(f"/proc/{pid}").exists()
    assert len(os.listdir("/proc/self/fd")) == before


def test_it_outlives_the_thread_that_opened_it() -> None:
    """A zygote belongs to the app, not to a thread of some pool."""
    opened: list[ZygoteSandbox] = []
    thread = threading.Thread(target=lambda: opened.append(ZygoteSandbox([DECODERS])))
    thread.start()
    thread.join()
    with opened[0] as sandbox:
        before = sandbox.pids
        sleep(0.2)
        assert run(sandbox, "reverse", b"ab").ok
        assert sandbox.pids == before


def test_a_fork_of_the_app_gets_its_own(tmp_path: Path) -> None:
    """Parent and child use the same object, each with processes of its own."""
    code = """
import os
from sanitize.sandbox import shared
def work():
    sandbox = shared(modules=["tests.sandbox.decoders"])
    outcomes = [sandbox.run("tests.sandbox.decoders:reverse", b"ab", timeout=9, max_output=9)
                for _ in range(20)]
    assert all(outcome.untrusted_output == b"ba" for outcome in outcomes)
    return sandbox.pids
before = work()
child = os.fork()
if child == 0:
    os._exit(0 if not set(work()) & set(before) else 1)
assert work() == before
assert os.waitpid(child, 0)[1] == 0
assert work() == before
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    command = [sys.executable, "-c", code]
    ended = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]


def test_an_event_loop_goes_on_meanwhile(sandbox: ZygoteSandbox) -> None:
    """A waiting call holds its thread only: ten at once take turns, and the loop ticks."""

    async def work() -> tuple[list[bytes], int]:
        jobs = [asyncio.to_thread(run, sandbox, "reverse", b"%d" % job) for job in range(10)]
        slow = asyncio.create_task(asyncio.to_thread(drill, sandbox, "spin", timeout=0.3))
        ticks = 0
        while not slow.done():
            await asyncio.sleep(0.001)
            ticks += 1
        return [outcome.untrusted_output for outcome in await asyncio.gather(*jobs)], ticks

    outputs, ticks = asyncio.run(work())
    assert outputs == [b"%d" % job for job in range(10)]
    assert ticks > 10


def test_only_so_many_run_at_once() -> None:
    """More threads than workers wait for their turn, and their clock waits with them."""
    with ZygoteSandbox(workers=1) as sandbox:
        outcomes = []
        threads = [
            threading.Thread(target=lambda: outcomes.append(drill(sandbox, "spin", timeout=0.3)))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert [outcome.status for outcome in outcomes] == [Status.TIMEOUT] * 3
    assert all(outcome.cpu_seconds < 0.6 for outcome in outcomes)


def test_a_memory_limit_is_kept() -> None:
    """What a job may use follows the option; a smaller job passes."""
    with ZygoteSandbox([DECODERS], memory=64 << 20) as sandbox:
        small, large = (
            sandbox.run(f"{DECODERS}:zeros", b"", {"size": size}, timeout=9, max_output=256 << 20)
            for size in (16 << 20, 200 << 20)
        )
    assert small.ok
    assert (large.status, large.reason) == (Status.LIMIT, "memory")


def test_another_system_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no Linux there is no sandbox, and nothing takes its place."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxError, match="expected Linux"):
        ZygoteSandbox()


def soak(sandbox: ZygoteSandbox, inputs: int) -> None:
    for number in range(inputs):
        job = MIXED[number % len(MIXED)]
        outcome = drill(sandbox, job)
        assert outcome.ok is (job in ("echo", "open")), (job, outcome.status)


def assert_no_leak(inputs: int) -> None:
    """Run that many inputs of all kinds; then count what is left of them."""
    with ZygoteSandbox() as sandbox:
        soak(sandbox, 50)  # caches fill, a zygote is replaced
        assert until(lambda: len(sandbox.pids) == 1)
        descriptors = len(os.listdir("/proc/self/fd"))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        soak(sandbox, inputs)
        assert until(lambda: len(sandbox.pids) == 1)
        # A shim, a zygote, and as many idle leaves as before.
        assert until(lambda: len(descendants(sandbox.pids[0])) <= 5)
        assert until(lambda: len(os.listdir("/proc/self/fd")) <= descriptors)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 16 * 1024  # KiB


def test_hundreds_of_inputs_leave_nothing() -> None:
    """No descriptor, no process, no memory."""
    assert_no_leak(300)


@pytest.mark.soak
def test_ten_thousand_inputs_leave_nothing() -> None:
    """The same, for as long as an app would run."""
    assert_no_leak(10_000)
