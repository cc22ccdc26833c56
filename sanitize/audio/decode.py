"""The job that decodes sound: it runs inside the sandbox, on bytes that nobody trusts.

In comes a file whose header our own parser has read; out go float32 samples of one
channel, block by block, and what was measured on the way.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sanitize.audio.meter import Meter
from sanitize.sandbox.jobs import DecodeError, Header, Job, LimitExceeded, Payload

#: Samples of each channel that are decoded at a time: arrays of this size are taken from
#: memory that the leaf has already, which costs half of what fresh memory does.
BLOCK = 16_384

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
    file.seekable = _never  # or it would seek after every block, which some files cannot
    formats, subtypes = EXPECTED[options["format"], options["codec"]]
    if file.format not in formats or not file.subtype.startswith(subtypes):
        raise DecodeError("format-disagrees")
    if (file.samplerate, file.channels) != (options["rate"], options["channels"]):
        raise DecodeError("header-disagrees", rate=file.samplerate, channels=file.channels)
    return measured, _stream(file, options, measured)


def _never() -> bool:
    return False


def _stream(file: Any, options: dict[str, Any], measured: dict[str, Any]) -> Iterator[bytes]:
    """Samples, resampled and within -1..1; `measured` is filled at the end."""
    import numpy as np
    import soxr

    rate, target = options["rate"], options["target"]
    resampler = soxr.ResampleStream(rate, target, 1, dtype="float32", quality="HQ")
    meter, made, mixed = Meter(rate, options["channels"]), 0, None
    for block in _blocks(file, options["max_frames"]):
        if not meter.add(block):
            break  # not a number: whatever follows, nobody will get it
        mixed = np.clip(_mix(block), -1.0, 1.0).astype(np.float32, copy=False)
        same = rate == target
        ready = mixed if same else np.clip(resampler.resample_chunk(mixed), -1.0, 1.0)
        made += len(ready)
        yield ready.tobytes()
    else:
        if rate != target:
            rest = resampler.resample_chunk(np.zeros(0, np.float32), last=True)
            made += len(rest)
            yield np.clip(rest, -1.0, 1.0).tobytes()
        if mixed is None:
            raise DecodeError("no-samples")
        if made == 0:  # shorter than one sample of the target's: it is that one
            yield np.asarray([mixed.mean()], np.float32).tobytes()
    measured.update(meter.result())


def _mix(block: Any) -> Any:
    """The channels' mean: in double precision, since floats of a file may be huge."""
    import numpy as np

    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float64)


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
        _rehearse(_tiny(kind, subtype), kind, codec)
    for broken in (b"", b"RIFF", _tiny("FLAC", "PCM_16")[:-400]):
        try:
            _rehearse(broken, "FLAC", "flac")
        except (DecodeError, soundfile.LibsndfileError):
            continue


def rehearse() -> None:
    """A file of two blocks, while a leaf waits."""
    _rehearse(_tiny("FLAC", "PCM_16"), "FLAC", "flac")


def _rehearse(data: bytes, kind: str, codec: str) -> None:
    options = {"format": kind, "codec": codec, "rate": 48_000, "channels": 2}
    _, payload = mono(memoryview(data), {**options, "max_frames": 1 << 20, "target": 16_000})
    for _ in payload:
        pass


@lru_cache(maxsize=16)
def _tiny(kind: str, subtype: str) -> bytes:
    """Half a second of two channels at 48 kHz."""
    import numpy as np
    import soundfile

    wave = np.sin(np.arange(24_000)[:, None] * np.array([0.05, 0.11])) / 2
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", 48_000, 2, subtype, format=kind) as writer:
        writer.write(wave)
    return file.getvalue()


JOBS: dict[str, Job] = {"mono": mono}
