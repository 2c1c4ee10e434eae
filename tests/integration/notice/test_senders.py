"""Senders that die and senders that meet: nothing is lost, and what is known to be accepted is not sent again."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

from models.database import connect
from models.install import role_dsn
from tests.integration.notice.kit import deliveries, tell
from tests.integration.notice.peers import Reply
from tests.integration.notice.post import Post

SENDER = """
import asyncio, sys
from models.database import connect
from models.settings import Settings
from notifications.delivery import Courier, channels, outbound

async def main() -> None:
    conn = await connect(sys.argv[1])
    async with outbound() as http:
        await Courier(channels(Settings(_env_file=None, webhook_private=True), http)).deliver(conn, "webhook")

asyncio.run(main())
"""


async def test_a_sender_killed_between_acceptance_and_note_loses_nothing(post: Post) -> None:
    """Two messages: the first is accepted and noted, at the second the sender dies. Only that one is sent again."""
    user = await post.told(webhook=f"{post.web.url}/x")
    await tell(post.world, user, "k2", urgent=True)
    second = asyncio.Event()

    def on_asked(asked: Any) -> None:
        if len(post.web.asked) == 2:
            second.set()

    post.web.on_asked = on_asked
    post.web.replies += [Reply(), Reply(slow_s=30)]
    dsn = role_dsn(post.world.admin_dsn, "alur_worker")
    sender = await asyncio.create_subprocess_exec(sys.executable, "-c", SENDER, dsn)
    await asyncio.wait_for(second.wait(), 60)
    for _ in range(100):
        if len(await deliveries(post.world, state="terkirim")) == 1:
            break
        await asyncio.sleep(0.1)
    sender.kill()
    await sender.wait()
    [unknown] = await deliveries(post.world, state="antre")
    assert await post.courier.deliver(post.world.worker, "webhook") == 0, "the dead sender's claim has not ended"
    assert await post.round("webhook") == 1
    assert len(await deliveries(post.world, state="terkirim")) == 2
    keys = [asked.headers["alur-id"] for asked in post.web.asked]
    assert len(keys) == 3
    assert sorted(set(keys)) == sorted(f"alur-{row['id']}" for row in await deliveries(post.world))
    assert keys.count(f"alur-{unknown['id']}") == 2


async def test_two_senders_share_the_work_and_send_everything_once(post: Post) -> None:
    user = await post.told(webhook=f"{post.web.url}/x")
    for number in range(60):
        await tell(post.world, user, f"n{number}", urgent=True)

    async def sender() -> int:
        conn = await connect(role_dsn(post.world.admin_dsn, "alur_worker"))
        try:
            return await post.courier.deliver_all(conn)
        finally:
            await conn.close()

    counts = await asyncio.gather(*(sender() for _ in range(3)))
    assert sum(counts) == 61
    assert sum(1 for count in counts if count) > 1
    keys = [asked.headers["alur-id"] for asked in post.web.asked]
    assert len(keys) == len(set(keys)) == 61
