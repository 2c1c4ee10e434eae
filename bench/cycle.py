"""Freezing and packaging a cycle's list, beside INSERT ... SELECT of the very rows that it wrote."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from bench.figure import Figure, from_rounds
from bench.run import MILLION, Run
from bench.world import World, as_door
from models.database import sync_connect

VILLAGES = 2_800
PERIOD = 203002
TABLES = ("siklus_keluarga", "siklus_paket")

_FAMILIES = """
INSERT INTO household (no_kk, region, alamat, rt, rw, kepala, source, act, updated_at)
SELECT lpad((2 * 10^9 + i)::bigint::text, 16, '9'), 3304010001 + (i %% %(villages)s) / 10 * 10000 + i %% 10,
       'Jl. Dahlia ' || i, lpad((i %% 7)::text, 3, '0'), lpad((i %% 5)::text, 3, '0'), 'Kepala ' || i, 'bench', 0,
       alur_now()
  FROM generate_series(1, %(count)s) AS i
"""

_HEADERS = """
INSERT INTO case_ (id, machine, kind, household_id, region, opened_at)
SELECT nextval('case_id'), 1, 1, h.id, h.region, alur_now() FROM household h WHERE h.alamat LIKE 'Jl. Dahlia %%'
"""

_REGISTRATIONS = """
INSERT INTO position (case_id, region, since, version, state, programme, kind)
SELECT c.id, c.region, alur_now(), 1, s.code, 0, 1
  FROM case_ c JOIN household h ON h.id = c.household_id AND h.alamat LIKE 'Jl. Dahlia %%'
  JOIN state s ON s.id = 'ditetapkan' AND s.machine = 1
"""

_CYCLE = """
WITH made AS (
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
    SELECT nextval('act_id'), pg_current_xact_id(), 1, ro.code, r.trigger, 1, alur_now()
      FROM rule r, role ro WHERE r.id = 'C01' AND ro.id = 'pusdatin'
    RETURNING id
), known AS (
    INSERT INTO act_fact (act, kind, value)
    SELECT made.id, k.code, '{"mulai": "2030-02-01", "selesai": "2030-04-30"}'
      FROM made, fact_kind k WHERE k.id = 'tanggal'
), headed AS (
    INSERT INTO case_ (id, machine, period, region, opened_at)
    VALUES (nextval('case_id'), 5, %(period)s, 0, alur_now()) RETURNING id
)
INSERT INTO transition (case_id, version, actor, act, rule)
SELECT headed.id, 1, 1, made.id, r.code FROM headed, made, rule r WHERE r.id = 'C01' RETURNING case_id
"""


def _value(conn: Connection[DictRow], query: str, params: Sequence[Any] | Mapping[str, Any] | None = None) -> int:
    row = conn.execute(query, params).fetchone()
    assert row is not None
    return int(next(iter(row.values())))


class _Memory(threading.Thread):
    """Watches the private memory of a backend of this machine; shared buffers, which all map, are not its own."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._status = Path(f"/proc/{pid}/status")
        self._done = threading.Event()
        self.most_kib = 0

    def run(self) -> None:
        """Look every 20 ms until told to stop; see nothing where the server runs elsewhere."""
        while not self._done.wait(0.02):
            with suppress(OSError):
                for line in self._status.read_text("ascii").splitlines():
                    if line.startswith("RssAnon:"):
                        self.most_kib = max(self.most_kib, int(line.split()[1]))

    def stop(self) -> int:
        """Return the most that was seen, KiB."""
        self._done.set()
        self.join()
        return self.most_kib


def populate(world: World, count: int) -> None:
    """Register `count` families in villages of a kabupaten that no other figure uses."""
    with sync_connect(world.dsn) as conn:
        as_door(conn)
        conn.execute(_FAMILIES, {"count": count, "villages": VILLAGES})
        conn.execute(_HEADERS)
        conn.execute(_REGISTRATIONS)
        conn.execute("RESET ROLE")
        for table in TABLES:
            conn.execute(f"CREATE TABLE IF NOT EXISTS bare.{table} (LIKE public.{table} INCLUDING ALL)")
        conn.execute("VACUUM ANALYZE")


def frozen(run: Run) -> Figure:
    """Freeze and package 1,000,000 families, beside copying the rows it wrote into twins that check nothing."""
    world = run.world
    populate(world, run.size(MILLION, least=VILLAGES))
    taken = []
    memory_kib = 0
    for number in range(run.rounds):
        with sync_connect(world.dsn) as conn:
            as_door(conn)
            cycle = _value(conn, _CYCLE, {"period": PERIOD + number})
        with sync_connect(world.worker) as conn:
            memory = _Memory(conn.info.backend_pid)
            memory.start()
            begun = time.perf_counter()
            families = _value(conn, "SELECT keluarga FROM siklus_freeze(%s, %s)", (world.system, cycle))
            value = families / (time.perf_counter() - begun)
            memory_kib = max(memory_kib, memory.stop())
        with sync_connect(world.dsn) as conn, conn.transaction():
            begun = time.perf_counter()
            for table in TABLES:
                conn.execute(f"INSERT INTO bare.{table} SELECT * FROM public.{table} WHERE siklus = %s", (cycle,))
            limit = families / (time.perf_counter() - begun)
        taken.append((value, limit))
    print(f"siklus_freeze: {families} families, {memory_kib / 1024:.0f} MiB of the backend's own memory", flush=True)
    return from_rounds("siklus_freeze", "rows/s", taken, target=0.25)
