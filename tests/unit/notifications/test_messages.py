"""Messages: every one is whole on every channel and in both languages, fits, and carries nothing personal."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

import pytest
from fastapi.routing import iter_route_contexts
from jinja2 import UndefinedError, meta

from api.console.app import make_console
from models.notice.rules import TOLD
from notifications.contexts import day, role_name
from notifications.kinds import KINDS, compose
from notifications.render import FOLDER, LANGUAGES, SMS_MOST, Rendered, environment, messages, render, sms_length
from state_machines import SANGGAH, USULAN
from state_machines.vocabulary import ROLES

CHANNELS = tuple(Rendered.__dataclass_fields__)
PERSONAL = re.compile(r"\b(nik|nama|no_kk|kk|name|alamat|address|tanggal_lahir|telepon|phone|email)\b")
LONG = "Nanggroe Aceh Darussalam Bersatu Sejahtera Makmur Sentosa"


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for part in value.values() for key in keys(part)}
    if isinstance(value, list):
        return {key for part in value for key in keys(part)}
    return set()


AID = tuple(kind for kind in KINDS if kind.startswith(("peserta_", "bayar_")))
PAGES = {getattr(route, "path", "") for route in iter_route_contexts(make_console().routes)}
"""Every address of the console: a message leads to one of them."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
class TestEveryMessage:
    def test_is_whole_on_every_channel(self, kind: str, language: str) -> None:
        told = asdict(compose(kind, KINDS[kind].example, language, base_url="https://alur.example"))
        for channel in CHANNELS:
            text = told[channel]
            assert len(text) > 5, channel
            assert not re.search(r"None|Undefined|\{[{%]|[}%]\}", text), (channel, text)
            assert not re.search(r"\s[.,;:]|\.\.(?!\.)|\(\)", text.replace("<", " <")) or channel == "email_html", text
            assert not re.search(r"\d{16}", text)
        found = re.search(r"https://alur\.example(/[a-z]+)", told["text"])
        assert found, told["text"]
        assert any(page.startswith(found[1]) for page in PAGES), found[1]
        link = found[0]
        assert link in told["text"]
        assert link in told["telegram"]
        assert link in told["email"]
        assert f'href="{link}' in told["email_html"]
        assert "\n" not in told["subject"]
        assert told["subject"] in told["telegram"]

    def test_fits_into_one_sms(self, kind: str, language: str) -> None:
        example = dict(KINDS[kind].example)
        example |= {name: LONG for name in ("region_name", "reason_label", "label") if example.get(name)}
        for data in (KINDS[kind].example, example):
            assert 20 < sms_length(compose(kind, data, language).sms) <= SMS_MOST

    def test_says_exactly_what_its_context_holds(self, kind: str, language: str) -> None:
        given = set(KINDS[kind].context(KINDS[kind].example, language)) - {"tautan"}
        said: set[str] = set()
        for lang in LANGUAGES:
            source = (FOLDER / kind / f"{lang}.jinja").read_text("utf-8")
            said |= meta.find_undeclared_variables(environment(html=False).parse(source))
        assert said - {"layout"} == given

    def test_says_nothing_when_something_is_missing(self, kind: str, language: str) -> None:
        context = KINDS[kind].context(KINDS[kind].example, language)
        with pytest.raises(UndefinedError):
            render(kind, language, {"bahasa": language, "tautan": context["tautan"], "pengaturan": ""})

    def test_escapes_what_it_is_told_in_html_alone(self, kind: str, language: str) -> None:
        data = {
            name: "<b>Sadu & Soreang</b>" if name in {"region_name", "reason_label"} and value else value
            for name, value in KINDS[kind].example.items()
        }
        told = compose(kind, data, language)
        assert "<b>" not in told.email_html
        if "<b>" in told.text:
            assert "&lt;b&gt;Sadu &amp; Soreang" in told.email_html


def test_every_folder_is_a_message_and_every_message_a_folder() -> None:
    assert set(messages()) == set(KINDS)
    for kind in messages():
        assert {path.name for path in (FOLDER / kind).iterdir()} == {f"{language}.jinja" for language in LANGUAGES}


def test_languages_differ() -> None:
    for kind in KINDS:
        in_id, in_en = (compose(kind, KINDS[kind].example, language) for language in LANGUAGES)
        assert in_id.text != in_en.text
        assert in_id.sms != in_en.sms
        assert in_id.email_html != in_en.email_html


def test_nothing_in_the_data_or_the_words_names_a_person() -> None:
    for kind, told in KINDS.items():
        for language in LANGUAGES:
            named = {key for key in keys(dict(told.example)) | set(told.context(told.example, language)) if key}
            assert not [key for key in named if PERSONAL.search(key.replace("_", " ")) and key != "region_name"], kind


def test_every_state_of_a_proposal_has_its_message() -> None:
    named = set(TOLD) - {"*"}
    assert named <= {state.id for state in USULAN.states}
    for told in TOLD.values():
        assert told is None or told["kind"] in KINDS
    ends = {state.id for state in USULAN.states if state.terminal}
    assert ends - named == {"dibatalkan", "selesai_gabung"}, (
        "every end that is not the proposer's own has words of its own"
    )


def test_a_list_is_told_as_one_message() -> None:
    numbers = [f"USL-2026-00000{n:02}" for n in range(10)]
    told = compose("dikembalikan", dict(KINDS["dikembalikan"].example) | {"numbers": numbers, "count": 500}, "id")
    assert told.subject == "500 usulan dikembalikan"
    assert "USL-2026-0000009 dan 490 lagi." in told.text
    assert told.sms.startswith("500 usulan di Sadu dikembalikan")


def test_a_message_without_a_reason_reads_well() -> None:
    for language, end in (("id", "dikembalikan."), ("en", "returned.")):
        data = dict(KINDS["dikembalikan"].example) | {"reason_label": None, "due": None}
        told = compose("dikembalikan", data, language)
        assert end in told.text
        assert "None" not in told.text


def test_signs_outside_the_gsm_alphabet_are_folded_for_sms_alone() -> None:
    data = dict(KINDS["dikembalikan"].example) | {"region_name": "Désa “Šadu” – 村"}
    told = compose("dikembalikan", data, "id")
    assert "“Šadu”" in told.text
    assert 'Désa "Sadu" - ?' in told.sms
    assert sms_length("[€]") == 6
    with pytest.raises(ValueError, match="村"):
        sms_length("村")


def test_dates_and_roles_are_said_as_people_say_them() -> None:
    assert (day("2026-05-04", "id"), day("2026-05-04", "en"), day(None, "id")) == ("4 Mei 2026", "4 May 2026", "")
    assert (role_name("kades", "id"), role_name("kades", "en")) == ("kepala desa", "village head")
    holders = {state.holder for state in USULAN.states}
    assert {role for role in holders if role_name(role, "en") == role.replace("_", " ")} <= {"pendamping"}
    assert all(role_name(role.id, "id") for role in ROLES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("menunggu_jendela", {"opening": None}),
        ("menunggu_jendela", {"reason": "KUOTA_PENUH"}),
        ("sanggah_jawab", {"count": 12}),
        ("sanggah_putusan", {"may_appeal": False}),
        ("sanggah_putusan", {"may_appeal": False, "until": None, "reason_label": None}),
        *(("sanggah_langkah", {"state": state.id, "label": state.label}) for state in SANGGAH.states),
        ("langkah", {"away": True}),
        ("pindah_masuk", {"count": 12, "due": None}),
        ("siklus_tugas", {"villages": 1, "first_day": None}),
        *((f"peserta_{kind}", {"count": 12}) for kind in ("ditolak", "tunggu", "ditahan", "pulih", "keluar")),
        *((f"bayar_{kind}", {"count": 12}) for kind in ("ditahan", "keluar", "pulih")),
        *((kind, {"reason_label": None, "reason": None, "source": None, "member": None}) for kind in AID),
        *((kind, {"reason_label": LONG, "programme": "SEMBAKO", "numbers": ["KPS-2026-100041875"]}) for kind in AID),
        *(("siklus_" + kind, {"count": 30, "regions": [LONG] * 10}) for kind in ("musdes", "sampel", "terlambat")),
        *(("siklus_" + kind, {"count": 1, "regions": [LONG]}) for kind in ("musdes", "sampel", "terlambat")),
    ],
)
def test_every_way_a_message_may_read_is_whole_and_fits(kind: str, other: dict[str, Any], language: str) -> None:
    told = compose(kind, dict(KINDS[kind].example) | {"region_name": LONG} | other, language)
    for text in (told.subject, told.text, told.sms):
        assert not re.search(r"None|\s[.,;:]|\.\.|\(\)", text.replace("...", "")), text
    assert sms_length(told.sms) <= SMS_MOST
    assert "..." not in told.sms[-3:], "the end, which says what to do, is not cut off"
