"""The press: letters become PDFs in a process of their own, two at a time in each API process."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import segno
from babel.dates import format_datetime
from fastapi import Response

from api.print.compositor import SECONDS
from api.print.letter import Letter
from models.child import ChildSpent, in_child
from models.errors import AlurError

_WORKSHOP = ThreadPoolExecutor(max_workers=2, thread_name_prefix="cetak")
"""A rush of prints waits here and leaves processors for other requests."""


class PrintTooHeavy(AlurError):
    """A letter that could not be set in time."""

    status = 503
    code = "cetakan_terlalu_berat"
    title = "Cetakan belum jadi"
    title_en = "The print is not ready"
    text = "Surat ini tidak selesai dicetak dalam waktu yang disediakan. Tidak ada data yang berubah."
    text_en = "This letter was not set in the time there is. Nothing was changed."
    cure = "Coba lagi sebentar lagi; daftar yang sangat panjang diunduh sebagai lembar kerja."
    cure_en = "Try again in a moment; a very long list is better taken as a spreadsheet."


def _qr(address: str) -> str:
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False, svgns=True)
    return drawn.getvalue().decode()


def _told(letter: Letter, public_url: str) -> dict[str, Any]:
    address = public_url.rstrip("/") + letter.path
    when = format_datetime(letter.at, "d MMMM y HH.mm", tzinfo=letter.at.tzinfo or ZoneInfo("UTC"), locale="id")
    told = letter.as_data()
    return told | {
        "printed": f"Dicetak {when} oleh {told['by']} · {letter.path}",
        "qr": _qr(address),
        "address": address,
    }


async def pressed(letters: Letter | Sequence[Letter], public_url: str) -> bytes:
    """Return a letter, or several one after the other, as one PDF/A-2b.

    Args:
        letters: what stands on them; at least one. The first one's moment is the file's.
        public_url: address people reach Alur at, for the QR; empty in a demo, where the QR holds the path alone.

    Raises:
        PrintTooHeavy: it took too long.
    """
    several = [letters] if isinstance(letters, Letter) else letters
    at = several[0].at.astimezone(timezone(several[0].at.utcoffset() or timedelta()))
    told = {"at": at.isoformat(timespec="seconds"), "letters": [_told(one, public_url) for one in several]}
    return await asyncio.get_running_loop().run_in_executor(_WORKSHOP, _set, json.dumps(told).encode())


def _set(told: bytes) -> bytes:
    try:
        return in_child("api.print.compositor", told, SECONDS)
    except ChildSpent as error:
        raise PrintTooHeavy from error


def handed_out(content: bytes, name: str) -> Response:
    """Return a PDF as a file that is saved under `name` (without ending) and kept by nobody on the way."""
    return Response(
        content,
        media_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"', "Cache-Control": "no-store"},
    )
