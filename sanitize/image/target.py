"""What a model wants to get: size, channels, layout and range, read from its input's spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from sanitize.errors import ContractError
from sanitize.tensor.spec import TensorSpec

#: Channels that pictures come in: grey, or red, green and blue.
CHANNELS = (1, 3)

Layout = Literal["hwc", "chw"]
Pixels = Literal["uint8", "float32", "unit"]


@dataclass(frozen=True, slots=True)
class Target:
    """How a picture is to come out.

    Attributes:
        size: height and width in pixels; None keeps the picture's own.
        channels: 1 for grey, 3 for RGB.
        layout: order of the axes: channels last or first.
        pixels: `uint8` and `float32` are 0..255, `unit` is float32 in 0..1.
    """

    size: tuple[int, int] | None = None
    channels: int = 3
    layout: Layout = "hwc"
    pixels: Pixels = "uint8"


def target_for(spec: TensorSpec, pixels: Pixels) -> Target:
    """The target for a model's input.

    An input that takes nothing above 1 gets `unit`, whatever `pixels` says.

    Raises:
        ContractError: an input that is no picture, or of no fixed size.
    """
    if spec.high is not None and spec.high <= 1:
        pixels = "unit"
    shape = spec.shape or ()
    if len(shape) == 4 and shape[3] in CHANNELS:
        return Target(_size(spec, *shape[1:3]), shape[3] or 3, "hwc", pixels)
    if len(shape) == 4 and shape[1] in CHANNELS:
        return Target(_size(spec, *shape[2:]), shape[1] or 3, "chw", pixels)
    raise _unfit(spec)


def _size(spec: TensorSpec, height: int | None, width: int | None) -> tuple[int, int]:
    if not height or not width:
        raise _unfit(spec)
    return height, width


def _unfit(spec: TensorSpec) -> ContractError:
    return ContractError(
        f"input {spec.name!r}: expected a shape of rows, height, width and 1 or 3 channels, all "
        f"but the rows fixed, for a picture; received {spec.shape}"
    )
