"""Whatever is sent is answered, and what goes wrong is the caller's: every route, with fitting and hostile values."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from tests.integration.api import kit
from tests.integration.api.kit import Caller, Place, done, family, problem, workbook

pytestmark = pytest.mark.asyncio(loop_scope="session")

DOCUMENT: dict[str, Any] = create_app(kit.settings("postgresql://postgres:x@127.0.0.1:1/tidak_ada")).openapi()
OPERATIONS = sorted(
    (method.upper(), path)
    for path, item in DOCUMENT["paths"].items()
    for method in {"get", "post", "patch"} & set(item)
    if path not in {"/healthz", "/readyz", "/api/v1/auth/sign-out"}  # leaving would end the other tests' session
)
ROLES = ("operator_desa", "kepala_dinas", "verifikator_kab", "kpa", "direktorat", "auditor", "pendamping")

words = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "\0",
        "a\0b",
        "\ud800",
        "%",
        "_",
        "'",
        "\\",
        "usulan.kirim_cek",
        "32.04",
        "null",
        "📄",
        "٣",
        "\u202e",
        "x" * 300,
    ]
)
numbers = st.integers(-5, 40) | st.sampled_from([2**31 - 1, 2**31, 2**63 - 1, 2**63, -(2**63), 10**30, 1101, 202604])
scalars = st.none() | st.booleans() | numbers | words | st.floats()
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=8
)


def resolved(schema: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        found: Any = DOCUMENT
        for step in schema["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return resolved(found)
    return schema


def of_type(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values of a schema's type, most of them within its bounds."""
    low, high = schema.get("minimum", 1), schema.get("maximum", 60)
    kinds = st.sampled_from(["ktp", "kk", "dokumen_jenis", "berita_acara", "nomor_sk", "nominal"]) | words
    named = {name: fitting(told) for name, told in schema.get("properties", {}).items()}
    needed = {name: named.pop(name) for name in schema.get("required", [])}
    by_type: dict[str | None, st.SearchStrategy[Any]] = {
        "integer": st.integers(low, min(high, low + 40)) | numbers,
        "boolean": st.booleans(),
        "number": st.floats(),
        "array": st.lists(fitting(schema.get("items", {})), max_size=4) if "items" in schema else anything,
        "object": st.fixed_dictionaries(needed, optional=named)
        if "properties" in schema
        else st.dictionaries(kinds, anything, max_size=3),
    }
    return by_type.get(schema.get("type"), words)


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Return values that a schema would take: its examples, its words, values of its type."""
    schema = resolved(schema)
    choices: list[st.SearchStrategy[Any]] = [st.sampled_from(schema["examples"])] if schema.get("examples") else []
    if pattern := schema.get("pattern"):
        choices.append(st.from_regex(pattern, fullmatch=True))
    choices += [fitting(one) for one in schema.get("anyOf", [])]
    if "anyOf" not in schema:
        choices.append(of_type(schema))
    return st.one_of(choices)


def values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    return fitting(schema) | scalars


@st.composite
def bodies(draw: st.DrawFn, schema: dict[str, Any]) -> Any:
    """Return a body that fits, one in which a field does not, or anything at all."""
    body = draw(fitting(schema))
    how = draw(st.sampled_from(["as it is", "as it is", "spoilt", "anything"]))
    if how == "anything":
        return draw(anything)
    if how == "spoilt" and isinstance(body, dict) and body:
        return {**body, draw(st.sampled_from(sorted(body))): draw(anything)}
    return body


@dataclass(frozen=True)
class Request:
    """What is sent: its address, and its body as bytes or as a form."""

    address: str
    more: dict[str, Any]


@st.composite
def requests(draw: st.DrawFn, method: str, path: str) -> Request:
    operation = DOCUMENT["paths"][path][method.lower()]
    query: list[str] = []
    headers = {}
    for one in operation.get("parameters", []):
        if one["in"] == "path":
            value = draw(values(one["schema"]) | st.integers(1, 4))
            path = path.replace(f"{{{one['name']}}}", encoded(value) or "%20")
        elif one["in"] == "query" and (one.get("required") or draw(st.booleans())):
            value = draw(values(one["schema"]))
            each = value if isinstance(value, list) else [value]
            query += [f"{one['name']}={encoded(part)}" for part in each]
        elif one["in"] == "header" and draw(st.booleans()):
            headers[one["name"]] = draw(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=140))
    address = f"{path}?{'&'.join(query)}" if query else path
    more: dict[str, Any] = {"headers": headers}
    content = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        uploaded = draw(
            st.binary(max_size=60) | st.sampled_from([workbook([]), b"no_kk,nik\n1,2\n", b"%PDF-1.7 %%EOF"])
        )
        name = draw(st.text(st.characters(min_codepoint=32, max_codepoint=900), max_size=10))
        more |= {"files": {"file": (name, uploaded)}, "data": {"region": encoded(draw(words))}}
    elif "application/offset+octet-stream" in content:
        more["content"] = draw(st.binary(max_size=60))
        more["headers"] = {"Content-Type": "application/offset+octet-stream", **headers}
    elif content:
        body = draw(bodies(content["application/json"]["schema"]))
        more["content"] = json.dumps(body).encode()
        more["headers"] = {"Content-Type": "application/json", **headers}
    return Request(address, more)


def encoded(value: Any) -> str:
    return quote(str(value), safe="", errors="surrogatepass")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def furnished(places: Iterator[Place]) -> AsyncIterator[dict[str, Caller]]:
    """A village with something of everything, so that small numbers name what is there, and people to send requests."""
    place = next(places)
    people = {role: await place.person(role) for role in ROLES}
    await place.stand("U01", 2)
    await place.gate("pengesahan", await place.stand("U01 U02 U05 U11 U15 U19 U22", 2))
    await place.stand("P01 P03")
    await place.batch("tahap", programme="PKH", period=202604)
    operator = people["operator_desa"]
    done(await operator.upload(workbook([family(place, 1), family(place, 2, alamat="")]), place.village), 201)
    await place.world.assign_families(people["pendamping"].name, await place.families())
    yield people


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
@given(data=st.data())
async def test_every_route_answers_whatever_is_sent(
    furnished: dict[str, Caller], method: str, path: str, data: st.DataObject
) -> None:
    who = furnished[data.draw(st.sampled_from(ROLES))]
    sent = data.draw(requests(method, path))
    headers = {**who.token, **sent.more.pop("headers")}
    answer: httpx.Response = await who.http.request(method, sent.address, headers=headers, **sent.more)
    # Another test's document, whose file lies in that test's vault, is truly lost here, and said to be.
    lost = answer.status_code == 500 and answer.json().get("code") == "dokumen_hilang"
    assert lost or answer.status_code < 500, (sent, answer.text)
    if answer.status_code >= 400:
        problem(answer, answer.status_code)
    elif answer.is_success and not path.endswith((".xlsx", ".pdf", "/documents/{number}")):
        answer.json()
