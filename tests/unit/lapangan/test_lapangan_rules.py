"""What a field worker's form becomes: the finding in the machine's own words, and nothing that it does not ask."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from models.lapangan.rules import DWELLING, VISITS, dwelling, findings, judged, judged_attempts, trigger_of, unreached
from state_machines import BY_NAME, KUNJUNGAN, USULAN

USULAN_VISIT = VISITS["usulan", "ground_check"]
CYCLE_VISIT = VISITS["kunjungan", "ditugaskan"]
MEMBERS = [11, 12]
GOOD = {"hasil": "TETAP_LAYAK", "siapa": "kepala"}


def form(rule: Any = CYCLE_VISIT, dead: tuple[int, ...] = (), **typed: Any) -> tuple[Any, list[str]]:
    fields = {name.replace("__", "."): value for name, value in (GOOD | typed).items()}
    report, wrong = judged(rule, fields, MEMBERS, dead, {})
    return report, [one.field for one in wrong]


def test_the_visits_are_those_of_the_machines() -> None:
    """Where a case waits for a pendamping's form, and nowhere else."""
    assert {where: trigger_of(where[0], rule) for where, rule in VISITS.items()} == {
        ("usulan", "ground_check"): "usulan.laporkan_hasil",
        ("sanggah", "verif_lapangan"): "sanggah.laporkan_cek",
        ("kunjungan", "ditugaskan"): "kunjungan.catat_hasil",
        ("kunjungan", "dikembalikan"): "kunjungan.catat_ulang",
    }
    assert {BY_NAME[machine].state[state].holder for machine, state in VISITS} == {"pendamping"}


def test_what_may_be_found_is_what_the_rule_or_its_judge_takes() -> None:
    assert [code for code, _ in findings(CYCLE_VISIT)] == list(KUNJUNGAN.rule["V02"].reasons)
    assert [code for code, _ in findings(USULAN_VISIT)] == ["LAYAK", *USULAN.rule["U28"].reasons]
    assert all(label for rule in VISITS.values() for _, label in findings(rule))
    assert [code for code, _ in unreached()] == list(KUNJUNGAN.rule["V03"].reasons)


def test_a_cycle_s_finding_is_the_reason_and_a_proposal_s_a_fact() -> None:
    report, _ = form()
    assert (report.reason, report.evidence["formulir_cek"]) == ("TETAP_LAYAK", {"hasil": "TETAP_LAYAK"})
    report, _ = form(USULAN_VISIT, hasil="MAMPU", siapa="tetangga", nama="Bu Imas")
    assert report.reason is None
    assert report.evidence == {
        "formulir_cek": {"hasil": "MAMPU"},
        "responden": {"siapa": "tetangga", "nama": "Bu Imas"},
    }


@pytest.mark.parametrize("rule", VISITS.values(), ids=[rule.id for rule in VISITS.values()])
def test_a_report_holds_the_evidence_its_rule_needs_beside_the_photos(rule: Any) -> None:
    report, wrong = form(rule, hasil=findings(rule)[0][0])
    assert wrong == []
    assert set(report.evidence) == set(rule.needs) - {"foto_geotag_2"}
    # Who answered is never lost, also where the rule asks for no such evidence.
    told = report.evidence.get("responden") or report.evidence["formulir_cek"]["responden"]
    assert told == {"siapa": "kepala"}


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"hasil": ""}, ["hasil"]),
        ({"hasil": "LAYAK"}, ["hasil"]),
        ({"siapa": "saya"}, ["siapa"]),
        ({"nama": "3204050101800001"}, ["nama"]),
        ({"nama": "x" * 101}, ["nama"]),
        ({"hasil": "MENINGGAL"}, ["anggota"]),
        ({"hasil": "PINDAH", "tujuan": "Soreang"}, ["tujuan"]),
        ({"hasil": "PINDAH", "tujuan": "320405"}, ["tujuan"]),
        ({"rumah__lantai": "99"}, ["rumah.lantai"]),
        ({"rumah__lantai": "abc"}, ["rumah.lantai"]),
        ({"hasil": "", "siapa": ""}, ["hasil", "siapa"]),
    ],
)
def test_a_slip_is_told_at_its_field(typed: dict[str, Any], fields: list[str]) -> None:
    assert form(**typed) == (None, fields)


def test_what_a_finding_needs_to_become_a_change_goes_with_it() -> None:
    report, _ = form(hasil="MENINGGAL", dead=(12, 999))
    assert report.evidence["formulir_cek"] == {"hasil": "MENINGGAL", "anggota": [12]}
    report, _ = form(hasil="PINDAH", tujuan="32.04.05.2002")
    assert report.evidence["formulir_cek"] == {"hasil": "PINDAH", "tujuan": 3204052002}
    report, _ = form(hasil="PINDAH", tujuan="")
    assert report.evidence["formulir_cek"] == {"hasil": "PINDAH"}
    report, _ = form(hasil="PERBAIKAN_DATA", identitas="1")
    assert report.evidence["formulir_cek"] == {"hasil": "PERBAIKAN_DATA", "identitas": True}


def test_what_another_finding_asked_is_left_out() -> None:
    """Fields that stay filled after one chose otherwise change nothing."""
    report, _ = form(dead=(11,), tujuan="3204052002", identitas="1")
    assert report.evidence["formulir_cek"] == {"hasil": "TETAP_LAYAK"}


def test_the_dwelling_is_told_in_the_questionnaire_s_codes() -> None:
    report, _ = form(rumah__lantai="3", rumah__atap="", rumah__dinding="1")
    assert report.evidence["formulir_cek"]["rumah"] == {"lantai": 3, "dinding": 1}
    assert [question["name"] for question in dwelling()] == list(DWELLING)
    assert all(question["label"] and question["label_en"] and question["choices"] for question in dwelling())


@pytest.mark.parametrize(
    ("days", "reason", "fields"),
    [
        (["2026-11-01", "2026-11-02", "2026-11-03"], "AKSES_PUTUS", None),
        (["2026-11-03", "2026-11-01", "2026-11-02", ""], "ALAMAT_KURANG", None),
        (["2026-11-01", "2026-11-01", "2026-11-03"], "AKSES_PUTUS", ["tanggal"]),
        (["2026-11-01", "2026-11-02"], "AKSES_PUTUS", ["tanggal"]),
        (["2026-11-01", "2026-11-02", "2026-11-05"], "AKSES_PUTUS", ["tanggal"]),
        (["2026-11-01", "2026-11-31", "2026-11-03"], "AKSES_PUTUS", ["tanggal"]),
        (["2026-11-01", "2026-11-02", "2026-11-03"], "MAMPU", ["alasan"]),
    ],
)
def test_three_days_and_a_reason(days: list[str], reason: str, fields: list[str] | None) -> None:
    report, wrong = judged_attempts(days, reason, date(2026, 11, 4))
    assert [one.field for one in wrong] == (fields or [])
    if fields is None:
        assert report is not None
        told = report.evidence["bukti_3_kali_datang"]["tanggal"]
        assert (report.reason, told) == (reason, ["2026-11-01", "2026-11-02", "2026-11-03"])
    else:
        assert report is None
