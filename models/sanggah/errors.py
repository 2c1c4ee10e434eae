"""What can be wrong with a request about an objection."""

from __future__ import annotations

from models.case.refusals import BY_ID as REFUSALS
from models.errors import AlurError


class FamilyNotNamed(AlurError):
    """No family was named that this objection could be about."""

    status = 404
    code = "keluarga_sanggah_tidak_ditemukan"
    title = "Keluarga tidak ditemukan"
    title_en = "Family not found"
    text = "Keluarga yang dimaksud tidak ditemukan di desa atau wilayah kerja Anda."
    text_en = "No such family in your village or scope."
    cure = "Periksa NIK, No KK atau nomor kasus. Sanggah atas keluarga lain hanya untuk warga sedesa."
    cure_en = "Check NIK, No KK or case number. Only people of the same village object to another family."


class ObjectionRefused(AlurError):
    """The door did not take an objection; the refusal's own words say why and how to mend it."""

    def __init__(self, kind: str, refusal: str, missing: tuple[str, ...]) -> None:
        super().__init__(kind, refusal, missing)
        said = REFUSALS[refusal]
        self.kind, self.refusal, self.missing = kind, refusal, missing
        self.status = 404 if refusal == "tidak_ditemukan" else 409
        self.code, self.title, self.title_en = refusal, "Sanggah tidak diterima", "The objection was not taken"
        self.cure, self.cure_en = said.cure, said.cure_en

    def __str__(self) -> str:
        lacking = f" Kurang: {', '.join(self.missing)}." if self.missing else ""
        return f"{self.kind}: {REFUSALS[self.refusal].text}{lacking}"

    @property
    def english(self) -> str:
        """The message in English."""
        lacking = f" Missing: {', '.join(self.missing)}." if self.missing else ""
        return f"{self.kind}: {REFUSALS[self.refusal].text_en}{lacking}"
