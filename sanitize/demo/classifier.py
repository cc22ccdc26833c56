"""A small Keras model that tells three voices apart, trained in seconds on bundled sentences."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any

#: Voices, in the order of the model's classes, and how the demo calls them.
VOICES: dict[str, str] = {
    "austen": "Jane Austen",
    "melville": "Herman Melville",
    "president": "a US president",
}

#: Words that the model reads of a sentence, and words that it knows.
LENGTH, WORDS = 40, 4000

#: What the tokenizer makes of a word it does not know.
UNKNOWN = "[UNK]"

#: One sentence in so many is held out to measure the model.
HELD_OUT = 10


@dataclass(frozen=True, slots=True)
class Sentences:
    """Sentences and the index of the voice that each belongs to."""

    texts: tuple[str, ...]
    voices: tuple[int, ...]


def sentences() -> tuple[Sentences, Sentences]:
    """The bundled sentences: those to train on, and those held out."""
    data = files("sanitize.demo").joinpath("data", "sentences.tsv").read_text("utf-8")
    rows = [line.split("\t") for line in data.splitlines()]
    held = rows[::HELD_OUT]
    kept = [row for place, row in enumerate(rows) if place % HELD_OUT]
    return _split(kept), _split(held)


def _split(rows: list[list[str]]) -> Sentences:
    order = list(VOICES)
    voices = tuple(order.index(voice) for voice, _ in rows)
    return Sentences(tuple(text for _, text in rows), voices)


@dataclass(frozen=True)
class Tokenizer:
    """From strings to ids: the `prepare` of the demo's guard."""

    texts: tuple[str, ...]

    @cached_property
    def words(self) -> Any:
        """A vocabulary of whole words, made from the texts."""
        import tokenizers
        from tokenizers import models, normalizers, pre_tokenizers, trainers

        made = tokenizers.Tokenizer(models.WordLevel(unk_token=UNKNOWN))
        made.normalizer = normalizers.Lowercase()
        made.pre_tokenizer = pre_tokenizers.Whitespace()
        trainer = trainers.WordLevelTrainer(
            vocab_size=WORDS, special_tokens=["[PAD]", UNKNOWN], show_progress=False
        )
        made.train_from_iterator(self.texts, trainer)
        made.enable_truncation(LENGTH)
        made.enable_padding(length=LENGTH)
        return made

    def __call__(self, texts: list[str]) -> Any:
        """Ids, int32 of shape (len(texts), 40); 0 fills up, 1 stands for unknown words."""
        import numpy as np

        return np.array([each.ids for each in self.words.encode_batch(texts)], "int32")


def classifier() -> Any:
    """The model, untrained: the mean of word vectors, and one layer on top."""
    import keras
    from keras import layers

    model = keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32", name="ids"),
            layers.Embedding(WORDS, 32, mask_zero=True),
            layers.GlobalAveragePooling1D(),
            layers.Dropout(0.3),
            layers.Dense(len(VOICES), activation="softmax"),
        ],
        name="who_wrote_this",
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.optimizer.learning_rate = 0.01
    return model


def train(model: Any, prepare: Tokenizer, training: Sentences) -> None:
    """Fit the model, in a few seconds."""
    import numpy as np

    ids, voices = prepare(list(training.texts)), np.array(training.voices)
    model.fit(ids, voices, epochs=12, batch_size=64, verbose=0)


def accuracy(model: Any, prepare: Tokenizer, held_out: Sentences) -> float:
    """Share of held-out sentences whose voice the model names, 0..1."""
    import numpy as np

    found = model.predict(prepare(list(held_out.texts)), verbose=0).argmax(axis=1)
    return float((found == np.array(held_out.voices)).mean())


def picture_model() -> Any:
    """A model of 32×32 pictures, untrained: only its shape matters here."""
    import keras
    from keras import layers

    return keras.Sequential(
        [
            keras.Input((32, 32, 3), name="pixels"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, activation="relu"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(2, activation="softmax"),
        ],
        name="pictures",
    )


def twin(model: Any) -> Any:
    """Another model with the same weights, to be attacked in its place."""
    import keras

    copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    return copy
