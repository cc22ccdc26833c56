"""Calls that cannot damage a model on the JAX backend.

Keras takes the variables' values out of a model for the time of a `predict`
and does not put them back if anything raises: one malformed request, or a
raising callback, destroys the model (Keras 3.15.1; `fit` has a `finally`).
Two calls at once do the same. So each call holds the locks of the variables
that it uses, and a failed call gets every value back.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from typing import Any

from sanitize.errors import SanitizeError

#: Locks by the id of the model or variable that they belong to.
_locks: dict[int, threading.RLock] = {}
_registering = threading.Lock()


@contextmanager
def unharmed(model: Any, *, alone: bool = False) -> Iterator[None]:
    """Keep other guarded calls out, and the model as it was if the call fails.

    Models that share layers share variables, and so wait for each other.

    Args:
        model: the bare model.
        alone: the call counts in the model's metrics, which no two may do at
            once on any backend.
    """
    import keras

    if keras.backend.backend() != "jax":
        with _own_lock(model) if alone else nullcontext():
            yield
        return
    with ExitStack() as held:
        for lock in _locks_of(model):
            held.enter_context(lock)
        saved = [(variable, variable._value) for variable in model.variables]
        _refuse_empty(model, saved)
        try:
            yield
        except BaseException:  # KeyboardInterrupt leaves the model empty too
            _restore(model, saved)
            raise


def _own_lock(model: Any) -> threading.RLock:
    with _registering:
        return _lock_of(model, threading.RLock())


def _locks_of(model: Any) -> list[threading.RLock]:
    """The locks of a model and its variables, each once, in an order all threads agree on."""
    with _registering:
        own = _lock_of(model, threading.RLock())
        found = {id(own): own}
        for variable in model.variables:
            lock = _lock_of(variable, own)
            found[id(lock)] = lock
    return [found[key] for key in sorted(found)]


def _lock_of(owner: Any, fresh: threading.RLock) -> threading.RLock:
    key = id(owner)
    if key not in _locks:
        _locks[key] = fresh
        weakref.finalize(owner, _locks.pop, key, None).atexit = False
    return _locks[key]


def _refuse_empty(model: Any, saved: list[tuple[Any, Any]]) -> None:
    """A call from a callback of the same model's `predict`, or a model destroyed before."""
    if any(value is None and variable._initializer is None for variable, value in saved):
        raise SanitizeError(
            f"model {model.name!r}: expected variables with values, received empty ones; the model "
            "is predicting right now, or was destroyed by a call without a guard"
        )


def _restore(model: Any, saved: list[tuple[Any, Any]]) -> None:
    newest = _newest_values(model)
    for variable, value in saved:
        # JAX deletes what a step was given, and reuses its memory for what the step returns.
        variable._value = newest.get(id(variable), value) if _lost(value) else value
    model._jax_state = None
    model._jax_state_synced = True
    _reset_lost_metrics(model)


def _reset_lost_metrics(model: Any) -> None:
    """Metrics count from zero in every call: lost counts need only be there again."""
    values = [variable._value for variable in model.metrics_variables]
    if any(value is None or _lost(value) for value in values):
        model.reset_metrics()


def _newest_values(model: Any) -> dict[int, Any]:
    """Values that the last finished step left outside of the variables."""
    state = getattr(model, "_jax_state", None) or {}
    groups = ("trainable_variables", "non_trainable_variables")
    return {
        id(variable): value
        for group in groups
        for variable, value in zip(getattr(model, group), state.get(group) or (), strict=False)
    }


def _lost(value: Any) -> bool:
    is_deleted = getattr(value, "is_deleted", None)
    return bool(is_deleted()) if is_deleted is not None else False
