"""A weights folder back as a model that can be trained."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from tokenizers import Tokenizer
from transformers import BertConfig, BertModel

from sanitize.detectors.artifact import Artifact
from sanitize.errors import ArtifactError
from sanitize.training.encoder import HEADS
from sanitize.training.linear import unpacked
from sanitize.training.model import ATTENTION, Detector

Arrays = dict[str, NDArray[Any]]

#: The three products of an attention layer, in the order in which they stand in one matrix.
TRIPLE = ("query", "key", "value")


def restore(weights: Artifact) -> tuple[Detector, Tokenizer]:
    """The detector with the weights' values, as near as int8 keeps them, and its tokenizer.

    Raises:
        ArtifactError: the folder's files are not what its manifest says, or not of this form.
    """
    words = Tokenizer.from_str(weights.read("tokenizer.json").decode("utf-8"))
    words.no_truncation()
    words.no_padding()
    try:
        found = _state(onnx.load_from_string(weights.read("model.onnx")))
        detector = _shell(found)
        detector.load_state_dict({name: torch.from_numpy(each) for name, each in found.items()})
    except (KeyError, RuntimeError, ValueError) as error:
        raise ArtifactError(
            f"model.onnx: expected this version's form, received another: {error!r:.80}"
        ) from error
    detector.encoder.embeddings.word_embeddings.weight.requires_grad = False
    return detector, words


def _shell(state: Arrays) -> Detector:
    """A detector of the sizes that the arrays have."""
    pieces, width = state["encoder.embeddings.word_embeddings.weight"].shape
    layers = 1 + max(int(name.split(".")[3]) for name in state if ".layer." in name)
    config = BertConfig(
        vocab_size=pieces,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=HEADS,
        intermediate_size=len(state["encoder.encoder.layer.0.intermediate.dense.bias"]),
        max_position_embeddings=len(state["encoder.embeddings.position_embeddings.weight"]),
        **ATTENTION,
    )
    encoder = BertModel(config, add_pooling_layer=False)
    return Detector(encoder, labels=len(state["head.bias"]))


def _state(model: onnx.ModelProto) -> Arrays:
    """The graph's constants under the names that the model has for them."""
    raw = {tensor.name: tensor for tensor in model.graph.initializer}
    array = {name: numpy_helper.to_array(raw[name]) for name in raw if name != "words"}
    packed = np.frombuffer(raw["words"].raw_data, np.uint8)
    found: Arrays = {
        "encoder.embeddings.word_embeddings.weight": unpacked(packed, array["words.s"]),
        "encoder.embeddings.position_embeddings.weight": array["positions"],
        # Folded into the positions.
        "encoder.embeddings.token_type_embeddings.weight": np.zeros(
            (2, array["positions"].shape[1]), np.float32
        ),
    }
    for name, each in array.items():
        if name.endswith((".LayerNorm.weight", ".LayerNorm.bias", ".dense.bias")) or (
            name.startswith("head.")
        ):
            found[name] = each
        elif name.endswith(".dense.w"):
            found[f"{name[:-1]}weight"] = _product(array, name[:-2])
        elif name.endswith(".self.w"):
            found |= _attention(array, name[:-2])
    return {name: np.array(each, np.float32) for name, each in found.items()}


def _product(array: Arrays, name: str) -> NDArray[Any]:
    """float32 [outputs, inputs] out of int8 [inputs, outputs] and a scale for each output."""
    matrix: NDArray[Any] = (array[f"{name}.w"].astype(np.float32) * array[f"{name}.s"]).T
    return matrix


def _attention(array: Arrays, name: str) -> Arrays:
    weights, biases = np.split(_product(array, name), 3), np.split(array[f"{name}.b"], 3)
    parts = zip(TRIPLE, weights, biases, strict=True)
    return {
        f"{name}.{part}.{what}": value
        for part, weight, bias in parts
        for what, value in (("weight", weight), ("bias", bias))
    }
