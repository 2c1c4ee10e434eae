"""Many cases at once, each where a rule wants it: for tests that ask the same of every rule or every state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from models.database import fetch_value
from state_machines import MACHINES, Machine, Rule
from state_machines.vocabulary import JENIS, STEP_BITS, step_mask
from tests.integration.door.kit import NATIONAL, OFFICER, RULES, RUPIAH, Person, person, values
from tests.support.world import DESA, DESA_LAIN, World

MACHINE_OF = {rule.id: machine for machine in MACHINES for rule in machine.rules}
FEW_CASES = {"pendamping", "warga"}
"""Roles that see single families: chosen only where a rule names no other."""
NOTICE = "pemberitahuan_14_hari"
"""The one kind of evidence that must be of some age: the board puts it there twenty days ago."""
_DESIL = 22
"""The kind that S02 brings: it contests no other case, and nobody has to be heard."""


def kind_for(rule: Rule) -> int:
    """Return a kind of proposal that takes the steps of the rule, BARU where any does; of objections one, else none."""
    if not rule.id.startswith("U"):
        return _DESIL if rule.id.startswith("S") else 0
    on = sum(STEP_BITS[step] for step in rule.guard.steps if not step.startswith("-"))
    off = sum(STEP_BITS[step[1:]] for step in rule.guard.steps if step.startswith("-"))
    return next(jenis.code for jenis in JENIS if step_mask(jenis) & on == on and not step_mask(jenis) & off)


def opening_of(machine: Machine) -> str:
    """Return a rule that opens a case of a machine: the first, and of objections the one about one's own desil."""
    return "S02" if machine.name == "sanggah" else next(rule.id for rule in machine.rules if rule.opens)


def past_of(rule: Rule, state: str) -> list[str]:
    """Return rules that fired before, so that `rule` finds the past it asks for in a case standing in `state`."""
    undone = [undo for undo in rule.undo_of if RULES[undo].target == state]
    return [opening_of(MACHINE_OF[rule.id]), *rule.guard.after[:1], *rule.guard.latest[:1], *undone[:1]]


@dataclass
class Spot:
    """One case: where it stands, since how many days, and what happened to it, the opening first, by whom.

    `rule` is the rule that will be asked of it; it settles the kind, unless told, and which village shares the case.
    In `past` an actor of None is somebody who appears nowhere else.
    """

    rule: Rule
    state: str
    past: list[tuple[str, int | None]] = field(default_factory=list)
    days: int = 0
    kind: int | None = None
    case: int = 0
    household: int = 0


def legal_spot(rule: Rule, state: str | None = None, *, by: int | None = None) -> Spot:
    """Return a spot with the past that `rule` asks for: somebody else's, `by`'s where it asks for its own actor."""
    stands = state or rule.sources[0]
    actor = by if rule.guard.only_by else None
    past = [(fired, actor) for fired in past_of(rule, stands)]
    return Spot(rule, stands, past, 400 if rule.guard.not_before else 30 if NOTICE in rule.needs else 0)


_FAMILIES = """
WITH made AS (
    INSERT INTO household (no_kk, region, alamat, rt, rw, kepala, source, act, updated_at)
    SELECT lpad(n::text, 16, '3'), %(region)s, 'Jl. Melati', '001', '002', 'Kepala', 'uji', 0, now()
      FROM generate_series(1, %(count)s) AS n
    RETURNING id
), members AS (
    INSERT INTO person (household_id, nik, nama, tanggal_lahir, jenis_kelamin, hubungan)
    SELECT id, lpad(id::text, 16, '3'), 'Kepala', '1980-01-01', 1, 1 FROM made
)
SELECT id FROM made ORDER BY id
"""


async def make_families(world: World, count: int, *, region: int = DESA) -> list[int]:
    """Write complete families of one person straight into the register and return their ids."""
    return await values(world, _FAMILIES, {"region": region, "count": count})


_PLACE = (
    """
    INSERT INTO case_ (id, machine, kind, programme, period, household_id, region, opened_at)
    SELECT b.case_id, %(machine)s, b.kind, %(programme)s, %(period)s,
           CASE WHEN NOT %(regional)s THEN b.household END, %(region)s,
           alur_now() - make_interval(days => CASE %(machine)s WHEN 4 THEN 400 ELSE 0 END)
      FROM board b
    """,
    """
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
    VALUES (%(act)s, pg_current_xact_id(), %(nobody)s, 1, 1, 1, alur_now())
    """,
    """
    INSERT INTO transition (case_id, version, actor, act, rule)
    SELECT b.case_id, h.version, COALESCE(nullif(split_part(h.step, ':', 2), '')::integer, %(nobody)s), %(act)s, r.code
      FROM board b, unnest(string_to_array(b.past, ' ')) WITH ORDINALITY AS h(step, version)
      JOIN rule r ON r.id = split_part(h.step, ':', 1)
    """,
    """
    INSERT INTO position (case_id, region, since, version, state, programme, kind)
    SELECT b.case_id, %(region)s, alur_now() - make_interval(days => b.days, mins => 5),
           cardinality(string_to_array(b.past, ' ')), s.code, %(programme)s, b.kind
      FROM board b JOIN state s ON s.machine = %(machine)s AND s.id = b.state
    """,
    "INSERT INTO nominal (case_id, version, rupiah) SELECT case_id, 1, %(rupiah)s FROM board WHERE %(machine)s = 3",
    """
    INSERT INTO fact (case_id, kind, act, at, source, value)
    SELECT b.case_id, k.code, %(act)s, alur_now() - interval '20 days', 'sistem', '{}'
      FROM board b JOIN fact_kind k ON k.id = ANY (string_to_array(b.aged, ' '))
    """,
    "INSERT INTO case_share (case_id, region) SELECT case_id, %(elsewhere)s FROM board WHERE elsewhere",
    """
    INSERT INTO file_case (organisation, case_id)
    SELECT o, case_id FROM board, unnest(ARRAY['BRI', 'POS', 'KPPN']) AS o WHERE %(machine)s IN (3, 4)
    """,
    """
    INSERT INTO fact (case_id, kind, act, at, source, value)
    SELECT b.case_id, k.code, %(act)s, alur_now() - interval '20 days', 'sistem',
           jsonb_build_object('pengguna', %(reporter)s::text)
      FROM board b JOIN fact_kind k ON k.id = 'petugas_ditunjuk' WHERE b.state = 'verif_lapangan'
    """,
)


class Board:
    """Spots of one machine in one world, and the people who knock there."""

    def __init__(self, world: World, machine: Machine) -> None:
        self.world = world
        self.machine = machine
        self.placed = 0
        self.home = 0

    async def who(self, rule: Rule, *, second: bool = False) -> Person:
        """Return somebody the rule names who sees the board; a second person where two are needed."""
        role = next((role for role in rule.by if role not in FEW_CASES), rule.by[0])
        region = DESA_LAIN if rule.guard.place == "tujuan" else DESA
        return await person(self.world, role, f"{role} {region} {second}", region=region)

    async def legal(self, rule: Rule, state: str | None = None) -> Spot:
        """Return a spot from which nothing but evidence and reason decides whether `rule` moves a case."""
        return legal_spot(rule, state, by=(await self.who(rule)).user)

    async def place(self, spots: Sequence[Spot]) -> None:
        """Put a case in every spot; facts that must be old are there since twenty days."""
        if not spots:
            return
        ids = await values(self.world, "SELECT nextval('case_id') FROM generate_series(1, %s)", (len(spots),))
        families = await make_families(self.world, len(spots))
        for spot, case, family in zip(spots, ids, families, strict=True):
            spot.case, spot.household = case, family
        for rule in {spot.rule.id: spot.rule for spot in spots}.values():
            mover = await self.who(rule)
            if mover.role in FEW_CASES:
                await self._give(mover, [spot for spot in spots if spot.rule is rule])
        board = [
            (
                spot.case,
                spot.household,
                spot.state,
                kind_for(spot.rule) if spot.kind is None else spot.kind,
                " ".join(f"{fired}:{actor or ''}" for fired, actor in spot.past),
                spot.days,
                spot.rule.guard.place == "tujuan",
                NOTICE if NOTICE in spot.rule.needs else "",
            )
            for spot in spots
        ]
        nobody = await self.world.user("pendahulu")
        reporter = None
        if self.machine.name == "sanggah":
            await person(self.world, "pendamping", OFFICER)
            await self.world.policy({"sanggah.gugur": True})
            reporter = f"pendamping {DESA} False"  # whom `who` returns for the report of the field check
        admin = self.world.admin
        async with admin.transaction():
            await admin.execute(
                "CREATE TEMP TABLE board ON COMMIT DROP AS SELECT * FROM unnest(%s::bigint[], %s::bigint[], "
                "%s::text[], %s::smallint[], %s::text[], %s::integer[], %s::boolean[], %s::text[]) "
                "AS b(case_id, household, state, kind, past, days, elsewhere, aged)",
                [list(column) for column in zip(*board, strict=True)],
            )
            await admin.execute("GRANT SELECT ON board TO alur_door")
            await admin.execute("SET LOCAL ROLE alur_door")
            await admin.execute(f"SELECT {NATIONAL}")
            self.placed = await fetch_value(admin, "SELECT nextval('act_id')")
            told = {
                "act": self.placed,
                "machine": self.machine.code,
                "programme": 1 if self.machine.name in {"kepesertaan", "penyaluran"} else 0,
                "period": 202601 if self.machine.name == "penyaluran" else 0,
                "region": 0 if self.machine.name == "siklus" else DESA,
                "regional": self.machine.regional,
                "elsewhere": DESA_LAIN,
                "nobody": nobody,
                "rupiah": RUPIAH,
                "reporter": reporter,
            }
            for statement in _PLACE:
                await admin.execute(statement, told)
        await admin.execute("ANALYZE case_, position, transition, fact, household")

    async def _give(self, mover: Person, spots: Sequence[Spot]) -> None:
        """Let somebody who sees single families see these."""
        if mover.role == "pendamping":
            await self.world.admin.execute(
                "INSERT INTO family_assignment (user_id, household_id, valid_from) "
                "SELECT %s, h, '2025-01-01' FROM unnest(%s::bigint[]) AS h",
                (mover.user, [spot.household for spot in spots]),
            )
            return
        self.home = self.home or spots[0].household
        for spot in spots:  # a citizen has one family
            spot.household = self.home
        await self.world.admin.execute(
            "UPDATE assignment SET household_id = %s WHERE user_id = %s", (self.home, mover.user)
        )


async def open_window(world: World) -> None:
    """Travel to a day on which proposals are sent."""
    now = await world.now()
    if now.day > 13:
        await world.travel((now.replace(day=1) + timedelta(days=32)).replace(day=2))
