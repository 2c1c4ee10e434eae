"""Open a tahap; note how far a bank's news was applied."""

from __future__ import annotations

from uuid import UUID

from models.batch.commands import open_batch, wake
from models.database import Conn
from models.penyaluran.errors import TahapNotDecreed, TahapNumberUnknown
from models.penyaluran.rules import MONTHS, parse_period
from models.policy.queries import policy


async def open_tahap(conn: Conn, session: UUID, region: int, programme: str, period: int) -> tuple[int, str]:
    """Open a tahap of a programme in a kabupaten and have its flow look; returns the batch and its title.

    Asked twice, it is the same batch.

    Args:
        conn: a connection of the API.
        session: of the directorate.
        region: code of the kabupaten, four digits.
        programme: e.g. ``PKH``.
        period: year and number of the tahap, e.g. 202604 (domain section 2.1).

    Raises:
        TahapNotDecreed: nobody said how often the programme is paid, or how much; no family could be given an amount.
        TahapNumberUnknown: a fifth quarter would be paid like the fourth.
        OutOfScope: the region or programme is not the caller's.
        WordUnknown: there is no such programme.
    """
    year, number = parse_period(period)
    title = f"{programme} {year} tahap {number}, kabupaten {region}"
    batch = await open_batch(conn, session, "tahap", region, title, programme=programme, period=period)
    amount = "pkh.komponen" if programme == "PKH" else f"nominal.{programme}"
    held = {key: await policy(conn, key) for key in (f"periode.{programme}", amount)}
    if missing := [key for key, value in held.items() if value is None]:
        raise TahapNotDecreed(programme, ", ".join(missing))
    most = MONTHS // held[f"periode.{programme}"]["bulan"]
    if not 1 <= number <= most:
        raise TahapNumberUnknown(programme, most, number, year * 100 + most)
    await wake(conn, batch, "tahap dibuka")
    return batch, title


async def note_feed(conn: Conn, path: str, seen: int) -> None:
    """Note how far a news feed has been applied."""
    await conn.execute(
        """
        INSERT INTO feed (path, seen, updated_at) VALUES (%s, %s, alur_now())
        ON CONFLICT (path) DO UPDATE SET seen = excluded.seen, updated_at = excluded.updated_at
        """,
        (path, seen),
    )


async def park(conn: Conn, path: str, case: int, number: int) -> None:
    """Keep a piece of a feed's news by its number until its case can take it."""
    await note_feed(conn, f"{path}/{case}/{number}", number)


async def unpark(conn: Conn, path: str, case: int, number: int) -> None:
    """Forget a piece of news that was applied."""
    await conn.execute("DELETE FROM feed WHERE path = %s", (f"{path}/{case}/{number}",))
