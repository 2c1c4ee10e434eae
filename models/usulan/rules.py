"""How a family's Dukcapil answers become one judgement, and what a village's words mean. Pure functions.

Dukcapil answers per person, the case is a family. Deciding persons are the head, the payee, and whomever this case
adds or changes; other members only flag. Who died by the proposal's own word is confirmed by that answer and decides
nothing. Source: domain section 1.5, "Dukcapil answers are per person".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from models.region.rules import fold
from models.register.codes import code_list

WIB = ZoneInfo("Asia/Jakarta")
"""National lists are kept by western Indonesian time."""

HEAD = 1
"""Relation of the head of a family to himself."""

DEAD, DOUBLE, NOT_FOUND, INACTIVE, MALFORMED = 11, 12, 13, 14, 15

_BY_CODE = {NOT_FOUND: "NIK_TIDAK_ADA", INACTIVE: "NIK_NONAKTIF", MALFORMED: "NIK_FORMAT"}


@dataclass(frozen=True, slots=True)
class Checked:
    """One member with what Dukcapil answered.

    Attributes:
        person: id of the person in the register.
        deciding: head or payee of the family, or changed by this case.
        code: Dukcapil's response code, None when found, alive and single.
        name_score: similarity of the names, 0 to 100; None when not compared.
        kk_matches: whether the family card number agrees; None when not compared.
        elsewhere: cases of other live families in which this NIK also stands.
        gone: died, as the proposal itself says, or died while it names who takes his place.
        separated: found to be no double by two persons, whatever Dukcapil answers until it mends its base.
    """

    person: int
    deciding: bool
    code: int | None = None
    name_score: float | None = None
    kk_matches: bool | None = None
    elsewhere: tuple[int, ...] = ()
    gone: bool = False
    separated: bool = False

    @property
    def doubled(self) -> bool:
        """Whether Dukcapil knows this person twice, and nobody found that to be an error."""
        return self.code == DOUBLE and not self.separated

    def matched(self, threshold: float) -> bool:
        """Whether this person is *padan*: found, alive, single, name and family card agreeing."""
        return (
            (self.code is None or (self.code == DOUBLE and self.separated))
            and (self.name_score is None or self.name_score >= threshold)
            and self.kk_matches is not False
        )


def is_headed(members: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether a living member is the head of the family."""
    return any(member["hubungan"] == HEAD and member["status"] == "hidup" for member in members)


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a proposal names, by number: who died, who receives the aid from now on, who stands on a new card."""

    died: frozenset[int] = frozenset()
    payee: int | None = None
    leaves: frozenset[int] = frozenset()

    def gone(self, person: int, code: int | None) -> bool:
        """Return whether a person's death is what the proposal is about, or what it mends by naming a payee."""
        return person in self.died or (self.payee is not None and person != self.payee and code == DEAD)

    def decides(self, member: Mapping[str, Any], code: int | None, *, headed: bool) -> bool:
        """Return whether the answer about a member of the register decides the family's case.

        `headed` is whether the family has a living head: then one who is on record as dead is none any more.
        """
        head = member["hubungan"] == HEAD and (member["status"] == "hidup" or not headed)
        decisive = head or member["pengurus"] or member["id"] == self.payee
        return decisive and not self.gone(member["id"], code)


@dataclass(frozen=True, slots=True)
class Judgement:
    """Which trigger the system fires for the family, for which reason, and about whom."""

    trigger: str
    reason: str | None
    persons: tuple[int, ...] = ()
    twins: tuple[int, ...] = ()
    flags: dict[int, str] = field(default_factory=dict)

    def as_fact(self, members: Sequence[Checked]) -> dict[str, Any]:
        """Return what the log keeps of the reply: codes and scores per person id, no name and no number."""
        return {
            "anggota": [
                {"orang": m.person, "kode": m.code, "skor_nama": m.name_score, "kk": m.kk_matches} for m in members
            ],
            "tentang": list(self.persons),
        }


def _reason_of(member: Checked, threshold: float) -> str | None:
    """Return why a deciding person does not match, None when he does."""
    if member.code == DEAD:
        return "KEPALA_MENINGGAL"
    if member.code in _BY_CODE:
        return _BY_CODE[member.code]
    if member.name_score is not None and member.name_score < threshold:
        return "NAMA_BEDA"
    return "KK_BEDA" if member.kk_matches is False else None


def judge_family(members: Sequence[Checked], *, threshold: float, already_registered: bool = False) -> Judgement:
    """Judge one family in the order the regulation gives.

    (1) refused when registered already or when all members are dead of whom the proposal does not say so; (2) a
    suspected double when a deciding person answers 12 or a member lives in another live family; (3) not matched when a
    deciding person does not match; (4) else matched. `threshold` is the name score (0 to 100) from which a name counts
    as the same (policy).
    """
    told = (m for m in members if m.code and (m.doubled or m.code != DOUBLE))
    flags = {m.person: _BY_CODE.get(m.code or 0, "MENINGGAL" if m.code == DEAD else "GANDA") for m in told}
    if already_registered:
        return Judgement("usulan.cek_tolak", "SUDAH_TERDAFTAR", flags=flags)
    there = [m for m in members if not m.gone]
    if there and all(m.code == DEAD for m in there):
        return Judgement("usulan.cek_tolak", "MENINGGAL", tuple(m.person for m in members), flags=flags)
    doubled = [m for m in members if (m.deciding and m.doubled) or m.elsewhere]
    if doubled:
        twins = tuple(sorted({case for m in doubled for case in m.elsewhere}))
        return Judgement("usulan.cek_ganda", "GANDA", tuple(m.person for m in doubled), twins, flags)
    for member in members:
        reason = _reason_of(member, threshold) if member.deciding else None
        if reason:
            about = tuple(m.person for m in members if m.deciding and _reason_of(m, threshold) == reason)
            return Judgement("usulan.cek_tidak_padan", reason, about, flags=flags)
    return Judgement("usulan.cek_padan", None, flags=flags)


def lives_there(members: Sequence[Checked], homes: Mapping[int, str | None], village: int) -> bool:
    """Return whether Dukcapil has everybody who decides in a village: head, payee, and whom the proposal names.

    `homes` tells by person in which village (ten digits) he is registered, of those who were found alive and single.
    """
    deciding = [member.person for member in members if member.deciding]
    return bool(deciding) and all(homes.get(person) == f"{village:010d}" for person in deciding)


def reason_of_deactivation(text: str) -> str | None:
    """Return the reason code that a sentence of a village's list names; None where it names none, or several."""
    answers = code_list("alasan_nonaktif")
    said = f" {fold(text)} ".replace(" tidak mampu ", " ").replace(" kurang mampu ", " ")
    found = {
        str(answer.code)
        for answer in answers.codes.values()
        if any(f" {fold(word)} " in said for word in (str(answer.code), answer.label_id, *answer.aliases))
    }
    return found.pop() if len(found) == 1 else None


def progress_name(session: UUID, key: str) -> str:
    """Return how a list on its way in is called among the database's sessions; 38 letters, which nobody else guesses.

    `key` is that of the request which brought it.
    """
    return f"impor {hashlib.sha256(session.bytes + key.encode()).hexdigest()[:32]}"


def month_served(at: datetime, last_day: int) -> int:
    """Return the month (yyyymm) that a proposal sent at this moment serves: this one, or the next after its last day.

    `last_day` is the last day of the pengesahan window (policy). Source: domain section 1.3, one calendar.
    """
    local = at.astimezone(WIB)
    if local.day <= last_day:
        return local.year * 100 + local.month
    year, month = divmod(local.year * 12 + local.month, 12)
    return year * 100 + month + 1
