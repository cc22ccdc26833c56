"""Where untrusted bytes are decoded: outside the app, by a process that can do nothing else."""

from sanitize.sandbox.base import Outcome, Sandbox, Status
from sanitize.sandbox.opening import open_sandbox, shared

__all__ = ["Outcome", "Sandbox", "Status", "open_sandbox", "shared"]
