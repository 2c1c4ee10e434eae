"""Moves that two persons ask for: neither alone, both of the right role, in whichever order."""

from __future__ import annotations

from tests.integration.door.guarded import SPP, VERIF
from tests.integration.door.kit import (
    person,
    replayed,
    rows,
    stand,
    values,
    version,
)
from tests.support.world import World


async def test_the_second_role_is_the_second_persons_only(world: World) -> None:
    paid, other = await stand(world, f"{SPP} P26 P27 P63", count=2)
    ppk, kpa = await person(world, "ppk"), await person(world, "kpa")
    stranger = await person(world, "ppspm")
    assert await kpa.one("P64", paid) == "peran"
    assert await ppk.one("P64", paid) == "menunggu_orang_lain"
    assert await stranger.one("P64", paid) == "peran"
    assert await kpa.one("P64", paid) == "dipindah"
    assert await kpa.one("P64", other) == "peran"


async def test_the_same_person_in_the_second_role_is_still_one_person(world: World) -> None:
    (paid,) = await stand(world, f"{SPP} P26 P27 P63")
    as_ppk, as_kpa = await person(world, "ppk", "budi"), await person(world, "kpa", "budi")
    assert await as_ppk.one("P64", paid) == "menunggu_orang_lain"
    assert await as_kpa.one("P64", paid) in {"peran", "menunggu_orang_lain"}
    assert await version(world, paid) == len(f"{SPP} P26 P27 P63".split())


async def test_two_persons_with_two_reasons_do_not_agree(world: World) -> None:
    (gone,) = await stand(world, "K01 K06 K07 K17")
    ani, budi, cici = [await person(world, "pusdatin", name) for name in ("ani", "budi", "cici")]
    assert await ani.one("K20", gone, reason="SALAH_KLIK") == "menunggu_orang_lain"
    assert await budi.one("K20", gone, reason="SALAH_BERKAS") == "menunggu_orang_lain"
    assert await cici.one("K20", gone, reason="SALAH_BERKAS") == "dipindah"
    (pair,) = await rows(world, "SELECT g.members FROM transition t JOIN actor_group g ON g.id = t.actor")
    assert set(pair["members"]) == {budi.user, cici.user}


async def test_a_first_click_is_worth_nothing_once_the_case_moved(world: World) -> None:
    (gone,) = await stand(world, "K01 K06 K07 K17")
    ani, budi, cici = [await person(world, "pusdatin", name) for name in ("ani", "budi", "cici")]
    for who, expected in ((ani, "menunggu_orang_lain"), (budi, "dipindah")):
        assert await who.one("K20", gone) == expected
    assert await (await person(world, "sistem")).one("K17", gone) == "dipindah"
    assert await cici.one("K20", gone) == "menunggu_orang_lain"


async def test_a_refused_or_waiting_correction_holds_no_claim(world: World) -> None:
    """A family whose proposal was refused may propose again, whoever clicked on a correction and did not get it."""
    path = f"{VERIF} U24"
    operator, head = await person(world, "operator_desa"), await person(world, "kepala_dinas")
    families = await world.households(2)
    clicked, waiting = await stand(world, path, households=families)
    assert await operator.one("U86", clicked) == "peran"
    assert await head.one("U86", waiting) == "menunggu_orang_lain"
    assert [o.outcome for o in await operator.open("U01", families)] == ["dibuka", "dibuka"]
    assert await replayed(world) == []


async def test_a_correction_is_refused_when_the_family_proposed_again(world: World) -> None:
    (refused,) = await stand(world, f"{VERIF} U24")
    (family,) = await values(world, "SELECT household_id FROM case_ WHERE id = %s", (refused,))
    await (await person(world, "operator_desa")).opened("U01", [family])
    ani, budi = await person(world, "kepala_dinas", "ani"), await person(world, "kepala_dinas", "budi")
    assert await ani.one("U86", refused) == "sudah_ada"
    assert await budi.one("U86", refused) == "sudah_ada"
    assert await replayed(world) == []
