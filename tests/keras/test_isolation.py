"""The model's own process: equal predictions, a locked door, and a new process after a crash."""

from __future__ import annotations

import hashlib
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

import sanitize
from sanitize import ArtifactError, Blocked, ContractError, PolicyError, SandboxError, SanitizeError
from sanitize.keras.isolation.drills import FORBIDDEN
from sanitize.keras.isolation.frames import pack, unpack


def save(folder: Path, model: keras.Model) -> tuple[Path, str]:
    path = folder / "model.keras"
    model.save(path)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, keras.Model]]:
    """A small CNN, isolated and not."""
    keras.utils.set_random_seed(1)
    layers = [
        keras.Input((8, 8, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(4, 3, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3, activation="softmax"),
    ]
    model = keras.Sequential(layers)
    path, digest = save(tmp_path_factory.mktemp("model"), model)
    isolated = sanitize.isolated(path, sha256=digest, buckets=(1, 4), timeout=20)
    yield isolated, model
    isolated.model.close()


def pictures(rows: int) -> np.ndarray:
    return np.random.default_rng(rows).uniform(0, 255, (rows, 8, 8, 3)).astype("float32")


@pytest.mark.parametrize("rows", [1, 2, 4, 5, 11])
def test_predictions_are_those_of_the_bare_model(pair: tuple[Any, Any], rows: int) -> None:
    """Whatever buckets the rows are padded to."""
    isolated, model = pair
    x = pictures(rows)
    np.testing.assert_allclose(
        isolated.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_the_guard_stands_before_it(pair: tuple[Any, Any]) -> None:
    """The contract was derived inside; bad rows never get there."""
    isolated, _ = pair
    with pytest.raises(Blocked):
        isolated.predict(np.full((2, 8, 8, 3), np.nan, "float32"), verbose=0)
    with pytest.raises(Blocked):
        isolated.predict(pictures(2)[:, :4], verbose=0)
    assert isinstance(isolated, keras.Model)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_a_model_that_was_taken_over_would_try_fails(pair: tuple[Any, Any], name: str) -> None:
    """An error from the kernel, or death; and the next prediction is served by a new process."""
    isolated, model = pair
    try:
        answer = isolated.model.worker().drill(name)
    except SandboxError as error:
        answer = str(error)
        assert "process ended (signal" in answer
    assert answer != "allowed"
    x = pictures(1)
    np.testing.assert_allclose(
        isolated.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )


def test_a_crash_is_an_error_and_the_process_is_replaced(pair: tuple[Any, Any]) -> None:
    isolated, _ = pair
    before = isolated.model.worker()
    with pytest.raises(SandboxError, match="signal 11"):
        before.drill("crash")
    assert isolated.predict(pictures(1), verbose=0).shape == (1, 3)
    assert isolated.model.worker() is not before


def test_a_model_that_hangs_is_stopped(tmp_path: Path) -> None:
    path, digest = save(tmp_path, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    isolated = sanitize.isolated(path, sha256=digest, buckets=(1,), timeout=1)
    with pytest.raises(SandboxError, match="longer than 1 s"):
        isolated.model.worker().drill("hang")
    assert isolated.predict(np.ones((1, 2), "float32"), verbose=0).shape == (1, 1)
    isolated.model.close()


def test_every_layer_is_reported_as_the_kernel_answered(pair: tuple[Any, Any]) -> None:
    layers = pair[0].model.worker().layers
    assert layers["seccomp"][0] == "active"
    assert layers["no_new_privs"][0] == "active"
    assert layers["limits"][0] == "active"
    assert set(layers) >= {"namespaces", "landlock", "user", "capabilities"}


def test_inputs_by_name_and_outputs_in_order(tmp_path: Path) -> None:
    """A model of two inputs and two outputs."""
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    joined = keras.layers.Concatenate()([a, b])
    outputs = [keras.layers.Dense(2)(joined), keras.layers.Dense(4)(joined)]
    model = keras.Model({"b": b, "a": a}, outputs)
    path, digest = save(tmp_path, model)
    isolated = sanitize.isolated(path, sha256=digest, buckets=(2,))
    x = {"a": np.ones((2, 2), "float32"), "b": np.full((2, 3), 2, "float32")}
    for mine, bare in zip(isolated.predict(x, verbose=0), model.predict(x, verbose=0), strict=True):
        np.testing.assert_allclose(mine, bare, rtol=1e-5, atol=1e-6)
    isolated.model.close()


def test_a_live_model_moves_into_a_process_of_its_own(pair: tuple[Any, Any]) -> None:
    """`guard(model, sandbox=True)`: same predictions, same contract, locked."""
    _, model = pair
    guarded = sanitize.guard(model, sandbox=True)
    x = pictures(3)
    np.testing.assert_allclose(
        guarded.predict(x, verbose=0), model.predict(x, verbose=0), rtol=1e-5, atol=1e-6
    )
    assert guarded.contract == sanitize.guard(model).contract
    assert guarded.model.worker().layers["seccomp"][0] == "active"
    with pytest.raises(Blocked):
        guarded.predict(np.full((2, 8, 8, 3), np.nan, "float32"), verbose=0)
    guarded.model.close()


def test_a_pinned_contract_in_another_order_reaches_the_right_inputs() -> None:
    """The process is asked in its own order, not in that of the contract or of the call."""
    a, b = keras.Input((2,), name="a"), keras.Input((2,), name="b")
    model = keras.Model({"b": b, "a": a}, keras.layers.Subtract()([a, b]))
    spec = sanitize.TensorSpec(shape=(None, 2))
    guarded = sanitize.guard(model, sandbox=True, contract={"a": spec, "b": spec})
    x = {"a": np.full((1, 2), 5, "float32"), "b": np.full((1, 2), 2, "float32")}
    np.testing.assert_array_equal(guarded.predict(x, verbose=0), [[3, 3]])
    with pytest.raises(ContractError):
        guarded.model.predict({"a": x["a"]})
    guarded.model.close()


def test_what_cannot_be_loaded_there_is_said_at_once() -> None:
    """A class that is no installed package's, and code, do not get in."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x)])
    with pytest.raises(SandboxError, match="lambda"):
        sanitize.guard(model, sandbox=True)


def test_what_nothing_vouches_for_is_refused(tmp_path: Path) -> None:
    path, _ = save(tmp_path, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    with pytest.raises(ArtifactError):
        sanitize.isolated(path)
    with pytest.raises(ArtifactError):
        sanitize.isolated(path, sha256="0" * 64)


def test_a_model_that_is_code_is_refused_inside(tmp_path: Path) -> None:
    """By the same allow-list, in the process that would run it."""
    model = keras.Sequential([keras.Input((2,)), keras.layers.Lambda(lambda x: x)])
    path, digest = save(tmp_path, model)
    with pytest.raises(SandboxError, match=r"artifact\.lambda"):
        sanitize.isolated(path, sha256=digest)


def test_it_stays_in_its_process(pair: tuple[Any, Any]) -> None:
    with pytest.raises(SanitizeError, match="load it again"):
        pickle.dumps(pair[0])


@pytest.mark.parametrize("buckets", [(), (0, 1), (4, 2), (2, 2)])
def test_buckets_rise(buckets: tuple[int, ...], tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="buckets"):
        sanitize.isolated(tmp_path / "x.keras", unverified=True, buckets=buckets)


def test_nobody_is_left_behind_when_the_app_is_killed(tmp_path: Path) -> None:
    """With kill -9: the process sees its socket close, and ends."""
    path, digest = save(tmp_path, keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]))
    code = (
        "import sys, os, sanitize\n"
        f"model = sanitize.isolated({str(path)!r}, sha256={digest!r}, buckets=(1,))\n"
        "print(model.model.worker()._process.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=200
    )
    pid = int(done.stdout)
    deadline = 200
    while Path(f"/proc/{pid}/cmdline").exists() and deadline:
        if not Path(f"/proc/{pid}/cmdline").read_bytes():
            break  # dead, and waiting to be buried
        subprocess.run(["sleep", "0.1"], check=True)
        deadline -= 1
    assert deadline


#: (title, what a process that was taken over might say of its arrays)
LIES = [
    ("no list", {"dtype": "float32", "shape": [1]}),
    ("no array", [1]),
    ("objects", [{"dtype": "object", "shape": [1]}]),
    ("negative", [{"dtype": "float32", "shape": [-1]}]),
    ("huge", [{"dtype": "float64", "shape": [1 << 39, 1 << 39]}]),
    ("many axes", [{"dtype": "float32", "shape": [1] * 9}]),
    ("sizes that are none", [{"dtype": "float32", "shape": [True]}]),
    ("more keys", [{"dtype": "float32", "shape": [1], "data": 1}]),
    ("more than came", [{"dtype": "float32", "shape": [100]}]),
]


@pytest.mark.parametrize(("title", "specs"), LIES, ids=[row[0] for row in LIES])
def test_lies_about_arrays_are_found_out(title: str, specs: Any) -> None:
    """Before anything is allocated for them."""
    with pytest.raises(SandboxError):
        unpack(specs, lambda size, at: bytes(8)[at : at + size], 1024)


def test_arrays_survive_the_way() -> None:
    arrays = [np.arange(6, dtype="int16").reshape(2, 3), np.ones((2, 1), "float64")]
    specs, data = pack(arrays)
    back = unpack(json.loads(json.dumps(specs)), lambda size, at: data[at : at + size])
    for one, other in zip(arrays, back, strict=True):
        np.testing.assert_array_equal(one, other)
        assert one.dtype == other.dtype
