"""`/stuck`: lists, pages, filters, scopes, counts with their trend; and what a case tells of itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import pytest_asyncio

from models.database import acting
from models.stuck.commands import look_at_kabupaten
from models.stuck.rules import REASONS
from tests.integration.api.kit import Place, Site, done, problem
from tests.integration.stuck.test_watch import AT_KECAMATAN

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def place(places_alone: Iterator[Place]) -> Place:
    """A kabupaten of its own: all that is late there is counted."""
    return next(places_alone)


async def look(place: Place) -> None:
    session = await place.world.system()
    async with acting(place.world.worker, session):
        await look_at_kabupaten(place.world.worker, session, place.kabupaten)


@pytest_asyncio.fixture(loop_scope="session")
async def late(place: Place) -> list[int]:
    """Five late cases in the village and two in its neighbour, one after the other; people at the kecamatan."""
    await place.person("operator_kecamatan")
    cases = [(await place.stand(AT_KECAMATAN, ago=timedelta(days=40 - n)))[0] for n in range(5)]
    cases += await place.stand(AT_KECAMATAN, 2, region=place.neighbour, ago=timedelta(days=5))
    await look(place)
    return cases


async def test_pages_follow_each_other_without_gap_or_repeat(place: Place, late: list[int]) -> None:
    head = await place.person("kepala_dinas")
    seen: list[int] = []
    cursor = None
    while True:
        told = done(await head.get("/stuck", limit=2, **({"cursor": cursor} if cursor else {})))
        assert len(told["stuck"]) <= 2
        seen += [row["key"] for row in told["stuck"]]
        cursor = told["next"]
        if cursor is None:
            break
    assert seen == late
    problem(await head.get("/stuck", cursor="bukan"), 422)
    problem(await head.get("/stuck", region="99999"), 422)


async def test_filters_narrow_and_a_row_says_what_frees_it(place: Place, late: list[int]) -> None:
    head = await place.person("kepala_dinas")
    assert len(done(await head.get("/stuck", region=str(place.neighbour)))["stuck"]) == 2
    assert len(done(await head.get("/stuck", level=2))["stuck"]) == 5
    assert done(await head.get("/stuck", machine="penyaluran"))["stuck"] == []
    assert done(await head.get("/stuck", state="verif_dinsos"))["stuck"] == []
    assert done(await head.get("/stuck", reason="tanpa_pemegang"))["stuck"] == []
    (row, *_) = done(await head.get("/stuck", reason="terlambat", machine="usulan", state="diajukan"))["stuck"]
    assert row["key"] == late[0]
    assert row["number"].startswith("USL-")
    assert row["holder"] == "operator_kecamatan"
    assert "usulan.teruskan" in {one["trigger"] for one in row["action"]["triggers"]}


async def test_a_village_sees_only_its_own(place: Place, late: list[int]) -> None:
    village = await place.person("operator_desa")
    neighbour = await place.person("operator_desa", "tetangga", region=place.neighbour)
    stranger = await place.person("kepala_dinas", "jauh", region=place.far)
    assert {row["key"] for row in done(await village.get("/stuck"))["stuck"]} == set(late[:5])
    assert {row["key"] for row in done(await neighbour.get("/stuck"))["stuck"]} == set(late[5:])
    assert not {row["key"] for row in done(await stranger.get("/stuck"))["stuck"]} & set(late)
    counts = done(await village.get("/stuck/counts", region=str(place.kabupaten)))
    assert {row["region"] for row in counts["counts"]} == {place.village // 10_000}
    assert sum(row["open"] for row in counts["counts"]) == 5


async def test_counts_by_child_region_and_state_with_their_trend(place: Place, late: list[int]) -> None:
    head = await place.person("kepala_dinas")
    fresh = await place.stand(AT_KECAMATAN, 3, ago=timedelta(minutes=5))
    before = done(await head.get("/stuck/counts", region=str(place.kabupaten)))
    assert sum(row["open"] for row in before["counts"]) == len(late)  # tallies, as of the last look
    await look(place)
    kecamatan = done(await head.get("/stuck/counts", region=str(place.kabupaten)))
    (row,) = kecamatan["counts"]
    assert (row["region"], row["state"], row["open"]) == (place.village // 10_000, "diajukan", len(late) + len(fresh))
    assert (row["soon"], row["due"], row["late"], row["blocked"]) == (0, 2, 5, 0)
    assert kecamatan["as_of"] > before["as_of"]
    assert [(day["due"], day["late"]) for day in kecamatan["trend"]] == [(2, 5)]
    villages = done(await head.get("/stuck/counts", region=str(place.village // 10_000)))
    assert {(row["region"], row["open"]) for row in villages["counts"]} == {(place.village, 8), (place.neighbour, 2)}
    province = done(await head.get("/stuck/counts", region=str(place.kabupaten // 100)))
    assert place.kabupaten in {row["region"] for row in province["counts"]}


async def test_a_case_tells_why_it_stands_still(place: Place, late: list[int]) -> None:
    operator = await place.person("operator_kecamatan")
    case = done(await operator.get(f"/cases/{late[0]}"))
    assert (case["stuck"]["reason"], case["stuck"]["level"]) == ("terlambat", 4)
    (fresh,) = await place.stand(AT_KECAMATAN, ago=timedelta(minutes=5))
    assert done(await operator.get(f"/cases/{fresh}"))["stuck"] is None


async def test_reasons_are_listed_and_nothing_without_a_session(place: Place, site: Site) -> None:
    head = await place.person("kepala_dinas")
    told = done(await head.get("/stuck/reasons"))["reasons"]
    assert [row["id"] for row in told] == list(REASONS)
    for path in ("", "/counts", "/reasons"):
        problem(await site.http.get(f"/api/v1/stuck{path}"), 401)
    assert "alur_watch_age_seconds" in (await site.http.get("/metrics")).text
