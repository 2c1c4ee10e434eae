"""One step for many cases: previewed, told for each, done once; and when it is long, how far it has come."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

import pytest

from api.console.pages import decision
from models.errors import OutOfScope
from tests.integration.api.kit import Place
from tests.integration.api.test_console import ARRIVED, browsers

pytestmark = pytest.mark.asyncio(loop_scope="session")

__all__ = ["browsers"]

RETURNED = {"alasan": "BERKAS_KURANG", "catatan": "KTP buram"}
"""What returning a proposal asks for."""


async def moves(place: Place, case: int) -> int:
    """Return how often a case has moved."""
    told = await place.value("SELECT count(*) FROM transition WHERE case_id = %s", case)
    return int(told)


class TestDecision:
    async def test_previews_then_tells_each_outcome_and_hands_out_the_refused(
        self, browsers: Any, place: Place
    ) -> None:
        good = await place.stand(ARRIVED, count=7)
        [elsewhere] = await place.stand("U01 U02")
        browser = browsers(await place.person("verifikator_kab"))
        queue = await browser.open(f"/antrean?mesin=usulan&wilayah={place.village}")
        assert all(f'value="{case}"' in queue for case in good)
        trigger = "usulan.kembalikan"
        page = await browser.send("/antrean/pratinjau", queue, kasus=[*good, elsewhere], langkah=trigger)
        assert page.status_code == 200
        assert "<b>7</b> dari 8 kasus dapat maju." in page.text
        told = await browser.send("/antrean/jalankan", unescape(page.text), **RETURNED)
        assert told.status_code == 303
        again = await browser.send("/antrean/jalankan", unescape(page.text), **RETURNED)
        assert again.headers["location"] == told.headers["location"]
        outcome = await browser.open(told.headers["location"])
        assert "<b>7</b> maju" in outcome
        assert "<b>1</b> ditolak" in outcome
        csv = (await browser.http.get(f"{told.headers['location']}/ditolak.csv")).text
        assert len(csv.splitlines()) == 2
        assert csv.splitlines()[1].startswith(str(elsewhere))
        assert {await moves(place, case) for case in good} == {len(ARRIVED.split()) + 1}

    async def test_takes_all_that_match(self, browsers: Any, place: Place) -> None:
        good = await place.stand(ARRIVED, count=3)
        browser = browsers(await place.person("verifikator_kab"))
        queue = await browser.open(f"/antrean?mesin=usulan&wilayah={place.village}")
        page = await browser.send("/antrean/pratinjau", queue, semua="1", langkah="usulan.kembalikan")
        assert "<b>3</b> dari 3 kasus dapat maju." in page.text
        assert not any(f'value="{case}"' in page.text for case in good), "the cases stay on the server"
        told = await browser.send("/antrean/jalankan", unescape(page.text), **RETURNED)
        assert "<b>3</b> maju" in await browser.open(told.headers["location"])
        assert {await moves(place, case) for case in good} == {len(ARRIVED.split()) + 1}

    async def test_a_decision_that_nobody_previewed_moves_nothing(self, browsers: Any, place: Place) -> None:
        good = await place.stand(ARRIVED, count=1)
        browser = browsers(await place.person("verifikator_kab"))
        queue = await browser.open("/antrean?mesin=usulan")
        fields = {"kunci": "0" * 32, "kasus": good, "langkah": "usulan.kembalikan"}
        mark = re.search(r'name="tanda" value="([^"]+)"', queue)
        assert mark
        told = await browser.http.post("/antrean/jalankan", data={**fields, **RETURNED, "tanda": mark[1]})
        assert told.status_code == 422
        assert "Belum ada yang dipilih" in told.text
        assert await moves(place, good[0]) == len(ARRIVED.split())

    async def test_the_refused_are_named_as_people_name_them(self, browsers: Any, place: Place) -> None:
        [other] = await place.stand("U01 U02")
        browser = browsers(await place.person("verifikator_kab"))
        queue = await browser.open("/antrean?mesin=usulan&status=cek_data")
        page = await browser.send("/antrean/pratinjau", queue, kasus=[other], langkah="usulan.kembalikan")
        told = await browser.send("/antrean/jalankan", unescape(page.text), **RETURNED)
        number = f"USL-{datetime.now(UTC).year}-{other:07d}"
        assert f'<a href="/kasus/{other}">{number}</a>' in await browser.open(told.headers["location"])
        csv = (await browser.http.get(f"{told.headers['location']}/ditolak.csv")).text
        assert csv.splitlines()[1].startswith(f"{other},{number},")

    async def test_an_outcome_is_its_maker_s(self, browsers: Any, place: Place) -> None:
        good = await place.stand(ARRIVED, count=2)
        browser = browsers(await place.person("verifikator_kab"))
        queue = await browser.open("/antrean?mesin=usulan")
        page = await browser.send("/antrean/pratinjau", queue, kasus=good, langkah="usulan.kembalikan")
        told = await browser.send("/antrean/jalankan", unescape(page.text), **RETURNED)
        other = browsers(await place.person("verifikator_kab", "lain"))
        assert (await other.http.get(told.headers["location"])).status_code == 404


class TestLongDecision:
    """What takes longer than a moment shows how far it is, and goes on from there however often it is sent."""

    @pytest.fixture(autouse=True)
    def parts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make parts of two cases, and a page after each."""
        monkeypatch.setattr(decision, "_PART", 2)
        monkeypatch.setattr(decision, "_TURN_S", 0.0)

    async def begun(self, browser: Any, place: Place) -> tuple[str, str]:
        """Confirm a decision about all that wait in the village; return the preview and the first answer."""
        queue = await browser.open(f"/antrean?mesin=usulan&wilayah={place.village}")
        page = await browser.send("/antrean/pratinjau", queue, semua="1", langkah="usulan.kembalikan")
        told = await browser.send("/antrean/jalankan", unescape(page.text), **RETURNED)
        assert told.status_code == 200
        return unescape(page.text), unescape(told.text)

    async def test_shows_how_far_it_is_and_ends_with_an_outcome_for_each(self, browsers: Any, place: Place) -> None:
        good = await place.stand(ARRIVED, count=5)
        browser = browsers(await place.person("verifikator_kab"))
        page, first = await self.begun(browser, place)
        assert '<progress id="maju" max="5" value="2">' in first
        assert "3 kasus belum disentuh." in first
        assert sum([await moves(place, case) for case in good]) == 5 * len(ARRIVED.split()) + 2
        second = await browser.send("/antrean/jalankan", first)
        assert '<progress id="maju" max="5" value="4">' in second.text
        last = await browser.send("/antrean/jalankan", unescape(second.text))
        assert last.status_code == 303
        outcome = await browser.open(last.headers["location"])
        assert "<b>5</b> maju" in outcome
        assert "<progress" not in outcome
        again = await browser.send("/antrean/jalankan", page, **RETURNED)
        assert again.status_code in {200, 303}, "sent from the start, it is only told again"
        assert {await moves(place, case) for case in good} == {len(ARRIVED.split()) + 1}

    async def test_sent_twice_at_once_each_case_moves_once(self, browsers: Any, place: Place) -> None:
        good = await place.stand(ARRIVED, count=6)
        browser = browsers(await place.person("verifikator_kab"))
        page, _ = await self.begun(browser, place)
        for _ in range(3):
            await asyncio.gather(*(browser.send("/antrean/jalankan", page, **RETURNED) for _ in range(3)))
        assert {await moves(place, case) for case in good} == {len(ARRIVED.split()) + 1}

    async def test_what_was_left_is_taken_up_later(self, browsers: Any, place: Place) -> None:
        good = await place.stand(ARRIVED, count=5)
        browser = browsers(await place.person("verifikator_kab"))
        _, first = await self.begun(browser, place)
        key = re.search(r'name="kunci" value="(\w+)"', first)
        assert key
        left = unescape(await browser.open(f"/antrean/hasil/{key[1]}"))
        assert "2 / 5" in left
        rest = await browser.send("/antrean/pratinjau", left)
        assert "<b>3</b> dari 3 kasus dapat maju." in rest.text
        told = unescape(rest.text)
        for _ in range(2):
            told = unescape((await browser.send("/antrean/jalankan", told, **RETURNED)).text)
        assert {await moves(place, case) for case in good} == {len(ARRIVED.split()) + 1}

    async def test_begun_with_other_words_it_stops_where_it_is(self, browsers: Any, place: Place) -> None:
        good = await place.stand(ARRIVED, count=3)
        browser = browsers(await place.person("verifikator_kab"))
        page, _ = await self.begun(browser, place)
        told = await browser.send("/antrean/jalankan", page, **RETURNED | {"catatan": "KK buram"})
        assert told.status_code == 303
        left = await browser.open(told.headers["location"])
        assert "2 / 3" in left
        assert 'action="/antrean/pratinjau"' in left, "the rest is previewed anew, under the new words"
        assert sum([await moves(place, case) for case in good]) == 3 * len(ARRIVED.split()) + 2

    async def test_a_refusal_on_the_way_is_told_beside_how_far_it_came(
        self, browsers: Any, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        good = await place.stand(ARRIVED, count=3)
        browser = browsers(await place.person("verifikator_kab"))
        _, first = await self.begun(browser, place)

        async def refuses(*_: Any, **__: Any) -> None:
            raise OutOfScope("Wilayah itu bukan milik Anda lagi.")

        with monkeypatch.context() as patched:
            patched.setattr(decision, "move", refuses)
            told = await browser.send("/antrean/jalankan", first)
        assert told.status_code == 403
        assert "bukan milik Anda lagi" in told.text
        assert "data-teruskan" not in told.text, "it does not go on by itself"
        assert "2 / 3" in told.text
        assert sum([await moves(place, case) for case in good]) == 3 * len(ARRIVED.split()) + 2
        last = await browser.send("/antrean/jalankan", unescape(told.text))
        assert last.status_code == 303, "what was refused for a while goes on when it is sent again"
        assert {await moves(place, case) for case in good} == {len(ARRIVED.split()) + 1}
