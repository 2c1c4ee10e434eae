"""The fate of a proposal: what whoever proposed a case is told about each step others took with it.

The news are read from what the door wrote; nothing has to be stored, and nothing can be forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifications.render import Rendered, render

_MESSAGES = {
    "tidak_padan": "anomali",
    "dugaan_ganda": "dugaan_ganda",
    "dikembalikan": "dikembalikan",
    "ditolak_desa": "ditolak",
    "ditolak_sistem": "ditolak",
    "ditolak_musdes": "ditolak",
    "ditolak_dinsos": "ditolak",
    "tidak_ditetapkan": "ditolak",
    "kedaluwarsa": "kedaluwarsa",
    "menunggu": "menunggu_jendela",
    "ditetapkan": "ditetapkan",
    "diterapkan": "diterapkan",
}
"""State -> the message its arrival sends. States not named say nothing: they are steps on the way."""

TOLD = tuple(_MESSAGES)


def fate_context(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a message about one step of a proposal says: number, village, step, reason, where to look."""
    return {
        "nomor": row["number"],
        "desa": row["region_name"] or row["region"],
        "label": row["label"],
        "makna": row["meaning"],
        "alasan": row["reason_label"],
        "tautan": f"/api/v1/cases/{row['case_id']}",
    }


def tell(row: Mapping[str, Any], language: str) -> Rendered:
    """Return the message for one step, in Indonesian ("id") or English ("en")."""
    return render(_MESSAGES[row["state"]], language, fate_context(row))
