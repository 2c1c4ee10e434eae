"""What a piece of evidence says, in words: the value of a fact as people read it, without keys, hashes and row ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from api.console.words import in_words, tahap
from models.lapangan.rules import RESPONDENTS
from models.register import variables
from notifications.declared import declared
from state_machines.reasons import BY_ID as REASONS

_LONGEST = 160
"""Letters that stand at once; the rest is opened."""
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:T.*)?", re.ASCII | re.DOTALL)
_BARE = {"nomor", "teks", "isi", "catatan", "rupiah", "tanggal", "periode", "pengguna", "hasil", "anggota", "tentang"}
"""Keys that say no more than the name of the evidence does."""
_HIDDEN = {"sha256", "sidik", "batch", "baris", "pesanan", "hash", "call"}
"""Keys that lead machines to what is meant: row ids and fingerprints."""
_PERSONS = {"anggota", "tentang", "pengurus", "orang"}
_DWELLING = "rumah"
_LABELS = {
    "alasan": ("alasan", "reason"),
    "bank": ("bank", "bank"),
    "batas_desil": ("batas desil", "largest decile"),
    "berkas": ("berkas", "files"),
    "desil": ("desil", "decile"),
    "diambil": ("diambil", "taken"),
    "diperiksa": ("diperiksa", "checked"),
    "hadir": ("hadir", "present"),
    "identitas": ("identitas ikut berubah", "identity changed too"),
    "kasus": ("kasus", "case"),
    "keluarga": ("keluarga", "families"),
    "keluarga_baru": ("keluarga baru", "new family"),
    "kepada": ("kepada", "to"),
    "kk": ("No. KK sama", "same family card"),
    "kode": ("kode", "code"),
    "komponen": ("komponen", "components"),
    "lat": ("lintang", "latitude"),
    "long": ("bujur", "longitude"),
    "nama": ("nama", "name"),
    "notulis": ("notulis", "minutes by"),
    "paket": ("paket", "packages"),
    "pengurus": ("pengurus", "payee"),
    "pimpinan": ("pimpinan", "chaired by"),
    "salah": ("salah", "wrong"),
    "skor_nama": ("kemiripan nama", "likeness of the name"),
    "sumber": ("sumber", "source"),
    "tempat": ("tempat", "place"),
    "terlapor": ("petugas yang dikeluhkan", "officer complained of"),
    "urutan": ("urutan", "place in the order"),
    "versi": ("versi", "version"),
}


def contents(value: Any, names: Mapping[int, str], language: str) -> tuple[str, str]:
    """Return what a value says: what is read at once, and the whole where that is not all; both empty if nothing is.

    Args:
        value: of a fact, masked already, as JSON.
        names: persons that the reader sees anyway, by id.
        language: "id" or "en".
    """
    whole = "; ".join(_Reading(names, language).parts(value))
    if len(whole) <= _LONGEST:
        return whole, ""
    return whole[:_LONGEST].rpartition(" ")[0] or whole[:_LONGEST], whole


def _leads(key: str, value: Any) -> bool:
    """Return whether a part leads machines to what is meant: a fingerprint, or the register's row of an account."""
    return key in _HIDDEN or key.startswith("hash") or (key == "rekening" and isinstance(value, int))


class _Reading:
    def __init__(self, names: Mapping[int, str], language: str) -> None:
        self.names, self.english = names, language == "en"
        self.language = "en" if self.english else "id"

    def parts(self, value: Any) -> Iterator[str]:
        """Yield what a value says, part by part."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                yield from self._under(str(key), inner)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            yield from filter(None, (", ".join(self.parts(one)) for one in value))
        elif (text := self._word(value)) is not None:
            yield text

    def _under(self, key: str, value: Any) -> Iterator[str]:
        if value is None or value == {} or _leads(key, value):
            return
        if key == "dokumen":
            count = len(value) if isinstance(value, list) else 1
            yield f"{count} {'uploaded' if self.english else 'berkas diunggah'}"
        elif key == _DWELLING and isinstance(value, Mapping):
            for row in variables.told("keluarga", value):
                answer = row.get("answer_en" if self.english else "answer", row["value"])
                yield f"{row['label_en' if self.english else 'label']}: {answer}"
        elif key in _PERSONS and (persons := self._persons(value)):
            yield persons if key in _BARE else f"{self._label(key)}: {persons}"
        elif key == "siapa" and value in RESPONDENTS:
            yield RESPONDENTS[value][self.english]
        elif key == "rupiah" and isinstance(value, int):
            yield "Rp" + format_decimal(value, locale="id")
        elif key == "periode" and isinstance(value, int):
            yield tahap(value)
        elif told := ", ".join(self.parts(value)):
            yield told if key in _BARE else f"{self._label(key)}: {told}"

    def _persons(self, value: Any) -> str:
        """Return persons by their names; empty where the value names none by id."""
        ids = value if isinstance(value, list) else [value]
        if not all(isinstance(one, int) and not isinstance(one, bool) for one in ids):
            return ""
        known = [self.names[one] for one in ids if one in self.names]
        if unknown := len(ids) - len(known):
            known.append(f"{unknown} {'not in the family now' if self.english else 'yang kini di luar keluarga'}")
        return ", ".join(known)

    def _label(self, key: str) -> str:
        if key in _LABELS:
            return _LABELS[key][self.english]
        said = declared(REASONS[key].label, self.language) if key in REASONS else in_words(key)
        return said[:1].lower() + said[1:]

    def _word(self, value: Any) -> str | None:
        if value is None or value == "":
            return None
        if isinstance(value, bool):
            return (("tidak", "no"), ("ya", "yes"))[value][self.english]
        if isinstance(value, int | float):
            return str(format_decimal(value, locale=self.language)) if isinstance(value, float) else str(value)
        text = str(value)
        if text in REASONS:
            return declared(REASONS[text].label, self.language)
        found = _DAY.fullmatch(text)
        try:
            return str(format_date(date.fromisoformat(found[1]), "d MMM y", locale=self.language)) if found else text
        except ValueError:
            return text
