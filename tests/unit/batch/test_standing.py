"""Where a batch stands is told by what is most telling of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.batch.rules import standing

NOW = datetime(2026, 8, 3, tzinfo=UTC)
QUIET: dict[str, Any] = {
    "state": "terbuka", "leased": False, "attempt": 1, "ended_at": NOW, "outcome": "selesai", "wake_reason": None,
    "waits_for": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({}, "diam"),
        ({"attempt": None, "ended_at": None, "outcome": None}, "belum_jalan"),
        ({"waits_for": "kades", "outcome": "tunda"}, "menunggu_persetujuan"),
        ({"waits_for": "kades", "wake_reason": "putusan musdes"}, "dipanggil"),
        ({"waits_for": "kades", "leased": True, "ended_at": None, "outcome": None}, "berjalan"),
        ({"ended_at": None, "outcome": None}, "terputus"),
        ({"outcome": "gagal", "wake_reason": "ulang setelah galat"}, "berhenti"),
        ({"outcome": "diganti"}, "diam"),
        ({"state": "selesai", "outcome": "gagal"}, "selesai"),
    ],
)
def test_the_most_telling_word_is_said(told: dict[str, Any], word: str) -> None:
    assert standing(QUIET | told) == word
