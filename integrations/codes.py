"""Names and reason codes that several outside systems use; the catalogue is the ministry's."""

from typing import Final, Literal, get_args

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
