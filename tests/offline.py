"""Running Python with the network out of reach, so that tests prove offline use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

#: Refuses every connection and look-up that Python code starts (PEP 578 audit events).
_REFUSE = """\
import sys

def _refuse(event, arguments):
    calls = ("socket.connect", "socket.sendto", "socket.sendmsg")
    beyond = event in calls and arguments[0].family != 1  # AF_UNIX stays on this machine
    if beyond or event == "socket.getaddrinfo":
        raise OSError("this process is offline")

sys.addaudithook(_refuse)
"""


@lru_cache(maxsize=1)
def namespace() -> tuple[str, ...]:
    """The command prefix for a network namespace of its own; empty where that is forbidden."""
    unshare = shutil.which("unshare")
    for options in (("-n",), ("-r", "-n")):
        if unshare and _works(unshare, *options, "true"):
            return (unshare, *options)
    return ()


def _works(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def run(
    code: str, *, python: Path | str = sys.executable, cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run Python code to its end, offline: in a network namespace if allowed, hooked always."""
    return subprocess.run(
        [*namespace(), str(python), "-c", _REFUSE + code],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        cwd=cwd,
        env={**os.environ, **environment},
    )
