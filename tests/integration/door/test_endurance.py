"""A session that lives long: the door opens in it as before, whatever happens to the catalogue meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from models.case.commands import CaseFact, Step, move_once, write_facts
from models.database import fetch_value
from models.install import install
from models.request.commands import Stored, begin, end
from models.request.queries import kept_answer
from tests.integration.door.kit import Person, decide, execute, gate, person, stand
from tests.support.world import World

SIAP_SAH = "U01 U02 U05 U11 U15 U19 U22"

CHANGES = {
    "a right is granted on the words": "GRANT SELECT ON trigger, rule, state, arrow, position TO alur_auditor",
    "the words are written and analysed again": "UPDATE trigger SET locks = locks; UPDATE rule SET id = id; ANALYZE",
    # Anybody's temporary tables: so many changes that every session forgets what it had remembered.
    "somebody makes many tables": "DO $$ BEGIN FOR i IN 1..400 LOOP EXECUTE 'CREATE TEMP TABLE t' || i || ' (a text)'; "
    "EXECUTE 'DROP TABLE t' || i; END LOOP; END $$",
}


async def everything(world: World, operator: Person, head: Person) -> list[str]:
    """Do once what a session does all day, and return what it was told."""
    families = await world.households(2)
    told_by = [o.outcome for o in await operator.open("U01", families)]
    cases = await stand(world, "U01", count=3)
    told_by += [o.outcome for o in await operator.fire("U02", cases[:2])]
    told_by.append(await operator.one("U02", cases[2]))
    told_by.append(str(await write_facts(operator.conn, operator.session, [CaseFact(cases[0], "ktp", {})])))
    listed = await stand(world, SIAP_SAH, count=2)
    approval = await gate(world, "kepala_dinas", "U30", listed)
    told_by.append(await decide(head, approval, known={"surat_pengesahan": 1}))
    told_by += (await execute(world, approval)).values()
    for query in (
        "SELECT * FROM door_options(%s, %s)",
        "SELECT * FROM door_preview(%s, 'usulan.kirim_cek', ARRAY[%s::int])",
    ):
        told_by.append(str(len(await (await operator.conn.execute(query, (operator.session, cases[0]))).fetchall())))
    return told_by


@pytest.mark.parametrize("change", CHANGES)
async def test_a_session_works_on_after(world: World, change: str) -> None:
    operator, head = await person(world, "operator_desa"), await person(world, "kepala_dinas")
    before = await everything(world, operator, head)
    assert before.count("dipindah") == 5
    await world.admin.execute(CHANGES[change])
    assert await everything(world, operator, head) == before


async def test_sessions_work_on_through_another_installation(world: World) -> None:
    """A rolling upgrade installs while people work."""
    operator, head = await person(world, "operator_desa"), await person(world, "kepala_dinas")
    before = await everything(world, operator, head)
    await asyncio.to_thread(install, world.admin_dsn, mark="test")
    assert await everything(world, operator, head) == before


async def test_a_session_that_met_no_key_yet_looks_later_ones_up(world: World) -> None:
    """A plan made while few keys are kept must not read all of them when there are many."""
    await world.admin.execute("ANALYZE request")  # as after a load: PostgreSQL knows then that there are none
    operator = await person(world, "operator_kecamatan")
    for number, case in enumerate(await stand(world, "U01 U02 U05 U11 U15", count=12)):
        step = Step(case, "usulan.teruskan", None, None, "lengkap", {})
        assert not isinstance(await move_once(operator.conn, operator.session, step, f"m{number}", "h"), Stored)
        assert isinstance(await move_once(operator.conn, operator.session, step, f"m{number}", "h"), Stored)
        assert await begin(operator.conn, operator.session, f"k{number}", "h") is None
        await end(operator.conn, operator.session, f"k{number}", 201, {})
        assert await begin(operator.conn, operator.session, f"k{number}", "h")
        assert await kept_answer(operator.conn, operator.session, f"k{number}") == {}
        refused = await move_once(operator.conn, operator.session, step, f"r{number}", "h")
        assert not isinstance(refused, Stored)
        assert not refused.done
    await operator.conn.execute("SELECT pg_stat_force_next_flush()")
    read = "SELECT seq_tup_read FROM pg_stat_user_tables WHERE relname = 'request'"
    assert await fetch_value(world.admin, read) == 0
