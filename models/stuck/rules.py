"""Why something is stuck, what frees it, and which office is told at which level. Pure functions and words.

Sources: domain sections 3 (who holds what, who gives a desk its people) and 7 (what users complain about).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from models.region.rules import dotted
from state_machines.vocabulary import ROLES


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is stuck: what people read, and whether it cannot move at all (`blocks`) or is only late."""

    id: str
    label: str
    label_en: str
    blocks: bool


REASONS = {
    reason.id: reason
    for reason in (
        Reason("segera_jatuh_tempo", "Segera jatuh tempo", "Due soon", blocks=False),
        Reason("terlambat", "Lewat waktu; pemegangnya dapat bertindak", "Late; its holder can act", blocks=False),
        Reason("gerbang_terlambat", "Persetujuan lewat tenggat", "Approval past its deadline", blocks=False),
        Reason("tanpa_pemegang", "Tidak ada pemegang di wilayah itu", "No holder in that region", blocks=True),
        Reason("pemegang_nonaktif", "Pemegang tidak aktif", "Holder inactive", blocks=True),
        Reason(
            "terhalang_empat_mata",
            "Semua pemegang terhalang empat mata",
            "Every holder is barred by four eyes",
            blocks=True,
        ),
        Reason(
            "gerbang_tanpa_penyetuju",
            "Persetujuan tanpa penyetuju yang berhak",
            "Approval without an eligible approver",
            blocks=True,
        ),
        Reason("otomatis_macet", "Langkah otomatis tidak berjalan", "Automatic step not progressing", blocks=True),
        Reason(
            "panggilan_tidak_diketahui",
            "Hasil panggilan ke sistem luar tidak diketahui",
            "Outcome of an outside call not known",
            blocks=True,
        ),
        Reason("bangun_tidak_dijawab", "Batch dibangunkan, tidak menjawab", "Batch woken, no answer", blocks=True),
        Reason("jalan_terputus", "Jalan alur terputus", "Flow run crashed or silent", blocks=True),
        Reason(
            "lewat_gerbang", "Alur berhenti melewati putusan gerbangnya", "Flow suspended past its gate", blocks=True
        ),
        Reason(
            "batch_tanpa_gerbang", "Alur menunggu tanpa gerbang terbuka", "Flow waits without open gate", blocks=True
        ),
        Reason("pantau_gagal", "Pemantauan wilayah ini gagal", "The watch fails for this region", blocks=True),
    )
}
"""Reason code -> its words. The codes are stored in alerts and never change their meaning."""

OFFICES = ("desa", "kecamatan", "kabupaten", "provinsi", "pusat")
"""Offices, lowest first: an alert climbs along them (policy macet.kantor)."""

_OFFICE = {"region_10": 0, "assigned_families": 0, "own_nik": 0, "region_6": 1, "region_4": 2, "region_2": 3}
_SCOPE = {role.id: role.scope for role in ROLES}
_DIGITS = {"region_10": 1, "region_6": 10_000, "region_4": 1_000_000, "region_2": 100_000_000}
SYSTEM = "sistem"
APPOINTED = {"tanpa_pemegang", "pemegang_nonaktif", "terhalang_empat_mata", "gerbang_tanpa_penyetuju"}
"""Reasons that end when somebody is given a role."""
WOKEN = {
    *("otomatis_macet", "panggilan_tidak_diketahui", "bangun_tidak_dijawab", "jalan_terputus", "lewat_gerbang"),
    "batch_tanpa_gerbang",
}
"""Reasons that end when a flow looks again."""


def office(role: str) -> int:
    """Return the place in OFFICES of a role's desk; roles of a programme, the nation and outside are the centre's."""
    return _OFFICE.get(_SCOPE[role], len(OFFICES) - 1)


def highest(role: str) -> int:
    """Return the last level at which an alert about a holder's case reaches an office that was not told before."""
    return 1 + max(len(OFFICES) - 1 - office(role), 1)


def told_offices(role: str, level: int) -> tuple[str, ...]:
    """Return the offices to tell at a level (2 or more): the right one, then those above it for want of people."""
    return OFFICES[min(office(role) + level - 1, len(OFFICES) - 1) :]


def place_of(role: str, village: int) -> int | None:
    """Return the code of the region in which a role would have to be given to reach a village; None: not by region."""
    unit = _DIGITS.get(_SCOPE[role])
    return None if unit is None else village // unit


@dataclass(frozen=True, slots=True)
class Seat:
    """A person at work in a role over a range of villages (None: no region), as the watch looks for whom to tell."""

    user: int
    role: str
    lo: int | None
    hi: int | None

    def covers(self, lo: int, hi: int) -> bool:
        """Return whether the whole range lies in this person's region."""
        return self.lo is not None and self.hi is not None and self.lo <= lo and hi <= self.hi


@dataclass(frozen=True, slots=True)
class Offices:
    """Who is told at which office: policy macet.kantor and macet.admin, and the people at work."""

    roles: Mapping[str, Sequence[str]]
    admins: Mapping[str, str]
    seats: Sequence[Seat]

    def _of(self, roles: Iterable[str], lo: int, hi: int) -> Iterator[int]:
        wanted = set(roles)
        return (seat.user for seat in self.seats if seat.role in wanted and seat.covers(lo, hi))

    def told(self, holder: str, level: int, reason: str, able: Iterable[int], lo: int, hi: int) -> list[int]:
        """Return who is told of something stuck: its holders, whoever appoints them, or offices above.

        Where nobody is at work in the office whose turn it is, the next one above is told, and at last every
        admin_pusat: there is always somebody who can act, or nobody works here at all.
        """
        chosen: set[int] = set()
        if level <= 1 and reason not in APPOINTED and holder != SYSTEM:
            chosen = set(able)
        if level <= 1 and not chosen:
            chosen = set(self._of(self._admins(holder, reason), lo, hi))
        if level > 1:
            for name in told_offices(holder, level):
                chosen = set(self._of(self.roles.get(name, ()), lo, hi))
                if chosen:
                    break
        return sorted(chosen or set(self._of(("admin_pusat",), lo, hi)))

    def _admins(self, holder: str, reason: str) -> list[str]:
        if holder == SYSTEM or reason not in APPOINTED:
            return ["admin_pusat"]
        return [self.admins.get(OFFICES[office(holder)], "admin_pusat")]


@dataclass(frozen=True, slots=True)
class Action:
    """What frees something stuck: for people in both languages, for the command line, and as a request of the API."""

    do: str
    text: str
    text_en: str
    command: str | None = None
    request: str | None = None
    triggers: tuple[Mapping[str, Any], ...] = ()

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "do": self.do,
            "text": self.text,
            "text_en": self.text_en,
            "command": self.command,
            "request": self.request,
            "triggers": [dict(one) for one in self.triggers],
        }


def _appoint(row: Mapping[str, Any]) -> Action:
    if row["reason"] == "pemegang_nonaktif" and _SCOPE[row["holder"]] == "assigned_families":
        # Another pendamping sees the families only once they were handed to him.
        return Action(
            "serahkan",
            "Serahkan keluarga dampingan pemegang itu kepada pendamping lain",
            "Hand the families of that holder to another pendamping",
            request="POST /api/v1/handovers",
            triggers=tuple(row["triggers"]),
        )
    role, village = row["holder"], row["lo"]
    place = place_of(role, village)
    if place is not None:
        bound, where = f" --region {place}", f"{row['region_name'] or ''} ({dotted(place)})".strip()
        where_en = where
    elif row["programme"]:
        bound, where, where_en = f" --programme {row['programme']}", row["programme"], row["programme"]
    else:
        bound, where, where_en = "", "kasus ini", "this case"
    second = row["reason"] in {"terhalang_empat_mata", "gerbang_tanpa_penyetuju"}
    return Action(
        "tunjuk",
        f"Tunjuk {'orang lain sebagai ' if second else ''}{role} untuk {where}",
        f"Appoint {'somebody else as ' if second else ''}{role} for {where_en}",
        command=f"alur token USERNAME --role {role}{bound}",
        triggers=tuple(row["triggers"]),
    )


def freeing(row: Mapping[str, Any]) -> Action:
    """Return what frees something stuck.

    `row`: reason, holder (role id), lo (village), region_name, programme, batch, gate, triggers (of the case's state,
    each with trigger, label and roles).
    """
    reason = row["reason"]
    if reason in APPOINTED:
        return _appoint(row)
    if reason in WOKEN and row["batch"] is not None:
        return Action(
            "bangunkan",
            f"Jalankan ulang batch {row['batch']}",
            f"Run batch {row['batch']} again",
            request=f"POST /api/v1/batches/{row['batch']}/wake",
            triggers=tuple(row["triggers"]),
        )
    if reason in WOKEN:
        return Action(
            "bangunkan",
            "Jalankan mesin alur; langkah harian menjalankannya",
            "Start the engine; the daily round takes this step",
            command="alur engine",
            triggers=tuple(row["triggers"]),
        )
    if row["gate"] is not None:
        return Action(
            "putuskan",
            f"Putuskan persetujuan {row['gate']} sebagai {row['holder']}",
            f"Decide approval {row['gate']} as {row['holder']}",
            request=f"POST /api/v1/approvals/{row['gate']}/decisions",
        )
    if reason == "pantau_gagal":
        return Action(
            "periksa",
            "Cari wilayah ini di logs/engine.log, perbaiki sebabnya; pemantauan mengulang sendiri",
            "Find this region in logs/engine.log and mend the cause; the watch tries again by itself",
            command="alur doctor",
        )
    return _next_step(row)


def _next_step(row: Mapping[str, Any]) -> Action:
    """Return the holder's next step; where he has none in this case, whose it is, or that it follows by itself.

    A head of Dinsos whose village is late has to ask Pusdatin; a pendamping frees his village by its visits.
    """
    ways: Sequence[Mapping[str, Any]] = row["triggers"]
    roles = {role for way in ways for role in way["roles"]} - {SYSTEM}
    if row["holder"] in roles:
        do, told = (
            "langkah",
            (f"Ambil langkah berikut sebagai {row['holder']}", f"Take the next step as {row['holder']}"),
        )
    elif roles:
        names = ", ".join(sorted(roles))
        do, told = "minta", (f"Minta {names} mengambil langkah berikut", f"Ask {names} to take the next step")
    elif row["holder"] == SYSTEM:
        do, told = ("tunggu", ("Tunggu; langkah ini selesai sendiri", "Wait; this step finishes by itself"))
    else:
        do, told = (
            "tuntaskan",
            (
                f"Tuntaskan kasus di bawahnya sebagai {row['holder']}; langkah ini lalu berjalan sendiri",
                f"Finish the cases below it as {row['holder']}; this step then follows by itself",
            ),
        )
    return Action(do, *told, triggers=tuple(ways))
