"""Names and reason codes that several outside systems use; the catalogue is the ministry's."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

TeksBolehKosong = Annotated[str, Field(max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$")]
Teks = Annotated[TeksBolehKosong, Field(min_length=1)]
"""Words or a number of theirs that we keep: not empty, no control characters, and no book."""

RUPIAH_MAX = 1_000_000_000_000_000
"""More than all of the state's budget in one row; what is larger is a mistake."""

Bank = Literal["BRI", "BNI", "BTN", "MANDIRI", "BSI"]
"""The paying banks: Himbara and BSI."""
BANKS: Final[tuple[Bank, ...]] = get_args(Bank)

Penyalur = Literal["BRI", "BNI", "BTN", "MANDIRI", "BSI", "POS"]
"""Whoever pays out what the treasury releases: a bank, or PT Pos in cash."""

RekeningKode = Literal["RK_NAMA", "RK_NOMOR", "RK_BANK", "RK_PASIF", "RK_TUTUP", "RK_BLOKIR"]
"""What is wrong with an account: holder's name, number, bank; dormant, closed, blocked."""

KartuKode = Literal["KKS_BELUM_CETAK", "KKS_BELUM_BAGI", "KKS_RUSAK", "KKS_HILANG"]
"""What is wrong with a card: not printed, not handed out, broken, lost."""

PembayaranKode = Literal[RekeningKode, KartuKode]
"""Whatever keeps a payee from being paid: account or card."""
