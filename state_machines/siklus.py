"""Siklus: one verval cycle of the nation, by default two a year.

Its date is policy; its population is frozen in `prelist`, its villages work in `berjalan` (machine `siklus_desa`), its
report names whom it did not reach. Source: domain section 1.7.
"""

# fmt: off
# ruff: noqa: E501 -- a row of the table stays on one line, as it does in the regulation

from state_machines.declare import Machine, end, rule, state

STATES = (
    state(501, "dijadwalkan", "verval", "pusdatin", "tanggal_siklus", "DIJADWALKAN", "Putaran sudah bertanggal dan belum dibuka."),
    state(502, "prelist", "verval", "pusdatin", "7 d", "PRELIST", "Daftar awal keluarga disusun per wilayah."),
    state(503, "berjalan", "verval", "pusdatin", "tanggal_siklus", "BERJALAN", "Desa-desa bekerja."),
    state(504, "rekap", "verval", "pusdatin", "14 d", "REKAP", "Hasil semua desa dihimpun dan diperiksa."),
    end(20501, "ditutup", "verval", "DITUTUP", "Putaran selesai."),
    end(20502, "dibatalkan", "verval", "DIBATALKAN", "Putaran tidak jadi dijalankan."),
)

RULES = (
    rule("C01", "new -> dijadwalkan", "jadwalkan", "pusdatin", "surat_edaran tanggal"),
    rule("C02", "dijadwalkan -> prelist", "susun_prelist", "sistem", "id_versi", note="pada tanggal; bawaan Februari dan Agustus"),
    rule("C03", "prelist -> berjalan", "buka_siklus", "pusdatin", "hash_daftar", fires="siklus_desa.bagikan"),
    rule("C04", "dijadwalkan prelist -> dibatalkan", "batalkan_siklus", "pusdatin", "catatan", reasons="JADWAL_DIGANTI", refusal=True),
    rule("C05", "berjalan -> rekap", "rekap_siklus", "sistem", note="semua desa ditutup atau terlewat, atau tanggal akhir"),
    rule("C06", "rekap -> berjalan", "buka_lagi", "pusdatin", "catatan", reasons="PERPANJANGAN"),
    rule("C07", "rekap -> ditutup", "tutup_siklus", "pusdatin", "laporan_rekap", barred="C01"),
)

SIKLUS = Machine(
    code=5,
    name="siklus",
    prefix="C",
    subject="satu putaran verval nasional (bawaan dua per tahun)",
    phases=("verval",),
    states=STATES,
    rules=RULES,
    big=False,
    regional=True,
)
