"""What an input is, and what the model gets of it, side by side; decoded in the sandbox."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape
from typing import Any

from sanitize.cli import plots
from sanitize.stage import Stage, checked
from sanitize.types import Context, Modality, Sample, Verdict

#: What stands where nothing can be shown.
NOTHING = "<p class=none>Nothing reaches the model.</p>"


def show(untrusted: Any, verdict: Verdict, max_bytes: int) -> str:
    """The part of the page about the value itself; empty for all but pictures and sound.

    Args:
        untrusted: bytes or a path.
        verdict: what the pipeline said.
        max_bytes: most that is read of a file.
    """
    if verdict.modality is Modality.IMAGE:
        from sanitize.image.encoders import Decode as Pictures

        return _sides(_decoded(untrusted, verdict, Pictures(), max_bytes), verdict, _picture)
    if verdict.modality is Modality.AUDIO:
        from sanitize.audio.encoders import Decode as Sounds

        return _sides(_decoded(untrusted, verdict, Sounds(), max_bytes), verdict, _sound)
    return ""


def _decoded(untrusted: Any, verdict: Verdict, stage: Stage, max_bytes: int) -> Any:
    """The whole value as a careful decoder sees it; None if it cannot be decoded."""
    from sanitize.reading import read_file

    data = read_file(untrusted, max_bytes) if isinstance(untrusted, os.PathLike) else untrusted
    if not isinstance(data, bytes):
        return None
    (sample,) = checked(stage)([Sample(data, verdict.modality)], Context())
    return None if sample.halted else sample.value


def _sides(before: Any, verdict: Verdict, draw: Any) -> str:
    after = verdict.unwrap() if verdict.allowed else None
    sides = (("Before: as it was sent", before), ("After: as the model gets it", after))
    shown = "".join(_side(title, value, draw) for title, value in sides)
    return f"<div class=sides>{shown}</div>"


def _side(title: str, value: Any, draw: Any) -> str:
    import numpy as np

    drawn = "".join(draw(value)) if isinstance(value, np.ndarray) else ""
    if not drawn:
        undecoded = "<p class=none>It cannot be decoded within the limits.</p>"
        drawn = undecoded if title.startswith("Before") else NOTHING
    return f"<section><h2>{escape(title)}</h2>{drawn}</section>"


def _picture(pixels: Any) -> Iterator[str]:
    yield _figure(plots.picture(pixels), " × ".join(map(str, pixels.shape)))
    yield _figure(
        plots.spectrum(pixels), "spectrum: a grid of points is a sign of a planted picture"
    )


def _sound(samples: Any) -> Iterator[str]:
    loudest = float(abs(samples).max(initial=0.0))
    yield _figure(plots.waveform(samples), f"{len(samples):,} samples, loudest {loudest:.2f}")
    yield _figure(plots.spectrogram(samples), "spectrogram, low frequencies at the bottom")


def _figure(drawn: str, words: str) -> str:
    return f"<figure>{drawn}<figcaption>{escape(words)}</figcaption></figure>"
