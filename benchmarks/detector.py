"""The detector's session beside a bigger model's, and beside what the machine could do at most.

    python -m benchmarks detector

Needs the extra `train`. DeBERTa-v3-base (He et al. 2021, arXiv:2111.09543), the model that
most detectors are made of, is built with random weights: its speed does not depend on them.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks import texts
from benchmarks.timing import Row, milliseconds, paired
from sanitize.detectors import artifact
from sanitize.detectors.runtime import onnxruntime
from sanitize.detectors.transformer import EmbeddedDetector, EmbeddedModel
from sanitize.detectors.windows import buckets
from sanitize.types import Context, Modality, Sample

#: Tokens in a window, rounds to time, and the goals that the project set itself.
SIZES = ((64, 40, "≤ 8"), (256, 12, "≤ 32"))
#: Windows of 16 to 256 tokens for the batch, and seconds that processes count windows for.
MIXED, SECONDS = 64, 8.0
#: Side of the matrices whose product is the machine's int8 limit; larger ones are no quicker.
SIDE = 1024

#: config.json of microsoft/deberta-v3-base.
BASE: dict[str, Any] = {
    "vocab_size": 128_100,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "relative_attention": True,
    "position_buckets": 256,
    "norm_rel_ebd": "layer_norm",
    "share_att_key": True,
    "pos_att_type": ["p2c", "c2p"],
    "position_biased_input": False,
    "max_position_embeddings": 512,
    "type_vocab_size": 0,
}


def run() -> dict[str, Row]:
    """The figures by name; on one thread, but for the last."""
    rows: dict[str, Row] = {}
    model = EmbeddedDetector().model()
    assert isinstance(model, EmbeddedModel)
    with tempfile.TemporaryDirectory() as folder:
        big, torch_model = deberta(Path(folder))
        for tokens, rounds, goal in SIZES:
            mine = ready(model.session, tokens, 60_000)
            other = ready(big, tokens, 128_000)
            own, theirs, ratio = paired(mine, other, rounds)
            rows[f"detector, {tokens} tokens"] = Row(own, "ms", goal=goal)
            rows[f"DeBERTa-v3-base on onnxruntime, {tokens} tokens"] = Row(
                theirs, "ms", 1 / ratio, "detector", "ratio ≥ 10" if tokens == 64 else ""
            )
            slow = milliseconds(torch_model(tokens), rounds // 2, 2)
            name = f"DeBERTa-v3-base on torch, {tokens} tokens"
            rows[name] = Row(slow, "ms", slow / own, "detector")
    return rows | limit(model) | batch(model) | processes() | megabyte()


def ready(session: Any, tokens: int, pieces: int) -> Callable[[], Any]:
    """The session on one window of random ids."""
    ids = np.random.default_rng(0).integers(4, pieces, (1, tokens))
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    return lambda: session.run(None, feed)


def deberta(folder: Path) -> tuple[Any, Callable[[int], Callable[[], Any]]]:
    """An onnxruntime session of the big model, and torch's run of it for so many tokens."""
    import torch
    from transformers import DebertaV2Config, DebertaV2ForSequenceClassification

    torch.set_num_threads(1)
    config = DebertaV2Config(**BASE)
    model = DebertaV2ForSequenceClassification(config).eval()

    def example(tokens: int) -> dict[str, Any]:
        ids = torch.randint(4, 128_000, (1, tokens))
        return {"input_ids": ids, "attention_mask": torch.ones_like(ids)}

    path, shapes = str(folder / "model.onnx"), {1: "tokens"}
    torch.onnx.export(
        model,
        (example(16),),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["logits"],
        dynamic_axes={"input_ids": shapes, "attention_mask": shapes},
        dynamo=False,
    )

    def timed(tokens: int) -> Callable[[], Any]:
        feed = example(tokens)

        def once() -> Any:
            with torch.inference_mode():
                return model(**feed)

        return once

    return session(path), timed


def session(model: Any, **settings: Any) -> Any:
    """An onnxruntime session on one thread."""
    ort = onnxruntime()
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    for name, value in settings.items():
        setattr(options, name, value)
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def limit(model: EmbeddedModel) -> dict[str, Row]:
    """What 64 tokens would take if all int8 products ran as quickly as large ones; and the rest."""
    rate, macs = products(), 64 * int8_weights()
    own = milliseconds(ready(model.session, 64, 60_000), 40)
    rows = {
        "int8 products, large": Row(rate / 1e6, "GMAC/s"),
        "detector, 64 tokens, int8 products": Row(own, "ms", own * rate / macs, "int8 limit"),
    }
    for operator, share in profile(64).most_common(5):
        rows[f"share of {operator}, 64 tokens"] = Row(100 * share, "%")
    return rows


def products() -> float:
    """Multiply-adds a millisecond of one large int8 product, as onnxruntime computes it."""
    from onnx import TensorProto, helper, numpy_helper

    right = np.random.default_rng(0).integers(-63, 64, (SIDE, SIDE)).astype(np.int8)
    node = helper.make_node("MatMulInteger", ["left", "right"], ["out"])
    graph = helper.make_graph(
        [node],
        "product",
        [helper.make_tensor_value_info("left", TensorProto.UINT8, [SIDE, SIDE])],
        [helper.make_tensor_value_info("out", TensorProto.INT32, [SIDE, SIDE])],
        [numpy_helper.from_array(right, "right")],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    running = session(made.SerializeToString())
    left = np.random.default_rng(1).integers(0, 128, (SIDE, SIDE)).astype(np.uint8)
    return SIDE**3 / milliseconds(lambda: running.run(None, {"left": left}), 30)


def int8_weights() -> int:
    """Weights of the detector's int8 products: each is one multiply-add for a token."""
    import onnx

    graph = onnx.load_from_string(artifact.load().read("model.onnx")).graph
    return sum(
        int(np.prod(tensor.dims))
        for tensor in graph.initializer
        if tensor.data_type == onnx.TensorProto.INT8 and len(tensor.dims) == 2
    )


def profile(tokens: int) -> Counter[str]:
    """Operator → share of the time in operators, by onnxruntime's own profiler."""
    with tempfile.TemporaryDirectory() as folder:
        options = {"enable_profiling": True, "profile_file_prefix": f"{folder}/profile"}
        running = session(artifact.load().read("model.onnx"), **options)
        work = ready(running, tokens, 60_000)
        for _ in range(50):
            work()
        events = json.loads(Path(running.end_profiling()).read_text("utf-8"))
    taken: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            taken[event["args"]["op_name"]] += event["dur"]
    whole = sum(taken.values())
    return Counter({name: each / whole for name, each in taken.items()})


def mixed() -> list[list[int]]:
    """Windows of many lengths."""
    rng = np.random.default_rng(0)
    return [rng.integers(4, 60_000, size).tolist() for size in rng.integers(16, 257, MIXED)]


def batch(model: EmbeddedModel) -> dict[str, Row]:
    """All windows at once, as the detector groups them, against one after the other."""
    windows = mixed()

    def together() -> None:
        for group in buckets([len(ids) for ids in windows], model.batch_size):
            model.probabilities([windows[index] for index in group])

    def apart() -> None:
        for ids in windows:
            model.probabilities([ids])

    own, _, ratio = paired(together, apart, 5, 1)
    return {f"{MIXED} windows of mixed lengths": Row(own, "ms", 1 / ratio, "one by one", "≥ 1.3")}


def processes() -> dict[str, Row]:
    """Windows a second of two processes, against one."""
    alone, both = count(1), count(2)
    return {"two processes": Row(both, "windows/s", both / alone, "one process", "ratio ≥ 1.85")}


def count(workers: int) -> float:
    """Windows of 64 tokens a second that so many processes score together, the median of three."""
    context = get_context("spawn")
    rates = []
    with context.Pool(workers) as pool:
        pool.map(_count, [0.5] * workers, 1)  # loads the model
        for _ in range(3):
            rates.append(sum(pool.map(_count, [SECONDS] * workers, 1)))
    return median(rates)


def megabyte() -> dict[str, Row]:
    """A megabyte of prose through the detector alone, in a process of its own."""
    with get_context("spawn").Pool(1) as pool:
        seconds, peak = pool.apply(_read, (1_000_000,))
    return {
        "a megabyte of prose": Row(seconds, "s"),
        "a megabyte of prose, peak memory": Row(peak, "MiB"),
    }


def _read(chars: int) -> tuple[float, float]:
    text, detector = texts.of_chars(chars), EmbeddedDetector()
    start = time.perf_counter()
    (sample,) = detector([Sample(text, Modality.TEXT)], Context())
    assert sample.coverage.unread == 0
    taken = time.perf_counter() - start
    # Not getrusage: there the peak of the process that started this one counts too.
    status = Path("/proc/self/status").read_text("utf-8")
    return taken, int(status.split("VmHWM:")[1].split()[0]) / 1024


def _count(seconds: float) -> float:
    model = EmbeddedDetector().model()
    assert isinstance(model, EmbeddedModel)
    work = ready(model.session, 64, 60_000)
    start, done = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        work()
        done += 1
    return done / (time.perf_counter() - start)
