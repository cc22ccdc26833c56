"""onnxruntime comes without the thread that can report home."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROGRAM = """
import os, numpy
from sanitize.detectors.runtime import onnxruntime
before = len(os.listdir("/proc/self/task"))
assert onnxruntime().InferenceSession
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="threads are counted in /proc")
def test_loading_it_starts_no_thread() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, check=True, text=True
    )
    assert ran.stdout.strip() == "0"
