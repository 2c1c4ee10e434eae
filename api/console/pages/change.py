"""Usulkan perubahan: who died, who receives the aid from now on, where a family moves, who has a card of his own."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.entry_form import fields
from api.console.numbers import whole
from api.console.visit import Posted, Posting, Visit, visit_of
from api.section import Section
from models.database import Conn
from models.errors import AlurError
from models.register import queries
from models.register.codes import code_list
from models.register.errors import HouseholdNotFound
from models.usulan.change import Plan, family_of, plan_change, propose_change
from models.usulan.change_rules import CARD, CHANGES, SPLIT, Told, living
from models.usulan.entry import PROPOSERS
from models.usulan.errors import ChangeInvalid, EntryOpen, FamilyIncomplete
from state_machines.vocabulary import JENIS

router = Section(prefix="/keluarga")

_RELATION = "relation."
_APPROVED = {kind.id: kind.pengesahan != "tidak" for kind in JENIS}


def _told(post: Posted) -> Told:
    """Return the change that a form tells."""
    relations = {whole(n.removeprefix(_RELATION)): whole(post.text(n)) for n in post.form if n.startswith(_RELATION)}
    known = code_list("hubungan").codes
    return Told(
        kind=post.text("kind"),
        members=tuple(post.numbers("members")),
        payee=whole(post.text("payee")),
        died_on=post.text("died_on"),
        document=post.text("document"),
        destination=post.text("village") or post.text("destination"),
        card={column: post.text(f"card.{column}") for column in CARD},
        relations={
            member: code
            for member, code in relations.items()
            if member is not None and code is not None and code in known
        },
    )


async def _page(
    visit: Visit, number: int, told: Told, status: int = 200, *, error: AlurError | None = None
) -> HTMLResponse:
    family = await family_of(visit.conn, number)
    await visit.noted("keluarga", household=number)
    alive = living(family)
    faults = error.faults if isinstance(error, ChangeInvalid) else []
    at: dict[str, list[Any]] = {}
    for name, one in faults:
        at.setdefault(name, []).append(one)
    card_fields = [fields()["family"][column] for column in CARD]
    return visit.page(
        "keluarga_usulkan.html",
        status,
        family=queries.masked(family),
        members=[one for one in queries.masked(family)["members"] if one["id"] in alive],
        relations=code_list("hubungan").codes,
        kinds=CHANGES,
        told=told if told.kind in CHANGES else None,
        card_fields=card_fields,
        allowed=visit.role in PROPOSERS,
        error=error,
        at=at,
        listed=[(n, one, next((f for f in card_fields if n == f"card.{f['column']}"), None)) for n, one in faults],
        villages=error.villages if isinstance(error, ChangeInvalid) else [],
        open_case=error.case if isinstance(error, EntryOpen) else None,
        incomplete=isinstance(error, FamilyIncomplete),
    )


@router.get("/{number}/usulkan")
async def ask(number: int, request: Request, jenis: str = "") -> Response:
    """Ask what happened to a family, then for what that kind of change names. The look is noted."""
    async with visit_of(request) as visit:
        family = await family_of(visit.conn, number)
        card = {column: family[column] or "" for column in CARD if column != "no_kk"} if jenis == SPLIT else {}
        return await _page(visit, number, Told(jenis, card=card))


async def _before(visit: Visit, number: int, told: Told) -> HTMLResponse:
    """Show what a change will bring, before it is proposed."""
    plan: Plan = await plan_change(visit.conn, visit.session, number, told)
    await visit.noted("keluarga", household=number)
    return visit.page(
        "keluarga_akibat.html",
        family=queries.masked(dict(plan.family)),
        told=told,
        change=plan.change,
        consequences=plan.consequences,
        approved=_APPROVED[told.kind],
        allowed=visit.role in PROPOSERS,
    )


@router.post("/{number}/usulkan")
async def take(number: int, post: Posting, request: Request) -> Response:
    """Show what a change will bring, and propose it when that was seen; what was typed is never lost."""
    told, asked = _told(post), post.text("aksi")

    async def work(conn: Conn) -> tuple[int, Any]:
        entered = await propose_change(conn, post.session, number, told)
        return 201, {"case": entered.case, "batch": entered.batch}

    if told.kind not in CHANGES:
        return RedirectResponse(f"/keluarga/{number}/usulkan", 303)
    try:
        if asked == "kirim":
            _, made = await post.write(work)
            return RedirectResponse(f"/kasus/{made['case']}?masuk=1", 303)
        if asked != "ubah":
            async with visit_of(request) as visit:
                return await _before(visit, number, told)
    except HouseholdNotFound:
        raise
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _page(visit, number, told, error.status, error=error)
    async with visit_of(request) as visit:
        return await _page(visit, number, told)
