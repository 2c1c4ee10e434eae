"""Penyaluran: one family x programme x period. Each state is an account; a move carries the whole amount.

burekol -> omspan -> spm -> sukses or gagal. Before SP2D the money has not left the treasury and the case may lapse
(`hangus`); from SP2D on it ends at the family (`selesai`) or back at kas negara (`disetor`), never nowhere.
Closing formula, to the rupiah: closing = selesai + disetor + hangus + keluar + open.
Source: domain sections 2.1 to 2.4.
"""

# fmt: off
# ruff: noqa: E501 -- a row of the table stays on one line, as it does in the regulation

from state_machines.declare import Guard, Machine, end, rule, stable, state
from state_machines.reasons import EX_SEMUA, RK

PRA_SPP = "calon siap_salur susulan burekol_proses burekol_berhasil burekol_gagal kks_distribusi kks_tertahan pos_danom danom_siap cek_rekening rek_gagal omspan_proses omspan_berhasil omspan_gagal gagal_sebelum"
PRE_BAYAR = "calon exclude siap_salur susulan burekol_proses burekol_berhasil burekol_gagal kks_distribusi kks_tertahan pos_danom danom_siap cek_rekening rek_gagal omspan_proses omspan_berhasil omspan_gagal spp proses_spm gagal_sebelum"

DITUTUP = ("P03", "P24")
LEWAT_BANK = Guard(latest=("P20", "P41"))
LEWAT_POS = Guard(latest=("P41", "P20"))
KPA_KEDUA = Guard(second="kpa")

STATES = (
    state(301, "calon", "calon", "direktorat", "14 d", "SK / CALON PENERIMA BANSOS", "Masuk SK tahap ini; menunggu final closing.", account="pra"),
    state(302, "exclude", "calon", "operator_desa", "30 d", "EXCLUDE", "Tidak dibayar sementara; sebabnya harus diperbaiki.", remind="14 d", account="open"),
    state(303, "siap_salur", "calon", "direktorat", "3 d", "SIAP SALUR", "Nominal terkunci; kanal bayar ditentukan.", account="open"),
    state(304, "susulan", "calon", "direktorat", "30 d", "SUSULAN", "Menunggu termin berikut dalam tahap yang sama.", account="open"),
    state(305, "burekol_proses", "burekol", "bank", "45 d", "PROSES BUREKOL", "Bank membuka rekening kolektif.", account="open"),
    state(306, "burekol_berhasil", "burekol", "bank", "14 d", "BERHASIL BUREKOL", "Rekening ada; kartu dicetak.", account="open"),
    state(307, "burekol_gagal", "burekol", "operator_desa", "14 d", "GAGAL BUREKOL", "Rekening ditolak karena data; perbaiki lalu kirim ulang.", account="open"),
    state(308, "kks_distribusi", "burekol", "bank", "30 d", "DISTRIBUSI KKS", "Kartu dibagikan kepada KPM.", account="open"),
    state(309, "kks_tertahan", "burekol", "pendamping", "30 d", "KKS TERTAHAN", "Kartu belum sampai di tangan KPM.", account="open"),
    state(310, "pos_danom", "burekol", "pos", "7 d", "POS: DANOM", "Pos memeriksa daftar nominatif dan alamat.", account="open"),
    state(311, "danom_siap", "spm", "ppk", "5 wd", "POS: DANOM SIAP", "Daftar Pos siap dimintakan pembayaran.", account="open"),
    state(312, "cek_rekening", "omspan", "bank", "3 wd", "CEK REKENING", "Bank menguji rekening aktif dan nama cocok.", account="open"),
    state(313, "rek_gagal", "omspan", "pendamping", "14 d", "GAGAL CEK REKENING", "Rekening tidak lolos uji.", account="open"),
    state(314, "omspan_proses", "omspan", "sistem", "3 wd", "OMSPAN", "Data penerima diuji di OMSPAN; dana belum bergerak.", account="open"),
    state(315, "omspan_berhasil", "omspan", "ppk", "5 wd", "BERHASIL OMSPAN", "Rekening dan kartu aktif; siap SPP.", account="open"),
    state(316, "omspan_gagal", "omspan", "bank", "14 d", "GAGAL OMSPAN", "Identitas, rekening atau kartu bermasalah.", account="open"),
    state(317, "spp", "spm", "ppspm", "2 wd", "SPP TERBIT", "Permintaan pembayaran menunggu SPM.", account="open"),
    state(318, "proses_spm", "spm", "kppn", "1 wd", "PROSES SPM", "SPM di KPPN menunggu SP2D.", account="open"),
    state(319, "sp2d", "spm", "ppk", "2 d", "SP2D TERBIT", "Dana keluar dari kas negara; menunggu perintah pindah buku atau serah ke Pos.", account="open"),
    state(320, "ditahan_rpl", "spm", "direktorat", "30 d", "DITAHAN (DANA DI RPL)", "Dana ditahan di rekening pemerintah sampai sanggah atau temuan jelas.", account="open"),
    state(321, "si", "spm", "bank", "3 wd", "SI", "Perintah pindah buku ada di bank.", account="open"),
    state(322, "si_selisih", "spm", "pendamping", "14 d", "SI (DATA BANK BERBEDA)", "Data bank berbeda dengan Dukcapil; samakan di bank.", account="open"),
    state(323, "gagal_sebelum", "sukses_gagal", "direktorat", "14 d", "KETERANGAN GAGAL (DANA BELUM KELUAR)", "Baris ditolak sebelum dana keluar; perbaiki, ikut susulan.", account="open"),
    state(324, "gagal_sesudah", "sukses_gagal", "bank", "5 wd", "KETERANGAN GAGAL (DANA SUDAH KELUAR)", "Bank tidak dapat mengkredit; dana harus diretur.", account="open"),
    state(325, "retur", "sukses_gagal", "ppk", "7 wd", "RETUR", "Dana kembali; ralat rekening harus diajukan.", account="open"),
    state(326, "ralat_diajukan", "sukses_gagal", "kppn", "5 wd", "RALAT DIAJUKAN", "SRPR dan SPTJM ada di KPPN.", account="open"),
    state(327, "sukses", "sukses_gagal", "pendamping", "60 d", "SUKSES SPM", "Bantuan sudah di rekening; tinggal diambil KPM.", remind="30 d", account="open"),
    state(328, "selisih_nominal", "sukses_gagal", "bank", "7 wd", "NOMINAL BERBEDA", "Jumlah terkredit tidak sama dengan hak.", account="open"),
    state(329, "tidak_transaksi", "sukses_gagal", "pendamping", "30 d", "TIDAK TRANSAKSI", "Rekening tidak pernah dipakai sampai batas hari.", account="open"),
    state(330, "pos_undangan", "sukses_gagal", "pos", "14 d", "POS: UNDANGAN", "Undangan dibagikan; Pos siap membayar.", account="open"),
    state(331, "pos_tidak_hadir", "sukses_gagal", "pendamping", "14 d", "POS: TIDAK HADIR", "KPM tidak datang; dibantu mengambil sebelum tenggat.", account="open"),
    state(332, "pos_perbaikan", "sukses_gagal", "pendamping", "7 d", "POS: PERBAIKAN", "Alamat atau identitas diperbaiki.", account="open"),
    state(333, "pos_ahli_waris", "sukses_gagal", "verifikator_kab", "14 d", "POS: AHLI WARIS", "Penerima meninggal; ahli waris sekeluarga disahkan.", account="open"),
    state(334, "proses_setor", "sukses_gagal", "bank", "7 wd", "PROSES SETOR KAS NEGARA", "Dana disetor kembali ke kas negara.", account="open"),
    state(335, "tagihan", "sukses_gagal", "verifikator_kab", "90 d", "TAGIHAN PENGEMBALIAN", "Keluarga terbukti tidak berhak; pengembalian ditagih.", remind="30 d", account="open"),
    stable(20301, "selesai", "sukses_gagal", "selesai; hanya retur terlambat, tagihan atau koreksi", "SELESAI", "Bantuan sudah diambil atau dipakai KPM.", account="selesai"),
    end(20302, "disetor", "sukses_gagal", "DISETOR KAS NEGARA", "Dana kembali ke kas negara.", account="disetor"),
    end(20303, "hangus", "sukses_gagal", "HANGUS", "Tidak terbayar sampai tahap, tahun atau pagu berakhir; dana tidak pernah keluar.", account="hangus"),
    end(20304, "keluar", "calon", "KELUAR", "Dikeluarkan dari penyaluran karena tidak berhak.", account="keluar"),
)

RULES = (
    rule("P01", "new -> calon", "buka_tahap", "direktorat sistem", "nomor_sk periode", note="satu penyaluran hidup per KPM x program x periode"),
    rule("P02", f"{PRA_SPP} -> exclude", "kecualikan", "sistem pusdatin", "sumber_temuan", reasons=EX_SEMUA, note="penyaringan, juga terlambat; EX_TIDAK_TRANSAKSI dari tahap lalu; tahan saat kepesertaan ditangguhkan atau disanggah"),
    rule("P03", "calon -> siap_salur", "final_closing", "kpa", "hash_daftar nominal_per_komponen pagu_cukup", barred="P01", guard=Guard(amount="set")),
    rule("P04", "exclude -> calon", "pulih_sebelum_tutup", "verifikator_kab pusdatin sistem", "bukti_alasan", barred="P02", note="daftar belum ditutup", guard=Guard(never=DITUTUP)),
    rule("P46", "exclude -> susulan", "pulih_susulan", "verifikator_kab pusdatin sistem", "bukti_alasan", barred="P02", note="daftar sudah ditutup: termin berikut, bukan kembali ke daftar", guard=Guard(after=DITUTUP)),
    rule("P05", "exclude -> keluar", "keluarkan", "pusdatin sistem", "bukti_alasan", reasons=EX_SEMUA, barred="P02", refusal=True),
    rule("P06", "siap_salur -> burekol_proses", "kirim_burekol", "sistem", "batch_bank", note="belum punya rekening"),
    rule("P07", "siap_salur -> cek_rekening", "uji_rekening", "sistem", "rekening"),
    rule("P08", "siap_salur -> pos_danom", "tetapkan_pos", "direktorat", "alasan_kanal"),
    rule("P09", "burekol_proses -> burekol_berhasil", "burekol_jadi", "bank", "nomor_rekening cif"),
    rule("P10", "burekol_proses -> burekol_gagal", "burekol_tolak", "bank", "berkas_bank", reasons="BR_DATA BR_GANDA_CIF BR_USIA", refusal=True),
    rule("P11", "burekol_gagal -> burekol_proses", "ulang_burekol", "operator_desa verifikator_kab", "beda_isian tautan_perbaikan_bila_identitas", note="bila identitas berubah wajib tertaut usulan PERBAIKAN_IDENTITAS yang diterapkan"),
    rule("P12", "burekol_gagal -> pos_danom", "alih_pos", "direktorat", "alasan_kanal"),
    rule("P47", "burekol_gagal -> susulan", "burekol_ke_susulan", "sistem", reasons="TERMIN_TUTUP"),
    rule("P13", "burekol_berhasil -> kks_distribusi", "kartu_dicetak", "bank", "nomor_kartu_tersamar"),
    rule("P14", "kks_distribusi -> cek_rekening", "kartu_diterima", "bank pendamping", "tanda_terima foto"),
    rule("P15", "kks_distribusi -> kks_tertahan", "kks_tertahan", "bank pendamping sistem", "laporan", reasons="KKS_BELUM_BAGI KKS_HILANG KKS_RUSAK KKS_DIKUASAI_PIHAK_LAIN", note="ditemukan pendamping atau lewat keluhan"),
    rule("P16", "kks_tertahan -> kks_distribusi", "kks_ditemukan", "pendamping bank", "laporan", barred="P15"),
    rule("P48", "kks_tertahan -> exclude", "kks_gugur", "direktorat", "laporan", reasons="EX_TIDAK_DITEMUKAN EX_MENINGGAL EX_PINDAH", note="KPM tidak ada lagi"),
    rule("P17", "cek_rekening -> omspan_proses", "rekening_aktif", "bank", "balasan_uji"),
    rule("P18", "cek_rekening -> rek_gagal", "rekening_gagal", "bank", "balasan_uji", reasons=RK, refusal=True),
    rule("P19", "rek_gagal -> cek_rekening", "rekening_diperbaiki", "bank pendamping", "bukti_rekening"),
    rule("P20", "omspan_proses -> omspan_berhasil", "omspan_valid", "sistem", "berkas_omspan"),
    rule("P21", "omspan_proses -> omspan_gagal", "omspan_tolak", "sistem", "berkas_omspan", reasons=f"{RK} KKS_BELUM_CETAK KKS_BELUM_BAGI KKS_RUSAK KKS_HILANG", refusal=True),
    rule("P22", "omspan_gagal -> cek_rekening", "omspan_diperbaiki", "bank", "bukti_rekening", note="sebab RK_*"),
    rule("P49", "omspan_gagal -> kks_distribusi", "urus_kartu", "bank", "laporan", reasons="KKS_BELUM_CETAK KKS_BELUM_BAGI KKS_RUSAK KKS_HILANG"),
    rule("P23", "rek_gagal omspan_gagal gagal_sebelum -> susulan", "ke_susulan", "sistem direktorat", reasons="TERMIN_TUTUP", note="batch ditutup lebih dahulu"),
    rule("P50", "rek_gagal omspan_gagal -> burekol_proses", "rekening_baru", "bank", "laporan", reasons="RK_TUTUP"),
    rule("P24", "susulan -> siap_salur", "closing_susulan", "kpa", "hash_daftar nominal_per_komponen pagu_cukup", barred="P01", note="termin n; pagu diuji lagi", guard=Guard(amount="set")),
    rule("P41", "pos_danom -> danom_siap", "danom_sesuai", "pos", "id_danom"),
    rule("P51", "pos_danom -> exclude", "danom_kurang", "pos", "laporan", reasons="EX_DATA EX_MENINGGAL EX_PINDAH"),
    rule("P25", "omspan_berhasil danom_siap -> spp", "terbitkan_spp", "ppk", "nomor_spp pagu_cukup", barred="P03 P24"),
    rule("P52", "spp -> omspan_berhasil", "tarik_spp", "ppk", "catatan", reasons="SPP_DITARIK", note="kanal bank; lalu P02 bila ada temuan", guard=LEWAT_BANK),
    rule("P53", "spp -> danom_siap", "tarik_spp_pos", "ppk", "catatan", reasons="SPP_DITARIK", note="kanal Pos", guard=LEWAT_POS),
    rule("P26", "spp -> proses_spm", "terbitkan_spm", "ppspm", "nomor_spm", barred="P25"),
    rule("P27", "proses_spm -> sp2d", "terbitkan_sp2d", "kppn", "nomor_sp2d tanggal", barred="P25 P26"),
    rule("P28", "proses_spm -> spp", "tolak_spm", "kppn", "catatan", reasons="SPM_DITOLAK", refusal=True),
    rule("P54", "proses_spm -> gagal_sebelum", "tolak_baris", "kppn", "catatan", reasons=RK, refusal=True, note="dana belum keluar: tidak ada retur"),
    rule("P29", "sp2d -> si", "perintah_pindah_buku", "ppk", "nomor_si", barred="P26", guard=LEWAT_BANK),
    rule("P55", "sp2d -> pos_undangan", "serahkan_pos", "ppk", "nomor_si id_danom", barred="P26", note="undangan berkode batang", guard=LEWAT_POS),
    rule("P56", "sp2d -> ditahan_rpl", "tahan_si", "direktorat pusdatin sistem", "sumber_temuan", reasons=EX_SEMUA, note="kebijakan menahan penyaluran berjalan"),
    rule("P57", "ditahan_rpl -> sp2d", "lepas_tahan", "direktorat sistem", "bukti_alasan", barred="P56"),
    rule("P30", "si -> sukses", "top_up", "bank", "tanggal_valuta nominal", note="nominal sama persis", guard=Guard(amount="equal")),
    rule("P58", "si sukses selesai -> selisih_nominal", "catat_selisih", "bank sistem verifikator_kab", "nominal", reasons="NOMINAL_KURANG NOMINAL_LEBIH", note="NOMINAL_BEDA; juga dari keluhan yang dikabulkan", guard=Guard(amount="differs")),
    rule("P59", "selisih_nominal -> sukses", "luruskan_nominal", "bank", "nominal rekening_koran", note="kurang ditambah, lebih didebet", guard=Guard(amount="equal")),
    rule("P31", "si -> si_selisih", "si_beda", "bank", "berkas_bank", reasons="SI_BEDA_DATA"),
    rule("P32", "si_selisih -> si", "si_sama", "bank pendamping", "bukti_rekening"),
    rule("P33", "si si_selisih -> gagal_sesudah", "gagal_kredit", "bank", "berkas_bank", reasons=f"{RK} SI_BEDA_DATA", refusal=True),
    rule("P34", "gagal_sesudah -> retur", "catat_retur", "kppn bank", "surat_retur", note="hanya karena dana sudah keluar"),
    rule("P60", "sukses selesai tidak_transaksi -> retur", "retur_terlambat", "kppn bank", "surat_retur", reasons=RK),
    rule("P35", "retur -> ralat_diajukan", "ajukan_ralat", "ppk", "srpr sptjm rekening_koran"),
    rule("P61", "ralat_diajukan -> sp2d", "terima_ralat", "kppn", "nomor_sp2d_retur", barred="P35"),
    rule("P62", "ralat_diajukan -> retur", "tolak_ralat", "kppn", "catatan", reasons="SRPR_DITOLAK", barred="P35", refusal=True),
    rule("P36", "retur gagal_sesudah ditahan_rpl tidak_transaksi si_selisih selisih_nominal -> proses_setor", "perintah_setor", "ppk sistem", "surat_perintah", reasons="AKHIR_TAHUN TIDAK_DAPAT_DIPERBAIKI TX_TIDAK_ADA TIDAK_BERHAK"),
    rule("P63", "sp2d si ralat_diajukan -> proses_setor", "setor_akhir_tahun", "sistem", "surat_perintah", reasons="AKHIR_TAHUN", note="hanya yang belum terkredit; yang sudah di rekening KPM tidak ditarik karena pergantian tahun"),
    rule("P40", "proses_setor -> disetor", "bukti_setor", "bank pos ppk", "ntpn"),
    rule("P64", "proses_setor -> retur", "batal_setor", "ppk", "catatan", reasons="SALAH_BERKAS", barred="P36 P63", people=2, undo_of="P36 P63", window="7 d", note="KPM ternyata dapat dibayar", guard=KPA_KEDUA),
    rule("P37", "sukses -> selesai", "pakai_pertama", "bank", "tanggal_transaksi saldo_sisa", note="penarikan sebagian sudah dihitung dipakai; sisa milik KPM"),
    rule("P38", "sukses -> tidak_transaksi", "tandai_tidak_transaksi", "sistem", "berkas_bank", reasons="TX_TIDAK_ADA", note="bawaan 90 d sejak kredit", guard=Guard(not_before="90 d")),
    rule("P39", "tidak_transaksi -> selesai", "pakai_terlambat", "bank", "tanggal_transaksi saldo_sisa"),
    rule("P42", "pos_undangan pos_tidak_hadir -> selesai", "bayar_pos", "pos", "ktp_kk foto_wajah geotag"),
    rule("P43", "pos_undangan -> pos_tidak_hadir", "catat_tidak_hadir", "pos", "catatan", reasons="POS_TIDAK_HADIR"),
    rule("P44", "pos_tidak_hadir -> pos_undangan", "jadwal_ulang", "pos pendamping", "tanggal_baru"),
    rule("P65", "pos_undangan pos_tidak_hadir -> pos_perbaikan", "catat_kendala", "pos pendamping", "catatan", reasons="POS_ALAMAT POS_IDENTITAS"),
    rule("P66", "pos_perbaikan -> pos_undangan", "kendala_beres", "pendamping operator_desa", "bukti_identitas"),
    rule("P67", "pos_undangan pos_tidak_hadir pos_perbaikan -> pos_ahli_waris", "catat_meninggal", "pos pendamping", "surat_kematian", reasons="POS_MENINGGAL"),
    rule("P68", "pos_ahli_waris -> pos_undangan", "sahkan_ahli_waris", "verifikator_kab", "surat_ahli_waris usulan_ganti_pengurus", barred="P67"),
    rule("P45", "pos_undangan pos_tidak_hadir pos_perbaikan pos_ahli_waris -> proses_setor", "tenggat_pos", "sistem", "laporan", reasons="POS_TENGGAT AKHIR_TAHUN"),
    rule("P69", "sukses selesai tidak_transaksi -> tagihan", "tagih", "pusdatin ppk", "putusan bukti_alasan", reasons="TIDAK_BERHAK", note="keluarga yang dibayar terbukti tidak berhak pada saat dibayar"),
    rule("P70", "tagihan -> disetor", "lunas_tagihan", "ppk", "ntpn"),
    rule("P71", "tagihan -> selesai", "hapus_tagihan", "kpa", "putusan", reasons="TAGIHAN_KELIRU TAGIHAN_DIHAPUS", barred="P69"),
    rule("P72", f"{PRE_BAYAR} -> hangus", "hanguskan", "sistem", "tanggal_akhir", reasons="TAHAP_TUTUP AKHIR_TAHUN PAGU_HABIS", refusal=True, note="spp dan proses_spm hanya pada akhir tahun; TAHAP_TUTUP setelah termin terakhir", guard=Guard(reason_from=(("spp", ("AKHIR_TAHUN",)), ("proses_spm", ("AKHIR_TAHUN",))))),
    rule("P73", "omspan_gagal -> omspan_proses", "koreksi_omspan", "direktorat", "hash_berkas", reasons="SALAH_BERKAS", barred="P21", people=2, undo_of="P21", window="7 d"),
    rule("P74", "sukses selesai tidak_transaksi -> si", "koreksi_hasil", "ppk", "hash_berkas rekening_koran", reasons="SALAH_BERKAS SALAH_KLIK", barred="P30 P37 P39", people=2, undo_of="P30 P37 P38 P39", window="7 d", note="berkas bank salah", guard=KPA_KEDUA),
    rule("P75", "keluar -> exclude", "koreksi_keluar", "pusdatin", "catatan", reasons="SALAH_KLIK SALAH_BERKAS", barred="P05", people=2, undo_of="P05", window="14 d"),
    rule("P76", "hangus -> susulan", "koreksi_hangus", "kpa", "catatan", reasons="SALAH_BERKAS SALAH_KLIK", people=2, undo_of="P72", window="14 d", note="hanya dalam tahun anggaran yang sama", guard=Guard(same_year=True, second="ppk")),
    rule("P77", "selesai -> pos_undangan", "koreksi_pos", "ppk", "laporan", reasons="SALAH_BERKAS SALAH_KLIK", barred="P42", people=2, undo_of="P42", window="7 d", note="Pos melapor bayar ke orang yang salah", guard=KPA_KEDUA),
)

PENYALURAN = Machine(
    code=3,
    name="penyaluran",
    prefix="P",
    subject="satu KPM x program x periode; nominal berpindah rekening state demi state",
    phases=("calon", "burekol", "omspan", "spm", "sukses_gagal"),
    states=STATES,
    rules=RULES,
)
