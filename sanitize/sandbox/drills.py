"""Jobs that stand for an attacker's code: what they try must not work inside.

They are loaded in every sandbox, so that each can be tested alive. Each reports
what it got: the name of the error, or `allowed`. Most are killed before they can.
"""

from __future__ import annotations

import errno
import mmap
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from sanitize.sandbox import syscalls, wire
from sanitize.sandbox.jobs import Header, Job, LimitExceeded

#: PTRACE_ATTACH, linux/ptrace.h.
PTRACE_ATTACH = 16

#: Set on x86_64 for a call through the x32 table, asm/unistd.h.
X32_BIT = 0x40000000


def _result(action: Callable[[], object]) -> tuple[Header, bytes]:
    try:
        action()
    except OSError as error:
        return {"result": errno.errorcode.get(error.errno or 0, "OSError")}, b""
    return {"result": "allowed"}, b""


def echo(data: memoryview, options: dict[str, Any]) -> tuple[Header, bytes]:
    """Give back the input; `times` of it; or raise the error that `fail` names."""
    if options.get("fail") == "limit":
        raise LimitExceeded("drill", allowed=0, received=len(data))
    if "fail" in options:
        raise ValueError("drill")
    header: dict[str, Any] = {"size": len(data)}
    return {**header, **options.get("header", {})}, bytes(data) * int(options.get("times", 1))


def _attempt(action: Callable[[], object]) -> Job:
    return lambda data, options: _result(action)


def _syscall(name: str, *arguments: int) -> Job:
    def attempt() -> object:
        return syscalls.call(name, *arguments)

    return _attempt(attempt)


def _memory_bomb() -> object:
    return [bytearray(1 << 26) for _ in range(4096)]


def _null_dereference() -> object:
    import ctypes  # warmed: syscalls imports it

    return ctypes.string_at(0)


def _spin() -> object:
    while True:
        pass


def _lie(data: memoryview, options: dict[str, Any]) -> tuple[Header, bytes]:
    """Claim an output far larger than what there is, and die well."""
    output = sys._getframe(1).f_locals["output"]
    output[: wire.REPLY.size] = wire.REPLY.pack(
        options.get("status", wire.OK), options.get("header", 2), options.get("payload", 1 << 60)
    )
    text = options.get("text", "{}").encode()
    output[wire.REPLY.size : wire.REPLY.size + len(text)] = text
    os._exit(0)


def _descriptors(data: memoryview, options: dict[str, Any]) -> tuple[Header, bytes]:
    """Count the open files, sockets and memories that a leaf could still use."""
    found = 0
    for descriptor in range(256):
        try:
            os.fstat(descriptor)
            found += 1
        except OSError:
            continue
    return {"open": found}, b""


JOBS: dict[str, Job] = {
    "echo": echo,
    "open": _attempt(lambda: os.open("/etc/passwd", os.O_RDONLY)),
    "stat": _attempt(lambda: os.stat("/etc/passwd")),
    "import": lambda data, options: ({"result": str(__import__("this"))}, b""),
    "socket": _attempt(socket.socket),
    "fork": _attempt(os.fork),
    "exec": _attempt(lambda: os.execv("/bin/true", ["true"])),  # noqa: S606  (that is the drill)
    "ptrace": _syscall("ptrace", PTRACE_ATTACH, 1),
    "kill-parent": lambda data, options: _syscall("kill", int(options["pid"]), 9)(data, options),
    "executable-memory": _attempt(lambda: mmap.mmap(-1, 4096, prot=7)),
    "truncate": _syscall("ftruncate", 4, 0),
    "unshare": _syscall("unshare", 0x10000000),
    "io-uring": _syscall("io_uring_setup", 1, 0),
    "bpf": _syscall("bpf", 0, 0, 0),
    "thread": _syscall("clone", 0x10F00),
    "prctl": _syscall("prctl", 4, 1),
    "x32": lambda data, options: _result(lambda: syscalls.call_number(X32_BIT | 39)),
    "abort": _attempt(os.abort),
    "memory-bomb": _attempt(_memory_bomb),
    "null": _attempt(_null_dereference),
    "spin": _attempt(_spin),
    "lie": _lie,
    "descriptors": _descriptors,
    "vanish": _attempt(lambda: os._exit(3)),
}
