"""Which step of a proposal is told by which message, and what may be chosen. Source: domain sections 1.5 and 7."""

from __future__ import annotations

from typing import Any

CHANNELS = ("telegram", "email", "sms", "webhook", "kantor")
"""Ways out of the house; the inbox is always there beside them."""

NATION = (0, 9_999_999_999)
"""The range of all villages."""


def _by(kind: str, *, urgent: bool = False) -> dict[str, Any]:
    return {"kind": kind, "urgent": urgent}


TOLD: dict[str, dict[str, Any] | None] = {
    # What the proposer has to mend is told at once; every other step may wait for the day's digest.
    "tidak_padan": _by("anomali", urgent=True),
    "dugaan_ganda": _by("dugaan_ganda", urgent=True),
    "dikembalikan": _by("dikembalikan", urgent=True),
    "ditolak_desa": _by("ditolak"),
    "ditolak_sistem": _by("ditolak"),
    "ditolak_musdes": _by("ditolak"),
    "ditolak_dinsos": _by("ditolak"),
    "tidak_ditetapkan": _by("ditolak"),
    "kedaluwarsa": _by("kedaluwarsa"),
    "menunggu": _by("menunggu_jendela"),
    "ditetapkan": _by("ditetapkan"),
    "diterapkan": _by("diterapkan"),
    "cek_data": None,
    "*": _by("langkah"),
}
"""State a proposal arrives in -> its message. The identity check ends within minutes, and its result is told."""
