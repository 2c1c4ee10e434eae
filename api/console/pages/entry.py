"""Usulan baru: one proposal typed into a form, judged like a row of a village's list and sent to the identity check."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import RedirectResponse, Response

from api.console.entry_form import MEMBERS_MOST, field_named, field_of, fields, filled, told_at, typed_of
from api.console.numbers import whole
from api.console.visit import Posting, Visit, Visiting, place_of, visit_of
from api.section import Section
from models.database import Conn
from models.errors import AlurError
from models.register import queries as register
from models.usulan.entry import PROPOSERS, enter_family
from models.usulan.errors import EntryInvalid, EntryOpen, EntryUnsure

router = Section(prefix="/usulan")

_VILLAGE_DIGITS = 10
_BLANK: dict[str, str] = {"hubungan": "1"}
"""The first line is the head of the family."""


def _village(visit: Visit) -> str:
    """Return the village of somebody whose wilayah kerja is one village, else nothing."""
    place = place_of(visit.who)
    return str(place) if place and len(str(place)) == _VILLAGE_DIGITS else ""


async def _page(
    visit: Visit,
    family: dict[str, str] | None = None,
    members: list[dict[str, str]] | None = None,
    *,
    error: AlurError | None = None,
) -> Response:
    told = error.family if isinstance(error, EntryInvalid | EntryUnsure) else None
    known = None
    if isinstance(error, EntryUnsure) and error.household is not None:
        known = (await register.families(visit.conn, [error.household])).get(error.household)
        await visit.noted("keluarga", household=error.household)
    village = _village(visit)
    return visit.page(
        "usulan_baru.html",
        error.status if error else 200,
        form=fields(),
        family=(family or {"jenis_usulan": "BARU"}) | ({"kode_desa": village} if village else {}),
        members=members or [_BLANK],
        village=village,
        allowed=visit.role in PROPOSERS,
        error=error,
        at=told_at(told) if told else {},
        listed=[
            (name, one, field_named(name))
            for one in ((*told.errors, *told.warnings) if told else ())
            for name in (field_of(one),)
        ],
        known=register.masked(known) if known else None,
        seen=error.mark if isinstance(error, EntryUnsure) else "",
        open_case=error.case if isinstance(error, EntryOpen) else None,
        most=MEMBERS_MOST,
    )


@router.get("/baru")
async def ask(visit: Visiting) -> Response:
    """Ask for one proposal."""
    return await _page(visit)


@router.post("/baru")
async def take(post: Posting, request: Request) -> Response:
    """Save a proposal and send it to the identity check; or give the form back with a line more or less, or mended."""
    family, members = typed_of(post.form)
    asked, _, place = post.text("aksi").partition(".")
    if asked == "tambah":
        members = [*members, {}][:MEMBERS_MOST]
    elif asked == "hapus":
        members = [one for n, one in enumerate(members) if n != whole(place)]
    if asked:
        async with visit_of(request) as visit:
            return await _page(visit, family, members)
    members = filled(members)

    async def work(conn: Conn) -> tuple[int, Any]:
        entered = await enter_family(conn, post.session, family, members, seen=post.text("diperiksa"))
        return 201, {"case": entered.case, "batch": entered.batch}

    try:
        _, told = await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, family, members, error=error)
    return RedirectResponse(f"/kasus/{told['case']}?masuk=1", 303)
