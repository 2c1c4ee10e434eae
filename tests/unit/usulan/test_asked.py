"""What a proposal asks for is told as it will be applied: by its last word before it was sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.usulan.asked import asked_for

SENT = datetime(2026, 11, 20, 9, tzinfo=UTC)
FAMILY = {"members": [{"id": 1, "nama": "SITI"}, {"id": 2, "nama": "BUDI"}]}


def word(minutes: int, kind: str = "variabel", **value: Any) -> dict[str, Any]:
    return {"kind": kind, "value": value, "at": SENT + timedelta(minutes=minutes)}


def told(kind: str, facts: list[dict[str, Any]], sent_at: datetime | None = SENT) -> list[tuple[str, Any]]:
    newest_first = sorted(facts, key=lambda fact: fact["at"], reverse=True)
    return [(row["label"], row.get("answer")) for row in asked_for(kind, newest_first, FAMILY, sent_at)]


def test_what_is_written_after_it_was_sent_is_not_shown() -> None:
    facts = [
        word(-9, perubahan={"pengurus": 1}),
        word(-5, perubahan={"pengurus": 2}),
        word(5, perubahan={"pengurus": 1}),
        word(-5, "dokumen_jenis", nomor="KTP/1"),
        word(6, "dokumen_jenis", nomor="KTP/9"),
    ]
    shown = [("Penerima bantuan yang baru", "BUDI"), ("Nomor surat", "KTP/1")]
    assert told("GANTI_PENGURUS", facts) == shown
    assert told("GANTI_PENGURUS", facts, None)[0] == ("Penerima bantuan yang baru", "SITI"), "still its proposer's"


@pytest.mark.parametrize(
    ("kind", "label"), [("MENINGGAL", "Yang meninggal"), ("DISABILITAS", "Anggota"), ("KEHAMILAN", "Anggota")]
)
def test_only_a_death_says_who_died(kind: str, label: str) -> None:
    assert told(kind, [word(-1, perubahan={"anggota": [1, 2]})]) == [(label, "SITI, BUDI")]


@pytest.mark.parametrize("value", [{}, {"perubahan": {"anggota": [77], "pengurus": None}}])
def test_nobody_of_the_family_is_nobody(value: dict[str, Any]) -> None:
    assert told("MENINGGAL", [word(-1, **value)]) == []
