"""What the tests of notices share: telling, reading, and reaching people."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models.database import Conn, fetch_value
from models.notice.commands import Notice, notify, read_fates
from tests.support.world import World

DATA: dict[str, Any] = {
    "numbers": ["USL-2026-0041873"],
    "count": 1,
    "region": 3204052001,
    "region_name": "Sadu",
    "state": "dikembalikan",
    "label": "DIKEMBALIKAN",
    "meaning": "Usulan dikembalikan ke pengusul untuk diperbaiki.",
    "holder": "operator_desa",
    "due": None,
    "reason": "BERKAS_KURANG",
    "reason_label": "Berkas belum lengkap",
    "link": "/kasus/41873",
}


async def reader(world: World, name: str = "pembaca", role: str = "operator_desa", **scope: Any) -> int:
    """Return the account of somebody who works somewhere."""
    await world.session(name, role, **scope)
    return await world.user(name)


async def reach(world: World, user: int, **addresses: str) -> None:
    """Let somebody be reached by these channels."""
    for channel, address in addresses.items():
        await world.admin.execute(
            "INSERT INTO notice_address (user_id, channel, address, secret, at) VALUES (%s, %s, %s, %s, alur_now())",
            (user, channel, address, "kunci" if channel == "webhook" else None),
        )


async def wish(world: World, user: int, **wishes: Any) -> None:
    """Let somebody wish how to be told."""
    await world.admin.execute("INSERT INTO notice_preference (user_id) VALUES (%s) ON CONFLICT DO NOTHING", (user,))
    names = ", ".join(f"{name} = %s" for name in wishes)
    await world.admin.execute(f"UPDATE notice_preference SET {names} WHERE user_id = %s", (*wishes.values(), user))


async def tell(
    world: World, user: int, key: str = "k1", *, kind: str = "dikembalikan", urgent: bool = False, **more: Any
) -> int:
    """Tell somebody something as the system; returns how many notices are new."""
    return await notify(world.worker, await world.system(), [Notice(user, kind, key, DATA | more, urgent)])


async def deliveries(world: World, **only: Any) -> list[dict[str, Any]]:
    """Return deliveries, oldest first."""
    rows = await (await world.admin.execute("SELECT * FROM notice_delivery ORDER BY id")).fetchall()
    return [row for row in rows if all(row[name] == value for name, value in only.items())]


async def notices(world: World, user: int) -> list[dict[str, Any]]:
    """Return somebody's notices, oldest first."""
    cursor = await world.admin.execute("SELECT * FROM notice WHERE user_id = %s ORDER BY id", (user,))
    return await cursor.fetchall()


async def settled(conn: Conn) -> None:
    """Wait until nothing that began before this moment is under way: other databases of the server count too."""
    mark = await fetch_value(conn, "SELECT pg_current_xact_id()")
    for _ in range(600):
        if await fetch_value(conn, "SELECT pg_snapshot_xmin(pg_current_snapshot()) > %s::text::xid8", (str(mark),)):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("a transaction somewhere on the server has been open for a minute")


async def hear(world: World) -> int:
    """Let the reader of fates read everything there is; returns how many acts it read."""
    await settled(world.admin)
    read = 0
    while part := await read_fates(world.worker, await world.system()):
        read += part
    return read


async def at_hour(world: World, hour: int, zone: str = "Asia/Jakarta") -> datetime:
    """Move the clock forward to the next time it is so late in a zone; returns that moment."""
    now = (await world.now()).astimezone(ZoneInfo(zone))
    then = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    then += timedelta(days=1) if then <= now else timedelta()
    await world.travel(then)
    return then


async def make_due(world: World) -> None:
    """Let every claim and every pause be over."""
    await world.admin.execute(
        "UPDATE notice_delivery SET next_try = alur_now() - interval '1 s', lease_until = clock_timestamp() "
        "- interval '1 s' WHERE state IN ('antre', 'gagal')"
    )


def subset(row: Mapping[str, Any], *names: str) -> tuple[Any, ...]:
    """Return some of a row's values."""
    return tuple(row[name] for name in names)
