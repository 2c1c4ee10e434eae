"""The table of OWASP ASVS 5.0 in docs/security.md is whole and true: each requirement has its test or its reason."""

from __future__ import annotations

import ast
import re
from functools import cache

import pytest

from tests.unit.house.source import files, python, text, tree

TAKEN = tuple(
    """
    1.2.4 1.2.10 2.2.1 2.2.3 2.3.1 2.3.3 2.3.4 2.3.5 2.4.1 3.3.1 3.4.3 3.5.1 4.1.1 5.2.1 5.2.2 5.3.1 5.3.2 6.2.4 6.3.1
    6.3.3 6.5.1 7.2.1 7.3.1 7.4.1 8.2.1 8.2.2 8.2.3 8.3.1 8.4.1 11.3.2 11.4.2 13.3.1 14.2.4 14.2.6 14.2.7 16.2.1 16.2.5
    16.3.2 16.3.3 16.4.2 16.5.1
    """.split()  # noqa: SIM905 -- forty numbers are read more easily so
)
"""The requirements that fit as tests; others ask about documents, deployment, or parts we do not have."""
_ROW = re.compile(r"^\| (\d+\.\d+\.\d+) ([^|]+)\|([^|]+)\|$", re.MULTILINE)
_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
_REASON_LETTERS = 40


def _rows() -> dict[str, str]:
    section = text("docs/security.md").partition("## ASVS 5.0")[2].partition("\n## ")[0]
    found = [(number, where) for number, _, where in _ROW.findall(section)]
    assert len({number for number, _ in found}) == len(found), "a requirement stands there twice"
    return dict(found)


@cache
def _tests() -> frozenset[tuple[str, str]]:
    """Return path and name of every test function."""
    return frozenset(
        (path, node.name)
        for path in python("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    )


def _number(name: str) -> str | None:
    found = re.match(r"test_asvs_(\d+)_(\d+)_(\d+)_", name)
    return ".".join(found.groups()) if found else None


def test_every_requirement_stands_in_the_table() -> None:
    assert set(TAKEN) - set(_rows()) == set()


@pytest.mark.parametrize("number", TAKEN)
def test_a_requirement_has_a_test_that_is_there_or_a_reason(number: str) -> None:
    where = _rows()[number]
    named = _TEST.findall(where)
    missing = [f"{path}::{name}" for path, name in named if (path, name) not in _tests()]
    assert missing == []
    own = [name for _, name in named if _number(name) == number]
    assert own or len(where.strip()) > _REASON_LETTERS, "name its test_asvs_… or say why it has none"


def test_every_test_of_a_requirement_stands_in_the_table() -> None:
    named = {pair for where in _rows().values() for pair in _TEST.findall(where)}
    marked = {(path, name) for path, name in _tests() if _number(name)}
    assert len(marked) > len(TAKEN) // 2
    assert marked - named == set()


@pytest.mark.parametrize("page", ["docs/security.md", "docs/threat-model.md"])
def test_what_the_pages_name_is_there(page: str) -> None:
    known = set(files())
    told = text(page)
    for path, name in _TEST.findall(told):
        assert (path, name) in _tests(), f"{page}: {path}::{name}"
    paths = re.findall(
        r"`((?:api|alur|models|flows|tests|docs|state_machines|notifications|integrations)/[\w./-]+)`", told
    )
    assert paths
    assert [path for path in paths if path not in known and not any(one.startswith(path) for one in known)] == []
