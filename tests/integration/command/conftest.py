"""The command, given in a folder of its own, against a test's own database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from alur.cli import app
from models.settings import settings

Give = Callable[..., Result]


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Choose the database and the home that the next commands work on."""

    def choose(dsn: str, home: str = "home") -> None:
        monkeypatch.setenv("ALUR_DATABASE_URL", dsn)
        monkeypatch.setenv("ALUR_HOME", str(tmp_path / home))
        settings.cache_clear()

    monkeypatch.chdir(tmp_path)  # no `.env` of the place where the tests run
    yield choose
    settings.cache_clear()


@pytest.fixture
def alur(at: Callable[[str, str], None], database: str) -> Give:
    """Give a command on a test's own database."""
    at(database, "home")
    return give


def give(*arguments: object) -> Result:
    """Give one command; an error that nobody foresaw is raised, not told."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], catch_exceptions=False)
    assert "Traceback" not in done.output
    return done
