"""A run: steps of AdamW, a running average of the weights, and checkpoints to go on from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from sanitize.training.batches import collate
from sanitize.training.example import Example
from sanitize.training.loss import loss_of, schedule
from sanitize.training.model import Detector

LEARNING_RATE = 1.2e-4
HEAD_RATE = 1.2e-3
#: The running average spans about 300 steps, a sixth of the run.
AVERAGE = 0.997


def halves(device: torch.device) -> bool:
    """Whether the device multiplies bfloat16 itself: a CPU that emulates it is 30 times slower."""
    return device.type != "cpu" or bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


class Run:
    """One training run: model, running average, optimiser and the number of steps done."""

    def __init__(self, model: Detector, total: int, pad: int, rate: float = 1.0) -> None:
        self.model, self.total, self.pad, self.step = model, total, pad, 0
        body = [
            p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("head")
        ]
        groups = [
            {"params": body, "peak": LEARNING_RATE * rate},
            {"params": list(model.head.parameters()), "peak": HEAD_RATE * rate},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE, weight_decay=0.01)
        self.average = {
            n: p.detach().clone() for n, p in model.named_parameters() if p.requires_grad
        }

    def update(self, batch: list[Example]) -> Tensor:
        """One step on one batch; the loss, on the device: reading it waits for the step."""
        torch.manual_seed(self.step)  # dropout is the same after a resume
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * schedule(self.step / self.total)
        ids, mask = collate([example.ids for example in batch], self.pad)
        device = self.model.head.weight.device
        with torch.autocast(device.type, torch.bfloat16, enabled=halves(device)):
            logits = self.model(ids.to(device), mask.to(device))
        targets = torch.tensor([example.targets for example in batch]).to(device)
        loss = loss_of(logits, targets)
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_([p for p in self.model.parameters() if p.requires_grad], 1.0)
        self.optimizer.step()
        self.step += 1
        self._follow()
        return loss.detach()

    def _follow(self) -> None:
        keep = min(AVERAGE, self.step / (self.step + 10))
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                if name in self.average:
                    self.average[name].lerp_(parameter, 1 - keep)

    def save(self, path: Path) -> None:
        """Write a checkpoint; a crash while writing leaves the last one whole."""
        state = {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimizer": self.optimizer.state_dict(),
        }
        torch.save({**state, "step": self.step}, path.with_suffix(".part"))
        path.with_suffix(".part").replace(path)

    def restore(self, path: Path) -> None:
        """Go on from a checkpoint."""
        device = self.model.head.weight.device
        state: dict[str, Any] = torch.load(path, weights_only=True, map_location=device)
        self.model.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average, self.step = state["average"], state["step"]
