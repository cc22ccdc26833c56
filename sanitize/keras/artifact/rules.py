"""What a model file may name and how large it may be: `rules/keras/artifact.yaml`, typed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from pydantic import BaseModel, ConfigDict, Field

from sanitize import yamlfile
from sanitize.errors import PolicyError


class Limits(BaseModel):
    """Bounds on sizes; the meaning of each stands beside it in the YAML file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_bytes: int = Field(gt=0)
    config_bytes: int = Field(gt=0)
    config_nodes: int = Field(gt=0)
    config_depth: int = Field(gt=0)
    asset_bytes: int = Field(gt=0)
    members: int = Field(gt=0)
    ratio: int = Field(gt=0)
    weights_objects: int = Field(gt=0)
    weights_depth: int = Field(gt=0)
    weights_bytes: int = Field(gt=0)
    integer: int = Field(gt=0)
    elements: int = Field(gt=0)


class Rules(BaseModel):
    """The shipped allow-list.

    Attributes:
        keras: the version that the lists were made from and reviewed against.
        safe: ranges of Keras versions, [from, before], without known holes in its loader.
        limits: bounds on sizes.
        refused: class name → reason, whatever the caller allows.
        path_keys: a string under one of these keys is read as a file.
        pattern_keys: strings under these keys are regular expressions.
        word_keys: strings under these keys are words, which may look like paths.
        free_keys: whole numbers under these keys are no sizes.
        classes: module → names of classes.
        functions: module → names of functions.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    keras: str
    safe: tuple[tuple[str, str], ...]
    limits: Limits
    refused: Mapping[str, str]
    path_keys: frozenset[str]
    pattern_keys: frozenset[str]
    word_keys: frozenset[str]
    free_keys: frozenset[str]
    classes: Mapping[str, frozenset[str]]
    functions: Mapping[str, frozenset[str]]


@lru_cache(maxsize=1)
def shipped() -> Rules:
    """The rules that ship with the package.

    Raises:
        PolicyError: the file is damaged.
    """
    return yamlfile.shipped("keras", "artifact.yaml").parse(Rules)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The shipped rules and what the application adds to them.

    Attributes:
        rules: as shipped.
        custom: names of the application's own classes and functions.
        extra: further (module, class) pairs.
        foreign: names registered with Keras in this process that the caller
            did not name; a string equal to one of them would reach it.
    """

    rules: Rules
    custom: frozenset[str] = frozenset()
    extra: frozenset[tuple[str, str]] = frozenset()
    foreign: frozenset[str] = frozenset()

    def has_class(self, module: str, name: str) -> bool:
        """Is this one of Keras's classes that may be built, or one that was added?"""
        return name in self.rules.classes.get(module, ()) or (module, name) in self.extra

    def has_function(self, module: str, name: str) -> bool:
        """Is this one of Keras's functions? `builtins` stands for any of its modules."""
        functions = self.rules.functions
        if module == "builtins":
            return any(name in names for names in functions.values())
        return name in functions.get(module, ())


def allowed(
    custom: Iterable[str] = (), names: Iterable[str] = (), foreign: Iterable[str] = ()
) -> Allowed:
    """The shipped allow-list with an application's additions.

    Args:
        custom: names of the application's own classes and functions.
        names: dotted names of further classes, `package.module.Class`.
        foreign: names that are registered with Keras, but were not asked for.

    Raises:
        PolicyError: a name without a module, or one that is never let in.
    """
    rules, pairs = shipped(), set()
    for name in names:
        module, _, short = name.rpartition(".")
        if not module or short in rules.refused:
            raise PolicyError(f"allow: expected package.module.Class, received {ascii(name)[:80]}")
        pairs.add((module, short))
    return Allowed(rules, frozenset(custom), frozenset(pairs), frozenset(foreign))
