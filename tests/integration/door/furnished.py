"""A database with something in every table that knows cases or people, so that hiding it can be told from emptiness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import Connection, sql
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb

from models.case.commands import CaseFact, write_facts
from models.database import fetch_value
from tests.integration.door.kit import person, rows, stand
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World

Sql = Connection[DictRow]

LOG = ("case_", "act", "transition", "refusal", "fact", "act_fact", "nominal", "confirmation", "document")
"""History: nobody changes it, the door itself only appends."""
STANDING = ("position", "claim", "counter", "seat_kept")
"""What the door keeps up to date."""
DOOR_TABLES = (*LOG, *STANDING)


@dataclass(frozen=True)
class Furnished:
    """What a furnished database holds: its address, a case of the first village, and who may see it."""

    dsn: str
    case: int
    household: int
    operator: UUID
    far_operator: UUID
    system: UUID


async def furnish(dsn: str) -> Furnished:
    """Fill a fresh database and return what to look for."""
    async with World(dsn) as world:
        families = await world.households(6)
        operator = await person(world, "operator_desa")
        far = await person(world, "operator_desa", "jauh", region=DESA_JAUH)
        system = await person(world, "sistem")
        (case,) = await operator.opened("U01", families[:1])
        await operator.fire("U03", [case], reason="SALAH_INPUT", note="")  # no note: refused, and the refusal kept
        await operator.fire("U02", [case])
        await write_facts(world.api, operator.session, [CaseFact(case, "ktp", {"nomor": 1})], note="dicatat")
        await operator.opened("U01", families[1:2], kind="PINDAH", destination=DESA_LAIN)

        # A payment with its amount, handed to a bank; a membership whose exit one of two persons takes back.
        (payment,) = await stand(world, "P01 P03", households=families[2:3])
        await world.file("BRI", [payment])
        (gone,) = await stand(world, "K01 K06 K07 K17", households=families[2:3])
        for name, expected in (("pusdatin", "menunggu_orang_lain"), ("pusdatin-kedua", "dipindah")):
            assert await (await person(world, "pusdatin", name)).one("K20", gone) == expected
        await world.assign_families("pendamping", families[:1])

        # A family that withdrew, whose seat is kept while it may think better of it.
        (left,) = await stand(world, "S06 S11", households=families[4:5])
        await stand(world, "K01 K06 K07", households=families[4:5])
        assert await (await person(world, "kepala_dinas")).one("S24", left, reason="MUNDUR") == "dipindah"

        # An account of the family, and what the family looked like before.
        member = await fetch_value(world.admin, "SELECT id FROM person WHERE household_id = %s LIMIT 1", (families[0],))
        account = {"household_id": families[0], "person_id": member, "bank": "BRI", "number": "001", "status": "aktif"}
        await world.worker.execute("SELECT account_save(%s, %s)", (system.session, Jsonb([account])))
        await world.admin.execute(
            "INSERT INTO household_history (household_id, version, act, at, before) VALUES (%s, 1, 1, now(), '{}')",
            (families[0],),
        )

        sent = (operator.session, case, "ktp", "0" * 64)
        await world.api.execute("SELECT document_add(%s, %s, %s, %s, 'image/png', 1, NULL, NULL, NULL)", sent)
        await _furnish_work(world, system.session)
        return Furnished(dsn, case, families[0], operator.session, far.session, system.session)


async def _furnish_work(world: World, system: UUID) -> None:
    """Make a batch with everything that hangs on one: a gate decided with an exception, a run, a call, a file."""
    cases = await stand(world, "U01 U02 U05 U11 U15 U19 U22", count=2)
    kabupaten = DESA // 1_000_000 * 1_000_000
    batch = await fetch_value(
        world.worker,
        "SELECT batch_open(%s, 'pengesahan', %s, %s, %s, NULL, 202601, 'Pengesahan')",
        (system, kabupaten, kabupaten, kabupaten + 999_999),
    )
    approval = await fetch_value(
        world.worker,
        "SELECT approval_open(%s, %s, 'pengesahan', 'kepala_dinas', %s, %s, 1, NULL)",
        (system, batch, ["usulan.sahkan", "usulan.kembalikan_pengesahan"], cases),
    )
    head = await person(world, "kepala_dinas")
    excepts = [{"case": cases[0], "trigger": "usulan.kembalikan_pengesahan", "reason": "DATA_JANGGAL"}]
    await world.api.execute(
        "SELECT * FROM approval_decide(%s, %s, 'setuju', NULL, 'dibaca', %s, %s)",
        (head.session, approval, Jsonb({"surat_pengesahan": 1}), Jsonb(excepts)),
    )
    await world.worker.execute("SELECT * FROM approval_execute(%s, %s)", (system, approval))
    await world.worker.execute("SELECT lease_take(%s, %s, 60)", (batch, uuid4()))
    await world.worker.execute("SELECT * FROM request_begin(%s, 'kunci', 'sidik')", (system,))
    await _fill(world, "call", batch=batch, state="tercatat")
    await _fill(world, "decree", batch=batch, approval=approval)
    await _fill(world, "import_file", batch=batch, user_id=head.user)


async def _fill(world: World, table: str, **known: Any) -> None:
    """Write one row: what is known, and some value of its type for every other column that must have one."""
    some = {"text": "x", "jsonb": "{}", "ARRAY": "{}", "timestamp with time zone": "now", "uuid": str(uuid4())}
    for column in await rows(
        world,
        "SELECT column_name AS name, data_type AS type FROM information_schema.columns WHERE table_name = %s "
        "AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'",
        (table,),
    ):
        known.setdefault(column["name"], some.get(column["type"], "1"))
    names = list(known)
    await world.admin.execute(
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(['%s'] * len(names))})",
        [known[name] for name in names],
    )


def refusal(conn: Sql, query: str | sql.Composed, params: Any = None) -> str:
    """Run a statement that is expected to fail, undo it if it did not, and return its SQLSTATE ("" for success)."""
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(query, params)
    except psycopg.Error as error:
        return error.sqlstate or "no state"
    return ""
