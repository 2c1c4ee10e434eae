"""Gates that several people decide and several flows carry out at once."""

from __future__ import annotations

from models.database import Conn, fetch_value
from models.errors import ApprovalClosed
from tests.integration.door.kit import (
    Person,
    decide,
    execute,
    gate,
    person,
    replayed,
    stand,
)
from tests.integration.door.racing import moves_of
from tests.integration.door.sessions import APPROVAL, all_at_once, meet, sessions
from tests.support.world import World

SIAP_SAH = "U01 U02 U05 U11 U15 U19 U22"


async def heads(world: World) -> tuple[Person, Person]:
    return await person(world, "kepala_dinas", "ani"), await person(world, "kepala_dinas", "budi")


async def test_of_two_deciders_at_once_the_first_decides_and_the_second_is_told(world: World) -> None:
    cases = await stand(world, SIAP_SAH, count=2)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases)

    async def click(conn: Conn, who: Person) -> str:
        try:
            return await decide(who, approval, known={"surat_pengesahan": 1}, conn=conn)
        except ApprovalClosed:
            return "sudah"

    async with sessions(world, 2, "alur_api") as conns:
        answers = await meet(
            world,
            (APPROVAL, [approval]),
            [(conn, click(conn, who)) for conn, who in zip(conns, await heads(world), strict=True)],
        )
    assert sorted(answers) == ["disetujui", "sudah"]
    assert await fetch_value(world.admin, "SELECT count(*) FROM decision") == 1


async def test_where_two_must_decide_two_at_once_are_two(world: World) -> None:
    cases = await stand(world, SIAP_SAH, count=2)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases, people=2)
    async with sessions(world, 2, "alur_api") as conns:
        answers = await meet(
            world,
            (APPROVAL, [approval]),
            [
                (conn, decide(who, approval, known={"surat_pengesahan": 1}, conn=conn))
                for conn, who in zip(conns, await heads(world), strict=True)
            ],
        )
    assert sorted(answers) == ["disetujui", "terbuka"]
    assert await execute(world, approval) == dict.fromkeys(cases, "dipindah")


async def test_one_person_deciding_twice_at_once_is_one(world: World) -> None:
    cases = await stand(world, SIAP_SAH)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases, people=2)
    head, _ = await heads(world)

    async def click(conn: Conn) -> str:
        try:
            return await decide(head, approval, known={"surat_pengesahan": 1}, conn=conn)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is compared below
            return type(error).__name__

    async with sessions(world, 2, "alur_api") as conns:
        answers = await meet(world, (APPROVAL, [approval]), [(conn, click(conn)) for conn in conns])
    assert sorted(answers) == ["AnotherPersonNeeded", "terbuka"]


async def test_a_gate_carried_out_by_two_sessions_at_once_moves_its_cases_once(world: World) -> None:
    cases = await stand(world, SIAP_SAH, count=5)
    approval = await gate(world, "kepala_dinas", "U30 U31", cases)
    head, _ = await heads(world)
    await decide(head, approval, known={"surat_pengesahan": 1})
    async with sessions(world, 2) as conns:
        answers = await meet(
            world, (APPROVAL, [approval]), [(conn, execute(world, approval, conn=conn)) for conn in conns]
        )
    assert sorted(answers, key=len) == [{}, dict.fromkeys(cases, "dipindah")]
    assert await moves_of(world, "U30") == dict.fromkeys(cases, 1)
    assert await execute(world, approval) == {}


async def test_the_second_click_of_two_at_once_finds_the_first(world: World) -> None:
    """Two persons who correct one case at the same moment never both wait for ever."""
    (gone,) = await stand(world, "K01 K06 K07 K17")
    people = [await person(world, "pusdatin", name) for name in ("ani", "budi")]
    async with sessions(world, 2, "alur_api") as conns:
        first = await all_at_once(who.one("K20", gone, conn=conn) for conn, who in zip(conns, people, strict=True))
    if "dipindah" not in first:  # neither saw the other's click: either one's next click does
        assert first == ["menunggu_orang_lain"] * 2
        assert await people[0].one("K20", gone) == "dipindah"
    assert await moves_of(world, "K20") == {gone: 1}
    assert await replayed(world) == []
