"""Migration 0004: payments that were routed anew before it are in one payer's files after it."""

from __future__ import annotations

from importlib import import_module

from models.case.commands import CaseFact, move
from tests.integration.door.kit import rows, stand
from tests.support.world import World

RIGHTED: str = import_module("models.migrations.versions.0004_files_and_editions").RIGHTED


async def test_the_last_way_to_an_account_tells_the_payer(world: World) -> None:
    routed, once, unknown = await stand(world, "P01 P03", count=3)
    system = await world.system()
    told = [CaseFact(routed, "rekening", {"rekening": 1, "bank": "BNI"})]
    (moved,) = await move(world.worker, system, "penyaluran.uji_rekening", [routed], case_facts=told)
    assert moved.done
    for organisation in ("BRI", "BNI", "KPPN"):
        await world.admin.execute("INSERT INTO file_case VALUES (%s, %s)", (organisation, routed))
    for organisation, case in (("BRI", once), ("BRI", unknown), ("BSI", unknown)):
        await world.admin.execute("INSERT INTO file_case VALUES (%s, %s)", (organisation, case))
    await world.admin.execute(RIGHTED.encode())
    ended = await rows(world, "SELECT organisation, case_id FROM file_case WHERE ended_at IS NOT NULL")
    assert [(row["organisation"], row["case_id"]) for row in ended] == [("BRI", routed)]
