"""Answers that nobody expects: what another side says of one message never hurts another one."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any
from uuid import UUID

import pytest

from models.database import Conn
from models.notice import commands
from notifications.delivery import Courier, channels, outbound
from tests.integration.notice.kit import deliveries, reach, reader, subset, tell
from tests.integration.notice.peers import Reply, blunt_mail_server
from tests.integration.notice.post import Post

STRANGE = {
    "latin-1": (b"250 2.0.0 angenommen f\xfcr Zustellung\r\n", "2.0.0 angenommen f?r Zustellung"),
    "nul": (b"250 ok \x00 queued\r\n", "ok queued"),
    "long": (b"250 " + b"x" * 400 + b"\r\n", "x" * 200),
}


async def many(post: Post, count: int) -> None:
    """Tell so many people something urgent by mail."""
    for number in range(count):
        user = await reader(post.world, f"orang{number}")
        await reach(post.world, user, email=f"orang{number}@desa.example")
        await tell(post.world, user, urgent=True)


@pytest.mark.parametrize("answer", STRANGE)
async def test_a_mail_servers_words_are_kept_as_far_as_they_can_be(post: Post, answer: str) -> None:
    said, kept = STRANGE[answer]
    await many(post, 6)

    def answered(letter: bytes) -> bytes:
        return said if b"To: orang0@" in letter else b"250 2.0.0 queued\r\n"

    async with blunt_mail_server(answered) as (port, letters), outbound() as http:
        config = post.config.model_copy(update={"smtp_port": port})
        post.courier = Courier(channels(config, http))
        assert await post.round("email") == 6
        assert await post.round("email") == 0
    assert {subset(row, "state", "tries") for row in await deliveries(post.world)} == {("terkirim", 1)}
    assert [row["provider_id"] for row in await deliveries(post.world)] == [kept, *["2.0.0 queued"] * 5]
    assert len(letters) == 6


async def test_what_cannot_be_noted_is_that_messages_alone_and_ends(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    await post.world.policy({"pemberitahuan.kirim": {"pindah": 2, "menyerah": 3, "jeda_awal_s": 1, "jeda_paling_s": 1}})
    await many(post, 6)
    bad = (await deliveries(post.world))[0]["id"]
    note_sent = commands.note_sent

    async def failing(conn: Conn, delivery: int, lease: UUID, provider: str | None) -> bool:
        if delivery == bad:
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "a fault of ours")
        return await note_sent(conn, delivery, lease, provider)

    monkeypatch.setattr(commands, "note_sent", failing)
    claimed = [await post.round("email") for _ in range(6)]
    assert claimed == [6, 1, 1, 0, 0, 0]
    states = Counter(row["state"] for row in await deliveries(post.world))
    assert states == {"terkirim": 5, "mati": 1}
    [dead] = await deliveries(post.world, state="mati")
    assert subset(dead, "id", "tries", "lease") == (bad, 3, None)
    assert "never noted" in dead["last_error"]
    assert len(post.mail.letters) == 5 + 3


@pytest.mark.parametrize("name", ["\ud800\x00", 10**30, {"x": 1}, None])
async def test_telegrams_name_of_a_message_is_kept_whatever_it_is(post: Post, name: Any) -> None:
    await post.told(telegram="77")
    post.telegram.replies.append(Reply(200, json.dumps({"ok": True, "result": {"message_id": name}}).encode()))
    await post.round("telegram")
    assert (await post.state())[1] == "terkirim"


@pytest.mark.parametrize("wait", ["1e300", "Infinity"])
async def test_patience_asked_for_ever_is_a_day(post: Post, wait: str) -> None:
    await post.told(telegram="77")
    body = f'{{"ok": false, "error_code": 429, "description": "\\u0000", "parameters": {{"retry_after": {wait}}}}}'
    post.telegram.replies.append(Reply(429, body.encode()))
    await post.round("telegram")
    [row] = await deliveries(post.world)
    assert 86_000 < (row["next_try"] - await post.world.now()).total_seconds() <= 86_400
