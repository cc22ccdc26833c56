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
        squares = np.einsum("ij,ij->j", block, block).astype(np.float64)
        if not np.isfinite(squares).all():  # not finite itself, or too large for the sum
            squares = np.einsum("ij,ij->j", block, block, dtype=np.float64)
            self._not_finite += block.size - int(np.isfinite(block).sum())
            if self._not_finite:
                return False
        sums = block.sum(axis=0, dtype=np.float64)
        self._sum += sums
        self._squares += squares
        peak = float(max(block.max(), -block.min()))
        if peak >= FULL_SCALE:
            self._clipped += int((np.abs(block) >= FULL_SCALE).sum())
        if peak > 1.0:  # one huge sample must not drown what the others say
            heard = np.clip(block, -1.0, 1.0)
            self._listen(heard, float(heard.var(axis=0, dtype=np.float64).mean()))
        else:
            self._listen(block, float((squares - sums**2 / len(block)).sum()) / block.size)
        self._compare(block, float(squares.mean()))
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

    def _listen(self, block: Block, energy: float) -> None:
        """The largest share of energy that nobody hears in a block where it is loud."""
        import numpy as np

        if self._first_bin > WINDOW // 2 or energy < LOUD_ULTRASOUND:
            return
        windows = max(1, len(block) // WINDOW)
        part = block[: windows * WINDOW].T.reshape(self._channels * windows, -1)
        high = np.fft.rfft(part, n=WINDOW, axis=1)[:, self._first_bin :]
        # Parseval: a one-sided spectrum holds half of WINDOW times the sum of squares.
        ultrasonic = 2 * float(np.vdot(high, high).real) / WINDOW / part.size
        if ultrasonic >= LOUD_ULTRASOUND:
            self._ultrasonic = max(self._ultrasonic, min(1.0, ultrasonic / energy))
