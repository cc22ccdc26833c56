"""The sandbox holds for anybody, and where the kernel refuses one layer or another."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sanitize.sandbox import open_sandbox
from tests.sandbox.restricted import READ_ANY_FILE

MEASURE = """
import json
from sanitize.sandbox.report import measure
print(json.dumps(measure().to_dict()))
"""
RIGHTS = "print(open('/proc/self/status').read())"
ROOT = Path(__file__).resolve().parents[2]


def run(code: str, *restrictions: str) -> str:
    """What `code` prints in an app of its own, under restrictions."""
    command = [sys.executable, "-m", "tests.sandbox.restricted", *restrictions, "--"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    ended = subprocess.run(
        [*command, sys.executable, "-c", code],
        check=False,
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    return ended.stdout


def measure(*restrictions: str) -> dict[str, Any]:
    """The sandbox report of an app under restrictions."""
    report: dict[str, Any] = json.loads(run(MEASURE, *restrictions))
    report["layers"] = {layer["name"]: layer["status"] for layer in report["layers"]}
    return report


def measured_here() -> dict[str, str]:
    """The layers' status in this process, unrestricted."""
    with open_sandbox() as sandbox:
        return {name: status for name, (status, _) in sandbox.layers.items()}


def assert_held(report: dict[str, Any]) -> None:
    missed = [drill for drill in report["drills"] if not drill["held"]]
    assert not missed
    assert report["sandboxed"], report["reason"]
    assert len(report["drills"]) > 20


def test_restrictions_take() -> None:
    """Without this, the tests below would prove nothing: no right is left but reading files."""
    (rights,) = re.findall(r"^CapEff:\s*(\w+)$", run(RIGHTS, "nobody"), re.MULTILINE)
    assert int(rights, 16) in (0, 1 << READ_ANY_FILE)


def test_it_holds_for_an_ordinary_user() -> None:
    """Every drill is stopped when the app's user has no rights at all."""
    assert_held(measure("nobody"))


NO_NAMESPACES = f"unshare={errno.EPERM}"
NO_LANDLOCK = f"landlock_create_ruleset={errno.ENOSYS}"
LANDLOCK_FORBIDDEN = f"landlock_restrict_self={errno.EPERM}"


@pytest.mark.parametrize(
    ("restrictions", "expected"),
    [
        ((LANDLOCK_FORBIDDEN,), {"namespaces": "active", "landlock": "refused"}),
        ((NO_NAMESPACES, NO_LANDLOCK), {"namespaces": "refused", "landlock": "missing"}),
        (("nobody", NO_NAMESPACES, NO_LANDLOCK), {"namespaces": "refused", "landlock": "missing"}),
    ],
)
def test_it_holds_where_layers_are_refused(
    restrictions: tuple[str, ...], expected: dict[str, str]
) -> None:
    """They are reported as what they are, and the others stop every drill."""
    report = measure(*restrictions)
    kernel = measured_here()
    for layer, status in expected.items():
        assert report["layers"][layer] == (kernel[layer] if status == "active" else status)
    assert_held(report)


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.EINVAL])
def test_without_seccomp_there_is_no_sandbox(code: int) -> None:
    """It is refused with a reason, not replaced by something weaker."""
    report = measure(f"seccomp={code}")
    assert not report["sandboxed"]
    assert "could not be set up" in report["reason"]
    assert report["drills"] == []
