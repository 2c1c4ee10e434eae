"""What can be wrong with a request about one family."""

from models.errors import AlurError


class HouseholdNotFound(AlurError):
    """No such family in the caller's sight."""

    status = 404
    code = "keluarga_tidak_ditemukan"
    title = "Keluarga tidak ditemukan"
    title_en = "Family not found"
    text = "Keluarga {0} tidak ada di wilayah kerja Anda."
    text_en = "There is no family {0} within your scope."
    cure = "Cari dengan NIK, No KK atau nama di /api/v1/households."
    cure_en = "Search by NIK, No KK or name at /api/v1/households."


class HouseholdChanged(AlurError):
    """Somebody else edited the family since it was read."""

    status = 409
    code = "keluarga_berubah"
    title = "Data keluarga sudah berubah"
    title_en = "The family's data has changed"
    text = "Anda melihat versi {0}, sekarang versi {1}."
    text_en = "You saw version {0}, now it is version {1}."
    cure = "Muat ulang keluarga ini, lalu ulangi perubahan Anda."
    cure_en = "Reload the family and make your change again."


class HouseholdInvalid(AlurError):
    """An edit would make the family what no import could bring, such as two heads or a birth in the future.

    `fields` names each thing that is wrong, as differences name them: "keluarga.no_kk", "anggota 12.nik".
    """

    status = 422
    code = "keluarga_tidak_sah"
    title = "Data keluarga tidak sah"
    title_en = "The family's data is not valid"
    text = "{0}"
    text_en = "{1}"
    cure = "Betulkan isian yang disebut, lalu simpan lagi. Tidak ada yang berubah."
    cure_en = "Correct the fields named and save again. Nothing was changed."

    def __init__(self, text: str, text_en: str, fields: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(text, text_en, fields)
        self.fields = fields


class VariablesInvalid(AlurError):
    """Answers that the questionnaire does not know or cannot take; `fields` names each of them."""

    status = 422
    code = "variabel_tidak_sah"
    title = "Jawaban kuesioner tidak sah"
    title_en = "The questionnaire's answers are not valid"
    text = "{0}"
    text_en = "{1}"
    cure = "Betulkan jawaban yang disebut lalu simpan lagi; nama, kode dan batas ada di /api/v1/register/variables."
    cure_en = "Correct the answers named and save again; names, codes and limits are at /api/v1/register/variables."

    def __init__(self, text: str, text_en: str, fields: tuple[dict[str, str], ...]) -> None:
        super().__init__(text, text_en, fields)
        self.fields = fields


class AccountTaken(AlurError):
    """The account is another family's."""

    status = 409
    code = "rekening_keluarga_lain"
    title = "Rekening milik keluarga lain"
    title_en = "The account is another family's"
    text = "Rekening {0} {1} sudah tercatat untuk keluarga lain."
    text_en = "Account {0} {1} is already recorded for another family."
    cure = "Periksa nomor rekening di buku tabungan; bila memang ganda, laporkan ke bank penyalur."
    cure_en = "Check the number in the bank book; if it is indeed double, report it to the bank."


class MemberUnknown(AlurError):
    """An edit names a member that the family does not have."""

    status = 422
    code = "anggota_tidak_dikenal"
    title = "Anggota tidak dikenal"
    title_en = "Unknown member"
    text = "Orang {0} bukan anggota keluarga ini."
    text_en = "Person {0} is no member of this family."
    cure = "Gunakan id anggota dari /api/v1/households/{{id}}."
    cure_en = "Use a member id from /api/v1/households/{{id}}."
