"""The last step: Keras gets the bytes that were looked at."""

from __future__ import annotations

import math
import os
import re
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from sanitize.errors import ArtifactError, SanitizeError
from sanitize.keras.artifact.refusal import refused
from sanitize.keras.artifact.rules import Rules

if TYPE_CHECKING:
    from sanitize.keras.artifact.door import Contents

#: Variables may take this many times the bytes of the file's weights, and so much more:
#: layers that two models share are counted twice, optimizers keep nothing here.
_SLACK, _FREE_BYTES = 16, 1 << 26


def by_registered_name(custom_objects: Mapping[str, Any]) -> dict[str, Any]:
    """The application's objects under every name that a file may call them by."""
    import keras

    registered = {
        keras.saving.get_registered_name(item): item
        for item in custom_objects.values()
        if callable(item)
    }
    return {**registered, **custom_objects}


def foreign(custom: Mapping[str, Any]) -> frozenset[str]:
    """Names that are registered with Keras in this process, but were not given."""
    import keras

    return frozenset(keras.saving.get_custom_objects()).difference(custom)


def check_version(rules: Rules) -> None:
    """Is the installed Keras free of the known holes?

    Raises:
        ArtifactError: `artifact.keras-version`.
    """
    import keras

    number = _version(keras.__version__)
    if not any(_version(low) <= number < _version(high) for low, high in rules.safe):
        ranges = " or ".join(f">={low},<{high}" for low, high in rules.safe)
        raise refused("keras-version", "keras", f"a version {ranges}", keras.__version__)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:3])


def check_size(name: str, contents: Contents, custom: Mapping[str, Any]) -> None:
    """Would the model hold more than its file does?

    A few bytes of configuration can ask for terabytes of weights (CVE-2026-12570). So
    the model is first built where variables get shapes but no memory, and what they
    would take is compared with what the file declares.

    That happens in a thread of its own. Keras keeps variables that wait for their values
    in a list of the thread, and fills them all when it next leaves such a scope: what was
    refused here would be allocated there.

    Raises:
        ArtifactError: `artifact.shape`, or `artifact.load-failed`.
    """
    most = _SLACK * contents.weights_bytes + _FREE_BYTES
    with ThreadPoolExecutor(1, "sanitize-model-size") as thread:
        size = thread.submit(_declared, contents.config, custom).result()
    if size > most:
        expected = f"variables of at most {most:,} bytes"
        raise refused("shape", name, expected, f"{size:,} bytes")


def _declared(config: Mapping[str, Any], custom: Mapping[str, Any]) -> int:
    """The bytes that the model's variables would take."""
    import keras

    plain = {**config, "compile_config": None}
    with keras.StatelessScope(initialize_variables=False):
        model = _built(
            lambda: keras.saving.deserialize_keras_object(plain, dict(custom), safe_mode=True),
            custom,
        )
        variables = getattr(model, "variables", ())
        return sum(math.prod(item.shape) * _itemsize(item) for item in variables)


def _itemsize(variable: Any) -> int:
    bits = re.search(r"\d+", str(variable.dtype))
    return max(1, int(bits.group()) // 8) if bits else 1


def load(data: bytes, custom: Mapping[str, Any], compile: bool) -> Any:  # noqa: A002
    """Let Keras load exactly these bytes.

    Args:
        data: of the file, looked at.
        custom: the application's objects.
        compile: as in Keras.

    Raises:
        ArtifactError: `artifact.load-failed`.
    """
    import keras

    # A directory of mode 0700, since Keras may extract weights beside the file.
    with tempfile.TemporaryDirectory(prefix="sanitize-model-") as folder:
        path = os.path.join(folder, "model.keras")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "wb") as file:
            file.write(data)
        return _built(
            lambda: keras.saving.load_model(path, dict(custom), compile=compile, safe_mode=True),
            custom,
        )


def _built(work: Any, custom: Mapping[str, Any]) -> Any:
    """A `keras.Model`, whatever Keras raises otherwise.

    The scope makes the given objects win over those of the same name that are
    registered globally.
    """
    import keras

    try:
        with keras.saving.custom_object_scope(dict(custom)):
            model = work()
    except SanitizeError:
        raise
    except Exception as error:
        message = f"model: expected one that Keras can build; received {type(error).__name__}"
        raise ArtifactError(message, "artifact.load-failed") from error
    if not isinstance(model, keras.Model):
        raise refused("load-failed", "model", "a keras.Model", type(model).__name__)
    return model
