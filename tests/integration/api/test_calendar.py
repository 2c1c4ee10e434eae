"""The calendar over HTTP: months, windows with their next opening, lists of holidays, extensions, and who keeps them.

The database is shared: holidays entered here are of kabupaten of a test's own, or of years far away.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from models.calendar.rules import years_due
from models.region.rules import timezone_of
from tests.integration.api.kit import Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

READY = "U01 U02 U05 U58"
HEAD = "tanggal,nama,jenis,wilayah,dasar\n"
REASON = {"decree": "SE 12/2026", "reason": "Banjir, kantor terputus"}
CLOSED = {"dari": 32, "sampai": 33}


async def send(who: Caller, *rows: str, key: str | None = None, name: str = "libur.csv") -> httpx.Response:
    return await who.ask(
        "POST", f"/calendar/holidays/imports?name={name}", content=(HEAD + "\n".join(rows)).encode(), key=key
    )


async def act_of(place: Place, act: int) -> dict[str, Any]:
    return await place.row(
        "SELECT t.id AS operation, u.username, r.id AS role, n.text "
        "FROM act a JOIN trigger t ON t.code = a.trigger AND t.machine = 0 JOIN account_user u ON u.id = a.actor "
        "JOIN role r ON r.code = a.role JOIN note n ON n.act = a.id WHERE a.id = %s",
        act,
    )


class TestHolidays:
    async def test_a_list_is_entered_once_and_every_day_is_an_act_s(self, place: Place) -> None:
        who = await place.person("admin_pusat")
        rows = [f"2041-03-0{n},Hari {n},libur,,SKB 2041" for n in (1, 4)] + [
            f"2041-03-05,Pilkada,libur_daerah,{place.kabupaten},Kep 3"
        ]
        first = done(await send(who, *rows), 201)
        assert (first["added"], first["replaced"], first["unchanged"]) == (3, 0, 0)
        assert await act_of(place, first["act"]) == {
            "operation": "catat_libur",
            "username": who.name,
            "role": "admin_pusat",
            "text": "Daftar hari libur: libur.csv",
        }
        again = done(await send(who, *rows), 201)
        assert again == {"act": None, "added": 0, "replaced": 0, "unchanged": 3}
        changed = done(
            await send(who, rows[0].replace("Hari 1", "Hari Satu").replace("SKB 2041", "SKB perubahan")), 201
        )
        assert (changed["added"], changed["replaced"]) == (0, 1)
        told = done(await who.get("/calendar/holidays", year=2041))["holidays"]
        assert [(row["day"], row["name"], row["kind"], row["decree"]) for row in told] == [
            ("2041-03-01", "Hari Satu", "libur", "SKB perubahan"),
            ("2041-03-04", "Hari 4", "libur", "SKB 2041"),
            ("2041-03-05", "Pilkada", "libur_daerah", "Kep 3"),
        ]
        assert told[2]["region"].replace(".", "") == str(place.kabupaten)
        ended = done(await who.get("/calendar/holidays", year=2041, ended=True))["holidays"]
        assert [(row["name"], row["ended_decree"]) for row in ended if row["ended_at"]] == [("Hari 1", "SKB perubahan")]

    async def test_one_mistake_and_nothing_is_entered(self, place: Place) -> None:
        who = await place.person("admin_pusat")
        rows = "2042-01-01,Tahun Baru,libur,,SKB", "2042-13-01,Natal,libur,,SKB", "2042-05-01,Buruh,pesta,,SKB"
        told = problem(await send(who, *rows), 422, "daftar_libur_salah")
        assert [(one["row"], one["column"]) for one in told["fields"]] == [(3, "tanggal"), (4, "jenis")]
        assert all(one["cure"] and one["cure_en"] for one in told["fields"])
        assert done(await who.get("/calendar/holidays", year=2042))["holidays"] == []
        problem(await who.ask("POST", "/calendar/holidays/imports", content=b"%PDF-1.7"), 422, "berkas_tidak_terbaca")
        problem(await who.ask("POST", "/calendar/holidays/imports", content=b"x" * (2 * 1024 * 1024 + 1)), 413)

    async def test_a_form_is_taken_too_and_a_key_answers_the_same(self, place: Place) -> None:
        who = await place.person("admin_pusat")
        file = {"file": ("libur.csv", (HEAD + "2043-01-01,Tahun Baru,libur,,SKB").encode(), "text/csv")}
        assert done(await who.ask("POST", "/calendar/holidays/imports", files=file), 201)["added"] == 1
        twice = [done(await send(who, "2043-02-01,Lain,libur,,SKB", key="libur-43"), 201) for _ in range(2)]
        assert twice[0] == twice[1]
        assert twice[0]["added"] == 1

    @pytest.mark.parametrize("role", ["pusdatin", "operator_desa", "admin_kab", "auditor"])
    async def test_only_the_centre_s_administrator_keeps_them(self, place: Place, role: str) -> None:
        who = await place.person(role)
        problem(await send(who, "2044-01-01,Tahun Baru,libur,,SKB"), 403, "kalender_bukan_peran_anda")
        problem(await who.post("/calendar/holidays/1/withdrawal", REASON), 403, "kalender_bukan_peran_anda")
        assert done(await who.get("/calendar/holidays", year=2044))["holidays"] == []

    async def test_a_withdrawn_day_stays_on_record_and_is_worked(self, place: Place) -> None:
        who = await place.person("admin_pusat")
        done(await send(who, f"2041-04-02,Pilkada,libur_daerah,{place.kabupaten},Kep 4"), 201)

        async def works(region: int) -> bool:
            days = done(await who.get("/calendar", region=region, month="2041-04"))["days"]
            return bool(next(day["office"] for day in days if day["day"] == "2041-04-02"))

        assert (await works(place.kabupaten), await works(place.village), await works(place.far // 10**6)) == (
            False,
            False,
            True,
        )
        number = next(
            row["id"]
            for row in done(await who.get("/calendar/holidays", year=2041))["holidays"]
            if row["name"] == "Pilkada" and row["day"] == "2041-04-02"
        )
        act = done(await who.post(f"/calendar/holidays/{number}/withdrawal", REASON), 201)["act"]
        assert (await act_of(place, act))["text"] == "SE 12/2026: Banjir, kantor terputus"
        assert await works(place.kabupaten)
        problem(await who.post(f"/calendar/holidays/{number}/withdrawal", REASON), 404, "libur_tidak_ditemukan")
        kept = await place.row("SELECT ended_decree, ended_act FROM holiday WHERE id = %s", number)
        assert kept == {"ended_decree": "SE 12/2026", "ended_act": act}

    async def test_nobody_writes_the_calendar_past_its_functions(self, place: Place) -> None:
        for statement in ("DELETE FROM holiday", "UPDATE holiday SET name = 'x'", "DELETE FROM window_extension"):
            with pytest.raises(Exception, match="permission denied"):
                await place.world.api.execute(statement)


class TestMonth:
    async def test_a_month_tells_days_worked_and_steps_open(self, home: Place) -> None:
        who = await home.person("operator_desa")
        told = done(await who.get("/calendar", region=home.kabupaten, month="2026-12"))
        assert (told["month"], len(told["days"])) == ("2026-12", 31)
        days = {day["day"]: day for day in told["days"]}
        assert days["2026-12-01"]["open"] == ["input", "kirim"]
        assert days["2026-12-14"]["open"] == ["kirim"]
        assert days["2026-12-15"]["open"] == ["pengesahan"]
        assert days["2026-12-31"]["open"] == ["tarik"]
        natal, cuti, senin = (days[f"2026-12-{n}"] for n in (25, 24, 28))
        assert [(day["office"], day["bank"]) for day in (natal, cuti, senin)] == [
            (False, False),
            (False, False),
            (True, True),
        ]
        assert [one["kind"] for one in cuti["holidays"]] == ["cuti_bersama"]
        assert not days["2026-12-26"]["office"]
        today = (await home.world.now()).astimezone(ZoneInfo("Asia/Jakarta")).date()
        assert [row["year"] for row in told["missing"]] == [year for year in years_due(today) if year != 2026]

    @pytest.mark.parametrize("month", ["2026-13", "2026-1", "1999-12", "kini", "2100-01"])
    async def test_a_month_that_is_none_is_told_how_to_write_one(self, home: Place, month: str) -> None:
        who = await home.person("operator_desa")
        assert problem(await who.get("/calendar", region=3204, month=month), 422)["cure"]


class TestWindows:
    @pytest.mark.parametrize(
        ("region", "zone", "hours"), [(3204, "WIB", 7), (5171, "WITA", 8), (9171012001, "WIT", 9), (63, "WITA", 8)]
    )
    async def test_every_step_tells_its_next_opening_in_the_region_s_own_time(
        self, home: Place, region: int, zone: str, hours: int
    ) -> None:
        who = await home.person("operator_desa")
        told = done(await who.get("/calendar/windows", region=region, at="2026-12-14T16:30:00Z"))
        assert told["regime"] == "DTSEN"
        kirim = next(one for one in told["windows"] if one["step"] == "kirim")
        # 16.30 UTC is 23.30 WIB of the 14th, and the 15th already in WITA and WIT.
        assert (kirim["zone"], kirim["open"]) == (zone, zone == "WIB")
        month = "2026-12" if zone == "WIB" else "2027-01"
        assert kirim["opens_at"] == f"{month}-01T00:00:00+0{hours}:00"
        assert kirim["closes_at"] == f"{month}-15T00:00:00+0{hours}:00"
        assert kirim["serves"] == int(month.replace("-", ""))
        assert (kirim["closes_in_s"] == 1800) is (zone == "WIB")
        assert zone in kirim["message"]

    @pytest.mark.parametrize(
        ("at", "regime", "programme", "days"),
        [
            ("2019-05-20T00:00:00+07:00", "DTKS_OFFLINE", None, (1, None)),
            ("2022-05-20T00:00:00+07:00", "DTKS_ONLINE", None, (15, 26)),
            ("2022-05-05T00:00:00+07:00", "DTKS_ONLINE", "PBI_JK", (1, 12)),
            ("2026-05-05T00:00:00+07:00", "DTSEN", "PBI_JK", (1, 15)),
            ("2026-05-05T00:00:00+07:00", "DTSEN", "PKH", (1, 15)),
        ],
    )
    async def test_each_regime_has_windows_of_its_own(
        self, home: Place, at: str, regime: str, programme: str | None, days: tuple[int, int | None]
    ) -> None:
        who = await home.person("operator_desa")
        asked = {"region": 3204, "at": at} | ({"programme": programme} if programme else {})
        told = done(await who.get("/calendar/windows", **asked))
        kirim = next(one for one in told["windows"] if one["step"] == "kirim")
        assert told["regime"] == regime
        assert kirim["open"]
        assert datetime.fromisoformat(kirim["opens_at"]).day == days[0]
        if days[1]:
            assert datetime.fromisoformat(kirim["closes_at"]).day == days[1]
        tarik = next(one for one in told["windows"] if one["step"] == "tarik")
        assert tarik["open"] is (regime == "DTKS_OFFLINE")

    async def test_kinds_that_wait_for_no_window_are_always_open(self, place: Place) -> None:
        who = await place.person("operator_desa")
        await place.policy({"jendela.kirim": CLOSED})
        for jenis, is_open in (("PINDAH", True), ("BARU", False)):
            told = done(await who.get("/calendar/windows", region=place.kabupaten, jenis=jenis))["windows"]
            assert next(one["open"] for one in told if one["step"] == "kirim") is is_open

    async def test_an_opening_that_never_comes_is_said(self, place: Place) -> None:
        who = await place.person("operator_desa")
        for never in (CLOSED, "tutup", None):
            await place.policy({"jendela.kirim": never})
            told = done(await who.get("/calendar/windows", region=place.kabupaten))["windows"]
            kirim = next(one for one in told if one["step"] == "kirim")
            assert (kirim["open"], kirim["opens_at"], kirim["serves"]) == (False, None, None)
            assert "pusdatin" in kirim["message"]

    @pytest.mark.parametrize(
        "at", ["1999-12-31T00:00:00Z", "2100-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"]
    )
    async def test_moments_that_no_calendar_knows_are_refused(self, home: Place, at: str) -> None:
        problem(
            await (await home.person("operator_desa")).get("/calendar/windows", region=3204, at=at), 422, "isian_salah"
        )

    async def test_a_closed_window_is_refused_with_the_moment_it_opens(self, place: Place) -> None:
        who = await place.person("operator_desa")
        now = await place.world.now()
        here = now.astimezone(ZoneInfo("Asia/Jakarta")) if place.village < 5 * 10**9 else now
        # Open on one day only, and that is not today.
        day = 1 if here.day > 2 else 20
        await place.policy({"jendela.kirim": {"dari": day, "sampai": day}})
        one, two = await place.stand(READY, 2)
        told = problem(await who.move(one, "usulan.kirim", evidence={"ba_berlaku": {"ada": 1}}), 409, "jendela_tutup")
        opens = datetime.fromisoformat(told["window"]["opens_at"])
        assert (opens.day, opens.hour, told["window"]["open"]) == (day, 0, False)
        assert opens > now
        assert f"buka lagi {day} " in told["detail"]
        assert f"opens again on {day} " in told["detail_en"]
        body = {
            "trigger": "usulan.kirim",
            "cases": [{"id": case} for case in (one, two)],
            "evidence": {"ba_berlaku": {"ada": 1}},
        }
        bulk = done(await who.post("/cases/transitions", body))
        assert [row["refusal"]["window"]["opens_at"] for row in bulk["outcomes"]] == [told["window"]["opens_at"]] * 2
        seen = done(
            await who.post(
                "/cases/transitions/preview", {"trigger": "usulan.kirim", "cases": [one], "kinds": ["ba_berlaku"]}
            )
        )
        assert seen["cases"][0]["window"]["opens_at"] == told["window"]["opens_at"]
        assert done(await who.get(f"/cases/{one}"))["window"]["opens_at"] == told["window"]["opens_at"]
        actions = done(await who.get(f"/cases/{one}/actions"))["closed"]
        kirim = next(row for row in actions if row["trigger"] == "usulan.kirim")
        assert datetime.fromisoformat(kirim["opens_at"]) == opens


class TestExtensions:
    async def ask(self, place: Place, who: Caller, **more: Any) -> httpx.Response:
        today = (await place.world.now()).date()
        body = {
            "step": "kirim",
            "region": place.kabupaten,
            "first_day": str(today.replace(day=1)),
            "last_day": str((today.replace(day=1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)),
            **REASON,
        }
        return await who.post("/calendar/extensions", body | more)

    async def test_it_opens_a_closed_window_of_one_kabupaten_and_ends_by_decree(self, place: Place) -> None:
        await place.world.policy({f"jendela.kirim@{code}": CLOSED for code in (place.kabupaten, place.far // 10**6)})
        operator, pusdatin = await place.person("operator_desa"), await place.person("pusdatin")
        one, two = await place.stand(READY, 2)
        proof = {"ba_berlaku": {"ada": 1}}
        problem(await operator.move(one, "usulan.kirim", evidence=proof), 409, "jendela_tutup")
        batch = await place.batch()
        await place.world.admin.execute("UPDATE wake SET done_at = now() WHERE batch = %s", (batch,))
        granted = done(await self.ask(place, pusdatin), 201)
        assert (await act_of(place, granted["act"]))["operation"] == "perpanjang_jendela"
        assert done(await self.ask(place, pusdatin), 201) == granted
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s AND done_at IS NULL", batch) == 1
        done(await operator.move(one, "usulan.kirim", evidence=proof), 201)
        told = done(await operator.get("/calendar/windows", region=place.village))
        assert [(row["id"], row["decree"], row["reason"], row["ended_at"]) for row in told["extensions"]] == [
            (granted["extension"], REASON["decree"], REASON["reason"], None)
        ]
        far = done(await operator.get("/calendar/windows", region=place.far))
        assert far["extensions"] == []
        assert not next(row["open"] for row in far["windows"] if row["step"] == "kirim")
        path = f"/calendar/extensions/{granted['extension']}/withdrawal"
        problem(await operator.post(path, REASON), 403, "kalender_bukan_peran_anda")
        done(await pusdatin.post(path, REASON), 201)
        problem(await pusdatin.post(path, REASON), 404, "perpanjangan_tidak_ditemukan")
        problem(await operator.move(two, "usulan.kirim", evidence=proof), 409, "jendela_tutup")

    async def test_a_calendar_word_moves_with_the_window_it_stands_for(self, place: Place) -> None:
        pusdatin = await place.person("pusdatin")
        due = "SELECT deadline(%s, 'hari_14', %s)"
        since = datetime(2041, 6, 3, 5, tzinfo=ZoneInfo("Asia/Jakarta"))
        before = await place.value(due, since, place.village)
        done(await self.ask(place, pusdatin, first_day="2041-06-15", last_day="2041-06-19"), 201)
        assert await place.value(due, since, place.village) - before == timedelta(days=5)
        far = await place.value(due, since, place.far)
        assert far == datetime(2041, 6, 15, tzinfo=ZoneInfo(timezone_of(place.far)))
        assert (await place.value(due, since + timedelta(days=20), place.village)).date() >= date(2041, 7, 14)

    @pytest.mark.parametrize(
        "more",
        [
            {"first_day": "2041-06-15", "last_day": "2041-07-02"},
            {"first_day": "2041-06-15", "last_day": "2041-06-14"},
            {"region": 9999},
        ],
    )
    async def test_one_kabupaten_and_one_month_at_a_time(self, place: Place, more: dict[str, Any]) -> None:
        problem(await self.ask(place, await place.person("pusdatin"), **more), 422, "perpanjangan_tidak_sah")

    async def test_a_programme_that_is_none_and_a_role_that_may_not(self, place: Place) -> None:
        problem(await self.ask(place, await place.person("pusdatin"), programme="XYZ"), 422, "kata_tidak_dikenal")
        problem(await self.ask(place, await place.person("admin_pusat")), 403, "kalender_bukan_peran_anda")
