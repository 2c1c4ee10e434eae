"""Who sees which case. What one does not see, one does not move either: the door answers ``tidak_ditemukan``."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from models.case.commands import CaseFact, move, open_cases, write_facts
from models.database import acting, connect, fetch_value
from models.errors import AlurError, ApprovalNotFound, FactNotYours, RegisterNotYours, SessionUnknown, domain_errors
from models.install import role_dsn
from tests.integration.door.kit import Person, person, rows, stand, version
from tests.support.world import World

DESA = 3204052001
TETANGGA = 3204052002
KECAMATAN_LAIN = 3204060001
KABUPATEN_LAIN = 3205010001
PROVINSI_LAIN = 5171010001
PROVINSI_PERTAMA = 1101012001
VILLAGES = {
    "desa": DESA,
    "tetangga": TETANGGA,
    "kecamatan_lain": KECAMATAN_LAIN,
    "kabupaten_lain": KABUPATEN_LAIN,
    "provinsi_lain": PROVINSI_LAIN,
    "provinsi_pertama": PROVINSI_PERTAMA,
}


@dataclass
class Country:
    """One proposal in each of six villages: four ever farther from the first, two in provinces after and before it."""

    world: World
    families: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)

    async def seen(self, who: Person) -> set[str]:
        """Return the villages whose proposal somebody sees; readers and the door must agree on it, table by table."""
        named = {case: village for village, case in self.cases.items()}
        seen: dict[str, set[str]] = {}
        async with acting(self.world.api, who.session) as conn:
            for table, key in {
                "case_": "id",
                "position": "case_id",
                "transition": "case_id",
                "fact": "case_id",
            }.items():
                found = await (await conn.execute(f"SELECT DISTINCT {key} AS id FROM {table}")).fetchall()
                seen[table] = {named[row["id"]] for row in found if row["id"] in named}
        asked = list(self.cases.values())
        answers = await who.fire("U05", asked, facts={}, conn=self.world.api)
        seen["door"] = {named[a.case_id or 0] for a in answers if a.outcome != "tidak_ditemukan"}
        assert all(villages == seen["door"] for villages in seen.values()), seen
        return seen["door"]


@pytest.fixture
async def country(world: World) -> Country:
    made = Country(world)
    system = await person(world, "sistem")
    for name, region in VILLAGES.items():
        (made.families[name],) = await world.households(region=region)
        (made.cases[name],) = await stand(world, "U01 U02", households=[made.families[name]])
    facts = [CaseFact(case, "ktp", {"nomor": 1}) for case in made.cases.values()]
    assert await write_facts(world.worker, system.session, facts) == len(VILLAGES)
    return made


REGIONAL = {
    "operator_desa": {"desa"},
    "kades": {"desa"},
    "operator_kecamatan": {"desa", "tetangga"},
    "pengisi_data_kab": {"desa", "tetangga", "kecamatan_lain"},
    "verifikator_kab": {"desa", "tetangga", "kecamatan_lain"},
    "kepala_dinas": {"desa", "tetangga", "kecamatan_lain"},
    "admin_kab": {"desa", "tetangga", "kecamatan_lain"},
    "dinsos_provinsi": {"desa", "tetangga", "kecamatan_lain", "kabupaten_lain"},
    "admin_provinsi": {"desa", "tetangga", "kecamatan_lain", "kabupaten_lain"},
    "pusdatin": set(VILLAGES),
    "bps": set(VILLAGES),
    "menteri": set(VILLAGES),
    "admin_pusat": set(VILLAGES),
    "auditor": set(VILLAGES),
    # Those who see by another key see nothing here until that key is given to them.
    "pendamping": set(),
    "direktorat": set(),
    "kpa": set(),
    "ppk": set(),
    "ppspm": set(),
    "bank": set(),
    "pos": set(),
    "kppn": set(),
}


async def test_each_role_sees_the_region_of_its_level(country: Country) -> None:
    seen = {role: await country.seen(await person(country.world, role)) for role in REGIONAL}
    assert seen == REGIONAL


async def test_a_family_is_seen_where_its_cases_are(country: Country) -> None:
    for role in ("operator_desa", "verifikator_kab", "dinsos_provinsi", "auditor"):
        who = await person(country.world, role)
        async with acting(country.world.api, who.session) as conn:
            families = await (await conn.execute("SELECT id FROM household")).fetchall()
            people = await (await conn.execute("SELECT DISTINCT household_id AS id FROM person")).fetchall()
        expected = {country.families[village] for village in REGIONAL[role]}
        assert {row["id"] for row in families} == {row["id"] for row in people} == expected


async def test_a_pendamping_sees_the_families_given_to_him_wherever_they_live(country: Country) -> None:
    world = country.world
    budi, sari = await person(world, "pendamping", "budi"), await person(world, "pendamping", "sari")
    await world.assign_families("budi", [country.families["desa"], country.families["provinsi_lain"]])
    await world.assign_families("sari", [country.families["tetangga"]])
    assert await country.seen(budi) == {"desa", "provinsi_lain"}
    assert await country.seen(sari) == {"tetangga"}


async def test_a_family_is_the_pendampings_on_the_days_of_its_assignment(country: Country) -> None:
    month = timedelta(days=30)
    spans = {
        "desa": (-month, None),
        "tetangga": (-month, month),
        "kecamatan_lain": (-month, timedelta(days=-1)),
        "kabupaten_lain": (month, None),
    }
    budi = await person(country.world, "pendamping", "budi")
    for village, (begins, ends) in spans.items():
        await country.world.admin.execute(
            "INSERT INTO family_assignment (user_id, household_id, valid_from, valid_to) "
            "VALUES (%s, %s, alur_now() + %s, alur_now() + %s::interval)",
            (budi.user, country.families[village], begins, ends),
        )
    assert await country.seen(budi) == {"desa", "tetangga"}


async def test_whoever_is_sent_to_a_family_sees_it_from_then_on(country: Country) -> None:
    world = country.world
    budi, sari = await person(world, "pendamping", "budi"), await person(world, "pendamping", "sari")
    verifier = await person(world, "verifikator_kab")
    families = [country.families["desa"], country.families["tetangga"]]
    first, second = await stand(world, "U01 U02 U05 U11 U15 U19", households=families, kind="PEMBARUAN")
    assert await verifier.one("U21", first, facts={"petugas_ditunjuk": {"pengguna": "budi"}}) == "dipindah"
    assert await verifier.one("U21", second, facts={"petugas_ditunjuk": {"pengguna": "sari"}}) == "dipindah"
    assert [await country.seen(who) for who in (budi, sari)] == [{"desa"}, {"tetangga"}]
    assert await sari.one("U68", first) == "tidak_ditemukan"
    assert await budi.one("U68", first) == "dipindah"


async def test_a_citizen_sees_the_own_family_and_no_neighbour(country: Country) -> None:
    citizen = await person(country.world, "warga")
    assert await country.seen(citizen) == {"desa"}
    (neighbour,) = await country.world.households()
    assert [o.outcome for o in await citizen.open("U43", [neighbour])] == ["tidak_ditemukan"]


async def test_a_programme_sees_its_memberships_and_payments_and_their_families_only(country: Country) -> None:
    world = country.world
    family, other = country.families["desa"], country.families["tetangga"]
    mine = await stand(world, "K01 K06", households=[family]) + await stand(world, "P01", households=[family])
    theirs = await stand(world, "K01 K06", households=[family, other], programme="SEMBAKO")
    for role in ("direktorat", "kpa", "ppk", "ppspm"):
        who = await person(world, role)
        async with acting(world.api, who.session) as conn:
            seen = await (await conn.execute("SELECT id FROM case_")).fetchall()
            families = await (await conn.execute("SELECT id FROM household")).fetchall()
        assert {row["id"] for row in seen} == set(mine)
        assert {row["id"] for row in families} == {family}
        answers = await who.fire("K08", [*mine[:1], *theirs, *country.cases.values()])
        assert [o.outcome for o in answers[1:]] == ["tidak_ditemukan"] * 8
        assert answers[0].outcome != "tidak_ditemukan"


async def test_a_programme_opens_payments_in_no_other_programme(world: World) -> None:
    (family,) = await world.households()
    await stand(world, "K01 K06 K07", households=[family])
    pkh = await person(world, "direktorat", programme="PKH")
    (own,) = await pkh.open("P01", [family], programme="PKH")
    assert own.outcome == "dibuka"
    with suppress(AlurError):
        assert not (await pkh.open("P01", [family], programme="SEMBAKO"))[0].done
    assert await fetch_value(world.admin, "SELECT count(*) FROM case_ WHERE programme = 2") == 0


async def test_a_bank_pos_and_kppn_see_what_was_handed_to_them(world: World) -> None:
    payments = await stand(world, "P01 P03 P07", count=3)
    await world.file("BRI", payments[:2])
    await world.file("POS", payments[1:])
    for who, expected in (
        (await person(world, "bank", "bri", organisation="BRI"), payments[:2]),
        (await person(world, "bank", "bni", organisation="BNI"), []),
        (await person(world, "pos"), payments[1:]),
        (await person(world, "kppn"), []),
    ):
        async with acting(world.api, who.session) as conn:
            seen = await (await conn.execute("SELECT case_id AS id FROM position ORDER BY 1")).fetchall()
        assert [row["id"] for row in seen] == expected
        answers = await who.fire("P17", payments)
        assert [o.case_id for o in answers if o.outcome != "tidak_ditemukan"] == expected
    assert [o.outcome for o in answers] == ["tidak_ditemukan"] * 3


# -- the auditor ---------------------------------------------------------------------------------------------------


async def test_the_auditor_sees_all_and_moves_nothing(country: Country) -> None:
    world = country.world
    payments = await stand(world, "P01", count=1)
    memberships = await stand(world, "K01", count=1)
    auditor = await person(world, "auditor")
    assert await country.seen(auditor) == set(VILLAGES)
    before = await rows(world, "SELECT case_id, version, state FROM position ORDER BY 1")
    triggers = await rows(
        world,
        "SELECT m.name || '.' || t.id AS name, m.code FROM trigger t JOIN machine m ON m.code = t.machine "
        "WHERE EXISTS (SELECT 1 FROM arrow a WHERE a.trigger = t.code AND a.source = ANY ("
        "  SELECT p.state FROM position p))",
    )
    told = set()
    for trigger in triggers:
        cases = {1: list(country.cases.values()), 2: memberships, 3: payments}[trigger["code"]]
        told |= {o.refusal for o in await move(world.api, auditor.session, trigger["name"], cases)}
    assert len(triggers) > 10
    assert told == {"peran"}
    assert await rows(world, "SELECT case_id, version, state FROM position ORDER BY 1") == before


async def test_the_auditor_writes_nothing(country: Country) -> None:
    world = country.world
    auditor = await person(world, "auditor")
    family = country.families["desa"]
    with pytest.raises(FactNotYours):
        await write_facts(world.api, auditor.session, [CaseFact(country.cases["desa"], "ktp", {})])
    entries = {"usulan.buat_draf": "BARU", "kepesertaan.buka_penilaian": None, "penyaluran.buka_tahap": None}
    for trigger, kind in entries.items():
        opened = await open_cases(
            world.api, auditor.session, trigger, [family], kind=kind, programme=None if kind else "PKH"
        )
        assert [o.refusal for o in opened] == ["peran"]
    with pytest.raises(RegisterNotYours), domain_errors():
        await world.api.execute("SELECT * FROM register_save(%s, '[]', 'uji')", (auditor.session,))


async def test_the_auditor_opens_no_batch(world: World) -> None:
    auditor = await person(world, "auditor")
    with pytest.raises(AlurError), domain_errors():
        await world.api.execute(
            "SELECT batch_open(%s, 'tahap', 0, 0, 9999999999, 'PKH', 202601, 'Tahap')", (auditor.session,)
        )


async def test_the_auditors_database_role_reads_and_has_no_door(country: Country) -> None:
    world = country.world
    auditor = await person(world, "auditor")
    conn = await connect(role_dsn(world.admin_dsn, "alur_auditor"))
    async with conn:
        async with acting(conn, auditor.session):
            assert await fetch_value(conn, "SELECT count(*) FROM case_") == len(VILLAGES)
        with pytest.raises(Exception, match="permission denied"):
            await conn.execute("SELECT * FROM door_move(%s, 'usulan.cek_padan', '{1}')", (auditor.session,))


# -- two villages --------------------------------------------------------------------------------------------------


async def test_a_moving_family_is_seen_by_the_village_it_moves_to(world: World) -> None:
    (family,) = await world.households()
    origin = await person(world, "operator_desa", "asal")
    (case,) = await origin.opened("U01", [family], kind="PINDAH", destination=TETANGGA)

    async def sees(region: int) -> bool:
        who = await person(world, "operator_desa", f"desa {region}", region=region)
        async with acting(world.api, who.session) as conn:
            return bool(await fetch_value(conn, "SELECT count(*) FROM position WHERE case_id = %s", (case,)))

    assert {name: await sees(region) for name, region in VILLAGES.items()} == {
        "desa": True,
        "tetangga": True,
        "kecamatan_lain": False,
        "kabupaten_lain": False,
        "provinsi_lain": False,
        "provinsi_pertama": False,
    }


async def test_each_village_takes_only_its_own_steps_of_a_move(world: World) -> None:
    families = await world.households(2)
    origin = await person(world, "operator_desa", "asal")
    destination = await person(world, "operator_desa", "tujuan", region=TETANGGA)
    stranger = await person(world, "operator_desa", "lain", region=KECAMATAN_LAIN)
    waiting, matched = await origin.opened("U01", families, kind="PINDAH", destination=TETANGGA)
    system = await person(world, "sistem")
    for rule, who in (("U02", origin), ("U05", system)):
        assert all(o.done for o in await who.fire(rule, [waiting, matched]))
    assert await origin.one("U60", waiting) == "dipindah"
    # The village of origin neither accepts nor refuses for the other; the other does not act at the origin.
    assert await origin.one("U61", waiting) == "wilayah"
    assert await (await person(world, "kades", "kades asal")).one("U62", waiting) == "wilayah"
    assert await destination.one("U60", matched) == "wilayah"
    assert await stranger.one("U61", waiting) == "tidak_ditemukan"
    assert await destination.one("U61", waiting) == "dipindah"


# -- sessions that are over ----------------------------------------------------------------------------------------

LAPSES = {
    "the session is revoked": "UPDATE session SET revoked_at = now() WHERE id = %(session)s",
    "the session expired": "UPDATE session SET expires_at = now() - interval '1 second' WHERE id = %(session)s",
    "the assignment ended": "UPDATE assignment SET valid_to = alur_now() WHERE user_id = %(user)s",
    "the assignment begins tomorrow": "UPDATE assignment SET valid_from = alur_now() + interval '1 day' "
    "WHERE user_id = %(user)s",
    "the person left": "UPDATE account_user SET active = false WHERE id = %(user)s",
    "the session is unknown": "DELETE FROM session WHERE id = %(session)s",
}


async def turned_away(who: Person, case: int, family: int) -> list[bool]:
    """Try everything one may do with a session; return whether each was refused for the session's sake."""

    async def read() -> Any:
        async with acting(who.conn, who.session) as conn:
            return await fetch_value(conn, "SELECT count(*) FROM case_")

    async def decide() -> Any:
        with domain_errors():
            return await who.conn.execute(
                "SELECT * FROM approval_decide(%s, 1, 'setuju', NULL, NULL, '{}', '[]')", (who.session,)
            )

    attempts: tuple[Callable[[], Awaitable[Any]], ...] = (
        lambda: who.fire("U02", [case]),
        lambda: who.open("U01", [family]),
        lambda: write_facts(who.conn, who.session, [CaseFact(case, "ktp", {})]),
        read,
        decide,
    )
    answers = []
    for attempt in attempts:
        try:
            await attempt()
        except SessionUnknown:
            answers.append(True)
        except ApprovalNotFound:
            answers.append(False)
        else:
            answers.append(False)
    return answers


async def test_whoever_no_longer_works_here_is_turned_away(world: World) -> None:
    for lapse, statement in LAPSES.items():
        cases = await stand(world, "U01", count=2)
        families = await world.households(2)
        operator = await person(world, "operator_desa", lapse)
        assert await turned_away(operator, cases[0], families[0]) == [False] * 5
        await world.admin.execute(statement, {"session": operator.session, "user": operator.user})
        assert await turned_away(operator, cases[1], families[1]) == [True] * 5, lapse
        assert await version(world, cases[1]) == 1


async def test_an_assignment_lapses_by_the_clock_of_the_house(world: World) -> None:
    (case,) = await stand(world, "U01")
    operator = await person(world, "operator_desa")
    await world.admin.execute(
        "UPDATE assignment SET valid_to = alur_now() + interval '2 days' WHERE user_id = %s", (operator.user,)
    )
    await world.travel(timedelta(days=1))
    assert await operator.one("U02", case) == "dipindah"
    await world.travel(timedelta(days=2))
    with pytest.raises(SessionUnknown):
        await operator.fire("U03", [case])


async def test_a_flows_session_sees_the_region_of_its_batch(country: Country) -> None:
    world = country.world
    system = await person(world, "sistem")
    batch = await fetch_value(
        world.worker,
        "SELECT batch_open(%s, 'pengesahan', 3204000000, 3204000000, 3204999999, NULL, 202601, 'Pengesahan')",
        (system.session,),
    )
    bound = await world.system(batch)
    async with acting(world.worker, bound) as conn:
        seen = await (await conn.execute("SELECT id FROM case_")).fetchall()
    kabupaten = {country.cases[village] for village in REGIONAL["verifikator_kab"]}
    assert {row["id"] for row in seen} == kabupaten
    answers = await move(
        world.worker, bound, "usulan.cek_padan", list(country.cases.values()), facts={"balasan_dukcapil": {}}
    )
    assert {o.case_id for o in answers if o.done} == kabupaten
    assert {o.outcome for o in answers if not o.done} == {"tidak_ditemukan"}


async def test_the_register_takes_no_family_outside_ones_region(world: World) -> None:
    operator = await person(world, "operator_desa")
    family = {"no_kk": "3205010101010001", "alamat": "Jl. Jauh", "rt": "1", "rw": "1", "kepala": "Ani"}
    saved = await (
        await world.api.execute(
            "SELECT household_id FROM register_save(%s, %s, 'uji')",
            (operator.session, Jsonb([family | {"region": DESA}, family | {"region": KABUPATEN_LAIN}])),
        )
    ).fetchall()
    assert [row["household_id"] is not None for row in saved] == [True, False]
