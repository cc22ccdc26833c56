"""onnxruntime, without what it does unasked."""

from __future__ import annotations

import os
from typing import Any


def onnxruntime() -> Any:
    """The module; its telemetry is off, unless the app has set `ORT_DISABLE_TELEMETRY` itself.

    From 1.32 on, importing it on Linux starts a thread that can upload usage data. The
    variable must be set before the first import in the process.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime as found

    return found
