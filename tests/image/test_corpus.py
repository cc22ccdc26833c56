"""Hostile and odd files from outside: whatever they are, our process lives and knows."""

from __future__ import annotations

import csv
from pathlib import Path
from time import monotonic

import pytest

import sanitize
from sanitize.image.encoders import Decode
from sanitize.image.validators import Header, Limits
from sanitize.signatures import HEAD_BYTES, identify
from sanitize.types import Context, Modality, Sample

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"

#: Files looked at: one in so many of the ordinary ones, and all that were made to harm.
ONE_IN = 4


def _files() -> list[Path]:
    with (CORPUS / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        rows = [
            (CORPUS / row["path"], row["kind"])
            for row in csv.DictReader(manifest, delimiter="\t")
            if row["kind"].startswith(("image", "polyglot"))
        ]
    chosen = [
        path for place, (path, kind) in enumerate(rows) if kind != "image" or place % ONE_IN == 0
    ]
    return [path for path in chosen if path.is_file() and path.stat().st_size <= 20_000_000]


def test_every_file_gets_an_answer() -> None:
    """No crash, no hang, no stage that fails: pixels, or findings that say why not."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here: it is measured with, and not part of the project")
    stages = (Header(), Limits(), Decode(size=(64, 64)))
    seen = decoded = 0
    for path in _files():
        data = path.read_bytes()
        signature = identify(data[:HEAD_BYTES])
        if signature is None or signature.modality is not Modality.IMAGE:
            continue
        seen, start, sample = seen + 1, monotonic(), Sample(data, Modality.IMAGE)
        for stage in stages:
            (sample,) = stage([sample], Context())
            if sample.halted:
                break
        assert monotonic() - start < 12, path
        broken = {"sandbox.crash", "sandbox.violation", "sandbox.timeout", "sandbox.limit"}
        assert not broken & {finding.rule for finding in sample.findings}, path
        assert sample.halted or sample.value.shape == (64, 64, 3), path
        decoded += not sample.halted
    assert seen > 100
    assert decoded > seen / 4


def test_the_door_takes_every_file() -> None:
    """Also what is no picture although it was filed as one."""
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not here: it is measured with, and not part of the project")
    pipe = sanitize.pipeline()
    for path in _files()[::20]:
        assert pipe(path).action in sanitize.Action
