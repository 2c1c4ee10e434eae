"""What the tests of single guards share."""

from __future__ import annotations

PADAN = "U01 U02 U05"


FINAL = f"{PADAN} U11"


VERIF = f"{FINAL} U15 U19"


OMSPAN_BERHASIL = "P01 P03 P07 P17 P20"


SPP = f"{OMSPAN_BERHASIL} P25"


SP2D = f"{SPP} P26 P27"


SUKSES = f"{SP2D} P29 P30"
