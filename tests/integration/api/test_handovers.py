"""Families handed from one pendamping to another: offered, accepted or refused, never without somebody."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.handover.commands import lapse
from tests.integration.api.kit import Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

GROUND_CHECK = "U01 U02 U05 U11 U15 U19 U21"


class Team:
    """Two pendamping of a kabupaten and their administrator; the first looks after four families."""

    def __init__(self, place: Place) -> None:
        self.place = place

    async def pendamping(self, name: str, kabupaten: int | None = None) -> Caller:
        who = await self.place.person("pendamping", name)
        await self.place.world.admin.execute(
            "UPDATE assignment SET office = %s WHERE user_id = %s", (kabupaten or self.place.kabupaten, who.user)
        )
        return who

    async def gathered(self) -> Team:
        self.giver, self.taker = await self.pendamping("ani"), await self.pendamping("budi")
        self.admin = await self.place.person("admin_kab")
        self.families = await self.place.families(4)
        await self.place.world.assign_families(self.giver.name, self.families)
        return self

    async def offer(self, who: Caller | None = None, **more: Any) -> Any:
        body = {"receiver": self.taker.user, "reason": "Pindah tugas"} | more
        return await (who or self.giver).post("/handovers", body)

    async def holders(self, family: int) -> set[int]:
        cursor = await self.place.world.admin.execute(
            "SELECT user_id FROM family_assignment WHERE household_id = %s AND valid_from <= alur_now() "
            "AND (valid_to IS NULL OR valid_to > alur_now())",
            (family,),
        )
        return {row["user_id"] for row in await cursor.fetchall()}

    async def told(self, who: Caller) -> list[str]:
        cursor = await self.place.world.admin.execute(
            "SELECT data ->> 'what' AS what FROM notice WHERE kind = 'serah_terima' AND user_id = %s ORDER BY id",
            (who.user,),
        )
        return [row["what"] for row in await cursor.fetchall()]


@pytest.fixture
async def team(place: Place) -> Team:
    return await Team(place).gathered()


# -- offered, accepted, refused ----------------------------------------------------------------------------------------


async def test_families_change_hands_when_the_receiver_accepts_and_not_before(team: Team) -> None:
    made = done(await team.offer(), 201)
    for family in team.families:
        assert await team.holders(family) == {team.giver.user}
    problem(await team.taker.get(f"/households/{team.families[0]}"), 404)
    seen = done(await team.taker.get(f"/handovers/{made['handover']}"))
    assert (seen["state"], seen["families"], seen["taken"]) == ("ditawarkan", 4, 0)
    assert {row["household"] for row in seen["list"]} == set(team.families)
    taken = done(await team.taker.post(f"/handovers/{made['handover']}/accept", None))
    assert {row["outcome"] for row in taken["list"]} == {"beralih"}
    assert (taken["state"], taken["taken"]) == ("diterima", 4)
    for family in team.families:
        assert await team.holders(family) == {team.taker.user}
    done(await team.taker.get(f"/households/{team.families[0]}"))
    problem(await team.giver.get(f"/households/{team.families[0]}"), 404)
    assert await team.told(team.taker) == ["ditawarkan"]
    assert await team.told(team.giver) == ["diterima"]
    problem(await team.taker.post(f"/handovers/{made['handover']}/accept", None), 409, "serah_sudah_selesai")


async def test_a_selection_leaves_the_rest(team: Team) -> None:
    made = done(await team.offer(families=team.families[:1]), 201)
    done(await team.taker.post(f"/handovers/{made['handover']}/accept", None))
    assert [await team.holders(family) for family in team.families] == [{team.taker.user}] + [{team.giver.user}] * 3


@pytest.mark.parametrize("how", ["refuse", "withdraw"])
async def test_refused_or_withdrawn_it_stays_with_the_giver(team: Team, how: str) -> None:
    made = done(await team.offer(), 201)
    who, other = (team.taker, team.giver) if how == "refuse" else (team.giver, team.taker)
    problem(await other.post(f"/handovers/{made['handover']}/{how}", {"reason": "Tidak sanggup"}), 404)
    done(await who.post(f"/handovers/{made['handover']}/{how}", {"reason": "Tidak sanggup"}))
    problem(await team.taker.post(f"/handovers/{made['handover']}/accept", None), 409, "serah_sudah_selesai")
    assert await team.holders(team.families[0]) == {team.giver.user}
    assert (await team.told(other))[-1] == ("ditolak" if how == "refuse" else "ditarik")
    done(await team.offer(), 201)


async def test_nobody_else_answers_or_reads_it(team: Team) -> None:
    made = done(await team.offer(), 201)
    for other in (team.giver, team.admin, await team.pendamping("cici")):
        problem(await other.post(f"/handovers/{made['handover']}/accept", None), 404, "serah_tidak_ditemukan")
    problem(await (await team.pendamping("cici")).get(f"/handovers/{made['handover']}"), 404, "serah_tidak_ditemukan")
    done(await team.admin.get(f"/handovers/{made['handover']}"))


async def test_unanswered_it_lapses_and_everybody_is_told(team: Team) -> None:
    made = done(await team.offer(), 201)
    world = team.place.world
    await world.admin.execute(
        "UPDATE handover SET until = alur_now() - interval '1 minute' WHERE id = %s", (made["handover"],)
    )
    problem(await team.taker.post(f"/handovers/{made['handover']}/accept", None), 409, "serah_sudah_selesai")
    assert done(await team.giver.get(f"/handovers/{made['handover']}"))["state"] == "lewat"
    assert await lapse(world.worker) >= 1
    assert (await team.told(team.giver))[-1] == (await team.told(team.taker))[-1] == "lewat"
    assert await team.holders(team.families[0]) == {team.giver.user}
    assert await lapse(world.worker) == 0


async def test_an_offer_waits_for_as_many_days_as_policy_says(team: Team) -> None:
    await team.place.world.policy({"serah.tawaran": "3 d"})
    made = done(await team.offer(), 201)
    left = await team.place.value("SELECT until - offered_at FROM handover WHERE id = %s", made["handover"])
    assert timedelta(days=2) < left <= timedelta(days=4)


# -- who may give, who may take ----------------------------------------------------------------------------------------


async def test_the_administrator_hands_over_for_one_who_left(team: Team) -> None:
    world = team.place.world
    await world.admin.execute("UPDATE account_user SET active = false WHERE id = %s", (team.giver.user,))
    await world.admin.execute("UPDATE assignment SET valid_to = alur_now() WHERE user_id = %s", (team.giver.user,))
    made = done(await team.offer(team.admin, giver=team.giver.user), 201)
    assert await team.holders(team.families[0]) == {team.giver.user}
    assert await team.told(team.giver) == []
    done(await team.taker.post(f"/handovers/{made['handover']}/accept", None))
    assert await team.holders(team.families[0]) == {team.taker.user}
    assert await team.told(team.admin) == ["diterima"]


async def test_who_is_still_there_is_told_what_his_administrator_offers(team: Team) -> None:
    done(await team.offer(team.admin, giver=team.giver.user, families=team.families[:1]), 201)
    assert await team.told(team.giver) == ["oleh_admin"]


async def test_only_the_holder_and_his_administrator_offer(team: Team, home: Place) -> None:
    for other in (
        await team.place.person("verifikator_kab"),
        await team.place.person("operator_desa"),
        await team.pendamping("cici"),
        await home.person("admin_kab"),
    ):
        problem(await team.offer(other, giver=team.giver.user), 403, "serah_bukan_pemegang")
    problem(await team.offer(await team.place.person("operator_desa")), 403, "serah_bukan_pemegang")


async def test_the_receiver_works_in_the_families_kabupaten(team: Team) -> None:
    elsewhere = await team.pendamping("dadang", kabupaten=9999)
    operator = await team.place.person("operator_desa")
    for wrong in (elsewhere, operator, team.giver):
        problem(await team.offer(receiver=wrong.user), 422, "serah_penerima")
    await team.place.world.admin.execute("UPDATE account_user SET active = false WHERE id = %s", (team.taker.user,))
    problem(await team.offer(), 422, "serah_penerima")


async def test_only_what_one_holds_is_offered_and_once(team: Team) -> None:
    (strange,) = await team.place.families(1)
    told = problem(await team.offer(families=[*team.families, strange]), 422, "serah_kosong")
    assert str(strange) in told["detail"]
    done(await team.offer(families=team.families[:2]), 201)
    problem(await team.offer(families=team.families[1:]), 409, "serah_sudah_ditawarkan")
    rest = done(await team.offer(), 201)
    seen = done(await team.giver.get(f"/handovers/{rest['handover']}"))
    assert {row["household"] for row in seen["list"]} == set(team.families[2:])
    problem(await team.offer(), 409, "serah_sudah_ditawarkan")


async def test_who_proposed_a_family_does_not_take_over_its_ground_check(team: Team) -> None:
    """Four eyes on the case's own history: the receiver proposed it, so he could never report the check."""
    barred, free = team.families[:2]
    await team.place.stand(GROUND_CHECK, households=[barred], actors={"U01": team.taker.user})
    await team.place.stand(GROUND_CHECK, households=[free])
    told = problem(await team.offer(families=[barred, free]), 409, "serah_terhalang")
    assert str(barred) in told["detail"]
    assert str(free) not in told["detail"]
    made = done(await team.offer(), 201)
    assert made["left"] == [barred]
    done(await team.taker.post(f"/handovers/{made['handover']}/accept", None))
    assert await team.holders(barred) == {team.giver.user}
    assert await team.holders(free) == {team.taker.user}


async def test_what_bars_him_by_the_time_he_accepts_stays_behind(team: Team) -> None:
    made = done(await team.offer(families=team.families[:2]), 201)
    await team.place.stand(GROUND_CHECK, households=team.families[:1], actors={"U15": team.taker.user})
    taken = done(await team.taker.post(f"/handovers/{made['handover']}/accept", None))
    assert {row["household"]: row["outcome"] for row in taken["list"]} == {
        team.families[0]: "terhalang",
        team.families[1]: "beralih",
    }
    assert await team.holders(team.families[0]) == {team.giver.user}


async def test_an_objection_he_checks_goes_along_but_not_to_whom_it_concerns(team: Team) -> None:
    family, concerned = team.families[:2]
    objections = await team.place.stand("S02 S10 S12", households=[family, concerned])
    world = team.place.world
    for case in objections:
        await world.admin.execute("SET ROLE alur_door")
        await world.admin.execute(
            "INSERT INTO fact (case_id, kind, act, at, source, value) "
            "SELECT %s, k.code, nextval('act_id'), alur_now(), 'uji', jsonb_build_object('pengguna', %s::text) "
            "FROM fact_kind k WHERE k.id = 'petugas_ditunjuk'",
            (case, team.giver.name),
        )
        await world.admin.execute("RESET ROLE")
    await world.admin.execute(
        "INSERT INTO family_assignment (user_id, household_id, valid_from, valid_to) "
        "VALUES (%s, %s, '2024-01-01', alur_now() - interval '1 minute')",
        (team.taker.user, concerned),
    )
    made = done(await team.offer(), 201)
    assert made["left"] == [concerned]
    done(await team.taker.post(f"/handovers/{made['handover']}/accept", None))
    officer = "SELECT officer_of(%s)"
    assert await team.place.value(officer, objections[0]) == team.taker.name
    assert await team.place.value(officer, objections[1]) == team.giver.name
    act = await team.place.value("SELECT act FROM handover WHERE id = %s", made["handover"])
    assert await team.place.value("SELECT actor FROM act WHERE id = %s", act) == team.taker.user


# -- at the same moment ------------------------------------------------------------------------------------------------


async def test_accepted_twice_at_once_it_changes_hands_once(team: Team) -> None:
    made = done(await team.offer(), 201)
    answers = await asyncio.gather(*(team.taker.post(f"/handovers/{made['handover']}/accept", None) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 5]
    for family in team.families:
        assert await team.holders(family) == {team.taker.user}


async def test_accepted_while_withdrawn_it_is_one_or_the_other(team: Team) -> None:
    for family in team.families:
        made = done(await team.offer(families=[family]), 201)
        taken, back = await asyncio.gather(
            team.taker.post(f"/handovers/{made['handover']}/accept", None),
            team.giver.post(f"/handovers/{made['handover']}/withdraw", {"reason": "Batal"}),
        )
        assert {taken.status_code, back.status_code} == {200, 409}
        expected = team.taker if taken.status_code == 200 else team.giver
        assert await team.holders(family) == {expected.user}


async def test_accepted_while_the_family_is_moved_it_has_one_holder(team: Team) -> None:
    """Somebody takes a family away in a transaction that is still open: the acceptance waits, and leaves it alone."""
    made = done(await team.offer(), 201)
    third = await team.pendamping("cici")
    moved = team.families[0]
    admin = team.place.world.admin
    async with admin.transaction():
        await admin.execute(
            "UPDATE family_assignment SET valid_to = alur_now() WHERE user_id = %s AND household_id = %s",
            (team.giver.user, moved),
        )
        await admin.execute(
            "INSERT INTO family_assignment (user_id, household_id, valid_from) VALUES (%s, %s, alur_now())",
            (third.user, moved),
        )
        accepting = asyncio.create_task(team.taker.post(f"/handovers/{made['handover']}/accept", None))
        await asyncio.sleep(0.5)
        assert not accepting.done()
    taken = done(await accepting)
    assert {row["household"]: row["outcome"] for row in taken["list"]} == dict.fromkeys(team.families, "beralih") | {
        moved: "berubah"
    }
    assert await team.holders(moved) == {third.user}


# -- load --------------------------------------------------------------------------------------------------------------


async def test_the_verifikator_sees_who_holds_how_much(team: Team, home: Place) -> None:
    await team.place.stand(GROUND_CHECK, households=team.families[:2])
    (near,) = await team.place.families(1, region=team.place.neighbour)
    await team.place.world.assign_families(team.giver.name, [near])
    verifikator = await team.place.person("verifikator_kab")
    told = done(await verifikator.get("/officers", region=str(team.place.village)))
    assert told["per_day_most"] == 40
    load = {row["username"]: row for row in told["officers"]}
    assert set(load) == {team.giver.name, team.taker.name}
    ani, budi = load[team.giver.name], load[team.taker.name]
    assert (ani["families"], ani["families_here"], ani["ground_checks"], ani["open"]) == (5, 4, 2, 2)
    assert (budi["families"], budi["open"]) == (0, 0)
    assert [row["username"] for row in told["officers"]] == [team.taker.name, team.giver.name]
    assert (ani["barred"], budi["barred"]) == (None, None)
    problem(await verifikator.get("/officers", region=str(home.village)), 403, "di_luar_wilayah_kerja")
    for other in ("operator_desa", "kades", "operator_kecamatan"):
        problem(await (await team.place.person(other)).get("/officers", region=str(team.place.village)), 403)
    problem(await team.giver.get("/officers", region=str(team.place.village)), 403)


async def test_the_verifikator_sees_whom_duties_bar_from_the_check(team: Team, home: Place) -> None:
    """Whoever proposed a family, or whose work an objection is about, is told before he is sent."""
    [proposed] = await team.place.stand(
        GROUND_CHECK.removesuffix(" U21"), households=team.families[2:3], actors={"U01": team.taker.user}
    )
    [objected] = await team.place.stand("S02 S10", households=team.families[3:])
    await team.place.world.admin.execute(
        "UPDATE family_assignment SET valid_from = '2024-01-01' WHERE user_id = %s", (team.giver.user,)
    )
    [elsewhere] = await home.stand("S02 S10")
    verifikator = await team.place.person("verifikator_kab")
    for case, barred in ((proposed, {team.taker.name}), (objected, {team.giver.name}), (elsewhere, set())):
        told = done(await verifikator.get("/officers", region=str(team.place.village), case=case))["officers"]
        assert {row["username"] for row in told if row["barred"]} == barred
