"""The due queue against brute force: what the streams find is what dating every case finds.

Real: PostgreSQL, deadline(), policy and holidays of a year and more, three time zones. Positions are written as the
door's owner would, without a history: the queue asks for none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from models.database import sync_connect
from tests.integration.door.kit import NATIONAL
from tests.integration.stuck.kit import DATED
from tests.support.server import TestServer
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN

PAPUA = 9171012001
ACEH = 1101012001
VILLAGES = (DESA, DESA_LAIN, DESA_JAUH, PAPUA, ACEH)
"""Two of one kabupaten in western time, one each in central and eastern time, one in another western province."""

WORDS = ("15 min", "5 h", "1 d", "14 d", "1 wd", "2 wd", "7 wd", "hari_11", "hari_17", "versi_dtsen", "dua_versi")
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
moments = st.integers(0, 424 * 86_400_000_000).map(lambda us: BEGUN + timedelta(microseconds=us))
near = st.integers(-3, 3).map(lambda n: timedelta(microseconds=n))
days = st.integers(0, 500).map(lambda n: (BEGUN + timedelta(days=n)).date())

PLACES = ((3204000000, 3204999999), (3200000000, 3299999999), (DESA, DESA), (5100000000, 5199999999),
          (9171010000, 9171019999))  # fmt: skip
"""Ranges of a kabupaten, a province, a single village, a province of central time, a kecamatan of eastern time."""
holidays = st.lists(st.tuples(days, st.sampled_from(PLACES), st.booleans()), max_size=30)
"""Days off of one region, and whether each was withdrawn again."""
longer = st.lists(
    st.tuples(
        st.integers(0, 13),
        st.integers(12, 28),
        st.sampled_from(PLACES),
        st.sampled_from(("input", "pengesahan")),
        st.booleans(),
    ),
    max_size=15,
)
"""Windows extended in a region: month after BEGUN, last open day, region, step, whether withdrawn."""


def _decree(
    conn: Connection[DictRow],
    off: list[tuple[date, tuple[int, int], bool]],
    more: list[tuple[int, int, tuple[int, int], str, bool]],
) -> None:
    """Write regional holidays and extensions as they stand after they were decreed, some withdrawn."""
    conn.cursor().executemany(
        "INSERT INTO holiday (day, name, kind, decree, lo, hi, ended_at, ended_decree) VALUES (%s, 'uji', "
        "'libur_daerah', 'uji', %s, %s, CASE WHEN %s THEN now() END, CASE WHEN %s THEN 'uji' END) "
        "ON CONFLICT DO NOTHING",
        [(day, *place, ended, ended) for day, place, ended in off],
    )
    conn.cursor().executemany(
        "INSERT INTO window_extension (step, lo, hi, first_day, last_day, decree, reason, act, added_at, ended_at, "
        "ended_decree) VALUES (%s, %s, %s, %s, %s, 'uji', 'uji', 0, now(), CASE WHEN %s THEN now() END, "
        "CASE WHEN %s THEN 'uji' END)",
        [
            (step, *place, date(2026 + month // 12, month % 12 + 1, 11), date(2026 + month // 12, month % 12 + 1, last),
             ended, ended)
            for month, last, place, step, ended in more
        ],
    )  # fmt: skip


@pytest.fixture(scope="module")
def owner(server: TestServer) -> Iterator[Connection[DictRow]]:
    """A database with holidays of its own, policies that change during the year, and no cases yet."""
    dsn = server.fresh()
    with sync_connect(dsn) as conn:
        conn.execute(DATED)
        # The queue shows what a session may see; the system's sees the nation.
        conn.execute("SELECT set_config('alur.session', work_session(NULL, 'sistem', NULL)::text, false)")
        decrees: list[tuple[str, dict[str, Any]]] = [
            (
                "2026-03-01",
                {"sla.usulan.diajukan": "5 wd", "sla.usulan.draf@32": "12 d", "sla.usulan.padan": "hari_11"},
            ),
            ("2026-06-17", {"sla.usulan.diajukan@3204": "36 h", "macet.jenjang@51": ["2 wd", "hari_17"]}),
            (
                "2026-09-01",
                {"sla.usulan.draf@3204": "1 wd", "macet.pengingat@91": "2 wd", "sla.usulan.diajukan@5171": "7 d"},
            ),
        ]
        for number, (day, entries) in enumerate(decrees, 100):
            conn.execute(
                "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
                "VALUES (%s, %s, 'uji', '', now())",
                (number, day),
            )
            for key, value in entries.items():
                conn.execute(
                    "INSERT INTO policy (key, version, value) VALUES (%s, %s, %s)", (key, number, Jsonb(value))
                )
        yield conn
    server.drop(dsn)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    word=st.sampled_from(WORDS), village=st.sampled_from(VILLAGES), at=moments, shift=near, off=holidays, more=longer
)
def test_the_cutoff_divides_what_is_due_from_what_is_not(
    owner: Connection[DictRow],
    word: str,
    village: int,
    at: datetime,
    shift: timedelta,
    off: list[tuple[date, tuple[int, int], bool]],
    more: list[tuple[int, int, tuple[int, int], str, bool]],
) -> None:
    """To the microsecond, also when asked at a deadline itself; with a region's own holidays and extended windows."""
    with owner.transaction(force_rollback=True):
        _decree(owner, off, more)
        assert _misplaced(owner, word, village, at, shift) == []


def _misplaced(
    owner: Connection[DictRow], word: str, village: int, at: datetime, shift: timedelta
) -> list[dict[str, Any]]:
    """Return moments around the cutoff for a deadline of `at` that lie on its wrong side."""
    row = owner.execute("SELECT deadline(%s, %s, %s) AS due", (at, word, village)).fetchone()
    assert row is not None
    at = row["due"] + shift
    return owner.execute(
        """
        WITH cut AS (SELECT due_cutoff(%(at)s, %(word)s, %(village)s) AS c)
        SELECT s.since, cut.c
          FROM cut, LATERAL (
            SELECT cut.c + n * interval '1 microsecond' AS since FROM generate_series(-2, 2) AS n
            UNION ALL
            SELECT cut.c + n * interval '7 hours 13 minutes' FROM generate_series(-12, 12) AS n) AS s
         WHERE (deadline(s.since, %(word)s, %(village)s) <= %(at)s) <> (s.since < cut.c) OR cut.c IS NULL
        """,
        {"at": at, "word": word, "village": village},
    ).fetchall()


_STATES = ("usulan.draf", "usulan.diajukan", "usulan.padan", "usulan.siap_sah", "usulan.cek_data", "penyaluran.exclude",
           "usulan.pemeringkatan")  # fmt: skip


def _stand(conn: Connection[DictRow], rows: list[tuple[str, int, datetime]]) -> None:
    conn.execute("SET LOCAL ROLE alur_door")
    conn.execute(f"SELECT {NATIONAL}")
    conn.cursor().executemany(
        "INSERT INTO position (case_id, region, since, version, state, programme, kind) "
        "SELECT nextval('case_id'), %s, %s, 1, s.code, 0, 0 FROM state s JOIN machine m ON m.code = s.machine "
        "WHERE m.name || '.' || s.id = %s",
        [(village, since, state) for state, village, since in rows],
    )
    conn.execute("RESET ROLE")


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(_STATES), st.sampled_from(VILLAGES), moments), min_size=20, max_size=120),
    now=moments.map(lambda at: at + timedelta(days=4)),
    span=st.sampled_from([(0, 9_999_999_999), (3204000000, 3204999999), (DESA, DESA), (5100000000, 9199999999)]),
    free=st.lists(days, max_size=30),
    off=holidays,
    more=longer,
)
def test_the_streams_find_what_dating_every_case_finds(
    owner: Connection[DictRow],
    rows: list[tuple[str, int, datetime]],
    now: datetime,
    span: tuple[int, int],
    free: list[date],
    off: list[tuple[date, tuple[int, int], bool]],
    more: list[tuple[int, int, tuple[int, int], str, bool]],
) -> None:
    with owner.transaction(force_rollback=True):
        owner.cursor().executemany(
            "INSERT INTO holiday (day, name, kind, decree) VALUES (%s, 'uji', 'libur', 'uji') ON CONFLICT DO NOTHING",
            [(day,) for day in free],
        )
        _decree(owner, off, more)
        _stand(owner, rows)
        told = {"lo": span[0], "hi": span[1], "now": now}
        found = owner.execute("SELECT case_id, level FROM due_cases(%(lo)s, %(hi)s, %(now)s)", told).fetchall()
        dated = owner.execute(
            "SELECT p.case_id, t.level FROM position p, dated(p.state, p.since, p.region, %(now)s) AS t "
            "WHERE p.region BETWEEN %(lo)s AND %(hi)s AND p.state < 20000 AND t.level IS NOT NULL",
            told,
        ).fetchall()
        why = owner.execute(
            "SELECT w.case_id, w.level FROM stuck_why(ARRAY(SELECT case_id FROM position), %(now)s) w "
            "WHERE w.region BETWEEN %(lo)s AND %(hi)s AND w.level IS NOT NULL",
            told,
        ).fetchall()
    one, other, third = ({row["case_id"]: row["level"] for row in rows_} for rows_ in (found, dated, why))
    assert len(found) == len(one), "a case came out of two streams"
    assert one == other
    assert third == other


BARUS = 1201012001
"""A village in the zone and, for all that policy says, in the company of ACEH's."""


@pytest.mark.parametrize("village", [ACEH, BARUS])
@pytest.mark.parametrize("ended", [False, True])
@pytest.mark.parametrize("what", ["holiday", "extension"])
def test_what_one_region_is_given_moves_its_own_cases_alone(
    owner: Connection[DictRow], village: int, what: str, *, ended: bool
) -> None:
    """Of two villages alike but for a holiday or a longer window, only its own case is not due, until that ends."""
    place = (village // 1_000_000 * 1_000_000, village // 1_000_000 * 1_000_000 + 999_999)
    off = [(date(2026, 7, day), place, ended) for day in (13, 14)] if what == "holiday" else []
    more = [(6, 20, place, "input", ended)] if what == "extension" else []
    state = "usulan.diajukan" if what == "holiday" else "usulan.padan"  # 5 wd; hari_11
    with owner.transaction(force_rollback=True):
        _decree(owner, off, more)
        _stand(owner, [(state, where, datetime(2026, 7, 7, 3, tzinfo=UTC)) for where in (ACEH, BARUS)])
        now = datetime(2026, 7, 15, 5, tzinfo=UTC)
        found = owner.execute("SELECT region FROM due_cases(0, 9999999999, %s) WHERE level > 0", (now,)).fetchall()
        pages = owner.execute(
            "SELECT p.region, p.since, q.due FROM due_page(0, 9999999999, (SELECT array_agg(s.code) FROM state s "
            "WHERE s.machine = 1 AND s.id = %s), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 10, %s) q "
            "JOIN position p USING (case_id)",
            (state.split(".")[1], now),
        ).fetchall()
    assert {row["region"] for row in found} == ({ACEH, BARUS} if ended else {ACEH, BARUS} - {village})
    assert {row["region"] for row in pages if row["due"] <= now} == {row["region"] for row in found}


def test_every_word_of_every_state_has_a_stream(owner: Connection[DictRow]) -> None:
    """No open state with a deadline where something stands is left out, and every stream is divided where it says."""
    assert owner.execute("SELECT 1 FROM due_streams(0, 9999999999, '2026-11-20')").fetchall() == []
    every = owner.execute(
        "SELECT m.name || '.' || s.id AS state FROM state s JOIN machine m ON m.code = s.machine WHERE s.code < 20000"
    ).fetchall()
    with owner.transaction(force_rollback=True):
        _stand(owner, [(row["state"], DESA, BEGUN) for row in every])
        streams = owner.execute("SELECT * FROM due_streams(0, 9999999999, '2026-11-20')").fetchall()
    dated = owner.execute(
        "SELECT code FROM state WHERE code < 20000 "
        "AND deadline('2026-11-20', state_time('sla', code, %s, '2026-11-20'), %s) IS NOT NULL",
        (DESA, DESA),
    ).fetchall()
    assert {row["state"] for row in streams} == {row["code"] for row in dated}
    assert len(dated) > 70
    for row in streams:
        assert row["cuts"] == sorted(row["cuts"])
        assert row["near"] == row["cuts"][-1]
        assert len(row["cuts"]) in {4, 6}


_KEYS = ("sla.usulan.diajukan", "sla.usulan.padan", "remind.usulan.diajukan", "sla.penyaluran.gagal")
decrees = st.lists(
    st.tuples(
        st.sampled_from(_KEYS),
        st.sampled_from(("", "@32", "@3204", "@51", "@5171")),
        st.sampled_from([*WORDS, None]),
        st.integers(-3, 3),
    ),
    max_size=12,
    unique_by=lambda told: (told[:2], told[3]),
)
"""What is decreed of a state: key, region, word or nothing, and how many days from now it holds."""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=decrees)
def test_all_states_are_told_at_once_what_each_is_told(owner: Connection[DictRow], told: list[Any]) -> None:
    at = BEGUN + timedelta(days=200)
    with owner.transaction(force_rollback=True):
        for number, (key, region, word, days_on) in enumerate(told, 900):
            owner.execute(
                "INSERT INTO policy_version (id, valid_from, decree, note, recorded_at) "
                "VALUES (%s, %s, 'Uji', '', now())",
                (number, at + timedelta(days=days_on)),
            )
            owner.execute(
                "INSERT INTO policy (key, version, value) VALUES (%s, %s, %s)", (key + region, number, Jsonb(word))
            )
        wrong = owner.execute(
            "SELECT t.* FROM state_times(%(places)s::bigint[], %(at)s) t WHERE (t.sla, t.remind) IS DISTINCT FROM "
            "(state_time('sla', t.state, t.place, %(at)s), state_time('remind', t.state, t.place, %(at)s))",
            {"places": list(VILLAGES), "at": at},
        ).fetchall()
    assert wrong == []


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(st.sampled_from(_STATES), st.sampled_from(VILLAGES), moments), min_size=10, max_size=30),
    span=st.sampled_from([(0, 9_999_999_999), (3204000000, 3204999999), (DESA, DESA), (5100000000, 9199999999)]),
    only=st.sampled_from([_STATES, ("usulan.diajukan",), ("usulan.padan", "usulan.siap_sah")]),
    limit=st.integers(3, 9),
    off=holidays,
    more=longer,
)
def test_pages_by_due_are_everything_sorted_by_its_date(
    owner: Connection[DictRow],
    rows: list[tuple[str, int, datetime]],
    span: tuple[int, int],
    only: tuple[str, ...],
    limit: int,
    off: list[tuple[date, tuple[int, int], bool]],
    more: list[tuple[int, int, tuple[int, int], str, bool]],
) -> None:
    """Page by page, each case once, ties in the order in which they came; states without a deadline are left out."""
    with owner.transaction(force_rollback=True):
        _decree(owner, off, more)
        doubled = [*rows, *[(state, village, since + timedelta(minutes=1)) for state, village, since in rows]]
        _stand(owner, doubled)
        asked: dict[str, Any] = {"lo": span[0], "hi": span[1], "now": BEGUN + timedelta(days=300), "only": list(only)}
        dated = owner.execute(
            "SELECT p.case_id, p.since, t.due FROM position p JOIN state s ON s.code = p.state "
            "JOIN machine m ON m.code = s.machine, dated(p.state, p.since, p.region, %(now)s) AS t "
            "WHERE p.region BETWEEN %(lo)s AND %(hi)s AND t.due IS NOT NULL "
            "AND m.name || '.' || s.id = ANY (%(only)s) ORDER BY t.due, p.since, p.case_id",
            asked,
        ).fetchall()
        found: list[DictRow] = []
        place: dict[str, Any] = {"due": None, "since": None, "case_id": None}
        while len(found) <= len(dated):
            page = owner.execute(
                "SELECT * FROM due_page(%(lo)s, %(hi)s, (SELECT array_agg(s.code) FROM state s JOIN machine m "
                "ON m.code = s.machine WHERE m.name || '.' || s.id = ANY (%(only)s)), NULL, NULL, "
                "NULL, NULL, %(due)s, %(since)s, %(case_id)s, %(limit)s, %(now)s)",
                asked | place | {"limit": limit},
            ).fetchall()
            found += page
            if len(page) < limit:
                break
            place = page[-1]
    assert found == dated
