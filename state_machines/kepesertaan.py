"""Kepesertaan: one family in one programme. PKH and Sembako are two cases that may stand in different states.

The machine has no terminal state: a membership rests in a stable one, and every way out has a way back (sanggah,
reaktivasi). Findings of other data first hold (`ditangguhkan`), and a person confirms the exit; what a person decided
about the family elsewhere ends a held membership too (K22). Source: domain section 1.8.
"""

# fmt: off
# ruff: noqa: E501 -- a row of the table stays on one line, as it does in the regulation

from state_machines.declare import Machine, rule, stable, state
from state_machines.reasons import EX_TEMUAN

STATES = (
    state(201, "dinilai", "penetapan", "sistem", "3 d", "DINILAI", "Sistem menguji syarat program: desil, komponen, larangan, kuota."),
    stable(20201, "tidak_memenuhi", "penetapan", "dinilai ulang tiap versi DTSEN", "TIDAK MEMENUHI SYARAT", "Syarat program belum terpenuhi; dinilai lagi tiap versi data."),
    state(202, "daftar_tunggu", "penetapan", "direktorat", "dua_versi", "DAFTAR TUNGGU", "Memenuhi syarat tetapi kuota penuh."),
    state(203, "menunggu_sk", "penetapan", "direktorat", "14 d", "MENUNGGU SK PROGRAM", "Terpilih dan menunggu surat keputusan program."),
    stable(20202, "calon_penerima", "penetapan", "keadaan tetap; pekerjaan ada di penyaluran", "SK / CALON PENERIMA BANSOS", "Tercantum dalam SK; tiap tahap membuka satu penyaluran."),
    state(204, "ditangguhkan", "penetapan", "verifikator_kab", "30 d", "EXCLUDE", "Hak ditahan sementara sampai sebabnya jelas.", remind="14 d"),
    stable(20203, "keluar", "penetapan", "keadaan tetap sampai sanggah atau reaktivasi", "KELUAR PROGRAM", "Tidak lagi peserta; dapat menyanggah atau diaktifkan lagi."),
)

RULES = (
    rule("K01", "new -> dinilai", "buka_penilaian", "sistem", "registrasi id_versi", note="registrasi ditetapkan, USULAN_PROGRAM diterapkan, atau program baru"),
    rule("K02", "new -> calon_penerima", "migrasi", "pusdatin", "hash_berkas nomor_sk rekening_asal", people=2, note="sekali saat peralihan; rekening ikut sebagai belum diuji"),
    rule("K03", "new -> calon_penerima", "lanjut_pindah", "sistem", "kasus_asal", note="pengganti di wilayah tujuan"),
    rule("K04", "dinilai -> tidak_memenuhi", "nilai_tidak_lolos", "sistem", "hasil_uji_syarat", reasons=EX_TEMUAN, refusal=True, note="alasan, sumber dan anggota ditampilkan"),
    rule("K05", "dinilai -> daftar_tunggu", "nilai_kuota_penuh", "sistem", "hasil_uji_syarat peringkat", reasons="KUOTA_PENUH"),
    rule("K06", "dinilai -> menunggu_sk", "nilai_lolos", "sistem", "hasil_uji_syarat kuota_ada"),
    rule("K07", "menunggu_sk -> calon_penerima", "terbitkan_sk", "direktorat", "nomor_sk hash_daftar", people=2, fires="penyaluran.buka_tahap"),
    rule("K08", "menunggu_sk -> dinilai", "tolak_daftar", "direktorat", "catatan", reasons="DAFTAR_SALAH", refusal=True),
    rule("K09", "daftar_tunggu -> menunggu_sk", "kuota_bebas", "sistem", "kuota_ada peringkat", note="urutan: desil, lalu tanggal"),
    rule("K10", "tidak_memenuhi daftar_tunggu -> dinilai", "nilai_ulang", "sistem", "id_versi", note="tiap versi, perubahan data, atau sanggah_exclude dikabulkan"),
    rule("K11", "calon_penerima -> calon_penerima", "kukuhkan", "direktorat", "nomor_sk hash_daftar", fires="penyaluran.buka_tahap", note="SK tiap tahap setelah penilaian ulang"),
    rule("K12", "calon_penerima -> daftar_tunggu", "kuota_turun", "sistem", "peringkat id_versi", reasons="KUOTA_TURUN"),
    rule("K13", "calon_penerima -> ditangguhkan", "tangguhkan", "sistem pusdatin verifikator_kab", "sumber_temuan anggota_terkait", reasons="EX_DATA EX_ANOMALI EX_NIK EX_KK EX_NAMA EX_MENINGGAL EX_GANDA EX_PEKERJAAN EX_UPAH EX_SDM_KESOS EX_PERANGKAT EX_KOMPONEN EX_DAERAH EX_GIS EX_JUDOL EX_SALDO EX_PROGRAM EX_PINDAH EX_MENOLAK EX_TIDAK_DITEMUKAN EX_TIDAK_TRANSAKSI EX_SANGGAH", fires="penyaluran.kecualikan penyaluran.tahan_si", note="sementara; keluarga diberi tahu sumbernya"),
    rule("K14", "ditangguhkan -> calon_penerima", "pulihkan", "verifikator_kab pusdatin sistem", "bukti_alasan", barred="K13", fires="penyaluran.pulih_sebelum_tutup penyaluran.pulih_susulan penyaluran.lepas_tahan"),
    rule("K15", "ditangguhkan -> calon_penerima", "pulih_otomatis", "sistem", "sumber_temuan", fires="penyaluran.pulih_sebelum_tutup penyaluran.pulih_susulan penyaluran.lepas_tahan", note="sumber data sudah bersih"),
    rule("K16", "ditangguhkan -> keluar", "pastikan_keluar", "pusdatin kepala_dinas", "bukti_alasan pemberitahuan_14_hari", reasons="MENINGGAL PINDAH GRADUASI GANDA MAMPU DESIL_NAIK MUNDUR PEKERJAAN JUDOL SDM_KESOS GIS TIDAK_DITEMUKAN MASA_HABIS", barred="K13", refusal=True, fires="penyaluran.keluarkan penyaluran.perintah_setor"),
    rule("K17", "dinilai tidak_memenuhi daftar_tunggu menunggu_sk calon_penerima -> keluar", "keluarkan", "sistem kepala_dinas", "kasus_asal_atau_versi", reasons="MENINGGAL PINDAH GRADUASI GANDA MAMPU DESIL_NAIK MUNDUR TIDAK_DITEMUKAN MASA_HABIS", refusal=True, fires="penyaluran.kecualikan penyaluran.keluarkan penyaluran.tahan_si", note="yang sudah diputus; temuan data lain lewat ditangguhkan dulu"),
    rule("K18", "keluar -> calon_penerima", "kabulkan_banding", "sistem", "putusan_sanggah kuota_ada", note="kursi disimpan selama masa banding"),
    rule("K19", "keluar -> dinilai", "reaktivasi", "sistem", "kasus_asal", note="REAKTIVASI, registrasi aktif lagi, atau banding tanpa kursi"),
    rule("K20", "keluar -> calon_penerima", "koreksi_keluar", "pusdatin", "catatan", reasons="SALAH_KLIK SALAH_BERKAS", barred="K16 K17", people=2, undo_of="K16 K17", window="14 d"),
    rule("K21", "ditangguhkan -> calon_penerima", "koreksi_tangguh", "pusdatin", "catatan hash_berkas", reasons="SALAH_KLIK SALAH_BERKAS", barred="K13", people=2, undo_of="K13", window="14 d"),
    rule("K22", "ditangguhkan -> keluar", "keluarkan", "sistem", "kasus_asal", reasons="MENINGGAL PINDAH GRADUASI GANDA MAMPU MUNDUR TIDAK_DITEMUKAN", refusal=True, fires="penyaluran.keluarkan penyaluran.perintah_setor", note="sanggah, kunjungan atau usulan yang sudah diputus; temuan data sendiri menunggu orang (K16)"),
)

KEPESERTAAN = Machine(
    code=2,
    name="kepesertaan",
    prefix="K",
    subject="satu keluarga x satu program; PKH dan Sembako adalah dua kasus yang boleh berbeda keadaan",
    phases=("penetapan",),
    states=STATES,
    rules=RULES,
)
