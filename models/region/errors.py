"""What can be wrong with a region code. Every error says what and how to mend it, in Indonesian and English."""


class RegionProblem(ValueError):
    """Base of all refusals about regions."""


class RegionCodeInvalid(RegionProblem):
    """The text or number is not shaped like a Kemendagri code (2, 4, 6 or 10 digits, no empty part)."""

    status_code = 422

    def __init__(self, given: str) -> None:
        super().__init__(given)  # all arguments, or unpickling fails
        self.given = given

    @property
    def message_id(self) -> str:
        """What is wrong, in Indonesian."""
        return f"'{self.given}' bukan kode wilayah Kemendagri."

    @property
    def message_en(self) -> str:
        """What is wrong, in English."""
        return f"'{self.given}' is not a Kemendagri region code."

    @property
    def cure_id(self) -> str:
        """How to mend it, in Indonesian."""
        return "Tulis 2, 4, 6 atau 10 angka, dengan atau tanpa titik, misalnya 32.04.05.2001."

    @property
    def cure_en(self) -> str:
        """How to mend it, in English."""
        return "Write 2, 4, 6 or 10 digits, with or without dots, for example 32.04.05.2001."

    def __str__(self) -> str:
        return f"{self.message_en} {self.cure_en}"


class RegionNotFound(RegionProblem):
    """The code is well shaped, but no region carries it."""

    status_code = 404

    def __init__(self, code: int) -> None:
        super().__init__(code)  # all arguments, or unpickling fails
        self.code = code

    @property
    def message_id(self) -> str:
        """What is wrong, in Indonesian."""
        return f"Kode wilayah {self.code} tidak ada dalam daftar Kemendagri."

    @property
    def message_en(self) -> str:
        """What is wrong, in English."""
        return f"Region code {self.code} is not in the Kemendagri list."

    @property
    def cure_id(self) -> str:
        """How to mend it, in Indonesian."""
        return "Cari desa atau kelurahannya menurut nama; kode bisa berubah setelah pemekaran."

    @property
    def cure_en(self) -> str:
        """How to mend it, in English."""
        return "Search the village by name; codes change when regions are split."

    def __str__(self) -> str:
        return f"{self.message_en} {self.cure_en}"
