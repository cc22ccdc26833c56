"""The app's side of one model's process: started by exec, asked, replaced when it fails."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sanitize.errors import SandboxError
from sanitize.keras.isolation.frames import MAX_MESSAGE, pack, unpack
from sanitize.sandbox import memory, wire
from sanitize.sandbox.spawning import import_config, interpreter

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Seconds until a model must be loaded and warm: frameworks take some.
START_TIMEOUT = 180.0

#: What the process imports of this package before it locks itself.
MODULES = ("sanitize.keras.isolation.child", "sanitize.keras.artifact.door")


@dataclass(frozen=True, slots=True)
class Order:
    """How a model's process is started.

    Attributes:
        data: the model file's bytes, which were hashed.
        backend: Keras's backend inside.
        buckets: numbers of rows to be warm for, rising.
        memory: bytes that predictions may take beside what is loaded.
        timeout: seconds that one bucket of rows may take.
        allow: further classes, as for `load_model`.
    """

    data: bytes
    backend: str
    buckets: tuple[int, ...]
    memory: int
    timeout: float
    allow: tuple[str, ...]


class Worker:
    """One process. Not shared between tenants; one order at a time.

    Attributes:
        layers: what the kernel answered about each layer.
        contract: what the model's inputs expect, as YAML.
        outputs: shapes of the model's outputs; None for the rows.

    Raises:
        SandboxError: it could not be started, loaded, warmed or locked.
    """

    def __init__(self, order: Order) -> None:
        self._order = order
        self._lock = Lock()
        self._room = memory.Room()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with tempfile.TemporaryDirectory(prefix="sanitize-model-") as folder:
            Path(folder, "model.keras").write_bytes(order.data)
            os.chmod(folder, 0o755)  # noqa: S103 - the process may be another user; a model only
            with theirs:
                self._process = _start(theirs)
            hello = self._greet(folder)
        self.layers: Mapping[str, tuple[str, str]] = {
            str(name): (str(status), str(evidence))
            for name, (status, evidence) in hello["layers"].items()
        }
        self.contract = str(hello["contract"])
        self.outputs: list[list[int | None]] = hello["outputs"]

    def _greet(self, folder: str) -> dict[str, Any]:
        order = self._order
        config = {
            **import_config(MODULES),
            "folder": folder,
            "rules": str(files("sanitize.rules")),
            "sha256": hashlib.sha256(order.data).hexdigest(),
            "buckets": order.buckets,
            "memory": order.memory,
            "allow": order.allow,
            "environment": {"KERAS_BACKEND": order.backend, "TF_CPP_MIN_LOG_LEVEL": "3"},
        }
        try:
            self._control.send(json.dumps(config).encode())
            self._control.settimeout(START_TIMEOUT)
            hello = json.loads(self._control.recv(MAX_MESSAGE) or b'{"error": "died at start"}')
        except (OSError, ValueError) as error:
            hello = {"error": type(error).__name__}
        if not isinstance(hello, dict) or "error" in hello:
            self.end()
            raise SandboxError(f"model: could not be isolated: {str(hello.get('error'))[:64]}")
        return hello

    def predict(self, arrays: Sequence[NDArray[Any]], max_output: int) -> list[NDArray[Any]]:
        """The model's outputs for one bucket of rows.

        Raises:
            SandboxError: it raised, crashed, took too long or answered nonsense; all but the
                first cost the process its life.
        """
        specs, data = pack(arrays)
        reply, read = self._ask({"arrays": specs}, data, max_output)
        return unpack(reply.get("arrays"), read, max_output)

    def drill(self, name: str) -> str:
        """What the kernel answers to a forbidden act; see `drills`."""
        reply, _ = self._ask({"drill": name}, memoryview(b""), 0)
        return str(reply.get("drill"))[:64]

    def _ask(self, order: Mapping[str, Any], data: memoryview, max_output: int) -> tuple[Any, Any]:
        with self._lock, memory.result(max_output) as output:
            source = self._room.hold(data)
            reply = self._exchange(json.dumps(order).encode(), (source, output))
            if "error" in reply:
                raise SandboxError(f"model: raised {str(reply['error'])[:64]}")
            content = os.pread(output, max_output, 0) if max_output else b""
        return reply, lambda size, at: content[at : at + size]

    def _exchange(self, message: bytes, descriptors: Sequence[int]) -> dict[str, Any]:
        if len(message) > wire.MAX_MESSAGE:
            raise SandboxError("model: expected fewer arrays")
        try:
            socket.send_fds(self._control, [message], descriptors)
            self._control.settimeout(self._order.timeout)
            raw = self._control.recv(MAX_MESSAGE)
        except TimeoutError:
            self.end()
            limit = self._order.timeout
            raise SandboxError(f"model: took longer than {limit} s and was stopped") from None
        except OSError:
            raw = b""
        if not raw:
            raise SandboxError(f"model: its process ended ({self.end()})")
        try:
            reply = json.loads(raw)
            if not isinstance(reply, dict):
                raise ValueError(reply)
        except ValueError:
            self.end()
            raise SandboxError("model: answered something else than arrays") from None
        return reply

    @property
    def alive(self) -> bool:
        """True while the process runs."""
        return self._process.poll() is None

    def end(self) -> str:
        """End the process; how it ended, if it did by itself."""
        with suppress(OSError):
            self._control.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(0.2)
        self._process.kill()
        code = self._process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


def _start(control: socket.socket) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603  (our own interpreter and file, no shell)
            [*interpreter(), "model", str(control.fileno())],
            env={},
            cwd="/",
            pass_fds=[control.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        raise SandboxError(f"the model's process could not be started: {error.strerror}") from None
