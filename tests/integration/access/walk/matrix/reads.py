"""Who looked: all of it the auditor's, about itself the family's; and numbers shown open for a purpose."""

from __future__ import annotations

from typing import Any

from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.people import ADMINS, EVERYBODY, Person
from tests.integration.access.walk.things import Thing

_AUDITOR = frozenset({"auditor"})
_CLOSED = "403 pembaca_bukan_wewenang"


def _mine(who: Person, told: Any, known: list[Thing]) -> str | None:
    """Of one's own family all, and of others none: also for an auditor, who reads them elsewhere."""
    found = {row["id"] for row in told["readers"]}
    expected = {thing.id for thing in known if thing.kind == "baca" and who.family and thing.family == who.family}
    return None if found == expected else f"tells of looks {found} and not {expected}"


def _open(_: Person, told: Any, __: list[Thing]) -> str | None:
    return None if told["no_kk"].isdigit() and told["members"] else "shows no numbers"


ENTRIES = (
    Entry(
        "POST /api/v1/households/{household_id}/numbers",
        about=("keluarga",),
        may=EVERYBODY - ADMINS,
        refused="403 nomor_tetap_tersamar",
        body={"purpose": "VERIFIKASI", "words": "dicocokkan dengan kartu"},
        check=_open,
    ),
    Entry("GET /api/v1/reads/mine", only_own=True, check=_mine),
    Entry("GET /api/v1/audit/reads", may=_AUDITOR, refused=_CLOSED, lists=("baca",), query={"limit": 200}),
    Entry(
        "GET /api/v1/audit/reads",
        about=("keluarga",),
        may=_AUDITOR,
        refused=_CLOSED,
        query=lambda _, family: {"household": family.id},
        why="also about a family in one's sight, and about one's own",
    ),
    Entry("GET /api/v1/audit/reads/unusual", may=_AUDITOR, refused=_CLOSED),
)
