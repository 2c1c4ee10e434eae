"""What came of a flow: the log, where cases stand, calls and wakes; and the clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from models.case.replay import differences
from models.database import fetch_value, sync_connect
from models.usulan.rules import WIB
from tests.support.world import World


class Witness:
    """Reads one database as its administrator, and moves its clock."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def rules(self, case: int) -> str:
        """Return the rules a case went along, in order."""
        value: str = await fetch_value(
            self.world.admin,
            "SELECT string_agg(r.id, ' ' ORDER BY t.version) FROM transition t JOIN rule r ON r.code = t.rule "
            "WHERE t.case_id = %s",
            (case,),
        )
        return value

    async def log(self) -> list[tuple[Any, ...]]:
        """Return every transition of the database, each told by family, machine and programme.

        Numbers of cases and acts may have gaps, and times differ: nothing else may.
        """
        cursor = await self.world.admin.execute(
            "SELECT h.no_kk, c.machine, c.kind, c.programme, t.version, r.id AS rule, e.id AS reason, o.id AS role "
            "FROM transition t JOIN case_ c ON c.id = t.case_id LEFT JOIN household h ON h.id = c.household_id "
            "JOIN rule r ON r.code = t.rule JOIN act a ON a.id = t.act JOIN role o ON o.code = a.role "
            "LEFT JOIN reason e ON e.code = a.reason ORDER BY 1, 2, 3, 4, c.id, t.version"
        )
        return [tuple(row.values()) for row in await cursor.fetchall()]

    async def rules_by_role(self) -> dict[str, str]:
        """Return the role in whose name each rule fired."""
        return {row[5]: row[7] for row in await self.log()}

    async def state(self, case: int) -> str:
        return await self.world.state(case)

    async def states(self, cases: Sequence[int]) -> list[str]:
        return [await self.world.state(case) for case in cases]

    async def reason(self, case: int) -> str | None:
        """Return the reason of a case's last move."""
        value: str | None = await fetch_value(
            self.world.admin,
            "SELECT e.id FROM transition t JOIN act a ON a.id = t.act LEFT JOIN reason e ON e.code = a.reason "
            "WHERE t.case_id = %s ORDER BY t.version DESC LIMIT 1",
            (case,),
        )
        return value

    async def fact(self, case: int, kind: str) -> Any:
        """Return the last fact of a kind about a case."""
        return await fetch_value(
            self.world.admin,
            "SELECT COALESCE(f.value, a.value) FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = %s "
            "LEFT JOIN act_fact a ON a.act = f.act AND a.kind = f.kind WHERE f.case_id = %s ORDER BY f.at DESC LIMIT 1",
            (kind, case),
        )

    async def batch_of(self, case: int) -> int | None:
        value: int | None = await fetch_value(
            self.world.admin, "SELECT batch FROM position WHERE case_id = %s", (case,)
        )
        return value

    async def batch(self, kind: str, **wanted: Any) -> dict[str, Any]:
        """Return the one batch of a kind that has these columns."""
        cursor = await self.world.admin.execute("SELECT * FROM batch WHERE kind = %s ORDER BY id", (kind,))
        found = [row for row in await cursor.fetchall() if all(row[k] == v for k, v in wanted.items())]
        assert len(found) == 1, found
        return found[0]

    async def calls(self, batch: int | None = None) -> list[dict[str, Any]]:
        cursor = await self.world.admin.execute(
            "SELECT * FROM call WHERE %s::bigint IS NULL OR batch = %s ORDER BY id", (batch, batch)
        )
        return await cursor.fetchall()

    async def open_calls(self) -> list[str]:
        """Return the calls of which nobody knows how they ended."""
        return [call["key"] for call in await self.calls() if call["state"] not in {"selesai", "batal", "ditolak"}]

    async def open_wakes(self, batch: int) -> list[dict[str, Any]]:
        cursor = await self.world.admin.execute(
            "SELECT *, extract(epoch FROM next_try - clock_timestamp())::float8 AS due_in FROM wake "
            "WHERE batch = %s AND done_at IS NULL",
            (batch,),
        )
        return await cursor.fetchall()

    def agrees(self) -> bool:
        """Whether the log rebuilds every position, claim, amount and counter."""
        with sync_connect(self.world.admin_dsn) as owner:
            return not list(differences(owner))

    # -- time ----------------------------------------------------------------------------------------------------------

    async def day(self, day: int, *, hour: int = 8, month: int | None = None) -> datetime:
        """Go to the next such day of a month, western Indonesian time; with `month` to that month's."""
        now = (await self.world.now()).astimezone(WIB)
        there = now.replace(day=1, hour=hour, minute=0, second=0, microsecond=0)
        while month not in {None, there.month} or there + timedelta(days=day - 1) <= now:
            there = (there + timedelta(days=32)).replace(day=1)
        moment = there.replace(day=day)
        await self.world.travel(moment.astimezone(UTC))
        return moment

    async def policy(self, entries: Mapping[str, Any]) -> None:
        await self.world.policy(entries)
