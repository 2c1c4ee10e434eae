"""Opening cases, beside COPY of the same rows."""

from __future__ import annotations

import asyncio
import time

from bench.figure import Figure, from_rounds
from bench.run import MILLION, Run
from bench.world import World, as_door
from models.case.commands import open_cases
from models.database import connect, sync_connect

PART = 100_000
"""Cases opened in one call."""
TABLES = ("case_", "position", "transition", "claim")

_FAMILIES = """
INSERT INTO household (no_kk, region, alamat, rt, rw, kepala, source, act, updated_at)
SELECT lpad((%(start)s + i)::text, 16, '9'), 3204012001, 'Jl. Mawar ' || i, '001', '002', 'Kepala ' || i, 'bench', 0,
       alur_now()
  FROM generate_series(1, %(count)s) AS i
RETURNING id
"""


def _families(world: World, count: int) -> list[int]:
    with sync_connect(world.dsn) as conn:
        as_door(conn)
        return [row["id"] for row in conn.execute(_FAMILIES, {"start": 10**9, "count": count})]


async def load(world: World, count: int) -> float:
    """Open memberships for `count` new families, 100,000 at a time; returns the seconds the door took."""
    families = _families(world, count)
    took = 0.0
    conn = await connect(world.worker)
    async with conn:
        for start in range(0, count, PART):
            some = families[start : start + PART]
            begun = time.perf_counter()
            outcomes = await open_cases(
                conn,
                world.system,
                "kepesertaan.buka_penilaian",
                some,
                programme="PKH",
                facts={"registrasi": {"id": 1}, "id_versi": {"versi": "1"}},
            )
            took += time.perf_counter() - begun
            assert sum(outcome.done for outcome in outcomes) == len(some), outcomes[:3]
    return took


def opened(run: Run) -> Figure:
    """Open 1,000,000 cases, 100,000 in a call, beside COPY of the very rows that this wrote."""
    world, count = run.world, run.size(MILLION)
    taken = []
    for _ in range(run.rounds):
        with sync_connect(world.dsn) as conn:
            last = conn.execute("SELECT max(id) AS id FROM case_").fetchone()
        assert last is not None
        value = count / asyncio.run(load(world, count))
        taken.append((value, count / _copy(world, last["id"])))
    return from_rounds("door_open", "cases/s", taken, target=0.25)


def _copy(world: World, after: int) -> float:
    """Copy the rows of the cases numbered above `after` into the twins, in one transaction; returns the seconds."""
    with sync_connect(world.dsn) as conn:
        rows = {}
        for table in TABLES:
            key = "id" if table == "case_" else "case_id"
            with conn.cursor().copy(f"COPY (SELECT * FROM {table} WHERE {key} > {after}) TO STDOUT") as copy:
                rows[table] = b"".join(bytes(block) for block in copy)
        begun = time.perf_counter()
        with conn.transaction():
            for table in TABLES:
                with conn.cursor().copy(f"COPY bare.{table} FROM STDIN") as copy:
                    copy.write(rows[table])
        return time.perf_counter() - begun
