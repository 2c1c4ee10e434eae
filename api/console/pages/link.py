"""The one-time link: a first password, or a new one, and a second factor. What is secret stands in no address.

The link's secret stands behind `#`, which browsers keep to themselves; a script puts it into the form's field, and who
has none types it there.
"""

from __future__ import annotations

from typing import Any

import segno
from fastapi import Request
from fastapi.responses import Response

from api.caller import Here, Site
from api.console.pages.signin import OwnForm, page, place_of_request, typed, words
from api.section import Section
from models.errors import AlurError
from models.signin import proofs
from models.signin.rules import is_nik

router = Section(prefix="/masuk/tautan")


@router.get("")
async def ask(request: Request) -> Response:
    """Ask whose link it is."""
    return page(request, "tautan.html")


async def _offer(request: Request, here: Site, secret: str, nik: str) -> dict[str, Any]:
    async with here.pool.connection() as conn:
        link = await proofs.read_link(conn, here.keys, secret, nik, place_of_request(request, here))
        start = await proofs.start_chat(conn, link)
    offer = proofs.offer_totp(here.keys, link.user, link.name)
    bot = here.settings.telegram_bot.removeprefix("@")
    return {
        "name": link.name,
        "secret": secret,
        "nik": nik,
        "totp": offer,
        "picture": segno.make(offer.uri, error="m").svg_data_uri(scale=5, dark="#000", light="#fff"),
        "start": f"/start {start}",
        "chat": f"https://t.me/{bot}?start={start}" if bot else None,
    }


@router.post("")
async def read(request: Request, form: OwnForm, here: Here) -> Response:
    """Open the link for its person: offer an authenticator and the way to link Telegram, ask for a password."""
    secret = typed(form, "tautan").rpartition("#")[2].strip()
    nik = "".join(typed(form, "nik").split())
    try:
        return page(request, "tautan_pakai.html", **await _offer(request, here, secret, nik if is_nik(nik) else ""))
    except AlurError as error:
        return page(request, "tautan.html", error.status, error=words(request, error))


@router.post("/pakai")
async def use(request: Request, form: OwnForm, here: Here) -> Response:
    """Use the link, once; recovery codes are shown this once."""
    secret, nik = typed(form, "tautan"), typed(form, "nik")
    code = typed(form, "kode").strip()
    chosen = proofs.Chosen(nik, typed(form, "sandi"), typed(form, "calon") or None, code or None)
    try:
        async with here.pool.connection() as conn:
            link = await proofs.read_link(conn, here.keys, secret, nik, place_of_request(request, here))
            codes = await proofs.use_link(conn, here.keys, link, chosen)
    except AlurError as error:
        try:
            offer = await _offer(request, here, secret, nik)
        except AlurError:
            return page(request, "tautan.html", error.status, error=words(request, error))
        return page(request, "tautan_pakai.html", error.status, **offer, error=words(request, error))
    return page(request, "tautan_selesai.html", codes=codes)
