"""What pages say: places instead of the API's addresses, roles as people call them, and what a gate asks for."""

from __future__ import annotations

import importlib
import pkgutil
import string
from collections.abc import Iterator

import pytest

import models
from api.console.words import on_pages, said_role, said_role_within, tahap, verb
from models.approval.rules import GATES, asked
from models.errors import AlurError
from state_machines.vocabulary import ROLES
from tests.flows.stage import EVIDENCE


def _errors() -> Iterator[type[AlurError]]:
    for module in pkgutil.walk_packages(models.__path__, "models."):
        if module.name.endswith("errors"):
            importlib.import_module(module.name)
    waiting = AlurError.__subclasses__()
    while waiting:
        kind = waiting.pop()
        waiting += kind.__subclasses__()
        yield kind


@pytest.mark.parametrize("kind", sorted(_errors(), key=str), ids=lambda kind: kind.code)
def test_no_page_sends_its_reader_to_an_address_of_the_api(kind: type[AlurError]) -> None:
    places = len(list(string.Formatter().parse(kind.cure + kind.cure_en)))
    for text, language in ((kind.cure, "id"), (kind.cure_en, "en")):
        told = text.format(*("x" for _ in range(places)), **dict.fromkeys(("id",), "{id}"))
        assert "/api/" not in on_pages(told, language), kind


@pytest.mark.parametrize("role", [role.id for role in ROLES])
def test_every_role_has_a_name_in_both_languages(role: str) -> None:
    for language in ("id", "en"):
        name = said_role({"language": language}, role)
        assert name[0].isupper()
        assert "_" not in name
    assert said_role({"language": "id"}, "ppspm") == "PPSPM"


@pytest.mark.parametrize("gate", GATES)
def test_a_gate_asks_for_what_its_decider_brings(gate: str) -> None:
    """The tests of flows hold a list of their own, with which every gate is carried out there."""
    if gate == "migrasi":  # decided outside the console, with the file's own evidence
        return
    given = {"siklus_jadwal": ["tanggal"], "siklus_tutup": ["laporan_rekap"]}.get(gate, [])
    assert sorted(asked(gate, given)) == sorted(EVIDENCE.get(gate, ()))
    assert asked(f"{gate}.202701", given) == asked(gate, given)


def test_words_inside_a_sentence_are_words() -> None:
    assert said_role_within({"language": "id"}, "kpa") == "KPA"
    assert said_role_within({"language": "en"}, "kades") == "village head"
    assert on_pages("Peran operator_desa mengelola akun.", "id") == "Peran operator desa mengelola akun."
    assert verb("usulan.teken_sptjm") == "Teken SPTJM"
    assert verb("penyaluran.si_beda") == "SI beda"
    assert tahap(202604) == "2026 · tahap 4"
