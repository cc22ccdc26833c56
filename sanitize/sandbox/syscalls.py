"""System calls by number: the ones that the lock-down makes, allows, refuses or drills.

Numbers: Linux `arch/x86/entry/syscalls/syscall_64.tbl` and
`include/uapi/asm-generic/unistd.h` (arm64). They never change.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys
from functools import lru_cache
from typing import NamedTuple


class Abi(NamedTuple):
    """One processor's table.

    Attributes:
        column: which column of `NUMBERS`.
        audit: the number by which a filter knows the table (linux/audit.h).
    """

    column: int
    audit: int


#: AUDIT_ARCH_X86_64 and AUDIT_ARCH_AARCH64.
ABIS: dict[str, Abi] = {"x86_64": Abi(0, 0xC000003E), "aarch64": Abi(1, 0xC00000B7)}

#: Name → (x86_64, arm64); None where a table lacks the call.
NUMBERS: dict[str, tuple[int | None, int | None]] = {
    "access": (21, None),
    "bpf": (321, 280),
    "brk": (12, 214),
    "capget": (125, 90),
    "capset": (126, 91),
    "clock_getres": (229, 114),
    "clock_gettime": (228, 113),
    "clock_nanosleep": (230, 115),
    "clone": (56, 220),
    "clone3": (435, 435),
    "close": (3, 57),
    "close_range": (436, 436),
    "dup": (32, 23),
    "epoll_pwait": (281, 22),
    "epoll_wait": (232, None),
    "eventfd2": (290, 19),
    "execve": (59, 221),
    "exit": (60, 93),
    "exit_group": (231, 94),
    "faccessat": (269, 48),
    "faccessat2": (439, 439),
    "fcntl": (72, 25),
    "fork": (57, None),
    "fstat": (5, 80),
    "ftruncate": (77, 46),
    "futex": (202, 98),
    "get_mempolicy": (239, 236),
    "getcpu": (309, 168),
    "getcwd": (79, 17),
    "getdents64": (217, 61),
    "getegid": (108, 177),
    "geteuid": (107, 175),
    "getgid": (104, 176),
    "getpid": (39, 172),
    "getppid": (110, 173),
    "getrandom": (318, 278),
    "getrlimit": (97, 163),
    "getrusage": (98, 165),
    "getsockname": (51, 204),
    "getsockopt": (55, 209),
    "gettid": (186, 178),
    "gettimeofday": (96, 169),
    "getuid": (102, 174),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "kill": (62, 129),
    "landlock_add_rule": (445, 445),
    "landlock_create_ruleset": (444, 444),
    "landlock_restrict_self": (446, 446),
    "lseek": (8, 62),
    "lstat": (6, None),
    "madvise": (28, 233),
    "membarrier": (324, 283),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "mremap": (25, 216),
    "munmap": (11, 215),
    "nanosleep": (35, 101),
    "newfstatat": (262, 79),
    "open": (2, None),
    "openat": (257, 56),
    "poll": (7, None),
    "ppoll": (271, 73),
    "prctl": (157, 167),
    "pread64": (17, 67),
    "prlimit64": (302, 261),
    "ptrace": (101, 117),
    "pwrite64": (18, 68),
    "read": (0, 63),
    "readlink": (89, None),
    "readlinkat": (267, 78),
    "recvfrom": (45, 207),
    "recvmsg": (47, 212),
    "restart_syscall": (219, 128),
    "rseq": (334, 293),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "sched_getaffinity": (204, 123),
    "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120),
    "sched_setaffinity": (203, 122),
    "sched_yield": (24, 124),
    "seccomp": (317, 277),
    "sendmsg": (46, 211),
    "sendto": (44, 206),
    "set_robust_list": (273, 99),
    "set_tid_address": (218, 96),
    "setrlimit": (160, 164),
    "sigaltstack": (131, 132),
    "socket": (41, 198),
    "stat": (4, None),
    "statx": (332, 291),
    "sysinfo": (99, 179),
    "tgkill": (234, 131),
    "times": (100, 153),
    "uname": (63, 160),
    "unshare": (272, 97),
    "vfork": (58, None),
    "wait4": (61, 260),
    "waitid": (247, 95),
    "write": (1, 64),
    "writev": (20, 66),
}


@lru_cache(maxsize=1)
def abi() -> Abi:
    """This process's table. Asked for once: under a filter `uname` is refused.

    Raises:
        OSError: not Linux, not 64 bits, or a processor without a table here.
    """
    machine = os.uname().machine if hasattr(os, "uname") else "unknown"
    known = ABIS.get(machine)
    wide = struct.calcsize("P") == 8 and sys.byteorder == "little"
    if known is None or not wide or sys.platform != "linux":
        raise OSError(
            errno.ENOSYS, f"expected 64-bit Linux on {' or '.join(ABIS)}, received {machine}"
        )
    return known


def number(name: str) -> int | None:
    """The call's number in this process's table, None if the table lacks it."""
    return NUMBERS[name][abi().column]


def call(name: str, *arguments: int | ctypes.Array[ctypes.c_char]) -> int:
    """Make a system call.

    Raises:
        OSError: the kernel's answer.
    """
    known = number(name)
    if known is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS), name)
    return call_number(known, *arguments)


def call_number(known: int, *arguments: int | ctypes.Array[ctypes.c_char]) -> int:
    """As `call`, with the number as it is."""
    words = [ctypes.c_void_p(item) if isinstance(item, int) else item for item in arguments]
    result = int(_library().syscall(ctypes.c_long(known), *words))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


@lru_cache(maxsize=1)
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.syscall.restype = ctypes.c_long
    return library
