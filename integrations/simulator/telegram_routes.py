"""Telegram's Bot API as a bot calls it, and the inbox where people read what it sent and write to it."""

import html
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from integrations.simulator.parts import Simulator
from integrations.simulator.play_telegram import BotRefused, Sent

router = APIRouter()

_WIB = timezone(timedelta(hours=7), "WIB")
_PAGE = """<!doctype html>
<html lang="id"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5"><title>Kotak masuk Telegram (simulator)</title>
<style>body{{font:16px/1.5 sans-serif;margin:16px auto;max-width:720px;padding:0 16px}}pre{{white-space:pre-wrap;
background:#f2f2f2;padding:8px;margin:4px 0 16px}}label{{margin-right:8px}}</style></head><body>
<h1>Kotak masuk Telegram (simulator)</h1>
<p>Pesan yang dikirim bot, terbaru di atas. / What the bot sent, newest first.</p>
<form method="post" action="/_simulator/inbox">
<label>Chat <input name="chat" inputmode="numeric" value="{chat}" required></label>
<label>Tulis ke bot <input name="text" placeholder="/start …" required></label><button>Kirim</button></form>
{messages}</body></html>"""


@router.post("/bot{token}/{method}")
async def call(simulator: Simulator, request: Request, token: str, method: str) -> JSONResponse:  # noqa: ARG001
    """Answer a method of the Bot API; any token is this bot's."""
    body = await request.body()
    try:
        told = json.loads(body or b"{}")
    except ValueError:
        told = None
    if not isinstance(told, dict):
        return _refused(BotRefused(400, "Bad Request: can't parse JSON"))
    try:
        return JSONResponse({"ok": True, "result": await simulator.telegram.call(method, told)})
    except BotRefused as error:
        return _refused(error)


def _refused(error: BotRefused) -> JSONResponse:
    return JSONResponse({"ok": False, "error_code": error.code, "description": error.description}, error.code)


@router.get("/_simulator/inbox")
async def inbox(simulator: Simulator, chat: Annotated[int | None, Query()] = None) -> HTMLResponse:
    """Show what the bot sent, to one chat or to all."""
    shown = "".join(_shown(sent) for sent in _newest(simulator.telegram.inbox, chat))
    return HTMLResponse(_PAGE.format(chat="" if chat is None else chat, messages=shown or "<p>Belum ada pesan.</p>"))


@router.get("/_simulator/inbox.json")
async def inbox_data(simulator: Simulator, chat: Annotated[int | None, Query()] = None) -> dict[str, Any]:
    """Return the same for programs: chat, text, and when, newest first."""
    return {
        "messages": [
            {"chat": sent.chat, "text": sent.text, "at": datetime.fromtimestamp(sent.at, UTC).isoformat()}
            for sent in _newest(simulator.telegram.inbox, chat)
        ]
    }


@router.post("/_simulator/inbox")
async def write(simulator: Simulator, chat: Annotated[int, Form()], text: Annotated[str, Form()]) -> RedirectResponse:
    """Let the owner of a chat write to the bot, such as the `/start …` that links it."""
    simulator.telegram.write(chat, text)
    return RedirectResponse(f"/_simulator/inbox?chat={chat}", 303)


def _newest(sent: Any, chat: int | None) -> list[Sent]:
    return [each for each in reversed(sent) if chat is None or each.chat == chat]


def _shown(sent: Sent) -> str:
    at = datetime.fromtimestamp(sent.at, _WIB).strftime("%H:%M:%S")
    return f'<p><a href="?chat={sent.chat}">Chat {sent.chat}</a>, {at} WIB</p><pre>{html.escape(sent.text)}</pre>'
