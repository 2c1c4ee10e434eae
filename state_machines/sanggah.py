"""Sanggah: an objection, a complaint or a withdrawal about one family, from intake to decision and one appeal.

Eight kinds enter by eight rows (S01-S08): against another family of the same village, own desil, a refused proposal, an
exclusion, an exit, withdrawal, an amount, a withheld card. A decision acts at once on registration, membership and
payment, through the same door; whoever loses may appeal once. Source: domain section 1.6.
"""

# fmt: off
# ruff: noqa: E501 -- a row of the table stays on one line, as it does in the regulation

from state_machines.declare import Guard, Machine, end, rule, state

PENGAJU = "S01 S02 S03 S04 S05 S06 S07 S08"
"""The entries: whoever fired one of them on a case brought it, and neither checks nor decides it."""

STATES = (
    state(401, "diterima_sistem", "verval", "sistem", "1 d", "SANGGAH DITERIMA", "Sistem memeriksa syarat sanggah."),
    state(402, "penugasan", "verval", "verifikator_kab", "2 wd", "PENUGASAN", "Verifikator menunjuk petugas yang tidak terkait; pihak tersanggah diberi tahu."),
    state(403, "verif_lapangan", "verval", "pendamping", "14 d", "CEK LAPANGAN", "Petugas memeriksa; jawaban keluarga ditunggu bersamaan.", remind="10 d"),
    state(404, "tanggapan_penyalur", "verval", "bank", "5 wd", "TANGGAPAN PENYALUR", "Penyalur menjelaskan nominal atau kartu yang dikeluhkan."),
    state(405, "eskalasi", "verval", "verifikator_kab", "7 d", "ESKALASI", "Pemeriksaan lewat 14 hari; verifikator harus menjawab."),
    state(406, "menunggu_putusan", "penetapan", "kepala_dinas", "5 wd", "MENUNGGU PUTUSAN", "Kepala Dinas memutus."),
    state(407, "dikabulkan", "penetapan", "sistem", "14 d", "DIKABULKAN", "Sanggah diterima dan dampaknya sudah jalan; pihak yang rugi boleh banding 14 hari."),
    state(408, "ditolak", "penetapan", "sistem", "14 d", "DITOLAK", "Sanggah ditolak; pengaju boleh banding 14 hari."),
    state(409, "banding", "penetapan", "dinsos_provinsi", "14 d", "BANDING", "Provinsi menelaah banding satu kali."),
    end(20401, "ditolak_syarat", "verval", "DITOLAK SYARAT", "Syarat sanggah tidak terpenuhi."),
    end(20402, "gugur", "verval", "GUGUR", "Sanggah tidak terperiksa dalam batas waktu."),
    end(20403, "dicabut", "verval", "DICABUT", "Pengaju mencabut sanggahnya."),
    end(20404, "selesai_dikabulkan", "penetapan", "SELESAI: DIKABULKAN", "Tidak ada banding; putusan tetap."),
    end(20405, "selesai_ditolak", "penetapan", "SELESAI: DITOLAK", "Tidak ada banding; putusan tetap."),
    end(20406, "banding_diterima", "penetapan", "BANDING DITERIMA", "Putusan pertama dibalik."),
    end(20407, "banding_ditolak", "penetapan", "BANDING DITOLAK", "Putusan pertama tetap."),
)

RULES = (
    rule("S01", "new -> diterima_sistem", "ajukan_sanggah_pihak_lain", "warga", "foto_rumah_geotag alasan", note="sedesa; identitas pengaju tidak dibuka"),
    rule("S02", "new -> diterima_sistem", "ajukan_sanggah_desil", "warga operator_desa pendamping", "alasan", note="sanggah_desil_sendiri; petugas hanya dengan formulir bertanda tangan (juga S03-S08)"),
    rule("S03", "new -> diterima_sistem", "ajukan_sanggah_penolakan", "warga operator_desa pendamping", "kasus_asal bukti_baru", note="usulan sendiri yang ditolak, 30 d"),
    rule("S04", "new -> diterima_sistem", "ajukan_sanggah_exclude", "warga operator_desa pendamping", "kasus_asal bukti_alasan", note="temuan yang salah orang atau sudah berubah"),
    rule("S05", "new -> diterima_sistem", "ajukan_sanggah_keluar", "warga operator_desa pendamping", "kasus_asal bukti_alasan", note="keluar program atau registrasi nonaktif, 30 d"),
    rule("S06", "new -> diterima_sistem", "ajukan_mundur", "warga operator_desa pendamping", "pernyataan_mundur"),
    rule("S07", "new -> diterima_sistem", "ajukan_keluhan_nominal", "warga operator_desa pendamping", "kasus_asal bukti_saldo"),
    rule("S08", "new -> diterima_sistem", "ajukan_keluhan_kks", "warga operator_desa pendamping", "kasus_asal alasan", note="kks_ditahan; tidak pernah ditugaskan kepada yang dikeluhkan"),
    rule("S09", "diterima_sistem -> ditolak_syarat", "tolak_syarat", "sistem", "hasil_syarat", reasons="BEDA_DESA DUPLIKAT BUKTI_KURANG LEWAT_BATAS_SANGGAH", refusal=True),
    rule("S10", "diterima_sistem -> penugasan", "terima_syarat", "sistem", "pemberitahuan", fires="kepesertaan.tangguhkan penyaluran.kecualikan penyaluran.tahan_si", note="menahan penyaluran berjalan hanya bila kebijakan meminta (bawaan: tidak untuk pihak lain)", guard=Guard(never=("S06",))),
    rule("S11", "diterima_sistem -> menunggu_putusan", "mundur_langsung", "sistem", "pernyataan_mundur", note="jenis mundur", guard=Guard(after=("S06",))),
    rule("S12", "penugasan -> verif_lapangan", "tugaskan", "verifikator_kab", "petugas_ditunjuk", barred=PENGAJU, note="bukan pendamping keluarga itu dan bukan yang dikeluhkan"),
    rule("S13", "penugasan -> menunggu_putusan", "cukup_dokumen", "verifikator_kab", "bukti_alasan", barred=PENGAJU, note="penolakan, exclude, keluar yang terbukti dengan dokumen", guard=Guard(never=("S01", "S07", "S08"))),
    rule("S14", "penugasan -> tanggapan_penyalur", "minta_tanggapan", "verifikator_kab", "kasus_asal", barred=PENGAJU, note="keluhan nominal dan KKS", guard=Guard(after=("S07", "S08"))),
    rule("S15", "tanggapan_penyalur -> menunggu_putusan", "tanggapi", "bank pos", "tanggapan rekening_koran", barred=PENGAJU),
    rule("S16", "tanggapan_penyalur -> menunggu_putusan", "tanpa_tanggapan", "sistem", reasons="LEWAT_SLA_PENYALUR", note="5 wd; diputus dari bukti yang ada", guard=Guard(not_before="sla")),
    rule("S17", "penugasan -> penugasan", "jawab_sanggah", "warga", "jawaban", barred="S01", note="hak jawab keluarga, 7 d, sejajar dengan cek lapangan", guard=Guard(after=("S01",))),
    rule("S18", "verif_lapangan -> verif_lapangan", "jawab_saat_cek", "warga", "jawaban", barred="S01", guard=Guard(after=("S01",))),
    rule("S19", "verif_lapangan -> menunggu_putusan", "laporkan_cek", "pendamping", "formulir_cek foto_geotag_2", barred=PENGAJU, guard=Guard(after=("S12",))),
    rule("S20", "verif_lapangan -> penugasan", "ganti_petugas", "verifikator_kab", "catatan", reasons="PETUGAS_GANTI"),
    rule("S21", "penugasan verif_lapangan -> eskalasi", "lewat_waktu", "sistem", reasons="LEWAT_14_HARI", note="14 d sejak masuk"),
    rule("S22", "eskalasi -> menunggu_putusan", "jawab_eskalasi", "verifikator_kab", "formulir_cek_atau_alasan", barred=PENGAJU),
    rule("S23", "eskalasi -> gugur", "gugurkan", "sistem", reasons="LEWAT_14_HARI", refusal=True, fires="kepesertaan.pulihkan penyaluran.pulih_sebelum_tutup penyaluran.pulih_susulan penyaluran.lepas_tahan", note="hanya sanggah_pihak_lain, 7 d, bila kebijakan mengikuti praktik gugur", guard=Guard(not_before="sla", after=("S01",))),
    rule("S24", "menunggu_putusan -> dikabulkan", "kabulkan", "kepala_dinas", "putusan jawaban_atau_7_hari_lewat", reasons="MAMPU MENINGGAL PINDAH PEKERJAAN GANDA MUNDUR TERBUKTI", barred=f"{PENGAJU} S19 S22", fires="usulan.nonaktifkan usulan.buka_dari_sanggah usulan.buka_sudah_sah kepesertaan.keluarkan kepesertaan.pulihkan kepesertaan.nilai_ulang kepesertaan.kabulkan_banding penyaluran.catat_selisih penyaluran.kks_tertahan"),
    rule("S25", "menunggu_putusan -> ditolak", "tolak_sanggah", "kepala_dinas", "putusan jawaban_atau_7_hari_lewat", reasons="TETAP_LAYAK TIDAK_TERBUKTI DATA_SUDAH_BENAR", barred=f"{PENGAJU} S19 S22", refusal=True, fires="kepesertaan.pulihkan penyaluran.pulih_sebelum_tutup penyaluran.pulih_susulan penyaluran.lepas_tahan", note="alasan kepada kedua pihak"),
    rule("S26", "menunggu_putusan -> penugasan", "periksa_lagi", "kepala_dinas", "catatan", reasons="DATA_JANGGAL BUKTI_KURANG"),
    rule("S27", "ditolak -> banding", "banding_pengaju", "warga operator_desa pendamping", "bukti_baru", note="sekali, 14 d", guard=Guard(never=("S27", "S28"))),
    rule("S28", "dikabulkan -> banding", "banding_kpm", "warga operator_desa pendamping", "bukti_baru", note="keluarga yang dicoret, sekali, 14 d", guard=Guard(after=("S01", "S06"), never=("S27", "S28"))),
    rule("S29", "ditolak -> selesai_ditolak", "tutup_ditolak", "sistem", note="14 d tanpa banding", guard=Guard(not_before="sla")),
    rule("S30", "dikabulkan -> selesai_dikabulkan", "tutup_dikabulkan", "sistem", note="14 d tanpa banding", guard=Guard(not_before="sla")),
    rule("S31", "banding -> banding_diterima", "terima_banding", "dinsos_provinsi", "putusan", reasons="TERBUKTI PUTUSAN_KELIRU", barred="S24 S25 S27 S28", fires="usulan.nonaktifkan usulan.buka_dari_sanggah usulan.buka_sudah_sah kepesertaan.keluarkan kepesertaan.pulihkan kepesertaan.nilai_ulang kepesertaan.kabulkan_banding penyaluran.catat_selisih penyaluran.kks_tertahan usulan.reaktifkan"),
    rule("S32", "banding -> banding_ditolak", "tolak_banding", "dinsos_provinsi", "putusan", reasons="TIDAK_TERBUKTI TETAP_LAYAK DATA_SUDAH_BENAR", barred="S24 S25 S27 S28", refusal=True),
    rule("S33", "diterima_sistem penugasan verif_lapangan tanggapan_penyalur eskalasi menunggu_putusan -> dicabut", "cabut", "warga operator_desa pendamping", "catatan", reasons="DITARIK_PENGUSUL SALAH_INPUT", fires="kepesertaan.pulihkan penyaluran.pulih_sebelum_tutup penyaluran.pulih_susulan penyaluran.lepas_tahan", note="hanya pengaju kasus itu", guard=Guard(only_by=tuple(PENGAJU.split()))),
    rule("S34", "ditolak -> menunggu_putusan", "koreksi_putusan", "kepala_dinas", "catatan", reasons="SALAH_KLIK SALAH_BERKAS", barred="S25", people=2, undo_of="S25", window="3 wd", guard=Guard(second="verifikator_kab")),
)

SANGGAH = Machine(
    code=4,
    name="sanggah",
    prefix="S",
    subject="satu keberatan, keluhan atau pengunduran diri atas satu keluarga",
    phases=("verval", "penetapan"),
    states=STATES,
    rules=RULES,
)
