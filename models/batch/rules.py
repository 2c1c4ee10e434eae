"""Kinds of batch, the states in which a batch's flow has something to do, and where a batch itself stands. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

Standing = Literal[
    "selesai", "berjalan", "menunggu_persetujuan", "dipanggil", "berhenti", "terputus", "diam", "belum_jalan"
]

WATCHED: dict[str, tuple[str, ...]] = {
    "usulan": ("usulan.cek_data", "usulan.musyawarah", "usulan.diajukan"),
    "pengesahan": (
        "usulan.cek_data",
        "usulan.diajukan",
        "usulan.siap_sah",
        "usulan.disahkan",
        "usulan.menunggu",
        "usulan.diolah_pusat",
    ),
    "penetapan": (
        "usulan.dikembalikan",
        "usulan.cek_data",
        "usulan.diolah_pusat",
        "usulan.pemeringkatan",
        "usulan.menunggu_sk",
        "kepesertaan.dinilai",
        "kepesertaan.menunggu_sk",
    ),
    "tahap": (
        "penyaluran.calon",
        "penyaluran.siap_salur",
        "penyaluran.susulan",
        "penyaluran.pos_danom",
        "penyaluran.danom_siap",
        "penyaluran.burekol_proses",
        "penyaluran.burekol_berhasil",
        "penyaluran.kks_distribusi",
        "penyaluran.cek_rekening",
        "penyaluran.omspan_proses",
        "penyaluran.omspan_berhasil",
        "penyaluran.spp",
        "penyaluran.proses_spm",
        "penyaluran.sp2d",
        "penyaluran.si",
        "penyaluran.gagal_sesudah",
        "penyaluran.retur",
        "penyaluran.ralat_diajukan",
        "penyaluran.proses_setor",
    ),
    "sanggah": ("sanggah.diterima_sistem",),
    "siklus": ("siklus.dijadwalkan", "siklus.prelist", "siklus.berjalan", "siklus.rekap"),
    "siklus_kab": (
        "siklus_desa.pendataan",
        "siklus_desa.menunggu_sah",
        "siklus_desa.disahkan",
        "kunjungan.dikunjungi",
        "kunjungan.tidak_terjangkau",
        "kunjungan.disahkan",
    ),
}
"""Kind of batch -> states. A case that enters one of them wakes the flow that carries its batch."""


def standing(row: Mapping[str, Any]) -> Standing:
    """Return where a batch stands in one word, by a row of `queries.newest`.

    A run that lives says more than a wake; a gate more than a run that ended; `diam` is a batch whose flow looked,
    found nothing to do, and is called when something arrives.
    """
    ended = row["ended_at"] is not None
    told: tuple[tuple[bool, Standing], ...] = (
        (row["state"] == "selesai", "selesai"),
        (row["leased"] and not ended, "berjalan"),
        (row["attempt"] is not None and not ended, "terputus"),
        (row["outcome"] not in {None, "tunda", "selesai", "diganti"}, "berhenti"),
        (row["wake_reason"] is not None, "dipanggil"),
        (row["waits_for"] is not None, "menunggu_persetujuan"),
        (row["attempt"] is None, "belum_jalan"),
    )
    return next((word for holds, word in told if holds), "diam")
