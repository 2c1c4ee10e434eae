"""A change of a family on record, as a form names it: who died, who receives the aid, where they move, who left.

Pure functions; the register's rows and the day are given. Kinds and effects: domain section 1.4; the words in which a
proposal names its change stand in `models/case/sql/kinds.sql`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from models.register.rules import mask
from models.usulan.rules import HEAD
from models.usulan.workbook import FAMILY_SHEET, CellRefused, RowError, Value, columns, read_cell, row_error
from models.usulan.workbook_messages import Text
from state_machines import BY_NAME

DIED, PAYEE, MOVED, SPLIT = "MENINGGAL", "GANTI_PENGURUS", "PINDAH", "PECAH_KK"
CHANGES = (DIED, PAYEE, MOVED, SPLIT)
"""Kinds of proposal that name a row of the register, in the order a village meets them."""
CARD = ("no_kk", "alamat", "rt", "rw", "dusun")
"""What is told of a new family card, by column of a list's sheet `keluarga`."""
_NEEDED = frozenset(CARD) - {"dusun"}
DOCUMENT_MOST = 60
_NUMBER: Final = re.compile(r"\d{10,}|(?:\d[ .]?){16,}", re.ASCII)
"""Digits that may be a NIK, a family card or an account; a paper's number has its parts divided."""

_TEXTS: Final[dict[str, Text]] = {
    "SIAPA": Text(
        "Belum ada yang dipilih.", "Pilih sedikitnya satu anggota.",
        "Nobody is chosen.", "Choose at least one member.",
    ),
    "BUKAN_ANGGOTA": Text(
        "Orang {value} bukan anggota keluarga ini yang masih hidup.", "Pilih dari daftar anggotanya.",
        "Person {value} is no living member of this family.", "Choose from the list of its members.",
    ),
    "PENGURUS_SAMA": Text(
        "{value} sudah penerima bantuan keluarga ini.", "Pilih anggota lain.",
        "{value} receives this family's aid already.", "Choose another member.",
    ),
    "TANGGAL_KOSONG": Text(
        "Tanggal meninggal belum diisi.", "Tulis seperti di surat kematian, misalnya 31-12-2026.",
        "The date of death is missing.", "Write it as the certificate does, for example 31-12-2026.",
    ),
    "BELUM_TIBA": Text(
        "Tanggal {value} belum tiba.", "Tulis tanggal di surat kematian.",
        "The date {value} has not come yet.", "Write the date of the death certificate.",
    ),
    "SEBELUM_LAHIR": Text(
        "Tanggal {value} sebelum {name} lahir.", "Periksa surat kematian dan siapa yang dipilih.",
        "The date {value} is before {name} was born.", "Check the certificate, and who is chosen.",
    ),
    "DOKUMEN_PANJANG": Text(
        "Nomor dokumen lebih dari {most} tanda.", "Tulis nomornya saja.",
        "The document's number is longer than {most} signs.", "Write the number alone.",
    ),
    "DOKUMEN_NOMOR": Text(
        "Ini tampak seperti NIK, No. KK atau nomor rekening.", "Tulis nomor suratnya, bukan nomor orang.",
        "This looks like a NIK, a family card or an account number.", "Write the paper's number, no person's.",
    ),
    "TUJUAN_KOSONG": Text(
        "Desa tujuan belum disebut.", "Tulis nama desa dan kecamatannya, atau kode desa 10 angka.",
        "The village they move to is not named.", "Write the village and its kecamatan, or its ten-digit code.",
    ),
    "TUJUAN_TIDAK_ADA": Text(
        "Tidak ada desa atau kelurahan “{value}”.", "Periksa ejaannya, atau cari kodenya di halaman Wilayah.",
        "There is no village “{value}”.", "Check how it is written, or look up its code on the page Regions.",
    ),
    "TUJUAN_BANYAK": Text(
        "Ada beberapa desa bernama “{value}”.", "Pilih satu di bawah, atau tambahkan nama kecamatannya.",
        "Several villages are called “{value}”.", "Choose one below, or add the name of its kecamatan.",
    ),
    "TUJUAN_SAMA": Text(
        "Keluarga ini sudah tercatat di desa itu.", "Pindah rumah di desa yang sama cukup lewat Ubah data keluarga.",
        "The family is on record in that village already.", "Within a village, change the address in its data.",
    ),
    "SEMUA_PERGI": Text(
        "Semua anggota ikut ke KK baru; itu bukan pecah KK.", "Sisakan yang tetap di KK lama, atau usulkan PINDAH.",
        "Everybody goes to the new card; that is no split.", "Leave those who stay, or propose that the family moves.",
    ),
    "KK_SAMA": Text(
        "Ini nomor KK lama.", "Tulis nomor KK baru.",
        "This is the number of the old card.", "Write the number of the new card.",
    ),
    "KK_TERCATAT": Text(
        "No. KK {value} sudah tercatat untuk keluarga lain.", "Periksa nomornya di KK baru.",
        "Family card {value} is on record for another family.", "Check the number on the new card.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody tells of a change, as he types it; members by their number in the register.

    `members` died; who has a new card stands in `relations` with his relation (code list ``hubungan``) to its head.
    """

    kind: str
    members: tuple[int, ...] = ()
    payee: int | None = None
    died_on: str = ""
    document: str = ""
    destination: str = ""
    card: Mapping[str, str] = field(default_factory=dict)
    relations: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Village:
    """A village that a destination may mean: its code, and the way to it in words."""

    code: int
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change that can be proposed.

    Attributes:
        kind: one of `CHANGES`.
        wanted: what the proposal names, as the door reads it; for PECAH_KK without the new family's number yet.
        members: who died, or who goes to the new card, by number.
        details: what else is known of it and goes with the proposal's evidence.
        document: number of the paper that proves it; empty while it is not known.
        destination: the village they move to.
        card: the family that split off, as the register takes it.
    """

    kind: str
    wanted: Mapping[str, Any] = field(default_factory=dict)
    members: tuple[int, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    document: str = ""
    destination: Village | None = None
    card: Mapping[str, Any] | None = None


Faults = list[tuple[str, RowError]]
"""What cannot be taken: (name of the field, what is wrong with it)."""


def fault(where: str, code: str, value: object = "", **found: object) -> tuple[str, RowError]:
    """Return one thing that is wrong at a field."""
    text = _TEXTS[code]
    words = {"value": value, **found}
    said = (text.message_id, text.message_en, text.cure_id, text.cure_en)
    return where, RowError("", 1, where, str(value), code, "error", *(one.format(**words) for one in said))


def living(family: Mapping[str, Any]) -> dict[int, Mapping[str, Any]]:
    """Return the members of a family who are alive, by number, the head first."""
    return {member["id"]: member for member in family["members"] if member["status"] == "hidup"}


def _named(numbers: Sequence[int], alive: Collection[int]) -> Faults:
    if not numbers:
        return [fault("members", "SIAPA")]
    return [fault("members", "BUKAN_ANGGOTA", one) for one in numbers if one not in alive]


def _cell(name: str, column: str, text: str, *, needed: bool = True) -> tuple[Value | None, Faults]:
    """Return what a text says in a column of a village's list."""
    sort = next(one for one in columns(FAMILY_SHEET if column in CARD else "anggota") if one.name == column)
    if not text:
        return None, [(name, row_error(sort.sheet, 1, column, "", "KOSONG"))] if needed else []
    try:
        return read_cell(sort, text), []
    except CellRefused as refused:
        return None, [(name, row_error(sort.sheet, 1, column, text, refused.code, **refused.found))]


def _died(told: Told, family: Mapping[str, Any], _: Sequence[Village], on: date) -> tuple[Change, Faults]:
    alive, faults = living(family), _named(told.members, living(family))
    day, ill = _cell("died_on", "tanggal_lahir", told.died_on)
    faults += ill if told.died_on else [fault("died_on", "TANGGAL_KOSONG")]
    if isinstance(day, date):
        if day > on:
            faults.append(fault("died_on", "BELUM_TIBA", f"{day:%d-%m-%Y}"))
        faults += [
            fault("died_on", "SEBELUM_LAHIR", f"{day:%d-%m-%Y}", name=alive[one]["nama"])
            for one in told.members
            if one in alive and alive[one]["tanggal_lahir"] and alive[one]["tanggal_lahir"] > day
        ]
    details = {"tanggal_meninggal": day.isoformat()} if isinstance(day, date) else {}
    return Change(DIED, {"anggota": list(told.members)}, told.members, details), faults


def _payee(told: Told, family: Mapping[str, Any], _: Sequence[Village], __: date) -> tuple[Change, Faults]:
    alive, faults = living(family), Faults()
    if told.payee is None:
        faults.append(fault("payee", "SIAPA"))
    elif told.payee not in alive:
        faults.append(fault("payee", "BUKAN_ANGGOTA", told.payee))
    elif alive[told.payee]["pengurus"]:
        faults.append(fault("payee", "PENGURUS_SAMA", alive[told.payee]["nama"]))
    return Change(PAYEE, {"pengurus": told.payee}), faults


def _moved(told: Told, family: Mapping[str, Any], found: Sequence[Village], _: date) -> tuple[Change, Faults]:
    text, faults = told.destination, Faults()
    if not text:
        faults.append(fault("destination", "TUJUAN_KOSONG"))
    elif len(found) != 1:
        faults.append(fault("destination", "TUJUAN_BANYAK" if found else "TUJUAN_TIDAK_ADA", text))
    elif found[0].code == family["region"]:
        faults.append(fault("destination", "TUJUAN_SAMA"))
    return Change(MOVED, destination=found[0] if len(found) == 1 else None), faults


_GOES_ALONG = (
    *("nik", "nama", "tempat_lahir", "tanggal_lahir", "jenis_kelamin", "status_kawin", "pekerjaan", "hamil"),
    "disabilitas",
)


def _split(told: Told, family: Mapping[str, Any], _: Sequence[Village], __: date) -> tuple[Change, Faults]:
    alive = living(family)
    faults = _named(tuple(told.relations), alive)
    goes = [alive[one] for one in told.relations if one in alive]
    if goes and len(goes) == len(alive):
        faults.append(fault("members", "SEMUA_PERGI"))
    card: dict[str, Any] = {"region": family["region"]}
    for column in CARD:
        card[column], ill = _cell(f"card.{column}", column, told.card.get(column, ""), needed=column in _NEEDED)
        faults += ill
    if card["no_kk"] == family["no_kk"]:
        faults.append(fault("card.no_kk", "KK_SAMA"))
    card["members"] = [
        {
            **{name: one[name] for name in _GOES_ALONG},
            "tanggal_lahir": one["tanggal_lahir"] and one["tanggal_lahir"].isoformat(),
            "hubungan": told.relations[one["id"]],
        }
        for one in goes
    ]
    return Change(SPLIT, members=tuple(one["id"] for one in goes), card=card), faults


_READ: Final[Mapping[str, Callable[[Told, Mapping[str, Any], Sequence[Village], date], tuple[Change, Faults]]]] = {
    DIED: _died,
    PAYEE: _payee,
    MOVED: _moved,
    SPLIT: _split,
}


def judge_change(told: Told, family: Mapping[str, Any], villages: Sequence[Village], on: date) -> tuple[Change, Faults]:
    """Return the change that was told, and what of it cannot be taken, each at its field.

    Args:
        told: the change as it was typed; its kind is one of `CHANGES`.
        family: the family as the register has it (`models.register.queries.families`).
        villages: what the destination may mean.
        on: today.
    """
    change, faults = _READ[told.kind](told, family, villages, on)
    if len(told.document) > DOCUMENT_MOST:
        faults.append(fault("document", "DOKUMEN_PANJANG", most=DOCUMENT_MOST))
    elif _NUMBER.search(told.document):
        faults.append(fault("document", "DOKUMEN_NOMOR"))
    return Change(
        change.kind, change.wanted, change.members, change.details, told.document, change.destination, change.card
    ), faults


def card_on_record(number: str) -> tuple[str, RowError]:
    """Return that a new card's number belongs to another family already."""
    return fault("card.no_kk", "KK_TERCATAT", mask(number))


@dataclass(frozen=True, slots=True)
class Consequence:
    """One thing that will happen when a change is applied: a word for it, whom it concerns, and which programmes."""

    code: str
    names: tuple[str, ...] = ()
    programmes: tuple[str, ...] = ()


def _moves(ref: str, standing: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the cases of a family that a linked move finds where it starts from."""
    machine, _, trigger = ref.partition(".")
    sources = {source for rule in BY_NAME[machine].rules if rule.trigger == trigger for source in rule.sources}
    return [row for row in standing if row["machine"] == machine and row["state"] in sources]


def _of(rows: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({row["programme"] for row in rows if row["programme"]}))


_RIGHT = "calon_penerima"
"""The state of a membership that is a right today."""
_UNSENT = {"calon", "siap_salur", "susulan"}
"""States of a payment that a new payee does not turn back: it is not closed, or not yet on its way."""
_PAYEE_DIED = "EX_MENINGGAL"


def consequences(change: Change, family: Mapping[str, Any], standing: Sequence[Mapping[str, Any]]) -> list[Consequence]:
    """Return what applying a change will bring, in the order a family asks: persons, registration, rights, payments.

    `standing` is every case of the family (`models.register.queries.standing`). What holds for a linked case follows
    `effect_applies` (`models/case/sql/kinds.sql`); from which states it moves, the machines.
    """
    alive = living(family)
    named = tuple(alive[one]["nama"] for one in change.members)
    rights = _of([row for row in standing if row["machine"] == "kepesertaan" and row["state"] == _RIGHT])
    left = [one for number, one in alive.items() if number not in change.members]
    lost = [one for one in family["members"] if one["id"] in change.members]
    found = list[Consequence]()
    if change.kind == DIED:
        found.append(Consequence("meninggal", named))
        if not left:
            found.append(Consequence("registrasi_berakhir", programmes=rights))
        elif any(one["pengurus"] for one in lost):
            held = _of(_moves("kepesertaan.tangguhkan", standing))
            found.append(Consequence("tahan", programmes=held))
    elif change.kind == PAYEE:
        new = alive[change.wanted["pengurus"]]["nama"]
        found.append(Consequence("pengurus", (new, *(one["nama"] for one in family["members"] if one["pengurus"]))))
        held = _of([r for r in _moves("kepesertaan.pulih_otomatis", standing) if r["reason"] == _PAYEE_DIED])
        found += [Consequence("pulih", programmes=held)] if held else []
        turned = _of([r for r in _moves("penyaluran.kecualikan", standing) if r["state"] not in _UNSENT])
        found += [Consequence("susulan", programmes=turned)] if turned else []
    elif change.kind == MOVED and change.destination:
        found.append(Consequence("pindah", (change.destination.name, change.destination.path)))
        found += [Consequence("hak_pindah", programmes=rights)] if rights else []
    elif change.kind == SPLIT:
        found.append(Consequence("pecah", named))
        found.append(Consequence("tinggal", tuple(one["nama"] for one in left)))
        if rights:
            found.append(Consequence("hak_ikut" if any(o["pengurus"] for o in lost) else "hak_tinggal", (), rights))
    if left and any(one["hubungan"] == HEAD for one in lost):
        found.append(Consequence("tanpa_kepala"))
    return found
