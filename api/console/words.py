"""Words for what the machines name by an id: roles, triggers, states' marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

ROLES = {
    "warga": ("Warga", "Citizen"),
    "operator_desa": ("Operator desa", "Village operator"),
    "kades": ("Kepala desa / lurah", "Village head"),
    "operator_kecamatan": ("Operator kecamatan", "Kecamatan operator"),
    "pendamping": ("Pendamping sosial", "Social facilitator"),
    "pengisi_data_kab": ("Pengisi data kabupaten/kota", "Kabupaten data clerk"),
    "verifikator_kab": ("Verifikator Dinsos kabupaten/kota", "Kabupaten verifier"),
    "kepala_dinas": ("Kepala Dinas Sosial", "Head of the social office"),
    "admin_kab": ("Admin kabupaten/kota", "Kabupaten administrator"),
    "dinsos_provinsi": ("Dinsos provinsi", "Province social office"),
    "admin_provinsi": ("Admin provinsi", "Province administrator"),
    "pusdatin": ("Pusdatin Kesos", "Pusdatin"),
    "bps": ("BPS", "Statistics Indonesia (BPS)"),
    "menteri": ("Pejabat Menteri Sosial", "Minister's office"),
    "admin_pusat": ("Admin pusat", "National administrator"),
    "direktorat": ("Direktorat program", "Programme directorate"),
    "kpa": ("Kuasa Pengguna Anggaran", "Budget user (KPA)"),
    "ppk": ("Pejabat Pembuat Komitmen", "Commitment officer (PPK)"),
    "ppspm": ("Penandatangan SPM", "Payment order signer (PPSPM)"),
    "bank": ("Bank penyalur", "Paying bank"),
    "pos": ("Pos Indonesia", "Pos Indonesia"),
    "kppn": ("KPPN", "State treasury office (KPPN)"),
    "auditor": ("Auditor", "Auditor"),
    "sistem": ("Sistem", "System"),
}
"""Every role of the domain, as people say it."""


def role_name(context: Mapping[str, Any], role: str | None) -> str:
    """Return a role's name in the reader's language."""
    if role is None:
        return "–"
    indonesian, english = ROLES.get(role, (role, role))
    return english if context.get("language") == "en" else indonesian


def verb(trigger: str) -> str:
    """Return a trigger as a button says it: "usulan.minta_ground_check" is "Minta ground check"."""
    words = trigger.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]


def state_mark(case: Mapping[str, Any], late: bool = False) -> str:
    """Return the small mark beside a status: ■ final, ▲ late, ● open. The word always stands beside it."""
    return "■" if case["terminal"] else "▲" if late else "●"
