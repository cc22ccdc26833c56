"""What a model that was taken over would try. Run only inside, and only when asked."""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
from collections.abc import Callable, Mapping


def _open() -> None:
    os.close(os.open("/etc/passwd", os.O_RDONLY))


def _write() -> None:
    os.close(os.open("/tmp/drill", os.O_CREAT | os.O_WRONLY))  # noqa: S108 - must not work


def _socket() -> None:
    socket.socket().close()


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _execute() -> None:
    os.execv("/bin/true", ["true"])  # noqa: S606 - must not work


def _kill_parent() -> None:
    os.kill(os.getppid(), 0)


def _executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def _hang() -> None:
    while True:
        pass


def _crash() -> None:
    ctypes.string_at(0)


#: Name → attempt. The kernel answers with an error or with death.
DRILLS: Mapping[str, Callable[[], None]] = {
    "open": _open,
    "write": _write,
    "socket": _socket,
    "fork": _fork,
    "execute": _execute,
    "kill-parent": _kill_parent,
    "executable-memory": _executable_memory,
    "hang": _hang,
    "crash": _crash,
}

#: Those that must end in an error or in death for the process to count as locked, in words.
TITLES: Mapping[str, str] = {
    "open": "read a file",
    "write": "write a file",
    "executable-memory": "make memory executable",
    "socket": "open a socket",
    "fork": "start a process",
    "execute": "run a program",
    "kill-parent": "send the app a signal",
}
FORBIDDEN = tuple(TITLES)
