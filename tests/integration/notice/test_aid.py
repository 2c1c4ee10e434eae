"""A family's aid: it, its village and its pendamping hear what becomes of memberships and payments, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.case.queries import number
from models.database import fetch_value
from notifications.aid import SOURCES
from notifications.kinds import KINDS, compose
from state_machines import KEPESERTAAN, PENYALURAN
from state_machines.reasons import REASONS
from tests.integration.door.kit import person, stand, values
from tests.integration.door.objecting import REGISTERED, citizen, objecting
from tests.integration.door.walking import Family as Moving
from tests.integration.door.walking import walk
from tests.integration.notice.kit import hear, notices, subset
from tests.support.world import DESA, DESA_LAIN, World

MEMBER = "K01 K06 K07"
AID = {kind for kind in KINDS if kind.startswith(("peserta_", "bayar_"))}
READERS = ("keluarga", "kantor", "pendamping")


@dataclass
class Family:
    """A family with an account, the operator of its village, its pendamping, and strangers of all three kinds."""

    world: World
    id: int

    async def held(self, **more: Any) -> int:
        """Return its membership, held just now."""
        (member,) = await stand(self.world, MEMBER, households=[self.id])
        (outcome,) = await (await person(self.world, "sistem")).fire("K13", [member], reason="EX_PEKERJAAN", **more)
        assert outcome.done, outcome
        return member

    async def heard(self, *who: str) -> list[dict[str, Any]]:
        """Return what somebody, or everybody concerned alike, was told."""
        await hear(self.world)
        told = [await notices(self.world, await self.world.user(one)) for one in who or READERS]
        assert len({tuple(subset(row, "kind", "key") for row in rows if not who) for rows in told}) == 1
        return told[0]

    async def kinds(self) -> list[str]:
        """Return by which messages everybody concerned was told alike, and that strangers were told nothing."""
        await hear(self.world)
        told = {one: [row["kind"] for row in await notices(self.world, await self.world.user(one))] for one in READERS}
        assert told["keluarga"] == told["kantor"] == told["pendamping"], told
        for stranger in ("tetangga", "kantor lain", "pendamping lain"):
            assert not await notices(self.world, await self.world.user(stranger)), stranger
        return told["keluarga"]


@pytest.fixture
async def family(world: World) -> Family:
    mine, other = await world.households(2)
    await citizen(world, "keluarga", mine)
    await citizen(world, "tetangga", other)
    await person(world, "operator_desa", "kantor")
    await person(world, "operator_desa", "kantor lain", region=DESA_LAIN)
    for name, household in (("pendamping", mine), ("pendamping lain", other)):
        await person(world, "pendamping", name)
        await world.assign_families(name, [household])
    return Family(world, mine)


async def fired(world: World, role: str, rule: str, case: int, **more: Any) -> None:
    (outcome,) = await (await person(world, role)).fire(rule, [case], **more)
    assert outcome.done, outcome


def day(world_now: Any) -> str:
    return str(world_now.astimezone(ZoneInfo("Asia/Jakarta")).date().isoformat())


# -- memberships ------------------------------------------------------------------------------------------------------


async def test_a_held_family_hears_why_who_found_it_about_whom_and_until_when_it_may_answer(
    family: Family, world: World
) -> None:
    child = await fetch_value(
        world.admin, "SELECT id FROM person WHERE household_id = %s AND hubungan = 3", (family.id,)
    )
    found = {"anggota_terkait": {"anggota": child}, "sumber_temuan": {"nomor": "BKN-1 atas nama Fulan"}}
    member = await family.held(facts=found)
    assert await family.kinds() == ["peserta_ditahan"]
    [row] = await family.heard("keluarga")
    opened = await fetch_value(world.admin, "SELECT opened_at FROM case_ WHERE id = %s", (member,))
    assert row["data"]["numbers"] == [number(2, opened, member)]
    assert subset(row, "case_id", "region", "urgent") == (member, DESA, True)
    assert subset(row["data"], "programme", "reason", "member", "link") == (
        *("PKH", "EX_PEKERJAAN", 3, f"/kasus/{member}"),
    )
    until = day(await world.now() + timedelta(days=14))
    assert row["data"]["until"] == until
    text = compose(row["kind"], row["data"], "id").text
    for said in (
        "ditahan",
        "BKN",
        "menyangkut anak",
        "operator desa",
        "verifikator",
        "14 " if until[8:] == "14" else "",
    ):
        assert said in text
    assert "Fulan" not in text, "what somebody typed may name a person"
    [office] = await family.heard("kantor")
    assert office["data"]["member"] is None, "which member is the family's own to hear"


async def test_that_the_notice_went_out_is_known_and_an_exit_may_rest_on_it_after_fourteen_days(
    family: Family, world: World
) -> None:
    member = await family.held()
    pusdatin = await person(world, "pusdatin")
    await world.travel(timedelta(days=15))
    (early,) = await pusdatin.fire("K16", [member], reason="PEKERJAAN")
    assert early.missing == ("pemberitahuan_14_hari",), "nobody was told yet"
    told = {row["id"] for row in await family.heard("keluarga") + await family.heard("kantor")}
    (value,) = await values(
        world,
        "SELECT f.value FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'pemberitahuan_14_hari' "
        "WHERE f.case_id = %s AND f.source = 'sistem'",
        (member,),
    )
    assert value["tanggal"] == day(await world.now())
    assert told < set(value["pemberitahuan"])
    assert len(value["pemberitahuan"]) == len(READERS)
    await world.travel(timedelta(days=13))
    assert await pusdatin.one("K16", member, reason="PEKERJAAN") == "bukti_kurang"
    await world.travel(timedelta(days=1, hours=1))
    at = await world.now()
    assert await pusdatin.one("K16", member, reason="PEKERJAAN") == "dipindah"
    assert await family.kinds() == ["peserta_ditahan", "peserta_keluar"]
    row = (await family.heard("keluarga"))[-1]
    assert subset(row["data"], "reason", "until") == ("PEKERJAAN", day(at + timedelta(days=30)))


async def test_where_nobody_could_be_told_nothing_says_that_somebody_was(world: World) -> None:
    (member,) = await stand(world, MEMBER)
    await fired(world, "sistem", "K13", member)
    await hear(world)
    assert not await values(world, "SELECT id FROM notice")
    assert not await values(world, "SELECT f.case_id FROM fact f JOIN fact_kind k ON k.code = f.kind "
                                   "AND k.id = 'pemberitahuan_14_hari'")  # fmt: skip


async def test_a_hold_that_was_lifted_before_anybody_read_of_it_leaves_no_fact(family: Family, world: World) -> None:
    member = await family.held()
    await fired(world, "sistem", "K15", member)
    assert await family.kinds() == ["peserta_ditahan", "peserta_pulih"]
    assert not await values(world, "SELECT f.case_id FROM fact f JOIN fact_kind k ON k.code = f.kind "
                                   "AND k.id = 'pemberitahuan_14_hari'")  # fmt: skip


@pytest.mark.parametrize(
    ("path", "role", "rule", "reason", "kind"),
    [
        ("K01", "sistem", "K04", "EX_DESIL", "peserta_ditolak"),
        ("K01", "sistem", "K05", "KUOTA_PENUH", "peserta_tunggu"),
        (MEMBER, "sistem", "K12", "KUOTA_TURUN", "peserta_tunggu"),
        (f"{MEMBER} K13", "verifikator_kab", "K14", None, "peserta_pulih"),
        (f"{MEMBER} K13", "sistem", "K15", None, "peserta_pulih"),
        (MEMBER, "kepala_dinas", "K17", "GRADUASI", "peserta_keluar"),
        (f"{MEMBER} K13", "sistem", "K22", "GRADUASI", "peserta_keluar"),
        ("P01", "pusdatin", "P02", "EX_DATA", "bayar_ditahan"),
        ("P01 P02", "pusdatin", "P05", "EX_DATA", "bayar_keluar"),
        ("P01 P02", "verifikator_kab", "P04", None, "bayar_pulih"),
    ],
)
async def test_each_step_is_told_with_its_reason(
    family: Family, world: World, path: str, role: str, rule: str, reason: str | None, kind: str
) -> None:
    (case,) = await stand(world, path, households=[family.id])
    before = await family.kinds()
    at = await world.now()
    await fired(world, role, rule, case, **({"reason": reason} if reason else {}))
    assert (await family.kinds())[len(before) :] == [kind]
    row = (await family.heard("keluarga"))[-1]
    assert row["data"]["reason"] == reason
    assert row["data"]["until"] == (day(at + timedelta(days=30)) if kind == "peserta_keluar" else None)


async def test_what_a_migration_brought_is_no_news(family: Family, world: World) -> None:
    await stand(world, "K02", households=[family.id])
    await stand(world, "K01 K06 K07", households=[family.id], programme="SEMBAKO")
    assert await family.kinds() == []


async def test_an_assessment_that_comes_out_as_the_last_is_no_news(family: Family, world: World) -> None:
    """Each DTSEN version assesses every family again; only what changed is told."""
    (refused,) = await stand(world, "K01 K04 K10", households=[family.id])
    (waiting,) = await stand(world, "K01 K05 K10", households=[family.id], programme="SEMBAKO")
    system = await person(world, "sistem")
    before = await family.kinds()
    assert sorted(before) == ["peserta_ditolak", "peserta_tunggu"]
    first = await fetch_value(
        world.admin,
        "SELECT e.id FROM transition t JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason "
        "WHERE t.case_id = %s AND t.version = 2",
        (refused,),
    )
    assert await system.one("K04", refused, reason=first) == "dipindah"
    assert await system.one("K05", waiting) == "dipindah"
    assert await family.kinds() == before
    for case, rule, reason in ((refused, "K04", "EX_KOMPONEN"), (waiting, "K04", "EX_DESIL")):
        assert await system.one("K10", case) == "dipindah"
        assert await system.one(rule, case, reason=reason) == "dipindah"
    assert (await family.kinds())[2:] == ["peserta_ditolak"] * 2


async def test_a_payment_that_goes_with_its_membership_is_not_told_beside_it(family: Family, world: World) -> None:
    (payment,) = await stand(world, "P01", households=[family.id])
    member = await family.held()
    assert await world.state(payment) == "exclude"
    assert await family.kinds() == ["peserta_ditahan"]
    await fired(world, "verifikator_kab", "K14", member)
    assert await world.state(payment) == "calon"
    assert await family.kinds() == ["peserta_ditahan", "peserta_pulih"]


async def test_an_objection_that_holds_both_is_told_once(world: World) -> None:
    there = await objecting(world)
    await world.policy({"sanggah.tahan.SANGGAH_PIHAK_LAIN": True})
    (member,) = await stand(world, MEMBER, households=[there.family])
    (payment,) = await stand(world, "P01", households=[there.family])
    await there.who("warga", "warga")
    await there.accepted("SANGGAH_PIHAK_LAIN")
    assert (await world.state(member), await world.state(payment)) == ("ditangguhkan", "exclude")
    await hear(world)
    told = [row["kind"] for row in await notices(world, there.people["warga"].user)]
    assert sorted(told) == ["peserta_ditahan", "sanggah_jawab"]


async def test_a_village_is_told_of_many_families_at_once_and_nobody_of_his_own_move(world: World) -> None:
    families = await world.households(12)
    members = await stand(world, MEMBER, households=families)
    await person(world, "operator_desa", "kantor")
    await citizen(world, "keluarga", families[0])
    head, system = await person(world, "kepala_dinas"), await person(world, "sistem")
    await world.assign_families("kepala_dinas", families)  # who acts hears nothing, in whatever place he stands
    assert all(outcome.done for outcome in await head.fire("K17", members, reason="GRADUASI"))
    await hear(world)
    [row] = await notices(world, await world.user("kantor"))
    assert (row["data"]["count"], len(row["data"]["numbers"]), row["case_id"]) == (12, 10, None)
    assert row["data"]["link"] == f"/antrean?mesin=kepesertaan&status=keluar&wilayah={DESA}"
    assert compose(row["kind"], row["data"], "id").subject == "12 kepesertaan PKH: keluar program"
    [mine] = await notices(world, await world.user("keluarga"))
    assert mine["data"]["count"] == 1
    assert await notices(world, head.user) == []
    assert system.session


async def test_a_membership_that_goes_on_elsewhere_is_not_told_as_ended(world: World) -> None:
    (household,) = await world.households()
    await citizen(world, "keluarga", household)
    await person(world, "operator_desa", "kantor")
    moving = Moving(world, household)
    (moving.registration,) = await stand(world, REGISTERED, households=[household])
    await moving.stand("pkh", MEMBER)
    await walk(moving, "PINDAH", "U02 U05 U60 U61 U15 U19 U66", {}, destination=DESA_LAIN)
    assert await world.state(moving.cases["pkh"]) == "keluar"
    await hear(world)
    for who in ("keluarga", "kantor"):
        assert not [row for row in await notices(world, await world.user(who)) if row["kind"] in AID]


async def test_reading_again_tells_nothing_again(family: Family, world: World) -> None:
    await family.held()
    before = await family.kinds()
    await world.admin.execute("UPDATE notice_cursor SET xid = '0', act = 0 WHERE name = 'nasib'")
    assert await family.kinds() == before


# -- the rules --------------------------------------------------------------------------------------------------------


async def test_every_rule_that_takes_aid_away_or_gives_it_back_is_told(world: World) -> None:
    """A rule whose number changes, or a new one that holds, ends or restores, must be looked at here."""
    told: dict[str, str | None] = {}
    for machine in (KEPESERTAAN, PENYALURAN):
        for rule in machine.rules:
            told[rule.id] = await fetch_value(world.admin, "SELECT aid_message(%s)", (rule.id,))

    def of(kinds: Sequence[str]) -> set[str]:
        return {rule for rule, kind in told.items() if kind in kinds}

    members = {rule.id: rule for rule in KEPESERTAAN.rules}
    gone = {
        r for r, rule in members.items() if rule.target in {"tidak_memenuhi", "daftar_tunggu", "ditangguhkan", "keluar"}
    }
    assert of(("peserta_ditolak", "peserta_tunggu", "peserta_ditahan", "peserta_keluar")) == gone
    back = {r for r, rule in members.items() if {"ditangguhkan", "keluar"} & set(rule.sources) and r not in gone}
    assert of(("peserta_pulih",)) == back - {"K19"}, "what a new assessment comes to is told itself"
    paid = {rule.id: rule for rule in PENYALURAN.rules}
    assert of(("bayar_ditahan",)) == {r for r, rule in paid.items() if rule.target in {"exclude", "ditahan_rpl"}} - {
        "P75"
    }
    assert of(("bayar_keluar",)) == {r for r, rule in paid.items() if rule.target == "keluar"}


def test_every_source_of_a_finding_has_its_english() -> None:
    named = {one for reason in REASONS if reason.id.startswith("EX_") for one in reason.detected_by.split(", ")}
    assert {one for one in named if one[0].islower()} <= set(SOURCES)
