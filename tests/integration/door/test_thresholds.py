"""How many different people decide a gate: by its policy, by the sum and the length of its list, fixed as it opens."""

from __future__ import annotations

from typing import Any

import pytest

from models.approval.commands import open_gate
from models.batch.commands import open_batch
from models.case.commands import CaseFact, write_facts
from models.database import fetch_value
from models.errors import AnotherPersonNeeded
from tests.integration.door.kit import RUPIAH, decide, execute, person, stand
from tests.support.world import DESA, World

READY = "U01 U02 U05 U11 U15 U19 U22"


async def opened(world: World, gate: str, cases: list[int], *, programme: str | None = None) -> int:
    """Open a gate as its flow would."""
    system = await world.system()
    number = await fetch_value(world.admin, "SELECT count(*) FROM batch")
    batch = await open_batch(
        world.worker,
        system,
        "pengesahan",
        DESA // 1_000_000,
        f"Uji {number}",
        period=202601 + number,
        programme=programme,
    )
    return await open_gate(world.worker, system, batch, gate, cases, region=DESA, programme=programme)


async def people(world: World, approval: int) -> int:
    wanted: int = await fetch_value(world.admin, "SELECT people FROM approval WHERE id = %s", (approval,))
    return wanted


def terms(*steps: dict[str, int], people: int = 1) -> dict[str, Any]:
    return {"orang": people, "tenggat": "14 d", "ambang": list(steps)}


@pytest.mark.parametrize(("count", "wanted"), [(1, 1), (2, 2), (4, 3), (5, 3)])
async def test_a_longer_list_needs_more_people(world: World, count: int, wanted: int) -> None:
    ladder = terms({"keluarga": 2, "orang": 2}, {"keluarga": 4, "orang": 3})
    await world.policy({"persetujuan.pengesahan": ladder})
    assert await people(world, await opened(world, "pengesahan", await stand(world, READY, count=count))) == wanted


@pytest.mark.parametrize(("count", "wanted"), [(1, 1), (2, 2), (3, 3)])
async def test_a_greater_sum_needs_more_people(world: World, count: int, wanted: int) -> None:
    ladder = terms({"rupiah": 2 * RUPIAH, "orang": 2}, {"rupiah": 2 * RUPIAH + 1, "orang": 3})
    await world.policy({"persetujuan.closing": ladder})
    cases = await stand(world, "P01", count=count)
    amounts = [CaseFact(case, "nominal_per_komponen", {"rupiah": RUPIAH}) for case in cases]
    await write_facts(world.worker, await world.system(), amounts)
    assert await people(world, await opened(world, "closing", cases, programme="PKH")) == wanted


async def test_a_threshold_never_asks_for_fewer_and_a_kabupaten_may_have_its_own(world: World) -> None:
    await world.policy({"persetujuan.pengesahan": terms({"keluarga": 1, "orang": 1}, people=2)})
    assert await people(world, await opened(world, "pengesahan", await stand(world, READY))) == 2
    await world.policy({f"persetujuan.pengesahan@{DESA // 1_000_000}": terms({"keluarga": 1, "orang": 3})})
    assert await people(world, await opened(world, "pengesahan", await stand(world, READY))) == 3


async def test_it_is_fixed_as_the_gate_opens(world: World) -> None:
    """A decree of later neither lets one person finish what needed two, nor asks a second of what needed one."""
    await world.policy({"persetujuan.pengesahan": terms({"keluarga": 2, "orang": 2})})
    cases = await stand(world, READY, count=2)
    two = await opened(world, "pengesahan", cases)
    await world.policy({"persetujuan.pengesahan": terms()})
    letter = {"surat_pengesahan": 1}
    ani, budi = [await person(world, "kepala_dinas", name) for name in ("ani", "budi")]
    assert await decide(ani, two, known=letter) == "terbuka"
    with pytest.raises(AnotherPersonNeeded):
        await decide(ani, two, known=letter)
    assert await execute(world, two) == {}
    assert await decide(budi, two, known=letter) == "disetujui"
    assert await execute(world, two) == dict.fromkeys(cases, "dipindah")
    one = await opened(world, "pengesahan", await stand(world, READY))
    await world.policy({"persetujuan.pengesahan": terms({"keluarga": 1, "orang": 2})})
    assert await decide(ani, one, known=letter) == "disetujui"
