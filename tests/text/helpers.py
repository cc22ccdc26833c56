"""What the text room's tests share."""

from __future__ import annotations

from sanitize import registry
from sanitize.policy import load
from sanitize.stage import Checked, Stage, checked
from sanitize.types import Context, Modality, Sample

CONTEXT = Context()


def tags(text: str) -> str:
    """Text as Unicode tag characters, which nobody sees."""
    return "".join(chr(0xE0000 + ord(char)) for char in text)


def selectors(text: str) -> str:
    """Text as variation selectors, one byte each."""
    return "".join(
        chr(0xFE00 + byte if byte < 16 else 0xE0100 + byte - 16) for byte in text.encode()
    )


def bits(text: str, zero: str = "\u200b", one: str = "\u200c") -> str:
    """Text as zero-width characters, eight to a letter."""
    return "".join(f"{byte:08b}" for byte in text.encode()).replace("0", zero).replace("1", one)


def run(stage: Stage, text: str) -> Sample:
    """One text through one stage."""
    (result,) = stage([Sample(text, Modality.TEXT)], CONTEXT)
    return result


def rules(sample: Sample) -> set[str]:
    """The ids of a sample's findings."""
    return {finding.rule for finding in sample.findings}


def default_stages() -> tuple[Checked, ...]:
    """The text stages of the default policy, detectors left out."""
    specs = load("default").modalities[Modality.TEXT].stages
    return tuple(checked(registry.build(spec.name, spec.options)) for spec in specs)


def through(text: str, stages: tuple[Checked, ...]) -> Sample:
    """One text through stages, in order, until a critical finding ends its way."""
    sample = Sample(text, Modality.TEXT)
    for stage in stages:
        if not sample.halted:
            (sample,) = stage([sample], CONTEXT)
    return sample
