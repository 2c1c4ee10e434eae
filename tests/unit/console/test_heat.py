"""Macet's heat map: what is blocked is seen, also where nothing is late."""

from __future__ import annotations

from typing import Any

from api.console.pages.stuck import _heat


def _row(region: int, **counts: int) -> dict[str, Any]:
    known = {"machine": "usulan", "state": "diajukan", "label": "DIAJUKAN", "region_name": "Sadu"}
    return known | {"region": region, "late": 0, "due": 0, "blocked": 0} | counts


def test_a_cell_with_blocked_cases_alone_has_a_shade() -> None:
    rows = [_row(1, blocked=4), _row(2, late=2, due=1), _row(3)]
    heat = _heat(rows)
    assert list(heat["states"].values()) == ["DIAJUKAN"]
    assert [row["shade"] for row in rows] == [5, 4, 0]
