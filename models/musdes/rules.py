"""What the minutes of a meeting must tell before its head decides, and how a family's verdict is named. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

LAYAK, TIDAK_LAYAK, DITUNDA = "layak", "tidak_layak", "ditunda"

AGREE, REFUSE, PUT_OFF = "usulan.sepakati", "usulan.tidak_sepakat", "usulan.tunda_musdes"
"""What the door is asked for each verdict (U12, U13, U14)."""
TRIGGER_OF = {LAYAK: AGREE, TIDAK_LAYAK: REFUSE, DITUNDA: PUT_OFF}
VERDICT_OF = {trigger: verdict for verdict, trigger in TRIGGER_OF.items()}

GATE = "musdes"
FIELDS = ("nomor", "tanggal", "tempat", "pimpinan", "notulis", "hadir")
_OPTIONAL = {"notulis"}
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Unfit:
    """A field of the minutes that cannot be decided on, with its words in both languages."""

    message_id: str
    message_en: str


_EMPTY = Unfit("Wajib diisi sebelum diputus.", "Needed before the decision.")
_LONG = Unfit(f"Paling panjang {_LONGEST} huruf.", f"At most {_LONGEST} letters.")
_NO_DAY = Unfit("Bukan tanggal; tulis seperti 2026-08-03.", "No date; write it like 2026-08-03.")
_AHEAD = Unfit("Musyawarah belum terjadi pada tanggal ini.", "The meeting has not happened by this date.")
_NOBODY = Unfit("Tulis jumlah orang dengan angka, paling sedikit 1.", "Write how many people, in digits, at least 1.")


def typed(form: Mapping[str, str]) -> dict[str, str]:
    """Return the facts of a meeting as somebody typed them; what was left empty is left out."""
    return {name: form[name] for name in FIELDS if form.get(name)}


def day_of(facts: Mapping[str, str]) -> date | None:
    """Return the day of the meeting, None where none is told or it is no day."""
    try:
        return date.fromisoformat(facts.get("tanggal", ""))
    except ValueError:
        return None


def _unfit(name: str, value: str, today: date) -> Unfit | None:
    if not value:
        return None if name in _OPTIONAL else _EMPTY
    if len(value) > _LONGEST:
        return _LONG
    if name == "tanggal":
        day = day_of({"tanggal": value})
        return _NO_DAY if day is None else _AHEAD if day > today else None
    if name == "hadir" and not (value.isascii() and value.isdigit() and int(value) > 0):
        return _NOBODY
    return None


def unfit(facts: Mapping[str, str], today: date) -> dict[str, Unfit]:
    """Return what stands against deciding on these facts, by field; empty when they are whole."""
    found = ((name, _unfit(name, facts.get(name, ""), today)) for name in FIELDS)
    return {name: wrong for name, wrong in found if wrong}


def evidence(facts: Mapping[str, str], agreed: int, list_hash: str) -> dict[str, Any]:
    """Return the evidence that U12 and U13 need: the minutes, the attendance, and the list by name and address.

    Args:
        facts: whole facts of the meeting.
        agreed: how many families the list of those agreed on names.
        list_hash: SHA-256, hexadecimal, of the list that was decided.
    """
    minutes = {name: facts[name] for name in ("nomor", "tanggal", "tempat", "pimpinan", "notulis") if name in facts}
    return {
        "berita_acara": minutes,
        "daftar_hadir": {"hadir": int(facts["hadir"])},
        "bnba": {"keluarga": agreed, "sidik": list_hash},
    }


def facts_of(told: Mapping[str, Any]) -> dict[str, str]:
    """Return the facts of a meeting out of the evidence that its decision brought."""
    minutes = told.get("berita_acara")
    facts = {name: str(minutes[name]) for name in FIELDS if isinstance(minutes, dict) and minutes.get(name)}
    hall = told.get("daftar_hadir")
    if isinstance(hall, dict) and hall.get("hadir"):
        facts["hadir"] = str(hall["hadir"])
    return facts
