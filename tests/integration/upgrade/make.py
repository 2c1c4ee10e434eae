"""Make the database of a release, with something in every table, as a plain SQL file to keep for ever.

Run it once, at the commit of a release, before anything changes:

    python -m tests.integration.upgrade.make tests/integration/upgrade/release-X.Y.Z.sql.gz
"""

from __future__ import annotations

import asyncio
import gzip
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from psycopg import Connection
from psycopg.rows import DictRow

import models
from alur.runtime.binaries import find_binaries
from models.batch.commands import enlist, hand_to, open_batch, reserve_lease, take_lease, wake
from models.batch.queries import beat
from models.call.commands import note_call, set_call
from models.case.commands import move
from models.database import sync_connect
from models.register.commands import save_accounts
from models.register.edits import edit_family
from models.request.commands import begin, end
from tests.integration.door.kit import decide, execute, gate, person, stand
from tests.support.server import TestServer
from tests.support.world import DESA, DESA_LAIN, World

_EMPTY = {"region": "loaded from the list carried with the product"}
"""Tables that may stay empty, each with the reason."""


async def furnish(dsn: str) -> None:
    """Put cases of every machine, gates in every state and the machinery's own rows into a database."""
    async with World(dsn) as world:
        operator = await person(world, "operator_desa", "operator.rilis")
        await stand(world, "U01", count=2)
        await stand(world, "U01 U03")
        waiting = await stand(world, "U01 U02 U05 U11 U15 U19 U22", count=3)
        moving = await stand(world, "U01 U02 U05 U11 U15 U19 U22", count=2)
        decreed = await stand(world, "U01 U02 U05 U11 U15 U19 U22 U30 U32 U34 U35", count=2)
        await stand(world, "K01 K06 K07 K13", count=2)
        paid = await stand(world, "P01 P03 P07 P17 P20 P25 P26 P27", count=2)
        await gate(world, "kepala_dinas", "U30 U31", waiting)
        head = await person(world, "kepala_dinas", "kepala.rilis")
        done = await gate(world, "kepala_dinas", "U30 U31", moving)
        excepts = [
            {"case": moving[1], "trigger": "usulan.kembalikan_pengesahan", "reason": "DATA_JANGGAL", "note": "Catatan"}
        ]
        await decide(head, done, known={"surat_pengesahan": {"nomor": "S/1"}}, excepts=excepts)
        await execute(world, done)
        minister = [await person(world, "menteri", f"menteri{n}.rilis") for n in (1, 2)]
        decree = await gate(world, "menteri", "U81 U82", decreed, people=2)
        for who in minister:
            await decide(who, decree, known={"nomor_sk": {"nomor": "SK 1/RILIS"}})
        await execute(world, decree)
        system = await world.system()
        batch = await open_batch(world.worker, system, "usulan", DESA, "Daftar rilis")
        await enlist(world.worker, system, batch, await stand(world, "U01"))
        await wake(world.worker, batch, "rilis")
        await reserve_lease(world.worker, batch, uuid4(), 1, 60)
        await take_lease(world.worker, batch, uuid4(), -1)
        await beat(world.worker, "engine")
        await note_call(world.worker, "/uji", "kunci", batch, "hash", ["1.1"], [1])
        await set_call(world.worker, "/uji", "kunci", "terkirim")
        await hand_to(world.worker, system, "BRI", paid)
        await begin(world.api, operator.session, "kunci", "hash")
        await end(world.api, operator.session, "kunci", 201, {"case": 1})
        family = await world.households(1)
        await world.assign_families("operator.rilis", family)
        member = await (
            await world.admin.execute("SELECT id FROM person WHERE household_id = %s LIMIT 1", family)
        ).fetchone()
        account = {"household_id": family[0], "person_id": member["id"] if member else 0, "bank": "BRI"}
        await save_accounts(world.worker, system, [account | {"number": "001234567890", "status": "aktif"}])
        await world.worker.execute("INSERT INTO feed (path, seen, updated_at) VALUES ('/uji', 7, now())")
        await world.admin.execute(
            "INSERT INTO import_file (fingerprint, region, name, user_id, batch, families, good, bad, report, at) "
            "VALUES ('sidik', %s, 'daftar.xlsx', %s, %s, 2, 1, 1, '{}', now())",
            (DESA, operator.user, batch),
        )
        await edit_family(world.api, operator.session, family[0], {"version": 1, "alamat": "Jl. Baru 2"})
        [refused] = await move(world.api, operator.session, "usulan.teruskan", waiting[:1])
        async with world.admin.transaction():  # a move that waits for a second person, and one into another village
            await world.admin.execute("SET LOCAL ROLE alur_door")
            await world.admin.execute(
                "INSERT INTO confirmation (case_id, version, rule, user_id, act, at) SELECT %s, 1, 1, %s, %s, now()",
                (waiting[0], operator.user, refused.act),
            )
            await world.admin.execute(
                "INSERT INTO case_share (case_id, region) VALUES (%s, %s)", (waiting[1], DESA_LAIN)
            )


def dump(dsn: str) -> str:
    """Return a database as SQL that any driver can run, whoever is superuser there."""
    superuser = urlsplit(dsn).username or ""
    told = subprocess.run(
        [find_binaries().bindir / "pg_dump", "--inserts", "--rows-per-insert=200", "--dbname", dsn],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    lines = [line for line in told.splitlines() if not re.match(r"\\|SET transaction_timeout|--|$", line)]
    return re.sub(rf"\b(OWNER TO|TO|FROM|GRANTED BY) {superuser};", r"\1 CURRENT_USER;", "\n".join(lines) + "\n")


def called(conn: Connection[DictRow]) -> list[str]:
    """Return the functions that this release's processes call by name; the rest is the database's own affair."""
    root = Path(models.__file__).parent
    source = "\n".join(path.read_text("utf-8") for path in root.rglob("*.py") if "migrations" not in path.parts)
    rows = conn.execute("SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace ORDER BY 1")
    return [row["proname"] for row in rows if re.search(rf"\b{row['proname']}\(", source)]


def main(path: Path) -> None:
    """Write the file."""
    server = TestServer()
    dsn = server.fresh()
    try:
        asyncio.run(furnish(dsn))
        with sync_connect(dsn) as conn:
            names = [
                row["relname"]
                for row in conn.execute(
                    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
                ).fetchall()
            ]
            calls = f"-- calls: {' '.join(called(conn))}\n"
            empty = {name for name in names if not conn.execute(f'SELECT 1 FROM "{name}" LIMIT 1'.encode()).fetchone()}
        if empty - set(_EMPTY):
            raise SystemExit(f"put something into {sorted(empty - set(_EMPTY))}, or say why not")
        with path.open("wb") as target, gzip.GzipFile("", "wb", 9, target, mtime=0) as file:
            file.write((calls + dump(dsn)).encode())
    finally:
        server.drop(dsn)
        server.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
