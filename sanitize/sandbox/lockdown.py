"""The layers, each in one function, and the order in which they are put on.

Each function says what came of it: a `Layer` whose status was asked of the
kernel after the fact. Seccomp, limits and no_new_privs are mandatory; the
others are put on where the kernel lets us, and reported where it does not.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from sanitize.sandbox import seccomp, syscalls

#: The user and group that a zygote started by root becomes: `nobody`.
NOBODY = 65534

#: Most descriptors of a zygote: three, its control, and one or two for each leaf.
MAX_DESCRIPTORS = 256

# Numbers of linux/prctl.h, linux/capability.h and linux/sched.h.
PR_SET_PDEATHSIG, PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_GET_SECCOMP = 1, 3, 4, 21
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 24, 38, 39, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
CAPABILITY_VERSION_3 = 0x20080522
NAMESPACES: dict[str, int] = {
    "user": 0x10000000,
    "net": 0x40000000,
    "ipc": 0x08000000,
    "pid": 0x20000000,
    "uts": 0x04000000,
    "mnt": 0x00020000,
}


class Layer(NamedTuple):
    """What one layer is like in this process.

    Attributes:
        status: `active`, or `refused` by the kernel, `missing` from it, or `off`.
        evidence: what the kernel answered when asked.
    """

    status: str
    evidence: str


Layers = dict[str, Layer]


def _prctl(option: int, *arguments: int) -> int:
    return syscalls.call("prctl", option, *arguments, *[0] * (4 - len(arguments)))


def lock_zygote(*, namespaces: bool) -> Layers:
    """Give everything up but forking leaves. May return in another process: a child.

    The order matters. Everything is imported by now: files may be readable to
    this user alone. User namespaces and Landlock want a single thread; changing
    the user clears the wish to die with the parent; Landlock and filters want
    no_new_privs, and after the filter nothing else can be set up.

    Raises:
        OSError: a mandatory layer cannot be had.
    """
    require_single_thread()
    layers: Layers = {"user": drop_user()}
    layers["namespaces"] = enter_namespaces() if namespaces else Layer("off", "not asked for")
    require_single_thread()
    layers["capabilities"] = drop_capabilities()
    layers["no_new_privs"] = forbid_privileges()
    layers["undumpable"] = forbid_dumps()
    layers["landlock"] = deny_files()
    layers["limits"] = limit_zygote()
    seccomp.install(seccomp.program((*seccomp.LEAF, *seccomp.ZYGOTE)))
    layers["seccomp"] = Layer("active", f"mode {_prctl(PR_GET_SECCOMP)}, checked by a drill")
    return layers


def lock_leaf(code: bytes, memory: int, cpu_seconds: int) -> None:
    """The leaf's own limits and filter: the last thing before the input is looked at.

    Args:
        code: the leaf's filter.
        memory: address space in bytes.
        cpu_seconds: processor time; at its end SIGXCPU, a second later SIGKILL.
    """
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CPU, cpu_seconds, cpu_seconds + 1)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, 0)
    seccomp.install(code)


def require_single_thread() -> None:
    """Raise unless this process has one thread.

    Raises:
        OSError: there are more, or nothing can be said.
    """
    threads = os.listdir("/proc/self/task")
    if len(threads) != 1:
        raise OSError(f"expected one thread in the zygote, received {len(threads)}")


def drop_user() -> Layer:
    """Root becomes nobody; anybody else stays who they are."""
    if os.geteuid() == 0:
        with suppress(OSError):  # not our right, or nobody is nobody here; seen below
            os.setgroups([])
        with suppress(OSError):
            os.setresgid(NOBODY, NOBODY, NOBODY)
        with suppress(OSError):
            os.setresuid(NOBODY, NOBODY, NOBODY)
    users, groups = os.getresuid(), os.getresgid()
    status = "active" if 0 not in (*users, *groups, *os.getgroups()) else "refused"
    return Layer(status, f"uid {users[0]}, gid {groups[0]}, {len(os.getgroups())} more groups")


def enter_namespaces() -> Layer:
    """Own users, network, IPC, processes, host name, mounts: empty ones.

    The child goes on, as process 1 of its own world: when it dies, the kernel
    kills everybody in it. This process stays outside and waits for it.
    """
    before = _namespaces()
    try:
        syscalls.call("unshare", sum(NAMESPACES.values()))
    except OSError as error:
        return _refused(error)
    child = os.fork()
    if child:
        _wait_outside(child)
    die_with_parent()
    after = _namespaces()
    fresh = [name for name in NAMESPACES if before[name] != after[name]]
    if os.getpid() != 1:
        raise OSError(f"expected to be process 1, received {os.getpid()}")
    return Layer("active", f"new: {' '.join(fresh)}; process 1")


def _namespaces() -> dict[str, str]:
    return {name: os.readlink(f"/proc/self/ns/{name}") for name in NAMESPACES}


def _wait_outside(child: int) -> None:
    os.closerange(0, MAX_DESCRIPTORS)
    drop_capabilities()
    forbid_privileges()
    forbid_dumps()
    seccomp.install(seccomp.program((*seccomp.LEAF, *seccomp.SHIM)))
    _, status = os.waitpid(child, 0)
    os._exit(0 if status == 0 else 1)


def die_with_parent() -> None:
    """Have this process killed when its parent ends. The parent must have one thread.

    (The kernel goes by the parent's thread, so the app's own child must not use
    it: a thread of a pool may end. It goes by its control socket instead.)
    """
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def drop_capabilities() -> Layer:
    """Give up all capabilities, and the way to get them back."""
    for capability in range(64):
        try:
            _prctl(PR_CAPBSET_DROP, capability)
        except OSError:
            break  # no right to, or no such capability
    with suppress(OSError):  # before Linux 4.3
        _prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(struct.pack("=Ii", CAPABILITY_VERSION_3, 0))
    none = ctypes.create_string_buffer(24)
    syscalls.call("capset", header, none)
    left = ctypes.create_string_buffer(24)
    syscalls.call("capget", header, left)
    if any(left.raw):
        return Layer("refused", "some capabilities remain")
    return Layer("active", "none effective, permitted or inheritable")


def forbid_privileges() -> Layer:
    """No exec may ever gain rights; also what makes filters legal for anybody."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    if _prctl(PR_GET_NO_NEW_PRIVS) != 1:
        raise OSError("no_new_privs did not take")
    return Layer("active", "no_new_privs 1")


def forbid_dumps() -> Layer:
    """No core files, and no tracing by others of the same user."""
    _prctl(PR_SET_DUMPABLE, 0)
    dumpable = _prctl(PR_GET_DUMPABLE)
    return Layer("refused" if dumpable else "active", f"dumpable {dumpable}")


def deny_files() -> Layer:
    """A Landlock ruleset without rules: no file, no TCP port, no signal to outside."""
    version = landlock_version()
    if not version:
        return Layer("missing", "no Landlock in this kernel")
    try:
        made = syscalls.call("landlock_create_ruleset", *ruleset(version), 0)
        try:
            syscalls.call("landlock_restrict_self", made, 0)
        finally:
            os.close(made)
    except OSError as error:
        return _refused(error)
    return _closed(lambda: os.close(os.open("/", os.O_RDONLY)), f"version {version}, open of /")


def landlock_version() -> int:
    """The version of Landlock's interface, 0 if there is none."""
    try:
        return syscalls.call("landlock_create_ruleset", 0, 0, 1)
    except OSError:
        return 0


def ruleset(version: int) -> tuple[ctypes.Array[ctypes.c_char], int]:
    """All that this version can deny: struct landlock_ruleset_attr of linux/landlock.h."""
    files = (1 << 13) - 1
    for since, bit in ((2, 13), (3, 14), (5, 15)):  # refer, truncate, ioctl on devices
        files |= (version >= since) << bit
    ports = 3 if version >= 4 else 0
    scopes = 3 if version >= 6 else 0  # abstract sockets, signals
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    return ctypes.create_string_buffer(struct.pack("=QQQ", files, ports, scopes), 24), size


def limit_zygote() -> Layer:
    """No core files, nothing written to any file, few descriptors."""
    wanted = {"CORE": 0, "FSIZE": 0, "NOFILE": MAX_DESCRIPTORS}
    found = {}
    for name, value in wanted.items():
        kind = getattr(resource, f"RLIMIT_{name}")
        _limit(kind, value)
        found[name] = resource.getrlimit(kind)[1]
        if not 0 <= found[name] <= value:
            raise OSError(f"limit {name}: expected {value}, received {found[name]}")
    return Layer("active", " ".join(f"{name} {value}" for name, value in found.items()))


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    """Lower a limit; one that is lower already stays."""
    ceiling = resource.getrlimit(kind)[1]
    wanted = soft if hard is None else hard
    top = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    resource.setrlimit(kind, (min(soft, top), top))


def _closed(attempt: Callable[[], object], what: str) -> Layer:
    try:
        attempt()
    except OSError as error:
        return Layer("active", f"{what}: {error.strerror}")
    return Layer("refused", f"{what}: allowed")


def _refused(error: OSError) -> Layer:
    return Layer("refused", error.strerror or str(error))
