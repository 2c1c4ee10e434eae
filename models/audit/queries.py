"""The log as pages: every move, or every refusal, that matches what was asked. Inside `models.database.acting`.

Which rows make a page is chosen by `audit_trail` under the session's scope; what each row says is read under row-level
security by its keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from models.audit.errors import FilterUnknown
from models.case.queries import PAGE_MAX, number
from models.case.rules import sees_notes, sees_reason, shows
from models.database import Conn, fetch_value
from models.region.data import known
from models.region.rules import span
from models.register.rules import hidden
from models.usulan.rules import WIB


@dataclass(frozen=True, slots=True)
class Filter:
    """What a page is narrowed to; all given must hold, None leaves it open.

    Attributes:
        nik: sixteen digits; every case of the family (or families) in which this person stands or stood.
        actor: username; acts of a group count for each of its members.
        office: region code, any level: the actor's assignment at that time lay within it.
        region: region code, any level: the case's village lies within it.
        decree: number of a decree: the moves made under it.
        payment: number of an SPP, SPM, SP2D, SI, returned SP2D or state receipt: every move of the cases under it.
        batch: a tahap or another batch: every move of the cases it carries or whose gates listed them.
        trigger: ``machine.trigger``, or a trigger's name in whatever machine.
        state: ``machine.state`` or a state's name, or several of them: moves that entered one.
        refusal: refusal code (refusals only).
        since: first moment, inclusive.
        until: last moment, exclusive.
    """

    case: int | None = None
    nik: str | None = None
    household: int | None = None
    actor: str | None = None
    office: str | None = None
    region: str | None = None
    decree: str | None = None
    payment: str | None = None
    batch: int | None = None
    reason: str | None = None
    rule: str | None = None
    trigger: str | None = None
    machine: str | None = None
    state: str | tuple[str, ...] | None = None
    refusal: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the time, act and case of its last row."""

    at: datetime
    act: int
    case: int


async def _codes(conn: Conn, query: str, name: str, value: str | int | list[str]) -> list[Any]:
    """Return what a filter's value means; nothing at all is an error, never an empty answer."""
    found = [next(iter(row.values())) for row in await (await conn.execute(query, {"value": value})).fetchall()]
    if not found:
        raise FilterUnknown(name, ", ".join(value) if isinstance(value, list) else value)
    return found


_WORDS = {
    "reason": "SELECT code FROM reason WHERE id = %(value)s",
    "machine": "SELECT code FROM machine WHERE name = %(value)s",
    "refusal": "SELECT code FROM refusal_code WHERE id = %(value)s",
    "rule": "SELECT code FROM rule WHERE id = %(value)s",
    "trigger": """
        SELECT t.code FROM trigger t JOIN machine m ON m.code = t.machine
         WHERE t.id = %(value)s OR m.name || '.' || t.id = %(value)s""",
    "state": """
        SELECT r.code FROM rule r JOIN state s ON s.code = r.target JOIN machine m ON m.code = s.machine
         WHERE s.id = ANY (%(value)s) OR m.name || '.' || s.id = ANY (%(value)s)""",
    "actor": """
        WITH who AS (SELECT id FROM account_user WHERE username = %(value)s)
        SELECT id FROM who UNION
        SELECT g.id FROM actor_group g, who WHERE g.members @> ARRAY[who.id]""",
    "nik": "SELECT DISTINCT household_id FROM person WHERE nik = %(value)s",
    "household": """
        SELECT id FROM household WHERE id = %(value)s UNION
        SELECT household_id FROM case_ WHERE household_id = %(value)s""",
    "case": "SELECT id FROM case_ WHERE id = %(value)s",
    "batch": "SELECT id FROM batch WHERE id = %(value)s",
}
"""Filter -> the query that says what its value means."""

_MEANS = {
    "reason": "reason", "machine": "machine", "refusal": "refusal", "case": "case", "batch": "batch",
    "trigger": "triggers", "actor": "actors", "rule": "rules", "state": "rules", "nik": "households",
    "household": "households",
}  # fmt: skip
"""Filter -> the key under which `audit_trail` takes what it means; two filters of one key must both hold."""
_SINGLE = {"reason", "machine", "refusal", "case", "batch"}


async def _papers(conn: Conn, asked: Filter) -> dict[str, Any]:
    """Return what decree and payment mean: the numbers themselves, and the gate that gave the decree."""
    wanted: dict[str, Any] = {}
    for name in ("decree", "payment"):
        value = getattr(asked, name)
        if value is None:
            continue
        wanted[name] = value
        gate = None
        if name == "decree":
            gate = wanted["approval"] = await fetch_value(
                conn, "SELECT approval FROM decree WHERE number = %s", (value,)
            )
        if gate is None and not await fetch_value(conn, "SELECT audit_paper_known(%s)", (value,)):
            raise FilterUnknown(name, value)
    return wanted


async def resolved(conn: Conn, asked: Filter) -> dict[str, Any]:
    """Return a filter in the log's own codes, as `audit_trail` takes it.

    Raises:
        FilterUnknown: a value names nothing that is known here or in the caller's sight.
        RegionCodeInvalid, RegionNotFound: `region` or `office` is no region's code.
    """
    wanted = await _papers(conn, asked)
    for name, key in _MEANS.items():
        value = getattr(asked, name)
        if value is not None:
            if name == "state":
                value = [value] if isinstance(value, str) else list(value)
            codes = await _codes(conn, _WORDS[name], name, value)
            both = set(codes) & set(wanted.get(key, codes))
            wanted[key] = codes[0] if name in _SINGLE else sorted(both)
    for code, prefix in ((asked.region, ""), (asked.office, "office_")):
        if code is not None:
            wanted[f"{prefix}lo"], wanted[f"{prefix}hi"] = span(known(code))
    moments = {"from": asked.since, "until": asked.until}
    return wanted | {name: moment.isoformat() for name, moment in moments.items() if moment is not None}


async def _page(
    conn: Conn, asked: Filter, after: Place | None, limit: int, *, newest: bool, refusals: bool
) -> list[dict[str, Any]]:
    wanted = await resolved(conn, asked)
    if after is not None:
        wanted |= {"at": after.at.isoformat(), "act": after.act, "after": after.case}
    cursor = await conn.execute(
        "SELECT at, act, case_id, version FROM audit_trail(%s, %s, %s, %s)",
        (Jsonb(wanted), refusals, newest, min(limit, PAGE_MAX)),
    )
    return await cursor.fetchall()


_PERSONS = """
ARRAY(SELECT jsonb_build_object('username', u.username, 'name', u.name) FROM account_user u
       WHERE u.id = {actor} OR u.id IN (SELECT m FROM actor_group g, unnest(g.members) AS m
                                         WHERE g.id = {actor} AND m <> ALL (g.behalf))
       ORDER BY u.id)"""
_BEHALF = """
ARRAY(SELECT jsonb_build_object('username', u.username, 'name', u.name)
        FROM actor_group g JOIN account_user u ON u.id = ANY (g.behalf) WHERE g.id = {actor} ORDER BY u.id)"""

_ROW = f"""
SELECT k.at, k.act, k.case_id AS "case", c.machine AS machine_code, c.opened_at, m.name AS machine, j.id AS jenis,
       pr.id AS programme, c.period, c.household_id AS household, c.region, rg.name AS region_name,
       mt.name || '.' || tr.id AS trigger, {_PERSONS.format(actor="a.actor")} AS actors,
       {_BEHALF.format(actor="a.actor")} AS behalf, o.id AS role,
       e.id AS reason, e.label AS reason_label, a.note_hash IS NOT NULL AS noted, n.text AS note,
       a.policy_version, pv.decree AS policy_decree, a.approval, d.number AS decree, a.flow_run,
       CASE WHEN a.cause IS NOT NULL THEN jsonb_build_object(
            'act', a.cause, 'at', ca.at, 'trigger', cm.name || '.' || ct.id, 'role', co.id,
            'actors', to_jsonb({_PERSONS.format(actor="ca.actor")})) END AS cause,
       (SELECT jsonb_agg(jsonb_build_object('kind', h.id, 'value', f.value) ORDER BY h.code) FROM (
            -- What is said of the case itself stands before what the whole act said.
            SELECT DISTINCT ON (x.kind) x.kind, x.value FROM (
                SELECT kind, value, 1 AS place FROM fact
                 WHERE case_id = k.case_id AND act = k.act AND value IS NOT NULL
                UNION ALL SELECT kind, value, 2 FROM act_fact WHERE act = k.act) AS x
             ORDER BY x.kind, x.place) AS f
          JOIN fact_kind h ON h.code = f.kind) AS evidence"""

_JOINS = """
  FROM unnest(%(at)s::timestamptz[], %(act)s::bigint[], %(case)s::bigint[], %(version)s::integer[])
       WITH ORDINALITY AS k(at, act, case_id, version, ord)
  JOIN case_ c ON c.id = k.case_id
  JOIN machine m ON m.code = c.machine
  JOIN act a ON a.id = k.act
  JOIN role o ON o.code = a.role
  JOIN trigger tr ON tr.code = a.trigger
  LEFT JOIN machine mt ON mt.code = tr.machine
  LEFT JOIN jenis j ON j.code = c.kind
  LEFT JOIN programme pr ON pr.code = c.programme
  LEFT JOIN region rg ON rg.code = c.region
  LEFT JOIN reason e ON e.code = a.reason
  LEFT JOIN note n ON n.act = a.id
  LEFT JOIN policy_version pv ON pv.id = a.policy_version
  LEFT JOIN approval g ON g.id = a.approval
  LEFT JOIN decree d ON d.batch = g.batch AND d.approval = g.id
  LEFT JOIN act ca ON ca.id = a.cause
  LEFT JOIN trigger ct ON ct.code = ca.trigger
  LEFT JOIN machine cm ON cm.code = ct.machine
  LEFT JOIN role co ON co.code = ca.role
"""

_MOVES = f"""{_ROW}, t.version, r.id AS rule,
       CASE WHEN s0.id IS NOT NULL THEN jsonb_build_object('state', s0.id, 'label', s0.label) END AS "from",
       jsonb_build_object('state', s1.id, 'label', s1.label) AS "to"
{_JOINS}
  JOIN transition t ON t.case_id = k.case_id AND t.version = k.version
  JOIN rule r ON r.code = t.rule
  JOIN state s1 ON s1.code = r.target
  LEFT JOIN transition t0 ON t0.case_id = k.case_id AND t0.version = k.version - 1
  LEFT JOIN rule r0 ON r0.code = t0.rule
  LEFT JOIN state s0 ON s0.code = r0.target
 ORDER BY k.ord"""

_REFUSALS = f"""{_ROW}, w.id AS refusal, w.message, w.message_en
{_JOINS}
  JOIN refusal f ON f.act = k.act AND f.case_id = k.case_id
  JOIN refusal_code w ON w.code = f.code
 ORDER BY k.ord"""


async def kinds(conn: Conn) -> dict[str, dict[str, Any]]:
    """Return every kind of evidence with its label in both languages."""
    cursor = await conn.execute("SELECT k.id, k.label, k.label_en FROM fact_kind k")
    return {row["id"]: row for row in await cursor.fetchall()}


def evidence(
    told: Sequence[dict[str, Any]] | None, known: dict[str, dict[str, Any]], role: str
) -> list[dict[str, Any]]:
    """Return evidence as this role may see it: every kind, and its content (numbers of persons masked) where it may."""
    shown = []
    for fact in told or ():
        kind = known[fact["kind"]]
        open_ = shows(role, kind["id"])
        shown.append(
            {"kind": kind["id"], "label": kind["label"], "label_en": kind["label_en"], "shown": open_}
            | ({"value": hidden(fact["value"], kind["id"])} if open_ else {})
        )
    return shown


async def _told(conn: Conn, query: str, keys: Sequence[dict[str, Any]], role: str) -> list[dict[str, Any]]:
    """Return the rows of a page by their keys, in its order, as the role may see them."""
    if not keys:
        return []
    columns = {"at": "at", "act": "act", "case": "case_id", "version": "version"}
    params = {name: [key[column] for key in keys] for name, column in columns.items()}
    rows = await (await conn.execute(query, params)).fetchall()
    known = await kinds(conn)
    for row in rows:
        row["number"] = number(row.pop("machine_code"), row.pop("opened_at"), row["case"])
        row["evidence"] = evidence(row["evidence"], known, role)
        row["note"] = hidden(row["note"]) if row["note"] is not None and sees_notes(role) else None
        if not sees_reason(role, *row["trigger"].split(".", 1)):
            row["reason"] = row["reason_label"] = None
    return rows


def _answering(asked: Filter, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what would tell by the question which reason it hides."""
    return [row for row in rows if asked.reason in {None, row["reason"]}]


def last(keys: Sequence[dict[str, Any]], limit: int) -> Place | None:
    """Return where a full page ended, None when it was the last one."""
    return Place(keys[-1]["at"], keys[-1]["act"], keys[-1]["case_id"]) if len(keys) == limit else None


async def transitions(
    conn: Conn, asked: Filter, role: str, *, after: Place | None = None, limit: int = 50, newest: bool = True
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return moves in the caller's sight, and where the page ended when there may be more.

    A row: case, number, machine, version, trigger, rule, from, to, at, actors (both of a pair), behalf (for whom they
    acted), role, reason, noted and note, evidence, policy_version, approval, decree, flow_run, cause (the act that
    brought a linked move).

    Args:
        conn: a connection inside `acting`.
        asked: what must hold.
        role: the caller's role; it decides what of notes, reasons and evidence is shown.
        after: the last row already seen.
        limit: rows, at most 200.
        newest: newest first, else oldest first.

    Raises:
        FilterUnknown, RegionCodeInvalid: see `resolved`.
    """
    limit = min(limit, PAGE_MAX)
    keys = await _page(conn, asked, after, limit, newest=newest, refusals=False)
    return _answering(asked, await _told(conn, _MOVES, keys, role)), last(keys, limit)


async def refusals(
    conn: Conn, asked: Filter, role: str, *, after: Place | None = None, limit: int = 50, newest: bool = True
) -> tuple[list[dict[str, Any]], Place | None]:
    """Return what was asked of cases in the caller's sight and refused; as `transitions`, with the refusal's code.

    The evidence is what came with the request. `rule` and `state` narrow moves only and must be None.
    """
    limit = min(limit, PAGE_MAX)
    keys = await _page(conn, asked, after, limit, newest=newest, refusals=True)
    return _answering(asked, await _told(conn, _REFUSALS, keys, role)), last(keys, limit)


def day(moment: datetime) -> str:
    """Return the day of a moment in western Indonesian time, as ISO text."""
    return moment.astimezone(WIB).date().isoformat()
