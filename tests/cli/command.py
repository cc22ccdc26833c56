"""Running the command as a shell does, and a policy small enough to need no detector."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: A policy that only bounds sizes. Nothing reads the text, and it says so.
SMALL = """\
version: 1
name: small
modalities:
  text:
    max_bytes: 1000
    verify: none
    stages:
      - text.size: {max_chars: 20}
decide:
  severities: {low: allow, medium: flag, high: block, critical: block}
  rules:
    pipeline.unread: allow
"""


def sanitize(
    *arguments: str | os.PathLike[str] | bytes, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `python -m sanitize` to its end in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "sanitize", *arguments],
        input=stdin,
        capture_output=True,
        timeout=300,
        check=False,
        env={**os.environ, "COLUMNS": "200", **environment},
    )
    out, err = (stream.decode("utf-8", "replace") for stream in (done.stdout, done.stderr))
    assert "Traceback" not in out + err
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def small_policy(folder: Path) -> str:
    """The path of a file with the small policy."""
    path = folder / "small.yaml"
    path.write_text(SMALL, "utf-8")
    return str(path)
