"""What Prefect is told of a batch: where, which month, how many; nothing that people typed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from flows.report import report, run_name, run_tags


def _batch(kind: str, region: int, name: str | None, **more: Any) -> dict[str, Any]:
    row = {"id": 15, "kind": kind, "region": region, "region_name": name, "period": None, "programme": None}
    return row | {"title": "Daftar Bu Siti Aminah"} | more


VILLAGE = _batch("usulan", 3204112001, "Sangkanhurip")


@pytest.mark.parametrize(
    ("batch", "name", "tags"),
    [
        (VILLAGE, "usulan-batch Desa Sangkanhurip 3204112001 · batch 15", ["usulan", "kab-3204"]),
        (
            _batch("usulan", 3171011001, "Gambir"),
            "usulan-batch Kelurahan Gambir 3171011001 · batch 15",
            ["usulan", "kab-3171"],
        ),
        (
            _batch("pengesahan", 3204, "Kabupaten Bandung", period=202611),
            "pengesahan Kabupaten Bandung 3204 · 2026-11 · batch 15",
            ["pengesahan", "kab-3204"],
        ),
        (
            _batch("tahap", 3273, "Kota Bandung", period=202604, programme="PKH"),
            "penyaluran-tahap Kota Bandung 3273 · PKH 2026 tahap 4 · batch 15",
            ["tahap", "kab-3273"],
        ),
        (_batch("tahap", 32, "Jawa Barat"), "penyaluran-tahap Provinsi Jawa Barat 32 · batch 15", ["tahap"]),
        (_batch("penetapan", 0, None, period=202611), "penetapan nasional · 2026-11 · batch 15", ["penetapan"]),
        (_batch("usulan", 3204112001, None), "usulan-batch 3204112001 · batch 15", ["usulan", "kab-3204"]),
    ],
)
def test_a_run_is_called_by_flow_region_and_period(batch: dict[str, Any], name: str, tags: list[str]) -> None:
    assert run_name(batch) == name
    assert run_tags(batch) == ["batch-15", *tags]


def test_a_report_counts_cases_and_names_the_gates_that_wait() -> None:
    gate = {"gate": "sk_program.PKH", "role": "direktorat", "decided": 1, "people": 2, "cases": 7}
    deadline = datetime(2026, 11, 24, 17, tzinfo=UTC)
    told = report(VILLAGE, 3, {"usulan.padan": 7, "usulan.draf": 2}, [gate | {"deadline": deadline}])
    assert "attempt **3**" in told
    assert "| `usulan.padan` | 7 |" in told
    assert "| **jumlah · total** |  | 9 |" in told
    assert "| SK program | direktorat | 1/2 | 7 | 2026-11-25 00.00 WIB |" in told
    assert "Siti" not in told


def test_a_report_of_a_batch_at_rest_says_that_nobody_is_waited_for() -> None:
    told = report(VILLAGE, 1, {}, [])
    assert "no gate is open" in told
    assert "| **jumlah · total** |  | 0 |" in told
