"""`load_model`: hash, look, and only then let Keras read, and always the same bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sanitize.keras.artifact import reading
from sanitize.keras.artifact.vouchers import StrPath, Vouchers

if TYPE_CHECKING:
    from sanitize.keras.artifact.rules import Allowed


@dataclass(frozen=True, slots=True)
class Contents:
    """What was found in a file that is let in.

    Attributes:
        config: `config.json`, parsed.
        weights_bytes: what all datasets declare together.
    """

    config: dict[str, Any]
    weights_bytes: int


def load_model(  # noqa: PLR0913 - each is an option of its own, all by name
    path: StrPath,
    *,
    sha256: str | None = None,
    manifest: StrPath | Mapping[str, Any] | None = None,
    signature: StrPath | None = None,
    public_key: StrPath | None = None,
    unverified: bool = False,
    custom_objects: Mapping[str, Any] | None = None,
    allow: Iterable[str] = (),
    compile: bool = False,  # noqa: A002 - Keras's name for it
    max_bytes: int | None = None,
) -> Any:
    """Load a `.keras` file that is what its digest says and holds nothing but a model.

    The file is read once. Its bytes are hashed, then looked through: the archive,
    all of `config.json`, every link and dataset of the weights. Only then does Keras
    get those same bytes, in a directory of this process's own, with `safe_mode=True`.

    Args:
        path: a `.keras` file on this machine.
        sha256: what its bytes must hash to, in hexadecimal.
        manifest: what `sanitize hash` wrote: the path of the file, or its content. The
            model is looked up by its path relative to the manifest, or by its name.
        signature: of the file alone, as OpenSSF's `model_signing sign` writes it; needs the
            extra `signing`.
        public_key: of the signer: elliptic curve, PEM.
        unverified: True to load what nothing vouches for.
        custom_objects: the application's own classes and functions, by class name or
            registered name. What is registered with Keras alone is not let in.
        allow: dotted names of further classes of installed packages.
        compile: compile the model as it was saved.
        max_bytes: of the file; as in `rules/keras/artifact.yaml` if None.

    Returns:
        A `keras.Model`.

    Raises:
        ArtifactError: it is refused; `code` says why, see docs/artifacts.md.
        PolicyError: `allow` names what is never let in; a signature without a key.
    """
    # Not before it is asked for: pydantic, YAML and zip archives take a while to import.
    from sanitize.keras.artifact.rules import allowed, shipped

    place, rules = reading.local(path), shipped()
    vouchers = Vouchers(sha256, manifest, signature, public_key, unverified)
    data = verified_bytes(path, vouchers, max_bytes)
    # Only now: an import runs code, and takes its time.
    from sanitize.keras.artifact import handover

    custom = handover.by_registered_name(custom_objects or {})
    accepted = allowed(custom, allow, handover.foreign(custom))
    found = _look(place.name, data, accepted)
    handover.check_version(rules)
    handover.check_size(place.name, found, custom)
    return handover.load(data, custom, compile)


def verified_bytes(path: StrPath, vouchers: Vouchers, max_bytes: int | None = None) -> bytes:
    """A file's bytes, once they are what all that vouches for them says.

    Raises:
        ArtifactError: nothing vouches for it, or it is something else.
        PolicyError: a signature without a key, or a key without one.
    """
    from sanitize.keras.artifact.rules import shipped

    place = reading.local(path)
    trusted = vouchers.expectations(place)
    data = reading.read(place, max_bytes or shipped().limits.file_bytes)
    for expectation in trusted:
        expectation.check(place.name, data)
    return data


def inspect(path: StrPath, *, custom: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
    """Look through a file as `load_model` does, without Keras.

    Args:
        path: a `.keras` file on this machine.
        custom: names of the application's own classes and functions.
        allow: as for `load_model`.

    Raises:
        ArtifactError: it is refused; `code` says why.
    """
    from sanitize.keras.artifact.rules import allowed, shipped

    place = reading.local(path)
    data = reading.read(place, shipped().limits.file_bytes)
    _look(place.name, data, allowed(custom, allow))


def _look(name: str, data: bytes, accepted: Allowed) -> Contents:
    from sanitize.keras.artifact import archive, config, weights

    limits = accepted.rules.limits
    reading.check_format(name, data)
    members = archive.members(name, data, limits)
    config.parse(archive.METADATA, members[archive.METADATA])
    parsed = config.parse(archive.CONFIG, members[archive.CONFIG])
    config.check(archive.CONFIG, parsed, accepted)
    declared = weights.check(archive.WEIGHTS, members[archive.WEIGHTS], limits)
    return Contents(parsed, declared)
