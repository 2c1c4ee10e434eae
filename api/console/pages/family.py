"""Keluarga: everything about one family in one answer; its numbers in the open for a purpose, and who looked."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import Response
from pydantic import ValidationError

from api.access_shapes import PurposeIn
from api.console.visit import Posting, Visit, visit_of
from api.section import Section
from api.shapes import Number
from models.bantuan.rules import answer
from models.case import queries as cases
from models.errors import AlurError
from models.policy import queries as policies
from models.reads import queries as reads
from models.reads.commands import Purpose, open_numbers
from models.register import queries
from models.register.errors import HouseholdNotFound
from models.register.history import history
from models.register.household import described
from models.usulan.entry import PROPOSERS

router = Section(prefix="/keluarga")

_AUDITS = "national_read"
"""The scope of those who see who looked at whom, as for the API (`api/routes/reads.py`)."""
_OPEN_S = 300
"""How long a page shows numbers before it goes back to the masked one."""


class PurposeUnclear(AlurError):
    """Numbers were asked for without saying what for."""

    status = 422
    code = "tujuan_belum_jelas"
    title = "Tujuan belum jelas"
    title_en = "The purpose is not clear"
    text = "Pilih tujuannya, dan tulis untuk apa dengan kata sendiri: 3 sampai 200 huruf, tanpa NIK atau nomor lain."
    text_en = "Choose the purpose and say what for in your own words: 3 to 200 letters, without a NIK or other number."
    cure = "Isi keduanya, lalu kirim lagi."
    cure_en = "Fill in both and send it again."


@router.get("/{number}")
async def show(number: Number, request: Request, ubah: str = "") -> Response:
    """Show a family: members, answers, programmes, payments per period and why not, proposals. The look is noted."""
    async with visit_of(request) as visit:
        return await _page(visit, number, edited=ubah)


async def _page(visit: Visit, number: int, status: int = 200, **more: Any) -> Response:
    found = (await queries.families(visit.conn, [number])).get(number)
    if found is None:
        raise HouseholdNotFound(number)
    await visit.noted("keluarga", household=number)
    today = (await policies.now(visit.conn)).date()
    standing = await queries.standing(visit.conn, number)
    return visit.page(
        "keluarga.html",
        status,
        family=described(queries.masked(found), today),
        by=_by_kind(standing),
        answer=answer(standing),
        cases=await cases.list_cases(visit.conn, cases.Filter(household=number), limit=cases.PAGE_MAX),
        versions=await history(visit.conn, visit.session, number),
        purposes=await policies.policy(visit.conn, "baca.tujuan"),
        readers=await reads.readers(visit.conn) if visit.who["household_id"] == number else [],
        looks=await reads.reads(visit.conn, reads.Filter(household=number)) if visit.who["scope"] == _AUDITS else [],
        editable=await queries.may_edit(visit.conn, visit.role),
        proposes=visit.role in PROPOSERS,
        **{"error": None, "typed": {}, "edited": "", **more},
    )


def _by_kind(standing: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Return a family's cases as the page's tables take them: usulan, kepesertaan, penyaluran, and all others."""
    told: dict[str, list[dict[str, Any]]] = {"usulan": [], "kepesertaan": [], "penyaluran": [], "lain": []}
    for row in standing:
        told[row["machine"] if row["machine"] in told else "lain"].append(row)
    return told


@router.post("/{number}/nomor")
async def show_numbers(number: Number, post: Posting, request: Request) -> Response:
    """Show the family's numbers in the open. Purpose, words and who asked are written down before they are shown."""
    try:
        asked = PurposeIn(purpose=post.text("tujuan"), words=post.text("kata"))
    except ValidationError:
        async with visit_of(request) as visit:
            return await _page(visit, number, 422, error=PurposeUnclear(), typed=dict(post.form))
    async with visit_of(request) as visit:
        purpose = Purpose(asked.purpose, asked.words)
        told = await open_numbers(visit.conn, visit.session, number, purpose, request=str(request.state.number))
        found = (await queries.families(visit.conn, [number]))[number]
        names = {member["id"]: member["nama"] for member in found["members"]}
        page = visit.page("nomor.html", told=told, names=names, minutes=_OPEN_S // 60)
    page.headers["Refresh"] = f"{_OPEN_S}; url=/keluarga/{number}"
    return page
