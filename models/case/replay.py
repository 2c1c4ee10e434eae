"""Replay: rebuild every case's position and amount from the log, and compare with what is stored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import DictRow


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the stored state disagrees with the log; `case_id` is a counter's key for counters."""

    what: str
    case_id: int
    stored: str | None
    replayed: str | None


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a replay read."""

    cases: int
    transitions: int


def extent(conn: Connection[DictRow]) -> Extent:
    """Return how many cases and transitions a replay reads."""
    row = conn.execute(
        "SELECT (SELECT count(*) FROM position) AS cases, (SELECT count(*) FROM transition) AS transitions"
    ).fetchone()
    return Extent(row["cases"], row["transitions"]) if row else Extent(0, 0)


def differences(conn: Connection[DictRow]) -> Iterator[Difference]:
    """Yield every difference; nothing when log, positions, claims, amounts and counters agree.

    Needs the owner's connection: a replay sees everything.
    """
    with conn.cursor() as cursor:
        cursor.execute("SELECT * FROM replay_differences()")
        for row in cursor:
            yield Difference(row["what"], row["case_id"], row["stored"], row["replayed"])
