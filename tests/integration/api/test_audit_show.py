"""`alur audit show`: the same questions from a terminal, in the sight of the account that asks."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from alur.audit import Asked, Looked, show
from models.audit.queries import Filter
from models.reads.queries import Filter as ReadFilter
from models.settings import Settings
from tests.integration.api.kit import Place, done, problem
from tests.integration.api.kit import settings as api_settings
from tests.integration.api.test_audit import ARRIVED

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture
def config(shared: str, tmp_path: Path) -> Settings:
    return api_settings(shared, database_url=SecretStr(shared), home=tmp_path)


async def said(config: Settings, asked: Asked | Looked, *, as_json: bool = False) -> tuple[int, list[str]]:
    lines: list[str] = []
    return await asyncio.to_thread(show, config, asked, as_json=as_json, say=lines.append), lines


def asked(username: str, since: str | None = None, until: str | None = None, **more: Any) -> Asked:
    wanted = Filter(**{name: more.pop(name) for name in ("case", "actor", "rule", "refusal") if name in more})
    return Asked(username, wanted, since, until, **more)


async def test_a_row_is_one_line_with_who_when_why_and_on_what(place: Place, config: Settings) -> None:
    auditor, verifier = await place.person("auditor"), await place.person("verifikator_kab")
    [case] = await place.stand(f"{ARRIVED} U19")
    sent: dict[str, Any] = {"reason": "MAMPU", "note": "x", "evidence": {"bukti_alasan": {"nomor": "7"}}}
    done(await verifier.move(case, "usulan.tolak", **sent), 201)
    status, lines = await said(config, asked(auditor.name, case=case, limit=1))
    assert (status, len(lines)) == (0, 1)
    for part in (
        "WIB", "USL-", "U24 usulan.tolak: verif_dinsos -> ditolak_dinsos (DITOLAK DINSOS)", verifier.name,
        "verifikator_kab", "alasan MAMPU", "bukti bukti_alasan", "kebijakan",
    ):  # fmt: skip
        assert part in lines[0], part
    status, lines = await said(config, asked(auditor.name, case=case, newest=False), as_json=True)
    assert [json.loads(one)["version"] for one in lines] == [1, 2, 3, 4, 5, 6, 7]
    status, lines = await said(config, asked(auditor.name, case=case, until="2001-01-01T00:00"))
    assert (status, lines) == (0, ["Nothing matches, within what this account may see."])


async def test_refusals_have_their_code(place: Place, config: Settings) -> None:
    chief = await place.person("kepala_dinas")
    [case] = await place.stand(ARRIVED)
    problem(await chief.move(case, "usulan.teruskan", note="x"), 409, "peran")
    status, [line] = await said(config, asked(chief.name, case=case, refusals=True))
    assert status == 0
    assert "usulan.teruskan: DITOLAK peran" in line


async def test_what_cannot_be_answered_is_said_with_status_2(place: Place, config: Settings) -> None:
    auditor = await place.person("auditor")
    stranger, citizen = await place.person("kades", region=place.far), await place.person("warga")
    [case] = await place.stand("U01")
    for question, word in (
        (asked("tidak.ada"), "tidak.ada"),
        (asked(auditor.name, rule="U999"), "U999"),
        (asked(stranger.name, case=case), str(case)),
        (asked(citizen.name), "warga"),
        (asked(auditor.name, since="kemarin"), "kemarin"),
    ):
        status, lines = await said(config, question)
        assert status == 2
        assert word in "\n".join(lines)


async def test_looks_are_lines_too_for_an_auditor_alone(place: Place, config: Settings) -> None:
    auditor, operator = await place.person("auditor"), await place.person("operator_desa")
    [family] = await place.families(1)
    done(await operator.get(f"/households/{family}"))
    opened = {"purpose": "PELAYANAN", "words": "Menyalin kartu hilang"}
    done(await operator.post(f"/households/{family}/numbers", opened))

    def looks(who: str = auditor.name, **more: Any) -> Looked:
        reader = more.pop("reader", operator.name)
        return Looked(who, reader, ReadFilter(household=more.pop("household", None)), None, None, **more)

    status, lines = await said(config, looks())
    assert (status, len(lines)) == (0, 2)
    for part in (
        "WIB",
        operator.name,
        "operator_desa",
        f"nomor keluarga {family}",
        "PELAYANAN: Menyalin",
        "permintaan",
    ):
        assert part in lines[0], part
    assert "TIDAK BIASA" not in lines[0]
    status, lines = await said(config, looks(reader=None, household=family), as_json=True)
    assert [json.loads(one)["what"] for one in lines] == ["nomor", "keluarga"]
    await place.world.policy({"baca.wajar": {"keluarga_hari": 0, "nomor_hari": 0}})
    status, lines = await said(config, looks(reader=None, unusual=True, limit=200))
    assert any(operator.name in one and "1 keluarga, 2 kali, nomor 1 keluarga" in one for one in lines), lines
    await place.world.policy({"baca.wajar": {"keluarga_hari": 150, "nomor_hari": 30}})
    status, lines = await said(config, looks("tidak ada"))
    assert status == 2
    status, lines = await said(config, looks(operator.name))
    assert (status, "auditor" in lines[0]) == (2, True)
    status, lines = await said(config, looks(reader="tidak ada"))
    assert status == 2
