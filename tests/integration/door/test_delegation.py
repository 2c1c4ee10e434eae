"""Who acts for another acts as himself and for him: what either of them is barred from, both are barred from."""

from __future__ import annotations

import asyncio
from itertools import product

import pytest

from models.case.commands import CaseFact, write_facts
from models.database import connect
from models.errors import AnotherPersonNeeded, SessionUnknown
from models.install import role_dsn
from state_machines import BY_NAME
from tests.integration.door.board import Board, Spot, legal_spot
from tests.integration.door.delegating import end, stand_in
from tests.integration.door.guarded import VERIF
from tests.integration.door.kit import Person, decide, execute, gate, person, replayed, rows, stand, told, version
from tests.integration.door.test_every_rule import moving
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World

READY = f"{VERIF} U22"


class Three:
    """Somebody, his colleague, and the colleague acting for him; each with the numbers of the persons behind him."""

    def __init__(self, giver: Person, colleague: Person, for_him: Person, actor: int) -> None:
        self.people = {"dia": giver, "rekan": colleague, "rekan untuk dia": for_him}
        self.actors = {"dia": giver.user, "rekan": colleague.user, "rekan untuk dia": actor}
        self.behind = {
            "dia": {giver.user},
            "rekan": {colleague.user},
            "rekan untuk dia": {giver.user, colleague.user},
        }


async def three(world: World, giver: Person, region: int) -> Three:
    name = f"wakil {giver.role} {region}"
    colleague = await person(world, giver.role, name, region=region)
    for_him, _, actor = await stand_in(world, giver, name)
    return Three(giver, colleague, for_him, actor)


async def test_four_eyes_count_persons_behind_every_rule(world: World) -> None:
    """Every rule × every rule it bars × who fired that × who asks: barred exactly where a person stands behind both."""
    answers: dict[tuple[str, ...], bool] = {}
    expected: dict[tuple[str, ...], bool] = {}
    known: dict[tuple[str, int], Three] = {}
    for machine in BY_NAME.values():
        board = Board(world, machine)
        asked: list[tuple[Spot, Person, tuple[str, ...], bool]] = []
        for rule in moving(machine):
            mover = await board.who(rule)
            if not rule.barred or mover.role in {"sistem", "pendamping", "warga"}:
                continue
            key = mover.role, mover.user
            if key not in known:
                known[key] = await three(world, mover, DESA_LAIN if rule.guard.place == "tujuan" else DESA)
            they = known[key]
            for barred, before, after in product(rule.barred, they.people, they.people):
                spot = legal_spot(rule)
                spot.past.insert(1, (barred, they.actors[before]))
                label = rule.id, barred, before, after
                asked.append((spot, they.people[after], label, bool(they.behind[before] & they.behind[after])))
        await board.place([spot for spot, *_ in asked])
        for spot, who, named, together in asked:
            (outcome,) = await who.fire(spot.rule.id, [spot.case])
            answers[named] = told(outcome) == "empat_mata"
            expected[named] = together
    assert answers == expected
    assert len(answers) > 500


async def test_an_act_names_both_and_the_returned_one_is_barred(world: World) -> None:
    (case,) = await stand(world, VERIF)
    giver = await person(world, "verifikator_kab", "ani")
    budi, _, actor = await stand_in(world, giver, "budi")
    assert await budi.one("U21", case) == "dipindah"
    (moved,) = await rows(
        world,
        "SELECT t.actor, g.members, g.behalf, actor_names(t.actor) AS who, behalf_names(t.actor) AS behalf_name "
        "FROM transition t JOIN actor_group g ON g.id = t.actor WHERE t.case_id = %s",
        (case,),
    )
    assert moved["actor"] == actor
    assert (set(moved["members"]), moved["behalf"]) == ({giver.user, budi.user}, [giver.user])
    assert (moved["who"], moved["behalf_name"]) == ("Budi", "Ani")
    assert await replayed(world) == []


# -- counting people -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("first", "second"), list(product(["dia", "rekan", "rekan untuk dia"], repeat=2)))
async def test_a_move_of_two_persons_needs_two_persons(world: World, first: str, second: str) -> None:
    (gone,) = await stand(world, "K01 K06 K07 K17")
    they = await three(world, await person(world, "pusdatin", "ani"), DESA)
    assert await they.people[first].one("K20", gone) == "menunggu_orang_lain"
    apart = not they.behind[first] & they.behind[second]
    assert await they.people[second].one("K20", gone) == ("dipindah" if apart else "menunggu_orang_lain")
    outsider = await person(world, "pusdatin", "cici")
    if not apart:
        assert await outsider.one("K20", gone) == "dipindah"
        (moved,) = await rows(
            world, "SELECT g.* FROM transition t JOIN actor_group g ON g.id = t.actor WHERE t.case_id = %s", (gone,)
        )
        # `pendahulu` of the history aside, the second click finds the first one that is another person's.
        assert outsider.user in moved["members"]
        assert set(moved["members"]) >= they.behind[first]
        assert set(moved["behalf"]) == ({they.people["dia"].user} if first == "rekan untuk dia" else set())
    assert await replayed(world) == []


@pytest.mark.parametrize(("first", "second"), list(product(["dia", "rekan", "rekan untuk dia"], repeat=2)))
async def test_a_gate_of_two_persons_needs_two_persons(world: World, first: str, second: str) -> None:
    cases = await stand(world, READY, count=2)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases, people=2)
    they = await three(world, await person(world, "kepala_dinas", "ani"), DESA)
    letter = {"surat_pengesahan": 1}
    assert await decide(they.people[first], approval, known=letter) == "terbuka"
    if they.behind[first] & they.behind[second]:
        with pytest.raises(AnotherPersonNeeded):
            await decide(they.people[second], approval, known=letter)
        outsider = await person(world, "kepala_dinas", "cici")
        assert await decide(outsider, approval, known=letter) == "disetujui"
    else:
        assert await decide(they.people[second], approval, known=letter) == "disetujui"
    assert await execute(world, approval) == dict.fromkeys(cases, "dipindah")
    assert await replayed(world) == []


async def test_deciding_for_another_and_that_other_at_once_are_one(world: World) -> None:
    """Two real sessions at the same moment; whichever comes second is told that another person is needed."""
    cases = await stand(world, READY)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases, people=2)
    they = await three(world, await person(world, "kepala_dinas", "ani"), DESA)
    conns = [await connect(role_dsn(world.admin_dsn, "alur_api")) for _ in range(3)]
    try:
        told_each = await asyncio.gather(
            *(
                decide(who, approval, known={"surat_pengesahan": 1}, conn=conn)
                for who, conn in zip((*they.people.values(),), conns, strict=True)
                if who is not they.people["rekan"]
            ),
            return_exceptions=True,
        )
    finally:
        for conn in conns:
            await conn.close()
    assert [one for one in told_each if not isinstance(one, AnotherPersonNeeded)] == ["terbuka"]


async def test_a_decider_for_another_is_barred_from_what_either_did(world: World) -> None:
    giver, colleague = await person(world, "kepala_dinas", "ani"), await person(world, "verifikator_kab", "budi")
    for_her, _, actor = await stand_in(world, giver, "budi")
    his, hers, free = [
        (await stand(world, READY, actors={"U22": who}))[0]
        for who in (colleague.user, giver.user, await world.user("x"))
    ]
    approval = await gate(world, "kepala_dinas", "U30 U31", [his, hers, free])
    await decide(for_her, approval, known={"surat_pengesahan": 1})
    assert await execute(world, approval) == {his: "empat_mata", hers: "empat_mata", free: "dipindah"}
    (moved,) = await rows(
        world, "SELECT actor FROM transition WHERE case_id = %s ORDER BY version DESC LIMIT 1", (free,)
    )
    assert moved["actor"] == actor


async def test_refusing_for_another_sends_the_list_back_in_both_names(world: World) -> None:
    cases = await stand(world, READY, count=2)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases)
    for_her, _, actor = await stand_in(world, await person(world, "kepala_dinas", "ani"), "budi")
    assert await decide(for_her, approval, "tolak", reason="DATA_JANGGAL") == "ditolak"
    assert await execute(world, approval) == dict.fromkeys(cases, "dipindah")
    moved = await rows(world, "SELECT DISTINCT actor FROM act WHERE approval = %s", (approval,))
    assert [row["actor"] for row in moved] == [actor]


async def test_the_watch_finds_a_stand_in_and_knows_whom_he_is_not_beside(world: World) -> None:
    (family,) = await world.households(1)
    (checked,) = await stand(world, f"{VERIF} U21", households=[family])
    await world.assign_families("ani", [family])
    budi, _, _ = await stand_in(world, await person(world, "pendamping", "ani"), "budi")
    found = await rows(
        world,
        "SELECT user_id, status FROM holders(%s, (SELECT code FROM role WHERE id = 'pendamping'), %s, 0::smallint, "
        "alur_now())",
        (checked, DESA),
    )
    assert {row["user_id"]: row["status"] for row in found}[budi.user] == "aktif"
    head = await person(world, "kepala_dinas", "cici")
    await stand_in(world, head, "dadang")
    approval = await gate(world, "kepala_dinas", "U30 U31", await stand(world, READY), people=2)
    able = "SELECT unnest(approvers(%s, alur_now())) AS u"
    assert {row["u"] for row in await rows(world, able, (approval,))} == {head.user, await world.user("dadang")}
    await decide(head, approval, known={"surat_pengesahan": 1})
    assert await rows(world, able, (approval,)) == []
    outsider = await person(world, "kepala_dinas", "euis")
    assert [row["u"] for row in await rows(world, able, (approval,))] == [outsider.user]


# -- scope and time --------------------------------------------------------------------------------------------------


async def test_he_sees_what_the_other_sees_and_only_there(world: World) -> None:
    near, far = await stand(world, VERIF), await stand(world, VERIF, region=DESA_JAUH)
    giver = await person(world, "verifikator_kab", "ani", region=DESA_JAUH)
    budi = await person(world, "verifikator_kab", "budi")
    for_her, _, _ = await stand_in(world, giver, "budi")
    assert await for_her.one("U21", near[0]) == "tidak_ditemukan"
    assert await for_her.one("U21", far[0]) == "dipindah"
    assert await budi.one("U21", near[0]) == "dipindah"


async def test_a_pendampings_stand_in_sees_his_families_while_it_lasts(world: World) -> None:
    families = await world.households(2)
    mine, other = await stand(world, f"{VERIF} U21", households=families)
    giver = await person(world, "pendamping", "ani")
    await world.assign_families("ani", families[:1])
    budi, delegation, _ = await stand_in(world, giver, "budi")
    assert await budi.one("U68", other) == "tidak_ditemukan"
    assert await budi.one("U68", mine) == "dipindah"
    await end(world, delegation)
    with pytest.raises(SessionUnknown):
        await budi.one("U29", mine)


async def test_a_stand_in_whom_an_objection_concerns_does_not_check_it(world: World) -> None:
    """Neither the family's own pendamping nor the one complained about reports, in nobody's place."""
    families = await world.households(2)
    await world.assign_families("budi", families[:1])
    concerned, free = await stand(world, "S02 S10 S12", households=families)
    await world.admin.execute(
        "UPDATE family_assignment SET valid_from = '2024-01-01' WHERE user_id = %s", (await world.user("budi"),)
    )
    giver, _ = await person(world, "pendamping", "ani"), await person(world, "pendamping", "budi")
    await world.assign_families("ani", families)
    verifikator = await world.session("verif", "verifikator_kab")
    told_officer = [CaseFact(case, "petugas_ditunjuk", {"pengguna": "ani"}) for case in (concerned, free)]
    await write_facts(world.api, verifikator, told_officer)
    for_her, _, _ = await stand_in(world, giver, "budi")
    assert await for_her.one("S19", concerned) == "petugas"
    assert await for_her.one("S19", free) == "dipindah"
    assert await giver.one("S19", concerned) == "dipindah"


@pytest.mark.parametrize("how", ["penugasan", "akun", "delegasi", "waktu"])
async def test_it_ends_at_once(world: World, how: str) -> None:
    (case,) = await stand(world, VERIF)
    giver = await person(world, "verifikator_kab", "ani")
    budi, delegation, _ = await stand_in(world, giver, "budi", days=3)
    statements = {
        "penugasan": (
            "UPDATE assignment SET valid_to = alur_now() WHERE user_id = %s AND delegated_from IS NULL",
            giver.user,
        ),
        "akun": ("UPDATE account_user SET active = false WHERE id = %s", giver.user),
        "delegasi": ("SELECT delegations_end(ARRAY[%s::integer], NULL, 'kembali')", delegation),
        "waktu": ("SELECT clock_travel(alur_now() + interval '3 days') WHERE %s > 0", delegation),
    }
    query, number = statements[how]
    await world.admin.execute(query.encode(), (number,))
    with pytest.raises(SessionUnknown):
        await budi.one("U21", case)
    assert await version(world, case) == len(VERIF.split())


async def test_ending_it_while_he_acts_lets_that_act_end_and_no_other_begin(world: World) -> None:
    """Two real sessions: the call that began before the end is whole; the next one is nobody's."""
    first, second = await stand(world, VERIF, count=2)
    giver = await person(world, "verifikator_kab", "ani")
    budi, delegation, actor = await stand_in(world, giver, "budi")
    conn = await connect(role_dsn(world.admin_dsn, "alur_api"))
    try:
        async with conn.transaction():
            (outcome,) = await budi.fire("U21", [first], conn=conn)
            assert told(outcome) == "dipindah"
            await end(world, delegation)
            with pytest.raises(SessionUnknown):
                async with conn.transaction():
                    await budi.fire("U21", [second], conn=conn)
    finally:
        await conn.close()
    moved = await rows(world, "SELECT t.case_id FROM transition t WHERE t.actor = %s ORDER BY 1", (actor,))
    assert [row["case_id"] for row in moved] == [first]
