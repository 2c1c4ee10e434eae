"""Signing in through the console's pages: what its cookies are, and what they are not."""

from __future__ import annotations

import re

import httpx
import pytest

from models.user.commands import Scope
from tests.integration.access.kit import PASSWORD, Access

pytestmark = pytest.mark.asyncio(loop_scope="session")

DESA = Scope(region=3204052001)


def _browser(access: Access, base: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(access.app, raise_app_exceptions=False), base_url=base)


async def _signed_in(access: Access, http: httpx.AsyncClient, *, roles: int = 1) -> list[str]:
    """Sign somebody in and return every cookie that was set, as the browser got it."""
    person = access.person(*[("operator_desa", DESA), ("kades", DESA)][:roles])
    set_: list[str] = []
    answer = await http.post("/masuk", data={"nik": person.nik, "sandi": PASSWORD, "ke": "/antrean"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/masuk/kode?terkirim=1&ke=/antrean")
    set_ += answer.headers.get_list("set-cookie")
    answer = await http.post("/masuk/kode", data={"kode": access.phone.code(person.chat), "ke": "/antrean"})
    set_ += answer.headers.get_list("set-cookie")
    if roles > 1:
        assert answer.status_code == 200
        chosen = re.findall(r'name="tugas" value="(\d+)"', answer.text)
        assert [int(one) for one in chosen] == list(person.assignments)
        answer = await http.post("/masuk/wilayah", data={"tugas": chosen[0], "ke": "/antrean"})
        set_ += answer.headers.get_list("set-cookie")
    assert (answer.status_code, answer.headers["location"]) == (303, "/antrean")
    assert (await http.get("/antrean")).status_code == 200
    return set_


@pytest.mark.parametrize("roles", [1, 2])
async def test_asvs_3_3_1_over_https_the_session_s_cookie_is_the_host_s_own(access: Access, roles: int) -> None:
    async with _browser(access, "https://alur.test") as http:
        cookies = await _signed_in(access, http, roles=roles)
    live = [one for one in cookies if "Max-Age=0" not in one]
    assert len(live) >= 2
    for one in live:
        assert "HttpOnly" in one, one
        assert "Secure" in one, one
        assert "SameSite=lax" in one, one
    (session,) = [one for one in live if "alur_sesi" in one]
    assert session.startswith("__Host-alur_sesi=")
    assert "Path=/" in session
    assert "Domain" not in session


async def test_a_session_of_plain_http_is_none_over_https(access: Access) -> None:
    async with _browser(access, "http://alur.test") as http:
        await _signed_in(access, http)
        kept = http.cookies["alur_sesi"]
    async with _browser(access, "https://alur.test") as http:
        http.cookies["alur_sesi"] = kept
        assert (await http.get("/antrean")).status_code == 303


async def test_leaving_ends_the_session_and_not_only_its_cookie(access: Access) -> None:
    async with _browser(access, "http://alur.test") as http:
        await _signed_in(access, http)
        kept = http.cookies["alur_sesi"]
        page = await http.get("/antrean")
        mark = re.findall(r'name="tanda" value="([^"]+)"', page.text)[0]
        assert (await http.post("/keluar", data={"tanda": mark})).status_code == 303
        http.cookies["alur_sesi"] = kept
        assert (await http.get("/antrean")).status_code == 303


async def test_a_wrong_password_says_no_more_than_the_api_does(access: Access) -> None:
    person = access.person(("operator_desa", DESA))
    async with _browser(access, "http://alur.test") as http:
        known = await http.post("/masuk", data={"nik": person.nik, "sandi": "keliru sekali"})
        nobody = await http.post("/masuk", data={"nik": "3204050101990999", "sandi": "keliru sekali"})
    assert known.status_code == nobody.status_code == 401
    assert known.text == nobody.text
    assert "keliru sekali" not in known.text
