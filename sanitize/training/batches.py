"""Batches of similar length: padding is wasted work."""

from __future__ import annotations

import random
from collections.abc import Sequence

import torch
from torch import Tensor

from sanitize.training.example import Example

#: Batches sorted together by length; fewer would waste padding, more would group one sort of text.
BUCKET = 40

#: Lengths are multiples of this: every new shape makes torch's CPU kernels compile anew.
STEP = 8


def batches(examples: Sequence[Example], size: int, seed: str) -> list[list[Example]]:
    """Batches of `size` examples of like length, in an order that the seed fixes."""
    grouped = []
    for start in range(0, len(examples), size * BUCKET):
        bucket = sorted(
            examples[start : start + size * BUCKET], key=lambda example: len(example.ids)
        )
        grouped += [bucket[i : i + size] for i in range(0, len(bucket), size)]
    random.Random(seed).shuffle(grouped)  # noqa: S311 - an order that can be had again
    return grouped


def collate(rows: Sequence[Sequence[int]], pad: int) -> tuple[Tensor, Tensor]:
    """Ids and attention mask, both int64 [batch, tokens], padded to one length."""
    longest = max(len(row) for row in rows)
    longest += -longest % STEP
    ids = torch.tensor([[*row, *[pad] * (longest - len(row))] for row in rows])
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, mask
