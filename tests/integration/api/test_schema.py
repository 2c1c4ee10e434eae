"""The API keeps what its document promises, to everybody and whatever is sent: schemathesis over every operation.

Cases are made from the OpenAPI document, fitting and not; each is sent as somebody in a role, or nobody. No answer may
be a fault of ours, and each must have a documented status, content type, headers and shape. The same cases every time;
`ALUR_SCHEMA_EXAMPLES` asks for more of them and other ones.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from tests.integration.api import kit
from tests.integration.api.kit import BASE, Caller, Place, Site, done, family, workbook
from tests.support.server import TestServer
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""Not whether what fits its shape is taken: most of it is refused by the door, for reasons no shape can tell."""
EXAMPLES = int(os.environ.get("ALUR_SCHEMA_EXAMPLES", "0"))
NOBODY = "nobody"
ROLES = ("operator_desa", "verifikator_kab", "pusdatin", "bank", "auditor", "admin_pusat", NOBODY)
DOCUMENT = create_app(kit.settings("postgresql://postgres:x@127.0.0.1:1/tidak_ada")).openapi()
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)


@schemathesis.serializer("application/offset+octet-stream")
def _piece(_: object, value: object) -> bytes:
    """Send a piece of a file as the bytes it is."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


OPERATIONS = sorted(
    (method.upper(), path)
    for path, item in DOCUMENT["paths"].items()
    for method in item
    if path != "/readyz"  # there is no engine here, and so it says
)
CLOCK = ("POST", "/api/v1/demo/clock")
"""Moved by an administrator it would end what the other cases rely on; `test_demo_clock.py` moves it."""
KNOWN = {"code": "3204", "kind": "dikembalikan"}
"""Words in addresses that name something; numbers of this village's things begin with 1."""


@dataclass(frozen=True)
class Village:
    """A village with something of everything, and the assignments of people there."""

    site: Site
    place: Place
    assignments: dict[str, int]

    async def caller(self, role: str) -> Caller:
        """Return somebody in a role with a session for one request, which may end all of his."""
        session: UUID = await self.place.value(
            "INSERT INTO session (assignment_id, issued_at, expires_at) "
            "VALUES (%s, now(), now() + interval '1 day') RETURNING id",
            self.assignments[role],
        )
        return Caller(self.site.http, session)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def village(server: TestServer) -> AsyncIterator[Village]:
    dsn = server.fresh()
    async with World(dsn) as world, kit.running(kit.settings(dsn)) as site:
        place = Place(world, site.http, 3204052001, 3204052002, 5171010001)
        people = {role: await place.person(role) for role in ROLES if role != NOBODY}
        await place.stand("U01", 2)
        await place.gate("pengesahan", await place.stand("U01 U02 U05 U11 U15 U19 U22", 2))
        await place.stand("P01 P03")
        await place.batch("tahap", programme="PKH", period=202604)
        lists = workbook([family(place, 1), family(place, 2, alamat="")])
        done(await people["operator_desa"].upload(lists, place.village), 201)
        held = "SELECT assignment_id FROM session WHERE id = %s"
        yield Village(site, place, {role: await place.value(held, who.session) for role, who in people.items()})
    server.drop(dsn)


def headers_of(kept: Any) -> Iterator[tuple[str, str]]:
    """Yield headers as they can be sent; the transport adds its own."""
    for name, value in kept.items():
        if name.lower() not in {"content-length", "user-agent", "x-schemathesis-testcaseid"}:
            yield name, value.decode("latin-1") if isinstance(value, bytes) else value


async def send(village: Village, case: schemathesis.Case[Any], role: str) -> Any:
    """Send a case as somebody in a role, as it would go over the wire."""
    prepared = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    headers = dict(headers_of(prepared.headers))
    if role != NOBODY:
        headers |= (await village.caller(role)).token
    body: Any = prepared.body or b""
    return await village.site.http.request(case.method, prepared.url or "", content=body, headers=headers)


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, "application/problem+json", "{}"),
        (418, "application/json", "{}"),
        (200, "text/html", "<p>"),
        (429, "application/problem+json", '{"type": "x"}'),
    ],
)
async def test_an_answer_that_is_not_documented_is_found(status: int, kind: str, body: str) -> None:
    case = SCHEMA["/api/v1/me"]["GET"].Case()
    request = httpx.Request("GET", f"{BASE}/api/v1/me")
    answer = httpx.Response(status, headers={"Content-Type": kind, "Retry-After": "1"}, text=body, request=request)
    answer.elapsed = timedelta(0)
    with pytest.raises(FailureGroup):
        case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
@settings(
    max_examples=EXAMPLES or 12,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=(Phase.explicit, Phase.generate) if not EXAMPLES else tuple(Phase),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
async def test_every_answer_is_one_that_is_documented(
    village: Village, method: str, path: str, data: st.DataObject
) -> None:
    roles = [role for role in ROLES if (method, path) != CLOCK or role != "admin_pusat"]
    role = data.draw(st.sampled_from(roles))
    mode = data.draw(st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE]))
    case = data.draw(SCHEMA[path][method].as_strategy(generation_mode=mode))
    if mode is GenerationMode.POSITIVE and case.path_parameters:
        for name in re.findall(r"\{(\w+)\}", path):
            if name in KNOWN or isinstance(case.path_parameters[name], int):
                near = st.sampled_from([KNOWN[name]]) if name in KNOWN else st.integers(1, 4)
                case.path_parameters[name] = data.draw(near | st.just(case.path_parameters[name]))
    answer = await send(village, case, role)
    case.validate_response(answer, checks=CHECKS)
