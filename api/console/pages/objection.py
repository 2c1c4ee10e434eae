"""Sanggah: objections by phase, and the form that brings one about a case or a family."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api import cursors
from api.console.evidence import asked_of, fields, rupiah_asked
from api.console.pages.search import case_number
from api.console.visit import Posted, Posting, Visit, Visiting, visit_of
from api.metrics import count_outcomes
from api.objection_shapes import ObjectionIn
from api.section import Section
from models.case import queries as cases
from models.database import Conn
from models.errors import AlurError
from models.sanggah.commands import Objection, bring
from models.sanggah.errors import ObjectionRefused
from models.sanggah.queries import told
from models.sanggah.rules import AGAINST_ANOTHER, FORM, entry, kinds_of, papers, trigger
from state_machines import BY_NAME

router = Section(prefix="/sanggah")

_PAGE = 50
_ELSEWHERE = {"alasan", "kasus_asal", "bukti_saldo", "akun_terverifikasi"}
"""What the form asks in fields of its own, or the account says."""


class ObjectionUnclear(AlurError):
    """An objection whose form the API would not take either."""

    status = 422
    code = "sanggah_belum_jelas"
    title = "Sanggah belum jelas"
    title_en = "The objection is not clear"
    text = "Pilih jenisnya, sebut kasus atau keluarganya (NIK atau No. KK 16 angka), dan tulis alasannya."
    text_en = "Choose the kind, name the case or family (NIK or family card, 16 digits), and write why."
    cure = "Perbaiki isian itu, lalu kirim lagi."
    cure_en = "Mend it and send it again."


def _phases() -> dict[str, tuple[str, ...]]:
    """Return the phases of the machine with the states in which an objection is there; what rests is *selesai*."""
    found: dict[str, list[str]] = {"verval": [], "penetapan": [], "selesai": []}
    for state in BY_NAME["sanggah"].states:
        found["selesai" if state.resting else state.phase].append(state.id)
    return {phase: tuple(states) for phase, states in found.items()}


PHASES = _phases()


@router.get("")
async def show(visit: Visiting, tahap: str = "verval", kursor: str | None = None) -> Response:
    """Show the objections in my sight, one phase at a time, longest in their state first."""
    phase = tahap if tahap in PHASES else "verval"
    wanted = cases.Filter("sanggah", PHASES[phase])
    rows = await cases.list_cases(visit.conn, wanted, after=cursors.read_due(kursor), limit=_PAGE)
    after = cursors.written_due((rows[-1]["since"], rows[-1]["id"]) if len(rows) == _PAGE else None)
    return visit.page(
        "sanggah.html",
        phase=phase,
        phases=tuple(PHASES),
        rows=[told(row) for row in rows],
        next=f"/sanggah?{urlencode([('tahap', phase), ('kursor', after)])}" if after else None,
        may=bool(kinds_of(visit.role)),
    )


async def _ask(visit: Visit, kind: str, case: str, status: int = 200, **more: Any) -> Response:
    open_to = kinds_of(visit.role)
    chosen = kind if kind in open_to else ""
    officer = visit.role != "warga"
    needs = (*entry(chosen).needs, *((FORM,) if officer else ())) if chosen else ()
    kinds = {row["kind"]: row for row in await cases.fact_kinds(visit.conn)}
    return visit.page(
        "sanggah_baru.html",
        status,
        kinds=open_to,
        chosen=chosen,
        case=case,
        own=not officer and chosen != AGAINST_ANOTHER,
        amount="bukti_saldo" in needs,
        wants_case="kasus_asal" in needs,
        reports=chosen == "KELUHAN_KKS",
        asked=fields([kinds[need] for need in needs if need not in _ELSEWHERE]),
        papers=[kinds[kind] | {"files": n} for kind, n in papers(chosen, officer=officer).items()] if chosen else [],
        **{"error": None, "typed": {}, **more},
    )


@router.get("/baru")
async def ask(visit: Visiting, jenis: str = "", kasus: str = "") -> Response:
    """Ask which kind it is, then for what that kind needs."""
    return await _ask(visit, jenis, kasus)


def _objection(post: Posted) -> Objection:
    """Return what a form brings.

    Raises:
        ObjectionUnclear: the API would not take it.
        NumberUnread: an amount that is none.
    """
    number = "".join(post.text("keluarga").split())
    amount = post.text("saldo")
    said = post.text("kasus")
    try:
        asked = ObjectionIn(
            kind=post.text("jenis"),
            nik=number if number and post.text("nomor") != "kk" else None,
            no_kk=number if number and post.text("nomor") == "kk" else None,
            case=case_number(said) if said else None,
            statement=post.text("alasan") or None,
            amount_rp=rupiah_asked("saldo", amount) if amount else None,
            reported=post.text("terlapor") or None,
            evidence=asked_of(post.form),
        )
    except ValueError as error:  # pydantic's own errors are among them
        raise ObjectionUnclear from error
    if said and asked.case is None:
        raise ObjectionUnclear
    return Objection(**asked.model_dump())


@router.post("/baru")
async def take(post: Posting, request: Request) -> Response:
    """Bring the objection; what was typed is never lost to a refusal."""

    async def work(conn: Conn) -> tuple[int, Any]:
        asked = _objection(post)
        try:
            outcome, _ = await bring(conn, post.session, asked)
        except ObjectionRefused as refused:
            return refused.status, refused
        count_outcomes(trigger(asked.kind), [outcome])
        return 201, outcome.as_data()

    try:
        _, done = await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            typed = dict(post.form)
            return await _ask(visit, post.text("jenis"), post.text("kasus"), error.status, error=error, typed=typed)
    return RedirectResponse(f"/kasus/{done['case']}?pindah=1#berkas", 303)
