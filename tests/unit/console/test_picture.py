"""The machines as pictures: every state in a place of its own, nothing outside, and light enough for a bad line."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from api.console.picture import BOX, Way, draw, phases
from api.console.render import environment
from state_machines import MACHINES, USULAN, Machine

EACH = pytest.mark.parametrize("machine", MACHINES, ids=[machine.name for machine in MACHINES])
BYTES_MOST = 20_000


def svg(machine: Machine, way: Way | None = None) -> str:
    template = environment().from_string("{% from 'gambar.html' import drawing %}{{ drawing(picture, 'j', 'k') }}")
    return template.render(picture=draw(machine, way), language="id")


@EACH
def test_no_two_boxes_touch_and_all_lie_inside(machine: Machine) -> None:
    picture = draw(machine)
    assert [box.state.id for box in picture.boxes] == list(machine.state)
    for one, other in combinations(picture.boxes, 2):
        assert abs(one.x - other.x) > BOX[0] or abs(one.y - other.y) > BOX[1], (one.state.id, other.state.id)
    for box in picture.boxes:
        assert 0 <= box.x <= picture.width - BOX[0]
        assert 0 <= box.y <= picture.height - BOX[1]
        assert len(box.lines) <= 2
        assert max(map(len, box.lines)) <= 24
        assert " ".join(box.lines) == box.state.label


@EACH
def test_a_picture_is_light_and_says_what_it_shows(machine: Machine) -> None:
    told = svg(machine)
    assert len(told.encode()) <= BYTES_MOST
    assert 'role="img" aria-labelledby="peta-j peta-k"' in told
    assert "style=" not in told
    assert all(line in told for state in machine.states for line in (state.label.split()[0],))


@EACH
def test_even_the_longest_way_is_light(machine: Machine) -> None:
    """A case that was everywhere and may go everywhere."""
    states = list(machine.state)
    assert len(svg(machine, Way([*states, *reversed(states)], states)).encode()) <= BYTES_MOST


def test_a_case_s_way_is_marked() -> None:
    picture = draw(USULAN, Way(["draf", "cek_data", "padan", "cek_data", "tidak_padan"], ["cek_data", "kedaluwarsa"]))
    marks = {box.state.id: box.mark for box in picture.boxes}
    assert marks["tidak_padan"] == "kini"
    assert [state for state, mark in marks.items() if mark == "lalu"] == ["draf", "cek_data", "padan"]
    assert [state for state, mark in marks.items() if mark == "lanjut"] == ["kedaluwarsa"]
    assert [arrow.mark for arrow in picture.arrows].count("lalu") == 4
    assert [arrow.mark for arrow in picture.arrows].count("lanjut") == 2
    told = svg(USULAN, Way(["draf", "cek_data"], ["padan"]))
    assert re.search(r"✓ </?|✓ DRAF", told)
    assert "● CEK DATA" in told
    assert "→ PADAN" in told


def test_the_line_of_phases_tells_where_a_case_came_and_is() -> None:
    way = [("draf", 1), ("padan", 2), ("diajukan", 3), ("dikembalikan", 4), ("usulan_final", 5)]
    assert phases(USULAN, way) == [
        {"name": "usulan", "at": 1, "now": True},
        {"name": "verval", "at": 3, "now": False},
        {"name": "penetapan", "at": None, "now": False},
    ]
