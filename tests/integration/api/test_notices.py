"""Notices over HTTP: one's inbox, one's wishes, Telegram's code, dead letters, previews."""

from __future__ import annotations

from typing import Any

import pytest

from models.notice import commands
from notifications.kinds import KINDS
from tests.integration.api.kit import Caller, Place, done, problem
from tests.integration.notice.kit import hear, reach, tell
from tests.integration.notice.test_fates import ARRIVED

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def inbox(caller: Caller, **params: Any) -> dict[str, Any]:
    told: dict[str, Any] = done(await caller.get("/notices", **params))
    return told


class TestInbox:
    async def test_whoever_proposed_hears_what_others_did_with_it(self, place: Place) -> None:
        operator, kecamatan = await place.person("operator_desa"), await place.person("operator_kecamatan")
        [case] = await place.stand(ARRIVED, actors={"U01": operator.user})
        await hear(place.world)
        before = (await inbox(operator))["unread"]
        done(await kecamatan.move(case, "usulan.kembalikan_kecamatan", reason="BERKAS_KURANG", note="KK buram"), 201)
        await hear(place.world)
        page = await inbox(operator)
        told = page["notices"][0]
        assert page["unread"] == before + 1
        assert (told["case"], told["state"], told["kind"]) == (case, "dikembalikan", "dikembalikan")
        assert told["numbers"] == [told["number"]]
        assert told["urgent"]
        assert "Berkas belum lengkap" in told["text"]
        english = done(await operator.ask("GET", "/notices", headers={"Accept-Language": "en-GB"}))["notices"][0]
        assert english["subject"] != told["subject"]
        assert (await inbox(operator, since="2999-01-01"))["notices"] == []
        assert (await inbox(kecamatan))["notices"] == []

    async def test_pages_follow_each_other_and_end(self, place: Place) -> None:
        operator = await place.person("operator_desa")
        for number in range(7):
            await tell(place.world, operator.user, f"n{number}")
        seen: list[int] = []
        params: dict[str, Any] = {"limit": 3}
        while True:
            page = await inbox(operator, **params)
            seen += [row["id"] for row in page["notices"]]
            if page["next"] is None:
                break
            params["before"] = page["next"]
        assert len(seen) == 7
        assert seen == sorted(set(seen), reverse=True)

    async def test_reading_is_ones_own_and_may_be_repeated(self, place: Place) -> None:
        operator, kades = await place.person("operator_desa"), await place.person("kades")
        await tell(place.world, operator.user)
        [row] = (await inbox(operator))["notices"]
        problem(await kades.post(f"/notices/{row['id']}/read", None), 404, "pemberitahuan_tidak_ditemukan")
        for _ in range(2):
            assert done(await operator.post(f"/notices/{row['id']}/read", None)) == {"id": row["id"], "read": True}
        page = await inbox(operator)
        assert (page["unread"], page["notices"][0]["read_at"] is None) == (0, False)
        assert (await inbox(operator, unread=True))["notices"] == []

    async def test_a_message_of_a_newer_release_does_not_hide_the_others(self, place: Place) -> None:
        operator = await place.person("operator_desa")
        await tell(place.world, operator.user, "a", kind="dari_masa_depan")
        await tell(place.world, operator.user, "b")
        assert [row["subject"] for row in (await inbox(operator))["notices"]] == [
            "Usulan USL-2026-0041873 dikembalikan",
            "dari_masa_depan",
        ]


class TestWishes:
    async def test_policy_is_told_until_one_chooses(self, place: Place) -> None:
        operator = await place.person("operator_desa")
        told = done(await operator.get("/notices/preferences"))
        assert told["channels"] == ["telegram", "email", "sms", "webhook", "kantor"]
        assert (told["language"], told["digest"], told["quiet_from"], told["quiet_to"]) == ("id", "langsung", 21, 6)
        assert told["addresses"] == []
        wanted = {
            "channels": ["email", "telegram"],
            "language": "en",
            "digest": "harian",
            "quiet_from": 20,
            "quiet_to": 5,
            "addresses": {"email": "operator@desa.example", "sms": "+628120000001"},
        }
        assert done(await operator.ask("PUT", "/notices/preferences", json=wanted))["webhook_secret"] is None
        told = done(await operator.get("/notices/preferences"))
        assert {name: told[name] for name in wanted if name != "addresses"} == {
            name: value for name, value in wanted.items() if name != "addresses"
        }
        assert {row["channel"]: row["address"] for row in told["addresses"]} == wanted["addresses"]
        await tell(place.world, operator.user)
        assert (await inbox(operator))["notices"][0]["subject"].startswith("Proposal")
        done(await operator.ask("PUT", "/notices/preferences", json={"addresses": {"sms": None}}))
        told = done(await operator.get("/notices/preferences"))
        assert (told["digest"], [row["channel"] for row in told["addresses"]]) == ("langsung", ["email"])

    async def test_a_webhooks_key_is_shown_once(self, place: Place) -> None:
        operator = await place.person("operator_desa")
        wanted = {"addresses": {"webhook": "https://kantor.example/alur"}}
        secret = done(await operator.ask("PUT", "/notices/preferences", json=wanted))["webhook_secret"]
        assert len(secret) == 64
        assert done(await operator.ask("PUT", "/notices/preferences", json=wanted))["webhook_secret"] is None
        assert secret not in (await operator.get("/notices/preferences")).text
        changed = {"addresses": {"webhook": "https://kantor.example/lain"}}
        again = done(await operator.ask("PUT", "/notices/preferences", json=changed))["webhook_secret"]
        assert again not in {None, secret}

    @pytest.mark.parametrize(
        "wanted",
        [
            {"channels": ["burung"]},
            {"digest": "mingguan"},
            {"quiet_from": 21},
            {"quiet_from": 24, "quiet_to": 1},
            {"language": "jv"},
            {"addresses": {"telegram": 77}},
            {"addresses": {"email": "a@b.example\r\nBcc: x@y.example"}},
            {"addresses": {"email": "a b@c.example"}},
            {"addresses": {"sms": "08120000001"}},
            {"addresses": {"webhook": "ftp://a.example"}},
            {"addresses": {"kantor": "json://127.0.0.1/"}},
            {"addresses": {"fax": "1"}},
        ],
    )
    async def test_what_cannot_be_is_said(self, home: Place, wanted: dict[str, Any]) -> None:
        operator = await home.person("operator_desa")
        problem(await operator.ask("PUT", "/notices/preferences", json=wanted), 422, "isian_salah")

    async def test_telegram_is_connected_by_a_code(self, place: Place) -> None:
        operator = await place.person("operator_desa")
        made = done(await operator.post("/notices/telegram-link", None), 201)
        assert made["url"] is None, "the operator named no bot"
        command, code = made["command"].split()
        assert (command, len(code)) == ("/start", 32)
        assert await commands.use_link(place.world.worker, code, 77) == "id"
        [address] = done(await operator.get("/notices/preferences"))["addresses"]
        assert (address["channel"], address["address"]) == ("telegram", "77")


class TestDeadLetters:
    async def test_administrators_see_and_resend(self, place: Place) -> None:
        operator, admin = await place.person("operator_desa"), await place.person("admin_kab")
        await reach(place.world, operator.user, email="a@b.example")
        await tell(place.world, operator.user, urgent=True)
        number = await place.value("SELECT max(id) FROM notice_delivery WHERE user_id = %s", operator.user)
        await place.world.admin.execute(
            "UPDATE notice_delivery SET state = 'mati', last_error = '550', done_at = now() WHERE id = %s", (number,)
        )
        [row] = done(await admin.get("/notices/dead"))["dead"]
        assert (row["id"], row["username"], row["error"]) == (number, operator.name, "550")
        problem(await operator.get("/notices/dead"), 403, "di_luar_wilayah_kerja")
        problem(await operator.post("/notices/dead/resend", {"ids": [number]}), 403, "di_luar_wilayah_kerja")
        assert done(await admin.post("/notices/dead/resend", {"ids": [number]})) == {"resent": [number]}
        assert done(await admin.get("/notices/dead")) == {"dead": [], "next": None}


class TestPreviews:
    @pytest.mark.parametrize("kind", KINDS)
    async def test_every_message_can_be_seen_before_it_is_sent(self, home: Place, kind: str) -> None:
        caller = await home.person("operator_desa")
        for language in ("id", "en"):
            told = done(await caller.get(f"/notices/preview/{kind}", language=language))
            assert told["inbox"]["subject"] == told["email"]["subject"]
            assert "<html" in told["email"]["html"]
            assert told["sms"]

    async def test_there_is_none_of_what_there_is_not(self, home: Place) -> None:
        caller = await home.person("operator_desa")
        problem(await caller.get("/notices/preview/tidak_ada"), 404, "pesan_tidak_dikenal")
        problem(await caller.get("/notices/preview/anomali", language="jv"), 422, "isian_salah")
