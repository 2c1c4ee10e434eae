"""One database whose calendar a test may rewrite inside a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from models.database import sync_connect
from tests.integration.calendar.oracle import Calendar
from tests.support.server import TestServer

Owner = Connection[DictRow]


@pytest.fixture(scope="session")
def calendar_dsn(server: TestServer) -> Iterator[str]:
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


@pytest.fixture(scope="session")
def owner(calendar_dsn: str) -> Iterator[Owner]:
    with sync_connect(calendar_dsn) as conn:
        # A summer time that begins inside the tests' year: no answer may depend on the session that asks.
        conn.execute("SET TimeZone = 'Europe/Berlin'")
        yield conn


@contextmanager
def decreed(owner: Owner, wanted: Calendar) -> Iterator[Owner]:
    """Let the database hold exactly this calendar until the block ends."""
    with owner.transaction(force_rollback=True):
        owner.execute("DELETE FROM holiday")
        owner.execute("DELETE FROM policy WHERE key ~ '^(jendela|hari_kerja|kalender)[.]'")
        for number, one in enumerate(wanted.policies, start=100):
            owner.execute(
                "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
                "VALUES (%s, %s, 'uji', '', now())",
                (number, one.since),
            )
            owner.execute(
                "INSERT INTO policy (key, version, value) VALUES (%s, %s, %s)", (one.key, number, Jsonb(one.value))
            )
        for off in wanted.holidays:
            owner.execute(
                "INSERT INTO holiday (day, name, kind, decree, lo, hi) VALUES (%s, 'uji', %s, 'uji', %s, %s)",
                (off.day, off.kind, off.lo, off.hi),
            )
        for more in wanted.extensions:
            owner.execute(
                "INSERT INTO window_extension (step, lo, hi, first_day, last_day, decree, reason, act, added_at) "
                "VALUES (%s, %s, %s, %s, %s, 'uji', 'uji', 0, now())",
                (more.step, more.lo, more.hi, more.first, more.last),
            )
        yield owner
