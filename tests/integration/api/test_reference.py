"""What everybody may look up: who I am, regions, the policy of any moment, the machines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from state_machines import MACHINES
from tests.integration.api.kit import Place, done, problem

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]

VILLAGE = 3204052001


class TestMe:
    @pytest.mark.parametrize(
        ("role", "told"),
        [
            ("operator_desa", {"scope": "region_10", "programme": None, "organisation": None}),
            ("direktorat", {"scope": "programme", "lo": None, "hi": None, "programme": "PKH"}),
            ("bank", {"scope": "own_files", "lo": None, "organisation": "BRI"}),
            ("auditor", {"scope": "national_read", "lo": 0, "hi": 9_999_999_999}),
            ("pendamping", {"scope": "assigned_families", "lo": None, "hi": None}),
        ],
    )
    async def test_a_role_is_told_with_what_bounds_it(self, home: Place, role: str, told: dict[str, Any]) -> None:
        who = await home.person(role)
        mine = done(await who.get("/me"))
        assert mine["role"] == role
        assert {key: mine[key] for key in told} == told
        assert abs(datetime.fromisoformat(mine["now"]) - await home.world.now()) < timedelta(minutes=1)


class TestRegions:
    async def test_a_name_is_found_with_the_path_that_leads_to_it(self, home: Place) -> None:
        who = await home.person("operator_desa")
        found = done(await who.get("/regions", q="sadu soreang"))["regions"]
        assert (found[0]["code"], found[0]["kind"]) == (3204372009, "desa") or found[0]["name"] == "Sadu"
        assert found[0]["path"] == "Jawa Barat › Kabupaten Bandung › Soreang"
        assert found[0]["dotted"].replace(".", "") == str(found[0]["code"])
        assert found[0]["timezone"] == "Asia/Jakarta"

    @pytest.mark.parametrize("text", ["32.04.05.2001", "3204052001", "32.04.05.20", "320405200"])
    async def test_a_code_is_found_by_its_beginning_with_or_without_dots(self, home: Place, text: str) -> None:
        who = await home.person("operator_desa")
        assert VILLAGE in [row["code"] for row in done(await who.get("/regions", q=text, limit=100))["regions"]]

    @pytest.mark.parametrize("text", ["zzzzzz", "%", "_", "9" * 80, "'; --", "٣٢"])
    async def test_what_matches_nothing_finds_nothing(self, home: Place, text: str) -> None:
        who = await home.person("operator_desa")
        assert done(await who.get("/regions", q=text)) == {"regions": []}

    async def test_a_search_has_a_text_and_a_limit(self, home: Place) -> None:
        who = await home.person("operator_desa")
        assert len(done(await who.get("/regions", q="a", limit=100))["regions"]) == 100
        for wrong in ({}, {"q": ""}, {"q": "x" * 81}, {"q": "a", "limit": 101}, {"q": "a", "limit": 0}):
            problem(await who.get("/regions", **wrong), 422, "isian_salah")

    async def test_a_region_tells_the_way_to_it_and_what_lies_below(self, home: Place) -> None:
        who = await home.person("operator_desa")
        told = done(await who.get("/regions/32.04"))
        assert [row["dotted"] for row in told["path"]] == ["32", "32.04"]
        assert {row["parent"] for row in told["children"]} == {3204}
        assert {row["level"] for row in told["children"]} == {6}
        assert (told["lo"], told["hi"], told["kind"]) == (3204000000, 3204999999, "kabupaten")
        village = done(await who.get(f"/regions/{VILLAGE}"))
        assert village["children"] == []
        assert [row["level"] for row in village["path"]] == [2, 4, 6, 10]

    @pytest.mark.parametrize("code", ["99", "3299", "320499", "3204059999"])
    async def test_a_code_that_nobody_carries_is_not_found(self, home: Place, code: str) -> None:
        who = await home.person("operator_desa")
        assert code in problem(await who.get(f"/regions/{code}"), 404, "wilayah_tidak_ada")["detail"]

    @pytest.mark.parametrize(
        "code", ["3", "320", "32.4", "32.04.5", "00", "3200", "soreang", "32040520010", "-32", "٣٢"]
    )
    async def test_a_code_of_no_shape_is_told_what_shape_it_has(self, home: Place, code: str) -> None:
        who = await home.person("operator_desa")
        assert "2, 4, 6" in problem(await who.get(f"/regions/{code}"), 422, "wilayah_tidak_ada")["cure"]


class TestPolicy:
    async def test_every_key_is_told_with_its_value_version_and_decree(self, home: Place) -> None:
        who = await home.person("operator_desa")
        rows = done(await who.get("/policy", prefix="persetujuan."))["policy"]
        told = {row["key"]: row for row in rows}
        assert told["persetujuan.penetapan"]["value"] == {"orang": 2, "tenggat": "14 d"}
        assert told["persetujuan.penetapan"]["version"] == 1
        assert "Permensos" in told["persetujuan.penetapan"]["decree"]
        assert list(told) == sorted(told)
        assert len(done(await who.get("/policy"))["policy"]) > len(rows)
        assert done(await who.get("/policy", prefix="%"))["policy"] == []

    async def test_what_held_at_a_moment_is_told_for_any_moment(self, place: Place) -> None:
        who = await place.person("operator_desa")
        key = f"uji.tarif@{place.kabupaten}"
        moments = []
        for value in (100, 200):
            moments.append(await place.world.now())
            await place.policy({"uji.tarif": value})
        moments.append(await place.world.now())

        async def held(at: datetime | str | None) -> Any:
            told = done(await who.get("/policy", prefix=key, **({} if at is None else {"at": str(at)})))["policy"]
            return [row["value"] for row in told]

        assert [await held(at) for at in moments] == [[], [100], [200]]
        assert await held(None) == [200]
        assert await held("2024-12-31T23:59:59+07:00") == []
        assert await held("1900-01-01") == []
        assert await held("9999-12-31T23:59:59Z") == [200]

    async def test_a_moment_without_a_zone_is_western_indonesian_time(self, home: Place) -> None:
        who = await home.person("operator_desa")
        for at, any_ in (("2025-01-01T00:00:00", True), ("2024-12-31T23:59:59", False), ("2024-12-31T17:00:00Z", True)):
            assert bool(done(await who.get("/policy", prefix="persetujuan.", at=at))["policy"]) is any_

    @pytest.mark.parametrize("at", ["kemarin", "2026-13-01", "2026-02-30T00:00:00Z", "10000-01-01T00:00:00Z", ""])
    async def test_what_is_no_moment_is_refused(self, home: Place, at: str) -> None:
        who = await home.person("operator_desa")
        problem(await who.get("/policy", at=at), 422, "isian_salah")


class TestMachines:
    async def test_they_are_told_as_declared(self, home: Place) -> None:
        told = done(await (await home.person("operator_desa")).get("/machines"))
        assert set(told["machines"]) == {machine.name for machine in MACHINES}
        for machine in MACHINES:
            page = told["machines"][machine.name]
            assert [state["id"] for state in page["states"]] == [state.id for state in machine.states]
            assert len(page["transitions"]) >= len(machine.rules)
        assert {"MAMPU", "BERKAS_KURANG"} <= set(told["reasons"])
