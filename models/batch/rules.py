"""Kinds of batch, and the states in which a batch's flow has something to do."""

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
}
"""Kind of batch -> states. A case that enters one of them wakes the flow that carries its batch."""
