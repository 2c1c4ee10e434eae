"""Messages leave the house and arrive, whatever the other side does: real servers on loopback, real protocols."""

from __future__ import annotations

import email
import email.policy
import hashlib
import hmac
import time
from email.message import EmailMessage

import pytest

from models.database import acting
from models.notice import queries
from models.settings import Settings
from notifications.channels.webhook import signature
from notifications.delivery import Courier, channels, outbound
from tests.integration.notice.kit import deliveries, notices, reach, reader, subset, tell, wish
from tests.integration.notice.peers import TOKEN, Reply, refusal
from tests.integration.notice.post import Post
from tests.support.world import World


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
    assert "https://alur.example/kasus/41873" in text.get_content()
    assert '<a href="https://alur.example/kasus/41873">' in html.get_content()
    assert subset(row, "state", "provider_id") == ("terkirim", "2.0.0 queued as A1")
    assert await post.round() == 0


async def test_telegram_gets_the_text_in_the_readers_language(post: Post) -> None:
    user = await post.told(telegram="77")
    await wish(post.world, user, language="en")
    assert await post.round() == 1
    [sent] = post.telegram.sent
    assert (sent["chat_id"], sent["link_preview_options"]) == (77, {"is_disabled": True})
    assert sent["text"].startswith("Proposal USL-2026-0041873: returned\n\n")
    assert sent["text"].endswith("See https://alur.example/kasus/41873")
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
