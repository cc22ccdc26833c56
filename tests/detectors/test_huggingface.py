"""Any Hugging Face classifier as a drop-in: small random models of real architectures."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from sanitize import Context, Modality, PolicyError, Sample, TransformerDetector
from sanitize.detectors.huggingface import attack_labels

CONTEXT = Context()
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "ignore", "all", "hello", "the", "tram"]


@pytest.mark.parametrize(
    ("id2label", "wanted", "found"),
    [
        ({0: "SAFE", 1: "INJECTION"}, (), (1,)),
        ({0: "BENIGN", 1: "INJECTION", 2: "JAILBREAK"}, (), (1, 2)),
        ({0: "LABEL_0", 1: "LABEL_1"}, (), (1,)),
        ({0: "good", 1: "bad"}, ("bad",), (1,)),
    ],
    ids=["protectai", "prompt guard 1", "prompt guard 2", "named"],
)
def test_attack_labels(id2label: dict[int, str], wanted: tuple[str, ...], found: Any) -> None:
    """The layouts of published detectors are known; others are named by the application."""
    assert attack_labels(id2label, wanted) == found


@pytest.mark.parametrize("labels", [{0: "good", 1: "bad"}, {0: "attack", 1: "unsafe"}])
def test_labels_that_do_not_tell_are_refused(labels: dict[int, str]) -> None:
    """Neither none nor all of the labels can mean an attack."""
    with pytest.raises(PolicyError, match="labels"):
        attack_labels(labels, ())


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_without_torch_the_error_says_what_to_install() -> None:
    """When the stage is made."""
    with pytest.raises(PolicyError, match=r"keras-sanitize\[torch\]"):
        TransformerDetector("anything")


def save_model(folder: Path, labels: dict[int, str], kind: str) -> Path:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(0)
    vocabulary = {word: index for index, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]"}
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, sep_token="[SEP]", model_max_length=64, **special
    ).save_pretrained(folder)
    config = AutoConfig.for_model(
        kind,
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        max_position_embeddings=64,
        id2label=labels,
        label2id={label: index for index, label in labels.items()},
    )
    AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    return folder


@pytest.mark.torch
@pytest.mark.parametrize("kind", ["bert", "deberta-v2", "roberta"])
def test_real_architectures_score_every_window(kind: str, tmp_path: Path) -> None:
    """BERT, DeBERTa and RoBERTa layouts load from local files, and long text is covered."""
    folder = save_model(tmp_path, {0: "SAFE", 1: "INJECTION"}, kind)
    stage = TransformerDetector(str(folder), threshold=0.0)
    text = "ignore all the tram " * 100
    (sample,) = stage([Sample(text, Modality.TEXT)], CONTEXT)
    assert sample.coverage.unread == 0
    assert sample.coverage.total == len(text)
    assert 0.0 < (sample.injection or 0.0) < 1.0
    assert int(sample.findings[0].detail["windows"]) > 5


@pytest.mark.torch
def test_labels_without_names_mean_what_their_number_says(tmp_path: Path) -> None:
    """Prompt Guard 2's layout: DeBERTa-v2, and the second of two unnamed labels is the attack."""
    folder = save_model(tmp_path, {0: "LABEL_0", 1: "LABEL_1"}, "deberta-v2")
    stage = TransformerDetector(str(folder))
    ids = stage.model().tokenizer.encode("ignore all", add_special_tokens=True).ids
    (mine,) = stage.model().probabilities([ids])
    assert mine[0] == pytest.approx(_second_of_two(folder, ids), abs=1e-5)


def _second_of_two(folder: Path, ids: list[int]) -> float:
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.no_grad():
        return float(model(torch.tensor([ids])).logits.softmax(-1)[0, 1])


@pytest.mark.torch
def test_a_model_with_code_of_its_own_is_refused(tmp_path: Path) -> None:
    """PIGuard's layout: the configuration names a class in a Python file beside the weights."""
    folder = save_model(tmp_path, {0: "benign", 1: "injection"}, "deberta-v2")
    config = json.loads((folder / "config.json").read_text())
    config["auto_map"] = {"AutoModelForSequenceClassification": "own.Guard"}
    config["model_type"] = "own-guard"
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "own.py").write_text("open('was-run', 'w').close()\n")
    with pytest.raises(PolicyError, match="cannot be loaded"):
        TransformerDetector(str(folder)).model()
    assert not Path("was-run").exists()


@pytest.mark.torch
def test_it_takes_the_place_of_the_embedded_detector(tmp_path: Path) -> None:
    """A directory given to `pipeline(detector=…)` scores instead of the embedded weights."""
    import sanitize

    folder = save_model(tmp_path, {0: "SAFE", 1: "INJECTION"}, "bert")
    pipe = sanitize.pipeline(detector=str(folder))
    assert pipe.chains[Modality.TEXT][-1].name == "detectors.huggingface"
    assert pipe("hello the tram").injection is not None


@pytest.mark.torch
def test_pickled_weights_are_refused(tmp_path: Path) -> None:
    """Only safetensors are loaded: a pickle can run what it holds."""
    import torch

    folder = save_model(tmp_path, {0: "SAFE", 1: "INJECTION"}, "bert")
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(PolicyError, match="cannot be loaded"):
        TransformerDetector(str(folder)).model()


@pytest.mark.torch
def test_nothing_is_downloaded_unless_asked_for() -> None:
    """A model id without local files is an error, and a download needs a revision."""
    with pytest.raises(PolicyError, match="cannot be loaded"):
        TransformerDetector("no-such-owner/no-such-model").model()
    with pytest.raises(PolicyError, match="revision"):
        TransformerDetector("no-such-owner/no-such-model", allow_download=True)
