"""The report says what was measured, and calls a sandbox only what is one."""

from __future__ import annotations

import json

import pytest

from sanitize.errors import SandboxError
from sanitize.sandbox import open_sandbox, shared
from sanitize.sandbox.probes import DRILL_TABLE
from sanitize.sandbox.report import MANDATORY, PURPOSES, measure


def test_a_sandbox_is_measured() -> None:
    """Every layer has its evidence, every drill its answer; all of it is JSON-ready."""
    report = measure()
    assert report.sandboxed, report.reason
    assert {layer.name for layer in report.layers} == set(PURPOSES)
    assert all(layer.evidence for layer in report.layers)
    assert {layer.name for layer in report.layers if layer.status == "active"} >= MANDATORY
    assert {drill.name for drill in report.drills} >= {drill.name for drill in DRILL_TABLE}
    assert json.loads(json.dumps(report.to_dict()))["sandboxed"] is True


@pytest.mark.parametrize("kind", ["process", "in-process"])
def test_what_is_no_sandbox_is_called_none(kind: str) -> None:
    """It has no layers to show, and says what it is."""
    report = measure(kind)
    assert not report.sandboxed
    assert "not sandboxed" in report.reason
    assert report.layers == report.drills == ()


def test_what_cannot_be_had_is_reported() -> None:
    """A doctor reports; it does not raise."""
    report = measure("zygote", modules=["tests.sandbox.no_such_module"])
    assert not report.sandboxed
    assert "ModuleNotFoundError" in report.reason


def test_unknown_kinds_raise() -> None:
    """There is no default to fall back to."""
    with pytest.raises(SandboxError, match="expected one of"):
        open_sandbox("none")


def test_an_app_shares_one_sandbox() -> None:
    """Who asks for the same gets the same; other modules are another sandbox's."""
    one = shared("in-process")
    assert shared("in-process") is one
    assert shared("in-process", ["tests.sandbox.decoders"]) is not one
