"""A case shows what its evidence says, to whom it is shown, and what a payment was closed at."""

from __future__ import annotations

from typing import Any

import pytest

from models.case.commands import CaseFact, write_facts
from tests.integration.api.kit import Place, done
from tests.integration.api.test_console import browsers
from tests.integration.door.kit import RUPIAH

__all__ = ["browsers"]
pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("country")]

CLOSED = f"Rp{RUPIAH:,}".replace(",", ".")


async def test_what_evidence_says_stands_beside_it(browsers: Any, place: Place) -> None:
    [case] = await place.drafts(await place.person("operator_desa"))
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    person, name = (await place.row("SELECT id, nama FROM person WHERE household_id = %s LIMIT 1", family)).values()
    told = [
        CaseFact(case, "balasan_dukcapil", {"tentang": [person]}),
        CaseFact(case, "surat_disdukcapil", {"nomor": "474/12 <b>", "nik": "3204112001900012"}),
        CaseFact(case, "alasan", {"teks": "Rumah kami bocor. " * 40}),
    ]
    await write_facts(place.world.worker, await place.world.system(), told)
    page = await browsers(await place.person("verifikator_kab")).open(f"/kasus/{case}")
    known = page.partition("<h2>Yang diketahui</h2>")[2].partition("</section>")[0]
    assert name in known
    assert "474/12 <b>" in known
    assert "3204112001900012" not in page
    assert "Baca seluruhnya" in known


async def test_what_a_role_is_not_shown_is_said_so(browsers: Any, place: Place) -> None:
    [case] = await place.stand("P01 P02")
    await place.world.file(place.bank, [case])
    verifier = await place.person("verifikator_kab")
    evidence = {"bukti_alasan": {"temuan": "rekening judi milik orang lain"}}
    done(await verifier.move(case, "penyaluran.pulih_sebelum_tutup", evidence=evidence, note="sudah jelas"), 201)
    bank = await place.person("bank", organisation=place.bank)
    hidden = await browsers(bank).open(f"/kasus/{case}")
    assert "tidak ditampilkan untuk peran Anda" in hidden
    assert "rekening judi" not in hidden
    assert "rekening judi milik orang lain" in await browsers(verifier).open(f"/kasus/{case}")


async def test_a_payment_tells_what_it_was_closed_at(browsers: Any, place: Place) -> None:
    [case] = await place.stand("P01 P03")
    await place.world.file(place.bank, [case])
    for role, seen in (("ppk", True), ("bank", True), ("auditor", True), ("admin_kab", False)):
        who = await place.person(role, organisation=place.bank if role == "bank" else None)
        page = await browsers(who).open(f"/kasus/{case}")
        assert (f"ditutup pada {CLOSED}" in page) is seen, role
    [draft] = await place.stand("P01")
    assert "ditutup pada" not in await browsers(await place.person("ppk")).open(f"/kasus/{draft}")
