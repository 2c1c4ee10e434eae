"""NIK, No KK and account numbers that are well formed, unique in one population, and nobody's.

Real serials begin at 0001 and never come near 9000 for one kecamatan and day, so ours run from 9000 to 9999. To be
unique without remembering a whole country, the thousand serials are divided: people born where they live take the
first block; people who came from another kecamatan take one of five blocks, and which kecamatan that is follows from
where they live now by a fixed step in the list. So each (kecamatan of the NIK, block) belongs to one kecamatan of
residence, and counters are kept for one kecamatan of residence at a time.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

_NATIVE_FIRST: Final = 9000
_NATIVE_LAST: Final = 9489
NOBODY_SERIALS: Final = range(9490, 9500)
"""Serials that no person of the population gets; for numbers that must not be found."""
STEPS: Final = (1, 2, 5, 137, 1009)
"""How far away, in the list of kecamatan, people come from: next door, near by, far."""
_STEP_FIRST: Final = 9500
_STEP_SIZE: Final = 100
_KK_LAST: Final = 9989
NO_FAMILY_SERIALS: Final = range(9990, 10_000)
"""Serials that no family card of the population gets."""
_FEMALE: Final = 2
_FEMALE_DAY: Final = 40

BANK_DIGITS: Final = {"BRI": 15, "BNI": 10, "MANDIRI": 13, "BTN": 16, "BSI": 10}
"""Digits of an account number per bank."""
# Multiplying by an odd number that does not end in 5 visits every number of so many digits once.
_SCATTER: Final = 61_803_398_874_989_484_821
_SCATTER_CIF: Final = 27_182_818_284_590_452_353


def nik_day(birth: date, sex: int) -> str:
    """Return the six digits of a NIK that say day (40 more for a woman), month and year."""
    return f"{birth.day + (_FEMALE_DAY if sex == _FEMALE else 0):02}{birth:%m%y}"


class Numbers:
    """The numbers of one population; kecamatan must be entered one after the other, each once."""

    def __init__(self, kecamatan: Sequence[int]) -> None:
        self._kecamatan = kecamatan
        self._place = {code: place for place, code in enumerate(kecamatan)}
        self._here = 0
        self._persons: dict[str, int] = defaultdict(int)
        self._families: dict[str, int] = defaultdict(int)
        self._accounts = 0

    def enter(self, kecamatan: int) -> None:
        """Begin the people of one kecamatan; nothing of the former one need be remembered."""
        if kecamatan != self._here:
            self._here = kecamatan
            self._persons.clear()
            self._families.clear()

    def origin(self, step: int | None) -> int:
        """Return the kecamatan of the NIK: the present one, or the one a step of `STEPS` away."""
        if step is None:
            return self._here
        return self._kecamatan[(self._place[self._here] + STEPS[step]) % len(self._kecamatan)]

    def nik(self, birth: date, sex: int, step: int | None = None) -> tuple[str, date]:
        """Return a NIK and its date of birth.

        The date is moved back a day at a time when all serials of the day are taken.

        Args:
            birth: date of birth.
            sex: 1 male, 2 female.
            step: None for a native, else a place in `STEPS`.
        """
        first, last = (_NATIVE_FIRST, _NATIVE_LAST) if step is None else self._block(step)
        region = self.origin(step)
        while True:
            prefix = f"{region}{nik_day(birth, sex)}"
            serial = first + self._persons[prefix]
            if serial <= last:
                self._persons[prefix] += 1
                return f"{prefix}{serial}", birth
            birth -= timedelta(days=1)

    @staticmethod
    def _block(step: int) -> tuple[int, int]:
        first = _STEP_FIRST + step * _STEP_SIZE
        return first, first + _STEP_SIZE - 1

    def no_kk(self, recorded: date) -> str:
        """Return a family card number of the present kecamatan, recorded on a day or, that day being full, before."""
        while True:
            prefix = f"{self._here}{recorded:%d%m%y}"
            serial = _NATIVE_FIRST + self._families[prefix]
            if serial <= _KK_LAST:
                self._families[prefix] += 1
                return f"{prefix}{serial}"
            recorded -= timedelta(days=1)

    def account(self, bank: str) -> str:
        """Return an account number of a bank, its leading zeros kept; no two banks give the same one."""
        self._accounts += 1
        digits = BANK_DIGITS[bank]
        return f"{self._accounts * _SCATTER % 10**digits:0{digits}}"

    def cif(self) -> str:
        """Return the customer number (ten digits) that goes with the account given last."""
        return f"{self._accounts * _SCATTER_CIF % 10**10:010}"
