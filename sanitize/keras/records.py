"""Records in front of a model with named inputs: one dict for each row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sanitize.keras.contract import Contract
from sanitize.keras.intake import Intake, behind, take
from sanitize.pipeline import Pipeline
from sanitize.types import Action, Modality, Verdict


def rows_of_records(value: Any, contract: Contract) -> list[Any] | None:
    """The rows of a batch of records; None if it is something else."""
    if not isinstance(contract, dict) or not isinstance(value, (list, tuple)) or not value:
        return None
    return list(value) if any(isinstance(row, Mapping) for row in value) else None


def take_records(
    pipeline: Pipeline, contract: Contract, records: Sequence[Any], backend: str
) -> Intake:
    """Sanitize records, check them against the model's inputs, and make its arrays of them.

    Raises:
        ContractError: an input takes more than one number a row.
    """
    from sanitize.record.arrays import column
    from sanitize.record.fields import findings
    from sanitize.record.schema import of_inputs

    assert isinstance(contract, dict)
    schema = of_inputs(contract)
    verdicts = pipeline.batch(records, modality=Modality.RECORD)
    for row, verdict in enumerate(verdicts):
        if verdict.allowed:
            problems = tuple(findings(schema, verdict.unwrap()))
            verdicts[row] = _refused(verdict, problems) if problems else verdict
    passed = [verdict.unwrap() for verdict in verdicts if verdict.allowed]
    if not passed:
        return Intake(tuple(verdicts), None, len(verdicts))
    columns = {
        name: column([record[name] for record in passed], schema.fields[name]).reshape(
            -1, *spec.shape[1:]
        )
        for name, spec in contract.items()
    }
    return behind(verdicts, take(pipeline, contract, columns, backend))


def _refused(verdict: Verdict, problems: tuple[Any, ...]) -> Verdict:
    return replace(verdict, action=Action.BLOCK, findings=(*verdict.findings, *problems))
