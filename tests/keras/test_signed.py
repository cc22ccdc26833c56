"""OpenSSF model signatures: a file is let in only as its signer signed it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import sanitize
from sanitize import ArtifactError, PolicyError


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small model's file."""
    made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    made.save(tmp_path / "model.keras")
    return tmp_path / "model.keras"


def key_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """Paths of a private and a public key, PEM."""
    from cryptography.hazmat.primitives import serialization as to
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.pem", folder / f"{name}.pub"
    private.write_bytes(
        key.private_bytes(to.Encoding.PEM, to.PrivateFormat.PKCS8, to.NoEncryption())
    )
    public.write_bytes(
        key.public_key().public_bytes(to.Encoding.PEM, to.PublicFormat.SubjectPublicKeyInfo)
    )
    return private, public


@pytest.fixture
def signed(model: Path) -> dict[str, Any]:
    """The model's file, signed by OpenSSF's own tool: options for `load_model`."""
    from model_signing import signing

    private, public = key_pair(model.parent, "signer")
    signature = model.with_suffix(".sig")
    signing.Config().use_elliptic_key_signer(private_key=private).sign(model, signature)
    return {"signature": signature, "public_key": public}


@pytest.mark.extras
def test_what_was_signed_is_let_in(model: Path, signed: dict[str, Any]) -> None:
    loaded = sanitize.load_model(model, **signed)
    bare = keras.saving.load_model(model)
    x = np.ones((1, 2), "float32")
    np.testing.assert_allclose(loaded.predict(x, verbose=0), bare.predict(x, verbose=0))


@pytest.mark.extras
def test_the_model_of_an_isolated_process_is_signed_too(
    model: Path, signed: dict[str, Any]
) -> None:
    isolated = sanitize.isolated(model, buckets=(1,), **signed)
    assert isolated.predict(np.ones((1, 2), "float32"), verbose=0).shape == (1, 1)
    isolated.model.close()
    model.write_bytes(model.read_bytes() + b" ")
    with pytest.raises(ArtifactError):
        sanitize.isolated(model, **signed)


@pytest.mark.extras
def test_one_byte_more_is_refused(model: Path, signed: dict[str, Any]) -> None:
    """Before anything in the file is parsed."""
    model.write_bytes(model.read_bytes() + b" ")
    assert refusal(model, signed) == "artifact.signature"


@pytest.mark.extras
def test_another_key_is_refused(model: Path, signed: dict[str, Any]) -> None:
    _, other = key_pair(model.parent, "stranger")
    assert refusal(model, {**signed, "public_key": other}) == "artifact.signature"


@pytest.mark.extras
@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 10_000, b'{"dsseEnvelope": 1}'])
def test_a_signature_that_is_none_is_refused(
    content: bytes, model: Path, signed: dict[str, Any]
) -> None:
    Path(signed["signature"]).write_bytes(content)
    assert refusal(model, signed) == "artifact.signature"


@pytest.mark.extras
def test_a_key_that_is_none_is_refused(model: Path, signed: dict[str, Any]) -> None:
    Path(signed["public_key"]).write_bytes(b"my key")
    assert refusal(model, signed) == "artifact.signature"
    assert refusal(model, {**signed, "public_key": model.with_name("no.pub")}) == (
        "artifact.unreadable"
    )


@pytest.mark.extras
def test_a_good_signature_lets_in_no_code(tmp_path: Path) -> None:
    """Who signed it may have been deceived: the allow-list looks all the same."""
    from model_signing import signing

    made = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x)])
    made.save(tmp_path / "model.keras")
    private, public = key_pair(tmp_path, "signer")
    signer = signing.Config().use_elliptic_key_signer(private_key=private)
    signer.sign(tmp_path / "model.keras", tmp_path / "model.sig")
    options = {"signature": tmp_path / "model.sig", "public_key": public}
    assert refusal(tmp_path / "model.keras", options) == "artifact.lambda"


def test_a_signature_needs_a_key(model: Path) -> None:
    with pytest.raises(PolicyError, match="together"):
        sanitize.load_model(model, signature=model)
    with pytest.raises(PolicyError, match="together"):
        sanitize.load_model(model, public_key=model)


def test_without_the_extra_nothing_is_let_in(model: Path, monkeypatch: Any) -> None:
    monkeypatch.setitem(sys.modules, "model_signing", None)
    with pytest.raises(PolicyError, match=r"keras-sanitize\[signing\]"):
        sanitize.load_model(model, signature=model, public_key=model)


def refusal(path: Path, options: dict[str, Any]) -> str:
    """The code under which a file is refused."""
    with pytest.raises(ArtifactError) as caught:
        sanitize.load_model(path, **options)
    return caught.value.code
