"""Panduan: what one's role does, day by day; and the guides of all others."""

from __future__ import annotations

from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from markupsafe import Markup
from starlette.exceptions import HTTPException

from api.console import guide
from api.console.visit import Visit, Visiting
from api.section import Section

router = Section(prefix=guide.ADDRESS)
pictures = StaticFiles(directory=guide.FOLDER / guide.PICTURES, check_dir=False)


@router.get("")
async def own(visit: Visiting) -> HTMLResponse:
    """Show the guide of my role."""
    return _page(visit, visit.role)


@router.get("/{name}")
async def one(visit: Visiting, name: str) -> HTMLResponse:
    """Show the guide of another role, or what concerns all."""
    return _page(visit, name)


def _page(visit: Visit, name: str) -> HTMLResponse:
    try:
        text = guide.guide(name)
    except KeyError as error:
        raise HTTPException(404) from error
    others = [other for other in guide.names() if other not in {name, guide.INDEX}]
    return visit.page("panduan.html", text=Markup(text), name=name, others=others)  # noqa: S704 -- our own guides, read without HTML
