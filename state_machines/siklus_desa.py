"""Siklus desa: one village in one verval cycle, from its list to the approval of what its visits found.

A village that is late (`terlewat`) keeps its records: nobody loses a right because nobody came.
Source: domain section 1.7.
"""

# fmt: off
# ruff: noqa: E501 -- a row of the table stays on one line, as it does in the regulation

from state_machines.declare import Machine, end, rule, state

STATES = (
    state(601, "dibagikan", "verval", "verifikator_kab", "7 d", "DIBAGIKAN", "Prelist desa siap; petugas harus ditunjuk."),
    state(602, "pendataan", "verval", "pendamping", "45 d", "PENDATAAN", "Petugas mengunjungi keluarga.", remind="30 d"),
    state(603, "musdes", "verval", "kades", "14 d", "MUSDES VERVAL", "Hasil kunjungan dimusyawarahkan."),
    state(604, "qc_kab", "verval", "verifikator_kab", "7 d", "QC KABUPATEN", "Sampel keluarga diperiksa ulang."),
    state(605, "menunggu_sah", "verval", "kepala_dinas", "7 d", "MENUNGGU PENGESAHAN", "Hasil desa menunggu pengesahan."),
    state(606, "disahkan", "verval", "sistem", "3 d", "DISAHKAN", "Hasil desa sah dan diterapkan per keluarga."),
    state(607, "terlewat", "verval", "kepala_dinas", "14 d", "TERLEWAT", "Desa melewati batas; data tetap disimpan dan ditandai."),
    end(20601, "ditutup", "verval", "DITUTUP", "Desa selesai untuk siklus ini."),
)

RULES = (
    rule("D01", "new -> dibagikan", "bagikan", "sistem", "prelist_desa"),
    rule("D02", "dibagikan -> pendataan", "mulai_pendataan", "verifikator_kab", "petugas_ditunjuk", fires="kunjungan.tugaskan", note="beban <= 40 keluarga per hari"),
    rule("D03", "pendataan -> musdes", "lengkap_pendataan", "sistem", note="semua kunjungan berhasil dicatat"),
    rule("D04", "musdes -> qc_kab", "sahkan_ba", "kades", "berita_acara bnba"),
    rule("D05", "qc_kab -> pendataan", "qc_gagal", "verifikator_kab", "hasil_sampel", reasons="SAMPEL_GAGAL", refusal=True, fires="kunjungan.kembalikan_kunjungan", note="bawaan sampel 5 %, paling sedikit 5 keluarga; gagal bila > 10 % salah"),
    rule("D06", "qc_kab -> menunggu_sah", "qc_lolos", "verifikator_kab", "hasil_sampel", barred="D04"),
    rule("D07", "menunggu_sah -> disahkan", "sahkan_desa", "kepala_dinas", "surat_pengesahan hash_daftar", barred="D02 D05 D06", fires="kunjungan.sahkan_kunjungan"),
    rule("D08", "menunggu_sah -> qc_kab", "kembalikan_qc", "kepala_dinas", "catatan", reasons="DATA_JANGGAL DAFTAR_SALAH", refusal=True),
    rule("D09", "disahkan -> ditutup", "tutup_desa", "sistem", "tanda_terima"),
    rule("D10", "dibagikan pendataan musdes qc_kab menunggu_sah -> terlewat", "lewati_batas", "sistem", reasons="BELUM_VERVAL", note="tidak ada data yang dihapus"),
    rule("D11", "terlewat -> pendataan", "perpanjang", "pusdatin", "permohonan_kepala_dinas", reasons="PERPANJANGAN"),
    rule("D12", "terlewat -> ditutup", "tutup_terlewat", "pusdatin", "catatan", reasons="BELUM_VERVAL", refusal=True, fires="kunjungan.lewatkan", note="registrasi dan kepesertaan tidak berubah"),
)

SIKLUS_DESA = Machine(
    code=6,
    name="siklus_desa",
    prefix="D",
    subject="satu desa/kelurahan x satu siklus",
    phases=("verval",),
    states=STATES,
    rules=RULES,
    big=False,
    regional=True,
)
