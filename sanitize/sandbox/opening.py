"""Sandboxes by name, and the one that a whole app shares."""

from __future__ import annotations

import importlib
import os
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from sanitize.errors import SandboxError
from sanitize.sandbox.base import Sandbox

#: Name → module and class. Only the first is a sandbox; the others have to be asked for.
KINDS: Mapping[str, tuple[str, str]] = {
    "zygote": ("sanitize.sandbox.pool", "ZygoteSandbox"),
    "process": ("sanitize.sandbox.process", "ProcessSandbox"),
    "in-process": ("sanitize.sandbox.inprocess", "InProcess"),
}

_shared: dict[tuple[str, tuple[str, ...]], Sandbox] = {}
_lock = threading.Lock()
if hasattr(os, "register_at_fork"):  # a fork must not inherit a lock that a thread holds
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )


def open_sandbox(kind: str = "zygote", modules: Sequence[str] = (), **options: Any) -> Sandbox:
    """A new sandbox, which the caller closes.

    Args:
        kind: `zygote`, the real one, on Linux. `process`, a child process with
            what limits the system has: not a sandbox, and every outcome says
            so. `in-process`: nothing at all, for development.
        modules: decoder modules whose jobs may be run; see `sanitize.sandbox.jobs`.
        **options: of that kind's class.

    Raises:
        SandboxError: an unknown kind, or one that cannot be had here.
    """
    if kind not in KINDS:
        raise SandboxError(f"sandbox: expected one of {', '.join(KINDS)}, received {kind!r}")
    if kind == "in-process":
        options = {"for_development": True, **options}
    module, name = KINDS[kind]
    found: Sandbox = getattr(importlib.import_module(module), name)(modules, **options)
    return found


def shared(kind: str = "zygote", modules: Sequence[str] = ()) -> Sandbox:
    """This process's sandbox for these modules; started when somebody first asks.

    Stages ask for it in every call and keep no reference: so they stay
    picklable, and a fork of the app gets processes of its own. Single-use leaves
    keep tenants apart, so it serves all of them. It ends with the app.

    Raises:
        SandboxError: as `open_sandbox`.
    """
    key = (kind, tuple(modules))
    found = _shared.get(key)
    if found is None:
        with _lock:
            found = _shared.get(key) or open_sandbox(kind, modules)
            _shared[key] = found
    return found
