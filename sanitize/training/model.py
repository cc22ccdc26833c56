"""The classifier: a small encoder, mean and maximum over its tokens, one linear layer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from sanitize.training.dropout import quicken
from sanitize.training.folder import LABELS

#: Low enough to lose every maximum, high enough for bfloat16.
_HIDDEN = -1e4

#: How attention is trained. On a CPU torch's fused attention takes three times as long as one
#: product after the other, and dropout on it a number for each pair of tokens.
ATTENTION: dict[str, Any] = {"attn_implementation": "eager", "attention_probs_dropout_prob": 0.0}


class Detector(nn.Module):  # type: ignore[misc]
    """Token ids and attention mask, both [batch, tokens], to logits [batch, labels].

    The mean sees what the text is about, the maximum a short order in a long document.
    """

    def __init__(
        self, encoder: BertModel, *, labels: int = len(LABELS), dropout: float = 0.1
    ) -> None:
        super().__init__()
        quicken(encoder)
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(2 * encoder.config.hidden_size, labels)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Logits, float32 [batch, labels]."""
        states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        shown = attention_mask.unsqueeze(-1).to(states.dtype)
        mean = (states * shown).sum(1) / shown.sum(1)
        highest = (states + (1 - shown) * _HIDDEN).max(1).values
        logits: Tensor = self.head(self.dropout(torch.cat([mean, highest], -1)))
        return logits.float()


def build(backbone: Path) -> Detector:
    """A detector with the backbone's weights and a fresh head; word embeddings stay as they are.

    Frozen embeddings halve the optimiser's work and keep words that training never shows where they
    were.

    Args:
        backbone: the folder that `benchmarks.training.backbone` wrote.

    Raises:
        FileNotFoundError: there is no such folder; nothing is looked up elsewhere.
    """
    if not (backbone / "config.json").is_file():
        raise FileNotFoundError(
            f"backbone: expected a folder with config.json, received {backbone}"
        )
    encoder = BertModel.from_pretrained(
        backbone, add_pooling_layer=False, local_files_only=True, **ATTENTION
    )
    encoder.embeddings.word_embeddings.weight.requires_grad = False
    return Detector(encoder)


def tokenizer(backbone: Path) -> Tokenizer:
    """The backbone's tokenizer, without truncation or padding."""
    loaded: Tokenizer = Tokenizer.from_file(str(backbone / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded
