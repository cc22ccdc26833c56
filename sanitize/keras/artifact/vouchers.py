"""What vouches for a file: a digest, a manifest, a signature, or, in so many words, nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sanitize.errors import PolicyError
from sanitize.keras.artifact import reading
from sanitize.keras.artifact.manifest import MAX_BYTES, Entry, check_digest, digest, parse
from sanitize.keras.artifact.refusal import refused
from sanitize.keras.artifact.signed import Signature

StrPath = str | os.PathLike[str]


class Expectation(Protocol):
    """Something that a file's bytes must agree with."""

    def check(self, name: str, data: bytes) -> None:
        """Compare a file's bytes.

        Raises:
            ArtifactError: they are others.
        """


@dataclass(frozen=True, slots=True)
class Vouchers:
    """All that was given; the file must agree with each.

    Attributes:
        sha256: what its bytes must hash to, in hexadecimal.
        manifest: what `sanitize hash` wrote: the path of the file, or its content.
        signature: path of an OpenSSF model signature.
        public_key: path of the signer's key, PEM.
        unverified: True if nothing needs to vouch for it.
    """

    sha256: str | None = None
    manifest: StrPath | Mapping[str, Any] | None = None
    signature: StrPath | None = None
    public_key: StrPath | None = None
    unverified: bool = False

    def expectations(self, path: Path) -> list[Expectation]:
        """What the bytes of a file must agree with.

        Raises:
            ArtifactError: nothing vouches for it; a digest or manifest that is none.
            PolicyError: a signature without a key, or a key without one.
        """
        found: list[Expectation] = []
        if self.sha256 is not None:
            found.append(_Digest(self.sha256))
        if self.manifest is not None:
            found.append(_entry(path, self.manifest))
        if (self.signature is None) != (self.public_key is None):
            raise PolicyError("expected signature= and public_key= together, received one of them")
        if self.signature is not None and self.public_key is not None:
            places = (reading.local(each) for each in (self.signature, self.public_key))
            found.append(Signature(*places))
        if not found and self.unverified is not True:
            expected = "sha256=, manifest=, signature=, or unverified=True in so many words"
            raise refused("unverified", path.name, expected, "none of them")
        return found


class _Digest:
    """A sha256 alone, with the face of a manifest's entry."""

    def __init__(self, expected: str) -> None:
        self._expected = digest(expected)

    def check(self, name: str, data: bytes) -> None:
        check_digest(name, data, self._expected)


def _entry(path: Path, manifest: Any) -> Entry:
    if isinstance(manifest, Mapping):
        raw, name = json.dumps(dict(manifest), default=str).encode(), path.name
    else:
        source = reading.local(manifest)
        raw, name = reading.read(source, MAX_BYTES), _relative(path, source)
    files = parse(raw, "manifest")
    if name not in files:
        raise refused("mismatch", path.name, "a file of the manifest", "one it does not list")
    return files[name]


def _relative(path: Path, manifest: Path) -> str:
    try:
        return path.resolve().relative_to(manifest.resolve().parent).as_posix()
    except ValueError:
        expected = "a file below the manifest's directory"
        raise refused("mismatch", path.name, expected, "one elsewhere") from None
