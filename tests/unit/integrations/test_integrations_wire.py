"""The contract as pure functions, against generated replies."""

import json
import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from integrations.bank_accounts import BurekolBerhasil, number_fault
from integrations.bank_credits import SiRow, SiSelisih, SiSukses, StandingInstruction, sum_fault
from integrations.dukcapil import FieldMatch, parse_match
from integrations.errors import OutcomeUnknown, PortRefused, PortUnavailable, ReplyMalformed
from integrations.ports import Asked
from integrations.simulator.contract import canonical_hash
from integrations.simulator.play_dukcapil import nik_valid
from integrations.span import SpmCair, SpmDitolak, SpmRequest, decision_fault
from integrations.wire import Envelope, believe, body_hash, mismatch


@dataclass(frozen=True)
class Plain:
    id: str


PLAIN = TypeAdapter(Envelope[Plain])
IDS = st.text("abc01-é", min_size=1, max_size=4)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
DAY = json.loads('"2026-11-20"')


def job(asked: Asked, answered: Sequence[str], **changes: Any) -> bytes:
    document = {
        "key": "k",
        "state": "selesai",
        "hash": asked.hash,
        "hasil": [{"id": id_} for id_ in answered],
        "selesai_pada": "2026-11-20T10:00:00+07:00",
    }
    return json.dumps({**document, **changes}).encode()


@given(asked=st.lists(IDS, unique=True, max_size=6), answered=st.lists(IDS, max_size=7))
def test_a_reply_is_believed_exactly_when_its_rows_are_the_asked_rows(asked: list[str], answered: list[str]) -> None:
    known = Asked("h", tuple(asked))
    if sorted(asked) == sorted(answered):
        reply = believe(job(known, answered), PLAIN, path="p", key="k", asked=known)
        assert [row.id for row in reply.rows] == asked  # put back in the order asked
    else:
        with pytest.raises(ReplyMalformed, match="rows"):
            believe(job(known, answered), PLAIN, path="p", key="k", asked=known)


@given(asked=st.lists(IDS, unique=True, min_size=1, max_size=6), data=st.data())
def test_each_way_to_spoil_rows_is_named(asked: list[str], data: st.DataObject) -> None:
    order = data.draw(st.permutations(asked))
    assert mismatch(asked, order) is None
    assert mismatch(asked, order[1:]) == "1 rows are missing"
    assert mismatch(asked, [*order, order[0]]) == "1 rows came twice"
    assert mismatch(asked, [*order[1:], "zz"]) == "1 rows were never asked for"


@given(raw=st.binary(max_size=40) | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_no_bytes_at_all_do_anything_but_raise(raw: bytes) -> None:
    with pytest.raises(ReplyMalformed):
        believe(raw, PLAIN, path="p", key="k", asked=Asked("h", ("a",)))


@given(body=st.dictionaries(st.text(max_size=5), JSON_VALUES, max_size=4))
def test_both_sides_know_a_body_by_the_same_hash(body: dict[str, Any]) -> None:
    sent = json.loads(json.dumps(dict(reversed(body.items()))))
    assert body_hash(body) == canonical_hash(sent)


def test_the_hash_is_that_of_the_documented_example() -> None:
    body = {"versi": "2026-4", "baris": [{"no_kk": "3404010101200001", "id": "1"}]}
    assert body_hash(body) == "09a5c3c9bd6746dddb18b7bbc0477abe1bc4f979d7a6048185dbd672d1d50f97"


@pytest.mark.parametrize(
    "error",
    [
        PortUnavailable("p", "r", 1.5),
        OutcomeUnknown("p", "k", "r"),
        PortRefused("p", 409, "t", "title", "detail"),
        ReplyMalformed("p", "k", "r"),
    ],
)
def test_errors_survive_pickling(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_replies_survive_pickling() -> None:
    known = Asked("h", ("a",))
    reply = believe(job(known, ["a"]), PLAIN, path="p", key="k", asked=known)
    assert pickle.loads(pickle.dumps(reply)) == reply  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("Sesuai", FieldMatch(True, None)),
        ("Tidak Sesuai", FieldMatch(False, None)),
        ("Sesuai (87)", FieldMatch(True, 87)),
        ("Tidak Sesuai (0)", FieldMatch(False, 0)),
    ],
)
def test_a_field_is_read(text: str, match: FieldMatch) -> None:
    assert parse_match(text) == match


@pytest.mark.parametrize("text", ["sesuai", "Sesuai (101)", "Sesuai 87", "", None, 1])
def test_a_field_of_another_form_is_not_read(text: object) -> None:
    with pytest.raises(ValueError, match=r"Sesuai|score"):
        parse_match(text)


@pytest.mark.parametrize(
    ("nik", "valid"),
    [
        ("3404011005850002", True),
        ("3404015005900001", True),  # a woman: day 10 + 40
        ("3404012902000001", True),  # 29 February 2000
        ("3404012902010001", False),  # 2001 and 1901 had none
        ("3404013105850002", True),
        ("3404017205850002", False),  # day 32 + 40
        ("3404011013850002", False),
        ("3404011005850000", False),
        ("340401100585000x", False),
        ("３404011005850002", False),  # a digit, but not an ASCII one
    ],
)
def test_what_can_be_a_nik(nik: str, valid: bool) -> None:
    assert nik_valid(nik) is valid


def order(*sums_rp: int) -> StandingInstruction:
    return StandingInstruction("SI", "SP2D", [SiRow(str(n), "1", "A", rp) for n, rp in enumerate(sums_rp)])


def test_sums_that_contradict_their_result_are_seen() -> None:
    assert sum_fault(order(5, 5, 5), [SiSukses("0", DAY, 5), SiSelisih("1", DAY, 4, "kurang")]) is None
    wrong: list[SiSukses | SiSelisih] = [
        SiSukses("0", DAY, 4),
        SiSelisih("1", DAY, 5, "kurang"),
        SiSelisih("2", DAY, 5, "lebih"),
    ]
    assert sum_fault(order(5, 5, 5), wrong) == "3 sums contradict their result"


def test_an_account_number_of_another_bank_is_seen() -> None:
    assert number_fault("BNI", [BurekolBerhasil("a", "1" * 10, "c")]) is None
    assert number_fault("BRI", [BurekolBerhasil("a", "1" * 10, "c")]) is not None


def test_an_spm_is_decided_once() -> None:
    request = SpmRequest("SPP", "SPM", 2026, "PKH", [])
    paid, other, refused = SpmCair("a", "1" * 15, DAY), SpmCair("b", "2" * 15, DAY), SpmDitolak("c", "no")
    assert decision_fault(request, [paid]) is None
    assert decision_fault(request, [refused]) is None
    assert decision_fault(request, [paid, refused]) is not None
    assert decision_fault(request, [paid, other]) is not None
