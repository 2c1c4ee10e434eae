"""What must hold of a batch after any fault: nothing lost, doubled or half-done. One oracle for every scenario.

It reads the database as its administrator, and what outside systems really did. Each finding is one sentence; none
means that all is right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from models.case.replay import differences

_PATHS = """
SELECT p.case_id, string_agg(r.id, ' ' ORDER BY t.version) AS path FROM position p
  JOIN transition t ON t.case_id = p.case_id JOIN rule r ON r.code = t.rule
 WHERE p.batch = %(batch)s GROUP BY p.case_id
"""
_REFUSED = """
SELECT f.case_id, f.code FROM refusal f JOIN position p ON p.case_id = f.case_id WHERE p.batch = %(batch)s
"""
_GATES = """
SELECT a.id, a.gate, a.state, a.people, (SELECT count(*) FROM decision d WHERE d.approval = a.id) AS decided,
       EXISTS (SELECT 1 FROM act x JOIN transition t ON t.act = x.id WHERE x.approval = a.id) AS moved,
       COALESCE((SELECT max(n) FROM (
         SELECT count(DISTINCT t.act) AS n FROM act x JOIN transition t ON t.act = x.id
          WHERE x.approval = a.id GROUP BY t.rule) AS rule), 0) AS acts
  FROM approval a WHERE a.batch = %(batch)s
"""
OPEN_CALLS = """
SELECT key, state, problem FROM call WHERE batch = %(batch)s AND state NOT IN ('selesai', 'batal')
"""
_TOLD_TWICE = "SELECT user_id, kind, key, count(*) AS n FROM notice GROUP BY 1, 2, 3 HAVING count(*) > 1"
_PAID = """
SELECT p.case_id, s.id AS state, n.rupiah FROM position p JOIN state s ON s.code = p.state
  JOIN LATERAL (SELECT rupiah FROM nominal n WHERE n.case_id = p.case_id ORDER BY n.version DESC LIMIT 1) n ON true
 WHERE p.batch = %(batch)s
"""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What outside systems did: jobs with their effects, credits, and how often each subject met each operation."""

    jobs: Sequence[Mapping[str, Any]]
    credits: Sequence[Mapping[str, Any]] = ()
    meetings: Mapping[tuple[str, str], int] = field(default_factory=dict)


def wrongs(conn: Connection[DictRow], batch: int, path: str, cases: int, deeds: Deeds) -> list[str]:
    """Return what is wrong with a batch that came to its end.

    Args:
        conn: the administrator's.
        batch: the batch.
        path: the rules along which each of its cases must have gone, once each, in order.
        cases: how many cases it must hold.
        deeds: what was done outside on its behalf.
    """
    told = {"batch": batch}
    return [
        *(f"replay: {d.what} {d.case_id}: {d.stored} != {d.replayed}" for d in differences(conn)),
        *_lost_or_doubled(conn, told, path, cases),
        *(f"case {row['case_id']} was refused something ({row['code']})" for row in conn.execute(_REFUSED, told)),
        *gates_passed(conn, batch),
        *(f"gate {row['id']} ({row['gate']}) ends {row['state']}" for row in _unfinished(conn, told)),
        *(f"call {row['key']} is left {row['state']}: {row['problem']}" for row in conn.execute(OPEN_CALLS, told)),
        *(f"user {row['user_id']} was told {row['n']} times of {row['key']}" for row in conn.execute(_TOLD_TWICE)),
        *_done_outside(deeds),
        *_money(conn, told, deeds),
    ]


def _lost_or_doubled(conn: Connection[DictRow], told: dict[str, int], path: str, cases: int) -> Iterator[str]:
    paths = Counter(row["path"] for row in conn.execute(_PATHS, told))
    if paths != {path: cases}:
        yield f"cases went along {dict(paths)} instead of {cases} along {path}"


def gates_passed(conn: Connection[DictRow], batch: int) -> Iterator[str]:
    """Yield the gates of a batch that were passed without their decisions, or by more than one act."""
    for gate in conn.execute(_GATES, {"batch": batch}):
        if gate["decided"] < gate["people"] and (gate["moved"] or gate["state"] == "dijalankan"):
            yield f"gate {gate['id']} ({gate['gate']}) was passed with {gate['decided']} of {gate['people']} decisions"
        if gate["acts"] > 1:
            yield f"gate {gate['id']} ({gate['gate']}) was carried out by {gate['acts']} acts"


def _unfinished(conn: Connection[DictRow], told: dict[str, int]) -> Iterator[DictRow]:
    yield from (row for row in conn.execute(_GATES, told) if row["state"] != "dijalankan")


def _done_outside(deeds: Deeds) -> Iterator[str]:
    for job in deeds.jobs:
        if job["effects"] != 1:
            yield f"job {job['key']} was done {job['effects']} times"
    for (operation, subject), times in deeds.meetings.items():
        if times != 1:
            yield f"{subject} met {operation} {times} times"


def _money(conn: Connection[DictRow], told: dict[str, int], deeds: Deeds) -> Iterator[str]:
    """Compare what cases say was paid with what banks credited, to the rupiah."""
    paid = {
        str(row["case_id"]): row["rupiah"] for row in conn.execute(_PAID, told) if row["state"] in {"sukses", "selesai"}
    }
    credited = {credit["id"]: credit["nominal_rp"] for credit in deeds.credits}
    if paid != credited or len(credited) != len(deeds.credits):
        yield f"paid {paid}, credited {[(one['id'], one['nominal_rp']) for one in deeds.credits]}"
    yield from (f"{one['id']} was credited {one['kali']} times" for one in deeds.credits if one["kali"] != 1)
