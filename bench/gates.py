"""From a person's decision at a gate to the next step of the flow that waited, with Prefect's own server and worker."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from functools import partial

from psycopg import Connection
from psycopg.rows import DictRow

from bench.figure import Figure, alone
from bench.parts import parts, until
from bench.run import Run
from bench.world import HISTORY, KABUPATEN, World, build, person, session
from models.approval.commands import decide
from models.batch.commands import enlist, open_batch, wake
from models.database import connect, sync_connect
from models.region.rules import span

GATES = 10
"""Decisions of one round."""
FAMILIES = 5
"""Families of one village's list."""
MEETING = HISTORY[: HISTORY.index("U10") + 1]
"""The history of a list that lies before the village's meeting."""
EVIDENCE = {"berita_acara": {"nomor": "BA"}, "daftar_hadir": {"hadir": 30}, "bnba": {"keluarga": 5}}

_WAITING = """
SELECT a.id FROM approval a
  JOIN LATERAL (SELECT outcome FROM batch_run r WHERE r.batch = a.batch ORDER BY attempt DESC LIMIT 1) AS last ON true
 WHERE a.state = 'terbuka' AND last.outcome = 'tunda' ORDER BY a.id
"""
_AGREED = "SELECT count(*) AS n FROM transition t JOIN rule r ON r.code = t.rule AND r.id = 'U12'"
_DONE = "SELECT state = 'dijalankan' AS done FROM approval WHERE id = %s"


async def hold_meetings(world: World, lists: int) -> None:
    """Give the cases of each village to a batch of its own and wake its flow, so that it opens the meeting's gate."""
    conn = await connect(world.worker)
    async with conn:
        cursor = await conn.execute("SELECT work_session(NULL, 'sistem', NULL) AS id")
        row = await cursor.fetchone()
        assert row is not None
        with sync_connect(world.dsn) as owner:
            cases: dict[int, list[int]] = {}
            for each in owner.execute("SELECT region, case_id FROM position ORDER BY 1, 2"):
                cases.setdefault(each["region"], []).append(each["case_id"])
        for village, mine in list(cases.items())[:lists]:
            batch = await open_batch(conn, row["id"], "usulan", village, f"Usulan {village}")
            assert await enlist(conn, row["id"], batch, mine) == len(mine)
            await wake(conn, batch, "kasus masuk")


def waiting(conn: Connection[DictRow], lists: int) -> Callable[[], list[int] | None]:
    """Return a look at the open gates whose runs are suspended: their numbers, once there are so many."""

    def look() -> list[int] | None:
        found = [row["id"] for row in conn.execute(_WAITING)]
        return found if len(found) == lists else None

    return look


def woken(run: Run) -> Figure:
    """Decide one gate after the other, and see each carried out: seconds."""
    lists = run.rounds * run.size(GATES)
    world = build(run.spot.database("bench_gates"), lists * FAMILIES, villages=lists, history=MEETING)
    with sync_connect(world.dsn) as conn:
        kades = session(conn, person(conn, "kades2"), "kades", *span(KABUPATEN))
    with parts(world.dsn) as house:
        house.start("prefect", "engine")
        asyncio.run(hold_meetings(world, lists))
        with sync_connect(world.dsn) as conn:
            approvals = until("every list to wait for its meeting", waiting(conn, lists), 60 + 3 * lists)

            async def decided() -> list[float]:
                waits = []
                async with await connect(world.api) as api:
                    for approval in approvals:
                        begun = time.perf_counter()
                        await decide(api, kades, approval, "setuju", evidence=EVIDENCE)
                        until("the flow's next step", partial(_carried_out, conn, approval))
                        waits.append(time.perf_counter() - begun)
                return waits

            waits = asyncio.run(decided())
            row = conn.execute(_AGREED).fetchone()
            assert row is not None
            assert row["n"] == lists * FAMILIES
    return alone("gate_wake", "s", waits)


def _carried_out(conn: Connection[DictRow], approval: int) -> bool:
    row = conn.execute(_DONE, (approval,)).fetchone()
    return row is not None and bool(row["done"])
