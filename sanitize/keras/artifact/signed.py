"""Signatures of the OpenSSF model-signing specification, checked over the bytes that are used."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from sanitize.errors import PolicyError
from sanitize.keras.artifact import reading
from sanitize.keras.artifact.refusal import refused

#: Bytes of a signature or key: real ones have a few thousand.
MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature of one file, by an elliptic curve key that the app knows.

    Attributes:
        path: the signature, as `model_signing sign` writes it.
        public_key: the signer's key, PEM.
    """

    path: Path
    public_key: Path

    def check(self, name: str, data: bytes) -> None:
        """Verify the file's bytes.

        Raises:
            ArtifactError: `artifact.signature`: not signed with that key, or other bytes.
            PolicyError: the extra `signing` is not installed.
        """
        try:
            from model_signing import verifying
        except ImportError:
            raise PolicyError(
                "signature: expected model-signing: pip install 'keras-sanitize[signing]'"
            ) from None
        with tempfile.TemporaryDirectory(prefix="sanitize-signed-") as folder:
            # The library reads files: it gets copies of exactly the bytes that are used.
            copies = [Path(folder, each) for each in ("model", "signature", "key")]
            parts = (
                data,
                *(reading.read(each, MAX_BYTES) for each in (self.path, self.public_key)),
            )
            for copy, part in zip(copies, parts, strict=True):
                copy.write_bytes(part)
            config = verifying.Config()
            try:
                config.use_elliptic_key_verifier(public_key=copies[2]).verify(*copies[:2])
            except Exception as error:  # a bad signature may break the library anywhere
                expected = f"a signature of these bytes by the key {self.public_key.name}"
                raise refused("signature", name, expected, type(error).__name__) from None
