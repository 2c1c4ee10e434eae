"""What the register and the door know already of the families that a list or a form names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from models.database import Conn, acting
from models.region.rules import dotted
from models.register.rules import mask
from models.usulan.queries import cards_of
from models.usulan.workbook import FamilyRow, RowError
from models.usulan.workbook_messages import row_error


@dataclass(frozen=True, slots=True)
class Known:
    """A family in the register: its number there, and the village it is recorded in."""

    household: int
    region: int


async def known_families(conn: Conn, session: UUID, cards: Sequence[str]) -> dict[str, Known]:
    """Return No KK -> family already in the register, in the caller's sight."""
    async with acting(conn, session) as seeing:
        cursor = await seeing.execute(
            "SELECT DISTINCT ON (no_kk) no_kk, id, region FROM household WHERE no_kk = ANY (%s) ORDER BY no_kk, id",
            (list(cards),),
        )
        return {row["no_kk"]: Known(row["id"], row["region"]) for row in await cursor.fetchall()}


async def live_proposals(conn: Conn, session: UUID, households: Sequence[int]) -> dict[tuple[int, str, str], int]:
    """Return (household, kind, programme) -> case of proposals that live: no other one touches their families."""
    async with acting(conn, session) as seeing:
        cursor = await seeing.execute(
            """
            SELECT c.id, c.household_id, j.id AS kind, COALESCE(g.id, '') AS programme
              FROM case_ c
              JOIN position p ON p.case_id = c.id
              JOIN state s ON s.code = p.state AND NOT s.terminal
              JOIN jenis j ON j.code = c.kind
              LEFT JOIN programme g ON g.code = c.programme
             WHERE c.machine = 1 AND c.household_id = ANY (%s)
            """,
            (list(households),),
        )
        return {(row["household_id"], row["kind"], row["programme"]): row["id"] for row in await cursor.fetchall()}


async def left_out(conn: Conn, session: UUID, families: Sequence[FamilyRow]) -> dict[str, list[str]]:
    """Return No KK -> NIKs of members in the register whom the family does not name: saving it removes them."""
    named = {family.no_kk: {member.nik for member in family.members} for family in families}
    cards = {known.household: card for card, known in (await known_families(conn, session, [*named])).items()}
    left: dict[str, list[str]] = {}
    async with acting(conn, session) as seeing:
        cursor = await seeing.execute(
            "SELECT household_id, nik FROM person WHERE household_id = ANY (%s) AND removed_at IS NULL ORDER BY id",
            (list(cards),),
        )
        for row in await cursor.fetchall():
            card = cards[row["household_id"]]
            if row["nik"] not in named[card]:
                left.setdefault(card, []).append(row["nik"])
    return left


async def warn_of_doubles(conn: Conn, session: UUID, families: Sequence[FamilyRow]) -> None:
    """Warn of members who stand in another family of the register, in the caller's sight.

    Which family is right is for the identity check to say, which sees the whole country; here one may still look.
    """
    told = {warning.value for family in families for warning in family.warnings if warning.code == "NIK_BERULANG"}
    members = {
        member.nik: (family, member) for family in families for member in family.members if member.nik not in told
    }
    async with acting(conn, session) as seeing:
        for row in await cards_of(seeing, list(members)):
            family, member = members[row["nik"]]
            if row["no_kk"] != family.no_kk:
                sheet, other = (family.sheets[1], mask(row["no_kk"]))
                family.warnings.append(row_error(sheet, member.row, "nik", member.nik, "NIK_TERDAFTAR", other=other))


def outside(family: FamilyRow, region: int) -> RowError:
    """Return what is wrong with a family that does not live in this region, the caller's."""
    where = dotted(region)
    return RowError(
        family.sheets[0],
        family.row,
        "kode_desa",
        str(family.kode_desa or ""),
        "LUAR_WILAYAH",
        "error",
        f"Desa ini di luar wilayah kerja Anda ({where}).",
        f"This village is outside your scope ({where}).",
        "Periksa kode desa, atau minta operator desa itu mengirimnya.",
        "Check the village code, or ask that village's operator to send it.",
    )


def elsewhere(family: FamilyRow, known: Mapping[str, Known]) -> RowError | None:
    """Return what is wrong with a family that the register has in another village; None where it does not."""
    found = known.get(family.no_kk)
    if found is None or found.region == family.kode_desa:
        return None
    sheet, code = family.sheets[0], str(family.kode_desa or "")
    return row_error(sheet, family.row, "kode_desa", code, "DESA_LAIN", other=dotted(found.region))
