"""The bot: the stub is what Telegram's own clients expect, and a chat becomes somebody's by a code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, RetryAfter

from flows.kabar import listen_once
from models.notice import commands
from notifications.channels import telegram as telegram_channel
from tests.integration.notice.kit import tell
from tests.integration.notice.peers import TOKEN, BotApi, bot_api, refusal
from tests.integration.notice.post import Post


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Bot, BotApi]]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with bot_api() as api, Bot(TOKEN, base_url=f"{api.url}/bot") as bot:
        yield bot, api


async def test_an_independent_client_understands_the_stub(client: tuple[Bot, BotApi]) -> None:
    bot, api = client
    assert bot.username == "alur_uji_bot"
    message = await bot.send_message(77, "halo")
    assert (message.message_id, message.text, message.chat.id) == (1, "halo", 77)
    api.write(77, "/start abc")
    [update] = await bot.get_updates(timeout=0)
    assert update.message is not None
    assert (update.message.text, update.message.chat.type) == ("/start abc", "private")
    assert await bot.get_updates(offset=update.update_id + 1, timeout=0) == ()
    api.blocked.add(78)
    with pytest.raises(Forbidden, match="blocked"):
        await bot.send_message(78, "halo")
    api.replies.append(refusal(429, "Too Many Requests: retry after 5", retry_after=5))
    with pytest.raises(RetryAfter):
        await bot.send_message(77, "halo")
    api.replies.append(refusal(400, "Bad Request: chat not found"))
    with pytest.raises(BadRequest, match=r"(?i)chat not found"):
        await bot.send_message(79, "halo")


# -- a chat becomes somebody's ----------------------------------------------------------------------------------------


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telegram_channel, "_POLL_S", 0)


async def link(post: Post, name: str = "pembaca") -> str:
    return await commands.make_link(post.world.api, await post.world.session(name, "operator_desa"))


@pytest.mark.usefixtures("quick")
async def test_a_chat_that_shows_the_code_is_reached_from_then_on(post: Post) -> None:
    code = await link(post)
    post.telegram.write(77, "halo")
    post.telegram.write(77, f"/start {code}")
    assert await listen_once(post.world.worker, post.bot) == 2
    assert [sent["text"] for sent in post.telegram.sent] == [telegram_channel.LINKED["id"]]
    user = await post.world.user("pembaca")
    await tell(post.world, user, urgent=True)
    assert await post.round("telegram") == 1
    assert post.telegram.sent[-1]["chat_id"] == 77
    assert await listen_once(post.world.worker, post.bot) == 0


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("how", ["used", "old", "replaced", "wrong"])
async def test_a_code_is_good_once_and_for_a_quarter_of_an_hour(post: Post, how: str) -> None:
    code = await link(post)
    if how == "used":
        assert await commands.use_link(post.world.worker, code, 1) == "id"
    if how == "old":
        await post.world.admin.execute("UPDATE notice_link SET expires_at = clock_timestamp() - interval '1 s'")
    if how == "replaced":
        await link(post)
    post.telegram.write(66, f"/start {'0' * 32 if how == 'wrong' else code}")
    await listen_once(post.world.worker, post.bot)
    assert [sent["text"] for sent in post.telegram.sent] == [telegram_channel.UNKNOWN]
    rows = await (await post.world.admin.execute("SELECT address FROM notice_address")).fetchall()
    assert [row["address"] for row in rows] == (["1"] if how == "used" else [])


START: list[tuple[dict[str, Any], bool]] = [
    ({"message": {"chat": {"id": 5, "type": "private"}, "text": "/start " + "a" * 32}}, True),
    ({"message": {"chat": {"id": 5, "type": "private"}, "text": "/start@alur_bot " + "a" * 32}}, True),
    ({"message": {"chat": {"id": 5, "type": "group"}, "text": "/start " + "a" * 32}}, False),
    ({"message": {"chat": {"id": 5, "type": "private"}, "text": "/start"}}, False),
    ({"message": {"chat": {"id": 5, "type": "private"}}}, False),
    ({"edited_message": {}}, False),
]


@pytest.mark.parametrize(("update", "found"), START)
def test_only_a_start_in_a_private_chat_is_a_code(update: dict[str, Any], *, found: bool) -> None:
    assert (telegram_channel.start_code(update) is not None) is found
