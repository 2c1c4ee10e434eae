"""Who a family is, as Dukcapil knows it: members asked about, answers turned into one move per family."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flows.answers import Answers
from flows.calls import Row, call_out
from flows.work import Work
from integrations.dukcapil import KodeDukcapil, VerifikasiResult, VerifikasiRow
from models.database import retrying
from models.policy.queries import policy
from models.register.commands import Verdict, note_answered
from models.register.queries import families, separated, twins
from models.usulan.queries import named_in
from models.usulan.rules import Checked, Named, is_headed, judge_family

Replies = Mapping[int, Mapping[int, VerifikasiResult]]
"""By case and person what Dukcapil said of him."""


def question(known: Mapping[int, dict[str, Any]]) -> Callable[[Sequence[Row]], list[VerifikasiRow]]:
    """Return what asks Dukcapil about every living member of families, as the register knows them (by household)."""

    def request_of(part: Sequence[Row]) -> list[VerifikasiRow]:
        return [
            VerifikasiRow(
                id=f"{case['case_id']}.{member['id']}",
                nik=member["nik"],
                no_kk=known[case["household_id"]]["no_kk"],
                nama=member["nama"],
                tempat_lahir=member["tempat_lahir"] or "",
                tanggal_lahir=member["tanggal_lahir"],
                jenis_kelamin=member["jenis_kelamin"],
                alamat=known[case["household_id"]]["alamat"],
            )
            for case in part
            for member in known[case["household_id"]]["members"]
        ]

    return request_of


def replies_of(results: Sequence[VerifikasiResult]) -> Replies:
    """Return Dukcapil's answers by case and person."""
    answers: dict[int, dict[int, VerifikasiResult]] = {}
    for result in results:
        case_id, _, person = result.id.partition(".")
        answers.setdefault(int(case_id), {})[int(person)] = result
    return answers


async def threshold_of(work: Work) -> float:
    """Return from which score on a name counts as the same."""
    return float(await policy(work.conn, "dukcapil.ambang_nama", region=work.place))


async def check_identity(work: Work) -> bool:
    """Ask Dukcapil about every member of the families in cek_data, and judge each family."""
    cases = await work.in_state("usulan.cek_data")
    async with work.seeing() as conn:
        known = await families(conn, [case["household_id"] for case in cases])
    # A question is about a family as it is now: once somebody edits it, it is another question.
    cases = [case | {"edition": known[case["household_id"]]["version"]} for case in cases]
    asked = {case["case_id"]: case["edition"] for case in cases}

    async def apply(results: Sequence[VerifikasiResult]) -> bool:
        return await judge(work, asked, results)

    return await call_out(work, work.outside.dukcapil.verifikasi, cases, question(known), apply)


async def judge(work: Work, asked: Mapping[int, int], results: Sequence[VerifikasiResult]) -> bool:
    """Turn Dukcapil's answers about persons into one move per family; what was said is kept with the case.

    `asked` tells by case which version of the family the question was about. A family that was edited since is not
    judged: nobody asked about what stands there now. Returns whether anything moved or is to be asked anew.
    """
    answers = replies_of(results)
    threshold = await threshold_of(work)

    async def judged() -> bool:
        async with work.conn.transaction():
            return await _judge(work, asked, answers, threshold)

    return await retrying(judged)


async def members_checked(
    work: Work, cases: Sequence[Row], asked: Mapping[int, int], answers: Replies
) -> dict[int, list[Checked]]:
    """Return by case its members with what Dukcapil answered; families that were edited since are missing."""
    households = [case["household_id"] for case in cases]
    async with work.seeing() as conn:
        known = await families(conn, households)
        doubles, cleared = await twins(conn, households), await separated(conn, households)
        named = await named_in(conn, [case["case_id"] for case in cases])
    return {
        case["case_id"]: [
            _checked(
                member,
                answers[case["case_id"]].get(member["id"]),
                doubles.get(member["id"], ()),
                named.get(case["case_id"], Named()),
                cleared=member["id"] in cleared,
                headed=is_headed(known[case["household_id"]]["members"]),
            )
            for member in known[case["household_id"]]["members"]
        ]
        for case in cases
        if known[case["household_id"]]["version"] == asked[case["case_id"]]
    }


async def _judge(work: Work, asked: Mapping[int, int], answers: Replies, threshold: float) -> bool:
    """Judge in one transaction: from its answer being noted until its case has moved, a family stays as it is."""
    cases = [case for case in await work.in_state("usulan.cek_data") if case["case_id"] in answers]
    members = await members_checked(work, cases, asked, answers)
    dead = KodeDukcapil.meninggal
    noted = await note_answered(
        work.conn,
        work.session,
        [
            Verdict(m.person, asked[case], m.matched(threshold), "meninggal" if m.code == dead else None)
            for case, told in members.items()
            for m in told
        ],
    )
    judged = Answers()
    for case, told in members.items():
        if noted.issuperset(m.person for m in told):
            verdict = judge_family(told, threshold=threshold)
            twin = {"catatan_kembar": {"kasus": verdict.twins}} if verdict.trigger == "usulan.cek_ganda" else {}
            judged.add(verdict.trigger, case, verdict.reason, balasan_dukcapil=verdict.as_fact(told), **twin)
    return await judged.fire(work) or len(judged) < len(cases)


def _checked(
    member: dict[str, Any],
    answer: VerifikasiResult | None,
    elsewhere: Sequence[int],
    named: Named,
    *,
    cleared: bool,
    headed: bool,
) -> Checked:
    person, code = member["id"], answer.kode if answer else KodeDukcapil.tidak_ada
    # Whoever has a new card stands on it at Dukcapil, and on the old one here until the proposal is applied.
    card = None if answer is None or answer.no_kk is None or person in named.leaves else answer.no_kk.sesuai
    return Checked(
        person=person,
        deciding=named.decides(member, code, headed=headed),
        code=code,
        name_score=None if answer is None or answer.nama is None else answer.nama.skor,
        kk_matches=card,
        elsewhere=tuple(elsewhere),
        gone=named.gone(person, code),
        separated=cleared,
    )
