"""`sanitize contract`: a model's contract on standard output, or a reason why not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from sanitize.keras.contract import contract_for
from sanitize.keras.pinned import load
from tests.cli.command import sanitize
from tests.keras import models


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("contract") / "model.keras"
    models.words().save(path)
    return path


def test_the_contract_is_printed_as_a_file_for_the_guard(file: Path, tmp_path: Path) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    done = sanitize("contract", file, "--sha256", digest)
    assert done.returncode == 0, done.stderr
    pinned = tmp_path / "contract.yaml"
    pinned.write_text(done.stdout)
    assert load(pinned) == contract_for(models.words())


def test_nothing_is_loaded_that_nothing_vouches_for(file: Path) -> None:
    for options in ((), ("--sha256", "0" * 64)):
        done = sanitize("contract", file, *options)
        assert (done.returncode, done.stdout) == (2, "")
    assert sanitize("contract", file, "--unverified").returncode == 0
