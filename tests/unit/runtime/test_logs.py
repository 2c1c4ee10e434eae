"""What the program's log holds: one line per event, ids, and nothing personal, whoever wrote the line."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import structlog

from alur.logs import configure
from models.database import sync_connect

NIK = "3204050101800001"


@pytest.fixture(autouse=True)
def bare() -> Iterator[None]:
    """The root logger without pytest's handlers, which configuring would close, and as it was again afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    root.handlers.clear()
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the process writes there, kept through the phases of a test."""
    kept = io.StringIO()
    monkeypatch.setattr("sys.stderr", kept)
    return kept


@pytest.fixture
def logged(stderr: io.StringIO) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines that were logged as JSON."""
    configure("INFO", as_json=True)

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in stderr.getvalue().splitlines()]

    yield read
    structlog.reset_defaults()


def test_ours_and_others_lines_are_json_with_level_logger_time_and_what_surrounds_them(
    logged: Callable[[], list[dict[str, Any]]],
) -> None:
    with structlog.contextvars.bound_contextvars(batch=7, run="r-1"):
        structlog.get_logger("alur.uji").info("berjalan", cases=3)
        logging.getLogger("pustaka.lain").warning("kata %s", "orang")
    logging.getLogger("pustaka.lain").warning("di luar")
    ours, theirs, outside = logged()
    assert (ours["event"], ours["cases"], ours["batch"], ours["run"]) == ("berjalan", 3, 7, "r-1")
    assert (theirs["event"], theirs["batch"], theirs["logger"], theirs["level"]) == (
        "kata orang",
        7,
        "pustaka.lain",
        "warning",
    )
    assert "batch" not in outside
    assert ours["timestamp"].endswith("Z")


def test_numbers_of_people_are_masked_wherever_they_stand(logged: Callable[[], list[dict[str, Any]]]) -> None:
    log = structlog.get_logger("alur.uji")
    event = f"nik {NIK}."
    log.info(event, kk=NIK, number=int(NIK), deep={"list": [f"x{NIK}", (f"-{NIK}-",)]}, run="1" * 17)
    [line] = logged()
    assert NIK not in json.dumps(line).replace(f"x{NIK}", "")
    assert line["event"] == f"nik {'•' * 16}."
    assert line["run"] == "1" * 17


def test_rows_that_database_errors_quote_stay_out(logged: Callable[[], list[dict[str, Any]]], database: str) -> None:
    with sync_connect(database) as conn:
        try:
            conn.execute(
                "INSERT INTO household (no_kk, region, alamat, rt, rw, kepala, source, act, updated_at, desil) "
                "VALUES ('1', 3204052001, 'Jl. Rahasia 9', '1', '1', 'Bu Rahasia', 'uji', 1, now(), 11)"
            )
        except psycopg.errors.CheckViolation:
            logging.getLogger("alur.uji").exception("gagal")
    [line] = logged()
    assert "CheckViolation" in line["exception"]
    assert "household_desil_check" in line["exception"]
    assert "Bu Rahasia" not in line["exception"]


def test_a_terminal_gets_readable_lines_and_anything_else_json(
    stderr: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr", stderr)  # pytest puts its own there between two phases of a test
    configure("INFO")
    logging.getLogger("alur.uji").info("untuk mesin")
    assert json.loads(stderr.getvalue())["event"] == "untuk mesin"
    monkeypatch.setattr(stderr, "isatty", lambda: True)
    configure("INFO")
    logging.getLogger("alur.uji").info("untuk orang")
    told = stderr.getvalue().splitlines()[1]
    assert "untuk orang" in told
    assert not told.startswith("{")
