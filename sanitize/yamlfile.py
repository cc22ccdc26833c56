"""Strict YAML: safe types only, no duplicate keys, and a line for every key.

Policies and rule packs are configuration, so mistakes raise `PolicyError`
with the file, the line, the key, and what was expected there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from sanitize.errors import PolicyError

if TYPE_CHECKING:
    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed YAML file that still knows where each key stands."""

    name: str
    data: Any
    root: yaml.Node

    def line_of(self, path: Sequence[str | int]) -> int:
        """The 1-based line of a key path; of its closest known parent otherwise."""
        node, line = self.root, self.root.start_mark.line
        for part in path:
            found = _child(node, part)
            if found is None:
                break
            line, node = found
        return int(line) + 1

    def error(self, path: Sequence[str | int], expectation: str) -> PolicyError:
        """A `PolicyError` that names file, line, key and expectation."""
        key = ".".join(str(part) for part in path) or "document"
        return PolicyError(f"{self.name}, line {self.line_of(path)}, {key}: {expectation}")

    def parse(self, model: type[Model]) -> Model:
        """The document as a validated, frozen object.

        Raises:
            PolicyError: the document does not fit the model.
        """
        from pydantic import ValidationError

        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            # A misspelt key also leaves the right one missing: name the misspelling first.
            first = min(error.errors(), key=lambda found: found["type"] != "extra_forbidden")
            raise self.error(first["loc"], _expectation(dict(first))) from None


def _expectation(problem: dict[str, Any]) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key; expected one of the documented keys"
    received = type(problem.get("input")).__name__
    return f"{problem['msg']}; received {received}"


def _child(node: yaml.Node, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        return node.value[part].start_mark.line, node.value[part]
    return None


def _refuse_duplicates(name: str, node: yaml.Node) -> None:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                line = key.start_mark.line + 1
                raise PolicyError(f"{name}, line {line}, {key.value}: expected unique keys")
            seen.add(key.value)
            _refuse_duplicates(name, value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            _refuse_duplicates(name, value)


def parse(text: str, name: str) -> Document:
    """Parse YAML text.

    Raises:
        PolicyError: not YAML, aliases that loop, or duplicate keys.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        if node is None:
            raise PolicyError(f"{name}, line 1, document: expected a mapping, received nothing")
        _refuse_duplicates(name, node)
        return Document(name, loader.construct_document(node), node)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or "nested too deeply"
        raise PolicyError(f"{name}, line {line}, document: expected YAML; {problem}") from None


def read(path: Path) -> Document:
    """Parse a YAML file.

    Raises:
        PolicyError: the file cannot be read or parsed.
    """
    try:
        return parse(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        problem = getattr(error, "strerror", None) or "invalid UTF-8"
        raise PolicyError(f"{path}: expected a readable YAML file; {problem}") from None


def shipped(*parts: str) -> Document:
    """Parse a YAML file that ships with the package, below `sanitize.rules`."""
    resource = files("sanitize.rules").joinpath(*parts)
    return parse(resource.read_text("utf-8"), "rules/" + "/".join(parts))


def dump(data: Any) -> str:
    """Plain data as YAML, in the order given.

    Raises:
        PolicyError: something in it is no plain data.
    """
    try:
        return yaml.safe_dump(_plain(data), sort_keys=False)
    except yaml.YAMLError as error:
        raise PolicyError(f"expected plain data; {str(error)[:80]}") from None


def _plain(data: Any) -> Any:
    if hasattr(data, "items"):
        return {str(key): _plain(item) for key, item in data.items()}
    if isinstance(data, (list, tuple)):
        return [_plain(item) for item in data]
    return data
