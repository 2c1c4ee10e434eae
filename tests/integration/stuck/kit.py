"""What the tests of the watch share: one look as the flow takes it, and what people were told of it."""

from __future__ import annotations

from typing import Any

from models.database import acting
from models.stuck import queries
from models.stuck.commands import kabupaten, look_at_kabupaten, look_at_work
from models.stuck.telling import due_digests, write_digest
from tests.integration.door.kit import rows
from tests.support.world import World

DATED = """
CREATE FUNCTION dated(
    p_state smallint, p_since timestamptz, p_region bigint, p_now timestamptz, OUT due timestamptz, OUT level smallint
) LANGUAGE plpgsql AS $$
BEGIN
    due := deadline(p_since, state_time('sla', p_state, p_region, p_now), p_region);
    IF due <= p_now THEN
        level := 1 + (SELECT count(*)
                        FROM jsonb_array_elements_text(policy_for('macet.jenjang', p_region, p_now)) AS w(word)
                       WHERE deadline(due, w.word, p_region) <= p_now);
    ELSIF COALESCE(deadline(p_since, state_time('remind', p_state, p_region, p_now), p_region) <= p_now,
                   due <= deadline(p_now, policy_for('macet.pengingat', p_region, p_now) #>> '{}', p_region)) THEN
        level := 0;
    END IF;
END $$
"""
"""Brute force: one case dated by itself, as policy and calendar say it."""


async def look(world: World, *, digests: bool = False) -> None:
    """Look at every kabupaten and at the work, and write the digests that are due."""
    session = await world.system()
    async with acting(world.worker, session):
        codes = await kabupaten(world.worker)
    for code in codes:
        async with acting(world.worker, session):
            await look_at_kabupaten(world.worker, session, code)
    async with acting(world.worker, session):
        await look_at_work(world.worker, session)
    if digests:
        async with acting(world.worker, session):
            waiting = await due_digests(world.worker)
        for user, day in waiting:
            async with acting(world.worker, session):
                await write_digest(world.worker, session, user, day)


async def alerts(world: World, *, open_only: bool = True) -> list[tuple[str, int, int, str]]:
    """Return subject, key, level and reason of what was raised, in that order."""
    found = await rows(
        world,
        "SELECT subject, key, level, reason FROM alert WHERE ended_at IS NULL OR NOT %s ORDER BY 1, 2, 3",
        (open_only,),
    )
    return [(row["subject"], row["key"], row["level"], row["reason"]) for row in found]


async def told(world: World, kind: str | None = None) -> list[tuple[str, str]]:
    """Return who was told, and by which message, as often as it was."""
    found = await rows(
        world,
        "SELECT u.username, n.kind FROM notice n JOIN account_user u ON u.id = n.user_id "
        "WHERE n.kind = COALESCE(%s, n.kind) ORDER BY 1, 2, n.id",
        (kind,),
    )
    return [(row["username"], row["kind"]) for row in found]


async def stuck(world: World, who: str = "pemantau", role: str = "pusdatin", **more: Any) -> list[dict[str, Any]]:
    """Return what somebody sees as stuck."""
    session = await world.session(who, role, **({"region": more.pop("region")} if "region" in more else {}))
    async with acting(world.api, session):
        return (await queries.list_stuck(world.api, queries.Filter(**more), limit=200)).rows
