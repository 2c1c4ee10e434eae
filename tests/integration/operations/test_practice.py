"""A practice region: work for every role, made through the door, in a database that says that nothing counts."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from alur.people import Person, demo_people
from alur.practice.region import NotPractice, fill, practises, villagers
from alur.practice.run import HOUSEHOLDS, HomeTaken, practice_settings, practise, prepare, signins
from alur.prepare import Plan
from alur.settle import Population
from alur.site import Site
from api.console.pages.signin import _PRACTICE
from api.tokens import COOKIE, sign
from models.database import sync_connect
from models.settings import Settings
from models.user.commands import open_session
from state_machines.vocabulary import ROLES
from tests.integration.access.kit import Phone
from tests.integration.api.kit import ACCOUNT_KEY, BASE, SECRET, running, settings
from tests.support.server import TestServer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.timeout(120)]

PLAN = Plan(households=HOUSEHOLDS)


@dataclass(frozen=True)
class Practice:
    """A filled practice region, its console and its people."""

    site: Site
    app: FastAPI
    cast: list[Person]

    def browser(self, person: Person | None = None) -> httpx.AsyncClient:
        cookies = {}
        if person:
            with sync_connect(self.site.admin_dsn) as owner:
                session = open_session(owner, person.username, [person.role])
            assert session
            cookies = {COOKIE: sign(session, SECRET)}
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=BASE, cookies=cookies, headers={"Origin": BASE})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def practice(server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Practice]:
    dsn = server.fresh()
    site = Site(tmp_path_factory.mktemp("latihan"), dsn, None)
    people = Population.of(PLAN.households, PLAN.region)
    cast = [*demo_people(people.listed, people.visited), *villagers(people)]
    with sync_connect(dsn) as owner:
        owner.execute("UPDATE clock SET mark = 'practice'")
    config = settings(dsn)
    await asyncio.to_thread(prepare, site, config, PLAN)
    await asyncio.to_thread(prepare, site, config, PLAN)  # the second time it is there
    async with running(config) as made:
        object.__setattr__(made.app.state.site, "telegram", Phone())
        yield Practice(site, made.app, cast)
    server.drop(dsn)


async def test_everybody_has_something_on_beranda(practice: Practice) -> None:
    people = practises(practice.cast)
    assert {person.role for person in people} | {"warga"} == {role.id for role in ROLES if role.scope != "none"}
    idle = []
    for person in people:
        async with practice.browser(person) as http:
            page = (await http.get("/")).text
        assert "LATIHAN" in page
        if 'class="hitungan"' not in page:
            idle.append(person.username)
    assert idle == []


async def test_what_is_practised_is_there(practice: Practice) -> None:
    with sync_connect(practice.site.admin_dsn) as owner:
        rows = owner.execute(
            "SELECT m.name || '.' || s.id AS state, count(*) AS n FROM position p JOIN state s ON s.code = p.state "
            "JOIN machine m ON m.code = s.machine WHERE NOT s.terminal GROUP BY 1"
        ).fetchall()
        gates = owner.execute("SELECT DISTINCT split_part(gate, '.', 1) AS gate FROM approval WHERE state = 'terbuka'")
        waiting = {row["gate"] for row in gates.fetchall()}
        differences = owner.execute("SELECT * FROM replay_differences()").fetchall()
        stuck = owner.execute("SELECT count(*) AS n FROM alert WHERE ended_at IS NULL").fetchone()
    standing = {row["state"] for row in rows}
    proposal = "draf tidak_padan padan musyawarah usulan_final diajukan dikembalikan verif_dinsos ground_check"
    further = "hasil_cek siap_sah di_provinsi diolah_pusat pemeringkatan menunggu_sk dugaan_ganda"
    assert standing >= {f"usulan.{state}" for state in f"{proposal} {further}".split()}
    payment = "calon burekol_gagal kks_distribusi rek_gagal omspan_berhasil spp proses_spm sp2d si sukses retur"
    assert standing >= {f"penyaluran.{state}" for state in payment.split()}
    assert standing >= {"sanggah.penugasan", "sanggah.banding", "kunjungan.ditugaskan", "siklus_desa.dibagikan"}
    assert waiting >= {"musdes", "pengesahan", "qc_pusat", "penetapan", "sk_tahap", "closing"}
    assert differences == []
    assert stuck
    assert stuck["n"] > 0


async def test_the_code_stands_on_the_sign_in_page(practice: Practice) -> None:
    lines = signins(practice.site, practice.cast, "verifikator_kab")
    [line] = lines
    nik = line.split()[2]
    form = {"nik": nik, "sandi": practice.site.demo_password, "ke": "/"}
    async with practice.browser() as http:
        answer = await http.post("/masuk", data=form)
        asked = unescape((await http.get(answer.headers["location"])).text)
        code = re.search(r"Kode latihan Anda: (\d{6})", asked)
        assert code
        assert (await http.post("/masuk/kode", data={"kode": "000000", "ke": "/"})).status_code >= 400
        assert (await http.post("/masuk/kode", data={"kode": code[1], "ke": "/"})).headers["location"] == "/"
        assert "LATIHAN" in (await http.get("/")).text


async def test_nobody_practises_in_a_database_that_counts(server: TestServer, tmp_path: Path) -> None:
    dsn = server.fresh()
    people = Population.of(PLAN.households, PLAN.region)
    cast = demo_people(people.listed, people.visited)
    with pytest.raises(NotPractice, match="test, not practice"):
        await fill(dsn, cast, people, tmp_path)
    with sync_connect(dsn) as owner:
        assert owner.execute("SELECT 1 FROM case_").fetchall() == []
    async with running(settings(dsn)) as made:
        http = httpx.AsyncClient(transport=httpx.ASGITransport(made.app), base_url=BASE, cookies={_PRACTICE: "123456"})
        page = await http.get("/masuk/kode")
        assert "123456" not in page.text
        assert "LATIHAN" not in page.text
        await http.aclose()
    server.drop(dsn)


async def test_nothing_of_the_installation_is_used(tmp_path: Path) -> None:
    real: dict[str, Any] = {
        "home": tmp_path / "alur",
        "database_url": "postgresql://postgres@produksi/alur",
        "api_database_url": "postgresql://alur_api@produksi/alur",
        "ports_url": "https://bank.example",
        "telegram_token": "token",
        "smtp_host": "mail.example",
        "sms_url": "https://sms.example",
        "office_channels": {"dinsos": "https://dinsos.example"},
        "secret_key": SECRET,
        "account_key": ACCOUNT_KEY,
        "watch_ping_url": "https://hc.example",
        "log_level": "WARNING",
    }
    own = practice_settings(Settings(_env_file=None, **real), None)
    changed = {"home": tmp_path / "alur-latihan", "port": 8001, "log_level": "WARNING"}
    assert own == Settings(_env_file=None).model_copy(update=changed)


async def test_a_folder_that_is_something_else_stays(tmp_path: Path) -> None:
    taken = tmp_path / "alur-latihan"
    taken.mkdir()
    (taken / "laporan.txt").write_text("penting")
    config = Settings(_env_file=None, home=tmp_path / "alur", port=65_534)
    with pytest.raises(HomeTaken):
        practise(config, PLAN, role=None, reset=True, port=None)
    assert (taken / "laporan.txt").read_text() == "penting"
