"""Evidence as fields of a form: which field a kind of fact gets, and what it becomes when it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from api.console.numbers import rupiah, whole
from models.errors import AlurError
from state_machines.facts import BY_ID as FACTS
from state_machines.facts import Asks

_PREFIX = "bukti."
_IDENTITY = ".identitas"
"""Ends the name of the tick beside what was changed: whether identity is among it."""
_NOTE = "catatan"


def field_of(kind: str) -> str:
    """Return the name of the field that asks for a kind of fact."""
    return _PREFIX + kind


def fields(kinds: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the fields that ask for kinds of fact: `name`, `label`, `label_en`, `widget`, `documents`.

    The note has a field of its own, and what the door works out itself is asked of nobody.
    """
    return [
        {
            "name": _PREFIX + kind["kind"],
            "kind": kind["kind"],
            "label": kind["label"],
            "label_en": kind["label_en"],
            "widget": FACTS[kind["kind"]].asks,
            "documents": kind["documents"],
        }
        for kind in kinds
        if not kind["derived"] and kind["kind"] != _NOTE
    ]


class NumberUnread(AlurError):
    """A number in a form that cannot be read; `field` is the name of its field, where the message stands too."""

    status = 422
    code = "angka_tidak_terbaca"
    title = "Angka ini tidak dapat dibaca"
    title_en = "This number cannot be read"
    cure = "Perbaiki isian itu, lalu kirim lagi. Yang sudah Anda isi masih ada."
    cure_en = "Mend it and send it again. What you typed is still there."

    def __init__(self, field: str, text: str, text_en: str) -> None:
        super().__init__(field, text, text_en)
        self.field, self.text, self.text_en = field, text, text_en


def rupiah_asked(field: str, typed: str) -> int:
    """Return the rupiah of a field.

    Raises:
        NumberUnread: it is no whole amount.
    """
    amount = rupiah(typed)
    if amount is None:
        raise NumberUnread(field, "Tulis rupiah utuh, misalnya 750.000.", "Write whole rupiah, such as 750.000.")
    return amount


def _period(field: str, typed: str) -> int:
    period = whole(typed)
    if period is None:
        raise NumberUnread(
            field,
            "Tulis tahun dan nomor tahap, misalnya 202604.",
            "Write the year and the number of the tahap, such as 202604.",
        )
    return period


def _value(asks: Asks, field: str, typed: str, *, identity: bool) -> dict[str, Any]:
    match asks:
        case "rupiah":
            return {"rupiah": rupiah_asked(field, typed)}
        case "petugas":
            return {"pengguna": typed}
        case "tanggal":
            return {"tanggal": typed}
        case "periode":
            return {"periode": _period(field, typed)}
        case "beda":
            return {"identitas": identity, "isi": typed}
        case "nomor" | "daftar":
            return {"nomor": typed}


_TYPED = {"rupiah": "rupiah", "petugas": "pengguna", "tanggal": "tanggal", "periode": "periode"}
"""What a field asks -> the key under which its evidence holds what was typed; `nomor` for all others."""


def typed_before(facts: Sequence[Mapping[str, Any]], needs: Sequence[str], role: str) -> dict[str, str]:
    """Return what a role itself has typed for a step since the case stands where it does: field -> text, newest.

    A step that was refused keeps what was said with it. `facts`: newest first, as `told_facts` returns them. What was
    changed is told anew each time, and what was uploaded is typed by nobody.
    """
    told: dict[str, str] = {}
    for fact in facts:
        kind, value = FACTS[fact["kind"]], fact["value"]
        if _PREFIX + kind.id in told or kind.id not in needs or kind.scope != "state" or kind.asks == "beda":
            continue
        typed = value.get(_TYPED.get(kind.asks, "nomor")) if isinstance(value, Mapping) else None
        if fact["counts"] and fact["source"] == role and isinstance(typed, str | int):
            told[_PREFIX + kind.id] = f"{typed:,}".replace(",", ".") if kind.asks == "rupiah" else str(typed)
    return told


def asked_of(form: FormData) -> dict[str, Any]:
    """Return the evidence of a sent form: kind -> value; fields left empty are left out.

    Raises:
        NumberUnread: one of its numbers is none.
    """
    told = {}
    for name, typed in form.multi_items():
        kind = FACTS.get(name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
        if kind and isinstance(typed, str) and typed.strip():
            told[kind.id] = _value(kind.asks, name, typed.strip(), identity=bool(form.get(name + _IDENTITY)))
    return told
