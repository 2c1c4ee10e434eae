"""Ubah data keluarga: the form, the difference before it is saved, and what becomes of two people editing at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console import edit_form
from api.console.visit import Posted, Posting, Visit, visit_of
from api.section import Section
from api.shapes import Number
from models.database import Conn
from models.errors import AlurError
from models.register import edits, queries
from models.register.errors import HouseholdChanged, HouseholdNotFound
from models.register.history import looks
from models.register.merge import Merge, flat, merge, name_of

router = Section(prefix="/keluarga")

Wrong = dict[str, list[Any]]
_LAST = 99
"""Behind every relation to the head: a member whose relation nobody told."""


class _Editing:
    """One family as it stands, and as it stood when the form was made."""

    def __init__(self, number: int, known: Mapping[int, Mapping[str, Any]], version: int) -> None:
        """Take the versions of a family; `version` is the one the form was made of, 0 for a new form."""
        self.number = number
        self.version = max(known)
        self.look = dict(known[self.version])
        self.look["members"] = sorted(self.look["members"], key=lambda one: (one["hubungan"] or _LAST, one["id"]))
        self.now = flat(self.look)
        self.base = flat(known[version]) if version in known else self.now
        self.behind = version in known and version != self.version
        self.names = {f"a{member['id']}": member["nama"] for look in known.values() for member in look["members"]}

    def page(self, visit: Visit, template: str, status: int = 200, **more: Any) -> HTMLResponse:
        """Return a page about this family."""
        return visit.page(template, status, number=self.number, version=self.version, family=self.look,
                          rows=self.rows(visit), names=self.names, **more)  # fmt: skip

    def rows(self, visit: Visit) -> Any:
        """Return what tells a field with a value: whose it is, its label, and the value as it is read."""

        def told(name: str, *values: Any) -> dict[str, Any]:
            whose = name.partition(".")[0]
            shown = [edit_form.shown(name, value, visit.language) for value in values]
            field = edit_form.field(name)
            return {"name": name, "whose": self.names.get(whose), "kind": whose[0], "field": field, "shown": shown}

        return told


async def _editing(visit: Visit, number: int, version: int) -> _Editing:
    known = await looks(visit.conn, visit.session, number)
    if not known:
        raise HouseholdNotFound(number)
    await visit.noted("keluarga", household=number)
    return _Editing(number, known, version)


async def _form(
    visit: Visit,
    editing: _Editing,
    typed: Mapping[str, str] | None = None,
    wrong: Wrong | None = None,
    *,
    error: AlurError | None = None,
    same: bool = False,
) -> HTMLResponse:
    values = {name: edit_form.typed_as(name, value) for name, value in editing.now.items()} | dict(typed or {})
    return editing.page(
        visit,
        "keluarga_ubah.html",
        error.status if error else 422 if wrong or same else 200,
        values=values,
        at=wrong or {},
        listed=[(name, one, edit_form.field(name)) for name, found in (wrong or {}).items() for one in found],
        error=error,
        same=same,
        allowed=await queries.may_edit(visit.conn, visit.role),
        family_fields=edit_form.fields("k"),
        member_fields=edit_form.fields("a"),
        numbers={name: edit_form.shown(name, value, "id") for name, value in editing.now.items()},
        new=edit_form.NEW,
        adding=any(name.startswith(edit_form.NEW) and text for name, text in values.items()),
    )


@router.get("/{number}/ubah")
async def ask(number: Number, request: Request) -> Response:
    """Ask for what changes. The look is noted."""
    async with visit_of(request) as visit:
        return await _form(visit, await _editing(visit, number, 0))


def _merging(visit: Visit, editing: _Editing, found: Merge, typed: Mapping[str, str]) -> HTMLResponse:
    """Show what both changed, side by side, for whoever came second to choose."""
    rows = editing.rows(visit)
    return editing.page(
        visit,
        "keluarga_gabung.html",
        409,
        conflicts=[
            rows(name, *values) | {"mine": typed.get(name, ""), "theirs": edit_form.typed_as(name, values[2])}
            for name, values in found.conflicts.items()
        ],
        mine=[rows(name, value) | {"typed": typed.get(name, "")} for name, value in found.mine.items()],
        theirs=[rows(name, editing.base.get(name), value) for name, value in found.theirs.items()],
        gone=[rows(name)["whose"] for name in found.gone],
    )


async def _judged(visit: Visit, post: Posted, number: int) -> tuple[_Editing, dict[str, Any], HTMLResponse | None]:
    """Return the edit that a form asks for, or the page that says why it cannot be asked yet."""
    editing = await _editing(visit, number, next(iter(post.numbers("versi")), 0))
    changes, typed, wrong = edit_form.read(post.form, editing.base)
    edit, ill = edit_form.in_shape(changes, editing.version)
    wrong |= {name: found for name, found in ill.items() if name not in wrong}
    if wrong:
        return editing, edit, await _form(visit, editing, typed, wrong)
    if editing.behind:
        return editing, edit, _merging(visit, editing, merge(editing.base, changes, editing.now), typed)
    if not changes:
        return editing, edit, await _form(visit, editing, typed, same=True)
    if post.text("aksi") == "ubah":
        return editing, edit, await _form(visit, editing, typed)
    if post.text("aksi") != "simpan":
        rows = editing.rows(visit)
        changed = [
            rows(name, editing.base.get(name), value) | {"typed": typed.get(name, "")}
            for name, value in changes.items()
        ]
        return editing, edit, editing.page(visit, "keluarga_beda.html", changed=changed)
    return editing, edit, None


@router.post("/{number}/ubah")
async def take(number: Number, post: Posting, request: Request) -> Response:
    """Show the difference, and save it when it was seen; an edit of what somebody changed meanwhile is merged."""
    async with visit_of(request) as visit:
        _, edit, page = await _judged(visit, post, number)
        if page is not None:
            return page

    async def work(conn: Conn) -> tuple[int, Any]:
        return 200, await edits.edit_family(conn, post.session, number, edit)

    try:
        _, told = await post.write(work)
    except AlurError as error:
        async with visit_of(request) as visit:
            return await _refused(visit, post, number, error)
    return RedirectResponse(f"/keluarga/{number}?ubah={'identitas' if told['identitas'] else '1'}", 303)


async def _refused(visit: Visit, post: Posted, number: int, error: AlurError) -> Response:
    editing = await _editing(visit, number, next(iter(post.numbers("versi")), 0))
    changes, typed, _ = edit_form.read(post.form, editing.base)
    if isinstance(error, HouseholdChanged):
        return _merging(visit, editing, merge(editing.base, changes, editing.now), typed)
    wrong: Wrong = {}
    for one in getattr(error, "fields", ()):
        wrong.setdefault(_at(name_of(one["field"]), editing), []).append(edit_form.told(one))
    return await _form(visit, editing, typed, wrong, error=error)


def _at(name: str, editing: _Editing) -> str:
    """Return where on the form an error stands; what is said of the whole family stands at its first member."""
    if name.startswith("k.") and name not in editing.now:
        first = next((one for one in editing.now if one.startswith("a")), "k.no_kk")
        return f"{first.partition('.')[0]}.{name.partition('.')[2]}"
    return name
