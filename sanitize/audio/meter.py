"""What is measured on sound while it is decoded; runs inside the sandbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Block = np.ndarray[Any, np.dtype[np.float32]]

#: From here on sound is taken for inaudible, in Hz: adults hear to 15..18 kHz.
ULTRASOUND = 18_000

#: Samples in one spectrum.
WINDOW = 2_048

#: A sample from here on is at the end of the scale: 16-bit sound ends at 0.99997.
FULL_SCALE = 0.9999

#: Mean squares below which a block, its ultrasound, and a channel do not count:
#: -60, -50 and -90 dB of full scale.
AUDIBLE, LOUD_ULTRASOUND, SILENT = 1e-6, 1e-5, 1e-9

#: The mix of channels that have nothing in common has 1/channels of their mean energy.
#: A tenth of that (10 dB less) means that they cancel each other.
CANCELLED = 0.1


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
        self._channels = channels
        self._first_bin = max(1, -(-ULTRASOUND * WINDOW // rate))
        self._sum, self._squares = np.zeros(channels), np.zeros(channels)
        self._clipped = self._not_finite = self._heard = self._cancelled = 0
        self._ultrasonic = 0.0

    def add(self, block: Block) -> bool:
        """Measure a block of shape (frames, channels); False if it holds NaN or infinity."""
        import numpy as np

        self.frames += len(block)
        bad = block.size - int(np.isfinite(block).sum())
        if bad:
            self._not_finite += bad
            return False
        squares = np.einsum("ij,ij->j", block, block, dtype=np.float64)
        self._sum += block.sum(axis=0, dtype=np.float64)
        self._squares += squares
        self._clipped += int((np.abs(block) >= FULL_SCALE).sum())
        self._compare(block, float(squares.mean()))
        self._listen(block)
        return True

    def result(self) -> dict[str, int | float]:
        """Numbers for the app: counts, and shares from 0 to 1."""
        import numpy as np

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

    def _compare(self, block: Block, mean: float) -> None:
        """Does anything remain when the channels are mixed?"""
        import numpy as np

        if self._channels < 2 or mean / len(block) < AUDIBLE:
            return
        mix = block.mean(axis=1, dtype=np.float64)
        self._heard += 1
        self._cancelled += bool(float(mix @ mix) * self._channels < CANCELLED * mean)

    def _listen(self, block: Block) -> None:
        """The largest share of energy that nobody hears in a block where it is loud."""
        import numpy as np

        if self._first_bin > WINDOW // 2:
            return
        windows = max(1, len(block) // WINDOW)
        part = np.clip(block[: windows * WINDOW], -4.0, 4.0).T.reshape(self._channels * windows, -1)
        power = np.square(np.abs(np.fft.rfft(part, n=WINDOW, axis=1))).sum(axis=0, dtype=np.float64)
        power[0] = 0.0
        high, total = float(power[self._first_bin :].sum()), float(power.sum())
        # Parseval: a one-sided spectrum holds half of WINDOW times the sum of squares.
        if 2 * high / WINDOW / part.size >= LOUD_ULTRASOUND:
            self._ultrasonic = max(self._ultrasonic, high / total)
