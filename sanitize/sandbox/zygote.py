"""The app's side: a zygote process, and the leaves it forks for us.

The zygote is a fresh interpreter with nothing of the app's environment, never a fork of the
app, which holds weights, secrets and threads.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress

from sanitize.errors import SandboxError
from sanitize.sandbox import wire
from sanitize.sandbox.answers import LOST, Ending
from sanitize.sandbox.spawning import import_config, interpreter

#: Seconds until a zygote must be warm and locked; a cold disk takes some.
START_TIMEOUT = 60.0

#: Seconds that the kernel may take to remove a killed process.
END_TIMEOUT = 5.0

#: All of the environment. Pages of 2 MiB for large blocks (glibc 2.35, `glibc.malloc.hugetlb`): a
#: leaf's memory is fresh, and the kernel hands it out page by page, which took a third of the time
#: of a large picture.
ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}


class Leaf:
    """A process that waits for one order. It dies if this object lets go of it."""

    def __init__(self, job: socket.socket, status: socket.socket) -> None:
        self._job = job
        self._status = status

    def order(self, message: bytes, descriptors: Sequence[int]) -> bool:
        """Hand in the job; False if the leaf is gone."""
        try:
            socket.send_fds(self._job, [message], descriptors)
        except OSError:
            return False
        return True

    def wait(self, seconds: float) -> Ending | None:
        """Wait until it is dead and buried; None if it still lives."""
        self._status.settimeout(seconds)
        try:
            message = self._status.recv(wire.ENDING.size)
        except TimeoutError:
            return None
        except OSError:
            message = b""
        if len(message) != wire.ENDING.size:
            return LOST
        status, peak, cpu = wire.ENDING.unpack(message)
        return Ending(os.waitstatus_to_exitcode(status), peak * 1024, cpu / 1e6)

    def kill(self) -> Ending | None:
        """End it, and wait until it is dead; None if that cannot be had."""
        with suppress(OSError):  # it may be dead already
            self._status.send(wire.KILL)
        return self.wait(END_TIMEOUT)

    def close(self) -> None:
        """Let go of it."""
        self._job.close()
        self._status.close()


class Zygote:
    """A warmed and locked process that forks leaves.

    Args:
        modules: decoder modules to import and warm.
        namespaces: whether to ask the kernel for namespaces.

    Attributes:
        layers: each layer's name, status and evidence, as measured inside.
        jobs: full names of all jobs.

    Raises:
        SandboxError: it could not be started, warmed or locked.
    """

    def __init__(self, modules: Sequence[str], *, namespaces: bool = True) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._lost = False
        with theirs:
            self._process = _start(theirs)
        config = {**import_config(modules), "namespaces": namespaces}
        try:
            self._control.send(json.dumps(config).encode())
            self._control.settimeout(START_TIMEOUT)
            report = json.loads(self._control.recv(1 << 18) or b'{"error": "died at start"}')
        except (OSError, ValueError) as error:
            report = {"error": type(error).__name__}
        self._control.settimeout(None)
        if "error" in report:
            self.retire()
            self.wait(END_TIMEOUT)
            raise SandboxError(f"the sandbox could not be set up: {report['error']}")
        self.layers: Mapping[str, tuple[str, str]] = {
            name: (status, evidence) for name, (status, evidence) in report["layers"].items()
        }
        self.jobs: frozenset[str] = frozenset(report["jobs"])

    @property
    def pid(self) -> int:
        """The process that the app sees; with namespaces, the zygote's own parent."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """True while the process runs and listens."""
        return not self._lost and self._process.poll() is None

    def fork(self) -> Leaf:
        """A new leaf, which gets ready on its own time.

        Raises:
            ConnectionError: the zygote is gone.
            OSError: the app has no descriptor left.
        """
        with ExitStack() as on_failure:
            ours, theirs = zip(*(_pair(on_failure) for _ in range(2)), strict=True)
            try:
                ends = [end.fileno() for end in theirs]
                socket.send_fds(self._control, [wire.FORK], ends)
            except OSError as error:
                self._lost = True
                raise ConnectionError(error.errno, "the zygote is gone") from error
            on_failure.pop_all()
        for end in theirs:
            end.close()
        return Leaf(*ours)

    def retire(self) -> None:
        """No more forks; it ends when its last leaf has ended."""
        self._control.close()

    def wait(self, seconds: float) -> bool:
        """Wait for its end; kill it if there is none by then. True if it went by itself."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            return False
        return True

    def disown(self) -> None:
        """In a fork of the app: close this copy and leave the process to the parent."""
        self._control.close()
        self._process.returncode = 0


def _pair(stack: ExitStack) -> tuple[socket.socket, socket.socket]:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    return stack.enter_context(ours), stack.enter_context(theirs)


def _start(control: socket.socket) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603  (our own interpreter and file, no shell)
            [*interpreter(), str(control.fileno())],
            env=ENVIRONMENT,
            cwd="/",
            pass_fds=[control.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C in a terminal is the app's business
        )
    except OSError as error:
        raise SandboxError(f"the sandbox could not be started: {error.strerror}") from None
