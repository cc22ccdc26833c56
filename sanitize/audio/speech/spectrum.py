"""Sound as the recogniser hears it: the energy of eighty bands, a hundred times a second."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float32]

#: arXiv:2212.04356, 2.2: Hz, window and step in samples, bands.
RATE, FFT, HOP, BANDS = 16_000, 400, 160, 80

#: Seconds that are heard at once.
SECONDS = 30


def spectrogram(sound: Array) -> Array:
    """Logarithms of the bands' energies, float32 [bands, frames]; as the authors' code has it."""
    padded = np.zeros(SECONDS * RATE, np.float32)
    padded[: len(sound)] = sound[: len(padded)]
    padded = np.pad(padded, FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, FFT)[::HOP][:-1]
    window = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FFT) / FFT)).astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    found = np.log10(np.maximum(bank() @ power.T, 1e-10))
    logarithms: Array = np.asarray((np.maximum(found, found.max() - 8.0) + 4.0) / 4.0, np.float32)
    return logarithms


def bank() -> NDArray[np.float64]:
    """Triangles on Slaney's mel scale, each of area 1: [bands, frequencies].

    Slaney 1998, "Auditory Toolbox": linear below 1 kHz, 6.4-fold in 27 steps above.
    """
    step = np.log(6.4) / 27
    top = 15 + np.log(RATE / 2 / 1000) / step
    mels = np.linspace(0, top, BANDS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(step * (mels - 15)))
    hertz = np.fft.rfftfreq(FFT, 1 / RATE)
    rising = (hertz - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - hertz) / (edges[2:] - edges[1:-1])[:, None]
    height = 2 / (edges[2:] - edges[:-2])
    triangles: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling)) * height[:, None]
    return triangles
