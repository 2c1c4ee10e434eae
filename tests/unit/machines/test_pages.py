"""The pages in docs/machines/ are the declarations, told by `state_machines.describe`."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from state_machines import MACHINES, Machine
from state_machines.describe import page

FOLDER = Path(__file__).parents[3] / "docs" / "machines"
NAMES = [machine.name for machine in MACHINES]


@pytest.mark.parametrize("machine", MACHINES, ids=NAMES)
def test_a_page_is_its_machine(machine: Machine) -> None:
    path = FOLDER / f"{machine.name}.md"
    stale = not path.exists() or path.read_text("utf-8") != page(machine)
    assert not stale, f"docs/machines/{path.name} is stale; run: make docs"


def test_every_page_has_a_machine() -> None:
    pages = {path.stem for path in FOLDER.iterdir()}
    assert pages == {*NAMES, "README"}, "take out what no machine stands behind, and run: make docs"


def test_the_readme_lists_every_machine_in_one_sentence() -> None:
    lines = (FOLDER / "README.md").read_text("utf-8").splitlines()
    for name in NAMES:
        entry = [line for line in lines if re.fullmatch(rf"- \[{name}\]\({name}\.md\): [^.]+\.", line)]
        assert len(entry) == 1, f"docs/machines/README.md: write one line `- [{name}]({name}.md): one sentence.`"
