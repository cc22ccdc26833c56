"""What the whole pipeline costs over the bare model session, warm, on one thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sanitize
from benchmarks import texts
from benchmarks.timing import Row, paired
from sanitize.detectors.transformer import EmbeddedDetector, EmbeddedModel
from sanitize.detectors.windows import windows

#: Tokens in a text, [CLS] and [SEP] included, and rounds to time.
SIZES = ((16, 300), (64, 300), (256, 100), (4096, 10))

#: The bound the project set itself at 64 tokens.
GOALS = {64: "ratio ≤ 1.15"}


def run() -> dict[str, Row]:
    """Median per text length, against the same windows run by the bare session."""
    pipe = sanitize.pipeline("chat")
    model = EmbeddedDetector().model()
    assert isinstance(model, EmbeddedModel)
    rows = {}
    for tokens, rounds in SIZES:
        text = texts.of_tokens(model.tokenizer, tokens - 2)
        verdict = pipe(text)
        assert verdict.coverage.unread == 0, verdict.summary()
        whole, _, ratio = paired(lambda text=text: pipe(text), bare(model, text), rounds)
        name = f"pipeline, {tokens} tokens"
        rows[name] = Row(whole, "ms", ratio, "bare ONNX session", GOALS.get(tokens, ""))
    return rows


def bare(model: EmbeddedModel, text: str) -> Callable[[], None]:
    """The session alone, on the windows that the detector would cut, ready to run."""
    import numpy as np

    ids = model.tokenizer.encode(text, add_special_tokens=False).ids
    room = model.max_tokens - 2
    feeds: list[dict[str, Any]] = []
    for start, end in windows(len(ids), room, model.overlap):
        row = np.array([[*model.prefix, *ids[start:end], *model.suffix]], dtype=np.int64)
        feeds.append({"input_ids": row, "attention_mask": np.ones_like(row)})

    def session() -> None:
        for feed in feeds:
            model.session.run(["logits"], feed)

    return session
