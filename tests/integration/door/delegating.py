"""Somebody who acts for another, for tests of the door."""

from __future__ import annotations

from datetime import timedelta

from models.database import fetch_value
from tests.integration.door.kit import Person
from tests.support.world import World


async def stand_in(world: World, giver: Person, name: str, *, days: int = 30) -> tuple[Person, int, int]:
    """Let `name` act in the place of a person's session from now on; return him there, the delegation, the actor.

    The actor is the number under which the log knows what he does for the other.
    """
    user = await world.user(name)
    delegation = await fetch_value(
        world.admin,
        "SELECT delegation_begin(a, %s, alur_now(), alur_now() + %s, 'cuti', NULL) "
        "FROM session s JOIN assignment a ON a.id = s.assignment_id WHERE s.id = %s",
        (user, timedelta(days=days), giver.session),
    )
    session = await fetch_value(
        world.admin,
        "INSERT INTO session (assignment_id, issued_at, expires_at) VALUES (%s, now(), now() + interval '10 years') "
        "RETURNING id",
        (delegation,),
    )
    world.people[name, giver.role, -delegation] = session
    actor = await fetch_value(world.admin, "SELECT actor FROM assignment WHERE id = %s", (delegation,))
    return Person(world, session, giver.role, user, giver.conn), delegation, actor


async def end(world: World, delegation: int) -> None:
    """End a delegation now."""
    await world.admin.execute("SELECT delegations_end(ARRAY[%s::integer], NULL, 'kembali')", (delegation,))
