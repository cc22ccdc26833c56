"""The allow-list beside the Keras that is installed, and every built-in layer through the door."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path

import keras
import numpy as np
import pytest

from sanitize import load_model
from sanitize.keras.artifact.rules import shipped
from tests.keras.every_layer import COVERED, MODELS, NEEDS_LABELS, NEEDS_TENSORFLOW

#: What only other layers are made from.
_BASES = frozenset({"Layer", "Wrapper"})


def exported() -> list[set[str]]:
    """The layers that the installed Keras offers: the names of each."""
    names: dict[type, set[str]] = {}
    for name, found in inspect.getmembers(keras.layers, inspect.isclass):
        if issubclass(found, keras.layers.Layer) and name not in _BASES:
            names.setdefault(found, set()).add(name)
    return list(names.values())


def test_every_layer_of_keras_is_allowed_or_refused_by_name() -> None:
    """A newer Keras's new layers fail here until somebody has looked at them."""
    rules = shipped()
    reviewed = rules.classes["keras.layers"] | rules.refused.keys()
    unknown = [names for names in exported() if not names & reviewed]
    assert not unknown
    assert len(exported()) > 100


@pytest.mark.parametrize("module", ["keras.layers", "keras.initializers", "keras.optimizers"])
def test_what_is_allowed_exists(module: str) -> None:
    """No name that Keras does not have: somebody else could register it."""
    home = {"keras.layers": keras.layers, "keras.initializers": keras.initializers}
    found = home.get(module, keras.optimizers)
    missing = {name for name in shipped().classes[module] if not hasattr(found, name)}
    assert not missing


def test_no_name_is_both_allowed_and_refused() -> None:
    """The two lists do not meet."""
    rules = shipped()
    assert not any(names & rules.refused.keys() for names in rules.classes.values())


def test_every_allowed_layer_stands_in_a_model_below() -> None:
    """But those that need TensorFlow to be built, and one that takes labels."""
    rest = shipped().classes["keras.layers"] - COVERED
    assert rest <= NEEDS_TENSORFLOW | NEEDS_LABELS


@pytest.mark.parametrize("title", sorted(MODELS))
def test_every_layer_comes_back_as_it_was(title: str, tmp_path: Path) -> None:
    """Saved, looked through, loaded: the same weights and the same graph."""
    model, path = MODELS[title](), tmp_path / "model.keras"
    model.save(path)
    loaded = load_model(path, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    assert [layer.name for layer in loaded.layers] == [layer.name for layer in model.layers]
    for ours, theirs in zip(loaded.weights, model.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)
