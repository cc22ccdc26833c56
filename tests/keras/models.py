"""Small real models, one for each kind of input."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Tokens in a row, and ids that the embedding knows.
LENGTH, IDS = 8, 50


def words(seed: int = 1) -> Any:
    """Ids in front of an Embedding: three classes."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((LENGTH,), dtype="int32", name="ids"),
            layers.Embedding(IDS, 4),
            layers.GlobalAveragePooling1D(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def judged() -> Any:
    """`words`, compiled with a loss and a metric."""
    model = words()
    model.compile(loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def pictures() -> Any:
    """32×32 pixels behind a Rescaling: two classes, whatever the size (pooling)."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(2)
    return keras.Sequential(
        [
            keras.Input((32, 32, 3), name="pixels"),
            layers.Rescaling(1 / 255),
            layers.Conv2D(4, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(2, activation="softmax"),
        ]
    )


def mixed(as_dict: bool = True) -> Any:
    """Ids and numbers together, as a dict or as a list of inputs; two outputs in a dict."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(3)
    ids = keras.Input((LENGTH,), dtype="int32", name="ids")
    numbers = keras.Input((2,), name="numbers")
    text = layers.GlobalAveragePooling1D()(layers.Embedding(IDS, 4)(ids))
    joined = layers.Concatenate()([text, numbers])
    outputs = {"score": layers.Dense(1)(joined), "kind": layers.Dense(3)(joined)}
    inputs = {"ids": ids, "numbers": numbers} if as_dict else [ids, numbers]
    return keras.Model(inputs, outputs)


def subclassed() -> Any:
    """A model that says nothing about its inputs."""
    import keras

    class Doubling(keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.dense = keras.layers.Dense(2)

        def call(self, inputs: Any) -> Any:
            return self.dense(inputs) * 2

    return Doubling()


def batch(rows: int = 5, seed: int = 7) -> np.ndarray[Any, Any]:
    """Good ids for `words`: int64, (rows, 8)."""
    return np.random.default_rng(seed).integers(0, IDS, (rows, LENGTH))


def images(rows: int = 2) -> np.ndarray[Any, Any]:
    """Good pixels for `pictures`: uint8, (rows, 32, 32, 3)."""
    return np.random.default_rng(8).integers(0, 256, (rows, 32, 32, 3), dtype=np.uint8)


def answers(model: Any, value: Any) -> bool:
    """Does a bare model predict at all? Keras raises one of several errors if not."""
    try:
        model.predict(value, verbose=0)
    except Exception:
        return False
    return True
