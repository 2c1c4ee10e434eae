"""What the doctor says of the watch over stuck cases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from alur.doctor import database as looks
from alur.doctor.lines import Line, Status
from models.database import sync_connect
from models.stuck.queries import watch_state


@pytest.fixture
def owner(database: str) -> Iterator[looks.Owner]:
    with sync_connect(database) as conn:
        yield conn


def look(conn: looks.Owner) -> dict[str, Line]:
    return {line.check: line for line in looks.everything(conn, production=False)}


def test_a_silent_watch_and_a_region_it_fails_for_are_told(owner: looks.Owner) -> None:
    assert look(owner)["pantau"].status is Status.OK
    owner.execute("INSERT INTO watch_region (region, last_error_at, last_error) VALUES (3204, now(), 'uji')")
    line = look(owner)["pantau"]
    assert (line.status, line.figures["failing"]) == (Status.PERHATIAN, [3204])
    owner.execute("UPDATE policy_version SET recorded_at = recorded_at - interval '4 hours'")
    assert look(owner)["pantau"].status is Status.GALAT
    owner.execute("INSERT INTO heartbeat (name, at) VALUES ('pantau', clock_timestamp())")
    owner.execute("UPDATE watch_region SET last_error = NULL")
    assert look(owner)["pantau"].status is Status.OK
    assert watch_state(owner)[1] == 3 * 3600
