"""The connection is lost between commit and answer: whoever asks again under the same key is answered the same.

The API's connections to PostgreSQL run over a wire of ours. Every single answer that ends outside a transaction is
lost once: the first of a request, then the second, until a request needs no more of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.faults.proxy import Wire, whole_of_postgres
from tests.integration.api.kit import Caller, Place, running, settings
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World

ARRIVED = "U01 U02 U05 U11 U15"
READY = f"{ARRIVED} U19 U22"

Asking = tuple[Caller, str, dict[str, Any], list[int]]
"""Who asks, where, what, and about which cases."""


@asynccontextmanager
async def _over_a_wire(world: World) -> AsyncIterator[tuple[Place, Wire]]:
    address = urlsplit(world.admin_dsn)
    wire = Wire(address.port or 5432, whole_of_postgres)
    dsn = world.admin_dsn.replace(f":{address.port}/", f":{wire.port}/")
    async with running(settings(dsn)) as site:
        yield Place(world, site.http, DESA, DESA_LAIN, DESA_JAUH), wire
    wire.close()


async def _one_move(place: Place) -> Asking:
    cases = await place.stand(ARRIVED)
    body = {"trigger": "usulan.teruskan", "note": "lengkap"}
    return await place.person("operator_kecamatan"), f"/cases/{cases[0]}/transitions", body, cases


async def _many_moves(place: Place) -> Asking:
    cases = await place.stand(ARRIVED, 3)
    body = {"trigger": "usulan.teruskan", "note": "lengkap", "cases": [{"id": case} for case in cases]}
    return await place.person("operator_kecamatan"), "/cases/transitions", body, cases


async def _decision(place: Place) -> Asking:
    cases = await place.stand(READY, 2)
    approval = await place.gate("pengesahan", cases)
    return await place.person("kepala_dinas"), f"/approvals/{approval}/decisions", {"verdict": "setuju"}, []


@pytest.mark.parametrize("prepare", [_one_move, _many_moves, _decision], ids=lambda prepare: prepare.__name__[1:])
async def test_who_repeats_a_request_is_answered_once_and_the_same(
    world: World, prepare: Callable[[Place], Awaitable[Asking]]
) -> None:
    async with _over_a_wire(world) as (place, wire):
        nth, lost = 0, True
        while lost:
            nth += 1
            who, path, body, cases = await prepare(place)
            before = await _acts(place, who)
            versions = await _versions(place, cases)
            already = wire.swallowed
            wire.swallow(nth)
            first = await who.post(path, body, key=f"kunci-{nth}")
            lost = wire.swallowed > already
            wire.swallow(None)
            answer = first if first.is_success else await _until_answered(who, path, body, f"kunci-{nth}")
            assert answer.is_success, answer.text
            again = await who.post(path, body, key=f"kunci-{nth}")
            assert (again.status_code, again.json()) == (answer.status_code, answer.json())
            assert await _acts(place, who) == before + 1, f"answer {nth} was lost"
            assert await _versions(place, cases) == [version + 1 for version in versions]
        assert nth > 1, "no answer of the database was lost"


async def _until_answered(who: Caller, path: str, body: dict[str, Any], key: str) -> httpx.Response:
    for _ in range(5):  # connections of the pool that broke with the lost one are found out one by one
        answer = await who.post(path, body, key=key)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
    return answer


async def _acts(place: Place, who: Caller) -> int:
    value: int = await place.value("SELECT count(*) FROM act WHERE actor = %s", who.user)
    return value


async def _versions(place: Place, cases: list[int]) -> list[int]:
    query = "SELECT array_agg(version ORDER BY case_id) FROM position WHERE case_id = ANY (%s)"
    return list(await place.value(query, cases) or [])
