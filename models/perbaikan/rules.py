"""What failed and can be mended: who mends it, which field it is about, what to do and what to bring. Pure functions.

Source: domain sections 1.5 (Dukcapil answers), 2.3 (reason codes), 2.4 (ways out of a failed state) and 7.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

Both = tuple[str, str]
"""Indonesian, English."""

STATES: tuple[str, ...] = (
    "usulan.tidak_padan",
    "usulan.dugaan_ganda",
    "kepesertaan.tidak_memenuhi",
    "kepesertaan.ditangguhkan",
    *(
        f"penyaluran.{state}"
        for state in (
            "exclude", "burekol_gagal", "kks_tertahan", "rek_gagal", "omspan_gagal", "si_selisih", "gagal_sebelum",
            "gagal_sesudah", "retur", "selisih_nominal", "pos_tidak_hadir", "pos_perbaikan", "pos_ahli_waris",
        )
    ),
)  # fmt: skip
"""The states in which a case waits to be mended: "machine.state"."""

AGAIN: frozenset[str] = frozenset({
    "usulan.perbaiki_data", "kepesertaan.pulihkan", "penyaluran.pulih_sebelum_tutup", "penyaluran.pulih_susulan",
    "penyaluran.ulang_burekol", "penyaluran.kks_ditemukan", "penyaluran.rekening_diperbaiki",
    "penyaluran.omspan_diperbaiki", "penyaluran.urus_kartu", "penyaluran.si_sama", "penyaluran.luruskan_nominal",
    "penyaluran.jadwal_ulang", "penyaluran.kendala_beres", "penyaluran.sahkan_ahli_waris", "penyaluran.ajukan_ralat",
})  # fmt: skip
"""The steps that have a mended case checked again: "machine.trigger"."""

ANSWERS: dict[int, Both] = {
    11: ("tercatat meninggal (11)", "recorded as dead (11)"),
    12: ("NIK tercatat lebih dari sekali (12)", "NIK recorded more than once (12)"),
    13: ("NIK tidak ditemukan (13)", "NIK not found (13)"),
    14: ("NIK nonaktif (14)", "NIK inactive (14)"),
    15: ("susunan NIK salah (15)", "NIK malformed (15)"),
}
"""Dukcapil's response codes in words (domain section 4.2)."""

OFFICES: dict[str, Both] = {
    "disdukcapil": ("Dinas Kependudukan dan Pencatatan Sipil", "Civil registry (Disdukcapil)"),
    "bank": ("Bank penyalur", "Paying bank"),
    "pos": ("Kantor Pos", "Post office"),
    "dinsos": ("Dinas Sosial", "Dinas Sosial"),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause: the office that mends it, the field it is about, what to do there, and what to bring."""

    office: str
    field: Both
    act: Both
    bring: Both

    @property
    def referred(self) -> bool:
        """Whether the family goes to an office outside with a letter."""
        return self.office != "dinsos"


_KTP_KK: Both = ("KTP-el dan Kartu Keluarga asli", "the original ID card and family card")
_KTP_BOOK: Both = ("KTP-el, kartu KKS, dan buku tabungan", "the ID card, the KKS card and the savings book")
_DEATH: Both = ("Akta atau surat keterangan kematian, Kartu Keluarga asli", "the death certificate, the family card")
_AT_REGISTRY: Both = ("Betulkan di Disdukcapil, lalu periksa lagi", "Mend it at the civil registry, then check again")


def _registry(field: Both, act: Both = _AT_REGISTRY, bring: Both = _KTP_KK) -> Cause:
    return Cause("disdukcapil", field, act, bring)


def _bank(field: Both, act: Both, bring: Both = _KTP_BOOK) -> Cause:
    return Cause("bank", field, act, bring)


_NIK = _registry(("NIK", "NIK"))
_NAME = _registry(
    ("Nama", "Name"), ("Samakan ejaan nama di KTP dan di Dukcapil", "Make the name agree with the registry")
)
_CARD_NO = _registry(("Nomor KK", "Family card number"))
_DEAD = _registry(
    ("Status hidup", "Living status"),
    (
        "Catat kematiannya, perbarui KK, lalu tunjuk pengurus baru",
        "Register the death, renew the family card, name a payee",
    ),
    _DEATH,
)
_DOUBLE = _registry(
    ("NIK tercatat lebih dari sekali", "NIK recorded more than once"),
    ("Minta surat keterangan: satu orang atau dua orang", "Ask for a letter: one person or two"),
)
_CARD: Both = ("Kartu KKS", "KKS card")

CAUSES: dict[str, Cause] = {
    "NIK_TIDAK_ADA": _NIK,
    "NIK_NONAKTIF": _NIK,
    "NIK_FORMAT": _NIK,
    "EX_NIK": _NIK,
    "NAMA_BEDA": _NAME,
    "EX_NAMA": _NAME,
    "KK_BEDA": _CARD_NO,
    "EX_KK": _CARD_NO,
    "KEPALA_MENINGGAL": _DEAD,
    "EX_MENINGGAL": _DEAD,
    "GANDA": _DOUBLE,
    "GANDA_NASIONAL": _DOUBLE,
    "EX_GANDA": _DOUBLE,
    "RK_NAMA": _bank(
        ("Nama pemilik rekening", "Name of the account holder"),
        ("Samakan nama di rekening dengan KTP", "Make the account's name agree with the ID card"),
    ),
    "RK_NOMOR": _bank(("Nomor rekening", "Account number"), ("Cocokkan nomor rekening", "Compare the account number")),
    "RK_BANK": _bank(
        ("Bank pemegang rekening", "Bank that keeps the account"),
        ("Tunjukkan bank mana yang memegang rekening", "Show which bank keeps the account"),
    ),
    "RK_PASIF": _bank(
        ("Status rekening: pasif", "Account status: dormant"),
        ("Aktifkan lagi rekeningnya", "Have the account reactivated"),
    ),
    "RK_TUTUP": _bank(
        ("Status rekening: tutup", "Account status: closed"), ("Minta rekening baru dibuka", "Ask for a new account")
    ),
    "RK_BLOKIR": _bank(
        ("Status rekening: diblokir", "Account status: blocked"),
        ("Tanyakan sebab blokir dan minta dibuka", "Ask why it is blocked and have it opened"),
    ),
    "BR_DATA": _bank(
        ("Data pembukaan rekening", "Data for opening an account"),
        ("Lengkapi data yang diminta bank", "Complete the data the bank asks for"),
        _KTP_KK,
    ),
    "BR_GANDA_CIF": _bank(
        ("Nomor nasabah (CIF) ganda", "Customer number (CIF) doubled"),
        ("Gabungkan nomor nasabah", "Have the customer numbers merged"),
    ),
    "BR_USIA": _bank(
        ("Usia pengurus", "Age of the payee"),
        ("Tunjuk pengurus yang cukup umur, lalu kirim ulang", "Name a payee of age, then send it again"),
        _KTP_KK,
    ),
    "KKS_BELUM_CETAK": _bank(_CARD, ("Minta kartu dicetak", "Ask that the card be printed"), _KTP_KK),
    "KKS_BELUM_BAGI": _bank(_CARD, ("Ambil kartu di cabang", "Fetch the card at the branch"), _KTP_KK),
    "KKS_RUSAK": _bank(_CARD, ("Tukar kartu yang rusak", "Exchange the damaged card")),
    "KKS_HILANG": _bank(
        _CARD,
        ("Laporkan hilang dan minta kartu baru", "Report the loss and ask for a new card"),
        ("Surat kehilangan dari polisi, KTP-el", "The police report of the loss, the ID card"),
    ),
    "KKS_DIKUASAI_PIHAK_LAIN": Cause(
        "dinsos",
        _CARD,
        ("Pendamping meminta kartu kembali; laporkan bila ditolak", "The pendamping reclaims it; report a refusal"),
        _KTP_KK,
    ),
    "SI_BEDA_DATA": _bank(
        ("Data nasabah berbeda dengan Dukcapil", "Customer data differ from the registry"),
        ("Perbarui data nasabah sesuai KTP", "Renew the customer data by the ID card"),
        _KTP_KK,
    ),
    "POS_ALAMAT": Cause(
        "pos", ("Alamat", "Address"), ("Lengkapi alamat untuk undangan", "Complete the address"), _KTP_KK
    ),
    "POS_IDENTITAS": Cause(
        "pos",
        ("Identitas penerima", "Identity of the payee"),
        ("Cocokkan identitas dengan KTP", "Compare with the ID card"),
        _KTP_KK,
    ),
    "POS_MENINGGAL": Cause(
        "pos",
        ("Penerima meninggal", "The payee has died"),
        ("Ajukan ahli waris sekeluarga", "Name an heir of the family"),
        ("Akta kematian dan surat keterangan ahli waris", "The death certificate and the letter on the heirs"),
    ),
    "POS_TIDAK_HADIR": Cause(
        "pos", ("Kehadiran", "Attendance"), ("Datang lagi pada jadwal baru", "Come again on the new date"), _KTP_KK
    ),
}
"""Reason code -> what it takes. What is not here is cleared by the Dinas Sosial on the case itself."""

STATE_CAUSES: dict[str, Cause] = {
    "penyaluran.retur": _bank(
        ("Rekening penerima", "Account of the payee"),
        (
            "Betulkan rekeningnya di bank; PPK lalu mengajukan ralat (SRPR)",
            "Have the account mended at the bank; the PPK then asks for its correction (SRPR)",
        ),
    ),
}
"""State -> what it takes, where money came back without a reason of its own (P34), or after a refused correction."""

_BY_DINSOS = Cause(
    "dinsos",
    ("Temuan data", "Finding in the data"),
    (
        "Periksa sumber temuan di kasusnya, lalu pulihkan atau teruskan",
        "Look at the finding on the case; clear it or go on",
    ),
    ("Bukti yang membantah temuan itu", "Evidence against the finding"),
)


def cause(reason: str | None, state: str) -> Cause:
    """Return what it takes to mend a case that failed for this reason and stands in this state ("machine.state")."""
    return CAUSES.get(reason or "") or STATE_CAUSES.get(state, _BY_DINSOS)


def again(triggers: Collection[str]) -> Sequence[str]:
    """Return those of these steps that have a case checked again, in the order given."""
    return [trigger for trigger in triggers if trigger in AGAIN]
