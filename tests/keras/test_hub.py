"""keras_hub tasks behind a guard: strings in, predictions or text out; random small weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

import sanitize
from sanitize import Blocked, ContractError, Modality, Pipeline, UnguardedError, pipeline
from sanitize.chains import checked
from tests.stages import Reader
from tests.tensor.arrays import POLICY

hub = pytest.importorskip("keras_hub", reason="keras_hub is installed by make test-backends")

WORDS = ["the", "quick", "fox", "is", "nice", "bad", "good", "movie", "attack", ".", "!"]
TEXTS = ["the quick fox", "good movie !", "the movie is bad ."]


def knowing() -> Pipeline:
    """A pipeline whose detector knows one word, `attack`."""
    chains = {"text": {"max_bytes": 1000, "verify": "none", "stages": ["text.size"]}}
    built = pipeline({**POLICY, "modalities": {**POLICY["modalities"], **chains}})
    chain = (*built.chains[Modality.TEXT], checked(Reader()))
    return Pipeline(built.policy, {**built.chains, Modality.TEXT: chain})


@pytest.fixture(scope="module")
def classifier() -> Any:
    """A BERT of one layer that tells two classes apart, with its own tokenizer."""
    keras.utils.set_random_seed(1)
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    tokenizer = hub.models.BertTokenizer(vocabulary=words, lowercase=True)
    backbone = hub.models.BertBackbone(
        vocabulary_size=len(words),
        num_layers=1,
        num_heads=2,
        hidden_dim=8,
        intermediate_dim=16,
        max_sequence_length=8,
    )
    task = hub.models.BertTextClassifier(
        backbone,
        num_classes=2,
        preprocessor=hub.models.BertTextClassifierPreprocessor(tokenizer, sequence_length=8),
    )
    for weight in task.trainable_weights:  # apart from each other, so that inputs show
        weight.assign(keras.random.normal(weight.shape, stddev=0.5))
    task.compile(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return task


@pytest.fixture(scope="module")
def writer() -> Callable[[str], Any]:
    """A function that makes a GPT-2 of one layer, which always writes the same word."""
    merges, pieces = [], ["!", "<|endoftext|>"]
    for word in ("Ġattack", "Ġnice", "Ġfox"):
        for end in range(1, len(word)):
            pieces += [*word, word[: end + 1]]
            merges.append(f"{word[:end]} {word[end]}")
    pieces += [*"thequickbrown"]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = hub.models.GPT2Tokenizer(vocabulary=vocabulary, merges=list(dict.fromkeys(merges)))

    def make(word: str) -> Any:
        keras.utils.set_random_seed(1)
        backbone = hub.models.GPT2Backbone(
            vocabulary_size=len(vocabulary),
            num_layers=1,
            num_heads=2,
            hidden_dim=32,
            intermediate_dim=16,
            max_sequence_length=16,
        )
        preprocessor = hub.models.GPT2CausalLMPreprocessor(tokenizer, sequence_length=12)
        model = hub.models.GPT2CausalLM(backbone, preprocessor=preprocessor)
        model.compile(sampler="greedy")
        # The last norm gives the word's own vector, whatever it gets.
        wanted = backbone.token_embedding.embeddings[vocabulary[word]]
        backbone.layer_norm.gamma.assign(np.zeros(32))
        backbone.layer_norm.beta.assign(keras.ops.convert_to_numpy(wanted) * 100)
        return model

    return make


def test_strings_are_classified_as_without_a_guard(classifier: Any) -> None:
    """The task's own preprocessor prepares them, once."""
    guarded = sanitize.guard(classifier)
    wanted = classifier.predict(TEXTS, verbose=0)
    np.testing.assert_allclose(guarded.predict(TEXTS, verbose=0), wanted, rtol=1e-5)
    np.testing.assert_allclose(guarded.predict_on_batch(TEXTS), wanted, rtol=1e-5)
    assert not np.allclose(wanted[0], wanted[1])


def test_the_sanitized_text_is_what_is_classified(classifier: Any) -> None:
    """Zero-width characters inside of words are gone before the tokenizer sees them."""
    guarded = sanitize.guard(classifier)
    hidden = ["the qu\u200bick f\u200box", *TEXTS[1:]]
    np.testing.assert_allclose(
        guarded.predict(hidden, verbose=0), classifier.predict(TEXTS, verbose=0), rtol=1e-5
    )
    assert not np.allclose(
        classifier.predict(hidden, verbose=0), guarded.predict(hidden, verbose=0)
    )


def test_attacks_do_not_reach_the_classifier(classifier: Any) -> None:
    with pytest.raises(Blocked) as caught:
        sanitize.guard(classifier, knowing()).predict(["good movie", "an attack"], verbose=0)
    assert caught.value.rows == (1,)
    lenient = sanitize.guard(classifier, knowing(), on_block="nan")
    found = lenient.predict(["good movie", "an attack"], verbose=0)
    assert np.isnan(found[1]).all()
    np.testing.assert_allclose(found[:1], classifier.predict(["good movie"], verbose=0), rtol=1e-5)


def test_arrays_are_not_prepared_again(classifier: Any) -> None:
    """Ids meet the contract, and reach the model as they are."""
    guarded = sanitize.guard(classifier)
    made = classifier.preprocessor(TEXTS)
    arrays = {name: keras.ops.convert_to_numpy(part) for name, part in made.items()}
    arrays = {name: part.astype("int32") for name, part in arrays.items()}
    np.testing.assert_allclose(
        guarded.predict(arrays, verbose=0), classifier.predict(TEXTS, verbose=0), rtol=1e-5
    )
    arrays["token_ids"][0, 1] = 10_000
    with pytest.raises(Blocked):
        guarded.predict(arrays, verbose=0)


def test_evaluate_counts_as_without_a_guard(classifier: Any) -> None:
    labels = np.array([0, 1, 1])
    guarded = sanitize.guard(classifier)
    wanted = classifier.evaluate(np.array(TEXTS), labels, verbose=0)
    assert guarded.evaluate(TEXTS, labels, verbose=0) == pytest.approx(wanted, rel=1e-4)


def test_text_is_generated_as_without_a_guard(writer: Any) -> None:
    model = writer("Ġnice")
    guarded = sanitize.guard(model, knowing())
    assert guarded.generate("the fox", max_length=10) == model.generate("the fox", max_length=10)
    prompts = ["the fox", "quick"]
    written = guarded.generate(prompts, max_length=10, strip_prompt=True)
    assert written == model.generate(prompts, max_length=10, strip_prompt=True)
    assert "nice" in written[0]


def test_prompts_that_may_not_pass_are_not_continued(writer: Any) -> None:
    model, prompts = writer("Ġnice"), ["the fox", "the attack"]
    with pytest.raises(Blocked) as caught:
        sanitize.guard(model, knowing()).generate(prompts, max_length=10)
    assert caught.value.rows == (1,)
    first = model.generate("the fox", max_length=10)
    options: list[tuple[Any, list[str | None]]] = [("nan", [first, None]), ("drop", [first])]
    for on_block, wanted in options:
        guarded = sanitize.guard(model, knowing(), on_block=on_block)
        assert guarded.generate(prompts, max_length=10) == wanted


def test_what_the_model_writes_is_scored_too(writer: Any) -> None:
    """A harmless prompt, and an attack that comes out: refused, and told apart."""
    model = writer("Ġattack")
    assert "attack" in model.generate("the fox", max_length=10)
    with pytest.raises(Blocked) as caught:
        sanitize.guard(model, knowing()).generate("the fox", max_length=10)
    rules = [finding.rule for finding in caught.value.verdicts[0].findings]
    assert "guard.generated" in rules
    lenient = sanitize.guard(model, knowing(), on_block="nan")
    assert lenient.generate("the fox", max_length=10) is None
    assert lenient.generate(["the fox"], max_length=10) == [None]


def test_only_text_is_continued(writer: Any, classifier: Any) -> None:
    guarded = sanitize.guard(writer("Ġnice"), knowing())
    for prompt in (3, None, np.zeros((1, 4)), {"token_ids": np.zeros((1, 4))}):
        with pytest.raises(ContractError, match="generate"):
            guarded.generate(prompt)
    with pytest.raises(UnguardedError, match="generate"):
        sanitize.guard(classifier).generate("the fox")
