"""What messages about a family's aid are given: its memberships and its payments. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from models.bantuan.rules import REPAIRS
from models.register.codes import code_list
from notifications.contexts import Data, day
from notifications.declared import declared

SOURCES = {
    "akta": "a certificate",
    "bank": "the bank",
    "berkas bank": "bank files",
    "data program": "programme data",
    "dedup": "the search for doubles",
    "desa": "the village",
    "dinas": "Dinsos",
    "musdes": "the village meeting",
    "pemda": "the local government",
    "pendamping": "the pendamping",
    "petugas": "field officers",
    "sanggah": "an objection",
    "sistem": "the system",
}
"""Who finds a reason out, in English; offices that go by their name stay as they are."""


def _source(data: Data, language: str) -> str:
    said: str = data["source"] or ""
    return said if language == "id" else ", ".join(SOURCES.get(one, one) for one in said.split(", "))


def _member(data: Data, language: str) -> str:
    """Return a member's place in his family, never his name."""
    relation = code_list("hubungan").codes.get(data["member"])
    if relation is None:
        return ""
    return (relation.label_en if language == "en" else relation.label_id).lower()


def told(data: Data, language: str) -> dict[str, Any]:
    """Memberships or payments of one village and programme: which, where, and why."""
    english = language == "en"
    numbers: Sequence[str] = data["numbers"]
    count = int(data["count"])
    one, many = ("Membership", "memberships") if english else ("Kepesertaan", "kepesertaan")
    if data["period"]:
        one, many = ("Payment", "payments") if english else ("Penyaluran", "penyaluran")
    programme = data["programme"]
    more = f" {'and' if english else 'dan'} {count - len(numbers)} {'more' if english else 'lagi'}"
    return {
        "pokok": f"{one} {programme} {numbers[0]}" if count == 1 else f"{count} {many} {programme}",
        "daftar": "" if count == 1 else ", ".join(numbers) + (more if count > len(numbers) else ""),
        "desa": data["region_name"],
        "alasan": declared(data["reason_label"], language) if data["reason_label"] else None,
        "tautan": data["link"],
    }


def found(data: Data, language: str) -> dict[str, Any]:
    """The same with who found the reason out, about which member, and what mends it."""
    repair = REPAIRS.get(data["reason"] or "")
    return told(data, language) | {
        "sumber": _source(data, language),
        "anggota": _member(data, language),
        "perbaikan": repair[language == "en"] if repair else "",
    }


def held(data: Data, language: str) -> dict[str, Any]:
    """A membership that is held: why, and until when the family may answer."""
    return found(data, language) | {"sampai": day(data["until"], language)}


def restored(data: Data, language: str) -> dict[str, Any]:
    """What goes on again, for whatever reason."""
    said = told(data, language)
    del said["alasan"]
    return said


def ended(data: Data, language: str) -> dict[str, Any]:
    """A membership that ended: why, and until when the family may object."""
    return told(data, language) | {"sampai": day(data["until"], language)}
