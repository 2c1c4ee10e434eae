"""Kunjungan: one family in one verval cycle, from the assignment of its officer to the effect of what he found.

The code of V02 and V06 is the finding; V09 turns it into moves of registration and membership once the village is
approved. Source: domain section 1.7.
"""

# fmt: off
# ruff: noqa: E501 -- a row of the table stays on one line, as it does in the regulation

from state_machines.declare import Machine, end, rule, state

STATES = (
    state(701, "ditugaskan", "verval", "pendamping", "45 d", "DITUGASKAN", "Keluarga menunggu dikunjungi petugas.", remind="30 d"),
    state(702, "dikunjungi", "verval", "verifikator_kab", "30 d", "SUDAH DIKUNJUNGI", "Hasil tercatat; menunggu musdes, QC dan pengesahan desa."),
    state(703, "dikembalikan", "verval", "pendamping", "7 d", "KUNJUNGAN DIKEMBALIKAN", "Hasil diragukan; kunjungi lagi."),
    state(704, "tidak_terjangkau", "verval", "verifikator_kab", "14 d", "TIDAK TERJANGKAU", "Tiga kali didatangi tanpa hasil."),
    state(705, "disahkan", "verval", "sistem", "3 d", "DISAHKAN", "Hasil sah dan segera diterapkan."),
    end(20701, "diterapkan", "verval", "DITERAPKAN", "Hasil sudah mengubah registrasi atau kepesertaan."),
    end(20702, "terlewat", "verval", "BELUM VERVAL", "Siklus ditutup tanpa hasil; hak keluarga tidak berubah."),
)

RULES = (
    rule("V01", "new -> ditugaskan", "tugaskan", "verifikator_kab sistem", "petugas_ditunjuk"),
    rule("V02", "ditugaskan -> dikunjungi", "catat_hasil", "pendamping", "formulir_cek foto_geotag_2 responden", reasons="TETAP_LAYAK TIDAK_LAYAK MENINGGAL PINDAH TIDAK_DITEMUKAN GANDA MENOLAK PERBAIKAN_DATA", note="kode = hasil kunjungan"),
    rule("V03", "ditugaskan dikembalikan -> tidak_terjangkau", "catat_tidak_terjangkau", "pendamping", "bukti_3_kali_datang", reasons="ALAMAT_KURANG TIDAK_DITEMUKAN AKSES_PUTUS"),
    rule("V04", "ditugaskan -> ditugaskan", "ganti_petugas", "verifikator_kab", "catatan", reasons="PETUGAS_GANTI"),
    rule("V05", "dikunjungi -> dikembalikan", "kembalikan_kunjungan", "verifikator_kab", "hasil_sampel", reasons="DATA_JANGGAL FOTO_TIDAK_SESUAI", barred="V02 V06", refusal=True),
    rule("V06", "dikembalikan -> dikunjungi", "catat_ulang", "pendamping", "formulir_cek foto_geotag_2 responden", reasons="TETAP_LAYAK TIDAK_LAYAK MENINGGAL PINDAH TIDAK_DITEMUKAN GANDA MENOLAK PERBAIKAN_DATA"),
    rule("V07", "tidak_terjangkau -> ditugaskan", "tugaskan_ulang", "verifikator_kab", "petugas_ditunjuk"),
    rule("V08", "dikunjungi tidak_terjangkau -> disahkan", "sahkan_kunjungan", "kepala_dinas", "surat_pengesahan", barred="V02 V06", note="bersama pengesahan desa"),
    rule("V09", "disahkan -> diterapkan", "terapkan_hasil", "sistem", "surat_pengesahan", fires="usulan.buka_sudah_sah usulan.nonaktifkan usulan.tandai_ganda kepesertaan.keluarkan kepesertaan.tangguhkan kepesertaan.nilai_ulang"),
    rule("V10", "ditugaskan dikunjungi dikembalikan tidak_terjangkau -> terlewat", "lewatkan", "sistem", reasons="BELUM_VERVAL"),
    rule("V11", "dikunjungi -> ditugaskan", "koreksi_hasil", "verifikator_kab", "catatan", reasons="SALAH_KLIK SALAH_BERKAS", barred="V02 V06", people=2, undo_of="V02 V06", window="7 d"),
)

KUNJUNGAN = Machine(
    code=7,
    name="kunjungan",
    prefix="V",
    subject="satu keluarga x satu siklus",
    phases=("verval",),
    states=STATES,
    rules=RULES,
    big=False,
)
