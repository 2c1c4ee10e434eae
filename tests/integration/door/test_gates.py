"""A gate's decision is carried out through the door in the name of its deciders, whichever office it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from models.case.commands import CaseFact, write_facts
from models.errors import DecisionIncomplete, OnlySystem
from tests.integration.door.kit import (
    NAMES,
    RULES,
    RUPIAH,
    Person,
    decide,
    evidence,
    execute,
    gate,
    person,
    replayed,
    rows,
    stand,
    values,
)
from tests.support.world import World

PENGESAHAN = "U01 U02 U05 U11 U15 U19 U22"
PENETAPAN = f"{PENGESAHAN} U30 U32 U34 U35"
SP2D = "P01 P03 P07 P17 P20 P25 P26 P27"

GATES = {
    "musdes": ("kades", "U12 U13", "U01 U02 U05 U10", None),
    "pengesahan": ("kepala_dinas", "U30 U31", PENGESAHAN, None),
    "qc_pusat": ("pusdatin", "U34 U33", f"{PENGESAHAN} U30 U32", None),
    "penetapan": ("menteri", "U81 U82", PENETAPAN, None),
    "sk_program": ("direktorat", "K07 K08", "K01 K06", "PKH"),
    "sk_tahap": ("direktorat", "K11", "K01 K06 K07", "PKH"),
    "closing": ("kpa", "P03", "P01", "PKH"),
    "spp": ("ppk", "P25", "P01 P03 P07 P17 P20", "PKH"),
    "spm": ("ppspm", "P26", "P01 P03 P07 P17 P20 P25", "PKH"),
    "si": ("ppk", "P29", SP2D, "PKH"),
    "serah_pos": ("ppk", "P55", "P01 P03 P08 P41 P25 P26 P27", "PKH"),
    "ralat": ("ppk", "P35", f"{SP2D} P29 P33 P34", "PKH"),
}
"""Gate of policy `persetujuan.*` -> who decides, what approval and refusal fire, where its cases wait, programme."""


def known_to_deciders(who: Person, rule: str) -> Mapping[str, Any]:
    """Return what a decider brings: what the rule needs, but the list's fingerprint and each family's amount."""
    brought = evidence(rule, who.role, without=("hash_daftar", "nominal_per_komponen"))
    if "nomor_sk" in brought:  # a decree's number is used once
        brought["nomor_sk"] = {"nomor": f"SK {rule}"}
    return brought | ({"catatan": "x"} if "catatan" in RULES[rule].needs else {})


async def opened(world: World, name: str, people: int = 1) -> tuple[int, list[int]]:
    role, rules, path, programme = GATES[name]
    cases = await stand(world, path, count=3)
    if name == "closing":
        system = await person(world, "sistem")
        amounts = [CaseFact(case, "nominal_per_komponen", {"rupiah": RUPIAH}) for case in cases]
        await write_facts(world.worker, system.session, amounts)
    unit = 1 if role == "kades" else 1_000_000
    return await gate(world, role, rules, cases, people=people, programme=programme, unit=unit), cases


@pytest.mark.parametrize("people", [1, 2])
async def test_an_approved_gate_moves_its_cases_in_the_deciders_name(world: World, people: int) -> None:
    for name, (role, rules, _, _) in GATES.items():
        rule = rules.split()[0]
        needed = max(people, RULES[rule].people)
        approval, cases = await opened(world, name, needed)
        deciders = [await person(world, role, f"{role} {n}") for n in range(needed)]
        for decider in deciders:
            await decide(decider, approval, known=known_to_deciders(decider, rule))
        assert await execute(world, approval) == dict.fromkeys(cases, "dipindah"), name
        moved = await rows(
            world,
            "SELECT DISTINCT o.id AS role, COALESCE(g.members, ARRAY[a.actor]) AS actors, r.id AS rule "
            "FROM transition t JOIN rule r ON r.code = t.rule "
            "JOIN act a ON a.id = t.act JOIN role o ON o.code = a.role "
            "LEFT JOIN actor_group g ON g.id = a.actor WHERE a.approval = %s",
            (approval,),
        )
        assert [(m["role"], m["rule"], set(m["actors"])) for m in moved] == [
            (role, rule, {decider.user for decider in deciders})
        ]
    assert await replayed(world) == []


async def test_a_refused_gate_sends_its_cases_back_for_the_reason_given(world: World) -> None:
    for name, (role, rules, _, _) in GATES.items():
        if " " not in rules:
            continue
        refusal = RULES[rules.split()[1]]
        approval, cases = await opened(world, name)
        decider = await person(world, role)
        known = known_to_deciders(decider, refusal.id)
        assert await decide(decider, approval, "tolak", reason=refusal.reasons[0], known=known) == "ditolak"
        assert await execute(world, approval) == dict.fromkeys(cases, "dipindah"), name
        reasons = await values(
            world,
            "SELECT DISTINCT e.id FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version "
            "JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason WHERE p.case_id = ANY (%s)",
            (cases,),
        )
        assert reasons == [refusal.reasons[0]]
    assert await replayed(world) == []


async def test_an_approved_gate_leaves_out_what_its_decider_sent_back(world: World) -> None:
    approval, cases = await opened(world, "pengesahan")
    head = await person(world, "kepala_dinas")
    excepts = [{"case": cases[1], "trigger": "usulan.kembalikan_pengesahan", "reason": "DATA_JANGGAL", "note": "x"}]
    await decide(head, approval, known={"surat_pengesahan": 1}, excepts=excepts)
    assert await execute(world, approval) == dict.fromkeys(cases, "dipindah")
    assert [await world.state(case) for case in cases] == ["disahkan", "verif_dinsos", "disahkan"]


async def test_a_case_that_changed_after_the_gate_opened_is_not_moved_by_it(world: World) -> None:
    approval, cases = await opened(world, "pengesahan")
    verifier, head = await person(world, "pusdatin"), await person(world, "kepala_dinas")
    assert await verifier.one("U57", cases[0]) == "dipindah"
    await decide(head, approval, known={"surat_pengesahan": 1})
    assert await execute(world, approval) == {cases[0]: "berubah", cases[1]: "dipindah", cases[2]: "dipindah"}


async def test_no_person_carries_a_gate_out(world: World) -> None:
    """Not even through the worker's connection: the session says who is knocking."""
    approval, _ = await opened(world, "pengesahan")
    head = await person(world, "kepala_dinas")
    await decide(head, approval, known={"surat_pengesahan": 1})
    with pytest.raises(OnlySystem):
        await execute(world, approval, session=head.session)
    assert await values(world, "SELECT state FROM approval") == ["disetujui"]


async def test_nobody_approves_alone_by_an_exception(world: World) -> None:
    """What the gate approves is for all its deciders together; an exception says no, or not yet, for one case."""
    approval, cases = await opened(world, "penetapan", 2)
    first = await person(world, GATES["penetapan"][0], "satu")
    approved = NAMES[GATES["penetapan"][1].split()[0]]
    with pytest.raises(DecisionIncomplete):
        await decide(
            first,
            approval,
            known=known_to_deciders(first, GATES["penetapan"][1].split()[0]),
            excepts=[{"case": cases[0], "trigger": approved}],
        )


async def test_a_decree_s_number_belongs_to_one_list_before_it_is_carried_out(world: World) -> None:
    role, rules, _, _ = GATES["penetapan"]
    rule = rules.split()[0]
    one, _ = await opened(world, "penetapan", 1)
    two, _ = await opened(world, "penetapan", 1)
    decider = await person(world, role, "satu")
    assert await decide(decider, one, known=known_to_deciders(decider, rule)) == "disetujui"
    with pytest.raises(DecisionIncomplete, match="SK"):
        await decide(decider, two, known=known_to_deciders(decider, rule))
