"""What a model's process is worth on this machine: measured with a small model, never assumed."""

from __future__ import annotations

import platform
from time import perf_counter
from typing import Any

from sanitize.errors import SandboxError
from sanitize.keras.isolation.drills import FORBIDDEN, TITLES
from sanitize.keras.isolation.model import moved
from sanitize.sandbox.probes import Result
from sanitize.sandbox.report import LayerReport, SandboxReport, shortcoming


def measure() -> SandboxReport:
    """Isolate a small model on Keras's backend, and try in it what must not work.

    A drill that ends the process costs a new start, of seconds each.
    """
    import keras

    kind = f"model, {keras.backend.backend()}"
    system = f"{platform.system()} {platform.release()} {platform.machine()}"
    start = perf_counter()
    try:
        model = moved(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    except SandboxError as error:
        return SandboxReport(kind, False, str(error), system=system)
    seconds = perf_counter() - start
    try:
        found = model.worker().layers
        layers = tuple(LayerReport(name, *answer) for name, answer in found.items())
        drills = tuple(_drilled(model, name) for name in FORBIDDEN)
    finally:
        model.close()
    reason = shortcoming(layers, drills)
    return SandboxReport(kind, not reason, reason, layers, drills, seconds, system)


def _drilled(model: Any, name: str) -> Result:
    """Held if the kernel refused the act, or ended the process for it."""
    worker, start = model.worker(), perf_counter()
    try:
        answer = worker.drill(name)
    except SandboxError as error:
        answer = str(error)
    elapsed = (perf_counter() - start) * 1e3
    return Result(name, TITLES[name], answer != "allowed", answer, elapsed)
