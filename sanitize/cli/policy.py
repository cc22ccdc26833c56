"""`sanitize policy`: what a policy says, and whether it holds."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sanitize.cli import output

if TYPE_CHECKING:
    from sanitize.policy import Policy, StageSpec

app = typer.Typer(
    help="Show and validate policies.", rich_markup_mode=None, pretty_exceptions_enable=False
)


@app.command("show")
def show(
    source: Annotated[
        str, typer.Argument(metavar="[NAME|FILE]", help="A preset's name or a YAML file.")
    ] = "default",
) -> int:
    """Print a policy as YAML, every option spelt out."""
    from sanitize import policy, yamlfile

    typer.echo(yamlfile.dump(plain(policy.load(source))), nl=False)
    return 0


@app.command("validate")
def validate(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A YAML file or a preset's name.")],
) -> int:
    """Build everything that a policy names; exit code 2 says that it does not hold."""
    from sanitize.pipeline import pipeline

    pipe = pipeline(source)
    chains = ", ".join(f"{modality} ({len(stages)})" for modality, stages in pipe.chains.items())
    name = output.printable(source)
    typer.echo(f"{name}: policy {pipe.policy.name!r} holds; stages: {chains}")
    return 0


def plain(policy: Policy) -> dict[str, Any]:
    """A policy in the form of its YAML file, defaults filled in.

    Raises:
        PolicyError: it names an unknown stage.
    """
    decide = policy.decide
    return {
        "version": policy.version,
        "name": policy.name,
        "summary": policy.summary,
        "enforce": policy.enforce,
        "limits": policy.limits.model_dump(),
        "modalities": {
            str(modality): {
                "max_bytes": spec.max_bytes,
                "verify": spec.verify,
                "stages": [_stage(stage) for stage in spec.stages],
            }
            for modality, spec in policy.modalities.items()
        },
        "detectors": [_stage(stage) for stage in policy.detectors],
        "decide": {
            "severities": {
                key.name.lower(): item.name.lower() for key, item in decide.severities.items()
            },
            "rules": {glob: item.name.lower() for glob, item in decide.rules.items()},
        },
    }


def _stage(spec: StageSpec) -> dict[str, Any]:
    from sanitize import registry

    options = {**_defaults(registry.find(spec.name)), **spec.options}
    return {spec.name: {**options, "on_error": spec.on_error}}


def _defaults(stage: type[Any]) -> dict[str, Any]:
    """The defaults of a dataclass stage that YAML can spell."""
    if not dataclasses.is_dataclass(stage):
        return {}
    return {
        field.name: field.default
        for field in dataclasses.fields(stage)
        if field.init and isinstance(field.default, (str, int, float, tuple))
    }
