"""What is measured on sound while it is decoded; runs inside the sandbox."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Block = np.ndarray[Any, np.dtype[np.float32]]

#: From here on sound is taken for inaudible, in Hz: adults hear to 15..18 kHz.
ULTRASOUND = 18_000

#: Samples in one spectrum.
WINDOW = 2_048

#: Seconds that are judged together: in shorter ones, low tones cancel each other by chance,
#: and a jingle of keys is mostly ultrasound.
SPAN = 1.0

#: A sample from here on is at the end of the scale: 16-bit sound ends at 0.99997.
FULL_SCALE = 0.9999

#: Mean squares below which a span, its ultrasound, and a channel do not count:
#: -60, -50 and -90 dB of full scale.
AUDIBLE, LOUD_ULTRASOUND, SILENT = 1e-6, 1e-5, 1e-9

#: The mix of channels that have nothing in common has 1/channels of their mean energy.
#: A tenth of that (10 dB less) means that they cancel each other.
CANCELLED = 0.1


@dataclass
class _Span:
    """What is judged together: sums of squares, of a mean channel where not said otherwise."""

    frames: int = 0
    total: float = 0.0
    alternating: float = 0.0  #: without the mean
    ultrasonic: float = 0.0
    mixed: float = 0.0  #: of the channels' mean


class Meter:
    """Adds up what blocks of samples are like.

    Args:
        rate: samples a second, in Hz.
        channels: number of channels.

    Attributes:
        frames: samples of one channel so far.
    """

    def __init__(self, rate: int, channels: int) -> None:
        import numpy as np

        self.frames = 0
        self._channels, self._span_frames = channels, int(SPAN * rate)
        self._first_bin = max(1, -(-ULTRASOUND * WINDOW // rate))
        self._sum, self._squares = np.zeros(channels), np.zeros(channels)
        self._clipped = self._not_finite = self._heard = self._cancelled = 0
        self._ultrasonic = 0.0
        self._span = _Span()

    def add(self, block: Block) -> bool:
        """Measure a block of shape (frames, channels); False if it holds NaN or infinity."""
        import numpy as np

        self.frames += len(block)
        squares = np.einsum("ij,ij->j", block, block).astype(np.float64)
        if not np.isfinite(squares).all():  # not finite itself, or too large for the sum
            self._not_finite += block.size - int(np.isfinite(block).sum())
            if self._not_finite:
                return False
        peak = float(max(block.max(), -block.min()))
        if peak >= FULL_SCALE:
            self._clipped += int((np.abs(block) >= FULL_SCALE).sum())
        if peak > 1.0:  # one huge sample must not drown what the others say
            block = np.clip(block, -1.0, 1.0)
            squares = np.einsum("ij,ij->j", block, block).astype(np.float64)
        sums = block.sum(axis=0, dtype=np.float64)
        self._sum += sums
        self._squares += squares
        self._extend(block, squares, sums)
        return True

    def result(self) -> dict[str, int | float]:
        """Numbers for the app: counts, and shares from 0 to 1."""
        import numpy as np

        rest = self._span.frames
        if rest == self.frames or rest >= self._span_frames // 4:  # a short rest tells nothing
            self._judge()
        frames = max(1, self.frames)
        return {
            "frames": self.frames,
            "not_finite": self._not_finite,
            "dc": float(np.abs(self._sum / frames).max()),
            "clipped": self._clipped / (frames * self._channels),
            "cancelled": self._cancelled / max(1, self._heard),
            "silent": int((self._squares / frames < SILENT).sum()),
            "ultrasonic": self._ultrasonic,
        }

    def _extend(self, block: Block, squares: Any, sums: Any) -> None:
        """Add a block to the span, and judge the span if it is long enough."""
        import numpy as np

        span = self._span
        span.frames += len(block)
        span.total += float(squares.mean())
        span.alternating += float((squares - sums**2 / len(block)).mean())
        if self._channels > 1:
            mix = block.mean(axis=1)
            span.mixed += float(np.dot(mix, mix))
        if self._first_bin <= WINDOW // 2:
            span.ultrasonic += self._above_hearing(block)
        if span.frames >= self._span_frames:
            self._judge()

    def _above_hearing(self, block: Block) -> float:
        """Sum of squares, of a mean channel, of what lies above hearing."""
        import numpy as np

        windows = max(1, len(block) // WINDOW)
        part = block[: windows * WINDOW].T.reshape(self._channels * windows, -1)
        high = np.fft.rfft(part, n=WINDOW, axis=1)[:, self._first_bin :]
        # Parseval: a one-sided spectrum holds half of WINDOW times the sum of squares.
        energy = 2 * float(np.vdot(high, high).real) / WINDOW
        return energy * len(block) / part.size

    def _judge(self) -> None:
        """Do the channels cancel each other, and is there anything loud that nobody hears?"""
        span, self._span = self._span, _Span()
        if not span.frames:
            return
        if self._channels > 1 and span.total / span.frames >= AUDIBLE:
            self._heard += 1
            self._cancelled += span.mixed * self._channels < CANCELLED * span.total
        if span.ultrasonic / span.frames >= LOUD_ULTRASOUND:
            share = span.ultrasonic / max(span.ultrasonic, span.alternating)
            self._ultrasonic = max(self._ultrasonic, share)
