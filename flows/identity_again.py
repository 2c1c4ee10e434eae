"""Asking Dukcapil again about families that wait for it: those that did not match, and those said to have moved.

Every policy ``dukcapil.ulang_hari`` days, each asking under an edition of its own, so that it is another question than
the last one; one that was answered is not asked for again before the next is due. What was mended is mended at
Dukcapil: a family that was edited here meanwhile is its operator's to send, with proof (U08). Source: domain section
1.5, U48 and U63.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flows.answers import Answers
from flows.calls import Row, call_out
from flows.identity import members_checked, question, replies_of, threshold_of
from flows.work import Work
from integrations.dukcapil import VerifikasiResult
from models.call.commands import editions_answered
from models.case.queries import waits_at
from models.case.timers import due
from models.policy.queries import now, policy
from models.register.queries import families
from models.usulan.queries import edited_waiting
from models.usulan.rules import judge_family, lives_there

_ASKINGS = 1000
"""More askings than a case can wait for: it expires first."""

Known = Mapping[int, dict[str, Any]]


async def _to_ask(work: Work, state: str, ready: Collection[int] | None = None) -> tuple[list[Row], Known]:
    """Return the cases of a state whose next asking is due and not answered yet, and their families.

    ``edition`` tells the family's version and which asking it is; `ready` narrows to these cases.
    """
    cases = [case for case in await work.in_state(state) if ready is None or case["case_id"] in ready]
    every = timedelta(days=await policy(work.conn, "dukcapil.ulang_hari", region=work.place))
    at = await now(work.conn)
    cases = [case for case in cases if at - case["since"] >= every]
    async with work.seeing() as conn:
        edited = await edited_waiting(conn, [case["case_id"] for case in cases])
        known = await families(conn, [case["household_id"] for case in cases])
        cases = [
            case | {"edition": known[case["household_id"]]["version"] * _ASKINGS + (at - case["since"]) // every}
            for case in cases
            if case["case_id"] not in edited
        ]
        path = work.outside.dukcapil.verifikasi.path
        answered = await editions_answered(conn, work.id, path, cases)
    return [case for case in cases if (case["case_id"], case["edition"]) not in answered], known


def _versions(cases: Sequence[Row]) -> dict[int, int]:
    """Return by case the version of the family that its question was about."""
    return {case["case_id"]: case["edition"] // _ASKINGS for case in cases}


async def match_again(work: Work) -> bool:
    """Ask again about families that did not match; what Disdukcapil has mended meanwhile is checked anew (U48)."""
    cases, known = await _to_ask(work, "usulan.tidak_padan")

    async def apply(results: Sequence[VerifikasiResult]) -> bool:
        answers = replies_of(results)
        there = [case for case in cases if case["case_id"] in answers]
        threshold = await threshold_of(work)
        mended = Answers()
        for case, told in (await members_checked(work, there, _versions(there), answers)).items():
            verdict = judge_family(told, threshold=threshold)
            if verdict.trigger in {"usulan.cek_padan", "usulan.cek_ganda"}:
                mended.add("usulan.cek_ulang_berkala", case, balasan_dukcapil=verdict.as_fact(told))
        return await mended.fire(work)

    return await call_out(work, work.outside.dukcapil.verifikasi, cases, question(known), apply)


async def accept_moved(work: Work) -> bool:
    """Ask where families live whom the village of destination has not answered in time (U63).

    Where Dukcapil has everybody who decides at the destination already, its silence counts as a yes.
    """
    async with work.seeing() as conn:
        ready = await due(conn, "U63")
    cases, known = await _to_ask(work, "usulan.menunggu_terima", ready)

    async def apply(results: Sequence[VerifikasiResult]) -> bool:
        answers = replies_of(results)
        there = [case for case in cases if case["case_id"] in answers]
        async with work.seeing() as conn:
            to = await waits_at(conn, [case["case_id"] for case in there])
        threshold = await threshold_of(work)
        moved = Answers()
        for case, told in (await members_checked(work, there, _versions(there), answers)).items():
            homes = {person: said.kode_desa for person, said in answers[case].items() if said.kode is None}
            if case in to and lives_there(told, homes, to[case]):
                said = judge_family(told, threshold=threshold).as_fact(told) | {"desa": to[case]}
                moved.add("usulan.terima_otomatis", case, "LEWAT_SLA_DESA", balasan_dukcapil=said)
        return await moved.fire(work)

    return await call_out(work, work.outside.dukcapil.verifikasi, cases, question(known), apply)
