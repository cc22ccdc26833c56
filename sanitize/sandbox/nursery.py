"""Inside the zygote: it forks leaves, kills those it is told to, and buries the dead.

It never parses an input, has one thread, and ends when the app's end of its
control socket closes: when the app closes it, and when the app is gone. A leaf
whose status socket closes is killed likewise, so nothing outlives the app.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from sanitize.sandbox import jobs, leaf, lockdown, wire

#: Bytes of a page on the kernel's books (/proc/self/statm counts in pages).
PAGE = os.sysconf("SC_PAGE_SIZE")


class Nursery:
    """The leaves of one zygote.

    Args:
        control: where orders to fork come from.
        inherited: what each leaf gets.
    """

    def __init__(self, control: socket.socket, inherited: leaf.Inheritance) -> None:
        self._control: socket.socket | None = control
        self._inherited = inherited
        self._statuses: dict[int, socket.socket] = {}  # by the leaf's process id
        self._leaves: dict[int, int] = {}  # process id by the status socket's descriptor
        self._wake, self._waker = os.pipe()
        self._poll = select.poll()

    def listen(self) -> None:
        """Be told of orders and of deaths. To be called before the lock."""
        os.set_blocking(self._wake, False)
        os.set_blocking(self._waker, False)
        signal.signal(signal.SIGCHLD, lambda number, frame: None)
        signal.set_wakeup_fd(self._waker, warn_on_full_buffer=False)
        assert self._control is not None
        self._poll.register(self._control, select.POLLIN)
        self._poll.register(self._wake, select.POLLIN)

    def run(self) -> NoReturn:
        """Serve until there is nobody to serve and nobody to bury."""
        while self._control is not None or self._statuses:
            for descriptor, _ in self._poll.poll():
                if descriptor == self._wake:
                    self._bury()
                elif descriptor in self._leaves:
                    self._kill(descriptor)
                else:
                    self._obey()
        os._exit(0)

    def _obey(self) -> None:
        if self._control is None:
            return
        message, descriptors, _, _ = socket.recv_fds(self._control, 16, 2)
        if message != wire.FORK or len(descriptors) != 2:
            self._poll.unregister(self._control)
            self._control.close()
            self._control = None
            return
        job, status = (socket.socket(fileno=descriptor) for descriptor in descriptors)
        with job:
            self._fork(job, status)

    def _fork(self, job: socket.socket, status: socket.socket) -> None:
        zygote = os.getpid()
        try:
            pid = os.fork()
        except OSError:
            status.close()  # the app sees it, and asks elsewhere
            return
        if pid == 0:
            self._leave_alone(job)
            leaf.live(job, self._inherited, zygote)
        self._statuses[pid] = status
        self._leaves[status.fileno()] = pid
        self._poll.register(status, select.POLLIN)

    def _leave_alone(self, job: socket.socket) -> None:
        """In a new leaf: close what is the zygote's and the other leaves'."""
        signal.set_wakeup_fd(-1)
        os.closerange(3, job.fileno())
        os.closerange(job.fileno() + 1, lockdown.MAX_DESCRIPTORS)

    def _kill(self, descriptor: int) -> None:
        """The app said so, or let go of the leaf."""
        self._poll.unregister(descriptor)
        pid = self._leaves.pop(descriptor)
        self._statuses[pid].recv(16)  # unread, it would cost the app our last word
        os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        with suppress(BlockingIOError):
            os.read(self._wake, 512)
        for pid, ending in _dead():
            status = self._statuses.pop(pid)
            if self._leaves.pop(status.fileno(), None):
                self._poll.unregister(status)
            with status, suppress(OSError):  # perhaps nobody wants to know
                status.send(ending)


def _dead() -> Iterator[tuple[int, bytes]]:
    while True:
        try:
            pid, status, usage = os.wait4(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        cpu = int((usage.ru_utime + usage.ru_stime) * 1e6)
        yield pid, wire.ENDING.pack(status, usage.ru_maxrss, cpu)


@contextmanager
def _reporting(control: socket.socket) -> Iterator[None]:
    """No input has been seen yet: what goes wrong may be told in full."""
    try:
        yield
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:400]
        control.send(json.dumps({"error": reason}).encode())
        os._exit(leaf.BROKEN)


def main(control: socket.socket, config: dict[str, Any]) -> NoReturn:
    """Warm up, lock, report, and serve."""
    with _reporting(control):
        table = jobs.load(config["modules"])
        jobs.warm_up()
        sys.excepthook = lambda *error: None
        with open("/proc/self/statm", encoding="ascii") as file:
            base = int(file.read().split()[0]) * PAGE
        inherited = leaf.Inheritance(table, jobs.rehearsals(config["modules"]), base)
        nursery = Nursery(control, inherited)
        nursery.listen()
        layers = lockdown.lock_zygote(namespaces=config["namespaces"])
        gc.freeze()  # what is shared stays shared: a collection would write to it
        gc.disable()
        report = {"layers": layers, "jobs": sorted(table), "base": base}
        control.send(json.dumps(report).encode())
    nursery.run()
