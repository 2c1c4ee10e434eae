"""Whoever changed a family's data while its proposal was under way does not verify, approve or decide that proposal."""

from __future__ import annotations

import pytest

from models.register.edits import edit_family
from tests.integration.door.kit import Person, decide, execute, gate, person, stand, told
from tests.support.world import World

VERIF = "U01 U02 U05 U11 U15 U19"
READY = f"{VERIF} U22"


async def both(world: World, decider: str, editor: str = "pengisi_data_kab") -> tuple[Person, Person]:
    """Return one person twice: in a role that decides, and in one that keeps the register."""
    return await person(world, decider, "rangkap"), await as_editor(world, "rangkap", editor)


async def as_editor(world: World, name: str, role: str = "pengisi_data_kab") -> Person:
    return await person(world, role, name)


async def edit(who: Person, household: int, version: int = 1) -> None:
    await edit_family(who.conn, who.session, household, {"version": version, "alamat": f"Jl. {who.user} {version}"})


@pytest.mark.parametrize(
    ("decider", "path", "rule"),
    [
        ("verifikator_kab", VERIF, "U22"),
        ("verifikator_kab", VERIF, "U24"),
        ("operator_kecamatan", "U01 U02 U05 U11 U15", "U19"),
        ("kepala_dinas", READY, "U30"),
        ("kades", "U01 U02 U05 U10", "U12"),
        ("pusdatin", f"{READY} U30 U32", "U34"),
    ],
)
async def test_the_editor_is_barred_and_another_is_not(world: World, decider: str, path: str, rule: str) -> None:
    mine, others = await world.households(2)
    case, untouched = await stand(world, path, households=[mine, others])
    me, editing = await both(world, decider)
    await edit(editing, mine)
    outcomes = await me.fire(rule, [case, untouched])
    assert [told(outcome) for outcome in outcomes] == ["empat_mata", "dipindah"]
    assert await (await person(world, decider, "lain")).one(rule, case) == "dipindah"


async def test_an_edit_before_the_case_was_opened_bars_nobody(world: World) -> None:
    (family,) = await world.households()
    me, editing = await both(world, "verifikator_kab")
    await edit(editing, family)
    operator = await person(world, "operator_desa")
    (case,) = await operator.opened("U01", [family])
    for rule, who in (("U02", operator), ("U05", await person(world, "sistem")), ("U11", await person(world, "kades"))):
        assert await who.one(rule, case) == "dipindah"
    await world.policy({"jendela.jenis": []})
    assert await operator.one("U15", case) == "dipindah"
    assert await (await person(world, "operator_kecamatan")).one("U19", case) == "dipindah"
    assert await me.one("U24", case) == "dipindah"


async def test_a_later_edit_of_somebody_else_clears_nobody(world: World) -> None:
    """Otherwise a friend's touch would wash an editor clean."""
    (family,) = await world.households()
    (case,) = await stand(world, VERIF, households=[family])
    me, editing = await both(world, "verifikator_kab")
    await edit(editing, family)
    await edit(await as_editor(world, "kawan"), family, 2)
    assert await me.one("U22", case) == "empat_mata"


async def test_an_edit_of_another_family_bars_nobody(world: World) -> None:
    family, neighbour = await world.households(2)
    (case,) = await stand(world, VERIF, households=[family])
    me, editing = await both(world, "verifikator_kab")
    await edit(editing, neighbour)
    assert await me.one("U22", case) == "dipindah"


async def test_steps_that_decide_nothing_stay_open_to_the_editor(world: World) -> None:
    """Returning a list for repair (U31) and the field visit (U68) are no decisions about the family."""
    one, two = await world.households(2)
    (ready,) = await stand(world, READY, households=[one])
    (visited,) = await stand(world, f"{VERIF} U21", households=[two])
    head, editing = await both(world, "kepala_dinas")
    await edit(editing, one)
    assert await head.one("U31", ready) == "dipindah"
    await world.assign_families("pendamping", [two])
    visitor = await person(world, "pendamping")
    await edit(visitor, two)
    assert await visitor.one("U68", visited) == "dipindah"


async def test_a_gate_leaves_the_editor_s_case_to_another(world: World) -> None:
    """Of a list that an editor approves, his family's case stays behind, the rest go on."""
    mine, others = await world.households(2)
    cases = await stand(world, READY, households=[mine, others])
    me, editing = await both(world, "kepala_dinas")
    await edit(editing, mine)
    approval = await gate(world, "kepala_dinas", "U30", cases)
    await decide(me, approval, known={"surat_pengesahan": {"nomor": "1"}, "hash_daftar": {"nomor": "2"}})
    assert await execute(world, approval) == {cases[0]: "empat_mata", cases[1]: "dipindah"}


async def test_whoever_asks_first_is_told_the_same(world: World) -> None:
    """The preview of a bulk action, and the actions of one case, say what the door would say."""
    (family,) = await world.households()
    (case,) = await stand(world, VERIF, households=[family])
    me, editing = await both(world, "verifikator_kab")
    await edit(editing, family)
    cursor = await me.conn.execute(
        "SELECT refusal FROM door_preview(%s, 'usulan.nyatakan_lengkap', %s)", (me.session, [case])
    )
    assert await cursor.fetchall() == [{"refusal": "empat_mata"}]
    cursor = await me.conn.execute("SELECT rule, refusal FROM door_options(%s, %s)", (me.session, case))
    refusals = {row["rule"]: row["refusal"] for row in await cursor.fetchall()}
    assert (refusals["U22"], refusals["U24"]) == ("empat_mata", "empat_mata")
