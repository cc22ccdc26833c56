"""How a fresh interpreter is started, and what it must know to import decoder modules."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sanitize.errors import SandboxError
from sanitize.sandbox import wire

#: The folder of `sanitize`, and the file that a fresh interpreter runs.
PACKAGE = Path(__file__).resolve().parents[1]
BOOT = Path(__file__).resolve().with_name("boot.py")


def import_config(modules: Sequence[str]) -> dict[str, Any]:
    """What a fresh interpreter must know to import decoder modules as the app would.

    Relative entries of `sys.path`, such as the current folder, are left out.
    """
    paths = [entry for entry in sys.path if os.path.isabs(entry) and os.path.isdir(entry)]
    return {"package": str(PACKAGE), "paths": paths, "modules": list(modules)}


def interpreter() -> list[str]:
    """The command of a fresh, isolated interpreter (`-I -S -B`) that runs `boot.py`.

    Raises:
        SandboxError: the app does not know where its interpreter is.
    """
    if not sys.executable or getattr(sys, "frozen", False):
        received = "a frozen app" if sys.executable else "nothing"
        raise SandboxError(f"expected a Python interpreter in sys.executable, received {received}")
    return [os.path.realpath(sys.executable), "-I", "-S", "-B", str(BOOT)]


def message(**parts: Any) -> bytes:
    """One message to a worker, as JSON.

    Raises:
        SandboxError: values that JSON does not know, or too many of them.
    """
    try:
        text = json.dumps(parts).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise SandboxError(f"options: expected JSON values: {error}") from None
    if len(text) > wire.MAX_MESSAGE:
        raise SandboxError(
            f"options: expected at most {wire.MAX_MESSAGE} bytes as JSON, received {len(text)}"
        )
    return text
