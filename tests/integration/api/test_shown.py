"""Who pays a family is shown the papers of the payment, and not what was found out about the family."""

from __future__ import annotations

import pytest

from models.case.rules import sees_notes, sees_reason, shows
from state_machines.facts import FACT_KINDS
from tests.integration.api.kit import Place, done, problem
from tests.integration.api.papers import send
from tests.support.files import pdf

pytestmark = pytest.mark.asyncio(loop_scope="session")

COMPLAINT = {"kasus_asal", "alasan", "bukti_saldo"}
BANK = COMPLAINT | {"nomor_rekening", "berkas_bank", "nomor_sp2d", "nomor_si", "batch_bank", "surat_perintah"}
KPPN = {"nomor_spp", "nomor_spm", "srpr", "sptjm", "rekening_koran", "nomor_sp2d", "berkas_bank"}
POS = COMPLAINT | {"id_danom", "nomor_sp2d", "nomor_si", "surat_perintah", "alasan_kanal", "surat_ahli_waris"}
PRIVATE = {
    "sumber_temuan",
    "bukti_alasan",
    "nominal_per_komponen",
    "putusan",
    "variabel",
    "formulir_cek",
    "ktp",
    "catatan",
}


@pytest.mark.parametrize(("role", "own"), [("bank", BANK), ("kppn", KPPN), ("pos", POS), ("admin_kab", set())])
async def test_a_payer_is_shown_what_he_writes_and_what_he_is_handed(role: str, own: set[str]) -> None:
    shown = {kind.id for kind in FACT_KINDS if shows(role, kind.id)}
    assert own <= shown
    assert not shown & PRIVATE
    assert shown if own else not shown


async def test_everybody_else_is_shown_what_his_cases_rest_on() -> None:
    assert all(shows(role, kind) for role in ("verifikator_kab", "ppk", "auditor") for kind in PRIVATE)
    assert [sees_notes(role) for role in ("auditor", "ppk", "bank", "admin_kab")] == [True, True, False, False]
    assert sees_reason("auditor", "penyaluran", "kecualikan")
    assert not sees_reason("bank", "penyaluran", "kecualikan")
    assert sees_reason("bank", "penyaluran", "catat_retur")


async def test_a_finding_about_a_family_is_told_to_no_bank(place: Place) -> None:
    [case] = await place.stand("P01 P02")
    await place.world.file(place.bank, [case])
    verifier = await place.person("verifikator_kab")
    bank = await place.person("bank", organisation=place.bank)
    told = done(await send(verifier, case, "bukti_alasan", pdf()), 201)
    evidence = {"bukti_alasan": {"temuan": "rekening judi milik orang lain"}}
    restored = await verifier.move(case, "penyaluran.pulih_sebelum_tutup", evidence=evidence, note="sudah jelas")
    done(restored, 201)

    seen = done(await verifier.get(f"/cases/{case}"))
    assert seen["facts"][0]["value"] == evidence["bukti_alasan"]
    assert all(fact["shown"] for fact in seen["facts"])
    assert seen["timeline"][-1]["evidence"] == evidence
    assert "sudah jelas" in [row["note"] for row in seen["timeline"]]
    assert [row["id"] for row in done(await verifier.get(f"/cases/{case}/documents"))["documents"]] == [told["id"]]
    assert (await verifier.get(f"/documents/{told['id']}")).status_code == 200

    hidden = done(await bank.get(f"/cases/{case}"))
    assert [row["rule"] for row in hidden["timeline"]] == [row["rule"] for row in seen["timeline"]]
    for facts in (hidden["facts"], done(await bank.get(f"/cases/{case}/facts"))["facts"]):
        assert {fact["kind"] for fact in facts} == {"bukti_alasan"}
        assert {(fact["shown"], fact["value"]) for fact in facts} == {(False, None)}
    assert hidden["timeline"][-1]["evidence"] == {"bukti_alasan": None}
    assert {row["note"] for row in hidden["timeline"]} == {None}
    assert [row["reason"] for row in seen["timeline"]][1].startswith("EX_")
    assert {row["reason"] for row in hidden["timeline"]} == {None}
    asked = f"/audit/transitions?case={case}"
    assert [row["reason"] for row in done(await bank.get(asked))["transitions"]] == [None] * 3
    reason = seen["timeline"][1]["reason"]
    assert len(done(await verifier.get(f"{asked}&reason={reason}"))["transitions"]) == 1
    assert done(await bank.get(f"{asked}&reason={reason}"))["transitions"] == []
    assert done(await bank.get(f"/cases/{case}/documents"))["documents"] == []
    problem(await bank.get(f"/documents/{told['id']}"), 404, "dokumen_tidak_ditemukan")
