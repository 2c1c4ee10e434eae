"""Who sees and moves which cases, by role and scope."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from models.case.commands import CaseFact, move, open_cases, write_facts
from models.database import acting, connect, fetch_value
from models.errors import AlurError, FactNotYours, RegisterNotYours
from models.install import role_dsn
from models.penyaluran.queries import files
from models.raised import domain_errors
from tests.integration.door.kit import Person, person, rows, stand
from tests.integration.door.scoping import REGIONAL, VILLAGES, Country
from tests.support.world import World


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
    await world.file("BRI", payments[:1])
    await world.file("POS", payments[1:])
    for who, expected in (
        (await person(world, "bank", "bri", organisation="BRI"), payments[:1]),
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


async def test_a_payment_has_one_payer_and_leaves_the_one_it_had(world: World) -> None:
    """Also what a bank did to it itself: that is for its own books, and for auditors."""
    (payment,) = await stand(world, "P01 P03 P07")
    bri, bni = [await person(world, "bank", name, organisation=name) for name in ("BRI", "BNI")]
    kppn, auditor = await person(world, "kppn"), await person(world, "auditor")

    async def looked(who: Person) -> tuple[int, int, int]:
        async with acting(world.api, who.session) as conn:
            return (
                await fetch_value(conn, "SELECT count(*) FROM position"),
                await fetch_value(conn, "SELECT count(*) FROM transition"),
                await fetch_value(conn, "SELECT count(*) FROM file_case"),
            )

    async def filed() -> str | None:
        async with acting(world.worker, await world.system()) as conn:
            return (await files(conn, [payment])).get(payment)

    await world.file("BRI", [payment])
    await world.file("KPPN", [payment])
    assert await bri.one("P18", payment, reason="RK_BANK") == "dipindah"
    assert (await looked(bri), await looked(bni), await looked(kppn)) == ((1, 4, 1), (0, 0, 0), (1, 4, 1))
    await world.file("BNI", [payment])
    assert (await looked(bri), await looked(bni), await looked(kppn)) == ((0, 0, 0), (1, 4, 1), (1, 4, 1))
    assert await filed() == "BNI"
    assert await bri.one("P19", payment) == "tidak_ditemukan"
    assert (await looked(auditor))[:2] == (1, 4)
    await world.file("BRI", [payment])
    assert (await filed(), await looked(bri), await looked(bni)) == ("BRI", (1, 4, 1), (0, 0, 0))
    spans = await rows(world, "SELECT organisation AS who, ended_at > at AS ended FROM file_case ORDER BY 1")
    assert [(span["who"], span["ended"]) for span in spans] == [("BNI", True), ("BRI", None), ("KPPN", None)]


# -- the auditor ------------------------------------------------------------------------------------------------------


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
