"""`config.json`: parsed once, strictly, and walked to its last leaf.

Keras builds whatever a dict with a `class_name` asks for, wherever it stands: in
a layer that nothing is connected to, in the arguments of a node, in
`build_config` or `compile_config`. So everything is looked at, and what is not on
the list is refused (CVE-2025-1550, CVE-2025-8747, CVE-2025-9906 and the
deny-lists that followed them).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from sanitize.keras.artifact.refusal import refused, shown
from sanitize.keras.artifact.rules import Allowed, Limits

#: Values that Keras spells as dicts without a module, and what their config may hold.
_LITERALS = frozenset(
    {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__"}
)

#: Types of numbers in literals; no objects, which numpy would let be anything.
_DTYPES = re.compile(r"(u?int|float|complex|bfloat)(8|16|32|64|128)|bool|string")

#: Keys that make a dict an order to build something.
_ORDERS = ("class_name", "registered_name", "module")

_WHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/|[/~\\]|[A-Za-z]:\\")
_SIMPLE_PATTERN = re.compile(r"[\w /.:-]*", re.ASCII)

#: What a model can be at the top, besides the application's own classes.
_MODELS = frozenset({"Functional", "Sequential"})


def parse(name: str, raw: bytes) -> Any:
    """Strict JSON: UTF-8, no NUL, no byte order mark, no key twice.

    Python's reader guesses UTF-16 and UTF-32 from NUL bytes; without them there is one reading.

    Raises:
        ArtifactError: `artifact.config`.
    """
    try:
        if b"\0" in raw or raw.startswith(b"\xef\xbb\xbf"):
            raise ValueError("NUL or byte order mark")
        return json.loads(raw.decode("utf-8"), object_pairs_hook=_Unique(name))
    except (ValueError, RecursionError, MemoryError) as error:
        received = f"{len(raw):,} bytes ({type(error).__name__})"
        raise refused("config", name, "JSON in UTF-8", received) from None


class _Unique:
    """A hook for json that takes every key once; a class, for the file's name."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            twice = min(key for key in keys if keys.count(key) > 1)
            raise refused("config", self._name, "every key once", f"{shown(twice)} twice")
        return found


def check(name: str, config: Any, allowed: Allowed) -> None:
    """Walk a parsed `config.json`.

    Args:
        name: of the member, for messages.
        config: as parsed.
        allowed: what it may name.

    Raises:
        ArtifactError: the first thing that is not let in, by its place.
    """
    if not isinstance(config, dict) or "class_name" not in config:
        raise refused("config", name, "a model", shown(type(config).__name__))
    _Walk(name, allowed).run(config)
    if config["class_name"] not in _MODELS and not _is_custom(config, allowed):
        raise refused("class", name, "a model at the top", shown(config["class_name"]))


class _Walk:
    """One walk over one config, with a stack of its own instead of recursion."""

    def __init__(self, name: str, allowed: Allowed) -> None:
        self._name, self._allowed = name, allowed
        self._limits: Limits = allowed.rules.limits
        self._waiting: list[tuple[str, str, Any, int]] = []

    def run(self, config: Any) -> None:
        self._waiting.append((self._name, "", config, 0))
        nodes = 0
        while self._waiting:
            where, key, value, depth = self._waiting.pop()
            nodes += 1
            if nodes > self._limits.config_nodes or depth > self._limits.config_depth:
                allowed = f"{self._limits.config_nodes:,} values, {self._limits.config_depth} deep"
                raise refused("config", self._name, f"at most {allowed}", "more")
            self._look(where, key, value, depth)

    def _look(self, where: str, key: str, value: Any, depth: int) -> None:
        if isinstance(value, dict):
            self._dict(where, key, value, depth)
        elif isinstance(value, list):
            self._list(where, key, value, depth)
        elif isinstance(value, str):
            check_text(where, key, value, self._allowed)
        elif isinstance(value, int) and not isinstance(value, bool):
            self._integer(where, key, value)

    def _dict(self, where: str, key: str, value: dict[str, Any], depth: int) -> None:
        if "class_name" in value:
            check_order(where, value, self._allowed)
        for inner, item in value.items():
            if key in self._allowed.rules.pattern_keys:
                _check_pattern(where, inner)
            # The name of a class or module is no text: `check_order` has compared it.
            if not (inner in _ORDERS and isinstance(item, str) and "class_name" in value):
                place = f"{where}.{inner}"
                self._waiting.append((place, inner, item, depth + 1))

    def _list(self, where: str, key: str, value: list[Any], depth: int) -> None:
        if "shape" in key or "size" in key:
            _check_shape(where, value, self._limits)
        for index, item in enumerate(value):
            self._waiting.append((f"{where}[{index}]", key + "[]", item, depth + 1))

    def _integer(self, where: str, key: str, value: int) -> None:
        if abs(value) > self._limits.integer and not self._free(key):
            expected = f"a size of at most {self._limits.integer:,}"
            raise refused("shape", where, expected, f"{value:.4g}")

    def _free(self, key: str) -> bool:
        return key.rstrip("[]") in self._allowed.rules.free_keys


def check_order(where: str, order: Mapping[str, Any], allowed: Allowed) -> None:
    """A dict that asks for an object: may that be built?

    Raises:
        ArtifactError: the reason.
    """
    name, module = order["class_name"], order.get("module")
    if not isinstance(name, str):
        raise refused("class", where, "the name of a class", shown(name))
    reason = allowed.rules.refused.get(name)
    if reason is not None:
        raise refused(reason, where, "nothing that runs or loads code", shown(name))
    if name in _LITERALS:
        _check_literal(where, order)
    elif name == "function":
        _check_function(where, order, allowed)
    elif not _is_custom(order, allowed):
        if not isinstance(module, str) or not allowed.has_class(module, name):
            received = f"{shown(name)} of {shown(module)}"
            expected = "a class of the allow-list, or one of custom_objects"
            raise refused("class", where, expected, received)
        if order.get("registered_name") not in (None, name):
            received = shown(order["registered_name"])
            raise refused("class", where, f"a built-in class under its own name, {name}", received)


def _is_custom(order: Mapping[str, Any], allowed: Allowed) -> bool:
    """Keras looks custom classes up by their registered name, if there is one."""
    name = order.get("registered_name", order["class_name"])
    return isinstance(name, str) and name in allowed.custom


def _check_function(where: str, order: Mapping[str, Any], allowed: Allowed) -> None:
    name, module = order.get("config"), order.get("module")
    reason = allowed.rules.refused.get(name) if isinstance(name, str) else None
    if reason is not None:
        raise refused(reason, where, "nothing that runs or loads code", shown(name))
    if isinstance(name, str) and name in allowed.custom:
        return
    known = isinstance(name, str) and isinstance(module, str)
    if not known or not allowed.has_function(str(module), str(name)):
        expected = "a function of the allow-list, or one of custom_objects"
        raise refused("function", where, expected, f"{shown(name)} of {shown(module)}")
    if order.get("registered_name") not in (None, "function", name):
        received = shown(order["registered_name"])
        raise refused("function", where, "a built-in function under its own name", received)


def _check_literal(where: str, order: Mapping[str, Any]) -> None:
    config = order.get("config")
    dtype = config.get("dtype", "float32") if isinstance(config, dict) else "float32"
    if not isinstance(dtype, str) or not _DTYPES.fullmatch(dtype):
        raise refused("type", where, "numbers", shown(dtype))


def _check_shape(where: str, items: list[Any], limits: Limits) -> None:
    """A list of sizes, if it is one, describes no more elements than a model can hold."""
    if not 2 <= len(items) <= 32:
        return
    product = 1
    for item in items:
        if item is None or (type(item) is int and item > 0):
            product *= item or 1
        else:
            return
    if product > limits.elements:
        expected = f"a shape of at most {limits.elements:,} elements"
        raise refused("shape", where, expected, f"{product:.4g}")


def _check_pattern(where: str, text: str) -> None:
    if not _SIMPLE_PATTERN.fullmatch(text):
        raise refused("config", where, "a plain name, no regular expression", shown(text))


def check_text(where: str, key: str, text: str, allowed: Allowed) -> None:
    """A string: is it one that Keras would open, or one that reaches a registered object?

    Raises:
        ArtifactError: `artifact.path`, `artifact.name`, `artifact.config`.
    """
    rules = allowed.rules
    plain = key.rstrip("[]")
    if key in rules.path_keys:  # not for items of a list: those are words
        raise refused("path", where, "no name of a file", shown(text))
    if plain in rules.pattern_keys:
        _check_pattern(where, text)
    if plain in rules.word_keys:
        return
    if _WHERE.match(text) or "../" in text or "..\\" in text:
        raise refused("path", where, "no path and no address", shown(text))
    if text in allowed.foreign:
        expected = "no name of an object that is registered, but not in custom_objects"
        raise refused("name", where, expected, shown(text))
    if text in rules.refused:
        raise refused(rules.refused[text], where, "nothing that runs or loads code", shown(text))
