"""A model that computes elsewhere, with the face of a Keras model for a guard to stand before."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from math import prod
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from sanitize.errors import ContractError, PolicyError, SandboxError, SanitizeError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sanitize.keras.contract import Contract
    from sanitize.keras.gate import OnBlock
    from sanitize.keras.guard import Guarded
    from sanitize.keras.texts import Prepare
    from sanitize.pipeline import Pipeline

#: Numbers of rows that a model is warm for; others are padded to the next.
BUCKETS = (1, 8, 32)

#: Bytes that predictions may take beside the loaded model: 2 GiB.
MEMORY = 2 << 30

#: Seconds that one bucket of rows may take.
TIMEOUT = 30.0

#: Bytes of output of one bucket where the model does not say its sizes.
UNKNOWN_OUTPUT = 64 << 20


def isolated(  # noqa: PLR0913 - each is an option of its own, all by name
    path: str | os.PathLike[str],
    *,
    sha256: str | None = None,
    manifest: str | os.PathLike[str] | Mapping[str, Any] | None = None,
    signature: str | os.PathLike[str] | None = None,
    public_key: str | os.PathLike[str] | None = None,
    unverified: bool = False,
    allow: Iterable[str] = (),
    backend: str | None = None,
    buckets: Sequence[int] = BUCKETS,
    memory: int = MEMORY,
    timeout: float = TIMEOUT,
    pipeline: Pipeline | None = None,
    on_block: OnBlock = "raise",
    prepare: Prepare | None = None,
) -> Guarded:
    """Load a model in a locked process of its own, and guard it.

    The file is hashed here, and read, checked as by `load_model`, loaded and run there: a process
    without network, files, or other processes. Its predictions come back as checked arrays.

    Args:
        path: a `.keras` file on this machine.
        sha256: what its bytes must hash to, in hexadecimal.
        manifest: what `sanitize hash` wrote; as for `load_model`.
        signature: of the file; as for `load_model`.
        public_key: of the signer; as for `load_model`.
        unverified: True to load what nothing vouches for.
        allow: dotted names of further classes of installed packages.
        backend: Keras's backend inside; this process's if None.
        buckets: numbers of rows to be warm for, rising.
        memory: bytes that predictions may take beside what is loaded.
        timeout: seconds that one bucket of rows may take.
        pipeline: as for `guard`.
        on_block: as for `guard`.
        prepare: as for `guard`.

    Returns:
        The guarded model. `guarded.model.close()` ends its process, and so does the app's end.

    Raises:
        ArtifactError: the file is not what vouches for it.
        SandboxError: it cannot be loaded, or no process can be locked here.
        PolicyError: buckets that do not rise, a limit that is none.
    """
    import keras

    from sanitize.keras.artifact.door import verified_bytes
    from sanitize.keras.artifact.vouchers import Vouchers
    from sanitize.keras.guard import guard
    from sanitize.keras.isolation.process import Order

    sizes = tuple(int(rows) for rows in buckets)
    if not sizes or sizes[0] < 1 or list(sizes) != sorted(set(sizes)):
        raise PolicyError(f"buckets: expected rising numbers of rows, received {sizes}")
    if memory < 1 or not 0 < timeout < 86_400:
        raise PolicyError("expected memory in bytes and a timeout of up to a day in seconds")
    vouchers = Vouchers(sha256, manifest, signature, public_key, unverified)
    data = verified_bytes(path, vouchers)
    inside = backend or keras.backend.backend()
    order = Order(data, inside, sizes, memory, timeout, tuple(allow))
    model = _class()(order)
    return guard(model, pipeline, on_block=on_block, contract=model.expects, prepare=prepare)


def moved(model: Any) -> Any:
    """A live model, saved and loaded again in a locked process of its own; see `isolated`.

    Classes that are not Keras's own are let in there if they come from an installed package:
    the application has loaded them already.

    Raises:
        SandboxError: it cannot be saved or loaded again, or no process can be locked here.
    """
    import keras

    from sanitize.keras.isolation.process import Order

    with tempfile.TemporaryDirectory(prefix="sanitize-model-") as folder:
        path = Path(folder, "model.keras")
        try:
            model.save(path)
        except Exception as error:
            raise SandboxError(
                f"sandbox: expected a model that can be saved, received {type(error).__name__}"
            ) from error
        data = path.read_bytes()
    classes = {type(layer) for layer in model._flatten_layers()}
    own = {each for each in classes if each.__module__.partition(".")[0] != "keras"}
    allow = tuple(sorted(f"{each.__module__}.{each.__qualname__}" for each in own))
    return _class()(Order(data, keras.backend.backend(), BUCKETS, MEMORY, TIMEOUT, allow))


@lru_cache(maxsize=1)
def _class() -> Any:
    """The class; made when Keras is imported."""
    import keras

    return type("IsolatedModel", (Remote, keras.Model), {"__doc__": Remote.__doc__})


class Remote:
    """Predicts in another process; mixed into a `keras.Model` that has no weights here."""

    def __init__(self, order: Any) -> None:
        from sanitize.keras import pinned  # reads YAML, which is slow to import

        super().__init__(name="isolated")  # type: ignore[call-arg]
        self._order = order
        self._starting = Lock()
        self._worker: Any = None
        self._owner = 0
        self.expects: Contract = pinned.parse(self.worker().contract, "the isolated model")

    def worker(self) -> Any:
        """The live process; a new one after a crash, and in a fork of the app."""
        from sanitize.keras.isolation.process import Worker

        with self._starting:
            mine = self._owner == os.getpid()
            if self._worker is None or not mine or not self._worker.alive:
                self._worker, self._owner = Worker(self._order), os.getpid()
            return self._worker

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: str | int = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """As `keras.Model.predict` on arrays; rows are computed in the warmed buckets."""
        if steps is not None or callbacks is not None:
            raise SanitizeError("isolated: expected neither steps nor callbacks")
        return self.predict_on_batch(x)

    def predict_on_batch(self, x: Any) -> Any:
        """Predictions for all rows of arrays, or of dicts and tuples of arrays."""
        arrays = self._arrays(x)
        outputs = [_in_buckets(self, arrays, start) for start in _starts(self, arrays)]
        joined = [_joined(parts) for parts in zip(*outputs, strict=True)]
        return joined[0] if len(joined) == 1 else joined

    def _arrays(self, x: Any) -> list[NDArray[Any]]:
        """The arrays in the order in which the process expects them, whatever that of `x` is."""
        import numpy as np

        from sanitize.keras.structure import Mismatch, pairs

        try:
            return [np.asarray(array) for _, array in pairs(self.expects, x)]
        except Mismatch as error:
            expected = error.finding.detail["expected"]
            raise ContractError(f"isolated: expected {expected}") from None

    def call(self, inputs: Any) -> Any:
        """As `predict_on_batch`, as the backend's tensors."""
        import keras

        made = self.predict_on_batch(inputs)
        return keras.tree.map_structure(keras.ops.convert_to_tensor, made)

    def __call__(self, inputs: Any, training: bool | None = None) -> Any:
        """As `call`; a model in another process is not trained."""
        if training:
            raise SanitizeError("isolated: expected training=False or None")
        return self.call(inputs)

    def compute_output_spec(self, inputs: Any, *more: Any, **options: Any) -> Any:
        """Shapes of the outputs, as the process told them."""
        import keras

        specs = [keras.KerasTensor(tuple(shape)) for shape in self.worker().outputs]
        return specs[0] if len(specs) == 1 else specs

    def close(self) -> None:
        """End the process; the next prediction starts another."""
        with self._starting:
            if self._worker is not None and self._owner == os.getpid():
                self._worker.end()
            self._worker = None

    def __reduce__(self) -> Any:
        raise SanitizeError("isolated: expected to stay in its process; load it again there")


def _starts(model: Any, arrays: Sequence[NDArray[Any]]) -> range:
    rows = {len(array) for array in arrays}
    if len(rows) != 1 or rows == {0}:
        raise SandboxError("isolated: expected as many rows, one or more, in every input")
    return range(0, rows.pop(), model._order.buckets[-1])


def _in_buckets(model: Any, arrays: Sequence[NDArray[Any]], start: int) -> list[NDArray[Any]]:
    """The outputs for the rows from `start` on, as many as the largest bucket takes."""
    order, worker = model._order, model.worker()
    parts = [array[start : start + order.buckets[-1]] for array in arrays]
    rows = len(parts[0])
    bucket = next(size for size in order.buckets if size >= rows)
    padded = [_padded(part, bucket) for part in parts]
    most = sum(_bytes(shape, bucket) for shape in worker.outputs)
    untrusted = worker.predict(padded, most)
    for array, shape in zip(untrusted, worker.outputs, strict=False):
        _check(array, bucket, shape)
    if len(untrusted) != len(worker.outputs):
        raise SandboxError(
            f"model: expected {len(worker.outputs)} outputs, received {len(untrusted)}"
        )
    return [array[:rows] for array in untrusted]


def _padded(part: NDArray[Any], rows: int) -> NDArray[Any]:
    """Rows of the same sort as the last: nothing that the model could not be asked."""
    import numpy as np

    missing = rows - len(part)
    return part if not missing else np.concatenate([part, np.repeat(part[-1:], missing, axis=0)])


def _bytes(shape: Sequence[int | None], rows: int) -> int:
    if any(size is None for size in shape[1:]):
        return UNKNOWN_OUTPUT
    return 8 * rows * prod(size for size in shape[1:] if size is not None)


def _check(untrusted: NDArray[Any], rows: int, shape: Sequence[int | None]) -> None:
    fits = untrusted.ndim == len(shape) and len(untrusted) == rows
    wanted = zip(untrusted.shape[1:], shape[1:], strict=False)
    if not fits or any(size is not None and size != found for found, size in wanted):
        raise SandboxError(f"model: expected shape {tuple(shape)}, received {untrusted.shape}")


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    import numpy as np

    return parts[0] if len(parts) == 1 else np.concatenate(parts)
