"""What the doctor says of work that waits for people: messages, cards, objections, cycles nobody decided."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from alur.doctor import database as looks
from alur.doctor.lines import Line, Status
from models.approval.commands import decide, open_gate
from models.batch.commands import open_batch
from models.case.commands import CaseFact, write_facts
from models.database import sync_connect
from models.siklus.commands import dates_fact
from models.siklus.rules import period_of
from tests.integration.door.kit import person, stand
from tests.integration.door.objecting import objecting
from tests.integration.notice.kit import hear, make_due, reach, reader, tell
from tests.support.world import World


@pytest.fixture
def owner(database: str) -> Iterator[looks.Owner]:
    with sync_connect(database) as conn:
        yield conn


def look(conn: looks.Owner, check: str) -> Line:
    return {line.check: line for line in looks.everything(conn, production=False)}[check]


async def test_messages_that_wait_and_messages_given_up(world: World, owner: looks.Owner) -> None:
    user = await reader(world)
    await hear(world)
    await reach(world, user, email="a@b.id")
    assert look(owner, "kabar").status is Status.OK
    await tell(world, user, urgent=True)
    await make_due(world)
    assert look(owner, "kabar").status is Status.OK
    owner.execute("UPDATE notice_delivery SET next_try = alur_now() - interval '6 minutes'")
    assert look(owner, "kabar").status is Status.PERHATIAN
    owner.execute("UPDATE notice_delivery SET next_try = alur_now() - interval '61 minutes'")
    assert look(owner, "kabar").status is Status.GALAT
    owner.execute("UPDATE notice_delivery SET state = 'mati', done_at = alur_now()")
    line = look(owner, "kabar")
    assert (line.status, line.figures["dead"]) == (Status.PERHATIAN, 1)
    assert "alur notices dead" in line.mend


async def test_news_that_nobody_reads(world: World, owner: looks.Owner) -> None:
    await stand(world, "U01 U02")
    await world.travel(timedelta(minutes=10))
    assert look(owner, "kabar").status is Status.PERHATIAN
    await hear(world)
    assert look(owner, "kabar").status is Status.OK


async def test_cards_that_a_bank_refuses(world: World, owner: looks.Owner) -> None:
    (case,) = await stand(world, "P01 P03 P06 P09")
    await world.file("BRI", [case])
    assert look(owner, "kartu").status is Status.OK
    told = {"bank": "BRI", "kartu": "gagal", "kode": "KKS_RUSAK", "pesanan": 1}
    await write_facts(world.worker, await world.system(), [CaseFact(case, "berkas_bank", told)])
    line = look(owner, "kartu")
    assert (line.status, line.figures) == (Status.PERHATIAN, {"refused": 1})
    assert await (await person(world, "bank")).one("P13", case) == "dipindah"
    assert look(owner, "kartu").status is Status.OK, "it was printed"


async def test_objections_past_their_time(world: World, owner: looks.Owner) -> None:
    there = await objecting(world)
    case = await there.accepted("SANGGAH_PIHAK_LAIN")
    await world.travel(timedelta(days=13))
    assert look(owner, "sanggah").status is Status.OK
    await world.travel(timedelta(days=1, minutes=1))
    line = look(owner, "sanggah")
    assert (line.status, line.figures) == (Status.PERHATIAN, {"late": 1})
    assert await (await there.who("warga", "pengaju")).one("S33", case) == "dipindah"
    assert look(owner, "sanggah").status is Status.OK


async def soon(world: World, days: int) -> date:
    """Let policy date the next cycle so many days ahead; returns its first day."""
    begins = (await world.now()).date() + timedelta(days=days)
    entry = {"nomor": 1, "mulai": f"{begins:%m-%d}", "selesai": f"{begins + timedelta(days=60):%m-%d}"}
    await world.policy({"siklus.tanggal": [entry]})
    return begins


@pytest.mark.parametrize(("days", "status"), [(47, Status.OK), (40, Status.PERHATIAN), (-2, Status.GALAT)])
async def test_a_cycle_that_is_near_and_undecided(world: World, owner: looks.Owner, days: int, status: Status) -> None:
    begins = await soon(world, days)
    line = look(owner, "siklus")
    assert line.status is status
    assert line.figures["undecided"] == ([] if status is Status.OK else [period_of(begins)])


@pytest.mark.parametrize("verdict", ["setuju", "standing", "tolak"])
async def test_a_cycle_that_was_decided_is_no_trouble(world: World, owner: looks.Owner, verdict: str) -> None:
    begins = await soon(world, 30)
    period = period_of(begins) if verdict != "standing" else 202001
    system = await world.system()
    batch = await open_batch(world.worker, system, "siklus", 0, "Siklus verval")
    told = dates_fact(begins, begins + timedelta(days=60))
    gate = await open_gate(
        world.worker, system, batch, f"siklus_jadwal.{period}", [], region=0, evidence={"tanggal": told}
    )
    assert look(owner, "siklus").status is Status.PERHATIAN, "it is asked for, and nobody has decided"
    letter: dict[str, Any] = {"nomor": "SE/1"}
    if verdict == "standing":
        letter["berlaku_sampai"] = str(begins + timedelta(days=400))
    for name in ("pusdatin.a", "pusdatin.b")[: 1 if verdict == "tolak" else 2]:
        session = await world.session(name, "pusdatin")
        said, reason = ("tolak", "JADWAL_DIGANTI") if verdict == "tolak" else ("setuju", None)
        await decide(world.api, session, gate, said, evidence={"surat_edaran": letter}, reason=reason)
    assert look(owner, "siklus").status is Status.OK


def test_dates_of_policy_may_be_missing(owner: looks.Owner) -> None:
    owner.execute("UPDATE policy SET value = %s WHERE key = 'siklus.tanggal'", (Jsonb([]),))
    assert look(owner, "siklus").status is Status.OK
