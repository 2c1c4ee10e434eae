"""What the tests of documents share: sending one, and what is stored of a case's documents."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx

from models.document.vault import Vault, parse_keys
from tests.integration.api.kit import DOCUMENT_KEYS, DOCUMENTS, Caller, Place

VAULT = Vault(DOCUMENTS, parse_keys(DOCUMENT_KEYS))
"""The vault of the application under test."""


async def send(
    who: Caller,
    case: int,
    kind: str,
    content: bytes | AsyncIterator[bytes],
    *,
    type_: str = "image/jpeg",
    key: str | None = None,
    **headers: str,
) -> httpx.Response:
    """Upload a document as the body itself."""
    sent = {"Content-Type": type_} | {name.replace("_", "-"): value for name, value in headers.items()}
    path = f"/cases/{case}/documents"
    return await who.ask("POST", path, params={"kind": kind}, content=content, headers=sent, key=key)


async def send_form(who: Caller, case: int, kind: str, content: bytes, name: str = "foto.jpg") -> httpx.Response:
    """Upload a document as the field of a form."""
    return await who.ask(
        "POST", f"/cases/{case}/documents", params={"kind": kind}, files={"file": (name, content, "image/jpeg")}
    )


def files() -> set[Path]:
    """Return every file in the store of the application under test."""
    return {path for path in DOCUMENTS.rglob("*") if path.is_file()}


async def stored(place: Place, case: int) -> tuple[int, int, int]:
    """Return how much stands about a case: documents, facts, and files of all cases."""
    row = await place.row(
        "SELECT (SELECT count(*) FROM document WHERE case_id = %(case)s) AS documents, "
        "(SELECT count(*) FROM fact WHERE case_id = %(case)s) AS facts",
        case=case,
    )
    return row["documents"], row["facts"], len(files())


async def fact(place: Place, case: int, kind: str) -> Any:
    """Return the newest value of a kind of fact about a case, None when there is none."""
    return await place.value(
        "SELECT value FROM fact WHERE case_id = %s AND kind = (SELECT code FROM fact_kind WHERE id = %s) "
        "ORDER BY act DESC LIMIT 1",
        case,
        kind,
    )
