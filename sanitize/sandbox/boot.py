"""The first and only file that a fresh interpreter runs: `python -I -S -B boot.py …`.

The environment is empty, and `sanitize` is not imported as a whole: its faces
are for apps. Below it only the named modules are, under their own names.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from types import ModuleType
from typing import Any

#: Libraries that would start threads: a zygote has one. (onnxruntime has one that reports home.)
ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "ORT_DISABLE_TELEMETRY",
)


def prepare(config: dict[str, Any]) -> None:
    """Set up imports: the standard library first, then where the app's packages are."""
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    sys.path.extend(config["paths"])
    package = config["package"]
    for module in ("sanitize.sandbox.x", *config["modules"]):
        parts = module.split(".")
        for depth in range(1, len(parts) if parts[0] == "sanitize" else 0):
            _mount(parts[:depth], package)


def _mount(parts: list[str], package: str) -> None:
    """A package without its `__init__.py`: a name and a folder."""
    name = ".".join(parts)
    if name not in sys.modules:
        empty = ModuleType(name)
        empty.__path__ = [os.path.join(package, *parts[1:])]
        sys.modules[name] = empty


def main(arguments: list[str]) -> None:
    """Become a zygote (a socket's number), a model's process (`model`), or run a job (`once`)."""
    if arguments == ["once"]:
        config = json.loads(sys.stdin.buffer.readline())
        prepare(config)
        from sanitize.sandbox import once

        once.main(config)
        return
    if arguments[0] == "model":
        model(int(arguments[1]))
        return
    # The app may have blocked or ignored signals, and both are inherited.
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=int(arguments[0]))
    config = json.loads(control.recv(1 << 18))
    prepare(config)
    from sanitize.sandbox import nursery

    nursery.main(control, config)


def model(descriptor: int) -> None:
    """Become a model's process, which may have threads and takes orders from the socket."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = socket.socket(fileno=descriptor)
    config = json.loads(control.recv(1 << 18))
    prepare(config)
    from sanitize.keras.isolation import child

    child.main(control, config)


if __name__ == "__main__":
    main(sys.argv[1:])
