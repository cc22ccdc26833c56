"""Speech to text: Whisper in numpy, which a leaf can run: one thread, and no new code.

Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision", arXiv:2212.04356.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from sanitize.audio.speech.spectrum import Array, spectrogram

#: Tokens of the English vocabulary: end, start, no times. Those behind the end are no words.
END, START, PLAIN = 50_256, 50_257, 50_362

#: Most tokens of one window (half the decoder's places, as in the authors' code).
MOST_TOKENS = 224


@dataclass(frozen=True)
class Whisper:
    """The model.

    Attributes:
        weights: float32, by the names of CTranslate2.
        heads: of every attention.
        layers: of the encoder, and of the decoder.
        never: tokens that are not said; and those that do not begin a text.
    """

    weights: Mapping[str, Array]
    heads: int
    layers: int
    never: tuple[list[int], list[int]]

    def hear(self, sound: Array) -> tuple[list[int], bool]:
        """The tokens that are spoken, and whether that is all.

        The authors drop words that the model is unsure of where it hears nobody; here they stay:
        what is read too much does no harm.

        Args:
            sound: float32 [samples] at `RATE`, up to `SECONDS`; in -1..1.
        """
        step = Decoder(self, self.encode(spectrogram(sound)))
        step(START)
        logits, said = step(PLAIN), list[int]()
        while len(said) < MOST_TOKENS:
            logits[self.never[0]] = logits[END + 1 :] = -np.inf
            if not said:
                logits[self.never[1]] = -np.inf
            token = int(logits.argmax())
            if token == END:
                return said, True
            said.append(token)
            logits = step(token)
        return said, False

    def encode(self, bands: Array) -> Array:
        """float32 [places, width] of [bands, frames]."""
        get = self.weights.__getitem__
        first = _gelu(
            _convolved(bands.T, get("encoder/conv1/weight"), 1) + get("encoder/conv1/bias")
        )
        second = _convolved(first, get("encoder/conv2/weight"), 2) + get("encoder/conv2/bias")
        states = _gelu(second) + get("encoder/position_encodings/encodings")
        for layer in range(self.layers):
            name = f"encoder/layer_{layer}"
            q, k, v = np.split(
                self.linear(
                    self.normed(states, f"{name}/self_attention"), f"{name}/self_attention/linear_0"
                ),
                3,
                -1,
            )
            mixed = self.attended(q, k, v)
            states = states + self.linear(mixed, f"{name}/self_attention/linear_1")
            states = states + self.fed(states, f"{name}/ffn")
        return self.normed(states, "encoder")

    def linear(self, states: Array, name: str) -> Array:
        """A product and a bias."""
        product: Array = states @ self.weights[f"{name}/weight"].T + self.weights[f"{name}/bias"]
        return product

    def normed(self, states: Array, name: str) -> Array:
        """Layer normalisation (Ba et al. 2016, arXiv:1607.06450)."""
        off = states - states.mean(-1, keepdims=True)
        scaled = off / np.sqrt((off * off).mean(-1, keepdims=True) + 1e-5)
        made: Array = scaled * self.weights[f"{name}/layer_norm/gamma"]
        return made + self.weights[f"{name}/layer_norm/beta"]

    def fed(self, states: Array, name: str) -> Array:
        """The two products with a bend between them."""
        return self.linear(
            _gelu(self.linear(self.normed(states, name), f"{name}/linear_0")), f"{name}/linear_1"
        )

    def attended(self, q: Array, k: Array, v: Array) -> Array:
        """Attention of all heads (Vaswani et al. 2017, arXiv:1706.03762)."""
        apart = partial(_apart, heads=self.heads)
        q, k, v = apart(q), apart(k), apart(v)
        near = _softmax(q @ k.swapaxes(1, 2) / np.float32(np.sqrt(q.shape[-1])))
        together: Array = (near @ v).swapaxes(0, 1).reshape(q.shape[1], -1)
        return together


class Decoder:
    """One text, token by token; keys and values of what was said are kept."""

    def __init__(self, model: Whisper, heard: Array) -> None:
        self._model, self._place = model, 0
        names = [f"decoder/layer_{layer}" for layer in range(model.layers)]
        self._names = names
        self._heard = [
            np.split(model.linear(heard, f"{name}/attention/linear_1"), 2, -1) for name in names
        ]
        self._said: list[list[Array]] = [[] for _ in names]

    def __call__(self, token: int) -> Array:
        """Logits of what follows, float32 [tokens]."""
        model, get = self._model, self._model.weights.__getitem__
        words = get("decoder/embeddings/weight")
        states = words[token] + get("decoder/position_encodings/encodings")[self._place]
        states = states[None]
        for name, said, (k, v) in zip(self._names, self._said, self._heard, strict=True):
            own = f"{name}/self_attention"
            said.append(model.linear(model.normed(states, own), f"{own}/linear_0"))
            q, k_said, v_said = np.split(np.concatenate(said), 3, -1)
            mixed = model.attended(q[-1:], k_said, v_said)
            states = states + model.linear(mixed, f"{own}/linear_1")
            far = f"{name}/attention"
            q = model.linear(model.normed(states, far), f"{far}/linear_0")
            states = states + model.linear(model.attended(q, k, v), f"{far}/linear_2")
            states = states + model.fed(states, f"{name}/ffn")
        self._place += 1
        logits: Array = (model.normed(states, "decoder") @ words.T)[0]
        return logits


def _convolved(states: Array, weight: Array, stride: int) -> Array:
    """[frames / stride, channels out] of [frames, channels in] and [out, in, 3]."""
    padded = np.pad(states, ((1, 1), (0, 0)))
    stacked = np.concatenate([padded[at : at + len(states) : stride] for at in range(3)], 1)
    made: Array = stacked @ weight.transpose(2, 1, 0).reshape(-1, len(weight))
    return made


def _apart(states: Array, heads: int) -> Array:
    return states.reshape(len(states), heads, -1).swapaxes(0, 1)


def _softmax(logits: Array) -> Array:
    raised = np.exp(logits - logits.max(-1, keepdims=True))
    shares: Array = raised / raised.sum(-1, keepdims=True)
    return shares


def _gelu(states: Array) -> Array:
    """Hendrycks and Gimpel 2016, arXiv:1606.08415, their approximation with tanh."""
    bent: Array = 0.5 * states * (1 + np.tanh(0.7978845608 * (states + 0.044715 * states**3)))
    return bent
