"""Usulan: one family, one kind of proposal; a BARU that is decreed becomes the family's registration.

usulan -> verval -> penetapan. The village proposes and its meeting decides, kecamatan and Dinsos verify, a field
worker visits, the head of Dinsos approves, the ministry processes, BPS ranks, the Minister decrees.
Source: domain sections 1.2 to 1.5 (UU 13/2011, Permensos 3/2025, Inpres 4/2025). Retired numbers, never reused:
U09 U18 U26 U37 U38 U39 U42.
"""

# fmt: off
# ruff: noqa: E501 -- a row of the table stays on one line, as it does in the regulation

from state_machines.declare import Guard, Machine, end, rule, stable, state

PENGUSUL = "operator_desa pendamping pengisi_data_kab"
PENGISI = "U01 U43 U02"
PENGIRIM = "U01 U43 U02 U15"
TERBUKA = "usul_warga usul_warga_kab draf tidak_padan padan menunggu_terima musyawarah usulan_final menunggu diajukan dikembalikan verif_dinsos ground_check hasil_cek siap_sah"

REGISTRASI = ("U81", "U83", "U84")
MUSDES = Guard(steps=("musdes",))
TERIMA = Guard(steps=("terima",))
PENGESAHAN = Guard(steps=("pengesahan",))
OLAH_PUSAT = Guard(steps=("olah_pusat",))
PERINGKAT = Guard(steps=("pemeringkatan",))

STATES = (
    state(101, "usul_warga", "usulan", "operator_desa", "7 d", "USUL CEK BANSOS", "Warga mengusulkan lewat aplikasi publik; desa memeriksa dan melengkapi."),
    state(102, "usul_warga_kab", "usulan", "pengisi_data_kab", "7 d", "USUL CEK BANSOS (KAB)", "Desa tidak menjawab usul warga; kabupaten mengambil alih."),
    state(103, "draf", "usulan", "operator_desa", "30 d", "DRAF", "Usulan sedang diisi dan belum diperiksa.", remind="14 d", expire="60 d"),
    state(104, "cek_data", "usulan", "sistem", "15 min", "CEK DATA", "Sistem memadankan setiap anggota ke Dukcapil dan mencari ganda."),
    state(105, "tidak_padan", "usulan", "operator_desa", "30 d", "TIDAK PADAN", "Ada data penentu yang berbeda dengan Dukcapil; perbaiki dulu.", remind="14 d", expire="60 d"),
    state(106, "dugaan_ganda", "usulan", "verifikator_kab", "14 d", "DUGAAN GANDA", "Orang atau keluarga ini diduga tercatat dua kali; perlu ditelaah."),
    state(107, "menunggu_konfirmasi_ganda", "usulan", "pusdatin", "7 d", "MENUNGGU KONFIRMASI GANDA", "Usul gabung atau pisah menunggu orang kedua."),
    state(108, "digabung", "usulan", "sistem", "14 d", "DIGABUNG (MASA URUNG)", "Catatan digabung ke catatan lain; masih dapat diurungkan 14 hari."),
    state(109, "padan", "usulan", "operator_desa", "hari_14", "PADAN", "Data cocok dengan Dukcapil; menunggu musyawarah, SPTJM atau dokumen.", expire="90 d"),
    state(110, "menunggu_terima", "usulan", "operator_desa", "14 d", "MENUNGGU DITERIMA DESA TUJUAN", "Keluarga pindah; desa tujuan memastikan menerima.", expire="60 d"),
    state(111, "musyawarah", "usulan", "kades", "14 d", "MUSDES/MUSKEL", "Usulan masuk daftar musyawarah desa atau kelurahan.", expire="90 d"),
    state(112, "usulan_final", "usulan", "operator_desa", "3 d", "USULAN FINAL", "Dasar usulan lengkap dan siap dikirim ke Dinas Sosial.", expire="90 d"),
    state(113, "menunggu", "usulan", "sistem", "31 d", "MENUNGGU JENDELA", "Jendela tutup atau kuota usulan penuh; dikirim otomatis saat terbuka.", expire="180 d"),
    state(114, "diajukan", "verval", "operator_kecamatan", "2 wd", "DIAJUKAN", "Kecamatan memeriksa usulan; tanpa langkah kecamatan, langsung ke Dinas Sosial."),
    state(115, "dikembalikan", "verval", "operator_desa", "14 d", "DIKEMBALIKAN", "Usulan dikembalikan ke pengusul untuk diperbaiki.", remind="7 d", expire="60 d"),
    state(116, "verif_dinsos", "verval", "verifikator_kab", "3 wd", "VERIFIKASI DINSOS", "Verifikator kabupaten/kota memeriksa kelengkapan dan kelayakan."),
    state(117, "ground_check", "verval", "pendamping", "14 d", "GROUND CHECK", "Petugas mengunjungi rumah keluarga.", remind="10 d"),
    state(118, "hasil_cek", "verval", "verifikator_kab", "3 wd", "HASIL CEK LAPANGAN", "Hasil kunjungan menunggu kesimpulan verifikator."),
    state(119, "siap_sah", "verval", "kepala_dinas", "hari_17", "SIAP DISAHKAN", "Usulan masuk daftar yang akan disahkan Kepala Dinas."),
    state(120, "disahkan", "verval", "sistem", "hari_18", "DISAHKAN", "Daftar sudah disahkan dan terkunci, menunggu tarikan pusat."),
    state(121, "di_provinsi", "penetapan", "dinsos_provinsi", "2 d", "DITERUSKAN GUBERNUR", "Daftar diteruskan provinsi ke Menteri; hanya bila kebijakan mewajibkan."),
    state(122, "diolah_pusat", "penetapan", "pusdatin", "30 d", "DIOLAH PUSDATIN", "Pusdatin memeriksa mutu dan ganda nasional."),
    state(123, "pemeringkatan", "penetapan", "bps", "versi_dtsen", "PEMERINGKATAN BPS", "BPS menghitung desil dan peringkat."),
    state(124, "menunggu_sk", "penetapan", "menteri", "14 d", "MENUNGGU SK", "Hasil peringkat menunggu keputusan Menteri."),
    stable(20101, "ditetapkan", "penetapan", "registrasi hidup, tidak ada pekerjaan tertunda", "DITETAPKAN (DTSEN AKTIF)", "Keluarga terdaftar; kepesertaan program dinilai terpisah."),
    stable(20102, "nonaktif", "penetapan", "keadaan tetap sampai ada reaktivasi", "NONAKTIF", "Registrasi ditidurkan dengan alasan; dapat diaktifkan kembali."),
    end(20103, "diterapkan", "penetapan", "DITERAPKAN", "Perubahan sudah diterapkan ke registrasi atau kepesertaan."),
    end(20104, "dibatalkan", "usulan", "DIBATALKAN", "Usulan ditarik pengusul."),
    end(20105, "kedaluwarsa", "usulan", "KEDALUWARSA", "Batas waktu habis; buat usulan baru yang menyambung."),
    end(20106, "ditolak_desa", "usulan", "DITOLAK DESA", "Usul warga ditolak saat diperiksa desa atau kabupaten."),
    end(20107, "ditolak_sistem", "usulan", "DITOLAK SISTEM", "Aturan dasar tidak terpenuhi."),
    end(20108, "ditolak_musdes", "usulan", "DITOLAK MUSDES", "Musyawarah tidak menyepakati usulan."),
    end(20109, "ditolak_dinsos", "verval", "DITOLAK DINSOS", "Dinas Sosial menyimpulkan tidak layak."),
    end(20110, "tidak_ditetapkan", "penetapan", "TIDAK DITETAPKAN", "Tidak dapat diperingkat atau tidak ditetapkan."),
    end(20111, "selesai_gabung", "usulan", "DIGABUNG", "Catatan lama ditutup; penggantinya tertaut."),
)

RULES = (
    rule("U01", "new -> draf", "buat_draf", PENGUSUL, "ktp kk foto_rumah_geotag variabel", note="manual, XLSX, sistem desa; warga masuk lewat U43"),
    rule("U43", "new -> usul_warga", "usul_mandiri", "warga", "akun_terverifikasi ktp kk foto_rumah_geotag", note="untuk keluarga sendiri atau tetangga sedesa"),
    rule("U44", "usul_warga usul_warga_kab -> draf", "lengkapi_usul", "operator_desa pengisi_data_kab pendamping", "variabel"),
    rule("U45", "usul_warga usul_warga_kab -> ditolak_desa", "tolak_usul", "operator_desa pengisi_data_kab", "catatan", reasons="BUKTI_KURANG LUAR_WILAYAH SUDAH_TERDAFTAR TIDAK_DIKENAL", barred="U43", refusal=True, note="warga diberi tahu dan dapat menyanggah"),
    rule("U46", "usul_warga -> usul_warga_kab", "eskalasi_usul", "sistem", reasons="LEWAT_SLA_DESA", note="14 d tanpa jawaban desa", guard=Guard(not_before="14 d")),
    rule("U02", "draf -> cek_data", "kirim_cek", PENGUSUL, "isian_wajib_lengkap"),
    rule("U03", f"{TERBUKA} -> dibatalkan", "tarik_usulan", f"{PENGUSUL} warga", "catatan", reasons="DITARIK_PENGUSUL SALAH_INPUT PERMINTAAN_KELUARGA", note="hanya pengusul kasus itu, sampai sebelum pengesahan", guard=Guard(only_by=("U01", "U43"))),
    rule("U04", "draf tidak_padan padan menunggu_terima musyawarah usulan_final menunggu dikembalikan -> kedaluwarsa", "habis_waktu", "sistem", reasons="WAKTU_HABIS", note="waktu = expire tiap state (juga U09, U26); pengingat dulu", guard=Guard(not_before="expire")),
    rule("U05", "cek_data -> padan", "cek_padan", "sistem", "balasan_dukcapil", note="aturan gabungan anggota di 1.5"),
    rule("U06", "cek_data -> tidak_padan", "cek_tidak_padan", "sistem", "balasan_dukcapil", reasons="NIK_TIDAK_ADA NIK_NONAKTIF NIK_FORMAT NAMA_BEDA KK_BEDA KEPALA_MENINGGAL", note="notifikasi anomali otomatis ke pengusul dan desa"),
    rule("U47", "cek_data -> dugaan_ganda", "cek_ganda", "sistem", "balasan_dukcapil catatan_kembar", reasons="GANDA"),
    rule("U07", "cek_data -> ditolak_sistem", "cek_tolak", "sistem", "balasan_dukcapil", reasons="MENINGGAL SUDAH_TERDAFTAR LUAR_WILAYAH", refusal=True, note="MENINGGAL hanya bila semua anggota meninggal"),
    rule("U08", "tidak_padan -> cek_data", "perbaiki_data", PENGUSUL, "beda_isian bukti_identitas"),
    rule("U48", "tidak_padan -> cek_data", "cek_ulang_berkala", "sistem", "balasan_dukcapil", note="mingguan, bila Disdukcapil sudah membetulkan"),
    rule("U49", "dugaan_ganda -> menunggu_konfirmasi_ganda", "usul_gabung", "verifikator_kab", "catatan_kembar bukti_identitas"),
    rule("U50", "dugaan_ganda -> menunggu_konfirmasi_ganda", "usul_pisah", "verifikator_kab", "catatan_kembar surat_disdukcapil"),
    rule("U51", "menunggu_konfirmasi_ganda -> digabung", "konfirmasi_gabung", "pusdatin", "catatan_kembar", reasons="GANDA", barred="U49 U50"),
    rule("U52", "menunggu_konfirmasi_ganda -> cek_data", "konfirmasi_pisah", "pusdatin", "surat_disdukcapil", reasons="BUKAN_GANDA", barred="U49 U50", note="usulan; penanda bukan ganda disimpan", guard=Guard(never=REGISTRASI)),
    rule("U53", "menunggu_konfirmasi_ganda -> ditetapkan", "konfirmasi_pisah_registrasi", "pusdatin", "surat_disdukcapil", reasons="BUKAN_GANDA", barred="U49 U50", fires="kepesertaan.pulihkan", note="bila yang ditelaah registrasi", guard=Guard(after=REGISTRASI)),
    rule("U54", "menunggu_konfirmasi_ganda -> dugaan_ganda", "tolak_konfirmasi", "pusdatin", "catatan", reasons="BUKTI_KURANG", barred="U49 U50", refusal=True),
    rule("U55", "digabung -> dugaan_ganda", "urungkan_gabung", "verifikator_kab pusdatin", "catatan", reasons="BUKAN_GANDA SALAH_INPUT", barred="U51", window="14 d"),
    rule("U56", "digabung -> selesai_gabung", "kunci_gabung", "sistem", note="14 d lewat", guard=Guard(not_before="14 d")),
    rule("U57", "padan verif_dinsos hasil_cek siap_sah diolah_pusat ditetapkan -> dugaan_ganda", "tandai_ganda", "verifikator_kab pusdatin sistem", "catatan_kembar", reasons="GANDA GANDA_NASIONAL", fires="kepesertaan.tangguhkan"),
    rule("U10", "padan -> musyawarah", "masuk_musdes", PENGUSUL, "id_batch_musdes", guard=MUSDES),
    rule("U11", "padan -> usulan_final", "teken_sptjm", "kades", "sptjm", barred=PENGISI, guard=MUSDES),
    rule("U58", "padan -> usulan_final", "pakai_ba", PENGUSUL, "ba_berlaku bnba_memuat_keluarga", note="BA sebelum input, atau BA lama masih mencakup setelah cek ulang", guard=MUSDES),
    rule("U59", "padan -> usulan_final", "cukup_dokumen", PENGUSUL, "dokumen_jenis", note="jenis yang tidak perlu musdes (tabel 1.4)", guard=Guard(steps=("-musdes", "-terima"))),
    rule("U60", "padan -> menunggu_terima", "minta_terima", "operator_desa pengisi_data_kab", "skpwni_atau_kk_baru", note="PINDAH saja", guard=TERIMA),
    rule("U61", "menunggu_terima -> usulan_final", "terima_pindah", "operator_desa kades", "pernyataan_terima", barred=f"{PENGISI} U60", note="oleh desa tujuan", guard=Guard(place="tujuan")),
    rule("U62", "menunggu_terima -> padan", "tolak_pindah", "operator_desa kades", "catatan", reasons="BUKAN_WARGA ALAMAT_KURANG", barred=f"{PENGISI} U60", refusal=True, note="oleh desa tujuan; bila sama-sama bersikeras, pengisi_data_kab menutup", guard=Guard(place="tujuan")),
    rule("U63", "menunggu_terima -> usulan_final", "terima_otomatis", "sistem", "balasan_dukcapil", reasons="LEWAT_SLA_DESA", note="14 d, dan Dukcapil sudah menunjuk desa tujuan", guard=Guard(not_before="14 d")),
    rule("U12", "musyawarah -> usulan_final", "sepakati", "kades", "berita_acara daftar_hadir bnba", barred=PENGISI),
    rule("U13", "musyawarah -> ditolak_musdes", "tidak_sepakat", "kades", "berita_acara daftar_hadir", reasons="MAMPU PINDAH TIDAK_DIKENAL GANDA MENINGGAL", barred=PENGISI, refusal=True),
    rule("U14", "musyawarah -> padan", "tunda_musdes", "kades operator_desa", "catatan"),
    rule("U15", "usulan_final -> diajukan", "kirim", PENGUSUL, "ba_atau_sptjm_atau_dokumen jendela_terbuka kuota_ada"),
    rule("U16", "usulan_final -> menunggu", "tunda_jendela", "sistem", reasons="JENDELA_TUTUP KUOTA_PENUH", note="tidak terkirim sampai hari 14: bulan berikutnya"),
    rule("U17", "menunggu -> diajukan", "buka_jendela", "sistem", "jendela_terbuka", note="urutan tetap"),
    rule("U19", "diajukan -> verif_dinsos", "teruskan", "operator_kecamatan", "catatan", barred=PENGIRIM),
    rule("U64", "diajukan -> verif_dinsos", "lewati_kecamatan", "sistem", reasons="KECAMATAN_TIDAK_AKTIF", note="langkah kecamatan dimatikan kebijakan: seketika"),
    rule("U65", "diajukan -> verif_dinsos", "teruskan_otomatis", "sistem", reasons="LEWAT_SLA_KECAMATAN", note="hanya bila kebijakan mengizinkan (bawaan: tidak)", guard=Guard(not_before="sla")),
    rule("U20", "diajukan -> dikembalikan", "kembalikan_kecamatan", "operator_kecamatan", "catatan", reasons="BERKAS_KURANG BA_TIDAK_SAH ALAMAT_KURANG", barred=PENGIRIM, refusal=True),
    rule("U21", "verif_dinsos -> ground_check", "minta_ground_check", "verifikator_kab", "petugas_ditunjuk", barred=PENGIRIM),
    rule("U22", "verif_dinsos -> siap_sah", "nyatakan_lengkap", "verifikator_kab", "cek_terakhir_atau_dikecualikan", barred=PENGIRIM, note="dicek < 6 bulan (juga kunjungan sebelum musdes), atau kebijakan tidak meminta cek", guard=PENGESAHAN),
    rule("U23", "verif_dinsos -> dikembalikan", "kembalikan", "verifikator_kab", "catatan", reasons="BERKAS_KURANG BA_TIDAK_SAH FOTO_TIDAK_SESUAI DATA_JANGGAL", barred=PENGIRIM, refusal=True),
    rule("U24", "verif_dinsos -> ditolak_dinsos", "tolak", "verifikator_kab", "catatan bukti_alasan", reasons="MAMPU PEKERJAAN PINDAH GANDA MENINGGAL", barred=PENGIRIM, refusal=True),
    rule("U66", "verif_dinsos hasil_cek -> diterapkan", "terapkan_langsung", "verifikator_kab", "dokumen_jenis", barred=f"{PENGIRIM} U68", fires="usulan.nonaktifkan usulan.buka_turunan kepesertaan.nilai_ulang", note="jenis tanpa pengesahan (tabel 1.4)", guard=Guard(steps=("-pengesahan",))),
    rule("U25", "dikembalikan -> usulan_final", "perbaiki_kirim", PENGUSUL, "beda_isian", note="identitas dan anggota tidak berubah"),
    rule("U67", "dikembalikan -> cek_data", "perbaiki_identitas", PENGUSUL, "beda_isian bukti_identitas", note="identitas atau anggota berubah: cek ulang, lalu U58 bila BA masih mencakup"),
    rule("U68", "ground_check -> hasil_cek", "laporkan_hasil", "pendamping", "formulir_cek foto_geotag_2 responden", barred=PENGIRIM, note="hasil layak/tidak layak/tidak ditemukan/menolak sebagai fakta"),
    rule("U29", "ground_check -> verif_dinsos", "gagal_kunjung", "pendamping", "catatan", reasons="PETUGAS_GANTI ALAMAT_KURANG"),
    rule("U69", "ground_check -> verif_dinsos", "alihkan_petugas", "verifikator_kab", "catatan", reasons="PETUGAS_GANTI LEWAT_SLA_PETUGAS"),
    rule("U27", "hasil_cek -> siap_sah", "simpulkan_layak", "verifikator_kab", "formulir_cek", barred=f"{PENGIRIM} U68", guard=PENGESAHAN),
    rule("U28", "hasil_cek -> ditolak_dinsos", "simpulkan_tidak_layak", "verifikator_kab", "formulir_cek", reasons="MAMPU MENINGGAL PINDAH TIDAK_DITEMUKAN MENOLAK PEKERJAAN", barred=f"{PENGIRIM} U68", refusal=True),
    rule("U70", "hasil_cek -> ground_check", "ulang_cek", "verifikator_kab", "petugas_lain", reasons="DATA_JANGGAL FOTO_TIDAK_SESUAI", barred="U68"),
    rule("U71", "hasil_cek -> dikembalikan", "kembalikan_hasil", "verifikator_kab", "catatan", reasons="DATA_JANGGAL BERKAS_KURANG", barred=f"{PENGIRIM} U68", refusal=True),
    rule("U30", "siap_sah -> disahkan", "sahkan", "kepala_dinas", "surat_pengesahan hash_daftar", barred=f"{PENGIRIM} U19 U21 U22 U27 U68"),
    rule("U31", "siap_sah -> verif_dinsos", "kembalikan_pengesahan", "kepala_dinas", "catatan", reasons="BERKAS_KURANG DATA_JANGGAL DAFTAR_SALAH", refusal=True),
    rule("U72", "new -> verif_dinsos", "buka_dari_sanggah", "sistem", "putusan_sanggah kasus_asal", note="sanggah_penolakan dikabulkan; musdes tidak diulang"),
    rule("U73", "new -> disahkan", "buka_sudah_sah", "sistem", "putusan_atau_pengesahan_siklus kasus_asal", note="sanggah_desil dikabulkan, atau hasil kunjungan yang sudah disahkan"),
    rule("U32", "disahkan -> diolah_pusat", "tarik_data", "sistem", "tanda_terima hash_daftar", note="hari 18; salinan ke provinsi tidak menahan", guard=OLAH_PUSAT),
    rule("U74", "disahkan -> di_provinsi", "kirim_provinsi", "sistem", "tanda_terima", note="hanya bila kebijakan gubernur = meneruskan", guard=OLAH_PUSAT),
    rule("U75", "di_provinsi -> diolah_pusat", "teruskan_provinsi", "dinsos_provinsi", "surat_gubernur", barred="U30"),
    rule("U76", "di_provinsi -> diolah_pusat", "lewat_provinsi", "sistem", reasons="LEWAT_SLA_PROVINSI", guard=Guard(not_before="sla")),
    rule("U77", "disahkan -> diterapkan", "terapkan_sah", "sistem", "surat_pengesahan", fires="usulan.nonaktifkan usulan.buka_turunan kepesertaan.keluarkan", note="jenis dengan pengesahan tanpa olah pusat", guard=Guard(steps=("pengesahan", "-olah_pusat"))),
    rule("U90", "disahkan -> diterapkan", "terapkan_hasil_verval", "sistem", "surat_pengesahan", fires="usulan.nonaktifkan usulan.buka_turunan kepesertaan.keluarkan", note="jenis tanpa pengesahan (tabel 1.4) yang dibuka hasil kunjungan atau putusan", guard=Guard(steps=("-pengesahan",), after=("U73",))),
    rule("U33", "diolah_pusat -> dikembalikan", "qc_gagal", "pusdatin", "catatan", reasons="NIK_NONAKTIF ATRIBUT_KURANG DATA_JANGGAL", refusal=True),
    rule("U34", "diolah_pusat -> pemeringkatan", "qc_lolos", "pusdatin", "id_versi", barred="U30", guard=PERINGKAT),
    rule("U78", "diolah_pusat -> diterapkan", "terapkan_pusat", "pusdatin", "keputusan", barred="U30", fires="usulan.reaktifkan kepesertaan.buka_penilaian", note="REAKTIVASI dan USULAN_PROGRAM", guard=Guard(steps=("olah_pusat", "-pemeringkatan"))),
    rule("U79", "diolah_pusat -> tidak_ditetapkan", "tolak_pusat", "pusdatin", "keputusan catatan", reasons="SYARAT_PROGRAM BUKTI_KURANG", barred="U30", refusal=True),
    rule("U35", "pemeringkatan -> menunggu_sk", "beri_desil", "bps", "desil persentil id_versi", guard=Guard(steps=("sk",))),
    rule("U80", "pemeringkatan -> diterapkan", "terapkan_peringkat", "bps", "desil persentil id_versi", fires="usulan.peringkat_ulang kepesertaan.nilai_ulang", note="PEMBARUAN", guard=Guard(steps=("pemeringkatan", "-sk"))),
    rule("U36", "pemeringkatan -> tidak_ditetapkan", "tidak_dapat_diperingkat", "bps", "catatan", reasons="DATA_TIDAK_CUKUP", refusal=True),
    rule("U81", "menunggu_sk -> ditetapkan", "tetapkan", "menteri", "nomor_sk", fires="kepesertaan.buka_penilaian", note="hanya jenis BARU; satu registrasi hidup per No KK", guard=Guard(steps=("sk",))),
    rule("U82", "menunggu_sk -> pemeringkatan", "kembalikan_versi", "menteri", "catatan", reasons="DAFTAR_SALAH", refusal=True),
    rule("U83", "new -> ditetapkan", "migrasi", "pusdatin", "hash_berkas versi_asal", people=2, fires="kepesertaan.migrasi", note="sekali saat peralihan; basis_data DTKS atau DTSEN"),
    rule("U84", "new -> ditetapkan", "buka_turunan", "sistem", "kasus_asal", fires="kepesertaan.lanjut_pindah", note="PINDAH (desa tujuan) dan PECAH_KK; desil sementara dari asal"),
    rule("U85", "ditetapkan -> ditetapkan", "peringkat_ulang", "sistem", "desil persentil id_versi", fires="kepesertaan.nilai_ulang kepesertaan.keluarkan", note="tiap versi DTSEN; ditulis hanya bila desil berubah"),
    rule("U40", "ditetapkan -> nonaktif", "nonaktifkan", "kepala_dinas pusdatin sistem", "kasus_asal", reasons="MENINGGAL PINDAH GRADUASI GANDA MAMPU MUNDUR TIDAK_DITEMUKAN", fires="kepesertaan.keluarkan", note="oleh usulan, sanggah atau kunjungan yang sudah diputus"),
    rule("U41", "nonaktif -> ditetapkan", "reaktifkan", "sistem", "kasus_asal", fires="kepesertaan.reaktivasi", note="REAKTIVASI diterapkan atau banding dikabulkan"),
    rule("U86", "ditolak_dinsos -> verif_dinsos", "koreksi_tolak", "kepala_dinas", "catatan", reasons="SALAH_KLIK SALAH_BERKAS", barred="U24 U28", people=2, undo_of="U24 U28", window="3 wd", guard=Guard(second="verifikator_kab")),
    rule("U87", "ditolak_musdes -> musyawarah", "koreksi_musdes", "verifikator_kab", "catatan berita_acara", reasons="SALAH_KLIK SALAH_BERKAS", barred="U13", people=2, undo_of="U13", window="7 d"),
    rule("U88", "disahkan -> siap_sah", "koreksi_sah", "pusdatin", "surat_pembatalan", reasons="SALAH_KLIK SALAH_BERKAS", barred="U30", people=2, undo_of="U30", window="hari_18", note="hanya sebelum tarikan data"),
    rule("U89", "nonaktif -> ditetapkan", "koreksi_nonaktif", "pusdatin", "catatan", reasons="SALAH_KLIK SALAH_BERKAS", barred="U40", people=2, undo_of="U40", window="14 d", fires="kepesertaan.koreksi_keluar"),
)

USULAN = Machine(
    code=1,
    name="usulan",
    prefix="U",
    subject="satu keluarga (No KK), satu jenis_usulan; jenis BARU yang ditetapkan menjadi registrasi keluarga",
    phases=("usulan", "verval", "penetapan"),
    states=STATES,
    rules=RULES,
)
