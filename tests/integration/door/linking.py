"""What the tests of linked moves share."""

from __future__ import annotations

from typing import Any

from tests.integration.door.kit import rows
from tests.support.world import World

MENUNGGU_SK = "U01 U02 U05 U11 U15 U19 U22 U30 U32 U34 U35"


MEMBER = "K01 K06 K07"


CLOSED = "P01 P03"


async def state(world: World, case: int) -> str:
    return await world.state(case)


async def states(world: World, *cases: int) -> list[str]:
    return [await state(world, case) for case in cases]


async def last_act(world: World, case: int) -> dict[str, Any]:
    """Return the rule that moved a case last, and the act behind it in words."""
    (row,) = await rows(
        world,
        "SELECT r.id AS rule, u.kind AS actor, o.id AS role, e.id AS reason, a.id AS act, a.cause, c.trigger AS of,"
        "       a.xid = c.xid AS together "
        "FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version "
        "JOIN rule r ON r.code = t.rule JOIN act a ON a.id = t.act JOIN role o ON o.code = a.role "
        "LEFT JOIN account_user u ON u.id = a.actor LEFT JOIN reason e ON e.code = a.reason "
        "LEFT JOIN act c ON c.id = a.cause WHERE p.case_id = %s",
        (case,),
    )
    return row


async def caused(world: World, case: int, by: int) -> tuple[str, str | None]:
    """Return rule and reason of a case's last move, which must be the system's, caused by `by`'s last move."""
    moved, cause = await last_act(world, case), await last_act(world, by)
    assert (moved["actor"], moved["role"], moved["together"]) == ("system", "sistem", True)
    assert moved["cause"] == cause["act"]
    return moved["rule"], moved["reason"]
