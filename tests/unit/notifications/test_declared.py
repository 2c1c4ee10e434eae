"""English of what the machines say of themselves: nothing is missing, nothing is left over."""

from __future__ import annotations

import pytest

from models.lapangan.rules import VISITS, findings
from notifications.declared import declared, english
from notifications.kinds import KINDS, compose
from state_machines import MACHINES
from state_machines.reasons import REASONS


def test_the_catalogue_holds_all_that_the_machines_say_of_themselves_and_no_more() -> None:
    """A new state or reason without its English fails here; SIKS-NG's labels are names and stay as they are."""
    told = {machine.subject for machine in MACHINES}
    told |= {state.meaning for machine in MACHINES for state in machine.states}
    told |= {reason.label for reason in REASONS} | {label for rule in VISITS.values() for _, label in findings(rule)}
    known = english()
    assert told - known.keys() == set(), "add its English to notifications/locale/en/LC_MESSAGES/declared.po"
    assert known.keys() - told == set()
    assert [text for text, english in known.items() if not english or english == text] == []


def test_what_is_not_in_the_catalogue_stands_as_it_is() -> None:
    """A reason that was retired stays in the log, and on pages."""
    assert declared("Alasan yang sudah ditarik", "en") == "Alasan yang sudah ditarik"
    assert declared("Meninggal dunia", "en") == "Has died"
    assert declared("Meninggal dunia", "id") == "Meninggal dunia"


@pytest.mark.parametrize("kind", [kind for kind in KINDS if "meaning" in KINDS[kind].example])
def test_an_english_message_tells_meaning_and_reason_in_english(kind: str) -> None:
    example = KINDS[kind].example
    message = compose(kind, example, "en").text
    for said in filter(None, (example["meaning"], example["reason_label"])):
        assert said not in message
