"""What the tests of the API share: callers with tokens, a place of a test's own, and what a problem must look like."""

from __future__ import annotations

import io
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import httpx
from asgi_lifespan import LifespanManager
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import SecretStr

from api.app import create_app
from api.problems import MEDIA_TYPE
from api.tokens import sign
from models.approval.commands import open_gate
from models.batch.commands import enlist, open_batch
from models.database import fetch_value
from models.document.vault import new_key
from models.install import role_dsn
from models.settings import Settings
from models.signin.keys import new_account_key
from models.usulan.workbook import FamilyRow, MemberRow, write_rows
from tests.integration.door.kit import RULES, stand
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI

OPEN_NUMBER = re.compile(r"(?<![0-9a-f])\d{16}(?![0-9a-f])")
"""A NIK or No KK; a run of digits within the hexadecimal of a hash, or of a request's number, is neither."""

SECRET = "rahasia-uji-rahasia-uji-rahasia-uji"
DOCUMENT_KEYS = new_key("uji")
ACCOUNT_KEY = new_account_key()
DOCUMENTS = Path(tempfile.gettempdir()) / f"alur-uji-{os.getpid()}-dokumen"
BASE = "http://alur.test"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EMPTY_CSV = b"no_kk,nik\r\n"

PUBLIC = {
    f"/api/v1/auth/{path}"
    for path in ("sign-in", "code/send", "code", "session", "forgot", "reset", "link/read", "link/use")
}
"""What is asked by those who have no token yet."""

PROBLEM = ("type", "status", "code", "title", "title_en", "detail", "detail_en", "cure", "cure_en")
_MAY_BE_EMPTY = {"cure", "cure_en"}


def settings(dsn: str, **more: Any) -> Settings:
    """Return the settings of an API process over a test database, whatever the environment says."""
    return Settings(
        _env_file=None,
        api_database_url=SecretStr(role_dsn(dsn, "alur_api")),
        secret_key=SecretStr(SECRET),
        ports_url=more.pop("ports_url", ""),
        prefect_api_url=more.pop("prefect_api_url", ""),
        documents=more.pop("documents", DOCUMENTS),
        document_keys=SecretStr(more.pop("document_keys", DOCUMENT_KEYS)),
        account_key=SecretStr(more.pop("account_key", ACCOUNT_KEY)),
        **{rate: more.pop(rate, 0) for rate in ("rate_session", "rate_network", "rate_stranger")},
        **more,
    )


@dataclass(frozen=True)
class Site:
    """A running application and a client that reaches it in this process; a crash is answered, not raised."""

    app: FastAPI
    http: httpx.AsyncClient


def running(config: Settings) -> AbstractAsyncContextManager[Site]:
    """Run an application with its lifespan."""
    return _running(config)


@asynccontextmanager
async def _running(config: Settings) -> AsyncIterator[Site]:
    app = create_app(config)
    async with LifespanManager(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as http:
            yield Site(app, http)


def routes(site: Site) -> list[tuple[str, str]]:
    """Return method and path of everything the application answers, its documentation aside."""
    return [
        (method, route.path)
        for route in iter_route_contexts(site.app.routes)
        if isinstance(route.original_route, APIRoute) and route.path and not route.path.startswith("/docs")
        for method in sorted(route.original_route.methods or ())
    ]


def problem(answer: httpx.Response, status: int, code: str | None = None) -> dict[str, Any]:
    """Demand that an answer is a whole problem, in both languages, of this status (and code); return it."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == MEDIA_TYPE
    if answer.request.method == "HEAD":
        return {}  # an answer without a body
    told: dict[str, Any] = answer.json()
    for part in PROBLEM:
        assert part in told, (part, told)
        assert told[part] or part in _MAY_BE_EMPTY, (part, told)
    assert told["status"] == status
    assert told["type"].endswith(f"#{told['code']}")
    assert code is None or told["code"] == code, told
    return told


def done(answer: httpx.Response, status: int = 200) -> Any:
    """Demand that a request was answered with this status; return the JSON."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    return answer.json()


@dataclass(frozen=True)
class Caller:
    """Somebody with a token; paths are those below /api/v1."""

    http: httpx.AsyncClient
    session: UUID
    name: str = ""
    user: int = 0

    @property
    def token(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {sign(self.session, SECRET)}"}

    async def ask(
        self, method: str, path: str, *, key: str | None = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        keyed = {} if key is None else {"Idempotency-Key": key}
        return await self.http.request(
            method, f"/api/v1{path}", headers={**self.token, **keyed, **(headers or {})}, **more
        )

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.ask("GET", path, params=params or None)

    async def post(self, path: str, body: Any, *, key: str | None = None) -> httpx.Response:
        return await self.ask("POST", path, json=body, key=key)

    async def patch(self, path: str, body: Any, *, key: str | None = None) -> httpx.Response:
        return await self.ask("PATCH", path, json=body, key=key)

    async def search(self, **wanted: Any) -> httpx.Response:
        """Look for families; the numbers go in the body."""
        return await self.post("/households/search", wanted)

    async def move(self, case: int, trigger: str, *, key: str | None = None, **more: Any) -> httpx.Response:
        return await self.post(f"/cases/{case}/transitions", {"trigger": trigger, **more}, key=key)

    async def upload(
        self, content: bytes, region: int | str, *, name: str = "usulan.xlsx", key: str | None = None
    ) -> httpx.Response:
        return await self.ask(
            "POST", "/imports", files={"file": (name, content, XLSX)}, data={"region": str(region)}, key=key
        )


@dataclass
class Place:
    """A village of a test's own in a kabupaten of its own, and people there; no other test's cases lie in it."""

    world: World
    http: httpx.AsyncClient
    village: int
    neighbour: int
    far: int
    _people: dict[tuple[str, str, int], Caller] = field(default_factory=dict)

    @property
    def kabupaten(self) -> int:
        return self.village // 1_000_000

    @property
    def bank(self) -> str:
        """A bank of this place alone: what lies in a bank's files knows no region."""
        return f"BANK {self.village}"

    async def person(
        self,
        role: str,
        name: str | None = None,
        *,
        region: int | None = None,
        programme: str = "PKH",
        organisation: str | None = None,
    ) -> Caller:
        """Return somebody in a role over this village or what contains it, made on first use."""
        at = self.village if region is None else region
        named = f"{name or role}.{self.village}"
        key = (named, role, at)
        if key not in self._people:
            session = await self.world.session(named, role, region=at, programme=programme, organisation=organisation)
            self._people[key] = Caller(self.http, session, named, await self.world.user(named))
        return self._people[key]

    async def families(self, count: int = 1, *, members: int = 2, region: int | None = None) -> list[int]:
        return await self.world.households(count, region=region or self.village, members=members)

    async def stand(self, path: str, count: int = 1, *, region: int | None = None, **more: Any) -> list[int]:
        """Put cases at the end of a history ("U01 U02 U05") and return their ids."""
        return await stand(self.world, path, count=count, region=region or self.village, **more)

    async def drafts(self, who: Caller, count: int = 1) -> list[int]:
        """Let somebody open proposals of new families and return the cases."""
        opened = await self.world.open(
            who.session,
            "usulan.buat_draf",
            await self.families(count),
            kind="BARU",
            facts={need: {"ada": True} for need in RULES["U01"].needs},
        )
        return [outcome.case_id or 0 for outcome in opened]

    async def batch(self, kind: str = "pengesahan", **more: Any) -> int:
        """Open a batch over the kabupaten, as the system."""
        system = await self.world.system()
        return await open_batch(self.world.worker, system, kind, self.kabupaten, f"Uji {kind}", **more)

    async def gate(
        self, gate: str, cases: Sequence[int], *, batch: int | None = None, programme: str | None = None
    ) -> int:
        """Let a batch carry cases and open a gate over them, as its flow would; return the approval."""
        system = await self.world.system()
        carried = await self.batch(programme=programme) if batch is None else batch
        await enlist(self.world.worker, system, carried, cases)
        return await open_gate(
            self.world.worker, system, carried, gate, cases, region=self.village, programme=programme
        )

    async def policy(self, entries: Mapping[str, Any]) -> None:
        """Decree policy for this kabupaten alone, in force at once."""
        await self.world.policy({f"{key}@{self.kabupaten}": value for key, value in entries.items()})

    async def value(self, query: str, *params: Any) -> Any:
        """Return what the administrator reads: the first column of the first row."""
        return await fetch_value(self.world.admin, query, params)

    async def row(self, query: str, *params: Any, **named: Any) -> dict[str, Any]:
        """Return the first row of what the administrator reads."""
        found = await (await self.world.admin.execute(query, named or params)).fetchone()
        assert found is not None
        return found


def family(place: Place, serial: int, *, nik_serial: int | None = None, **more: Any) -> FamilyRow:
    """Return a good family of two for a village list; `serial` (1 to 9999) tells families apart."""
    district = place.village // 10_000
    number = f"{district:06}010120{serial:04}"
    first = nik_serial or serial
    row = FamilyRow(
        no_kk=number,
        kode_desa=place.village,
        rt="001",
        rw="002",
        alamat="Jl. Kenanga 3",
        jenis_usulan="BARU",
        members=[
            MemberRow(
                no_kk=number,
                nik=f"{district:06}{birth.day + 40 * (sex - 1):02}{birth:%m%y}{first:04}",
                nama=name,
                tempat_lahir="Bandung",
                tanggal_lahir=birth,
                jk=sex,
                hubungan=relation,
                status_kawin=2,
            )
            for name, birth, sex, relation in (
                ("Dadang Suherman", date(1980, 5, 12), 1, 1),
                ("Euis Kartini", date(1983, 7, 3), 2, 3),
            )
        ],
    )
    for name, value in more.items():
        setattr(row, name, value)
    return row


def typed(row: FamilyRow) -> tuple[dict[str, str], list[dict[str, str]]]:
    """Return a family as somebody types it who has its card before him: by column, and the same of each member."""
    family_told = {
        "no_kk": row.no_kk,
        "kode_desa": str(row.kode_desa),
        "alamat": row.alamat,
        "rt": row.rt,
        "rw": row.rw,
        "jenis_usulan": row.jenis_usulan,
    }
    members = [
        {
            "nik": member.nik,
            "nama": member.nama,
            "tempat_lahir": member.tempat_lahir,
            "tanggal_lahir": f"{member.tanggal_lahir:%d-%m-%Y}",
            "jk": str(member.jk),
            "hubungan": str(member.hubungan),
            "status_kawin": str(member.status_kawin),
            "pekerjaan": "Petani/pekebun",
        }
        for member in row.members
    ]
    return family_told, members


def workbook(families: Iterable[FamilyRow]) -> bytes:
    """Return a village list as the file people upload."""
    target = io.BytesIO()
    write_rows(target, families, kind="xlsx")
    return target.getvalue()
