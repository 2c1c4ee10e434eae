"""The documented API is the API: valid, with examples that are taken, and with the refusals each route can give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest
from pydantic import BaseModel

import api
from tests.integration.api.kit import PROBLEM, PUBLIC, Site, routes

pytestmark = pytest.mark.asyncio(loop_scope="session")

SHAPES = [import_module(f"api.{found.name}") for found in iter_modules(api.__path__) if found.name.endswith("shapes")]
METHODS = {"get", "head", "post", "put", "patch", "delete"}


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            yield f"{method.upper()} {path}", item[method]


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
        for part in value.values():
            yield from nodes(part)
    elif isinstance(value, list):
        for part in value:
            yield from nodes(part)


@pytest.fixture
def document(site: Site) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(json.dumps(site.app.openapi()))
    return told


async def test_it_is_served_as_json_to_everybody(site: Site, document: dict[str, Any]) -> None:
    answer = await site.http.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == document
    assert document["openapi"].startswith("3.")
    assert (await site.http.get("/docs")).status_code == 200


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    for node in nodes(document):
        if isinstance(node.get("$ref"), str):
            found: Any = document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step]
            assert found


async def test_every_route_is_documented_but_the_figures(site: Site, document: dict[str, Any]) -> None:
    served = {f"{method} {path}" for method, path in routes(site)}
    assert served - {name for name, _ in operations(document)} == {"GET /metrics"}


async def test_every_operation_says_what_it_does_under_a_name_of_its_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    for name, operation in operations(document):
        assert len(operation["description"]) > 20, name
        assert operation["tags"], name


async def test_what_needs_a_token_says_so_and_how_it_is_refused(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        if "/api/v1/" not in name or name.removeprefix("POST ") in PUBLIC:
            assert "security" not in operation, name
            continue
        assert operation["security"], name
        example = operation["responses"]["401"]["content"]["application/problem+json"]["example"]
        assert example["code"] == "sesi_berakhir", name


async def test_every_example_of_a_refusal_is_a_whole_problem_in_both_languages(document: dict[str, Any]) -> None:
    seen = 0
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            content = response.get("content", {}).get("application/problem+json")
            if content is None:
                continue
            seen += 1
            example = content["example"]
            assert set(PROBLEM) == set(example), name
            assert example["status"] == int(status), name
            assert not [part for part in example.values() if "{0}" in str(part) or "{{" in str(part)], name
    assert seen > 50


async def test_every_body_has_examples_and_they_are_taken(document: dict[str, Any]) -> None:
    """The examples of a body's fields, put together, are a request that is understood."""
    bodies = {
        content["schema"]["$ref"].rsplit("/", 1)[1]
        for _, operation in operations(document)
        for content in operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in content["schema"]  # a file has no shape
    }
    sent = {body for body in bodies if not body.startswith("Body_")}
    assert len(sent) > 8
    for body in sent:
        schema = document["components"]["schemas"][body]
        examples = {name: told["examples"][0] for name, told in schema["properties"].items() if "examples" in told}
        assert set(schema.get("required", ())) <= set(examples), body
        model: type[BaseModel] = next(getattr(module, body) for module in SHAPES if hasattr(module, body))
        assert model.model_validate(examples).model_fields_set == set(examples)
    [upload] = bodies - sent
    assert document["components"]["schemas"][upload]["properties"]["region"]["examples"] == ["32.04.05.2001"]


async def test_bodies_that_people_send_take_nothing_unknown(document: dict[str, Any]) -> None:
    for name, schema in document["components"]["schemas"].items():
        if (
            not name.startswith(("Body_", "HTTPValidationError", "ValidationError", "Problem"))
            and schema["type"] == "object"
        ):
            assert schema["additionalProperties"] is False, name


async def test_writes_document_their_request_key(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        # An answer with a secret or with open numbers is kept nowhere.
        secret = "/auth/" in name or name.endswith(("/link", "/accounts/import", "/numbers"))
        # An upload is its own key: a piece names the byte it begins at, a document the upload it is made of.
        own = name.partition(" ")[2].startswith("/api/v1/uploads")
        writes = not own and not name.startswith("GET") and not name.endswith(("/preview", "/search")) and not secret
        headers = {one["name"].lower() for one in operation.get("parameters", []) if one["in"] == "header"}
        assert ("idempotency-key" in headers) is writes, name


async def test_invalid_input_is_documented_as_it_is_answered(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        if "422" in operation["responses"]:
            assert set(operation["responses"]["422"]["content"]) == {"application/problem+json"}, name


async def test_the_page_needs_nothing_from_elsewhere(site: Site) -> None:
    """Offices behind bad lines reach no other server: what the page loads comes from here."""
    page = await site.http.get("/docs")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded
    for address in loaded:
        assert address.startswith("/")
        assert (await site.http.get(address)).status_code == 200
