"""What the model's process gives up, and when.

Before anything is imported: the network and other namespaces, new privileges, and by Landlock
every file but those it must read to load. After loading and warming up: the user, every file, every
new process, every new executable page. Threads stay possible: Keras starts them for `predict`.
"""

from __future__ import annotations

import errno
import os
import resource
import struct
from collections.abc import Sequence
from contextlib import suppress
from ctypes import create_string_buffer

from sanitize.sandbox import lockdown, seccomp, syscalls
from sanitize.sandbox.lockdown import Layer, Layers

#: Beside what a decoder may do: threads, and messages on the one socket.
THREADS: tuple[str, ...] = (
    *("set_robust_list", "rseq", "set_tid_address", "prlimit64", "sched_getaffinity"),
    *("sched_setaffinity", "getcpu", "membarrier", "clock_nanosleep", "nanosleep", "poll", "ppoll"),
    *("recvmsg", "recvfrom", "sendmsg", "sendto", "getsockopt", "pread64", "pwrite64", "tgkill"),
    *("epoll_wait", "epoll_pwait", "eventfd2", "getrusage", "times", "sysinfo", "uname"),
    *("sched_getparam", "sched_getscheduler", "get_mempolicy", "clock_getres", "getppid"),
)

#: Read and execute beneath these, if they exist: interpreter, libraries, facts about processors.
SYSTEM = (
    "/dev/null",
    "/dev/urandom",
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/proc",
    "/sys",
)

# linux/landlock.h: rights to files, and the kind of rule that names a path.
EXECUTE, READ_FILE, READ_DIR = 1 << 0, 1 << 2, 1 << 3
RULE_PATH_BENEATH = 1
O_PATH = 0o10000000


def before(readable: Sequence[str], writable: Sequence[str]) -> Layers:
    """The layers that loading works under. One thread, nothing imported."""
    lockdown.require_single_thread()
    layers: Layers = {"namespaces": _namespaces()}
    layers["no_new_privs"] = lockdown.forbid_privileges()
    layers["undumpable"] = lockdown.forbid_dumps()
    layers["landlock"] = _read_only(readable, writable)
    return layers


def after(memory: int) -> Layers:
    """The layers that predictions are made under; every thread gets them.

    Args:
        memory: bytes of address space that may be added to what is there now.

    Raises:
        OSError: a mandatory layer cannot be had.
    """
    layers: Layers = {"limits": _limits(memory)}
    layers["user"] = lockdown.drop_user()  # from here on files may be out of reach
    layers["capabilities"] = lockdown.drop_capabilities()
    seccomp.install(filter_code())
    layers["seccomp"] = Layer("active", "checked by a drill")
    return layers


def filter_code() -> bytes:
    """Decoders' calls and threads; memory is never made executable."""
    allowed = [name for name in (*seccomp.LEAF, *THREADS) if name in syscalls.NUMBERS]
    refused = {name: code for name, code in seccomp.REFUSED.items() if name not in allowed}
    return seccomp.program(allowed, refused, threads=True)


def _namespaces() -> Layer:
    """Root needs no user namespace, and would lose its way to its own files in one."""
    names = ("net", "ipc", "uts") if os.geteuid() == 0 else ("user", "net", "ipc", "uts")
    try:
        syscalls.call("unshare", sum(lockdown.NAMESPACES[name] for name in names))
    except OSError as error:
        return Layer("refused", error.strerror or str(error))
    return Layer("active", f"new: {' '.join(names)}")


def _read_only(readable: Sequence[str], writable: Sequence[str]) -> Layer:
    version = lockdown.landlock_version()
    if not version:
        return Layer("missing", "no Landlock in this kernel")
    attributes, size = lockdown.ruleset(version)
    rights = struct.unpack("=QQQ", attributes.raw[:24])[0]
    try:
        ruleset = syscalls.call("landlock_create_ruleset", attributes, size, 0)
        try:
            for path in (*SYSTEM, *readable):
                _permit(ruleset, path, EXECUTE | READ_FILE | READ_DIR)
            for path in writable:
                _permit(ruleset, path, rights)
            syscalls.call("landlock_restrict_self", ruleset, 0)
        finally:
            os.close(ruleset)
    except OSError as error:
        return Layer("refused", error.strerror or str(error))
    return Layer("active", f"version {version}, {len(readable)} folders to read")


def _permit(ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there, so nothing to read
    try:
        files = rights if os.path.isdir(path) else rights & (EXECUTE | READ_FILE)
        rule = create_string_buffer(struct.pack("=Qi", files, place), 12)
        syscalls.call("landlock_add_rule", ruleset, RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(place)


def _limits(memory: int) -> Layer:
    """No core files, nothing written to files, and no more memory than agreed."""
    with open("/proc/self/statm", "rb") as file:
        present = int(file.read().split()[0]) * resource.getpagesize()
    wanted = {"CORE": 0, "FSIZE": 1 << 40, "AS": present + memory}
    for name, value in wanted.items():
        with suppress(ValueError):  # lower already
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    found = resource.getrlimit(resource.RLIMIT_AS)[1]
    if not 0 <= found <= present + memory:
        raise OSError(errno.EPERM, "a limit of memory could not be set")
    return Layer("active", f"{memory:,} bytes beside {present:,}")
