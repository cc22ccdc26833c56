"""What a process pays before its first verdict: imports, cold start, memory."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from tempfile import TemporaryDirectory

from benchmarks.timing import Row

ROUNDS = 7

IMPORT = """
import time; start = time.perf_counter()
import sanitize
print(time.perf_counter() - start)
"""

FIRST = """
import json, os, resource, time
import sanitize
verdict = sanitize.pipeline()("Where is my parcel?")
verdict.unwrap()
# Seconds since the kernel started this process, interpreter start included.
ticks = float(open("/proc/self/stat").read().rsplit(")", 1)[1].split()[19])
started = ticks / os.sysconf("SC_CLK_TCK")
now = float(open("/proc/uptime").read().split()[0])
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([now - started, peak]))
"""


def run() -> dict[str, Row]:
    """Medians over fresh processes; files are in the page cache, and compiled as pip does."""
    with TemporaryDirectory() as compiled:
        _process(FIRST, compiled)
        imports = [float(_process(IMPORT, compiled)) for _ in range(ROUNDS)]
        firsts = [json.loads(_process(FIRST, compiled)) for _ in range(ROUNDS)]
    seconds, megabytes = zip(*firsts, strict=True)
    return {
        "import sanitize": Row(statistics.median(imports) * 1e3, "ms", goal="< 100 ms"),
        "process start to first verdict": Row(statistics.median(seconds), "s", goal="< 1.5 s"),
        "peak memory after one verdict": Row(statistics.median(megabytes), "MiB", goal="< 400"),
    }


def _process(program: str, compiled: str) -> str:
    """What a new process prints; its bytecode is in a folder, whatever the environment says."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": compiled, "PYTHONDONTWRITEBYTECODE": ""}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return done.stdout
