"""What may be asked about the machinery: figures for monitors, and what only the owner may see for `alur doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from psycopg import Connection
from psycopg.rows import DictRow

from models.database import Conn
from models.siklus.rules import Planned, due


@dataclass(frozen=True, slots=True)
class Figures:
    """The machinery at one moment. Ages are seconds, None where there is nothing to be old; counts are of now.

    `transitions` and `refusals` are rows written since the statistics of the database began.
    """

    wakes_open: int
    wake_oldest_s: float | None
    runs_live: int
    runs_lapsed: int
    run_lapsed_oldest_s: float | None
    calls_open: int
    calls_unknown: int
    call_unknown_oldest_s: float | None
    calls_refused: int
    gates_open: int
    gates_late: int
    gate_late_oldest_s: float | None
    engine_silent_s: float | None
    connections: int
    connections_most: int
    transitions: int
    refusals: int
    notices_dead: int
    notice_lag_s: float | None
    cards_refused: int
    objections_late: int


FIGURES = f"SELECT {', '.join(Figures.__slots__)} FROM health_figures(), health_waiting()"
"""Named one by one: during a rolling upgrade the function may already tell more than this program knows."""


async def figures(conn: Conn) -> Figures:
    """Return the figures; the API's role may ask, without a session."""
    row = await (await conn.execute(FIGURES)).fetchone()
    if row is None:
        raise AssertionError  # the function returns one row
    return Figures(**row)


# -- for `alur doctor`, with the owner's rights ------------------------------------------------------------------------

_LOG = (
    "case_",
    "act",
    "transition",
    "refusal",
    "fact",
    "act_fact",
    "nominal",
    "confirmation",
    "position",
    "claim",
    "counter",
)
"""What only the door writes."""

_SAMPLE_MOST = 3
"""Whole pages are drawn, so that a sample may be larger than asked for; how many times."""

_ROLES = ("alur_door", "alur_api", "alur_worker", "alur_auditor", "alur_public")

_UNGUARDED = """
SELECT 'role ' || r || ' is missing' AS what FROM unnest(%(roles)s::text[]) r
 WHERE NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r)
UNION ALL
SELECT 'role ' || rolname || ' passes row-level security' FROM pg_roles
 WHERE rolname = ANY (%(roles)s) AND (rolsuper OR rolbypassrls)
UNION ALL
SELECT 'role alur_door may sign in' FROM pg_roles WHERE rolname = 'alur_door' AND rolcanlogin
UNION ALL
SELECT 'table ' || c.relname || ': row-level security is off'
  FROM pg_class c
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relrowsecurity
   AND (EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid)
        OR EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped
                      AND a.attname IN ('case_id', 'household_id', 'person_id', 'nik', 'no_kk')))
UNION ALL
SELECT 'table ' || tablename || ': policy ' || policyname || ' shows every row'
  FROM pg_policies
 WHERE schemaname = 'public' AND qual = 'true'
   AND roles && ARRAY['alur_api', 'alur_auditor', 'alur_public', 'public']::name[]
UNION ALL
SELECT 'table ' || t || ': trigger only_door is missing or off' FROM unnest(%(log)s::text[]) t
 WHERE NOT EXISTS (SELECT 1 FROM pg_trigger g WHERE g.tgrelid = to_regclass('public.' || quote_ident(t))
                      AND g.tgname = 'only_door' AND g.tgenabled = 'A')
UNION ALL
SELECT 'table ' || tgrelid::regclass || ': trigger ' || tgname || ' is off'
  FROM pg_trigger
 WHERE tgname IN ('append_only', 'never', 'no_delete') AND NOT tgisinternal AND tgenabled <> 'A'
UNION ALL
SELECT 'table ' || t || ': ' || r || ' may ' || p
  FROM unnest(%(log)s::text[]) t, unnest(ARRAY['alur_api', 'alur_worker', 'alur_auditor', 'alur_public']) r,
       unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p
 WHERE EXISTS (SELECT 1 FROM pg_roles WHERE rolname = r) AND to_regclass('public.' || quote_ident(t)) IS NOT NULL
   AND has_table_privilege(r, to_regclass('public.' || quote_ident(t)), p)
UNION ALL
SELECT 'function ' || p.oid::regprocedure || ' does not belong to alur_door'
  FROM pg_proc p
 WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN ('door_move', 'door_open', 'approval_decide')
   AND p.proowner::regrole::text <> 'alur_door'
"""


def unguarded(conn: Connection[DictRow]) -> list[str]:
    """Return which protections of the database are not in place; nothing when all are."""
    rows = conn.execute(_UNGUARDED, {"roles": list(_ROLES), "log": list(_LOG)}).fetchall()
    return [row["what"] for row in rows]


def figures_now(conn: Connection[DictRow]) -> Figures:
    """Return the figures, on a connection of the command line."""
    row = conn.execute(FIGURES).fetchone()
    if row is None:
        raise AssertionError  # the function returns one row
    return Figures(**row)


@dataclass(frozen=True, slots=True)
class Busy:
    """A transaction that has been open for long: whose, for how many seconds."""

    pid: int
    who: str
    seconds: float


def long_transactions(conn: Connection[DictRow], seconds: float) -> list[Busy]:
    """Return transactions of this database that are older than `seconds`, the oldest first; a backup's are none.

    They hold back the cleaning of every table, and whoever reads news waits for them.
    """
    rows = conn.execute(
        """
        SELECT pid, coalesce(usename, '') || coalesce(nullif(' ' || application_name, ' '), '') AS who,
               extract(epoch FROM clock_timestamp() - xact_start)::double precision AS seconds
          FROM pg_stat_activity
         WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
           AND application_name NOT IN ('pg_dump', 'alur backup')
           AND xact_start < clock_timestamp() - make_interval(secs => %(seconds)s)
        UNION ALL
        SELECT 0, owner || ' prepared ' || gid, extract(epoch FROM clock_timestamp() - prepared)::double precision
          FROM pg_prepared_xacts
         WHERE database = current_database() AND prepared < clock_timestamp() - make_interval(secs => %(seconds)s)
         ORDER BY seconds DESC
        """,
        {"seconds": seconds},
    ).fetchall()
    return [Busy(row["pid"], row["who"], row["seconds"]) for row in rows]


_CYCLES = """
SELECT policy_at('siklus.tanggal', alur_now()) AS dates,
       COALESCE((policy_at('siklus.siap_hari', alur_now()))::integer, 0) AS ahead,
       (alur_now() AT TIME ZONE 'Asia/Jakarta')::date AS today
"""


def undecided_cycles(conn: Connection[DictRow]) -> tuple[list[Planned], date]:
    """Return the cycles due to be scheduled (policy `siklus.siap_hari`) that nobody decided yet, and what day it is."""
    row = conn.execute(_CYCLES).fetchone()
    if row is None:
        raise AssertionError  # a SELECT without FROM answers
    near = due(row["dates"] or [], row["today"], row["ahead"])
    open_ = conn.execute(
        "SELECT cycles_undecided(%s::integer[], %s::date[]) AS period",
        ([one.period for one in near], [one.mulai for one in near]),
    ).fetchall()
    return [one for one in near if one.period in {each["period"] for each in open_}], row["today"]


def dead_batches(conn: Connection[DictRow], silent_s: float) -> list[int]:
    """Return open batches that nobody carries and nobody will: their run fell silent long ago, or failed unheard."""
    rows = conn.execute(
        """
        SELECT b.id
          FROM batch b
          JOIN LATERAL (SELECT * FROM batch_run r WHERE r.batch = b.id ORDER BY r.attempt DESC LIMIT 1) n ON true
         WHERE b.state = 'terbuka'
           AND (n.ended_at IS NULL AND n.lease_until < clock_timestamp() - make_interval(secs => %s)
                OR n.outcome = 'gagal'
                   AND NOT EXISTS (SELECT 1 FROM wake w WHERE w.batch = b.id AND w.done_at IS NULL))
         ORDER BY b.id
        """,
        (silent_s,),
    ).fetchall()
    return [row["id"] for row in rows]


def replay_sample(conn: Connection[DictRow], size: int) -> tuple[int, list[int]]:
    """Fold the log of about `size` cases taken at random; returns how many, and which stand elsewhere than it says."""
    known = conn.execute("SELECT greatest(reltuples, 1) AS n FROM pg_class WHERE oid = 'position'::regclass").fetchone()
    share = min(100.0, 100.0 * size / known["n"]) if known else 100.0
    rows = conn.execute(
        "SELECT case_id FROM position TABLESAMPLE SYSTEM (%s) LIMIT %s", (share, _SAMPLE_MOST * size)
    ).fetchall()
    cases = [row["case_id"] for row in rows]
    wrong = conn.execute("SELECT health_replay(%s) AS id ORDER BY 1", (cases,)).fetchall()
    return len(cases), [row["id"] for row in wrong]


def moment(conn: Connection[DictRow]) -> datetime:
    """Return what time the database server believes it is, unshifted."""
    row = conn.execute("SELECT clock_timestamp() AS at").fetchone()
    if row is None:
        raise AssertionError  # a function answers
    at: datetime = row["at"]
    return at


def database_bytes(conn: Connection[DictRow]) -> int:
    """Return how much room this database takes on its server's disk."""
    row = conn.execute("SELECT pg_database_size(current_database()) AS n").fetchone()
    return int(row["n"]) if row else 0


def installed_mark(conn: Connection[DictRow]) -> str | None:
    """Return what the last installation wrote about itself (`models.install`), None when none did."""
    row = conn.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace') AS told").fetchone()
    return row["told"] if row else None
