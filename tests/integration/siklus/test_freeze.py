"""The frozen list: every family of the population once, neighbours together, in packages that fit into a day.

Real: PostgreSQL, the registry's tables, `siklus_freeze`. Families are written straight into the tables, because a
property is asked of many lists.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from models.case.commands import move
from models.database import connect, sync_connect
from models.install import role_dsn
from models.siklus.commands import freeze
from tests.integration.door.kit import rows, stand
from tests.support import cycle
from tests.support.server import TestServer
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World

Owner = Connection[DictRow]

_FAMILIES = """
WITH made AS (
    INSERT INTO household (no_kk, region, alamat, rt, rw, kepala, source, act, updated_at)
    SELECT lpad(n::text, 16, '7'), %(region)s, 'Jl. Anggrek', lpad((n * 7 %% 5)::text, 3, '0'),
           lpad((n * 3 %% 4)::text, 3, '0'), 'Kepala', 'uji', 0, now()
      FROM generate_series(1, %(count)s) AS n
    RETURNING id, region
), headed AS (
    INSERT INTO case_ (id, machine, kind, household_id, region, opened_at)
    SELECT nextval('case_id'), 1, 1, id, region, now() FROM made RETURNING id, region
)
INSERT INTO position (case_id, region, since, version, state, programme, kind)
SELECT h.id, h.region, now(), 1, s.code, 0, 1 FROM headed h, state s WHERE s.machine = 1 AND s.id = %(state)s
"""

_CYCLE = """
WITH made AS (
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
    SELECT nextval('act_id'), pg_current_xact_id(), 1, 12, r.trigger, 1, now()
      FROM rule r WHERE r.id = 'C01' RETURNING id
), known AS (
    INSERT INTO act_fact (act, kind, value)
    SELECT made.id, k.code, '{"mulai": "2027-02-01", "selesai": "2027-04-30"}'
      FROM made, fact_kind k WHERE k.id = 'tanggal'
), headed AS (
    INSERT INTO case_ (id, machine, period, region, opened_at)
    VALUES (nextval('case_id'), 5, 202702, 0, now()) RETURNING id
)
INSERT INTO transition (case_id, version, actor, act, rule)
SELECT headed.id, 1, 1, made.id, r.code FROM headed, made, rule r WHERE r.id = 'C01' RETURNING case_id
"""


def value(conn: Owner, query: str, params: Any = None) -> Any:
    row = conn.execute(query.encode(), params).fetchone()
    assert row is not None
    return next(iter(row.values()))


@pytest.fixture(scope="module")
def installed(server: TestServer) -> Iterator[str]:
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


def listed(owner: Owner, villages: dict[int, int], load: int) -> list[dict[str, Any]]:
    """Freeze a list over villages of these sizes with this load; return its rows in order."""
    session = value(owner, "SELECT work_session(NULL, 'sistem', NULL)")
    owner.execute("UPDATE policy SET value = to_jsonb(%s::integer) WHERE key = 'siklus.beban_harian'", (load,))
    owner.execute("SET LOCAL ROLE alur_door")
    owner.execute("SELECT set_config('alur.door_lo', '0', true), set_config('alur.door_hi', '9999999999', true)")
    for region, count in villages.items():
        owner.execute(_FAMILIES, {"region": region, "count": count, "state": "ditetapkan"})
        owner.execute(_FAMILIES, {"region": region, "count": 2, "state": "nonaktif"})
    made = value(owner, _CYCLE)
    owner.execute("RESET ROLE")
    told = owner.execute("SELECT * FROM siklus_freeze(%s, %s)", (session, made)).fetchone()
    again = owner.execute("SELECT * FROM siklus_freeze(%s, %s)", (session, made)).fetchone()
    assert told == again
    return owner.execute(
        "SELECT k.*, h.rw, h.rt, h.region AS home, q.keluarga FROM siklus_keluarga k "
        "JOIN household h ON h.id = k.household_id "
        "JOIN siklus_paket q ON (q.siklus, q.region, q.nomor) = (k.siklus, k.region, k.paket) "
        "WHERE k.siklus = %s ORDER BY k.region, k.urut",
        (made,),
    ).fetchall()


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    villages=st.dictionaries(st.sampled_from([DESA, DESA_LAIN, DESA_JAUH]), st.integers(1, 130), min_size=1),
    load=st.integers(1, 60),
)
def test_every_family_is_in_exactly_one_package_that_fits(installed: str, villages: dict[int, int], load: int) -> None:
    with sync_connect(installed) as owner, owner.transaction(force_rollback=True):
        found = listed(owner, villages, load)
    assert len({row["household_id"] for row in found}) == len(found) == sum(villages.values())
    for region, count in villages.items():
        mine = [row for row in found if row["region"] == region]
        assert [row["urut"] for row in mine] == list(range(1, count + 1))
        assert all(row["home"] == region for row in mine)
        # Neighbours together: the list goes by RW and RT, and packages follow the list.
        assert [(row["rw"], row["rt"]) for row in mine] == sorted((row["rw"], row["rt"]) for row in mine)
        packages = [row["paket"] for row in mine]
        assert packages == sorted(packages)
        sizes = [packages.count(number) for number in sorted(set(packages))]
        assert sorted(set(packages)) == list(range(1, len(sizes) + 1))
        assert len(sizes) == -(-count // load)
        assert max(sizes) <= load
        assert max(sizes) - min(sizes) <= 1
        assert {row["paket"]: row["keluarga"] for row in mine} == dict(enumerate(sizes, 1))


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 90))
def test_the_same_population_makes_the_same_list(installed: str, count: int) -> None:
    lists = []
    for _ in range(2):
        with sync_connect(installed) as owner, owner.transaction(force_rollback=True):
            rows_ = listed(owner, {DESA: count}, 40)
            first = min(row["household_id"] for row in rows_)
            lists.append([(row["household_id"] - first, row["urut"], row["paket"]) for row in rows_])
    assert lists[0] == lists[1]


# -- who belongs to it -------------------------------------------------------------------------------------------------


async def test_a_registration_or_a_place_in_a_programme_puts_a_family_on_the_list(world: World) -> None:
    registered, member, held, left, proposing = await world.households(5)
    await stand(world, "K01 K06 K07", households=[member])
    await stand(world, "K01 K06 K07 K13", households=[held])
    await stand(world, "K01 K06 K07 K17", households=[left])
    await stand(world, "U01 U02", households=[proposing])
    await cycle.running(world, [registered])
    listed_ = await rows(world, "SELECT household_id FROM siklus_keluarga ORDER BY 1")
    assert [row["household_id"] for row in listed_] == sorted([registered, member, held])


async def test_the_list_does_not_change_when_families_do(world: World) -> None:
    (first,) = await world.households()
    made = await cycle.running(world, [first])
    before = await rows(world, "SELECT hash_daftar FROM siklus")
    (later,) = await world.households()
    await world.open(await world.system(), "usulan.buka_turunan", [later], kind="BARU", facts={"kasus_asal": 1})
    told = await freeze(world.worker, await world.system(), made)
    assert told.keluarga == 1
    assert [{"hash_daftar": told.hash_daftar}] == before


# -- at the same moment ------------------------------------------------------------------------------------------------


async def test_two_who_freeze_at_once_freeze_one_list(world: World) -> None:
    system = await world.system()
    families = await world.households(3)
    await world.open(system, "usulan.buka_turunan", families, kind="BARU", facts={"kasus_asal": 1})
    pusdatin = await world.session("pusdatin", "pusdatin")
    told = {"surat_edaran": {"nomor": "1"}, "tanggal": await cycle.days(world)}
    (opened,) = await world.open(pusdatin, "siklus.jadwalkan", [0], period=cycle.PERIOD, facts=told)
    conns = [await connect(role_dsn(world.admin_dsn, "alur_worker")) for _ in range(4)]
    try:
        answers = await asyncio.gather(*(freeze(conn, system, opened.case_id or 0) for conn in conns))
    finally:
        for conn in conns:
            await conn.close()
    assert len(set(answers)) == 1
    assert (await rows(world, "SELECT count(*) AS n FROM siklus_keluarga"))[0]["n"] == 3


async def test_of_two_who_schedule_at_once_one_does(world: World) -> None:
    told = {"surat_edaran": {"nomor": "1"}, "tanggal": await cycle.days(world)}
    sessions = [await world.session(f"pusdatin{n}", "pusdatin") for n in range(4)]
    conns = [await connect(role_dsn(world.admin_dsn, "alur_api")) for _ in sessions]
    query = "SELECT outcome, refusal FROM door_open(%s, 'siklus.jadwalkan', '{0}', NULL, %s, p_facts => %s)"

    async def ask(number: int) -> dict[str, Any]:
        row = await (await conns[number].execute(query, (sessions[number], cycle.PERIOD, Jsonb(told)))).fetchone()
        return dict(row or {})

    try:
        answers = await asyncio.gather(*(ask(number) for number in range(4)))
    finally:
        for conn in conns:
            await conn.close()
    assert sorted(answer["refusal"] or answer["outcome"] for answer in answers) == ["dibuka"] + ["sudah_ada"] * 3


async def test_two_verifikators_who_begin_a_village_open_its_visits_once(world: World) -> None:
    families = await world.households(5)
    await cycle.running(world, families)
    (opened,) = await cycle.shared_out(world)
    village = opened.case_id or 0
    told = {"petugas_ditunjuk": await cycle.officer(world)}
    sessions = [await world.session(f"verifikator{n}", "verifikator_kab") for n in range(3)]
    conns = [await connect(role_dsn(world.admin_dsn, "alur_api")) for _ in sessions]
    try:
        answers = await asyncio.gather(
            *(
                move(conn, session, "siklus_desa.mulai_pendataan", [village], facts=told)
                for conn, session in zip(conns, sessions, strict=True)
            )
        )
    finally:
        for conn in conns:
            await conn.close()
    assert sum(outcome.done for (outcome,) in answers) == 1
    assert len(await cycle.visits(world)) == 5
    assert len({row["kunjungan"] for row in await rows(world, "SELECT kunjungan FROM siklus_keluarga")}) == 5
