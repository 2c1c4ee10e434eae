"""The contract page names everything that can be asked and set."""

from pathlib import Path

import pytest

from integrations.simulator.controls import Fault
from integrations.simulator.registry import PARTS

PAGE = (Path(__file__).parents[3] / "docs" / "integrations.md").read_text(encoding="utf-8")
OPERATIONS = sorted(f"{'bank/{bank}' if system == 'bank' else system}/{operation}" for system, operation in PARTS)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_has_its_row_with_every_field(operation: str) -> None:
    (row,) = (line for line in PAGE.splitlines() if line.startswith(f"| `{operation}` |"))
    system, _, name = operation.rpartition("/")
    schema = PARTS["bank" if system.startswith("bank") else system, name].body.model_json_schema()
    (row_schema,) = schema["$defs"].values()
    fields = {*schema["properties"], *row_schema["properties"]} - {"baris", "id"}
    assert all(field in row for field in fields)


@pytest.mark.parametrize("setting", sorted(Fault.model_fields))
def test_every_fault_is_told(setting: str) -> None:
    assert f"`{setting}`" in PAGE
