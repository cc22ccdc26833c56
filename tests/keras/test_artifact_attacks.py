"""Every published hole of Keras's loader has a crafted, inert file here, refused by a named reason.

The twin of each is the untouched model: the same code writes it back, and it is let in.
"""

from __future__ import annotations

import gc
import os
import pickle
import stat
import struct
import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from sanitize import ArtifactError, load_model
from tests.keras.crafted import (
    CODE,
    CONFIG,
    LISTED,
    SYSTEM,
    WEIGHTS,
    Change,
    Members,
    bomb,
    config,
    dense,
    external,
    layer,
    linked,
    node_argument,
    order,
    replaced_dataset,
    top,
    virtual,
    weights,
    written,
)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Members:
    """The members of a small functional model, as Keras writes them."""
    path = tmp_path_factory.mktemp("plain") / "model.keras"
    inputs = keras.Input((4,))
    keras.Model(inputs, keras.layers.Dense(2, name="dense")(inputs)).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


#: (advisory, what the file does, change, reason)
ATTACKS: list[tuple[str, str, Change, str]] = [
    ("CVE-2024-3660", "Lambda", layer("keras.layers", "Lambda", function=CODE), "lambda"),
    ("CVE-2026-12481", "Lambda, deep", dense(kernel_initializer=CODE), "lambda"),
    ("CVE-2025-1550", "os.system", dense(activation=SYSTEM), "function"),
    ("CVE-2025-1550", "in a node", node_argument(SYSTEM), "function"),
    ("CVE-2025-1550", "class of os", dense(kernel_regularizer=order("os", "_wrap_close")), "class"),
    (
        "CVE-2025-8747",
        "get_file",
        dense(
            activation={
                **order("keras.utils", "function"),
                "config": "get_file",
                "registered_name": "get_file",
            }
        ),
        "function",
    ),
    (
        "CVE-2025-9906",
        "unsafe mode",
        dense(
            activation={
                **order("keras.config", "function"),
                "config": "enable_unsafe_deserialization",
            }
        ),
        "function",
    ),
    ("CVE-2025-9906", "compile_config", top("compile_config", {"loss": SYSTEM}), "function"),
    ("CVE-2025-9906", "build_config", top("build_config", {"x": CODE}), "lambda"),
    (
        "CVE-2025-49655",
        "TorchModuleWrapper",
        layer("keras.layers", "TorchModuleWrapper", module="gASVAAAA"),
        "pickle",
    ),
    (
        "CVE-2025-12058",
        "vocabulary from a file",
        layer("keras.layers", "StringLookup", vocabulary="/etc/passwd"),
        "path",
    ),
    (
        "CVE-2025-12058",
        "vocabulary from an address",
        layer("keras.layers", "StringLookup", vocabulary="http://169.254.169.254/"),
        "path",
    ),
    (
        "CVE-2026-1462",
        "TFSMLayer",
        layer("keras.layers", "TFSMLayer", filepath="/srv/model"),
        "saved-model",
    ),
    ("CVE-2026-0897", "dataset bomb", replaced_dataset(bomb), "bomb"),
    ("CVE-2026-1669", "external storage", replaced_dataset(external), "external-storage"),
    (
        "CVE-2026-1669",
        "external link",
        linked(h5py.ExternalLink("/etc/hostname", "/")),
        "external-link",
    ),
    ("CVE-2026-1669", "virtual dataset", replaced_dataset(virtual), "virtual"),
    ("no CVE", "soft link", linked(h5py.SoftLink("/layers")), "soft-link"),
    (
        "no CVE",
        "a group on the way is a link",
        weights(lambda file: file.__setitem__("layers/dense2", h5py.SoftLink("/layers/dense"))),
        "soft-link",
    ),
    (
        "no CVE",
        "one array under two names",
        weights(lambda file: file.__setitem__("layers/again", file["layers/dense/vars/0"])),
        "hard-link",
    ),
    ("CVE-2026-12570", "huge layer", dense(units=2_000_000_000), "shape"),
    (
        "CVE-2026-12570",
        "shape in the config",
        config(
            lambda parsed: parsed["config"]["layers"][0]["config"].update(
                batch_shape=[None, *LISTED]
            )
        ),
        "shape",
    ),
    (
        "GHSA-hqp4-2352-xf5r",
        "name with ..",
        lambda members: members.update({"../evil.txt": b"x"}),
        "member",
    ),
    ("CVE-2025-12060", "absolute name", lambda members: members.update({"/evil": b"x"}), "member"),
    (
        "CVE-2025-12638",
        "asset out of its folder",
        lambda members: members.update({"assets/../../evil/vocabulary.txt": b"x"}),
        "member",
    ),
    ("no CVE", "zip bomb", lambda members: members.update({WEIGHTS: bytes(50_000_000)}), "bomb"),
    (
        "no CVE",
        "pickled array among the members",
        lambda members: members.update({"model.weights.npz": pickle.dumps([1])}),
        "member",
    ),
]


@pytest.mark.parametrize(
    ("change", "reason"),
    [pytest.param(change, reason, id=f"{cve} {what}") for cve, what, change, reason in ATTACKS],
)
def test_the_file_is_refused_by_name(
    change: Change, reason: str, plain: Members, tmp_path: Path
) -> None:
    """The reason is stable, and no payload is in the message."""
    members = dict(plain)
    change(members)
    path = written(tmp_path / "model.keras", members)
    with pytest.raises(ArtifactError) as caught:
        load_model(path, unverified=True)
    assert caught.value.code == f"artifact.{reason}"
    assert len(str(caught.value)) < 600


def test_the_untouched_twin_is_let_in(plain: Members, tmp_path: Path) -> None:
    """Written back by the same code, with its config and weights opened and closed once."""
    members = dict(plain)
    config(lambda parsed: None)(members)
    weights(lambda file: None)(members)
    model = load_model(written(tmp_path / "model.keras", members), unverified=True)
    assert model.predict(np.ones((3, 4), "float32"), verbose=0).shape == (3, 2)


def test_a_refused_layer_leaves_nothing_that_waits(plain: Members, tmp_path: Path) -> None:
    """Keras fills waiting variables when it next leaves a scope: 100 MB here."""
    members = dict(plain)
    dense(units=5_000_000)(members)
    path = written(tmp_path / "model.keras", members)
    with pytest.raises(ArtifactError, match="variables of at most"):
        load_model(path, unverified=True)
    gc.collect()
    alive = [each for each in gc.get_objects() if isinstance(each, keras.Variable)]
    assert not [each for each in alive if each.shape == (4, 5_000_000)]


def test_a_link_as_a_member_is_refused(plain: Members, tmp_path: Path) -> None:
    """CVE-2025-12638: a symbolic link inside the archive."""
    path = tmp_path / "model.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in plain.items():
            info = zipfile.ZipInfo(name)
            info.external_attr = (stat.S_IFLNK if name == WEIGHTS else stat.S_IFREG) << 16
            archive.writestr(info, data)
    with pytest.raises(ArtifactError) as caught:
        load_model(path, unverified=True)
    assert caught.value.code == "artifact.member"


def test_a_name_that_stands_twice_is_refused(plain: Members, tmp_path: Path) -> None:
    """One reader takes the first, another the last."""
    path = written(tmp_path / "model.keras", plain)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr(CONFIG, plain[CONFIG])
    with pytest.raises(ArtifactError) as caught:
        load_model(path, unverified=True)
    assert caught.value.code == "artifact.member"


@pytest.mark.parametrize("place", ["front", "back"])
def test_bytes_around_the_archive_are_refused(place: str, plain: Members, tmp_path: Path) -> None:
    """A polyglot: zip to one reader, something else to another."""
    path = written(tmp_path / "model.keras", plain)
    extra, data = b"\x7fELF" + bytes(60), path.read_bytes()
    path.write_bytes(extra + data if place == "front" else data + extra)
    with pytest.raises(ArtifactError) as caught:
        load_model(path, unverified=True)
    assert caught.value.code in {"artifact.archive", "artifact.format"}


def test_two_descriptions_of_a_member_are_refused(plain: Members, tmp_path: Path) -> None:
    """The local header says another size than the directory."""
    path = written(tmp_path / "model.keras", plain)
    data = bytearray(path.read_bytes())
    struct.pack_into("<L", data, 22, 7)  # size of the first member, APPNOTE 4.3.7
    path.write_bytes(data)
    with pytest.raises(ArtifactError) as caught:
        load_model(path, unverified=True)
    assert caught.value.code == "artifact.archive"


def test_the_old_format_is_refused(tmp_path: Path) -> None:
    """CVE-2025-9905: in a `.h5` file `safe_mode` is ignored."""
    path = tmp_path / "model.h5"
    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(path)
    with pytest.raises(ArtifactError) as caught:
        load_model(path, unverified=True)
    assert caught.value.code == "artifact.format"


class _Touch:
    """Unpickled it would leave a file behind."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._path),)


def test_a_pickle_is_refused_and_not_run(tmp_path: Path) -> None:
    """Whatever its name says."""
    mark, path = tmp_path / "mark", tmp_path / "model.keras"
    path.write_bytes(pickle.dumps(_Touch(mark)))
    with pytest.raises(ArtifactError) as caught:
        load_model(path, unverified=True)
    assert caught.value.code == "artifact.format"
    assert not mark.exists()


@pytest.mark.parametrize(
    "address", ["hf://somebody/model", "https://example.org/model.keras", "gs://bucket/model.keras"]
)
def test_an_address_is_refused(address: str) -> None:
    """Nothing is fetched."""
    with pytest.raises(ArtifactError) as caught:
        load_model(address, unverified=True)
    assert caught.value.code == "artifact.location"
