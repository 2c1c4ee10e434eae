"""Two edits of one family laid upon each other: nothing of either is lost, and only what both touched is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.register.merge import edit_of, flat, merge, name_of

BASE = {"k.alamat": "Jl. Satu", "k.rt": "001", "a1.nama": "Ani", "a2.nama": "Budi"}


def test_what_only_one_touched_stands_and_what_both_touched_is_asked() -> None:
    found = merge(
        BASE,
        {"k.alamat": "Jl. Dua", "k.rt": "009", "a1.nama": "Anisa"},
        BASE | {"k.alamat": "Jl. Tiga", "a1.nama": "Anisa", "a2.nama": "Budiman"},
    )
    assert found.conflicts == {"k.alamat": ("Jl. Satu", "Jl. Dua", "Jl. Tiga")}
    assert found.mine == {"k.rt": "009"}, "the same change of both is no conflict and needs no saving"
    assert found.theirs == {"a1.nama": "Anisa", "a2.nama": "Budiman"}
    assert found.gone == ()


def test_a_member_who_left_takes_my_changes_along_and_a_new_one_of_mine_stays() -> None:
    now = {name: value for name, value in BASE.items() if not name.startswith("a2")}
    found = merge(BASE, {"a2.nama": "Budiman", "b1.nama": "Citra"}, now)
    assert found.gone == ("a2.nama",)
    assert found.mine == {"b1.nama": "Citra"}
    assert found.conflicts == {}


@given(
    theirs=st.dictionaries(st.sampled_from(sorted(BASE)), st.sampled_from("xyz")),
    mine=st.dictionaries(st.sampled_from(sorted(BASE)), st.sampled_from("xyz")),
)
def test_every_change_is_mine_theirs_or_asked(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    found = merge(BASE, mine, BASE | theirs)
    assert set(found.mine).isdisjoint(found.conflicts)
    for name, value in mine.items():
        told = found.mine.get(name) or found.conflicts.get(name, (None, None))[1] or theirs.get(name)
        assert told == value
    for name, value in theirs.items():
        assert found.theirs.get(name) == value or found.conflicts[name][2] == value


def test_an_edit_names_members_by_their_number_and_a_new_one_by_none() -> None:
    edit, members = edit_of({"k.rt": "2", "a12.nama": "Ani", "a12.hamil": True, "b1.nik": "3"}, 4)
    assert edit == {"version": 4, "rt": "2", "members": [{"id": 12, "nama": "Ani", "hamil": True}, {"nik": "3"}]}
    assert members == ["a12", "b1"]


@pytest.mark.parametrize(
    ("told", "name"),
    [("keluarga.no_kk", "k.no_kk"), ("anggota 12.nama", "a12.nama"), ("anggota baru 1.nik", "b1.nik")],
)
def test_errors_of_an_edit_find_their_field(told: str, name: str) -> None:
    assert name_of(told) == name


def test_a_look_is_flat_by_member() -> None:
    look = {"no_kk": "1", "alamat": "J", "rt": "1", "rw": "2", "dusun": None, "members": [{"id": 7, "nama": "Ani"}]}
    told = flat(look)
    assert (told["k.alamat"], told["k.dusun"], told["a7.nama"], told["a7.nik"]) == ("J", None, "Ani", None)
