"""Every sandbox keeps the contract; those that isolate keep more of it."""

from __future__ import annotations

import pytest

from sanitize.errors import SandboxError
from sanitize.sandbox.inprocess import InProcess
from tests.sandbox.contract import IsolationContract, SandboxContract


class TestZygote(IsolationContract):
    kind = "zygote"
    sandboxed = True


class TestProcess(IsolationContract):
    kind = "process"
    sandboxed = False


class TestInProcess(SandboxContract):
    kind = "in-process"
    sandboxed = False

    def test_it_has_to_be_asked_for(self) -> None:
        """Nobody gets it by accident."""
        with pytest.raises(SandboxError, match="for_development"):
            InProcess()
