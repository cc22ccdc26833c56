"""The filters of both processors say yes to what is listed, and to nothing else."""

from __future__ import annotations

import errno
import platform
import re
from pathlib import Path

import pytest

from sanitize.sandbox import seccomp, syscalls
from sanitize.sandbox.seccomp import ALLOW, FAIL, KILL
from tests.sandbox.machine import answer

#: More call numbers than any Linux has.
NUMBERS = range(1024)
MMAP_EXEC = (0, 4096, 7, 0x22, 0, 0)
MMAP_PLAIN = (0, 4096, 3, 0x22, 0, 0)

PROCESSORS = pytest.mark.parametrize("processor", list(syscalls.ABIS))


def leaf(processor: str) -> tuple[bytes, syscalls.Abi]:
    abi = syscalls.ABIS[processor]
    return seccomp.program(seccomp.LEAF, own_pid=42, abi=abi), abi


@PROCESSORS
def test_leaf_may_only_compute(processor: str) -> None:
    """Of all numbers there are, exactly the listed ones pass."""
    code, abi = leaf(processor)
    passed = {number for number in NUMBERS if answer(code, number, abi.audit) == ALLOW}
    assert passed == {syscalls.NUMBERS[name][abi.column] for name in seccomp.LEAF}
    assert None not in passed


@PROCESSORS
def test_everything_unlisted_kills(processor: str) -> None:
    """What is neither allowed nor refused ends the process."""
    code, abi = leaf(processor)
    listed = {syscalls.NUMBERS[name][abi.column] for name in (*seccomp.LEAF, *seccomp.REFUSED)}
    for number in {*NUMBERS, 0xFFFFFFFF} - listed:
        assert answer(code, number, abi.audit) == KILL


@PROCESSORS
@pytest.mark.parametrize("name", ["mmap", "mprotect"])
def test_memory_is_never_executable(processor: str, name: str) -> None:
    """Neither mapped nor made so, with whatever else is asked for in the same word."""
    code, abi = leaf(processor)
    number = syscalls.NUMBERS[name][abi.column]
    assert number is not None
    assert answer(code, number, abi.audit, MMAP_PLAIN) == ALLOW
    for bits in (4, 5, 7, 0x01000004, 1 << 32 | 4):
        arguments = (0, 4096, bits)
        assert answer(code, number, abi.audit, arguments) == FAIL | errno.EPERM


@PROCESSORS
def test_signals_reach_only_itself(processor: str) -> None:
    """An abort passes; a signal to another process does not."""
    code, abi = leaf(processor)
    number = syscalls.NUMBERS["tgkill"][abi.column]
    assert number is not None
    assert answer(code, number, abi.audit, (42, 42, 6)) == ALLOW
    for other in (1, 41, 43, 0xFFFFFFFF):
        assert answer(code, number, abi.audit, (other, 42, 9)) == KILL


@PROCESSORS
def test_refused_calls_fail_gently(processor: str) -> None:
    """Libraries that try to open a file get an error; clone3 is not there."""
    code, abi = leaf(processor)
    for name, error in seccomp.REFUSED.items():
        number = syscalls.NUMBERS[name][abi.column]
        if number is not None:
            assert answer(code, number, abi.audit) == FAIL | error


@PROCESSORS
def test_other_tables_are_shut(processor: str) -> None:
    """Calls by another architecture's numbers, or through x32, end the process."""
    code, abi = leaf(processor)
    i386, x32_getpid = 0x40000003, 0x40000000 | 39
    others = {other.audit for other in syscalls.ABIS.values()} - {abi.audit}
    for audit in (*others, i386, 0):
        assert answer(code, 0, audit) == KILL
    assert answer(code, x32_getpid, abi.audit) == KILL


@PROCESSORS
def test_zygote_opens_nothing(processor: str) -> None:
    """It forks and talks; files, sockets, programs and executable memory are shut for it too."""
    abi = syscalls.ABIS[processor]
    code = seccomp.program((*seccomp.LEAF, *seccomp.ZYGOTE), abi=abi)
    for name in ("openat", "socket", "execve", "ptrace", "bpf", "io_uring_setup", "unshare"):
        number = syscalls.NUMBERS[name][abi.column]
        assert number is not None
        assert answer(code, number, abi.audit) != ALLOW
    mmap = syscalls.NUMBERS["mmap"][abi.column]
    assert mmap is not None
    assert answer(code, mmap, abi.audit, MMAP_EXEC) == FAIL | errno.EPERM


def test_numbers_are_the_kernels() -> None:
    """Both tables agree with the kernel's headers, where those are installed."""
    folders = [Path("/usr/include"), Path(f"/usr/include/{platform.machine()}-linux-gnu")]
    headers = {0: "asm/unistd_64.h", 1: "asm-generic/unistd.h"}
    found = {
        column: folder / name
        for column, name in headers.items()
        for folder in folders
        if (folder / name).exists()
    }
    if not found:
        pytest.skip("no kernel headers are installed here")
    for column, header in found.items():
        lines = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", header.read_text())
        known = {name: int(number) for name, number in lines}
        known.setdefault("newfstatat", known.get("fstatat", -1))  # its name in 64 bits
        for name, numbers in syscalls.NUMBERS.items():
            assert numbers[column] == known.get(name), (name, header)
