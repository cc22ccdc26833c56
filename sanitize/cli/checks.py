"""What `sanitize doctor` looks at: each check is tried, none is assumed."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sanitize.cli import currency
from sanitize.cli.check_state import Check, State
from sanitize.version import __version__

if TYPE_CHECKING:
    from sanitize.sandbox.report import SandboxReport

DISTRIBUTION = "keras-sanitize"


def all_checks(dump: Path | None = None, *, model: bool = False) -> Iterator[Check]:
    """Every check, in the order in which a person would ask.

    Args:
        dump: a zip of OSV advisories, if the shipped table is not enough.
        model: make the drills in a model's own process too.
    """
    yield Check("keras-sanitize", State.OK, __version__)
    yield _python()
    yield from _libraries()
    yield _tried("re2", _re2)
    yield _tried("onnxruntime", _onnxruntime)
    yield _tried("libmagic", _libmagic, State.NOTE)
    yield _tried("keras", _keras, State.NOTE)
    yield from _weights()
    yield _tried("default policy", _verdict)
    yield _tried("sandbox", _sandbox, State.NOTE)
    if model:
        yield _tried("model's process", _model_process, State.NOTE)
    yield from currency.advisories(dump)
    yield from currency.graphics()


def _tried(name: str, attempt: Callable[[], str | Check], otherwise: State = State.FAILED) -> Check:
    """The check that `attempt` makes; an exception counts as `otherwise`."""
    try:
        result = attempt()
    except Exception as error:  # a broken library may raise anything when it is loaded
        return Check(name, otherwise, f"{type(error).__name__}: {str(error)[:120]}")
    return result if isinstance(result, Check) else Check(name, State.OK, result)


def _python() -> Check:
    state = State.OK if sys.version_info >= (3, 11) else State.FAILED
    return Check("python", state, f"{platform.python_version()} on {platform.platform()}")


def _libraries() -> Iterator[Check]:
    """The core dependencies, as the package's own metadata lists them."""
    try:
        required = metadata.requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Check("dependencies", State.NOTE, f"{DISTRIBUTION} is not installed, only importable")
        return
    for line in required:
        if "extra ==" not in line:
            name = re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]
            yield _tried(name, lambda name=name: metadata.version(name))  # type: ignore[misc]


def _re2() -> str:
    import re2

    if not re2.fullmatch("(a+)+", "aaa"):
        raise ValueError("a pattern that must match did not")
    return "matches in linear time"


def _onnxruntime() -> str:
    from sanitize.detectors.runtime import onnxruntime

    return ", ".join(onnxruntime().get_available_providers())


def _libmagic() -> str:
    try:
        import magic
    except ImportError:
        detail = "absent: our own header parsers decide alone what a file is"
        raise LookupError(detail) from None
    return f"version {magic.version()}"  # type: ignore[no-untyped-call]


def _keras() -> str | Check:
    if find_spec("keras") is None:
        detail = "not installed; sanitize.guard needs it: pip install 'keras-sanitize[keras]'"
        return Check("keras", State.NOTE, detail)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    try:
        import keras
    except ImportError as error:
        detail = (
            f"{error}; set KERAS_BACKEND to one of: {', '.join(backends()) or 'none installed'}"
        )
        return Check("keras", State.NOTE, detail)
    backend = keras.backend.backend()
    return f"{keras.__version__}, backend {backend} {metadata.version(backend)}"


def backends() -> tuple[str, ...]:
    """The Keras backends that are installed."""
    return tuple(name for name in ("jax", "torch", "tensorflow") if find_spec(name))


def _weights() -> Iterator[Check]:
    """Each file of the embedded weights, hashed anew."""
    from sanitize.detectors import artifact
    from sanitize.errors import ArtifactError

    try:
        weights = artifact.load()
    except ArtifactError as error:
        yield Check("weights", State.FAILED, str(error))
        return
    for name in weights.manifest:
        yield _tried(f"weights/{name}", lambda name=name: _hashed(weights, name))  # type: ignore[misc]


def _hashed(weights: Any, name: str) -> str:
    size = len(weights.read(name))
    return f"{size:,} bytes, sha256 {weights.manifest[name]['sha256'][:16]}… as in the manifest"


def _verdict() -> str:
    from sanitize.pipeline import pipeline

    pipe = pipeline()
    verdict = pipe("The weather is fine today.")
    if not verdict.allowed:
        raise ValueError(f"harmless text got {verdict.summary()}")
    return f"gives verdicts; fingerprint {pipe.fingerprint[:16]}…"


def _sandbox() -> Check:
    """What the sandbox measured about itself."""
    from sanitize.sandbox.report import measure

    return _measured("sandbox", measure())


def _model_process() -> Check:
    """The same of a model's own process; needs Keras."""
    from sanitize.keras.isolation.report import measure

    return _measured("model's process", measure())


def _measured(name: str, measured: SandboxReport) -> Check:
    if not measured.sandboxed:
        return Check(name, State.NOTE, f"{measured.kind}: {measured.reason}")
    active = [layer.name for layer in measured.layers if layer.status == "active"]
    missing = [layer.name for layer in measured.layers if layer.status != "active"]
    detail = f"{measured.kind}; {len(measured.drills)} drills held; active: {', '.join(active)}"
    return Check(name, State.OK, detail + (f"; without: {', '.join(missing)}" * bool(missing)))
