"""Finding what is due soon, due and late among a million open cases, beside counting them."""

from __future__ import annotations

import time
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from bench.figure import Figure, from_rounds, interleaved
from bench.run import MILLION, Run
from bench.world import as_door
from models.database import sync_connect
from models.install import role_dsn

# Every open state, ninety kabupaten of six provinces in three time zones, the past 20 days.
_POSITIONS = """
INSERT INTO position (case_id, region, since, version, state, programme, kind)
SELECT nextval('case_id'),
       (ARRAY[12, 32, 35, 51, 73, 91])[1 + i %% 6] * 100000000::bigint + (1 + i / 6 %% 15) * 1000000
           + (1 + i / 90 %% 20) * 10000 + 2001 + i / 1800 %% 10,
       alur_now() - i::double precision / %(cases)s * interval '20 days', 1, s.codes[1 + i * 7919::bigint %% s.n], 0, 0
  FROM generate_series(1, %(cases)s) AS i,
       (SELECT array_agg(code ORDER BY code) AS codes, count(*) AS n FROM state WHERE code < 20000) AS s
"""

_LATE = "SELECT count(*) AS n, count(*) FILTER (WHERE level > 0) AS due FROM due_cases(0, 9999999999, %s)"
_BARE = "SELECT count(*) AS n FROM position WHERE state < 20000"


def _timed(conn: Connection[DictRow], session: UUID, query: str) -> tuple[float, dict[str, int]]:
    """Return the seconds a question takes in the sight of a session, and its answer."""
    with conn.transaction():
        conn.execute("SELECT set_config('alur.session', %s, true)", (str(session),))
        now = conn.execute("SELECT alur_now() AS at").fetchone()
        assert now is not None
        begun = time.perf_counter()
        row = conn.execute(query.encode(), (now["at"],) if "%s" in query else None).fetchone()
        took = time.perf_counter() - begun
    assert row is not None
    return took, row


def scanned(run: Run) -> Figure:
    """Divide the whole queue by its levels as the watch does, under row-level security, in sight of the nation."""
    cases = run.size(MILLION, least=100)
    dsn = run.spot.database("bench_stuck")
    with sync_connect(dsn) as owner:
        as_door(owner)
        owner.execute(_POSITIONS, {"cases": cases})
        owner.execute("RESET ROLE")
        owner.execute("VACUUM ANALYZE")
    with sync_connect(role_dsn(dsn, "alur_worker")) as conn:
        row = conn.execute("SELECT work_session(NULL, 'sistem', NULL) AS id").fetchone()
        assert row is not None
        session: UUID = row["id"]
        _, told = _timed(conn, session, _LATE)
        assert 0 < told["due"] <= told["n"] <= cases

        def value() -> float:
            return cases / _timed(conn, session, _LATE)[0]

        def limit() -> float:
            return cases / _timed(conn, session, _BARE)[0]

        return from_rounds("stuck_scan", "cases/s", interleaved(run.rounds, value, limit))
