"""A whole tahap, from the open batch to the credit in every family's account, with every process of an installation.

Sembako for one kabupaten: each family one disbursement, each disbursement ten transitions. The simulator plays the
banks and the treasury over HTTP and refuses nothing; people decide each gate as soon as it opens.
"""

from __future__ import annotations

import asyncio
import time
from uuid import UUID

import httpx
from psycopg import Connection
from psycopg.rows import DictRow

from alur.people import Made, Person, make_people
from alur.seed.population import PopulationWriter
from bench.figure import Figure, alone
from bench.parts import Parts, parts
from bench.run import Run
from bench.world import KABUPATEN, as_door, person, session
from integrations.simulator.controls import Rates
from models.approval.commands import decide
from models.batch.commands import open_batch
from models.database import connect, sync_connect
from models.install import analyze, role_dsn
from models.user.commands import Scope
from models.usulan.migration import approve_migration, migrate_memberships, migrate_registrations

RECIPIENTS = 100_000
PROGRAMME = "SEMBAKO"
EVIDENCE = {
    "sk_tahap": {"nomor_sk": {"nomor": "SK"}},
    "closing": {},
    "spp": {"nomor_spp": {"nomor": "SPP"}},
    "spm": {"nomor_spm": {"nomor": "SPM"}},
    "si": {"nomor_si": {"nomor": "SI"}},
}
"""What the decider of each gate brings, in the order of the gates."""
DECIDERS = {"sk_tahap": "direktorat", "closing": "kpa", "spp": "ppk", "spm": "ppspm", "si": "ppk"}
PATH = ["P01", "P03", "P07", "P17", "P20", "P25", "P26", "P27", "P29", "P30"]
_PATIENCE_S = 3600
_LOOK_S = 0.2

_VILLAGE = KABUPATEN * 10**6 + 12001
_REGION = "INSERT INTO region (code, level, name, parent, lo, hi, search) VALUES (%s, 10, 'Desa', %s, %s, %s, 'desa')"
_HOUSEHOLDS = """
INSERT INTO household (no_kk, region, alamat, rt, rw, kepala, source, act, updated_at, desil, peringkat, versi_dtsen)
SELECT (3 * 10^15 + i)::bigint::text, %(village)s, 'Jl. Kenanga ' || i, '001', '002', 'Siti ' || i, 'bench', 0,
       alur_now(), 2, i, '2026-3'
  FROM generate_series(1, %(count)s) AS i
"""
_HEADS = """
INSERT INTO person (household_id, nik, nama, tanggal_lahir, jenis_kelamin, hubungan, pekerjaan, pengurus)
SELECT id, '320401' || substr(no_kk, 7), kepala, '1990-05-17', 2, 1, 1, true FROM household ORDER BY id
"""
_ACCOUNTS = """
INSERT INTO account (household_id, person_id, bank, number, cif, status, opened_at, act)
SELECT household_id, id, 'BRI', substr(nik, 2), substr(nik, 7), 'belum_diuji', alur_now(), 0 FROM person ORDER BY id
RETURNING household_id
"""
_TRUTH = """
SELECT p.nik, h.no_kk, p.nama, h.region, a.number, a.cif FROM person p
  JOIN household h ON h.id = p.household_id JOIN account a ON a.person_id = p.id ORDER BY p.id
"""
_OPEN = "SELECT id, gate FROM approval WHERE batch = %s AND state = 'terbuka'"
_CREDITED = """
SELECT count(*) AS n FROM position p JOIN state s ON s.code = p.state AND s.id = 'sukses' WHERE p.batch = %s
"""
_PATHS = """
SELECT path, count(*) AS n
  FROM (SELECT array_agg(r.id ORDER BY t.version) AS path
          FROM position p JOIN transition t ON t.case_id = p.case_id JOIN rule r ON r.code = t.rule
         WHERE p.batch = %s GROUP BY p.case_id) AS one GROUP BY 1
"""


def _register(conn: Connection[DictRow], count: int) -> list[int]:
    conn.execute(_REGION, (_VILLAGE, _VILLAGE // 10_000, _VILLAGE, _VILLAGE))
    as_door(conn)
    conn.execute(_HOUSEHOLDS, {"village": _VILLAGE, "count": count})
    conn.execute(_HEADS)
    households = [row["household_id"] for row in conn.execute(_ACCOUNTS)]
    conn.execute("RESET ROLE")
    analyze(conn)
    return households


def _told_outside(conn: Connection[DictRow], house: Parts) -> None:
    """Write what the banks know: everybody lives, every account is active."""
    with PopulationWriter(house.site.demo / "penduduk.sqlite") as population:
        for row in conn.execute(_TRUTH):
            population.add_rows(
                person=(row["nik"], row["no_kk"], row["nama"], "BANDUNG", "1990-05-17", 2, 1, "PETANI", "JL. KENANGA",
                        "001", "002", str(row["region"]), "hidup"),
                family=(row["no_kk"], str(row["region"]), 2, None, None),
                account=(row["number"], "BRI", row["nik"], row["nama"], row["cif"], "aktif"),
            )  # fmt: skip


async def _members(dsn: str, households: list[int], approvers: tuple[UUID, UUID]) -> None:
    """Let every family take part, as a migration does."""
    conn = await connect(role_dsn(dsn, "alur_worker"))
    async with conn:
        told = {"hash_berkas": 1, "versi_asal": 1, "nomor_sk": {"nomor": "M1"}, "rekening_asal": 1}
        migration = await approve_migration(conn, approvers, told, number=1, title="Migrasi")
        await migrate_registrations(conn, migration, households)
        opened = await migrate_memberships(conn, migration, households, PROGRAMME)
        assert sum(outcome.done for outcome in opened) == len(households), opened[:3]


async def _paid(dsn: str, conn: Connection[DictRow], people: dict[str, Made], count: int) -> float:
    """Open the tahap and decide its gates until every family is credited; returns the seconds."""
    api = await connect(role_dsn(dsn, "alur_api"))
    async with api:
        row = conn.execute("SELECT extract(year FROM alur_now())::integer * 100 + 4 AS period").fetchone()
        assert row is not None
        begun = time.perf_counter()
        batch = await open_batch(
            api, people["direktorat"].session, "tahap", KABUPATEN, "Tahap", programme=PROGRAMME, period=row["period"]
        )
        credited = 0
        while time.perf_counter() - begun < _PATIENCE_S:
            for gate in conn.execute(_OPEN, (batch,)).fetchall():
                decider = people[DECIDERS[gate["gate"]]].session
                await decide(api, decider, gate["id"], "setuju", evidence=EVIDENCE[gate["gate"]])
                print(f"tahap: {gate['gate']} decided after {time.perf_counter() - begun:.1f} s", flush=True)
            row = conn.execute(_CREDITED, (batch,)).fetchone()
            assert row is not None
            credited = row["n"]
            if credited == count:
                took = time.perf_counter() - begun
                paths = [(each["path"], each["n"]) for each in conn.execute(_PATHS, (batch,))]
                assert paths == [(PATH, count)], paths[:5]
                return took
            await asyncio.sleep(_LOOK_S)
    raise TimeoutError(f"after {_PATIENCE_S} s {credited} of {count} families are credited")


def carried(run: Run) -> Figure:
    """Carry one tahap of 100,000 recipients through all its steps: transitions per second from end to end."""
    count = run.size(RECIPIENTS)
    rates = [len(PATH) * count / _once(run, f"bench_tahap_{number}", count) for number in range(run.rounds)]
    return alone("tahap", "transitions/s", rates, better="higher")


def _once(run: Run, name: str, count: int) -> float:
    dsn = run.spot.database(name)
    with sync_connect(dsn) as conn, parts(dsn) as house:
        households = _register(conn, count)
        _told_outside(conn, house)
        pusdatin = [session(conn, person(conn, who), "pusdatin", 0, 9_999_999_999) for who in ("p1", "p2")]
        asyncio.run(_members(dsn, households, (pusdatin[0], pusdatin[1])))
        analyze(conn)
        cast = [Person(role, role, role, Scope(programme=PROGRAMME)) for role in sorted(set(DECIDERS.values()))]
        people = make_people(conn, cast, house.site.secret, 1)
        house.start("prefect", "simulator", "engine")
        quiet = {rate: 0 for rate in Rates.model_fields if rate != "seed"}
        httpx.put(
            f"{house.simulator}/_simulator/rates", json=quiet | {"delay_s": 3600}, trust_env=False
        ).raise_for_status()
        return asyncio.run(_paid(dsn, conn, people, count))
