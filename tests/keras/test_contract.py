"""What a model's inputs expect is read from the model, or refused to be guessed."""

from __future__ import annotations

from functools import partial
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from sanitize import Context, ContractError, Modality, Sample, TensorSpec
from sanitize.keras.bounds import as_cast
from sanitize.keras.contract import contract_for
from sanitize.record.arrays import Arrays
from tests.keras import models

PIXELS = partial(layers.Rescaling, 1 / 255)
FLOAT32 = 3.4028234663852886e38


def spec_of(*stack: Any, **options: Any) -> TensorSpec:
    """The spec of a Sequential model's only input."""
    model = keras.Sequential([keras.Input(**{"shape": (4, 4, 3), "name": "x", **options}), *stack])
    found = contract_for(model)
    assert isinstance(found, TensorSpec)
    return found


def test_shape_and_dtype() -> None:
    """The batch axis is free; floats must survive the cast to the input's dtype."""
    assert spec_of(layers.Flatten()) == TensorSpec("x", (None, 4, 4, 3), low=-FLOAT32, high=FLOAT32)
    assert spec_of(layers.Flatten(), shape=(None, 7)).shape == (None, None, 7)


@pytest.mark.parametrize(
    ("dtype", "low", "high", "integer"),
    [
        ("float16", -65504.0, 65504.0, False),
        ("bfloat16", -3.3895313892515355e38, 3.3895313892515355e38, False),
        ("uint8", 0, 255, True),
        ("int8", -128, 127, True),
        ("int32", -(2**31), 2**31 - 1, True),
        ("bool", 0, 1, True),
    ],
)
def test_bounds_of_dtypes(dtype: str, low: float, high: float, integer: bool) -> None:
    """A number that the input's dtype cannot hold would wrap or become infinite."""
    spec = spec_of(layers.Identity(), dtype=dtype)
    assert (spec.low, spec.high, spec.integer) == (low, high, integer)


#: Title, layers, expected low, high, integer.
BEHIND: list[tuple[str, Any, float, float, bool]] = [
    ("pixels", lambda: [layers.Rescaling(1 / 255)], 0, 255, False),
    ("pixels to -1..1", lambda: [layers.Rescaling(1 / 127.5, -1)], 0, 255, False),
    ("another scale", lambda: [layers.Rescaling(2.0)], -FLOAT32, FLOAT32, False),
    ("through a crop", lambda: [layers.CenterCrop(2, 2), layers.Rescaling(1 / 255)], 0, 255, False),
    ("embedding", lambda: [layers.Embedding(50, 2)], 0, 49, True),
    ("through two", lambda: [layers.Flatten(), layers.Embedding(9, 2)], 0, 8, True),
    (
        "resized pixels",
        lambda: [layers.Resizing(2, 2, "bicubic"), layers.Rescaling(1 / 255)],
        *(0, 255),
        False,
    ),
    ("categories", lambda: [layers.Flatten(), layers.CategoryEncoding(5)], 0, 4, True),
    ("amounts", lambda: [layers.Discretization([0.0, 1.0])], -FLOAT32, FLOAT32, False),
    ("normalized", lambda: [layers.Normalization(mean=0, variance=1)], -FLOAT32, FLOAT32, False),
    (
        "not through a Dense",
        lambda: [layers.Dense(3), layers.Rescaling(1 / 255)],
        *(-FLOAT32, FLOAT32),
        False,
    ),
    ("half precision", lambda: [layers.Dense(3, dtype="mixed_float16")], -65504.0, 65504.0, False),
]


@pytest.mark.parametrize(
    ("title", "stack", "low", "high", "integer"), BEHIND, ids=[row[0] for row in BEHIND]
)
def test_bounds_of_layers(title: str, stack: Any, low: float, high: float, integer: bool) -> None:
    """The layers that an input feeds narrow what fits."""
    spec = spec_of(*stack())
    assert (spec.low, spec.high, spec.integer) == (low, high, integer)


def test_a_huge_embedding_behind_floats_keeps_ids_exact() -> None:
    """Beyond 2**24 a float32 input cannot tell neighbouring ids apart."""
    assert spec_of(layers.Embedding(2**24 + 9, 1), shape=(3,)).high == 2**24


def test_lookups_and_hashes_take_whole_numbers() -> None:
    """They need TensorFlow: on JAX or torch alone, no such layer can be made."""
    pytest.importorskip("tensorflow", reason="needs tensorflow")
    for layer in (layers.IntegerLookup(vocabulary=[3, 5, 7]), layers.Hashing(9)):
        spec = spec_of(layer, shape=(2,), dtype="int64")
        assert (spec.low, spec.high, spec.integer) == (-(2**63), 2**63 - 1, True)
    assert spec_of(layers.Hashing(9), shape=(2,), dtype="float32").integer


def test_inputs_of_strings_are_texts_or_refused() -> None:
    """StringLookup and TextVectorization: TensorFlow alone has tensors of strings."""
    pytest.importorskip("tensorflow", reason="needs tensorflow")
    if keras.backend.backend() != "tensorflow":
        with pytest.raises((ValueError, TypeError, NotImplementedError, AttributeError)):
            contract_for(_of_strings(layers.StringLookup(vocabulary=["a"])))
        with pytest.raises(ContractError, match="prepare="):
            contract_for(models.words(), TensorSpec(shape=(None,), text=True))
        return
    for layer in (layers.StringLookup(vocabulary=["a"]), layers.TextVectorization(max_tokens=9)):
        spec = contract_for(_of_strings(layer))
        assert isinstance(spec, TensorSpec)
        assert (spec.text, spec.shape, spec.low) == (True, (None, 1), None)


def test_a_row_is_one_text() -> None:
    """Several strings a row, or a free shape, say nothing of what is read together."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("TensorFlow alone has tensors of strings")
    for shape in ((None, 2), (None, None), None):
        with pytest.raises(ContractError, match="one text a row"):
            contract_for(models.words(), TensorSpec(shape=shape, text=True))


def test_words_of_a_lookup_are_categories_of_records() -> None:
    """Their places are the numbers that the layer gives; what it does not know is refused."""
    pytest.importorskip("tensorflow", reason="needs tensorflow")
    lookup = layers.StringLookup(vocabulary=["gold", "blue", "grey"])
    plan = {"type": "str", "categories": [str(word) for word in lookup.get_vocabulary()]}
    encode = Arrays(schema={"fields": {"plan": plan}})
    words = ["blue", "gold", "grey", "blue"]
    rows = tuple({"plan": word} for word in words)
    (sample,) = encode([Sample(rows, Modality.RECORD)], Context())
    assert sample.value["plan"][:, 0].tolist() == np.asarray(lookup(words)).tolist()
    (refused,) = encode([Sample(({"plan": "pink"},), Modality.RECORD)], Context())
    assert [found.rule for found in refused.findings] == ["record.category"]


def _of_strings(layer: Any) -> Any:
    return keras.Sequential([keras.Input((1,), dtype="string"), layer])


def test_every_layer_that_an_input_feeds_counts() -> None:
    """An input of two embeddings is bounded by the smaller one."""
    ids = keras.Input((3,), dtype="int32")
    both = layers.Concatenate()([layers.Embedding(9, 2)(ids), layers.Embedding(5, 2)(ids)])
    spec = contract_for(keras.Model(ids, both))
    assert isinstance(spec, TensorSpec)
    assert spec.high == 4


def test_models_inside_of_models() -> None:
    """The bounds of an inner model's first layers hold for the outer model's inputs."""
    outer = keras.Input((32, 32, 3))
    spec = contract_for(keras.Model(outer, models.pictures()(outer)))
    assert isinstance(spec, TensorSpec)
    assert (spec.low, spec.high) == (0, 255)


def test_structures() -> None:
    """Dicts and lists of inputs give contracts of the same structure."""
    found = contract_for(models.mixed())
    assert isinstance(found, dict)
    assert (found["ids"].high, found["numbers"].shape) == (49, (None, 2))
    listed = contract_for(models.mixed(as_dict=False))
    assert isinstance(listed, tuple)
    assert [spec.name for spec in listed] == ["ids", "numbers"]


def test_subclassed_models_need_a_contract() -> None:
    """Nothing can be derived from a `call` method."""
    with pytest.raises(ContractError, match="subclassed"):
        contract_for(models.subclassed())
    given = contract_for(models.subclassed(), {"a": TensorSpec(shape=(None, 3))})
    assert given == {"a": TensorSpec("a", (None, 3))}


def test_a_sequential_without_input_is_refused_before_and_after_its_first_batch() -> None:
    """Built by a first batch, it would take that batch for the contract."""
    model = keras.Sequential([layers.Dense(2)])
    with pytest.raises(ContractError, match=r"without a keras\.Input"):
        contract_for(model)
    model.predict(np.zeros((4, 3)), verbose=0)
    with pytest.raises(ContractError, match=r"without a keras\.Input"):
        contract_for(model)


def test_sparse_inputs_are_refused() -> None:
    """Only dense numbers can be checked."""
    if keras.backend.backend() == "torch":  # has no sparse inputs
        with pytest.raises(ValueError, match="not supported"):
            keras.Input((3,), sparse=True)
        return
    given = keras.Input((3,), sparse=True)
    with pytest.raises(ContractError, match="sparse"):
        contract_for(keras.Model(given, layers.Dense(1)(given)))


@pytest.mark.parametrize("given", ["(None, 3)", 3, {}, [], {"a": 1}])
def test_what_is_no_contract_is_refused(given: Any) -> None:
    """An explicit contract is made of TensorSpecs."""
    with pytest.raises(ContractError, match="expected TensorSpecs"):
        contract_for(models.words(), given)


def test_64_bit_integers_are_bounded_where_jax_cuts_them() -> None:
    """2**40 + 5 must not become 5 in front of an input of floats."""
    wide, narrow = np.zeros(1, np.int64), np.zeros(1, np.int32)
    assert as_cast(TensorSpec(), wide, "jax").high == 2**31 - 1
    assert as_cast(TensorSpec(), narrow, "jax").high is None
    assert as_cast(TensorSpec(), wide, "torch").high is None
