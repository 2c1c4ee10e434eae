"""Each house rule finds what it is there to find, and lets pass what is fine."""

from __future__ import annotations

import ast

import pytest

from tests.unit.house import rules


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("state_machines/x.py", "import models"),
        ("models/case/x.py", "from flows import usulan"),
        ("models/x.py", "import alur.runtime"),
        ("models/x.py", "from tests.support import world"),
        ("integrations/x.py", "from models.errors import Refused"),
        ("integrations/x.py", "from integrations.simulator import world"),
        ("integrations/x.py", "from integrations import simulator"),
        ("integrations/simulator/x.py", "from integrations.codes import CODES"),
        ("notifications/x.py", "from state_machines import USULAN"),
        ("flows/x.py", "def f():\n    from api import app"),
        ("flows/x.py", "import integrations.simulator"),
        ("api/x.py", "import flows.usulan"),
        ("api/x.py", "from integrations import bank"),
        ("flows/x.py", "from . import calls"),
        ("alur/demo/x.py", "from alur.runtime import ports"),
        ("alur/demo/x.py", "import models.settings"),
        ("models/x.py", "import alur.demo.client"),
    ],
)
def test_imports__no(path: str, source: str) -> None:
    assert list(rules.imports(path, ast.parse(source)))


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("models/x.py", "from state_machines import USULAN\nfrom models.errors import Refused\nimport psycopg"),
        ("integrations/simulator/x.py", "from integrations.simulator.world import World"),
        ("flows/x.py", "import models, integrations.bank, notifications, state_machines, prefect"),
        ("alur/x.py", "import api, flows, integrations.simulator.app, alur.demo.story"),
        ("alur/demo/x.py", "import httpx\nfrom alur.demo.client import Person"),
        ("tests/x.py", "import alur"),
    ],
)
def test_imports__yes(path: str, source: str) -> None:
    assert not list(rules.imports(path, ast.parse(source)))


@pytest.mark.parametrize("source", ["import psycopg", "from models.settings import settings", "import prefect"])
def test_insiders__no(source: str) -> None:
    assert list(rules.insiders(ast.parse(source)))


def test_insiders__yes() -> None:
    source = "import json, sqlite3\nimport httpx\nfrom datetime import date\nfrom alur.demo.client import Person"
    assert not list(rules.insiders(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "from datetime import datetime",
        "import time",
        "import prefect",
        "from sqlmodel import SQLModel",
        "import psycopg",
        "text = open('machines.yaml').read()",
    ],
)
def test_impurities__no(source: str) -> None:
    assert list(rules.impurities(ast.parse(source)))


def test_impurities__yes() -> None:
    source = "import re\nfrom transitions import Machine\nfrom state_machines.declare import rule\nfrozenset({1})"
    assert not list(rules.impurities(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "q = 'SELECT id FROM case_ WHERE id = %s'",
        "q = 'SELECT door_move(%s)'",
        "q = f'SELECT {columns} FROM {table}'",
        "run('INSERT INTO act (id) VALUES (1)')",
        "run('''\n    UPDATE position\n       SET state = 1''')",
        "run('DELETE FROM claim')",
        "run('WITH x AS (SELECT 1) TABLE x')",
        "run('CREATE TEMP TABLE stage (LIKE region)')",
        "run('ALTER ROLE alur_api LOGIN')",
        "run('SET LOCAL lock_timeout = 1')",
        "run('select 1 from act')",
        "run('insert into act values (1)')",
        "run('TRUNCATE act')",
    ],
)
def test_statements__no(source: str) -> None:
    assert list(rules.statements(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "'''SELECT in a docstring FROM which nobody reads'''",
        "label = 'Select a village from the list'",
        "label = 'Update data keluarga'",
        "label = 'delete nothing'",
        "header = 'CREATE, ALTER and DROP are words too'",
    ],
)
def test_statements__yes(source: str) -> None:
    assert not list(rules.statements(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "import os\nos.environ['A']",
        "import os\nos.getenv('A')",
        "from os import environ",
        "import os\nos.environ.get('A')",
    ],
)
def test_environment__no(source: str) -> None:
    assert list(rules.environment(ast.parse(source)))


def test_environment__yes() -> None:
    assert not list(rules.environment(ast.parse("import os\nos.getpid()\nrequest.environ\nname = 'os.environ'")))


@pytest.mark.parametrize("source", ["print(1)", "breakpoint()", "import pdb\npdb.set_trace()"])
def test_debugging__no(source: str) -> None:
    assert list(rules.debugging("models/x.py", ast.parse(source)))


def test_debugging__yes() -> None:
    assert not list(rules.debugging("alur/cli.py", ast.parse("print('siap')")))
    assert not list(rules.debugging("models/x.py", ast.parse("fingerprint(1)\nrow.print()")))
    assert list(rules.debugging("alur/cli.py", ast.parse("breakpoint()")))


@pytest.mark.parametrize(
    "line", ["# TO" + "DO: later", "-- FIX" + "ME", "RAISE " + "NOTICE 'x'", "console" + ".log(x)"]
)
def test_unfinished__no(line: str) -> None:
    assert list(rules.unfinished(line))


def test_unfinished__yes() -> None:
    assert not list(rules.unfinished("method, hacksaw, RAISE EXCEPTION 'x', todos"))


@pytest.mark.parametrize(
    "line",
    ["see /wo" + "rk/main/x", "/ho" + "me/budi/alur", "/Use" + "rs/budi", "by an age" + "nt", "Clau" + "de wrote this"],
)
def test_workplace__no(line: str) -> None:
    assert list(rules.workplace(line))


@pytest.mark.parametrize(
    "line", ["wilayah/work", "agenda", "User-Agent: Alur", "user agents", "agen bank", "network/home"]
)
def test_workplace__yes(line: str) -> None:
    assert not list(rules.workplace(line))
