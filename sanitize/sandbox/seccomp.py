"""Seccomp filters, assembled by hand: what is not listed ends the process.

Two are stacked. The zygote's, wide enough to fork leaves, is in force before the
first untrusted byte; a leaf's, for something that only computes, is added to it
by the leaf before it looks at its input. The stricter answer counts.

Sources: linux/filter.h and linux/seccomp.h for the encoding; the lists were
derived from traces of decoders, failure paths included, and compared with those
of OpenSSH, minijail and glycin.
"""

from __future__ import annotations

import ctypes
import errno
import struct
from collections.abc import Iterable, Iterator, Mapping

from sanitize.sandbox import syscalls

Instruction = tuple[int, int, int, int]

# Opcodes: load a word of struct seccomp_data, compare with a constant, return.
LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06

#: SECCOMP_RET_ALLOW, _KILL_PROCESS, and _ERRNO, to which the error is added.
ALLOW, KILL, FAIL = 0x7FFF0000, 0x80000000, 0x00050000

# Offsets in struct seccomp_data: call number, architecture, low words of arguments.
NUMBER, ARCHITECTURE = 0, 4
ARGUMENTS = (16, 24, 32, 40, 48, 56)

#: Calls made through the x32 table have this bit set: another table behind one name.
X32_BIT = 0x40000000

#: PROT_EXEC, asm-generic/mman-common.h; CLONE_THREAD, linux/sched.h.
PROT_EXEC, CLONE_THREAD = 4, 0x00010000

#: What a leaf needs: memory, its own signals, the time, the end. `restart_syscall`
#: is made by the kernel after a stop; without it a leaf dies of a debugger or a freeze.
LEAF: tuple[str, ...] = (
    *("brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex", "sched_yield"),
    *("read", "write", "writev", "close", "fstat", "lseek"),
    *("rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "restart_syscall"),
    *("getpid", "gettid", "clock_gettime", "gettimeofday", "getrandom", "exit", "exit_group"),
)

#: What the zygote and a leaf waiting for its order need beside it.
ZYGOTE: tuple[str, ...] = (
    *("poll", "ppoll", "recvmsg", "recvfrom", "sendmsg", "sendto", "getsockopt", "getsockname"),
    *("clone", "fork", "vfork", "wait4", "waitid", "kill", "tgkill", "getppid", "close_range"),
    *("set_robust_list", "rseq", "set_tid_address", "fcntl", "dup", "prctl", "seccomp", "capget"),
    *("prlimit64", "setrlimit", "getrlimit"),
)

#: What the outer process needs: it waits for the zygote and mirrors its end.
SHIM: tuple[str, ...] = ("wait4", "waitid")

#: Refused with an error instead of death: libraries try these and can do without.
REFUSED: dict[str, int] = {
    **dict.fromkeys(
        (
            *("openat", "open", "stat", "lstat", "newfstatat", "statx", "access", "faccessat"),
            *("faccessat2", "readlink", "readlinkat", "getcwd", "getdents64", "ioctl", "fcntl"),
            *("dup", "sysinfo", "uname", "sched_getaffinity", "getuid", "geteuid", "getgid"),
            "getegid",
        ),
        errno.EACCES,
    ),
    "clone3": errno.ENOSYS,  # its flags are out of a filter's sight; libc falls back to clone
}


def program(  # noqa: PLR0913 - each changes one answer
    allowed: Iterable[str],
    refused: Mapping[str, int] = REFUSED,
    *,
    own_pid: int | None = None,
    threads: bool = False,
    otherwise: int = KILL,
    abi: syscalls.Abi | None = None,
) -> bytes:
    """A filter as the kernel takes it.

    Args:
        allowed: calls that pass; memory is never made executable, though.
        refused: calls that fail, with their error numbers.
        own_pid: lets a process signal itself: an `abort` then looks like one.
        threads: lets a process start threads, and no other processes.
        otherwise: what becomes of all other calls.
        abi: for another processor than this one.
    """
    table = abi or syscalls.abi()
    instructions = [*_head(table)]
    for name in allowed:
        instructions += _allow(name, table)
    if own_pid is not None:
        instructions += _signal_self(own_pid, table)
    if threads:
        instructions += _threads(table)
    for name, code in refused.items():
        instructions += _answer(name, FAIL | code, table)
    instructions.append((RETURN, 0, 0, otherwise))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


def install(code: bytes) -> None:
    """Put a filter over all threads of this process, for ever.

    Raises:
        OSError: the kernel has no seccomp filters, or a thread could not be reached.
    """
    body = ctypes.create_string_buffer(code, len(code))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(body)))
    # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC (linux/seccomp.h).
    if syscalls.call("seccomp", 1, 1, head):
        raise OSError(errno.EBUSY, "a thread could not be put under the filter")


def _head(table: syscalls.Abi) -> Iterator[Instruction]:
    """Another architecture's call numbers mean something else: none of them passes."""
    yield (LOAD, 0, 0, ARCHITECTURE)
    yield (EQUAL, 1, 0, table.audit)
    yield (RETURN, 0, 0, KILL)
    yield (LOAD, 0, 0, NUMBER)
    if table is syscalls.ABIS["x86_64"]:
        yield (AT_LEAST, 0, 1, X32_BIT)
        yield (RETURN, 0, 0, KILL)


def _allow(name: str, table: syscalls.Abi) -> Iterator[Instruction]:
    known = syscalls.NUMBERS[name][table.column]
    if known is None:
        return
    if name not in ("mmap", "mprotect"):
        yield from _answer(name, ALLOW, table)
        return
    yield (EQUAL, 0, 4, known)
    yield (LOAD, 0, 0, ARGUMENTS[2])
    yield (ANY_BIT, 0, 1, PROT_EXEC)
    yield (RETURN, 0, 0, FAIL | errno.EPERM)
    yield (RETURN, 0, 0, ALLOW)


def _threads(table: syscalls.Abi) -> Iterator[Instruction]:
    known = syscalls.NUMBERS["clone"][table.column]
    assert known is not None
    yield (EQUAL, 0, 4, known)
    yield (LOAD, 0, 0, ARGUMENTS[0])
    yield (ANY_BIT, 0, 1, CLONE_THREAD)
    yield (RETURN, 0, 0, ALLOW)
    yield (RETURN, 0, 0, KILL)


def _signal_self(own_pid: int, table: syscalls.Abi) -> Iterator[Instruction]:
    known = syscalls.NUMBERS["tgkill"][table.column]
    assert known is not None
    yield (EQUAL, 0, 4, known)
    yield (LOAD, 0, 0, ARGUMENTS[0])
    yield (EQUAL, 0, 1, own_pid)
    yield (RETURN, 0, 0, ALLOW)
    yield (RETURN, 0, 0, KILL)


def _answer(name: str, answer: int, table: syscalls.Abi) -> Iterator[Instruction]:
    known = syscalls.NUMBERS[name][table.column]
    if known is not None:
        yield (EQUAL, 0, 1, known)
        yield (RETURN, 0, 0, answer)
