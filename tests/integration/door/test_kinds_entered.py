"""A change of a family on record, told as on the form, and walked through the real door to what it leaves behind."""

from __future__ import annotations

from typing import Any

from models.region.commands import load_regions
from models.usulan.change import propose_change
from models.usulan.change_rules import Told
from tests.integration.door.kit import person, replayed, rows, stand
from tests.integration.door.linking import MEMBER
from tests.integration.door.walking import REGISTERED, Family, hand, successors
from tests.support.world import DESA_LAIN, World

CHECKED = "U05 U59 U15 U19"


async def proposed(world: World, kind: str, steps: str, **told: Any) -> Family:
    """Return a family of three with a right, one proposal of which was told so and walked along these steps.

    Members are told by their place in it.
    """
    (household,) = await world.households(members=3)
    family = Family(world, household)
    (family.registration,) = await stand(world, REGISTERED, households=[household])
    await family.stand("pkh", MEMBER)
    family.extra["before"] = numbers = [member["id"] for member in await family.members()]
    named: dict[str, Any] = {"members": tuple(numbers[place] for place in told.pop("members", ()))}
    if "payee" in told:
        named["payee"] = numbers[told.pop("payee")]
    if "relations" in told:
        named["relations"] = {numbers[place]: code for place, code in told.pop("relations").items()}
    operator = await person(world, "operator_desa")
    async with world.api.transaction():
        entered = await propose_change(world.api, operator.session, household, Told(kind, **named, **told))
    family.proposal = entered.case
    for step in steps.split():
        assert await (await hand(world, step)).one(step, family.proposal) == "dipindah", (kind, step)
    return family


async def test_every_change_that_a_form_tells_is_applied(world: World) -> None:
    await load_regions(world.admin)

    died = await proposed(world, "MENINGGAL", f"{CHECKED} U66", members=(0,), died_on="03-11-2026")
    assert [member["status"] for member in await died.members()] == ["meninggal", "hidup", "hidup"]
    assert (await died.registered(), await died.states("pkh")) == ("ditetapkan", ["ditangguhkan"])

    ended = await proposed(world, "MENINGGAL", f"{CHECKED} U66", members=(0, 1, 2), died_on="2026-11-03")
    assert (await ended.registered(), await ended.states("pkh")) == ("nonaktif", ["keluar"])

    paid = await proposed(world, "GANTI_PENGURUS", f"{CHECKED} U22 U30 U77", payee=2)
    assert [member["pengurus"] for member in await paid.members()] == [False, False, True]
    assert await paid.states("pkh") == ["calon_penerima"]

    moved = await proposed(world, "PINDAH", "U05 U60 U61 U15 U19 U66", destination=str(DESA_LAIN))
    assert await moved.registered() == "nonaktif"
    (there,) = await successors(world, "U84")
    assert (there["household_id"], there["region"], there["state"]) == (moved.id, DESA_LAIN, "ditetapkan")

    card = {"no_kk": "3204050101268812", "alamat": "Jl. Baru 2", "rt": "3", "rw": "4"}
    left = await proposed(world, "PECAH_KK", f"{CHECKED} U22 U30 U77", relations={1: 1, 2: 3}, card=card)
    assert [member["id"] for member in await left.members()] == left.extra["before"][:1]
    (_, new) = await successors(world, "U84")
    assert new["state"] == "ditetapkan"
    (told,) = await rows(
        world,
        "SELECT h.no_kk, h.kepala, h.rt, array_agg(p.hubungan::integer ORDER BY p.id) AS relations FROM household h "
        "JOIN person p ON p.household_id = h.id WHERE h.id = %s GROUP BY h.id",
        (new["household_id"],),
    )
    assert (told["no_kk"], told["rt"], told["relations"]) == (card["no_kk"], "003", [1, 3])
    assert await left.states("pkh") == ["calon_penerima"], "the aid stays with its payee, who stayed"
    assert await replayed(world) == []
