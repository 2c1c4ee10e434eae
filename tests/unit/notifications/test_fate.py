"""Messages: every one renders in both languages, says what to do, and carries nothing personal."""

from __future__ import annotations

import re
from typing import Any

import pytest

from notifications.fate import TOLD, fate_context, tell
from notifications.render import LANGUAGES, messages, render
from state_machines import USULAN

ROW: dict[str, Any] = {
    "case_id": 41873,
    "number": "USL-2026-0041873",
    "region": 3204052001,
    "region_name": "Sadu",
    "label": "DIKEMBALIKAN",
    "meaning": "Usulan dikembalikan ke pengusul untuk diperbaiki.",
    "reason_label": "Berkas belum lengkap",
    "nama": "Siti Aminah",
    "nik": "3204110101800012",
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", TOLD)
def test_every_state_that_is_told_has_its_words(state: str, language: str) -> None:
    told = tell(ROW | {"state": state}, language)
    assert "USL-2026-0041873" in told.subject
    assert "/api/v1/cases/41873" in told.text
    assert len(told.text) > 60


@pytest.mark.parametrize("state", TOLD)
def test_no_message_carries_anything_personal(state: str) -> None:
    for language in LANGUAGES:
        told = tell(ROW | {"state": state}, language)
        assert not re.search(r"\d{16}|Aminah", f"{told.subject} {told.text}")


def test_every_end_of_a_proposal_is_told_or_chosen_by_its_proposer() -> None:
    ends = {state.id for state in USULAN.states if state.terminal}
    assert ends - set(TOLD) == {"dibatalkan", "selesai_gabung"}


def test_every_template_is_used_and_both_languages_differ() -> None:
    for message in messages():
        said = {render(message, language, fate_context(ROW)).text for language in LANGUAGES}
        assert len(said) == len(LANGUAGES)


def test_a_message_without_a_reason_reads_well() -> None:
    told = tell(ROW | {"state": "dikembalikan", "reason_label": None}, "id")
    assert "None" not in told.text
    assert "dikembalikan." in told.text
