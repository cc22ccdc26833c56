"""Pictures for a page, made of fresh numbers: PNG and SVG, both inline."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

#: Longest side of a picture on a page, in pixels.
SHOWN = 640

#: Sides of a waveform and a spectrogram, in pixels.
WIDTH, HEIGHT = 720, 200

#: Samples of one column of a spectrogram.
WINDOW = 512

#: Range of a spectrogram and of a spectrum, in decibels below the loudest.
RANGE = 90.0


def picture(pixels: Array) -> str:
    """An `<img>` of pixels: uint8 or floats; height, width, 1 or 3 channels, or these first."""
    from PIL import Image

    if pixels.shape[0] in (1, 3) and pixels.shape[-1] not in (1, 3):
        pixels = np.moveaxis(pixels, 0, -1)
    if pixels.dtype != np.uint8:
        scale = 255.0 if pixels.max(initial=0) <= 1 else 1.0
        pixels = (pixels * scale).clip(0, 255).astype(np.uint8)
    found = Image.fromarray(pixels[:, :, 0] if pixels.shape[-1] == 1 else pixels)
    height, width = pixels.shape[:2]
    found.thumbnail((SHOWN, SHOWN))
    return _img(found, f"{width} × {height} pixels")


def spectrum(pixels: Array) -> str:
    """An `<img>` of how much of which frequency is in a picture; the lowest in the middle.

    A picture planted for careless scaling shows as a grid of bright points.
    """
    from PIL import Image

    axis = 0 if pixels.shape[0] in (1, 3) and pixels.shape[-1] not in (1, 3) else -1
    grey = pixels.mean(axis=axis)
    top, left = (max(0, (size - 1_024) // 2) for size in grey.shape)
    grey = grey[top : top + 1_024, left : left + 1_024]  # a part is enough, and bounded
    window = np.hanning(grey.shape[0])[:, None] * np.hanning(grey.shape[1])[None, :]
    power = np.abs(np.fft.fftshift(np.fft.fft2((grey - grey.mean()) * window)))
    found = Image.fromarray(_levels(power))
    found.thumbnail((SHOWN // 2, SHOWN // 2))
    return _img(found, "spectrum")


def spectrogram(samples: Array) -> str:
    """An `<img>` of frequency over time, low frequencies at the bottom."""
    from PIL import Image

    if len(samples) < WINDOW:
        samples = np.pad(samples, (0, WINDOW - len(samples)))
    starts = np.linspace(0, len(samples) - WINDOW, WIDTH).astype(int)
    frames = samples[starts[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW)
    power = np.abs(np.fft.rfft(frames, axis=1)).T[::-1]
    found = Image.fromarray(_levels(power)).resize((WIDTH, HEIGHT))
    return _img(found, "spectrogram")


def waveform(samples: Array) -> str:
    """An `<svg>` of the loudest and the quietest sample of each moment."""
    edges = np.linspace(0, len(samples), WIDTH + 1).astype(int)[:-1]
    high = np.maximum.reduceat(samples, edges) if len(samples) >= WIDTH else samples
    low = np.minimum.reduceat(samples, edges) if len(samples) >= WIDTH else samples
    step, middle = WIDTH / max(1, len(high)), HEIGHT / 2
    there = [f"{at * step:.1f},{middle - middle * level:.1f}" for at, level in enumerate(high)]
    back = [f"{at * step:.1f},{middle - middle * level:.1f}" for at, level in enumerate(low)]
    points = " ".join(there + back[::-1])
    return (
        f"<svg role=img aria-label=waveform viewBox='0 0 {WIDTH} {HEIGHT}'>"
        f"<line x1=0 x2={WIDTH} y1={middle} y2={middle} stroke='var(--line)'/>"
        f"<polygon points='{points}' fill='var(--one)' stroke='var(--one)' stroke-width=.6 /></svg>"
    )


def _levels(power: Array) -> Array:
    """Decibels below the loudest as grey levels."""
    loudest = float(power.max(initial=0.0))
    if loudest <= 0:
        return np.zeros(power.shape, np.uint8)
    below = 20 * np.log10(np.maximum(power / loudest, 1e-12))
    return ((below / RANGE + 1).clip(0, 1) * 255).astype(np.uint8)


def _img(found: Any, words: str) -> str:
    file = io.BytesIO()
    found.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    return f"<img alt='{words}' title='{words}' src='data:image/png;base64,{data}'>"
