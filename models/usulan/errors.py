"""What can be wrong with a request about an import, or about one proposal that is entered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.case.refusals import BY_ID as REFUSALS
from models.errors import AlurError
from models.register.rules import hidden, mask
from models.usulan.change_rules import Faults, Village
from models.usulan.workbook_columns import columns
from models.usulan.workbook_identity import FAMILY_SHEET, MEMBER_SHEET
from models.usulan.workbook_messages import RowError
from models.usulan.workbook_rows import FamilyRow


class ImportNotFound(AlurError):
    """No such import in the caller's sight, or nothing was rejected in it."""

    status = 404
    code = "impor_tidak_ditemukan"
    title = "Impor tidak ditemukan"
    title_en = "Import not found"
    text = "Impor {0} tidak ada di wilayah Anda, atau tidak ada baris yang ditolak."
    text_en = "There is no import {0} in your region, or nothing in it was rejected."
    cure = "Periksa nomor impor pada jawaban unggahan."
    cure_en = "Check the import's number in the answer to the upload."


class ImportUnderWay(AlurError):
    """Another list of the same village, or of what contains it, is being taken in and takes its time."""

    status = 409
    code = "daftar_sedang_diimpor"
    title = "Daftar lain sedang diimpor"
    title_en = "Another list is being imported"
    text = "Daftar lain untuk wilayah {0} sedang diimpor dan belum selesai."
    text_en = "Another list for region {0} is being imported and not done yet."
    cure = "Tunggu beberapa menit, lalu kirim lagi; dari kiriman ini belum ada yang masuk."
    cure_en = "Wait some minutes and send it again; nothing of this one has entered."


class ListNotYours(AlurError):
    """A whole list from somebody who looks after families of his own: a village's list is the village's."""

    status = 403
    code = "daftar_bukan_tugas_anda"
    title = "Daftar desa dikirim desa"
    title_en = "A village's list is sent by the village"
    text = "Pendamping mengusulkan keluarga satu per satu; daftar dikirim operator desa atau pengisi data kabupaten."
    text_en = "A field worker proposes families one by one; lists are sent by the village or the kabupaten."
    cure = "Isi tiap keluarga di /api/v1/proposals, di desa keluarga dampingan Anda, atau serahkan daftarnya ke desa."
    cure_en = "Enter each family at /api/v1/proposals, in a village of your families, or give the list to the village."


class FileTooLarge(AlurError):
    """A file larger than any village list."""

    status = 413
    code = "berkas_terlalu_besar"
    title = "Berkas terlalu besar"
    title_en = "File too large"
    text = "Berkas lebih dari {0} MB."
    text_en = "The file is larger than {0} MB."
    cure = "Pecah daftar per desa, dan hapus gambar dari berkas."
    cure_en = "Split the list by village, and remove pictures from the file."


_NUMBERS = frozenset(
    column.name for sheet in (FAMILY_SHEET, MEMBER_SHEET) for column in columns(sheet) if column.kind == "number16"
)
_LIKE_A_NUMBER = 12
"""Signs from which on what was written for a NIK or No KK would tell it, wrong as it may be."""


def _shown(error: RowError) -> str:
    """Return a cell as it may be shown again: a NIK or No KK masked, also one with a slip in it."""
    long = error.column in _NUMBERS and len(error.value) >= _LIKE_A_NUMBER
    return mask(error.value) if long else error.value


def told(error: RowError, titles: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return one row error as JSON: where, what, how to mend it, in both languages; NIK and KK masked.

    `titles` are what a file calls its sheets.
    """
    said: dict[str, Any] = hidden(
        {
            "sheet": (titles or {}).get(error.sheet, error.sheet),
            "row": error.row,
            "column": error.column,
            "value": _shown(error),
            "code": error.code,
            "message": error.message_id,
            "message_en": error.message_en,
            "cure": error.cure_id,
            "cure_en": error.cure_en,
        }
    )
    return said


class EntryInvalid(AlurError):
    """What was typed cannot be taken: `family.errors` says what and where."""

    status = 422
    code = "isian_tidak_sah"
    title = "Usulan belum dapat disimpan"
    title_en = "The proposal cannot be saved yet"
    text = "{0} isian perlu dibetulkan."
    text_en = "{0} things need mending."
    cure = "Betulkan yang disebut di bawah, lalu simpan lagi. Belum ada yang tersimpan."
    cure_en = "Mend what is named below and save again. Nothing has been saved."

    def __init__(self, family: FamilyRow) -> None:
        super().__init__(family)
        self.family = family

    def __str__(self) -> str:
        return self.text.format(len(self.family.errors))

    @property
    def english(self) -> str:
        """The message in English."""
        return self.text_en.format(len(self.family.errors))

    @property
    def members(self) -> Mapping[str, Any]:
        """Each thing to mend."""
        return {"errors": [told(error) for error in self.family.errors]}


class EntryOpen(AlurError):
    """The same proposal of this family is still on its way: `case`."""

    status = 409
    code = "usulan_masih_terbuka"
    title = "Usulan ini masih berjalan"
    title_en = "This proposal is still open"
    text = "Usulan yang sama untuk keluarga ini masih berjalan: kasus {0}."
    text_en = "The same proposal for this family is still open: case {0}."
    cure = "Buka kasus itu dan lanjutkan di sana; isian ini tidak disimpan."
    cure_en = "Open that case and go on there; what was typed here is not saved."

    def __init__(self, case: int) -> None:
        super().__init__(case)
        self.case = case

    @property
    def members(self) -> Mapping[str, Any]:
        """The case that is open."""
        return {"case": self.case}


class EntryUnsure(AlurError):
    """It can be taken, and is odd (`family.warnings`) or replaces what is known of `household`.

    Whoever has looked at it sends it again with `mark`.
    """

    status = 409
    code = "perlu_dipastikan"
    title = "Periksa dulu sebelum disimpan"
    title_en = "Look at this before it is saved"
    text = "Ada yang janggal, atau keluarga ini sudah tercatat."
    text_en = "Something is odd, or this family is already on record."
    cure = "Bandingkan dengan KTP dan KK; bila sudah benar, nyatakan sudah diperiksa lalu simpan."
    cure_en = "Compare it with the cards; when it is right, say that you have looked and save."

    def __init__(self, family: FamilyRow, household: int | None, mark: str) -> None:
        super().__init__(family, household, mark)
        self.family, self.household, self.mark = family, household, mark

    def __str__(self) -> str:
        return self.text

    @property
    def english(self) -> str:
        """The message in English."""
        return self.text_en

    @property
    def members(self) -> Mapping[str, Any]:
        """What is odd, the family that would be replaced, and the mark to send back."""
        odd = [told(error) for error in self.family.warnings]
        return {"warnings": odd, "household": self.household, "mark": self.mark}


class ChangeInvalid(AlurError):
    """A change of a family that cannot be proposed as told: `faults` says what and where.

    `villages` are those that the destination may mean, where its name means several.
    """

    status = 422
    code = "perubahan_tidak_sah"
    title = "Usulan belum dapat dikirim"
    title_en = "The proposal cannot be sent yet"
    text = "{0} isian perlu dibetulkan."
    text_en = "{0} things need mending."
    cure = "Betulkan yang disebut di bawah, lalu kirim lagi. Belum ada yang tersimpan."
    cure_en = "Mend what is named below and send again. Nothing has been saved."

    def __init__(self, faults: Faults, villages: Sequence[Village] = ()) -> None:
        super().__init__(faults, villages)
        self.faults, self.villages = faults, villages

    def __str__(self) -> str:
        return self.text.format(len(self.faults))

    @property
    def english(self) -> str:
        """The message in English."""
        return self.text_en.format(len(self.faults))

    @property
    def members(self) -> Mapping[str, Any]:
        """Each thing to mend, and the villages to choose from."""
        errors = [{"field": name} | {k: v for k, v in told(one).items() if k in _SAID} for name, one in self.faults]
        return {"errors": errors, "villages": [asdict(one) for one in self.villages]}


_SAID = ("code", "message", "message_en", "cure", "cure_en")


class FamilyIncomplete(AlurError):
    """The family's own data lack what every proposal needs, so that no change of it can be sent."""

    status = 409
    code = "data_keluarga_belum_lengkap"
    title = "Data keluarga belum lengkap"
    title_en = "The family's data are incomplete"
    text = (
        "Data keluarga {0} belum lengkap: perlu alamat, RT/RW, tepat satu kepala keluarga yang hidup, dan nama, NIK, "
        "tanggal lahir, jenis kelamin dan hubungan tiap anggota yang hidup."
    )
    text_en = (
        "The data of family {0} are incomplete: it needs an address, RT/RW, exactly one living head, and name, NIK, "
        "birth date, sex and relation of every living member."
    )
    cure = "Lengkapi dulu di Ubah data keluarga, lalu ulangi usulan ini."
    cure_en = "Complete them first under Change the family's data, then propose again."


class ProposalRefused(AlurError):
    """The door did not take a proposal; the refusal's own words say why and how to mend it."""

    title = "Usulan tidak diterima"
    title_en = "The proposal was not taken"

    def __init__(self, refusal: str, missing: tuple[str, ...]) -> None:
        super().__init__(refusal, missing)
        said = REFUSALS[refusal]
        self.refusal, self.missing = refusal, missing
        self.status = 404 if refusal == "tidak_ditemukan" else 409
        self.code, self.cure, self.cure_en = refusal, said.cure, said.cure_en

    def __str__(self) -> str:
        lacking = f" Kurang: {', '.join(self.missing)}." if self.missing else ""
        return f"{REFUSALS[self.refusal].text}{lacking}"

    @property
    def english(self) -> str:
        """The message in English."""
        lacking = f" Missing: {', '.join(self.missing)}." if self.missing else ""
        return f"{REFUSALS[self.refusal].text_en}{lacking}"
