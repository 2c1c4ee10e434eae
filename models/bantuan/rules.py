"""Why a family that is registered is paid or not, in plain words, and who frees it. Pure.

Every state of `kepesertaan` and `penyaluran` has one answer here; a test walks the whole grid, so that a new state
without words is found. Sources: domain sections 1.8 (memberships), 2.3 (repair), 2.4 (disbursements), 7 (complaints).
"""

# fmt: off
# ruff: noqa: E501 -- one state per row, as in the tables of the machines

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from state_machines import KEPESERTAAN, PENYALURAN

Kind = Literal["tertahan", "berhenti", "jalan", "cair"]
"""Held until somebody frees it; ended without money; on its way, nothing is wrong; paid."""
ORDER: tuple[Kind, ...] = ("tertahan", "berhenti", "jalan", "cair")
"""Worst first: the family's one answer is the first of these that any of its aid is."""
MEMBER = "calon_penerima"


@dataclass(frozen=True, slots=True)
class Why:
    """What a state means for the family's money, and what moves it on; `who` is the role that does it."""

    kind: Kind
    text: str
    text_en: str
    frees: str
    frees_en: str
    who: str


def _rows(machine: Any, table: Mapping[str, tuple[str, ...]]) -> dict[str, Why]:
    """Return rows by state; whoever holds a case there frees it, unless the row names another role at its end."""
    return {
        state: Why(row[0], row[1], row[2], row[3], row[4], row[5] if len(row) > 5 else machine.state[state].holder)  # type: ignore[arg-type]  # noqa: PLR2004
        for state, row in table.items()
    }


MEMBERSHIP = _rows(KEPESERTAAN, {
    "dinilai": ("jalan", "syarat program masih diuji", "the conditions of the programme are still being tested", "hasil uji keluar sendiri", "the result comes by itself"),
    "tidak_memenuhi": ("berhenti", "syarat program belum terpenuhi", "the conditions of the programme are not met", "perbarui data keluarga; dinilai lagi tiap versi DTSEN", "update the family's data; it is assessed again with every DTSEN version", "operator_desa"),
    "daftar_tunggu": ("tertahan", "memenuhi syarat, tetapi kuota program penuh", "the conditions are met, but the quota of the programme is full", "menunggu kursi kosong menurut peringkat", "waits for a free seat, in order of rank"),
    "menunggu_sk": ("jalan", "terpilih, menunggu SK program", "chosen, waiting for the decree of the programme", "terbitkan SK", "issue the decree"),
    MEMBER: ("jalan", "peserta, tetapi penyaluran periode ini belum dibuka", "a member, but the payment of this period is not opened yet", "buka tahap", "open the stage", "direktorat"),
    "ditangguhkan": ("tertahan", "kepesertaan ditahan sementara", "the membership is on hold", "periksa sebabnya, lalu pulihkan atau pastikan keluar", "look into the cause, then restore it or confirm the exit"),
    "keluar": ("berhenti", "sudah keluar dari program", "has left the programme", "ajukan sanggah atau reaktivasi", "object, or propose reactivation", "operator_desa"),
})

PAYMENT = _rows(PENYALURAN, {
    "calon": ("jalan", "daftar tahap ini belum ditutup", "the list of this stage is not closed yet", "tutup daftar (final closing)", "close the list (final closing)", "kpa"),
    "exclude": ("tertahan", "dikecualikan sementara dari pembayaran", "taken out of the payment for the time being", "perbaiki sebabnya dan serahkan buktinya; verifikator memulihkan", "mend the cause and hand in the proof; the verifikator restores it"),
    "siap_salur": ("jalan", "nominal sudah dikunci, kanal bayar sedang ditentukan", "the amount is fixed, the way of payment is being chosen", "tentukan kanal bayar", "choose the way of payment"),
    "susulan": ("tertahan", "menunggu termin susulan dalam tahap yang sama", "waits for the next instalment of the same stage", "tutup daftar susulan", "close the list of the next instalment", "kpa"),
    "burekol_proses": ("jalan", "bank sedang membuka rekening", "the bank is opening the account", "kirim hasil pembukaan rekening", "send the result of opening the account"),
    "burekol_berhasil": ("jalan", "rekening ada, kartu sedang dicetak", "the account is there, the card is being printed", "cetak kartu", "print the card"),
    "burekol_gagal": ("tertahan", "bank tidak dapat membuka rekening karena data", "the bank cannot open the account because of the data", "perbaiki data keluarga, lalu kirim ulang ke bank", "mend the family's data, then send it to the bank again"),
    "kks_distribusi": ("jalan", "kartu KKS sedang dibagikan", "the KKS card is being handed out", "serahkan kartu dan catat tanda terima", "hand over the card and note the receipt"),
    "kks_tertahan": ("tertahan", "kartu KKS belum sampai di tangan keluarga", "the KKS card has not reached the family", "temukan kartunya dan serahkan kepada keluarga", "find the card and hand it to the family"),
    "pos_danom": ("jalan", "Pos sedang memeriksa daftar dan alamat", "Pos is checking the list and the addresses", "selesaikan pemeriksaan danom", "finish checking the danom"),
    "danom_siap": ("jalan", "daftar Pos siap, menunggu permintaan pembayaran", "the list of Pos is ready, waiting for the request to pay", "terbitkan SPP", "issue the SPP"),
    "cek_rekening": ("jalan", "bank sedang menguji rekening", "the bank is testing the account", "kirim hasil uji rekening", "send the result of the test"),
    "rek_gagal": ("tertahan", "rekening tidak lolos uji bank", "the account did not pass the bank's test", "dampingi keluarga ke bank, lalu serahkan bukti rekening", "go to the bank with the family, then hand in proof of the account"),
    "omspan_proses": ("jalan", "data penerima sedang diuji di OMSPAN", "the payee's data are being tested in OMSPAN", "hasil uji keluar sendiri", "the result comes by itself"),
    "omspan_berhasil": ("jalan", "rekening dan kartu aktif, menunggu permintaan pembayaran", "account and card are active, waiting for the request to pay", "terbitkan SPP", "issue the SPP"),
    "omspan_gagal": ("tertahan", "OMSPAN menolak identitas, rekening, atau kartu", "OMSPAN refused the identity, the account or the card", "perbaiki rekening atau kartu, lalu uji ulang", "mend the account or card, then test again"),
    "spp": ("jalan", "permintaan pembayaran terbit, menunggu SPM", "the request to pay is issued, waiting for the SPM", "terbitkan SPM", "issue the SPM"),
    "proses_spm": ("jalan", "SPM di KPPN, menunggu SP2D", "the SPM is at the KPPN, waiting for the SP2D", "terbitkan SP2D", "issue the SP2D"),
    "sp2d": ("jalan", "dana sudah keluar dari kas negara, menunggu perintah pindah buku", "the money left the treasury, waiting for the order to transfer it", "terbitkan perintah pindah buku", "issue the transfer order"),
    "ditahan_rpl": ("tertahan", "dana ditahan di rekening pemerintah sampai sanggah atau temuan jelas", "the money is held in a government account until an objection or finding is settled", "lepaskan setelah sebabnya jelas", "release it once the cause is settled"),
    "si": ("jalan", "perintah pindah buku ada di bank", "the transfer order is at the bank", "kreditkan ke rekening keluarga", "credit the family's account"),
    "si_selisih": ("tertahan", "data di bank berbeda dengan Dukcapil", "the bank's data differ from Dukcapil", "samakan data di bank dengan KTP dan KK", "bring the bank's data in line with identity and family card"),
    "gagal_sebelum": ("tertahan", "baris pembayaran ditolak, dana belum keluar", "the line of the payment was refused, the money has not left", "perbaiki rekeningnya, lalu ikutkan susulan", "mend the account, then take it into the next instalment"),
    "gagal_sesudah": ("tertahan", "bank tidak dapat mengkredit, dana harus diretur", "the bank cannot credit it, the money has to be returned", "catat retur dana", "note the return of the money"),
    "retur": ("tertahan", "dana kembali karena rekening bermasalah", "the money came back because of the account", "ajukan ralat rekening (SRPR)", "ask for the account to be corrected (SRPR)"),
    "ralat_diajukan": ("tertahan", "ralat rekening menunggu KPPN", "the correction of the account waits for the KPPN", "putuskan ralat rekening", "decide on the correction"),
    "sukses": ("cair", "bantuan sudah di rekening, tinggal diambil", "the aid is in the account, ready to be taken", "bantu keluarga mengambilnya bila terkendala", "help the family to take it where it cannot"),
    "selisih_nominal": ("tertahan", "jumlah di rekening tidak sama dengan hak", "the amount in the account is not what is due", "luruskan nominal dengan rekening koran", "set the amount right with an account statement"),
    "tidak_transaksi": ("tertahan", "bantuan di rekening tidak pernah diambil sampai batas hari", "the aid in the account was not taken within the days allowed", "kunjungi keluarga; bantu kartu, PIN, atau pengambilan", "visit the family; help with card, PIN or taking the money"),
    "pos_undangan": ("jalan", "Pos siap membayar, undangan dibagikan", "Pos is ready to pay, invitations are handed out", "bayar keluarga yang datang", "pay the families who come"),
    "pos_tidak_hadir": ("tertahan", "keluarga tidak datang ke Pos", "the family did not come to Pos", "jadwalkan ulang atau antar keluarga sebelum tenggat", "set a new date or bring the family before the deadline"),
    "pos_perbaikan": ("tertahan", "alamat atau identitas di Pos tidak cocok", "address or identity at Pos do not match", "perbaiki alamat atau identitas", "mend the address or identity"),
    "pos_ahli_waris": ("tertahan", "penerima meninggal, ahli waris belum disahkan", "the payee died, the heir is not confirmed yet", "sahkan ahli waris sekeluarga", "confirm the heir of the family"),
    "proses_setor": ("berhenti", "dana sedang disetor kembali ke kas negara", "the money is being returned to the treasury", "setor dan catat NTPN", "return it and note the NTPN"),
    "tagihan": ("berhenti", "terbukti tidak berhak saat dibayar, pengembalian ditagih", "found not entitled when paid, the money is claimed back", "tagih, atau ajukan penghapusan", "collect it, or ask to waive it"),
    "selesai": ("cair", "bantuan sudah diterima", "the aid was received", "tidak ada yang perlu dilakukan", "nothing has to be done", "sistem"),
    "disetor": ("berhenti", "dana kembali ke kas negara", "the money went back to the treasury", "menunggu periode berikut", "waits for the next period", "direktorat"),
    "hangus": ("berhenti", "tidak terbayar sampai tahap atau tahun berakhir", "not paid before the stage or year ended", "menunggu periode berikut", "waits for the next period", "direktorat"),
    "keluar": ("berhenti", "dikeluarkan dari penyaluran periode ini", "taken out of the payment of this period", "ajukan sanggah bila keliru", "object if this is wrong", "operator_desa"),
})
DISDUKCAPIL = ("perbarui KTP atau KK di Disdukcapil, lalu minta dipadankan ulang", "have identity or family card mended at Disdukcapil, then ask to be matched again", "operator_desa")
LETTER = ("serahkan surat yang membantah temuan ini, dari tempat kerja atau instansi terkait", "hand in a letter of the employer or office that disproves the finding", "operator_desa")
VISIT = ("minta pemeriksaan lapangan, atau sanggah temuannya", "ask for a field check, or object to the finding", "verifikator_kab")
ACCOUNT = ("dampingi keluarga ke bank untuk meralat rekening, bawa buku tabungan", "go to the bank with the family to have the account corrected, with the passbook", "pendamping")
CARD = ("urus kartu di bank dan serahkan dengan tanda terima", "see to the card at the bank and hand it over against a receipt", "bank")

REPAIRS: dict[str, tuple[str, str, str]] = {
    **dict.fromkeys(("EX_NIK", "EX_KK", "EX_NAMA"), DISDUKCAPIL),
    **dict.fromkeys(("EX_PEKERJAAN", "EX_UPAH", "EX_SDM_KESOS", "EX_PERANGKAT"), LETTER),
    **dict.fromkeys(("EX_DAERAH", "EX_GIS"), VISIT),
    **dict.fromkeys(("RK_NAMA", "RK_NOMOR", "RK_BANK"), ACCOUNT),
    **dict.fromkeys(("KKS_BELUM_CETAK", "KKS_BELUM_BAGI", "KKS_RUSAK", "KKS_HILANG"), CARD),
    "EX_DATA": ("lengkapi isian keluarga yang kosong atau salah", "complete what is missing or wrong in the family's data", "operator_desa"),
    "EX_ANOMALI": ("perbaiki isian yang janggal: nama, tanggal lahir, atau NIK kembar; bila pengurus yang diubah, usulkan perbaikan identitas atau ganti pengurus", "mend what is odd in the data: a name, a day of birth, a NIK used twice; where the payee was changed, propose to mend the identity or to change the payee", "operator_desa"),
    "EX_MENINGGAL": ("usulkan ganti pengurus, atau serahkan surat keterangan hidup bila keliru", "propose another payee, or hand in a proof of life where it is wrong", "operator_desa"),
    "EX_GANDA": ("pilih satu catatan, lalu usulkan penggabungan", "choose one of the records, then propose to merge them", "verifikator_kab"),
    "EX_KOMPONEN": ("perbarui data anak sekolah, balita, ibu hamil, lansia, atau disabilitas", "update the data on school children, infants, pregnancy, age or disability", "operator_desa"),
    "EX_DESIL": ("usulkan pembaruan data supaya peringkat dihitung ulang", "propose an update of the data so that the rank is worked out again", "operator_desa"),
    "EX_JUDOL": ("serahkan rekening koran dan hasil asesmen", "hand in an account statement and an assessment", "verifikator_kab"),
    "EX_SALDO": ("serahkan rekening koran dan hasil asesmen", "hand in an account statement and an assessment", "verifikator_kab"),
    "EX_PROGRAM": ("minta keluarga memilih salah satu bantuan", "ask the family to choose one of the programmes", "operator_desa"),
    "EX_MUNDUR": ("ajukan reaktivasi dengan pernyataan bertanda tangan", "propose reactivation with a signed statement", "operator_desa"),
    "EX_GRADUASI": ("ajukan reaktivasi bila keadaan keluarga berubah", "propose reactivation if the family's situation changed", "operator_desa"),
    "EX_MENOLAK": ("kunjungi lagi, dan minta pernyataan bertanda tangan", "visit again, and ask for a signed statement", "pendamping"),
    "EX_PINDAH": ("usulkan pindah, dan minta desa tujuan menerima", "propose the move, and ask the new village to accept", "operator_desa"),
    "EX_TIDAK_DITEMUKAN": ("kunjungi lagi alamatnya dan catat hasilnya", "visit the address again and record the result", "pendamping"),
    "EX_TIDAK_TRANSAKSI": ("kunjungi keluarga; bantu kartu, PIN, atau pengambilan", "visit the family; help with card, PIN or taking the money", "pendamping"),
    "EX_SANGGAH": ("menunggu putusan sanggah", "waits for the decision on the objection", "kepala_dinas"),
    "RK_PASIF": ("aktifkan lagi rekening dengan surat reaktivasi", "reactivate the account with a letter", "pendamping"),
    "RK_TUTUP": ("buka rekening baru lewat burekol", "open a new account through burekol", "bank"),
    "RK_BLOKIR": ("minta bank atau PPATK membuka blokir", "ask the bank or PPATK to release the account", "bank"),
    "BR_DATA": ("lengkapi data pengurus yang diminta bank", "complete the payee's data that the bank asks for", "operator_desa"),
    "BR_GANDA_CIF": ("pakai nomor nasabah yang sudah ada", "use the customer number that is there already", "verifikator_kab"),
    "BR_USIA": ("tunjuk wali atau pengurus lain yang cukup umur", "name a guardian or another payee of age", "operator_desa"),
    "KKS_DIKUASAI_PIHAK_LAIN": ("ambil kembali kartu dari pemegangnya dan laporkan", "take the card back from whoever holds it and report it", "pendamping"),
    "POS_ALAMAT": ("lengkapi alamat keluarga", "complete the family's address", "pendamping"),
    "POS_IDENTITAS": ("cocokkan KTP dan KK dengan daftar Pos", "bring identity and family card in line with the list of Pos", "pendamping"),
}
"""Reason -> what mends it, in both languages, and whose turn that is; domain section 2.3. Where a held state was entered
for one of these, they say more than the state does."""
# fmt: on

_TABLES = {KEPESERTAAN.name: MEMBERSHIP, PENYALURAN.name: PAYMENT}
MENDABLE = {state for table in _TABLES.values() for state, why in table.items() if why.kind == "tertahan"} | {
    "tidak_memenuhi"
}
"""States out of which mending their reason leads."""


@dataclass(frozen=True, slots=True)
class Told:
    """One membership or payment of a family, with what it means. `row` is that of `models.register.queries.standing`."""

    row: Mapping[str, Any]
    why: Why

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        row, why = self.row, self.why
        return {
            "case": row["case_id"],
            "machine": row["machine"],
            "programme": row["programme"],
            "period": row["period"],
            "kind": why.kind,
            "why": why.text,
            "why_en": why.text_en,
            "reason": row["reason"],
            "reason_label": row["reason_label"],
            "who": why.who,
            "frees": why.frees,
            "frees_en": why.frees_en,
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """The one answer about a family's aid: what it comes to, and every membership or payment that makes it so.

    `kind` is None for a family that takes part in no programme.
    """

    kind: Kind | None
    because: tuple[Told, ...]

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"kind": self.kind, "because": [told.as_data() for told in self.because]}


def told(row: Mapping[str, Any]) -> Told | None:
    """Return what a case of a family means for its money; None for cases that carry none (proposals, objections)."""
    table = _TABLES.get(row["machine"])
    if table is None:
        return None
    why = table[row["state"]]
    if row["state"] in MENDABLE and row["reason"] in REPAIRS:
        frees, frees_en, who = REPAIRS[row["reason"]]
        why = replace(why, frees=frees, frees_en=frees_en, who=who)
    return Told(row, why)


def answer(rows: Sequence[Mapping[str, Any]]) -> Answer:
    """Return why a family is paid or not.

    Counted are, per programme: the newest payment, older ones that somebody still has to free, and the membership
    where it is none that is paid, or where nothing was opened for it yet.

    Args:
        rows: every case of the family, as `models.register.queries.standing` returns them.
    """
    found = [one for row in rows if (one := told(row)) is not None]
    newest: dict[str, int] = {}
    for one in found:
        if one.row["machine"] == PENYALURAN.name:
            programme = one.row["programme"]
            newest[programme] = max(newest.get(programme, 0), one.row["period"])
    counted = []
    for one in found:
        programme, state = one.row["programme"], one.row["state"]
        if one.row["machine"] == PENYALURAN.name:
            counts = one.row["period"] == newest[programme] or one.why.kind == "tertahan"
        else:
            counts = state != MEMBER or programme not in newest
        if counts:
            counted.append(one)
    if not counted:
        return Answer(None, ())
    counted.sort(key=lambda one: (ORDER.index(one.why.kind), one.row["programme"], -(one.row["period"] or 0)))
    return Answer(counted[0].why.kind, tuple(counted))
