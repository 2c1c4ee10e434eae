"""The simulator plays Telegram's Bot API as our own bot speaks it, and shows people what was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from asgi_lifespan import LifespanManager

from integrations.simulator.app import create_app
from notifications.channels.base import Failed, Message, Sent
from notifications.channels.telegram import Telegram, start_code
from notifications.kinds import compose

pytestmark = pytest.mark.asyncio

BASE = "http://simulator.test"


@pytest_asyncio.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(tmp_path / "penduduk.sqlite", tmp_path / "luar.sqlite", token="rahasia")
    async with LifespanManager(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
        yield client


def message(code: str) -> Message:
    data = {"code": code, "minutes": 5}
    return Message("kode", "kode_masuk", compose("kode_masuk", data, "id"), data)


async def test_what_a_bot_sends_is_in_its_chat_s_inbox(http: httpx.AsyncClient) -> None:
    bot = Telegram(http, BASE, "4242:uji")
    assert isinstance(await bot.send("1001", None, message("123456")), Sent)
    assert isinstance(await bot.send("1002", None, message("654321")), Sent)
    told = (await http.get("/_simulator/inbox.json", params={"chat": 1001})).json()["messages"]
    assert [each["chat"] for each in told] == [1001]
    assert "123456" in told[0]["text"]
    page = (await http.get("/_simulator/inbox")).text
    assert page.index("654321") < page.index("123456"), "newest first"
    await bot.say(7, "<script>alert(1)</script>")
    assert "<script>alert" not in (await http.get("/_simulator/inbox")).text


async def test_what_people_write_reaches_the_bot_that_waits_for_it(http: httpx.AsyncClient) -> None:
    bot = Telegram(http, BASE, "4242:uji")
    waiting = asyncio.create_task(bot.news(0))
    await asyncio.sleep(0.05)
    code = "0123456789abcdef" * 2
    answer = await http.post("/_simulator/inbox", data={"chat": "1001", "text": f"/start {code}"})
    assert answer.status_code == 303
    [update] = await asyncio.wait_for(waiting, 5)
    assert start_code(update) == (1001, code)
    later = asyncio.create_task(bot.news(update["update_id"]))
    await asyncio.sleep(0.05)
    assert not later.done(), "what was read is not told again"
    later.cancel()


async def test_what_the_api_does_not_take_is_refused_as_telegram_does(http: httpx.AsyncClient) -> None:
    for method, body, status in (
        ("sendMessage", {"chat_id": "x", "text": "a"}, 400),
        ("sendMessage", {"chat_id": 1, "text": " "}, 400),
        ("banChatMember", {}, 404),
    ):
        answer = await http.post(f"/bot1:x/{method}", json=body)
        assert (answer.status_code, answer.json()["ok"], answer.json()["error_code"]) == (status, False, status)
    assert (await http.post("/bot1:x/sendMessage", content=b"[")).status_code == 400


async def test_telegram_may_fail_like_every_other_system(http: httpx.AsyncClient) -> None:
    faults = {"telegram/sendMessage": {"error_rate": 1.0}}
    assert (await http.put("/_simulator/faults", json=faults)).status_code == 200
    outcome = await Telegram(http, BASE, "4242:uji").send("1001", None, message("123456"))
    assert isinstance(outcome, Failed)
