"""Which name stands for which stage. Nothing is imported until a policy names it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sanitize.errors import PolicyError
from sanitize.stage import Stage

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

#: Entry-point group in which third-party packages offer stages.
GROUP = "sanitize.stages"

#: Built-in stages: name → where its class is.
STAGES: Mapping[str, str] = {
    "audio.decode": "sanitize.audio.encoders:Decode",
    "audio.header": "sanitize.audio.validators:Header",
    "audio.limits": "sanitize.audio.validators:Limits",
    "detectors.rules": "sanitize.detectors.rules:RulesDetector",
    "detectors.transformer": "sanitize.detectors.transformer:EmbeddedDetector",
    "detectors.huggingface": "sanitize.detectors.huggingface:TransformerDetector",
    "image.decode": "sanitize.image.encoders:Decode",
    "image.header": "sanitize.image.validators:Header",
    "image.limits": "sanitize.image.validators:Limits",
    "record.arrays": "sanitize.record.arrays:Arrays",
    "record.fields": "sanitize.record.fields:Fields",
    "record.formulas": "sanitize.record.fields:Formulas",
    "record.limits": "sanitize.record.validators:Limits",
    "record.strings": "sanitize.record.encoders:Strings",
    "tensor.dtype": "sanitize.tensor.validators:Dtype",
    "tensor.shape": "sanitize.tensor.validators:Shape",
    "tensor.range": "sanitize.tensor.validators:Range",
    "text.bidi": "sanitize.text.validators:Bidi",
    "text.confusables": "sanitize.text.validators:Confusables",
    "text.controls": "sanitize.text.validators:Controls",
    "text.decode": "sanitize.text.readings:Decode",
    "text.documents": "sanitize.text.parts:Documents",
    "text.invisible": "sanitize.text.filters:Invisible",
    "text.markup": "sanitize.text.filters:Markup",
    "text.normalise": "sanitize.text.filters:Normalise",
    "text.sensitive": "sanitize.text.sensitive:Sensitive",
    "text.presidio": "sanitize.text.presidio:Presidio",
    "text.safe": "sanitize.text.encoders:Safe",
    "text.size": "sanitize.text.validators:Size",
    "text.unicode": "sanitize.text.validators:WellFormed",
}


def known() -> tuple[str, ...]:
    """All stage names: the built-in ones and those of installed packages."""
    return tuple(sorted({*STAGES, *(point.name for point in _offered())}))


def _offered() -> tuple[EntryPoint, ...]:
    """What installed packages offer; looked up only when a policy asks for it."""
    from importlib.metadata import entry_points

    return tuple(entry_points(group=GROUP))


def find(name: str) -> type[Any]:
    """The class behind a stage name.

    Raises:
        PolicyError: no such name, or its package cannot be imported.
    """
    target = STAGES.get(name)
    if target is None:
        return _third_party(name)
    module, _, attribute = target.partition(":")
    found: type[Any] = getattr(import_module(module), attribute)
    return found


def _third_party(name: str) -> type[Any]:
    for point in (point for point in _offered() if point.name == name):
        try:
            found: type[Any] = point.load()
        except Exception as error:
            raise PolicyError(f"stage {name!r}: cannot load {point.value}: {error}") from error
        return found
    close = get_close_matches(name, known(), n=1)
    hint = f"; did you mean {close[0]!r}" if close else ""
    # The hint first: the list grows with every room, and whoever prints it may cut it.
    raise PolicyError(f"unknown stage {name!r}{hint}; expected one of {', '.join(known())}")


def build(name: str, options: Mapping[str, Any]) -> Stage:
    """A stage made from its name and the options that a policy gives it.

    Raises:
        PolicyError: unknown name or option, or an option of the wrong type or range.
    """
    factory = find(name)
    if dataclasses.is_dataclass(factory):
        stage = _build_dataclass(name, factory, options)
    else:
        try:
            stage = factory(**options)
        except (TypeError, ValueError) as error:
            raise PolicyError(f"stage {name!r}: {error}") from error
    if not isinstance(stage, Stage):
        raise PolicyError(f"stage {name!r}: expected a Stage, received {type(stage).__name__}")
    return stage


def _build_dataclass(name: str, factory: type[Any], options: Mapping[str, Any]) -> Any:
    from pydantic import TypeAdapter, ValidationError

    allowed = option_names(factory)
    unknown = sorted(set(options) - set(allowed))
    if unknown:
        expected = ", ".join(allowed) or "no options"
        raise PolicyError(f"stage {name!r}: unknown option {unknown[0]!r}; expected {expected}")
    try:
        return TypeAdapter(factory).validate_python(dict(options))
    except ValidationError as error:
        first = error.errors()[0]
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, PolicyError):  # the stage's own words, without pydantic's around them
            raise PolicyError(f"stage {name!r}: {str(cause).removeprefix(f'{name}: ')}") from None
        where = ".".join(str(part) for part in first["loc"]) or "options"
        raise PolicyError(f"stage {name!r}: {where}: {first['msg']}") from error


def option_names(stage: Any) -> tuple[str, ...]:
    """Names of the options that a dataclass stage, or its class, takes."""
    if not dataclasses.is_dataclass(stage):
        return ()
    return tuple(item.name for item in dataclasses.fields(stage) if item.init)
