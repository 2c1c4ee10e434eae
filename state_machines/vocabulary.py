"""Roles, programmes, kinds of proposal and calendar words: the vocabulary the machines are written in.

Codes are numbered for ever. Sources: domain sections 1.4 (kinds), 3 (roles), 5 (programmes).
"""

# fmt: off

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Role:
    """A role and the kind of scope it is given: region_N (digits of the code), programme, own_files, and so on.

    `admin` makes accounts of it within his own scope, `head` confirms them (section 3: made by one admin, confirmed by
    the office's head). The centre has no one head: there a second admin_pusat confirms.
    """

    code: int
    id: str
    scope: str
    admin: str | None = None
    head: str | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A programme of aid; only those of kind *tunai* are paid through `penyaluran`."""

    code: int
    id: str
    label: str
    kind: str

    @property
    def penyaluran(self) -> bool:
        """Whether the programme pays cash and therefore opens disbursements."""
        return self.kind == "tunai"


@dataclass(frozen=True, slots=True)
class Jenis:
    """A kind of proposal and, as the default of policy, the steps it takes."""

    code: int
    id: str
    musdes: str
    ground_check: str
    pengesahan: str
    olah_pusat: str
    pemeringkatan: str
    sk: str


ROLES = (
    Role(1, "warga", "own_nik"),
    Role(2, "operator_desa", "region_10", "admin_kab", "kades"),
    Role(3, "kades", "region_10", "admin_kab", "kepala_dinas"),
    Role(4, "operator_kecamatan", "region_6", "admin_kab", "kepala_dinas"),
    Role(5, "pendamping", "assigned_families", "admin_kab", "kepala_dinas"),
    Role(6, "pengisi_data_kab", "region_4", "admin_kab", "kepala_dinas"),
    Role(7, "verifikator_kab", "region_4", "admin_kab", "kepala_dinas"),
    Role(8, "kepala_dinas", "region_4", "admin_kab", "dinsos_provinsi"),
    Role(9, "admin_kab", "region_4", "admin_provinsi", "dinsos_provinsi"),
    Role(10, "dinsos_provinsi", "region_2", "admin_provinsi", "admin_pusat"),
    Role(11, "admin_provinsi", "region_2", "admin_pusat", "admin_pusat"),
    Role(12, "pusdatin", "national", "admin_pusat", "admin_pusat"),
    Role(13, "bps", "national", "admin_pusat", "admin_pusat"),
    Role(14, "menteri", "national", "admin_pusat", "admin_pusat"),
    Role(15, "admin_pusat", "national", "admin_pusat", "admin_pusat"),
    Role(16, "direktorat", "programme", "admin_pusat", "admin_pusat"),
    Role(17, "kpa", "programme", "admin_pusat", "admin_pusat"),
    Role(18, "ppk", "programme", "admin_pusat", "admin_pusat"),
    Role(19, "ppspm", "programme", "admin_pusat", "admin_pusat"),
    Role(20, "bank", "own_files", "admin_pusat", "admin_pusat"),
    Role(21, "pos", "own_files", "admin_pusat", "admin_pusat"),
    Role(22, "kppn", "own_files", "admin_pusat", "admin_pusat"),
    Role(23, "auditor", "national_read", "admin_pusat", "admin_pusat"),
    Role(24, "sistem", "none"),
)

CALENDAR = {
    "hari_11": "input tutup: hari 11 bulan layanan",
    "hari_14": "kirim dengan BA/SPTJM paling lambat hari 14",
    "hari_17": "pengesahan hari 15-17",
    "hari_18": "tarikan data hari 18",
    "versi_dtsen": "terbit versi DTSEN berikut + 30 d, paling lama 120 d",
    "dua_versi": "dua versi DTSEN",
    "tanggal_siklus": "tanggal yang ditetapkan siklus",
}

PROGRAMMES = (
    Programme(1, "PKH", "Program Keluarga Harapan", "tunai"),
    Programme(2, "SEMBAKO", "BPNT / Program Sembako", "tunai"),
    Programme(3, "BLT_KESRA", "BLT Kesra", "tunai"),
    Programme(4, "BANSOS_TUNAI", "Bansos Tunai (BST)", "tunai"),
    Programme(5, "BANSOS_KHUSUS", "Bantuan Khusus (bencana, krisis)", "tunai"),
    Programme(6, "ATENSI", "Asistensi Rehabilitasi Sosial", "layanan"),
    Programme(7, "ANAK", "Perlindungan Anak", "layanan"),
    Programme(8, "LANSIA", "Lansia Terlantar", "layanan"),
    Programme(9, "DISABILITAS", "Penyandang Disabilitas", "layanan"),
    Programme(10, "PBI_JK", "Penerima Bantuan Iuran Jaminan Kesehatan", "iuran"),
    Programme(11, "PIP", "Program Indonesia Pintar", "lintas_kementerian"),
    Programme(12, "LISTRIK", "Subsidi Listrik 450/900 VA", "lintas_kementerian"),
    Programme(13, "LPG", "Subsidi LPG 3 kg", "lintas_kementerian"),
    Programme(14, "BLT_DESA", "BLT Desa", "lintas_kementerian"),
)

JENIS = (
    #     kind                  musdes           ground check    pengesahan olah pusat ranking  SK
    Jenis(1, "BARU",                "sebelum kirim", "kebijakan",    "ya",    "ya",    "ya",    "ya"),
    Jenis(2, "PEMBARUAN",           "tidak",         "bila_janggal", "ya",    "ya",    "ya",    "tidak"),
    Jenis(3, "PERBAIKAN_IDENTITAS", "tidak",         "tidak",        "tidak", "tidak", "tidak", "tidak"),
    Jenis(4, "TAMBAH_ANGGOTA",      "tidak",         "tidak",        "tidak", "tidak", "tidak", "tidak"),
    Jenis(5, "PECAH_KK",            "tidak",         "bila_janggal", "ya",    "tidak", "tidak", "tidak"),
    Jenis(6, "GANTI_PENGURUS",      "tidak",         "bila_janggal", "ya",    "tidak", "tidak", "tidak"),
    Jenis(7, "PINDAH",              "tidak",         "tidak",        "tidak", "tidak", "tidak", "tidak"),
    Jenis(8, "MENINGGAL",           "tidak",         "bila_janggal", "tidak", "tidak", "tidak", "tidak"),
    Jenis(9, "NONAKTIF",            "ya",            "bila_janggal", "ya",    "tidak", "tidak", "tidak"),
    Jenis(10, "REAKTIVASI",         "tidak",         "bila_janggal", "ya",    "ya",    "tidak", "tidak"),
    Jenis(11, "USULAN_PROGRAM",     "ya",            "kebijakan",    "ya",    "ya",    "tidak", "tidak"),
    Jenis(12, "KEHAMILAN",          "tidak",         "tidak",        "tidak", "tidak", "tidak", "tidak"),
    Jenis(13, "DISABILITAS",        "tidak",         "bila_janggal", "tidak", "tidak", "tidak", "tidak"),
)

JENIS_SANGGAH = (
    (21, "SANGGAH_PIHAK_LAIN"),
    (22, "SANGGAH_DESIL"),
    (23, "SANGGAH_PENOLAKAN"),
    (24, "SANGGAH_EXCLUDE"),
    (25, "SANGGAH_KELUAR"),
    (26, "MUNDUR"),
    (27, "KELUHAN_NOMINAL"),
    (28, "KELUHAN_KKS"),
)
"""Kinds of objection, 20 + the number of the entry that brings them (S01 = 21); a kind takes no steps of its own."""

STEP_BITS = {"musdes": 1, "pengesahan": 2, "olah_pusat": 4, "pemeringkatan": 8, "sk": 16, "terima": 32}
"""Steps as bits, so that the door compares a kind's steps with a rule's conditions in one operation."""


def step_mask(jenis: Jenis) -> int:
    """Return the default steps of a kind as bits; `terima` (the receiving village accepts) is PINDAH's own."""
    mask = sum(
        STEP_BITS[name]
        for name in ("musdes", "pengesahan", "olah_pusat", "pemeringkatan", "sk")
        if getattr(jenis, name) != "tidak"
    )
    return mask | (STEP_BITS["terima"] if jenis.id == "PINDAH" else 0)


_EFFECTS = {
    "PEMBARUAN": ("usulan.peringkat_ulang", "kepesertaan.nilai_ulang"),
    "TAMBAH_ANGGOTA": ("kepesertaan.nilai_ulang",),
    "KEHAMILAN": ("kepesertaan.nilai_ulang",),
    "DISABILITAS": ("kepesertaan.nilai_ulang",),
    # Memberships stay with the payee: where he leaves, they end here and go on in the new family (U84, K03).
    "PECAH_KK": ("kepesertaan.keluarkan", "usulan.buka_turunan"),
    # A hold because the payee died is over; a closed payment turns back before it reaches the old account.
    "GANTI_PENGURUS": ("kepesertaan.pulih_otomatis", "penyaluran.kecualikan", "penyaluran.pulih_susulan"),
    "PINDAH": ("usulan.nonaktifkan", "usulan.buka_turunan"),
    # The last member's death ends the registration; the payee's holds memberships until another is named.
    "MENINGGAL": ("usulan.nonaktifkan", "kepesertaan.tangguhkan"),
    "NONAKTIF": ("usulan.nonaktifkan", "kepesertaan.keluarkan"),
    "REAKTIVASI": ("usulan.reaktifkan", "kepesertaan.reaktivasi"),
    # A programme once refused or left is assessed again, not opened twice.
    "USULAN_PROGRAM": ("kepesertaan.nilai_ulang", "kepesertaan.reaktivasi", "kepesertaan.buka_penilaian"),
}
"""Kind -> the moves of linked cases that applying it brings, in this order, and no others.

The rule that applies it (U66, U77, U78, U80) names some of them; the rest are moves that the same table 1.4 asks for
and that the linked machine allows the system.
"""


def effects(jenis: Jenis) -> tuple[str, ...]:
    """Return the moves of linked cases that applying a kind of proposal brings. Source: table 1.4, last column."""
    return _EFFECTS.get(jenis.id, ())
