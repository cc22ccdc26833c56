"""Image-scaling attacks, crafted anew: a picture that turns into another one when it is scaled."""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

#: Reach of each kernel, in source pixels, when it is not widened against aliasing.
KERNELS = {"nearest": 0.5, "bilinear": 1.0, "bicubic": 2.0}


def operator(small: int, large: int, kernel: str) -> Array:
    """The matrix that scales one axis from `large` to `small` pixels, without antialiasing."""
    centres = (np.arange(small) + 0.5) * large / small - 0.5
    distance = np.abs(np.arange(large)[None, :] - centres[:, None])
    if kernel == "nearest":
        weights = np.zeros((small, large))
        weights[np.arange(small), np.floor(centres + 0.5).astype(int).clip(0, large - 1)] = 1
        return weights
    weights = np.maximum(0, 1 - distance) if kernel == "bilinear" else _cubic(distance)
    return weights / weights.sum(axis=1, keepdims=True)


def _cubic(distance: Array) -> Array:
    """Keys' kernel with a = -0.5 (IEEE TASSP 29, 1981), as Keras and Pillow use it."""
    near = 1.5 * distance**3 - 2.5 * distance**2 + 1
    far = -0.5 * distance**3 + 2.5 * distance**2 - 4 * distance + 2
    return np.where(distance <= 1, near, np.where(distance < 2, far, 0.0))


def plant(cover: Array, hidden: Array, kernel: str, rounds: int = 4) -> Array:
    """The picture nearest to `cover` that scales to `hidden`.

    Args:
        cover: what people see; float, height, width, channels in 0..255.
        hidden: what the model would see, smaller; the same channels.
        kernel: how the victim scales.
        rounds: corrections for what clipping to 0..255 undoes.
    """
    down = operator(hidden.shape[0], cover.shape[0], kernel)
    across = operator(hidden.shape[1], cover.shape[1], kernel)
    up, back = (axis.T @ np.linalg.inv(axis @ axis.T) for axis in (down, across))
    found = cover.astype(np.float64)
    for _ in range(rounds):
        for channel in range(found.shape[2]):
            missing = hidden[:, :, channel] - down @ found[:, :, channel] @ across.T
            found[:, :, channel] += up @ missing @ back.T
        found = found.clip(0, 255)
    return found.round().astype(np.uint8)


def shrink(picture: Array, size: tuple[int, int], kernel: str) -> Array:
    """What the victim makes of a picture."""
    down = operator(size[0], picture.shape[0], kernel)
    across = operator(size[1], picture.shape[1], kernel)
    return np.stack(
        [down @ picture[:, :, channel] @ across.T for channel in range(picture.shape[2])], axis=2
    ).clip(0, 255)
