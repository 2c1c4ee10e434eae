"""What people ask all day: Beranda, Antrean, lists and search, over 10,000 and over 1,000,000 cases."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any

import httpx

from alur.logs import configure
from api.app import create_app
from api.tokens import COOKIE, sign
from bench.figure import Figure, from_rounds
from bench.place import Place
from bench.run import MILLION, Run
from bench.world import as_door, person, session
from models.database import sync_connect
from models.install import role_dsn
from models.region.rules import span
from models.settings import Settings

FEW = 10_000
ASKED = 15
"""Answers of which the median is one round's value."""
_SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 -- a bench's own
_KABUPATEN = (3204, 3205, 3206, 3273, 3301, 3515, 5171)
VILLAGE = 3204052001
_WHO = {"desa": ("operator_desa", VILLAGE), "kabupaten": ("verifikator_kab", 3204), "pusat": ("pusdatin", 0)}

# Seven kabupaten of four provinces, 280 villages; every fiftieth case in the village that is looked at, every fourth in
# its kabupaten, the others anywhere. Over 10,000 cases too each of those who look has more than two pages of work.
_PLACES = """
CREATE TABLE place AS
SELECT row_number() OVER (ORDER BY k, c, d) - 1 AS nth, k::bigint * 1000000 + (4 + c) * 10000 + 2000 + d AS region
  FROM unnest(%s::integer[]) AS k, generate_series(1, 4) AS c, generate_series(1, 10) AS d
"""
_REGIONS = """
INSERT INTO region (code, level, name, parent, lo, hi, search)
SELECT region, 10, 'Desa ' || region, region / 10000, region, region, 'desa' FROM place;
"""
_HOUSEHOLDS = """
INSERT INTO household (id, no_kk, region, alamat, rt, rw, kepala, source, act, updated_at)
SELECT i, lpad(i::text, 16, '0'), p.region, 'Jl. Melati ' || i, '001', '002',
       (ARRAY['Siti', 'Budi', 'Dewi', 'Agus', 'Wayan', 'Maria', 'Yusuf'])[1 + i %% 7] || ' ' || md5(i::text), 'bench',
       0, alur_now()
  FROM generate_series(1, %(cases)s) AS i
  JOIN place p ON p.nth = CASE WHEN i %% 50 = 0 THEN 0 WHEN i %% 4 = 1 THEN i / 4 %% 40 ELSE i / 4 %% 280 END
"""
_PERSONS = """
INSERT INTO person (household_id, nik, nama, hubungan)
SELECT id, lpad(id::text, 16, '3'), kepala, 1 FROM household ORDER BY id
"""
_HEADERS = """
INSERT INTO case_ (id, machine, kind, household_id, region, opened_at)
SELECT h.id, m.code, j.code, h.id, h.region, alur_now() - interval '60 days'
  FROM household h, machine m, jenis j WHERE m.name = 'usulan' AND j.id = 'BARU' ORDER BY h.id
"""
# Every state of the proposal, the past 20 days; half of the open ones are due or late.
_POSITIONS = """
INSERT INTO position (case_id, region, since, version, state, programme, kind)
SELECT c.id, c.region, alur_now() - (c.id * 104729 %% %(cases)s)::double precision / %(cases)s * interval '20 days', 1,
       CASE WHEN c.id %% 50 = 0 THEN d.codes[1 + c.id / 50 %% cardinality(d.codes)]
            ELSE s.codes[1 + c.id * 7919 %% cardinality(s.codes)] END, c.programme, c.kind
  FROM case_ c, (SELECT array_agg(code ORDER BY code) AS codes FROM state WHERE machine = 1) AS s,
       (SELECT array_agg(s.code ORDER BY s.code) AS codes FROM state s JOIN role r ON r.code = s.holder
         WHERE s.machine = 1 AND r.id = 'operator_desa' AND s.code < 20000) AS d
 ORDER BY c.id
"""
_LOG = """
INSERT INTO transition (case_id, version, actor, act, rule)
SELECT p.case_id, 1, 1, 0, (SELECT min(code) FROM rule WHERE target = p.state) FROM position p
"""
_WATCH = """
INSERT INTO stuck_tally (region, state, programme, open, soon, due, late, blocked, at)
SELECT region, state, programme, count(*), 0, count(*) / 4, count(*) / 4, 0, alur_now()
  FROM position WHERE state < 20000 GROUP BY 1, 2, 3;
INSERT INTO stuck_kab (kabupaten, state, programme, open, soon, due, late, blocked, at)
SELECT region / 1000000, state, programme, sum(open), 0, sum(due), sum(late), 0, alur_now()
  FROM stuck_tally GROUP BY 1, 2, 3;
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A database of so many cases, the console over it, and the cookies of those who look."""

    http: httpx.AsyncClient
    cookies: dict[str, str]

    async def page(self, who: str, path: str) -> str:
        """Return a page as somebody sees it."""
        answer = await self.http.get(path, headers={"Cookie": f"{COOKIE}={self.cookies[who]}"})
        assert answer.is_success, (path, answer.status_code)
        return answer.text

    async def listed(self, who: str, path: str) -> Any:
        """Return an answer of the API as somebody gets it."""
        answer = await self.http.get(path, headers={"Authorization": f"Bearer {self.cookies[who]}"})
        assert answer.is_success, (path, answer.status_code)
        return answer.json()

    async def search(self, who: str, **typed: str) -> Any:
        """Return the families that somebody finds."""
        answer = await self.http.post(
            "/api/v1/households/search", json=typed, headers={"Authorization": f"Bearer {self.cookies[who]}"}
        )
        assert answer.is_success, (typed, answer.status_code)
        return answer.json()


def fill(dsn: str, cases: int) -> dict[str, str]:
    """Fill an installed database, and return the tokens of those who look."""
    with sync_connect(dsn) as conn:
        conn.execute(_PLACES, (list(_KABUPATEN),))
        conn.execute("GRANT SELECT ON place TO alur_door")
        conn.execute(_REGIONS)
        as_door(conn)
        for step in (_HOUSEHOLDS, _PERSONS, _HEADERS, _POSITIONS, _LOG):
            conn.execute(step.encode(), {"cases": cases})
        conn.execute("RESET ROLE")
        conn.execute(_WATCH)
        conn.execute("SELECT tally_begin()")
        conn.execute("DROP TABLE place")
        conn.execute("VACUUM ANALYZE")
        return {
            who: sign(session(conn, person(conn, who), role, *span(place) if place else (0, 9_999_999_999)), _SECRET)
            for who, (role, place) in _WHO.items()
        }


@asynccontextmanager
async def crowd(spot: Place, name: str, cases: int) -> AsyncIterator[Crowd]:
    """Open the console over a new database of so many cases."""
    dsn = spot.database(name)
    cookies = fill(dsn, cases)
    app = create_app(Settings(api_database_url=role_dsn(dsn, "alur_api"), secret_key=_SECRET))
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1")
        )
        yield Crowd(http, cookies)


async def _next_page(here: Crowd, who: str) -> str:
    """Return the address of the page behind the first of somebody's queue."""
    found = re.search(r'href="(/antrean\?[^"]*kursor=[^"]+)"', await here.page(who, "/antrean"))
    assert found, f"{who}: one page holds the whole queue"
    return found[1].replace("&amp;", "&")


Question = Callable[[Crowd, str], Awaitable[object]]
QUESTIONS: dict[str, Question] = {
    "beranda": lambda here, who: here.page(who, "/"),
    "antrean": lambda here, who: here.page(who, "/antrean"),
    "antrean_lama": lambda here, who: here.page(who, "/antrean?urut=lama"),
    "daftar": lambda here, who: here.listed(who, "/api/v1/cases?machine=usulan"),
    "cari_nama": lambda here, who: here.search(who, name="siti 0"),
    "cari_kk": lambda here, who: here.search(who, no_kk="0000000000000050"),
}


async def _took(ask: Callable[[], Awaitable[object]], times: int) -> float:
    """Return the milliseconds one answer takes, the median of some."""
    taken = []
    for _ in range(times):
        begun = time.perf_counter()
        await ask()
        taken.append(time.perf_counter() - begun)
    return median(taken) * 1000


async def _asked(run: Run) -> list[Figure]:
    spot, many_cases, times = run.spot, run.size(MILLION, least=FEW), min(ASKED, run.size(ASKED))
    configure("WARNING")
    figures = []
    async with crowd(spot, "bench_few", FEW) as few, crowd(spot, "bench_many", many_cases) as many:
        for name, ask in [*QUESTIONS.items(), ("antrean_lanjut", None)]:
            for who in _WHO:
                taken = []
                for number in range(-1, run.rounds):
                    took: dict[bool, float] = {}
                    for big in (False, True) if number % 2 else (True, False):
                        side = many if big else few
                        path = "" if ask else await _next_page(side, who)
                        question = partial(ask, side, who) if ask else partial(side.page, who, path)
                        took[big] = await _took(question, times)
                    if number >= 0:  # one round to warm up
                        taken.append((took[True], took[False]))
                figures.append(from_rounds(f"{name}_{who}", "ms", taken, target=3, better="lower"))
    return figures


def asked(run: Run) -> list[Figure]:
    """Ask every question as a village, a kabupaten and the ministry; the limit is the answer over 10,000 cases."""
    return asyncio.run(_asked(run))
