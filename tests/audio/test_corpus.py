"""All sound of a corpus of hostile and odd files, where there is one beside the repository."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
import soundfile

from sanitize.audio import headers
from sanitize.audio.decode import View
from sanitize.audio.encoders import JOB, MODULE, Decode
from sanitize.audio.headers import BadHeader
from sanitize.audio.validators import Header, Limits
from sanitize.sandbox import shared
from sanitize.types import Context, Modality, Sample
from tests.examples import ROOT

CORPUS = ROOT.parent / "shared" / "corpus"
pytestmark = pytest.mark.skipif(
    not (CORPUS / "MANIFEST.tsv").exists(), reason="no corpus beside the repository"
)

#: Formats that the default policy takes, as libsndfile calls them, and its codecs.
TAKEN = {"WAV", "WAVEX", "AIFF", "FLAC", "OGG", "MP3"}
CODECS = ("PCM_", "FLOAT", "DOUBLE", "VORBIS", "OPUS", "MPEG_LAYER_III")

#: Reasons that lose a file which soundfile opens. Lies and limits are what the policy is for;
#: the rest is written down here, and in docs/audio.md.
LOST = {
    "claxon": 0,
    "flac-test-files": 2,  # metadata ahead of STREAMINFO; channels that change on the way
    "flac": 1,  # cut off: announces 200 seconds, holds two frames
    "hound": 0,
    "music-metadata": 0,
}


@lru_cache(maxsize=1)
def files() -> list[Path]:
    rows = (CORPUS / "MANIFEST.tsv").read_text("utf-8").splitlines()[1:]
    paths = [row.split("\t")[0] for row in rows if row.split("\t")[4].startswith("audio")]
    return [CORPUS / path for path in paths]


def opens(data: bytes) -> bool:
    """Does soundfile read the beginning of it, and is it of a kind that the policy takes?"""
    try:
        with soundfile.SoundFile(View(memoryview(data))) as file:
            taken = file.format in TAKEN and file.subtype.startswith(CODECS)
            return bool(taken and len(file.read(1_000)))
    except (soundfile.LibsndfileError, ValueError, MemoryError):
        return False


def run(data: bytes) -> Sample:
    sample = Sample(data, Modality.AUDIO)
    for stage in (Header(), Limits(), Decode(rate=16_000)):
        if not sample.halted:
            (sample,) = stage([sample], Context())
    return sample


def test_nothing_crashes_hangs_or_comes_out_wrong() -> None:
    for path in files():
        start = monotonic()
        sample = run(path.read_bytes())
        ends = {found.rule for found in sample.findings}
        assert not ends & {"sandbox.crash", "sandbox.violation", "sandbox.timeout"}, path
        assert monotonic() - start < 10, path
        if not sample.halted:
            assert sample.value.dtype == np.float32
            assert float(np.abs(sample.value).max()) <= 1.0


def test_files_are_lost_for_known_reasons_only() -> None:
    """Crafted and mutated ones aside: being refused is what they are for."""
    lost = dict.fromkeys(LOST, 0)
    for path in files():
        home = path.relative_to(CORPUS).parts[0]
        if home in LOST and opens(path.read_bytes()) and run(path.read_bytes()).halted:
            lost[home] += 1
    assert lost == LOST


def test_memory_stays_small() -> None:
    """A leaf takes at most 100 MB, output included; 97 bytes of FLAC once asked for 512 GiB."""
    sandbox, decoder = shared("zygote", (MODULE,)), Decode(rate=16_000)
    worst = 0
    for path in files():
        try:
            header = headers.read(path.read_bytes())
        except BadHeader:
            continue
        data = memoryview(path.read_bytes())[header.start : header.stop]
        options = decoder.options(header)
        if header.frames is None or header.frames <= options["max_frames"]:
            outcome = sandbox.run(JOB, data, options, timeout=10, max_output=1 << 27)
            worst = max(worst, outcome.peak_bytes)
    assert 0 < worst < 100_000_000
