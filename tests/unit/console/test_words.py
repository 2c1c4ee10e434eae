"""What pages say: places instead of the API's addresses, roles as people call them, and what a gate asks for."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

import models
from api.console.render import environment
from api.console.words import in_words, on_pages, said_role, said_role_within, tahap
from models.approval.rules import GATES, asked
from models.case.errors import MoveRefused
from models.errors import AlurError
from state_machines.vocabulary import ROLES
from tests.flows.stage import EVIDENCE

_PLACES = 9
"""More than any text has."""


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
    for text, language in ((kind.cure, "id"), (kind.cure_en, "en")):
        told = text.format(*("x" for _ in range(_PLACES)), **dict.fromkeys(("id",), "{id}"))
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
    assert in_words("usulan.teken_sptjm") == "Teken SPTJM"
    assert in_words("penyaluran.si_beda") == "SI beda"
    assert tahap(202604) == "2026 · tahap 4"


@pytest.mark.parametrize(
    ("name", "indonesian", "english"),
    [
        pytest.param("usulan.minta_ground_check", "Minta ground check", "Ask for a ground check", id="trigger"),
        pytest.param("U21", "Minta ground check", "Ask for a ground check", id="rule"),
        pytest.param("penyaluran", "Penyaluran", "Payment", id="machine"),
        pytest.param("sukses_gagal", "Sukses/Gagal", "Success/failure", id="phase"),
        pytest.param("spm", "SPM", "SPM", id="name"),
        pytest.param("usulan.sudah_ditarik", "Sudah ditarik", "Sudah ditarik", id="retired"),
    ],
)
def test_an_id_is_said_in_the_reader_s_language(name: str, indonesian: str, english: str) -> None:
    template = environment().from_string("{{ name|verb }}")
    assert template.render(name=name, language="id") == indonesian
    assert template.render(name=name, language="en") == english


def test_a_refused_step_is_named_in_the_reader_s_language() -> None:
    error = MoveRefused(12, "usulan.minta_ground_check", "peran", "verif_dinsos", ())
    assert "step usulan.minta_ground_check:" in error.english
    assert "step “Ask for a ground check”:" in on_pages(error.english, "en")
    assert "minta ground check:" in on_pages(str(error), "id")


@pytest.mark.parametrize(("language", "said"), [("id", ["1 kasus", "2 kasus"]), ("en", ["1 case", "2 cases"])])
def test_one_is_not_many(language: str, said: list[str]) -> None:
    template = environment().from_string("{{ ngettext('%(n)s kasus', '%(n)s kasus', n, n=n|number) }}")
    assert [template.render(n=n, language=language) for n in (1, Decimal(2))] == said


def _events() -> set[str]:
    """Return every kind of event that SQL writes to the log of accounts."""
    written = "".join(path.read_text("utf-8") for path in Path(models.__path__[0]).rglob("*.sql"))
    kinds = re.findall(r"signin_note\(([^,]*),", written)
    return {kind for told in kinds for kind in re.findall(r"(?:^|THEN |ELSE )'([a-z_]+)'", told)}


def test_every_event_of_an_account_is_told_in_english() -> None:
    """One that the macro does not know would be told in the Indonesian of its id."""
    source = "{% from 'potongan.html' import account_event with context %}{{ account_event(kind) }}"
    template = environment().from_string(source)
    assert {"masuk", "akun_ditutup", "token_dicabut"} < _events()
    for kind in _events():
        assert template.render(kind=kind, language="en") != in_words(kind), kind
