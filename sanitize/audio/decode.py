"""The job that decodes sound: it runs inside the sandbox, on bytes that nobody trusts.

In comes a file whose header our own parser has read; out go float32 samples of one
channel, block by block, and what was measured on the way.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from typing import Any

from sanitize.audio.meter import Meter
from sanitize.sandbox.jobs import DecodeError, Header, Job, LimitExceeded, Payload

#: Samples of each channel that are decoded at a time.
BLOCK = 65_536

#: Our parser's format and codec → libsndfile's formats, and the beginning of its subtypes.
EXPECTED: dict[tuple[str, str], tuple[frozenset[str], tuple[str, ...]]] = {
    ("WAV", "pcm"): (frozenset({"WAV", "WAVEX"}), ("PCM_",)),
    ("WAV", "float"): (frozenset({"WAV", "WAVEX"}), ("FLOAT", "DOUBLE")),
    ("AIFF", "pcm"): (frozenset({"AIFF"}), ("PCM_",)),
    ("AIFF", "float"): (frozenset({"AIFF"}), ("FLOAT",)),
    ("FLAC", "flac"): (frozenset({"FLAC"}), ("PCM_",)),
    ("OGG", "vorbis"): (frozenset({"OGG"}), ("VORBIS",)),
    ("OGG", "opus"): (frozenset({"OGG"}), ("OPUS",)),
    ("MP3", "mp3"): (frozenset({"MP3"}), ("MPEG_LAYER_III",)),
}


class View:
    """A file over memory that is not ours: no copy, no writing."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` as far as there is data."""
        part = self._data[self._at : self._at + len(buffer)]
        buffer[: len(part)] = part
        self._at += len(part)
        return len(part)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move within the data, never out of it."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: len(self._data)}[whence]
        self._at = min(max(0, base + offset), len(self._data))
        return self._at

    def tell(self) -> int:
        """Where it stands."""
        return self._at


def mono(data: memoryview, options: dict[str, Any]) -> tuple[Header, Payload]:
    """Decode to one channel.

    Args:
        data: the file.
        options: `format`, `codec`, `rate` and `channels` as our parser has read them;
            `max_frames`, the most samples of one channel; `target`, the rate in Hz
            that is asked for.

    Returns:
        What was measured, complete once the payload is; float32 samples, -1..1.

    Raises:
        DecodeError: libsndfile sees another format, or no samples.
        LimitExceeded: more samples than were announced.
    """
    import soundfile

    measured: dict[str, Any] = {}
    file = soundfile.SoundFile(View(data))
    formats, subtypes = EXPECTED[options["format"], options["codec"]]
    if file.format not in formats or not file.subtype.startswith(subtypes):
        raise DecodeError("format-disagrees")
    if (file.samplerate, file.channels) != (options["rate"], options["channels"]):
        raise DecodeError("header-disagrees", rate=file.samplerate, channels=file.channels)
    return measured, _stream(file, options, measured)


def _stream(file: Any, options: dict[str, Any], measured: dict[str, Any]) -> Iterator[bytes]:
    """Samples, resampled and within -1..1; `measured` is filled at the end."""
    import numpy as np
    import soxr

    rate, target = options["rate"], options["target"]
    resampler = soxr.ResampleStream(rate, target, 1, dtype="float32", quality="HQ")
    meter = Meter(rate, options["channels"])
    for block in _blocks(file, options["max_frames"]):
        if not meter.add(block):
            break  # not a number: whatever follows, nobody will get it
        mixed = np.clip(block.mean(axis=1, dtype=np.float64), -1.0, 1.0).astype(np.float32)
        if rate != target:
            mixed = np.clip(resampler.resample_chunk(mixed), -1.0, 1.0)
        yield mixed.tobytes()
    else:
        if rate != target:
            rest = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            yield np.clip(rest, -1.0, 1.0).tobytes()
    if meter.frames == 0:
        raise DecodeError("no-samples")
    measured.update(meter.result())


def _blocks(file: Any, allowed: int) -> Iterator[Any]:
    """Arrays of shape (frames, channels), float32; never more than allowed."""
    total = 0
    while len(block := file.read(BLOCK, dtype="float32", always_2d=True)):
        total += len(block)
        if total > allowed:
            raise LimitExceeded("samples", allowed=allowed)
        yield block


def warm() -> None:
    """Decode a bit of everything, and of nothing, before the lock."""
    import soundfile

    for (kind, codec), (_, subtypes) in EXPECTED.items():
        subtype = {"PCM_": "PCM_16"}.get(subtypes[0], subtypes[0])
        _rehearse(_tiny(kind, subtype, 48_000), kind, codec)
    for broken in (b"", b"RIFF", _tiny("FLAC", "PCM_16", 48_000)[:-400]):
        try:
            _rehearse(broken, "FLAC", "flac")
        except (DecodeError, soundfile.LibsndfileError):
            continue


def rehearse() -> None:
    """A tiny file, while a leaf waits."""
    _rehearse(TINY, "WAV", "pcm")


def _rehearse(data: bytes, kind: str, codec: str) -> None:
    options = {"format": kind, "codec": codec, "rate": 48_000, "channels": 2}
    _, payload = mono(memoryview(data), {**options, "max_frames": 1 << 20, "target": 16_000})
    for _ in payload:
        pass


def _tiny(kind: str, subtype: str, rate: int) -> bytes:
    """An eighth of a second of two channels."""
    import numpy as np
    import soundfile

    wave = np.sin(np.arange(rate // 8)[:, None] * np.array([0.05, 0.11])) / 2
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, 2, subtype, format=kind) as writer:
        writer.write(wave)
    return file.getvalue()


#: One PCM file of 64 frames at 48 kHz.
TINY = (
    b"RIFF\x24\x01\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x80\xbb\x00\x00"
    b"\x00\xee\x02\x00\x04\x00\x10\x00data\x00\x01\x00\x00" + bytes(range(128)) * 2
)

JOBS: dict[str, Job] = {"mono": mono}
