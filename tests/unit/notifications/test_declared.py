"""English of what the machines say of themselves: nothing is missing, nothing is left over."""

from __future__ import annotations

import pytest

from api.console.words import in_words
from models.approval.rules import GATES
from models.lapangan.rules import VISITS, findings
from models.notice.rules import CHANNELS
from models.policy.seeds import entries
from models.vocabulary import OPERATIONS
from notifications.declared import declared, english
from notifications.kinds import KINDS, compose
from state_machines import MACHINES, Machine
from state_machines.reasons import REASONS

ALIKE = {
    *("Bank", "Burekol", "Closing", "Desil", "Dukcapil", "E-mail", "Ground check", "Kecamatan", "Musdes", "OMSPAN"),
    *("PKH", "SI", "SLA", "SMS", "SPM", "SPP", "Telegram", "Verval", "Webhook"),
}
"""Words that English readers use as they are."""


def _worded() -> set[str]:
    """Return the Indonesian words of every id that pages print: of machines, gates, policy, channels."""
    ids = {machine.name for machine in MACHINES} | {phase for machine in MACHINES for phase in machine.phases}
    ids |= {trigger for machine in MACHINES for trigger in machine.triggers} | {*GATES, *OPERATIONS, *CHANNELS}
    ids |= {key.partition(".")[0] for key, _ in entries()}
    return {in_words(one) for one in ids}


def test_the_catalogue_holds_all_that_the_machines_say_of_themselves_and_no_more() -> None:
    """A new state or reason without its English fails here; SIKS-NG's labels are names and stay as they are."""
    told = {machine.subject for machine in MACHINES}
    told |= {state.meaning for machine in MACHINES for state in machine.states}
    told |= {reason.label for reason in REASONS} | {label for rule in VISITS.values() for _, label in findings(rule)}
    words = _worded()
    assert ALIKE - words == set()
    told |= words - ALIKE
    known = english()
    assert told - known.keys() == set(), "add its English to notifications/locale/en/LC_MESSAGES/declared.po"
    assert known.keys() - told == set()
    assert [text for text, english in known.items() if not english or english == text] == []


@pytest.mark.parametrize("machine", MACHINES, ids=[machine.name for machine in MACHINES])
def test_no_two_steps_of_a_machine_read_alike_in_english(machine: Machine) -> None:
    said = [english()[in_words(trigger)] for trigger in machine.triggers]
    assert sorted(said) == sorted(set(said))
    assert [one for one in said if not one[0].isupper()] == []


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
