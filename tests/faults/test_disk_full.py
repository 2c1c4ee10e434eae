"""A disk is full: whoever asks is told so, nothing is half-written, and once there is room everything goes on.

The disks are real: small file systems in memory, which only root may mount.
"""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from models.document.vault import Vault, parse_keys
from tests.faults.breaks import FillDisk, fill
from tests.faults.plant import Plant
from tests.faults.plays import Tahap, VillageList
from tests.faults.scenario import Scenario
from tests.integration.api.kit import DOCUMENT_KEYS, Place, done, problem, running, settings
from tests.integration.api.papers import send
from tests.support.files import jpeg, pdf
from tests.support.world import DESA, DESA_JAUH, DESA_LAIN, World

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk")

SMALL_MB = 1
SERVER_MB = 700
"""Room for PostgreSQL, its template and a few databases with their log."""
ROUNDS_SLOW = 10


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    yield from _mounted(tmp_path_factory.mktemp("cakram"), SERVER_MB)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    yield from _mounted(tmp_path, SMALL_MB)


def _mounted(folder: Path, megabytes: int) -> Iterator[Path]:
    for parent in folder.parents[:3]:  # PostgreSQL runs as another user, who must be able to enter
        parent.chmod(parent.stat().st_mode | 0o011)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:  # a container whose root may not
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607


async def test_a_document_that_finds_no_room_leaves_nothing_and_may_be_sent_again(small: Path, world: World) -> None:
    vault = Vault(small, parse_keys(DOCUMENT_KEYS))
    async with running(settings(world.admin_dsn, documents=small)) as site:
        place = Place(world, site.http, DESA, DESA_LAIN, DESA_JAUH)
        who = await place.person("operator_desa")
        [case] = await place.drafts(who)
        done(await send(who, case, "ktp", pdf(page=b"/Nomor 1")), 201)
        kept = [*vault.stored()]
        ballast = small / "penuh"
        fill(ballast)
        large = jpeg(picture=Image.effect_noise((400, 400), 100).convert("RGB"))
        for _ in range(2):
            told = problem(await send(who, case, "kk", large, key="k"), 507, "penyimpanan_penuh")
            assert "kunci yang sama" in told["cure"]
        ballast.unlink()
        assert [*vault.stored()] == kept
        assert [*vault.left_over(time.time() + 60)] == []
        assert await place.value("SELECT count(*) FROM document WHERE case_id = %s", case) == 1
        answer = done(await send(who, case, "kk", large, key="k"), 201)
        assert done(await send(who, case, "kk", large, key="k"), 201) == answer
        assert vault.get(answer["sha256"])
        assert await place.value("SELECT count(*) FROM document WHERE case_id = %s", case) == 2


@pytest.fixture(scope="module")
def plant(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    made = Plant(tmp_path_factory.mktemp("pabrik"), disk)
    yield made
    made.close()


SCENARIOS = (
    Scenario("disk full, list", VillageList, FillDisk()),
    Scenario("disk full, tahap", Tahap, FillDisk()),
)


@pytest.mark.parametrize("number", [0, *(pytest.param(n, marks=pytest.mark.slow) for n in range(1, ROUNDS_SLOW + 1))])
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.id)
def test_a_batch_goes_on_again_and_again(plant: Plant, scenario: Scenario, number: int) -> None:
    scenario.round(plant, number)
