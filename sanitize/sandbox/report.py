"""What the sandbox is worth on this machine: measured, layer by layer, never assumed."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from sanitize.errors import SandboxError
from sanitize.sandbox.base import Sandbox
from sanitize.sandbox.opening import open_sandbox
from sanitize.sandbox.probes import Result, make_all

#: Layers without which there is no sandbox.
MANDATORY: frozenset[str] = frozenset({"seccomp", "limits", "no_new_privs"})

#: Address space of a drill, in bytes: a bomb of 256 MiB shows as much as one of a gibibyte.
MEMORY = 1 << 28

#: What each layer is for, in a few words for a reader of the report.
PURPOSES: dict[str, str] = {
    "user": "no files, no processes of anybody else's",
    "namespaces": "no network, no neighbours, all die together",
    "capabilities": "no rights of root's",
    "no_new_privs": "no way to get any",
    "undumpable": "no core files, no tracing by others",
    "landlock": "no files, ports or signals, a second time",
    "limits": "bounded memory, time and descriptors",
    "seccomp": "no system calls but those of pure computing",
}


@dataclass(frozen=True, slots=True)
class LayerReport:
    """One layer on this machine.

    Attributes:
        name: a key of `PURPOSES`.
        status: `active`; `refused` by the kernel; `missing` from it; `off` by option.
        evidence: what the kernel answered when it was asked afterwards.
    """

    name: str
    status: str
    evidence: str

    def to_dict(self) -> dict[str, str]:
        """The layer as JSON-ready values."""
        purpose = PURPOSES.get(self.name, "")
        return {
            "name": self.name,
            "status": self.status,
            "evidence": self.evidence,
            "purpose": purpose,
        }


@dataclass(frozen=True, slots=True)
class SandboxReport:
    """A sandbox's layers and drills, measured.

    Attributes:
        kind: the sandbox's name.
        sandboxed: True only if every drill held and every mandatory layer is active.
        reason: why not, in one sentence; empty if so.
        layers: each layer, in the order in which it is put on.
        drills: each drill.
        start_seconds: from nothing to the first job.
        system: kernel and processor.
    """

    kind: str
    sandboxed: bool
    reason: str
    layers: tuple[LayerReport, ...] = ()
    drills: tuple[Result, ...] = ()
    start_seconds: float = 0.0
    system: str = ""

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values."""
        return {
            "kind": self.kind,
            "sandboxed": self.sandboxed,
            "reason": self.reason,
            "system": self.system,
            "start_seconds": round(self.start_seconds, 4),
            "layers": [layer.to_dict() for layer in self.layers],
            "drills": [drill.to_dict() for drill in self.drills],
        }


def measure(kind: str = "zygote", **options: Any) -> SandboxReport:
    """Start a sandbox, make every drill in it, and say what held. Takes about three seconds.

    Args:
        kind: as `open_sandbox` knows it. Those that are no sandbox are not drilled.
        **options: of that kind's class; `memory` is small if it is not given.
    """
    if kind == "zygote":
        options = {"memory": MEMORY, **options}
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    start = perf_counter()
    try:
        with open_sandbox(kind, **options) as sandbox:
            return _measured(sandbox, perf_counter() - start, system)
    except SandboxError as error:
        return SandboxReport(kind, False, str(error), system=system)


def _measured(sandbox: Sandbox, start_seconds: float, system: str) -> SandboxReport:
    if not sandbox.sandboxed:
        reason = f"not sandboxed: {sandbox.name} keeps nothing from the app"
        return SandboxReport(
            sandbox.name, False, reason, start_seconds=start_seconds, system=system
        )
    layers = tuple(LayerReport(name, *found) for name, found in sandbox.layers.items())
    drills = tuple(make_all(sandbox))
    reason = shortcoming(layers, drills)
    return SandboxReport(sandbox.name, not reason, reason, layers, drills, start_seconds, system)


def shortcoming(layers: tuple[LayerReport, ...], drills: tuple[Result, ...]) -> str:
    """The first mandatory layer that is not active, or drill that did not hold; "" if none."""
    active = {layer.name for layer in layers if layer.status == "active"}
    for name in sorted(MANDATORY - active):
        return f"layer {name} is not active"
    for drill in drills:
        if not drill.held:
            return f"drill {drill.name} did not hold: {drill.answer}"
    return ""
