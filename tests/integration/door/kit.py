"""What the proofs of the door share: cases put where a test needs them, and people who knock with full evidence."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from models.case.commands import CaseFact, move, open_cases, write_facts
from models.case.outcomes import Outcome
from models.database import Conn, fetch_value
from models.raised import domain_errors
from state_machines import MACHINES
from state_machines.facts import BY_ID as FACTS
from state_machines.facts import writers
from state_machines.vocabulary import JENIS_SANGGAH
from tests.support import cycle
from tests.support.world import DESA, World

RUPIAH = 750_000
"""What every disbursement of these tests is worth."""

RULES = {rule.id: rule for machine in MACHINES for rule in machine.rules}
NAMES = {rule.id: f"{machine.name}.{rule.trigger}" for machine in MACHINES for rule in machine.rules}
OF_MACHINE = {machine.prefix: machine for machine in MACHINES}

OFFICER = "petugas lapangan"
"""The pendamping whom every assignment of these tests names."""

COMPUTED = {kind.id for kind in FACTS.values() if kind.computed}
"""Kinds that only the system may write."""

_OBJECTED = {f"S{code - 20:02d}": jenis for code, jenis in JENIS_SANGGAH}
"""Entry -> the kind of objection it brings."""

_MONEY = {"nominal_per_komponen", "nominal"}
"""Kinds that carry an amount of their own for every case."""

NATIONAL = "set_config('alur.door_lo', '0', true), set_config('alur.door_hi', '9999999999', true)"
"""What lets the administrator, in the door's role, see and write every case of a test database."""


def told(outcome: Outcome) -> str:
    """Return the one word that says what became of a case: its refusal, else its outcome."""
    return outcome.refusal or outcome.outcome


def evidence(rule_id: str, role: str, without: Collection[str] = ()) -> dict[str, Any]:
    """Return everything a rule needs that its role may write today, a note aside."""
    rule = RULES[rule_id]
    amounts: dict[str, Any] = {need: {"rupiah": RUPIAH} for need in _MONEY}
    amounts["periode"] = {"periode": 202601}
    if rule_id.startswith("S"):  # an objection's officer must be somebody
        amounts["petugas_ditunjuk"] = {"pengguna": OFFICER}
    amounts["tanggal"] = {"tanggal": "2026-01-01", "mulai": "2026-01-01", "selesai": "2026-01-31"}
    amounts["bukti_3_kali_datang"] = {"tanggal": ["2026-01-01", "2026-01-02", "2026-01-03"]}
    amounts["hasil_sampel"] = {"diperiksa": [], "salah": {}}
    if rule.guard.amount == "differs":
        amounts["nominal"] = {"rupiah": RUPIAH - 50_000}
    return {
        need: amounts.get(need, {"nomor": need})
        for need in rule.needs
        if need != "catatan"
        and need not in without
        and role in writers(FACTS[need], MACHINES)
        and not FACTS[need].min_age
    }


@dataclass(frozen=True)
class Person:
    """Somebody with a role and a session, who knocks as the rule asks: evidence, note and reason complete."""

    world: World
    session: UUID
    role: str
    user: int
    conn: Conn

    async def fire(
        self, rule_id: str, cases: Sequence[int], *, without: Collection[str] = (), **more: Any
    ) -> list[Outcome]:
        """Move cases along a rule's trigger with full evidence, minus what `without` names; `more` overrides."""
        rule = RULES[rule_id]
        known = evidence(rule_id, self.role, without)
        known |= {kind: {"rupiah": RUPIAH} for kind in COMPUTED & set(rule.needs) - set(without)}
        more.setdefault("facts", {kind: value for kind, value in known.items() if kind not in _MONEY})
        more.setdefault(
            "case_facts",
            [
                CaseFact(case, kind, known[kind])
                for kind in sorted(_MONEY & set(known))
                for case in dict.fromkeys(cases)
            ],
        )
        worked_out = [fact for fact in more["case_facts"] if fact.kind in COMPUTED]
        if worked_out:  # the system's alone to say
            await write_facts(self.world.worker, await self.world.system(), worked_out)
            more["case_facts"] = [fact for fact in more["case_facts"] if fact not in worked_out]
        if "catatan" in rule.needs and "catatan" not in without:
            more.setdefault("note", "dicatat")
        if rule.reasons:
            more.setdefault("reason", rule.reasons[0])
        return await move(more.pop("conn", self.conn), self.session, NAMES[rule_id], cases, **more)

    async def one(self, rule_id: str, case: int, **more: Any) -> str:
        """Move one case and return the word that says what became of it."""
        return told((await self.fire(rule_id, [case], **more))[0])

    async def open(self, rule_id: str, households: Sequence[int], **more: Any) -> list[Outcome]:
        """Open cases by an entry rule with full evidence, BARU, PKH or the running cycle unless told otherwise."""
        more.setdefault("facts", evidence(rule_id, self.role))
        if rule_id.startswith("U"):
            more.setdefault("kind", "BARU")
        elif rule_id.startswith(("C", "D", "V")):
            more.setdefault("period", cycle.PERIOD)
        else:
            more.setdefault("programme", "PKH")
        if rule_id.startswith("P"):
            more.setdefault("period", 202601)
        return await open_cases(more.pop("conn", self.conn), self.session, NAMES[rule_id], households, **more)

    async def opened(self, rule_id: str, households: Sequence[int], **more: Any) -> list[int]:
        """Open cases and return their ids; every one must have been opened."""
        outcomes = await self.open(rule_id, households, **more)
        assert [o.outcome for o in outcomes] == ["dibuka"] * len(households), outcomes
        return [o.case_id or 0 for o in outcomes]


async def person(world: World, role: str, name: str | None = None, **scope: Any) -> Person:
    """Return somebody in a role, by default named like it, in the first village or its kabupaten, province, nation."""
    name = name or role
    session = await world.session(name, role, **scope)
    if role == "sistem":
        user = await fetch_value(world.admin, "SELECT id FROM account_user WHERE kind = 'system'")
        return Person(world, session, role, user, world.worker)
    return Person(world, session, role, await world.user(name), world.api)


_HEADERS = """
INSERT INTO case_ (id, machine, kind, programme, period, household_id, region, opened_at)
SELECT a.id, %(machine)s, COALESCE((SELECT j.code FROM jenis j WHERE j.id = %(kind)s), 0),
       COALESCE((SELECT g.code FROM programme g WHERE g.id = %(programme)s), 0), %(period)s, h.id, h.region,
       alur_now() - %(ago)s - make_interval(mins => %(steps)s - 1)
  FROM unnest(%(ids)s::bigint[], %(families)s::bigint[]) AS a(id, family)
  JOIN household h ON h.id = a.family
"""

_STEP = """
WITH made AS (
    INSERT INTO act (id, xid, actor, role, trigger, reason, policy_version, at)
    SELECT nextval('act_id'), pg_current_xact_id(), %(actor)s, r.roles[1], r.trigger, r.reasons[1], 1,
           alur_now() - %(ago)s - make_interval(mins => %(before)s)
      FROM rule r WHERE r.id = %(rule)s
    RETURNING id)
INSERT INTO transition (case_id, version, actor, act, rule)
SELECT a.id, %(version)s, %(actor)s, made.id, r.code
  FROM unnest(%(ids)s::bigint[]) AS a(id) CROSS JOIN made JOIN rule r ON r.id = %(rule)s
"""

_POSITIONS = """
INSERT INTO position (case_id, region, since, version, state, programme, kind)
SELECT c.id, c.region, a.at, t.version, r.target, c.programme, c.kind
  FROM case_ c JOIN transition t ON t.case_id = c.id AND t.version = %(steps)s
  JOIN act a ON a.id = t.act JOIN rule r ON r.code = t.rule
 WHERE c.id = ANY (%(ids)s)
"""

_CLAIMS = """
INSERT INTO claim (kind, key, sub, case_id)
SELECT c.machine, c.household_id, claim_sub(c.machine, c.kind, c.programme, c.period), c.id
  FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state AND NOT s.terminal
 WHERE c.id = ANY (%(ids)s) AND NOT (c.machine = 4 AND p.version = 1)
"""

_AMOUNTS = """
INSERT INTO nominal (case_id, version, rupiah)
SELECT a.id, v.version, %(rupiah)s FROM unnest(%(ids)s::bigint[]) AS a(id), unnest(%(closings)s::int[]) AS v(version)
"""

_COUNTERS = """
INSERT INTO counter AS k (kind, key, programme, period, used)
SELECT 2, c.region / 1000000, c.programme, 0, count(*)
  FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state AND s.holds_seat
 WHERE c.id = ANY (%(ids)s) GROUP BY 1, 2, 3
UNION ALL
SELECT 3, 0, c.programme, c.period / 100, count(*) * %(rupiah)s
  FROM case_ c JOIN position p ON p.case_id = c.id
  JOIN state s ON s.code = p.state AND s.account NOT IN ('hangus', 'keluar')
 WHERE c.id = ANY (%(ids)s) AND cardinality(%(closings)s::int[]) > 0 GROUP BY 2, 3, 4
ON CONFLICT (kind, key, programme, period) DO UPDATE SET used = k.used + excluded.used
"""


async def stand(
    world: World,
    path: str,
    *,
    count: int = 1,
    households: Sequence[int] | None = None,
    kind: str = "BARU",
    programme: str = "PKH",
    period: int = 202601,
    actors: Mapping[str, int] | None = None,
    ago: timedelta = timedelta(hours=1),
    region: int = DESA,
) -> list[int]:
    """Put cases at the end of a history and return their ids.

    `path` names the rules that fired, the opening first ("U01 U02 U05"); headers, acts, transitions, positions,
    claims, amounts and counters are written as the door would have written them, the last move `ago`. Each rule was
    fired by `actors[rule]`, or by somebody who appears nowhere else.
    """
    rules = path.split()
    machine = OF_MACHINE[rules[0][0]]
    families = list(households) if households is not None else await world.households(count, region=region)
    nobody = await world.user("pendahulu")
    ids = await values(world, "SELECT nextval('case_id') FROM generate_series(1, %s)", (len(families),))
    told_once: dict[str, Any] = {
        "machine": machine.code,
        "kind": kind if machine.prefix == "U" else _OBJECTED.get(rules[0]),
        "programme": None if machine.prefix == "U" else programme,
        "period": period if machine.prefix == "P" else 0,
        "ids": ids,
        "families": families,
        "ago": ago,
        "steps": len(rules),
        "rupiah": RUPIAH,
        "closings": [n for n, rule in enumerate(rules, 1) if RULES[rule].guard.amount == "set"],
    }
    async with world.admin.transaction():
        await world.admin.execute("SET LOCAL ROLE alur_door")
        await world.admin.execute(f"SELECT {NATIONAL}")
        await world.admin.execute(_HEADERS, told_once)
        for number, rule in enumerate(rules, 1):
            actor = (actors or {}).get(rule, nobody)
            step = {"rule": rule, "version": number, "actor": actor, "before": len(rules) - number}
            await world.admin.execute(_STEP, told_once | step)
        for statement in (_POSITIONS, _CLAIMS, _AMOUNTS, _COUNTERS):
            await world.admin.execute(statement, told_once)
    return ids


async def rows(world: World, query: str, params: Any = None) -> list[dict[str, Any]]:
    """Return what the administrator reads."""
    return await (await world.admin.execute(query, params)).fetchall()


async def values(world: World, query: str, params: Any = None) -> list[Any]:
    """Return the first column of what the administrator reads."""
    return [next(iter(row.values())) for row in await rows(world, query, params)]


async def version(world: World, case: int) -> int:
    """Return the version at which a case stands."""
    value: int = await fetch_value(world.admin, "SELECT version FROM position WHERE case_id = %s", (case,))
    return value


async def replayed(world: World) -> list[dict[str, Any]]:
    """Return where the log and what is stored disagree."""
    return await rows(world, "SELECT * FROM replay_differences()")


# -- gates ---------------------------------------------------------------------------------------------------------


async def gate(
    world: World,
    role: str,
    rules: str,
    cases: Sequence[int],
    *,
    people: int = 1,
    programme: str | None = None,
    unit: int = 1_000_000,
) -> int:
    """Open a gate of a role over cases, for the first rule named or, refused, the second; return the approval.

    `unit` is how many village codes its region spans: a kabupaten, or 1 for the village alone.
    """
    system = await world.system()
    low = DESA // unit * unit
    batch = await fetch_value(
        world.worker,
        "SELECT batch_open(%s, 'uji', %s, %s, %s, %s, (SELECT count(*)::integer FROM batch), 'Uji')",
        (system, low, low, low + unit - 1, programme),
    )
    approval: int = await fetch_value(
        world.worker,
        "SELECT approval_open(%s, %s, 'uji', %s, %s, %s, %s, NULL)",
        (system, batch, role, [NAMES[rule] for rule in rules.split()], list(cases), people),
    )
    return approval


async def decide(
    who: Person,
    approval: int,
    verdict: str = "setuju",
    *,
    reason: str | None = None,
    known: Mapping[str, Any] | None = None,
    excepts: Sequence[Mapping[str, Any]] = (),
    conn: Conn | None = None,
) -> str:
    """Decide a gate; return the state it is in then."""
    with domain_errors():
        state: str = await fetch_value(
            conn or who.conn,
            "SELECT state FROM approval_decide(%s, %s, %s, %s, 'dibaca', %s, %s)",
            (who.session, approval, verdict, reason, Jsonb(dict(known or {})), Jsonb(list(excepts))),
        )
    return state


async def execute(
    world: World, approval: int, *, conn: Conn | None = None, session: UUID | None = None
) -> dict[int, str]:
    """Carry a decided gate out as the system, or whoever `session` is; return what became of each case."""
    who = session or await world.system()
    with domain_errors():
        groups = await (
            await (conn or world.worker).execute("SELECT * FROM approval_execute(%s, %s)", (who, approval))
        ).fetchall()
    return {case: group["refusal"] or group["outcome"] for group in groups for case in group["cases"]}
