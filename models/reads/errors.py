"""What can be wrong with reading a family's numbers and with asking who looked."""

from models.errors import AlurError


class PurposeUnknown(AlurError):
    """A purpose that policy does not name."""

    status = 422
    code = "tujuan_tidak_dikenal"
    title = "Tujuan tidak dikenal"
    title_en = "No such purpose"
    text = "“{0}” bukan tujuan membuka nomor yang berlaku."
    text_en = "“{0}” is no purpose for which numbers may be opened."
    cure = "Pilih kode dari /api/v1/reads/purposes."
    cure_en = "Choose a code from /api/v1/reads/purposes."


class NumbersStayMasked(AlurError):
    """A role that has no work with the numbers of families."""

    status = 403
    code = "nomor_tetap_tersamar"
    title = "Nomor tetap tersamar"
    title_en = "Numbers stay masked"
    text = "Peran {0} mengelola akun, bukan kasus: nomor keluarga tetap tersamar."
    text_en = "Role {0} keeps accounts, not cases: the numbers of families stay masked."
    cure = "Mintalah petugas yang menangani keluarga itu."
    cure_en = "Ask the officer who deals with that family."


class ReadersHidden(AlurError):
    """Who looked is shown to auditors, and to a family about itself."""

    status = 403
    code = "pembaca_bukan_wewenang"
    title = "Catatan pembacaan tidak terbuka"
    title_en = "The record of reads is closed"
    text = "Catatan siapa yang melihat dibuka untuk auditor; peran Anda {0}."
    text_en = "The record of who looked is open to auditors; your role is {0}."
    cure = "Warga melihat siapa yang membuka data keluarganya di /api/v1/reads/mine."
    cure_en = "A citizen sees who looked at his own family at /api/v1/reads/mine."
