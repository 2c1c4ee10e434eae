"""Who is told at which level, and what frees what: the rules alone, and the page that tells of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from models.policy.seeds import entries
from models.stuck.rules import APPOINTED, OFFICES, REASONS, WOKEN, Offices, Seat, freeing, highest, office, place_of
from state_machines.vocabulary import ROLES
from tests.support.world import DESA

POLICY = dict(entries())
NATION = (0, 9_999_999_999)


def seat(user: int, role: str, unit: int = 1) -> Seat:
    low = DESA // unit * unit
    return Seat(user, role, low, low + unit - 1)


SEATS = (
    seat(1, "kades"),
    seat(2, "operator_kecamatan", 10_000),
    seat(3, "kepala_dinas", 1_000_000),
    seat(4, "dinsos_provinsi", 100_000_000),
    Seat(5, "pusdatin", *NATION),
    seat(6, "admin_kab", 1_000_000),
    seat(7, "admin_provinsi", 100_000_000),
    Seat(8, "admin_pusat", *NATION),
    Seat(9, "kepala_dinas", 5171000000, 5171999999),
)
ALL = Offices(POLICY["macet.kantor"], POLICY["macet.admin"], SEATS)


@pytest.mark.parametrize(
    ("holder", "level", "told"),
    [
        ("operator_desa", 0, [11]),
        ("operator_desa", 1, [11]),
        ("operator_desa", 2, [2]),
        ("operator_desa", 3, [3]),
        ("operator_desa", 4, [4]),
        ("operator_desa", 5, [5]),
        ("operator_kecamatan", 2, [3]),
        ("verifikator_kab", 2, [4]),
        ("dinsos_provinsi", 2, [5]),
        ("ppk", 2, [5]),
        ("bank", 2, [5]),
        ("sistem", 1, [8]),
        ("sistem", 2, [5]),
    ],
)
def test_a_late_case_climbs_office_by_office(holder: str, level: int, told: list[int]) -> None:
    assert ALL.told(holder, level, "terlambat", [11], DESA, DESA) == told


@pytest.mark.parametrize(
    ("holder", "told"),
    [("operator_desa", [6]), ("pendamping", [6]), ("kepala_dinas", [6]), ("dinsos_provinsi", [7]), ("menteri", [8])],
)
def test_an_empty_desk_is_told_to_whoever_gives_it_people(holder: str, told: list[int]) -> None:
    assert ALL.told(holder, 1, "tanpa_pemegang", [], DESA, DESA) == told


def test_where_nobody_works_the_next_office_above_is_told_and_at_last_the_administrators() -> None:
    without = [one for one in SEATS if one.role not in {"operator_kecamatan", "kepala_dinas"}]
    assert Offices(ALL.roles, ALL.admins, without).told("kades", 2, "terlambat", [1], DESA, DESA) == [4]
    alone = [one for one in SEATS if one.role == "admin_pusat"]
    for level in range(6):
        assert Offices(ALL.roles, ALL.admins, alone).told("kades", level, "tanpa_pemegang", [], DESA, DESA) == [8]
    assert Offices({}, {}, alone).told("kades", 3, "terlambat", [], DESA, DESA) == [8]


def test_every_role_has_an_office_and_a_last_level_at_the_top() -> None:
    assert set(POLICY["macet.kantor"]) == set(POLICY["macet.admin"]) == set(OFFICES)
    for role in ROLES:
        assert ALL.told(role.id, highest(role.id), "terlambat", [], DESA, DESA) == [5]
        assert office(role.id) + highest(role.id) >= len(OFFICES)
    assert (highest("kades"), highest("kepala_dinas"), highest("pusdatin")) == (5, 3, 2)
    assert [place_of(role, DESA) for role in ("kades", "operator_kecamatan", "kepala_dinas", "ppk")] == [
        DESA,
        DESA // 10_000,
        DESA // 1_000_000,
        None,
    ]


def row(reason: str, **more: Any) -> dict[str, Any]:
    return {
        "reason": reason, "holder": "kades", "lo": DESA, "region_name": "Sadu", "programme": None, "batch": 15,
        "gate": None, "triggers": [], **more,
    }  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_names_an_action_in_both_languages(reason: str) -> None:
    told = freeing(row(reason)).as_data()
    assert told["text"]
    assert told["text_en"]
    assert told["text"] != told["text_en"]
    if reason in APPOINTED:
        assert told["command"] == f"alur token USERNAME --role kades --region {DESA}"
    if reason in WOKEN:
        assert told["request"] == "POST /api/v1/batches/15/wake"
        assert freeing(row(reason, batch=None)).command == "alur engine"


def test_a_programme_s_desk_is_bounded_by_the_programme() -> None:
    action = freeing(row("tanpa_pemegang", holder="ppk", programme="PKH"))
    assert action.command == "alur token USERNAME --role ppk --programme PKH"


def test_the_page_explains_every_reason_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs" / "stuck.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z_]+)` \|", page, re.MULTILINE)) == set(REASONS)


def test_the_families_of_a_pendamping_who_is_gone_are_handed_over() -> None:
    """Naming another pendamping frees nothing: he would not see the family."""
    action = freeing(row("pemegang_nonaktif", holder="pendamping"))
    assert (action.do, action.request) == ("serahkan", "POST /api/v1/handovers")
    assert freeing(row("tanpa_pemegang", holder="pendamping")).do == "tunjuk"
    assert freeing(row("pemegang_nonaktif", holder="kades")).do == "tunjuk"
