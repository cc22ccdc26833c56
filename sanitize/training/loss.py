"""What training makes small, and how fast it goes at each step."""

from __future__ import annotations

import math

from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

#: Share of the steps in which the rate rises.
WARMUP = 0.06
#: Labels are 0.015 and 0.985: a few rows of every source are mislabelled. More, and attacks and the
#: hardest harmless rows end up in one heap at the top.
SMOOTHING = 0.03
#: The injection label counts as much as the kinds together.
KINDS_WEIGHT = 0.5


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Cross entropy of the injection label, and of the kinds where they are known.

    Args:
        logits: float32 [rows, labels].
        targets: float32 [rows, labels]: 1, 0, or NaN for what a row does not say.
    """
    known = ~targets.isnan()
    smooth = targets.nan_to_num() * (1 - SMOOTHING) + SMOOTHING / 2
    each = binary_cross_entropy_with_logits(logits, smooth, reduction="none") * known
    kinds = each[:, 1:].sum() / known[:, 1:].sum().clamp(min=1)
    return each[:, 0].mean() + KINDS_WEIGHT * kinds


def schedule(done: float) -> float:
    """Share of the peak rate: a linear rise, then a half cosine down to nothing."""
    if done < WARMUP:
        return done / WARMUP
    return 0.5 * (1 + math.cos(math.pi * (done - WARMUP) / (1 - WARMUP)))
