"""The gates: which role decides what, and which triggers its decision fires.

The first trigger is what approval fires; the second what refusing the whole list fires, where the machine has such a
row; every trigger listed may be named by the decider for single cases. How many different persons, and until when, is
policy (`persetujuan.<gate>`).
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """One kind of human decision that a flow waits for."""

    id: str
    role: str
    triggers: tuple[str, ...]
    title: str


# fmt: off
# ruff: noqa: E501 -- one gate per line
GATES: dict[str, Gate] = {
    gate.id: gate
    for gate in (
        Gate("musdes", "kades", ("usulan.sepakati", "usulan.tidak_sepakat", "usulan.tunda_musdes"), "Berita acara musyawarah"),
        Gate("pengesahan", "kepala_dinas", ("usulan.sahkan", "usulan.kembalikan_pengesahan"), "Pengesahan kabupaten/kota"),
        Gate("qc_pusat", "pusdatin", ("usulan.qc_lolos", "usulan.qc_gagal", "usulan.tolak_pusat"), "Penjaminan mutu pusat"),
        Gate("keputusan_pusat", "pusdatin", ("usulan.terapkan_pusat", "usulan.tolak_pusat", "usulan.qc_gagal"), "Keputusan pusat"),
        Gate("penetapan", "menteri", ("usulan.tetapkan", "usulan.kembalikan_versi"), "SK Menteri"),
        Gate("sk_program", "direktorat", ("kepesertaan.terbitkan_sk", "kepesertaan.tolak_daftar"), "SK program"),
        Gate("sk_tahap", "direktorat", ("kepesertaan.kukuhkan",), "SK tahap"),
        Gate("closing", "kpa", ("penyaluran.final_closing",), "Final closing"),
        Gate("closing_susulan", "kpa", ("penyaluran.closing_susulan",), "Closing susulan"),
        Gate("spp", "ppk", ("penyaluran.terbitkan_spp",), "SPP"),
        Gate("spm", "ppspm", ("penyaluran.terbitkan_spm",), "SPM"),
        Gate("si", "ppk", ("penyaluran.perintah_pindah_buku",), "Perintah pemindahbukuan"),
        Gate("ralat", "ppk", ("penyaluran.ajukan_ralat", "penyaluran.perintah_setor"), "Ralat rekening setelah retur"),
        Gate("siklus_jadwal", "pusdatin", ("siklus.jadwalkan", "siklus.buka_siklus"), "Jadwal siklus verval"),
        Gate("siklus_buka", "pusdatin", ("siklus.buka_siklus", "siklus.batalkan_siklus"), "Pembukaan siklus verval"),
        Gate("siklus_sah", "kepala_dinas", ("siklus_desa.sahkan_desa", "siklus_desa.kembalikan_qc"), "Pengesahan desa siklus verval"),
        Gate("siklus_tutup", "pusdatin", ("siklus.tutup_siklus", "siklus.buka_lagi"), "Penutupan siklus verval"),
        Gate("migrasi", "pusdatin", ("usulan.migrasi", "kepesertaan.migrasi"), "Migrasi"),
    )
}
# fmt: on
