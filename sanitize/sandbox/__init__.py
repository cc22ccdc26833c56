"""Where untrusted bytes are decoded: outside the app, by a process that can do nothing else."""

from sanitize.sandbox.asking import Lie, Question, decoded, each
from sanitize.sandbox.base import Outcome, Sandbox, Status
from sanitize.sandbox.opening import open_sandbox, shared

__all__ = [
    "Lie",
    "Outcome",
    "Question",
    "Sandbox",
    "Status",
    "decoded",
    "each",
    "open_sandbox",
    "shared",
]
