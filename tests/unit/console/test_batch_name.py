"""What people call a batch: about what, for when, where; never the stored title's codes."""

from __future__ import annotations

from typing import Any

import pytest

from api.console.words import batch_name

BANDUNG = {"region": 3204, "region_name": "Kabupaten Bandung"}
CASES = (
    ({"kind": "pengesahan", "period": 202701, **BANDUNG}, "Pengesahan Januari 2027, Kabupaten Bandung"),
    ({"kind": "penetapan", "period": 202701, "region": 0, "region_name": None}, "Penetapan Januari 2027"),
    (
        {"kind": "tahap", "programme": "PKH", "period": 202604, **BANDUNG},
        "PKH 2026 · tahap 4, Kabupaten Bandung",
    ),
    (
        {
            "kind": "usulan",
            "period": None,
            "region": 3204052001,
            "region_name": "Cileunyi Kulon",
            "title": "Usulan 32.04.05.2001: februari.xlsx",
        },
        "Usulan Desa Cileunyi Kulon · februari.xlsx",
    ),
    ({"kind": "harian", "period": None, "region": 0, "region_name": None, "title": "Harian"}, "Harian"),
    ({"kind": "pengesahan", "period": None, "title": "Susulan", **BANDUNG}, "Susulan"),
)


@pytest.mark.parametrize(("batch", "expected"), CASES, ids=[expected for _, expected in CASES])
def test_a_batch_is_called_by_its_matter_time_and_place(batch: dict[str, Any], expected: str) -> None:
    assert batch_name({"language": "id"}, batch) == expected  # type: ignore[arg-type]


def test_a_gate_is_called_by_its_batch_in_the_reader_s_language() -> None:
    gate = {"batch_kind": "pengesahan", "kind": "lain", "period": 202701, **BANDUNG}
    assert batch_name({"language": "en"}, gate).endswith("January 2027, Kabupaten Bandung")  # type: ignore[arg-type]
