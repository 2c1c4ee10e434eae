"""A row never names a missing file, whatever stops an upload where; what is left over is removed, and nothing else."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from models.document import commands
from models.document.commands import ORPHAN_S, add_document, check, demand_may_add, sweep
from models.document.rules import PDF, Cleaned
from models.document.vault import Vault, new_key, parse_keys
from tests.integration.api.kit import Caller, Place, done, problem
from tests.integration.api.papers import VAULT, files, send, stored
from tests.support.files import pdf

pytestmark = pytest.mark.asyncio(loop_scope="session")

Add = Callable[..., Awaitable[dict[str, Any]]]


class Stopped(Exception):
    """The process ended here."""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path, parse_keys(new_key("k1")))


def letter(number: int) -> bytes:
    return pdf(page=b"/Nomor %d" % number)


async def draft(place: Place) -> tuple[Caller, int]:
    who = await place.person("operator_desa")
    [case] = await place.drafts(who)
    return who, case


def _age(vault: Vault, sha256: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(vault.path(sha256), (then, then))


async def test_stopped_before_the_file_there_is_neither(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    who, case = await draft(place)
    before = await stored(place, case)

    def put(*_: object) -> None:
        raise Stopped

    monkeypatch.setattr(Vault, "put", put)
    problem(await send(who, case, "ktp", letter(1)), 500, "galat_dalam")
    assert await stored(place, case) == before


async def test_stopped_between_file_and_row_there_is_a_file_too_many(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, case = await draft(place)
    before = await stored(place, case)
    known = files()
    real = Vault.put

    def put(vault: Vault, content: bytes) -> None:
        real(vault, content)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(Vault, "put", put)
        problem(await send(who, case, "ktp", letter(2)), 500, "galat_dalam")
    assert await stored(place, case) == (before[0], before[1], before[2] + 1)
    [orphan] = files() - known
    told = done(await send(who, case, "ktp", letter(2)), 201)
    assert VAULT.path(told["sha256"]) == orphan


async def test_a_transaction_that_is_undone_leaves_no_row_and_no_fact(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, case = await draft(place)
    before = await stored(place, case)
    real: Add = commands.add_document

    async def add(*given: Any) -> dict[str, Any]:
        await real(*given)
        raise Stopped

    monkeypatch.setattr("api.routes.evidence.add_document", add)
    problem(await send(who, case, "ktp", letter(3)), 500, "galat_dalam")
    assert (await stored(place, case))[:2] == before[:2]


async def test_the_file_is_there_when_the_row_is_written(place: Place, vault: Vault) -> None:
    """Seen from another connection, while the row is not committed yet."""
    who, case = await draft(place)
    async with place.world.api.transaction(force_rollback=True):
        wanted = await demand_may_add(place.world.api, who.session, case, "ktp")
        told = await add_document(place.world.api, vault, who.session, wanted, Cleaned(letter(4), PDF, None))
        assert vault.get(told["sha256"]) == letter(4)
        assert await place.value("SELECT count(*) FROM document WHERE id = %s", told["id"]) == 0


async def _kept(place: Place, vault: Vault, content: bytes) -> str:
    """Store a document with its row; return its hash."""
    who, case = await draft(place)
    async with place.world.api.transaction():
        wanted = await demand_may_add(place.world.api, who.session, case, "ktp")
        told = await add_document(place.world.api, vault, who.session, wanted, Cleaned(content, PDF, None))
    return str(told["sha256"])


async def test_a_sweep_takes_what_nobody_names_after_a_day_and_nothing_else(place: Place, vault: Vault) -> None:
    known = await _kept(place, vault, letter(5))
    old, young = vault.put(b"yatim lama"), vault.put(b"yatim baru")
    for sha256, age in ((known, ORPHAN_S * 9), (old, ORPHAN_S + 60), (young, ORPHAN_S - 60)):
        _age(vault, sha256, age)
    aside = vault.path(old).with_name("x.baru")
    aside.write_bytes(b"setengah")
    os.utime(aside, (1, 1))
    removed = await sweep(place.world.admin, vault)
    assert set(removed) == {old, "x.baru"}
    assert set(vault.stored()) == {known, young}
    assert not aside.exists()
    assert await sweep(place.world.admin, vault) == []


async def test_a_file_whose_row_is_being_written_is_not_swept_away(place: Place, vault: Vault) -> None:
    """The upload found an old orphan of the same content; the sweep comes between its file and its commit."""
    who, case = await draft(place)
    orphan = vault.put(letter(6))
    async with place.world.api.transaction():
        wanted = await demand_may_add(place.world.api, who.session, case, "ktp")
        told = await add_document(place.world.api, vault, who.session, wanted, Cleaned(letter(6), PDF, None))
        assert told["sha256"] == orphan
        _age(vault, orphan, ORPHAN_S * 2)
        sweeping = asyncio.create_task(sweep(place.world.admin, vault))
        await asyncio.sleep(0.5)
        assert not sweeping.done()
        assert vault.get(orphan) == letter(6)
    assert await sweeping == []
    assert vault.get(orphan) == letter(6)


async def test_an_upload_that_waited_for_a_sweep_stores_its_file_anew(place: Place, vault: Vault) -> None:
    """The sweep has already judged the orphan; the upload's file must be there all the same once its row is."""
    who, case = await draft(place)
    orphan = vault.put(letter(7))
    async with place.world.admin.transaction():
        await place.world.admin.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", (orphan,))

        async def upload() -> None:
            async with place.world.api.transaction():
                wanted = await demand_may_add(place.world.api, who.session, case, "ktp")
                await add_document(place.world.api, vault, who.session, wanted, Cleaned(letter(7), PDF, None))

        uploading = asyncio.create_task(upload())
        await asyncio.sleep(0.5)
        assert not uploading.done()
        vault.remove(orphan)
    await uploading
    assert vault.get(orphan) == letter(7)


async def test_a_check_names_what_is_missing_or_damaged(place: Place, vault: Vault) -> None:
    whole, gone, bent = [await _kept(place, vault, letter(number)) for number in (8, 9, 10)]
    vault.remove(gone)
    vault.path(bent).write_bytes(b"x")
    told = await check(place.world.admin, vault)
    assert (told[gone], told[bent]) == ("hilang", "rusak")
    assert whole not in told


async def test_nobody_writes_or_changes_a_row_past_the_door(place: Place, vault: Vault) -> None:
    sha256 = await _kept(place, vault, letter(11))
    for statement in (
        "UPDATE document SET case_id = 1 WHERE sha256 = %s",
        "DELETE FROM document WHERE sha256 = %s",
        "INSERT INTO document (case_id, kind, sha256, type, bytes, user_id, act, at) VALUES (1,1,%s,'x',1,1,1,now())",
    ):
        for conn in (place.world.admin, place.world.api):
            with pytest.raises(Exception, match=r"hanya ditulis lewat pintu|permission denied"):
                await conn.execute(statement, (sha256,))
