"""Kinds of fact: what must be known about a case before a rule may fire, and who may say it.

A guard is a fact, never a callback: the door finds the fact recorded or refuses, and the auditor sees what was known.
Who may write a kind follows from the rules that need it (their roles) and the system; nothing is written down twice. Source: the evidence column of domain sections 1.5, 1.8 and 2.4.
"""

# fmt: off
# ruff: noqa: E501 -- one kind per line, as in a table

from dataclasses import dataclass
from typing import Literal

from state_machines.declare import SYSTEM, Machine

Asks = Literal["nomor", "rupiah", "petugas", "tanggal", "periode", "beda", "daftar"]
"""What a form asks for a kind of fact: a number or words, rupiah, an officer, a day, a period, or what was changed."""


@dataclass(frozen=True, slots=True)
class FactKind:
    """One kind of fact.

    Attributes:
        scope: ``state`` when it must have been recorded since the case entered its present state (or with the act
            itself); ``case`` when an older one still counts.
        any_of: kinds of which any one satisfies this need.
        derived: the door works it out itself (windows, quota, pagu, completeness); nobody writes it.
        computed: only the system writes it, because it follows from policy (an amount by components).
        fresh: default for how old it may be, in days, None for any age; policy decides.
        min_age: default for how old it must be, in days; policy decides.
        by: roles that may write it although no row asks for it.
        asks: what a form asks for it. Of a change it is whether identity changed (`identitas`) and what did (`isi`); a list
            (`daftar`) is the one that carries the case, where one does.
    """

    code: int
    id: str
    label: str
    label_en: str
    scope: str = "state"
    any_of: tuple[str, ...] = ()
    derived: bool = False
    computed: bool = False
    fresh: int | None = None
    min_age: int | None = None
    by: tuple[str, ...] = ()
    asks: Asks = "nomor"


FACT_KINDS = (
    FactKind(1, "ktp", "KTP", "Identity card", scope="case"),
    FactKind(2, "kk", "Kartu Keluarga", "Family card", scope="case"),
    FactKind(3, "foto_rumah_geotag", "Foto rumah depan bergeotag", "Geotagged photo of the house front", scope="case"),
    FactKind(4, "variabel", "Variabel keluarga dan anggota", "Family and person variables", scope="case"),
    FactKind(5, "akun_terverifikasi", "Akun Cek Bansos terverifikasi", "Verified Cek Bansos account", scope="case"),
    FactKind(6, "catatan", "Catatan", "Note"),
    FactKind(7, "isian_wajib_lengkap", "Isian wajib lengkap", "Required fields complete", derived=True),
    FactKind(8, "balasan_dukcapil", "Balasan Dukcapil", "Dukcapil reply"),
    FactKind(9, "catatan_kembar", "Catatan kembar", "Twin records", scope="case"),
    FactKind(10, "beda_isian", "Beda isian sebelum dan sesudah", "Difference of the fields before and after", asks="beda"),
    FactKind(11, "bukti_identitas", "Bukti identitas", "Proof of identity"),
    FactKind(12, "surat_disdukcapil", "Surat Disdukcapil", "Letter of the civil registry", scope="case"),
    FactKind(13, "id_batch_musdes", "Nomor daftar musdes", "Number of the village meeting's list", asks="daftar"),
    FactKind(14, "sptjm", "SPTJM", "Statement of full responsibility"),
    FactKind(15, "ba_berlaku", "Berita acara yang masih berlaku", "Minutes still in force"),
    FactKind(16, "bnba_memuat_keluarga", "BNBA memuat keluarga", "BNBA list names the family"),
    FactKind(17, "dokumen_jenis", "Dokumen menurut jenis usulan", "Document of this kind of proposal", scope="case"),
    FactKind(18, "skpwni_atau_kk_baru", "SKPWNI atau KK baru", "Moving letter or new family card"),
    FactKind(19, "pernyataan_terima", "Pernyataan menerima dari desa tujuan", "Acceptance by the receiving village"),
    FactKind(20, "berita_acara", "Berita acara musyawarah", "Minutes of the village meeting"),
    FactKind(21, "daftar_hadir", "Daftar hadir", "Attendance list"),
    FactKind(22, "bnba", "Daftar BNBA", "By-name-by-address list"),
    FactKind(23, "ba_atau_sptjm_atau_dokumen", "Berita acara, SPTJM atau dokumen jenis", "Minutes, SPTJM or the kind's document", scope="case",
             any_of=("berita_acara", "sptjm", "ba_berlaku", "dokumen_jenis", "pernyataan_terima", "skpwni_atau_kk_baru")),
    FactKind(24, "jendela_terbuka", "Jendela terbuka", "Window open", derived=True),
    FactKind(25, "kuota_ada", "Kuota tersedia", "Quota left", derived=True),
    FactKind(26, "petugas_ditunjuk", "Petugas yang ditunjuk", "Assigned officer", asks="petugas"),
    FactKind(27, "cek_terakhir_atau_dikecualikan", "Ground check terakhir, atau dikecualikan kebijakan", "Recent field check, or exempt by policy", derived=True),
    FactKind(28, "bukti_alasan", "Bukti alasan", "Evidence for the reason"),
    FactKind(29, "formulir_cek", "Formulir ground check", "Field check form", scope="case", fresh=180),
    FactKind(30, "foto_geotag_2", "Dua foto bergeotag", "Two geotagged photos"),
    FactKind(31, "responden", "Responden", "Respondent"),
    FactKind(32, "petugas_lain", "Petugas lain yang ditunjuk", "Another assigned officer", asks="petugas"),
    FactKind(33, "surat_pengesahan", "Surat pengesahan", "Letter of approval", scope="case"),
    FactKind(34, "hash_daftar", "Sidik daftar", "Fingerprint of the list"),
    FactKind(35, "putusan_sanggah", "Putusan sanggah", "Decision on the objection"),
    FactKind(36, "kasus_asal", "Kasus asal", "Originating case", scope="case"),
    FactKind(37, "putusan_atau_pengesahan_siklus", "Putusan sanggah atau pengesahan siklus", "Objection decision or cycle approval"),
    FactKind(38, "tanda_terima", "Tanda terima", "Receipt"),
    FactKind(39, "surat_gubernur", "Surat gubernur", "Governor's letter"),
    FactKind(40, "id_versi", "Versi DTSEN", "DTSEN version"),
    FactKind(41, "keputusan", "Keputusan", "Decision"),
    FactKind(42, "desil", "Desil", "Welfare decile"),
    FactKind(43, "persentil", "Persentil", "Percentile"),
    FactKind(44, "nomor_sk", "Nomor SK", "Decree number"),
    FactKind(45, "hash_berkas", "Sidik berkas", "Fingerprint of the file"),
    FactKind(46, "versi_asal", "Versi data asal", "Version of the source data"),
    FactKind(47, "surat_pembatalan", "Surat pembatalan", "Letter of cancellation"),
    FactKind(48, "registrasi", "Registrasi keluarga", "Family registration"),
    FactKind(49, "rekening_asal", "Rekening asal", "Account brought along"),
    FactKind(50, "hasil_uji_syarat", "Hasil uji syarat program", "Result of the eligibility test"),
    FactKind(51, "peringkat", "Peringkat", "Rank"),
    FactKind(52, "sumber_temuan", "Sumber temuan", "Source of the finding"),
    FactKind(53, "anggota_terkait", "Anggota terkait", "Member concerned"),
    FactKind(54, "pemberitahuan_14_hari", "Pemberitahuan 14 hari sebelumnya", "Notice given 14 days before", min_age=14),
    FactKind(55, "kasus_asal_atau_versi", "Kasus asal atau versi data", "Originating case or data version", any_of=("kasus_asal", "id_versi")),
    FactKind(56, "periode", "Periode", "Period", asks="periode"),
    FactKind(57, "nominal_per_komponen", "Nominal per komponen", "Amount per component", computed=True),
    FactKind(58, "pagu_cukup", "Pagu cukup", "Budget left", derived=True),
    FactKind(59, "batch_bank", "Nomor berkas bank", "Number of the bank file"),
    FactKind(60, "rekening", "Rekening", "Account", scope="case"),
    FactKind(61, "alasan_kanal", "Alasan kanal", "Reason for the channel"),
    FactKind(62, "nomor_rekening", "Nomor rekening", "Account number"),
    FactKind(63, "cif", "CIF", "Customer number at the bank"),
    FactKind(64, "berkas_bank", "Berkas hasil bank", "Bank result file"),
    FactKind(65, "tautan_perbaikan_bila_identitas", "Tautan perbaikan identitas, bila identitas berubah", "Link to the identity repair, if identity changed", derived=True),
    FactKind(66, "nomor_kartu_tersamar", "Nomor kartu tersamar", "Masked card number"),
    FactKind(67, "foto", "Foto", "Photo"),
    FactKind(68, "laporan", "Laporan", "Report"),
    FactKind(69, "balasan_uji", "Balasan uji rekening", "Reply of the account test"),
    FactKind(70, "bukti_rekening", "Bukti rekening", "Proof of the account"),
    FactKind(71, "berkas_omspan", "Berkas OMSPAN", "OMSPAN file"),
    FactKind(72, "id_danom", "Nomor danom", "Danom number", scope="case"),
    FactKind(73, "nomor_spp", "Nomor SPP", "SPP number"),
    FactKind(74, "nomor_spm", "Nomor SPM", "SPM number"),
    FactKind(75, "nomor_sp2d", "Nomor SP2D", "SP2D number"),
    FactKind(76, "tanggal", "Tanggal", "Date", asks="tanggal"),
    FactKind(77, "nomor_si", "Nomor SI", "Number of the transfer order"),
    FactKind(78, "tanggal_valuta", "Tanggal valuta", "Value date", asks="tanggal"),
    FactKind(79, "nominal", "Nominal terkredit", "Credited amount", asks="rupiah"),
    FactKind(80, "rekening_koran", "Rekening koran", "Account statement"),
    FactKind(81, "surat_retur", "Surat retur", "Return letter"),
    FactKind(82, "srpr", "SRPR", "Account correction letter"),
    FactKind(83, "nomor_sp2d_retur", "Nomor SP2D retur", "SP2D number of the return"),
    FactKind(84, "surat_perintah", "Surat perintah setor", "Order to return the money"),
    FactKind(85, "ntpn", "NTPN", "State receipt number"),
    FactKind(86, "tanggal_transaksi", "Tanggal transaksi", "Date of the transaction", asks="tanggal"),
    FactKind(87, "saldo_sisa", "Saldo sisa", "Remaining balance", asks="rupiah"),
    FactKind(88, "ktp_kk", "KTP dan KK saat bayar", "Identity and family card at payment"),
    FactKind(89, "foto_wajah", "Foto wajah dengan uang", "Face photo with the money"),
    FactKind(90, "geotag", "Geotag", "Geotag"),
    FactKind(91, "tanggal_baru", "Tanggal baru", "New date", asks="tanggal"),
    FactKind(92, "surat_kematian", "Surat kematian", "Death certificate"),
    FactKind(93, "surat_ahli_waris", "Surat ahli waris", "Heir certificate"),
    FactKind(94, "usulan_ganti_pengurus", "Usulan ganti pengurus", "Proposal to change the payee"),
    FactKind(95, "putusan", "Putusan", "Decision"),
    FactKind(96, "tanggal_akhir", "Tanggal akhir", "End date", asks="tanggal"),
    FactKind(97, "alasan", "Alasan pengaju", "The objector's reasons", scope="case"),
    FactKind(98, "bukti_baru", "Bukti baru", "New evidence"),
    FactKind(99, "pernyataan_mundur", "Pernyataan mundur bertanda tangan", "Signed statement of withdrawal", scope="case"),
    FactKind(100, "bukti_saldo", "Bukti saldo", "Proof of the balance"),
    FactKind(101, "hasil_syarat", "Hasil pemeriksaan syarat", "Result of the admissibility check"),
    FactKind(102, "pemberitahuan", "Pemberitahuan kepada para pihak", "Notice to the parties"),
    FactKind(103, "tanggapan", "Tanggapan penyalur", "The payer's answer"),
    FactKind(104, "jawaban", "Jawaban keluarga", "The family's answer", scope="case"),
    FactKind(105, "formulir_cek_atau_alasan", "Formulir cek, atau alasan tidak dapat diperiksa", "Field check form, or why no check was possible",
             any_of=("formulir_cek", "bukti_alasan")),
    FactKind(106, "jawaban_atau_7_hari_lewat", "Jawaban keluarga, atau 7 hari lewat", "The family's answer, or 7 days gone by", derived=True),
    FactKind(107, "surat_edaran", "Surat edaran", "Circular letter"),
    FactKind(108, "prelist_desa", "Prelist desa", "Village prelist"),
    FactKind(109, "hasil_sampel", "Hasil sampel", "Result of the sample"),
    FactKind(110, "laporan_rekap", "Laporan rekap", "Summary report"),
    FactKind(111, "permohonan_kepala_dinas", "Permohonan Kepala Dinas", "Request of the head of Dinsos"),
    FactKind(112, "bukti_3_kali_datang", "Bukti tiga kali datang", "Proof of three visits"),
    FactKind(113, "formulir_pengaju", "Formulir pengaju bertanda tangan", "Form signed by the objector", scope="case", by=("operator_desa", "pendamping")),
    FactKind(114, "identitas_padan", "Pemadanan ulang, karena identitas berubah (kembalikan usulan, lalu perbaiki identitas)",
             "A new match, because identity changed (return the proposal, then mend the identity)", derived=True),
)

BY_ID: dict[str, FactKind] = {kind.id: kind for kind in FACT_KINDS}


def satisfies(kind: FactKind) -> frozenset[str]:
    """Return the needs that a fact of `kind` satisfies: itself, and the alternatives it is one of."""
    return frozenset({kind.id} | {other.id for other in FACT_KINDS if kind.id in other.any_of})


def kept(kind: FactKind) -> bool:
    """Return whether a fact shared by a whole act must also be noted on each case, because a later rule looks back."""
    return any(BY_ID[need].scope == "case" for need in satisfies(kind))


def writers(kind: FactKind, machines: tuple[Machine, ...]) -> frozenset[str]:
    """Return the roles that may write `kind`: those of the rules which need it, and the system."""
    if kind.derived:
        return frozenset()
    if kind.computed:
        return frozenset({SYSTEM})
    needs = satisfies(kind)
    return frozenset({SYSTEM, *kind.by}) | {
        role for machine in machines for rule in machine.rules if needs & set(rule.needs) for role in rule.by
    }
