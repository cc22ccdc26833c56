"""`sanitize demo`: the main job, end to end."""

from __future__ import annotations

import os


def demo() -> int:
    """Train a small Keras model, then attack it, unguarded and guarded."""
    from importlib.util import find_spec

    from sanitize.cli.checks import backends
    from sanitize.errors import SanitizeError

    installed = backends()
    if find_spec("keras") is None or not installed:
        raise SanitizeError("the demo needs Keras: pip install 'keras-sanitize[keras]'")
    if "tensorflow" not in installed:  # what Keras takes when nobody says otherwise
        os.environ.setdefault("KERAS_BACKEND", installed[0])
    from sanitize.demo import run

    return int(run() or 0)
