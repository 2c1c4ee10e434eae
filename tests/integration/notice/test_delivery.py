"""Messages leave the house and arrive, whatever the other side does: real servers on loopback, real protocols."""

from __future__ import annotations

import asyncio
import email
import email.policy
import hashlib
import hmac
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest
from telegram import Bot
from telegram.error import BadRequest, Forbidden, RetryAfter

from flows.kabar import listen_once
from models.database import acting, connect
from models.install import role_dsn
from models.notice import commands, queries
from models.settings import Settings
from notifications.channels import telegram as telegram_channel
from notifications.channels.webhook import AddressRefused, public, reachable, signature
from notifications.delivery import Courier, channels, outbound
from tests.integration.notice.kit import deliveries, make_due, notices, reach, reader, subset, tell, wish
from tests.integration.notice.peers import TOKEN, BotApi, MailBox, Reply, Web, bot_api, mail_server, refusal, web
from tests.support.world import World


@dataclass
class Post:
    """The world's couriers, and everybody they talk to."""

    world: World
    courier: Courier
    telegram: BotApi
    mail: MailBox
    web: Web
    bot: telegram_channel.Telegram
    config: Settings

    async def round(self, channel: str | None = None) -> int:
        """Let everything be due, and send it once."""
        await make_due(self.world)
        if channel:
            return await self.courier.deliver(self.world.worker, channel)
        return await self.courier.deliver_all(self.world.worker)

    async def told(self, **addresses: str) -> int:
        """Tell somebody something urgent who is reached by these channels; returns his account."""
        user = await reader(self.world)
        await reach(self.world, user, **addresses)
        await tell(self.world, user, urgent=True)
        return user

    async def state(self) -> tuple[Any, ...]:
        """Return channel, state and last error of the one delivery."""
        [row] = await deliveries(self.world)
        return subset(row, "channel", "state", "last_error")


@asynccontextmanager
async def posting(world: World, **more: Any) -> AsyncIterator[Post]:
    async with bot_api() as telegram, mail_server() as mail, web() as site, outbound() as http:
        config = Settings(
            _env_file=None,
            public_url="https://alur.example",
            telegram_token=TOKEN,
            telegram_url=telegram.url,
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_tls="none",
            smtp_from="Alur <kabar@alur.example>",
            sms_url=f"{site.url}/sms",
            sms_secret="kunci-sms",
            office_channels={"dinsos": f"json://127.0.0.1:{site.port}/kantor"},
            **{"webhook_private": True, **more},
        )
        ways = channels(config, http)
        bot = ways["telegram"]
        assert isinstance(bot, telegram_channel.Telegram)
        yield Post(world, Courier(ways, base_url=config.public_url), telegram, mail, site, bot, config)


@pytest.fixture
async def post(world: World) -> AsyncIterator[Post]:
    async with posting(world) as made:
        yield made


def letter(raw: bytes) -> EmailMessage:
    read = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    return read


# -- what arrives -----------------------------------------------------------------------------------------------------


async def test_a_mail_arrives_as_text_and_html_under_its_own_id(post: Post) -> None:
    await post.told(email="operator@desa.example")
    assert await post.round() == 1
    [raw] = post.mail.letters
    mail = letter(raw)
    [row] = await deliveries(post.world)
    assert mail["Message-ID"] == f"<alur-{row['id']}@alur.example>"
    assert (mail["To"], mail["Auto-Submitted"]) == ("operator@desa.example", "auto-generated")
    assert mail["Subject"] == "Usulan USL-2026-0041873 dikembalikan"
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert "https://alur.example/api/v1/cases/41873" in text.get_content()
    assert '<a href="https://alur.example/api/v1/cases/41873">' in html.get_content()
    assert subset(row, "state", "provider_id") == ("terkirim", "2.0.0 queued as A1")
    assert await post.round() == 0


async def test_telegram_gets_the_text_in_the_readers_language(post: Post) -> None:
    user = await post.told(telegram="77")
    await wish(post.world, user, language="en")
    assert await post.round() == 1
    [sent] = post.telegram.sent
    assert (sent["chat_id"], sent["link_preview_options"]) == (77, {"is_disabled": True})
    assert sent["text"].startswith("Proposal USL-2026-0041873: returned\n\n")
    assert sent["text"].endswith("See https://alur.example/api/v1/cases/41873")
    [row] = await deliveries(post.world)
    assert subset(row, "state", "provider_id") == ("terkirim", "1")


async def test_a_webhook_is_signed_over_time_and_body(post: Post) -> None:
    await post.told(webhook=f"{post.web.url}/terima?x=1")
    assert await post.round() == 1
    [asked] = post.web.asked
    assert (asked.method, asked.path) == ("POST", "/terima?x=1")
    timestamp = int(asked.headers["alur-timestamp"])
    assert abs(timestamp - time.time()) < 30
    by_hand = hmac.new(b"kunci", f"{timestamp}.".encode() + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["alur-signature"] == f"v1={by_hand}"
    assert asked.headers["alur-signature"] != signature("lain", timestamp, asked.body)
    [row] = await deliveries(post.world)
    assert asked.headers["idempotency-key"] == asked.headers["alur-id"] == f"alur-{row['id']}" == asked.json["id"]
    assert asked.headers["host"] == f"127.0.0.1:{post.web.port}"
    assert asked.json["kind"] == "dikembalikan"
    assert asked.json["data"]["numbers"] == ["USL-2026-0041873"]


async def test_an_sms_goes_to_the_gateway_as_one_short_text(post: Post) -> None:
    await post.told(sms="+628120000001")
    assert await post.round() == 1
    [asked] = post.web.asked
    assert asked.path == "/sms"
    assert asked.json["to"] == "+628120000001"
    assert asked.json["text"].startswith("Usulan USL-2026-0041873 di Sadu dikembalikan")
    timestamp = int(asked.headers["alur-timestamp"])
    assert asked.headers["alur-signature"] == signature("kunci-sms", timestamp, asked.body)


@pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")
async def test_an_offices_own_channel_is_named_and_its_address_is_the_operators(post: Post) -> None:
    await post.told(kantor="dinsos")
    assert await post.round() == 1
    [asked] = post.web.asked
    assert asked.path == "/kantor"
    assert asked.json["title"] == "Usulan USL-2026-0041873 dikembalikan"
    assert (await post.state())[1] == "terkirim"


async def test_an_office_that_is_not_set_up_is_no_way_out(post: Post) -> None:
    await post.told(kantor=f"json://127.0.0.1:{post.web.port}/dalam")
    await post.round()
    assert post.web.asked == []
    assert "ALUR_OFFICE_CHANNELS" in (await post.state())[2]


async def test_a_day_is_one_message(post: Post) -> None:
    user = await reader(post.world)
    await reach(post.world, user, email="a@b.example")
    await wish(post.world, user, digest="harian")
    for number in range(3):
        await tell(post.world, user, f"k{number}", numbers=[f"USL-2026-000000{number}"])
    assert await post.round() == 1
    [raw] = post.mail.letters
    body = letter(raw).get_body(("plain",))
    assert body is not None
    assert letter(raw)["Subject"] == "3 pemberitahuan hari ini"
    assert [f"USL-2026-000000{n}" in body.get_content() for n in range(3)] == [True] * 3


# -- the other side fails ---------------------------------------------------------------------------------------------

SETTLED: dict[str, tuple[Reply, str, str]] = {
    "500": (Reply(500), "gagal", "HTTP 500"),
    "cut": (Reply(cut=True), "gagal", "RemoteProtocolError"),
    "redirect": (Reply(302, headers={"location": "http://127.0.0.1:1/"}), "mati", "HTTP 302"),
    "404": (Reply(404), "mati", "HTTP 404"),
    "429": (Reply(429, headers={"retry-after": "77"}), "antre", "HTTP 429"),
    "503 with patience": (Reply(503, headers={"retry-after": "77"}), "antre", "HTTP 503"),
    "503": (Reply(503), "gagal", "HTTP 503"),
    "410": (Reply(410), "mati", "HTTP 410"),
}


@pytest.mark.parametrize("fault", SETTLED)
async def test_a_webhook_that_fails(post: Post, fault: str) -> None:
    reply, state, error = SETTLED[fault]
    user = await post.told(webhook=f"{post.web.url}/x")
    post.web.replies.append(reply)
    assert await post.round("webhook") == 1
    assert await post.state() == ("webhook", state, error)
    assert len(post.web.asked) == 1
    told = [row["kind"] for row in await notices(post.world, user)]
    assert ("saluran_putus" in told) is (fault == "410")
    if state in {"gagal", "antre"}:
        [row] = await deliveries(post.world)
        assert (row["tries"] == 0) is (state == "antre"), "patience is no failed try"
        assert await post.round("webhook") == 1
        assert (await post.state())[1] == "terkirim"
        assert len({asked.headers["alur-id"] for asked in post.web.asked}) == 1


BOT: dict[str, tuple[Reply, str, str]] = {
    "500": (Reply(500, b"oops"), "gagal", "HTTP 500, bukan JSON / not JSON"),
    "strange": (Reply(200, b'["ok"]'), "gagal", "HTTP 200, jawaban asing / strange answer"),
    "lying": (Reply(200, b'{"ok": false, "error_code": 500, "description": "Internal"}'), "gagal", "500 Internal"),
    "cut": (Reply(cut=True), "gagal", "RemoteProtocolError"),
    "too many": (refusal(429, "Too Many Requests: retry after 88", retry_after=88), "antre", "429 Too Many"),
    "bad request": (refusal(400, "Bad Request: message is too long"), "mati", "400 Bad Request"),
    "wrong token": (refusal(401, "Unauthorized"), "gagal", "401 Unauthorized"),
}


@pytest.mark.parametrize("fault", BOT)
async def test_telegram_that_fails(post: Post, fault: str) -> None:
    reply, state, error = BOT[fault]
    await post.told(telegram="77")
    post.telegram.replies.append(reply)
    assert await post.round("telegram") == 1
    channel, now, said = await post.state()
    assert (channel, now) == ("telegram", state)
    assert said.startswith(error)
    assert TOKEN not in said
    [row] = await deliveries(post.world)
    if fault == "too many":
        assert 86 < (row["next_try"] - await post.world.now()).total_seconds() <= 88


async def test_whoever_blocks_the_bot_is_reached_by_his_next_channel_and_told_so(post: Post) -> None:
    user = await post.told(telegram="77", email="a@b.example")
    post.telegram.blocked.add(77)
    await post.round()
    assert await post.round() == 2, "the notice, and the news that Telegram turned him away"
    subjects = {letter(raw)["Subject"] for raw in post.mail.letters}
    assert subjects == {"Usulan USL-2026-0041873 dikembalikan", "Pemberitahuan lewat Telegram berhenti"}
    async with acting(post.world.api, await post.world.session("pembaca", "operator_desa")) as conn:
        [address] = [row for row in (await queries.wishes(conn))["addresses"] if row["channel"] == "telegram"]
    assert address["blocked_why"] == "403 Forbidden: bot was blocked by the user"
    await tell(post.world, user, "again", urgent=True)
    assert [row["channel"] for row in await deliveries(post.world)] == ["email"] * 3


MAIL = {
    "451": ("451 try again later", "gagal", "451 try again later"),
    "554": ("554 content refused", "gagal", "554 content refused"),
    "cut": ("cut", "gagal", "SMTPServerDisconnected"),
}


@pytest.mark.parametrize("fault", MAIL)
async def test_a_mail_server_that_fails(post: Post, fault: str) -> None:
    reply, state, error = MAIL[fault]
    await post.told(email="a@b.example")
    post.mail.replies.append(reply)
    await post.round("email")
    assert await post.state() == ("email", state, error)
    await post.round("email")
    assert (await post.state())[1] == "terkirim"
    ids = {letter(raw)["Message-ID"] for raw in post.mail.letters}
    assert len(ids) == 1, "whoever got it twice can tell"


async def test_an_unknown_box_closes_the_channel_and_its_address_is_not_kept_in_the_error(post: Post) -> None:
    user = await post.told(email="salah@b.example")
    post.mail.unknown.add("salah@b.example")
    await post.round("email")
    channel, state, error = await post.state()
    assert (channel, state) == ("email", "mati")
    assert error.startswith("550")
    assert "salah" not in error
    assert [row["kind"] for row in await notices(post.world, user)] == ["dikembalikan", "saluran_putus"]


async def test_nobody_home(world: World) -> None:
    async with outbound() as http:
        config = Settings(
            _env_file=None,
            telegram_token=TOKEN,
            telegram_url="http://127.0.0.1:1",
            smtp_host="127.0.0.1",
            smtp_port=1,
            smtp_tls="none",
            webhook_private=True,
        )
        courier = Courier(channels(config, http))
        for name, address in (("telegram", "7"), ("email", "a@b.example"), ("webhook", "http://127.0.0.1:1/")):
            user = await reader(world, name)
            await reach(world, user, **{name: address})
            await tell(world, user, urgent=True)
        assert await courier.deliver_all(world.worker) == 3
    assert {row["channel"]: row["state"] for row in await deliveries(world)} == {
        "telegram": "gagal",
        "email": "gagal",
        "webhook": "gagal",
    }


async def test_a_slow_peer_is_given_up_and_holds_nobody(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notifications.delivery.SEND_S", 0.5)
    post.web.replies += [Reply(slow_s=5), Reply()]
    for name in ("lambat", "cepat"):
        user = await reader(post.world, name)
        await reach(post.world, user, webhook=f"{post.web.url}/{name}", email=f"{name}@b.example")
        await wish(post.world, user, channels=["webhook"])
        await tell(post.world, user, urgent=True)
    begun = time.monotonic()
    await post.round("webhook")
    assert time.monotonic() - begun < 3
    assert sorted(row["state"] for row in await deliveries(post.world)) == ["gagal", "terkirim"]


async def test_one_broken_channel_or_message_never_stops_the_others(post: Post) -> None:
    for number, kind in enumerate(("dikembalikan", "tidak_ada", "anomali", "mingguan")):
        user = await reader(post.world, f"orang{number}")
        await reach(post.world, user, email=f"{number}@b.example")
        await tell(post.world, user, kind=kind, urgent=True)
    broken = await reader(post.world, "rusak")
    await reach(post.world, broken, telegram="bukan angka")
    await tell(post.world, broken, urgent=True)
    assert await post.round() == 5
    states = [subset(row, "channel", "state", "last_error") for row in await deliveries(post.world)]
    assert states == [
        ("email", "terkirim", None),
        ("email", "mati", "templat / template: KeyError"),
        ("email", "terkirim", None),
        ("email", "mati", "templat / template: KeyError"),
        ("telegram", "gagal", "ValueError"),
    ]


async def test_patience_asked_of_one_is_given_by_all(post: Post) -> None:
    for number in range(8):
        user = await reader(post.world, f"orang{number}")
        await reach(post.world, user, telegram=str(100 + number))
        await tell(post.world, user, urgent=True)
    post.telegram.replies += [refusal(429, "Too Many Requests", retry_after=60)] * 8
    await post.round("telegram")
    assert 3 <= len(post.telegram.replies) <= 7, "those under way at that moment were refused, the others not asked"
    assert {subset(row, "state", "tries") for row in await deliveries(post.world)} == {("antre", 0)}
    assert await post.courier.deliver(post.world.worker, "telegram") == 0


# -- senders that die, senders that meet ------------------------------------------------------------------------------

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
    sender: list[subprocess.Popen[bytes]] = []
    second = asyncio.Event()

    def on_asked(asked: Any) -> None:
        if len(post.web.asked) == 2:
            second.set()

    post.web.on_asked = on_asked
    post.web.replies += [Reply(), Reply(slow_s=30)]
    dsn = role_dsn(post.world.admin_dsn, "alur_worker")
    sender.append(subprocess.Popen([sys.executable, "-c", textwrap.dedent(SENDER), dsn], env=dict(os.environ)))
    await asyncio.wait_for(second.wait(), 60)
    for _ in range(100):
        if len(await deliveries(post.world, state="terkirim")) == 1:
            break
        await asyncio.sleep(0.1)
    sender[0].send_signal(signal.SIGKILL)
    sender[0].wait(10)
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


# -- where webhooks may go --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https://127.0.0.1/x", "public"),
        ("https://localhost/x", "public"),
        ("https://10.0.0.8/x", "public"),
        ("https://169.254.169.254/latest/meta-data", "public"),
        ("https://[::1]/x", "public"),
        ("https://[::ffff:127.0.0.1]/x", "public"),
        ("https://0.0.0.0/x", "public"),
        ("https://100.64.0.1/x", "public"),
        ("https://2130706433/x", "public"),
        ("http://93.184.216.34/x", "https"),
        ("ftp://93.184.216.34/x", "https"),
        ("https:///x", "https"),
        ("https://tidak-ada.invalid/x", "no such host"),
    ],
)
async def test_addresses_inside_are_refused(url: str, why: str) -> None:
    with pytest.raises(AddressRefused, match=why):
        await reachable(url, private=False)


async def test_a_webhook_inside_is_never_called(world: World) -> None:
    async with posting(world, webhook_private=False) as post:
        await post.told(webhook=f"{post.web.url}/x")
        await post.round("webhook")
        assert post.web.asked == []
        assert (await post.state())[1] == "gagal"


async def test_public_addresses_are_not() -> None:
    assert await reachable("https://93.184.216.34:8443/x", private=False) == "93.184.216.34"
    assert public("2606:4700::1111")
    assert not public("64:ff9b::7f00:1"), "a translated address of this machine"
    assert not public("2002:7f00:1::")


# -- the stub is what Telegram's own clients expect -------------------------------------------------------------------


@pytest.fixture
async def client(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Bot, BotApi]]:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")
    async with bot_api() as api:
        async with Bot(TOKEN, base_url=f"{api.url}/bot") as bot:
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
    with pytest.raises(BadRequest, match="(?i)chat not found"):
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
