"""A rule that is out there never changes: what is asked for differently is a new number (`models/vocabulary.py`).

An installed database keeps every rule as it was declared and refuses another under the same number, so a changed row
would stop the upgrade of every installation while all tests, which install afresh, pass. `rules.txt` beside this file
holds the fingerprint of each. What the door works out besides is added in `models/vocabulary.py`, without a new number.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from state_machines import MACHINES

FILE = Path(__file__).with_name("rules.txt")


def declared() -> dict[str, str]:
    """Return the fingerprint of every rule by its id; its note is for readers and may be put better."""
    return {
        rule.id: hashlib.sha256(json.dumps(asdict(rule) | {"note": None}, sort_keys=True).encode()).hexdigest()[:16]
        for machine in MACHINES
        for rule in machine.rules
    }


def listed() -> dict[str, str]:
    rows = (line.split() for line in FILE.read_text("utf-8").splitlines())
    return {row[0]: row[1] for row in rows}


def test_a_rule_stays_what_it_was() -> None:
    now, then = declared(), listed()
    changed = [rule for rule in then if rule in now and now[rule] != then[rule]]
    assert changed == [], "give what is asked for differently a new number, and retire the old one"


def test_every_rule_is_listed() -> None:
    assert declared().keys() <= listed().keys(), "add the new rules' lines to rules.txt"
