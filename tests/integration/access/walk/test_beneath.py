"""Beneath the routes: with every filter of ours taken away, PostgreSQL still shows each person his own and no more.

Two generations. Every table that the application may read is read whole, without a WHERE. Every query under models/ is
asked with the widest filter it takes, about every number there is. Who may see what is said apart, in `people.py`.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import psycopg
import pytest
import pytest_asyncio

import models
from models.audit import queries as audit
from models.case import queries as cases
from models.case.queries import Filter, list_cases
from models.database import Conn, acting, connect
from models.errors import AlurError
from models.install import role_dsn
from models.reads import queries as reads
from models.stuck import queries as stuck
from tests.integration.access.walk.country import FAMILIES, Country
from tests.integration.access.walk.people import Person, in_sight, may_name
from tests.integration.access.walk.things import ABSENT, CASES, Thing

pytestmark = pytest.mark.asyncio(loop_scope="session")

Query = Callable[..., Awaitable[Any]]


SCOPES = ("operator_desa", "kepala_dinas", "dinsos_provinsi", "pendamping", "warga", "bank", "kppn", "direktorat")
"""One role of each kind of scope; the nation sees all, and has nothing to be shown too much of."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def api(walked_dsn: str, settled: object) -> AsyncIterator[Conn]:
    """A connection of the application's own role."""
    conn = await connect(role_dsn(walked_dsn, "alur_api"))
    yield conn
    await conn.close()


def foreign(country: Country, who: Person, content: str, *told: Thing) -> list[str]:
    """Return what a text names that this person may not know of; `told` is what he named himself."""
    known = country.ledger.things
    named = country.ledger.named(content) - set(told)
    return sorted(str(thing) for thing in named if not may_name(who, thing, known))


# -- tables ------------------------------------------------------------------------------------------------------------

COLLEAGUES = {
    "account_user": "everybody who signed in may be told the name of a colleague",
    "actor_group": "and who decided together",
    "assignment": "an office sees the roles held in its region",
}
"""Tables that tell of accounts beyond those that one keeps."""


async def readable(conn: Conn) -> list[str]:
    """Return every table and view that this connection may read."""
    rows = await conn.execute(
        "SELECT oid::regclass::text AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace "
        "AND relkind IN ('r', 'p', 'v', 'm') AND has_table_privilege(oid, 'SELECT') ORDER BY 1"
    )
    return [row["name"] for row in await rows.fetchall()]


async def test_no_table_read_whole_shows_more_than_its_reader_s_scope(
    country: Country, everybody: list[Person], api: Conn
) -> None:
    tables = await readable(api)
    assert len(tables) > 50
    wrong, seen = [], 0
    for who in everybody:
        if who.label not in SCOPES or who.session is None:
            continue
        async with acting(api, who.session):
            for table in tables:
                rows = await (await api.execute(f"SELECT to_jsonb(t)::text AS row FROM {table} t".encode())).fetchall()
                seen += len(rows)
                found = foreign(country, who, "\n".join(row["row"] for row in rows))
                if table in COLLEAGUES:
                    found = [name for name in found if not name.startswith(("akun ", "tugas ", "delegasi "))]
                if found:
                    wrong.append(f"{who} · {table}: {', '.join(found[:8])}")
    assert seen > 2_000
    assert wrong == []


async def test_a_case_s_tables_show_all_that_is_in_scope(country: Country, everybody: list[Person], api: Conn) -> None:
    """Not less either: what the other tests do not find is not hidden by accident."""
    for who in everybody:
        if who.session is None:
            continue
        async with acting(api, who.session):
            for table, column in (("case_", "id"), ("position", "case_id"), ("transition", "case_id")):
                rows = await (await api.execute(f"SELECT DISTINCT {column} AS id FROM {table}".encode())).fetchall()
                found = country.ledger.behind(row["id"] for row in rows) - set(country.ledger.of("siklus"))
                assert found == in_sight(who, country.ledger.of(*CASES)), (who.label, table)


async def test_a_list_walked_page_by_page_is_everything_in_sight(everybody: list[Person], api: Conn) -> None:
    """The queue is read past row-level security: it must show what that shows, each case once, in its order."""
    narrowings: list[dict[str, Any]] = [{}, {"machine": "usulan"}, {"programme": "PKH"}, {"period": 202611}]
    seen = 0
    for who in everybody:
        if who.session is None:
            continue
        async with acting(api, who.session):
            rows = await (
                await api.execute(
                    "SELECT c.id, p.since, m.name AS machine, g.id AS programme, c.period FROM position p "
                    "JOIN case_ c ON c.id = p.case_id JOIN machine m ON m.code = c.machine "
                    "LEFT JOIN programme g ON g.code = c.programme ORDER BY p.since, c.id"
                )
            ).fetchall()
            for narrowed in narrowings:
                wanted = [row["id"] for row in rows if narrowed.items() <= row.items()]
                found: list[int] = []
                after = None
                while len(page := await list_cases(api, Filter(**narrowed), after=after, limit=7)) == 7:
                    found += [row["id"] for row in page]
                    after = (page[-1]["since"], page[-1]["id"])
                assert found + [row["id"] for row in page] == wanted, (who.label, narrowed)
                seen += len(wanted)
    assert seen > 300


# -- queries -----------------------------------------------------------------------------------------------------------

MODULES = ("queries", "actors", "moments", "signals", "history", "timers", "due")
"""Files under models/<noun>/ that ask."""
OWNERS = {"backup", "health"}
"""Nouns whose questions the owner of the database asks."""
_LONG_AGO, _ONE_DAY = datetime(2020, 1, 1, tzinfo=UTC), datetime(2098, 1, 1, tzinfo=UTC)

_EVERY_NIK = [
    f"{region // 10_000:06d}0101{80 + member:02d}{family:04d}"
    for region in sorted({region for _, region, *_ in FAMILIES})
    for member in range(4)
    for family in range(200)
]
"""The numbers that the country's persons have, and more: as `World.households` gives them."""

WIDEST: dict[str, Any] = {
    "lo": 0,
    "hi": 9_999_999_999,
    "span": (0, 9_999_999_999),
    "programme": None,
    "digits": 0,
    "unit": 100_000_000,
    "region": 32,
    "code": 32,
    "role": "auditor",
    "user": 0,
    "since": _LONG_AGO,
    "until": _ONE_DAY,
    "at": _ONE_DAY,
    "first": date(2026, 1, 1),
    "last": date(2026, 12, 31),
    "mulai": date(2027, 2, 1),
    "selesai": date(2027, 4, 30),
    "step": "kirim",
    "key": "masuk.sandi",
    "keys": ("masuk.sandi",),
    "prefix": "",
    "kind": "ktp",
    "kinds": (),
    "reason": None,
    "trigger": "usulan.kirim_cek",
    "rule": "U04",
    "states": ("usulan.draf",),
    "state": "usulan.draf",
    "period": 202611,
    "year": 2026,
    "path": "/berita",
    "officer": "petugas bali",
    "officers": None,
    "username": "pendahulu",
    "name": "Anggota",
    "text": "Bandung",
    "notice": None,
    "niks": _EVERY_NIK,
    "wake": 1,
    "seconds": 1.0,
    "seen": 1,
}
"""Parameter -> the value that narrows least. A query whose parameter is not here, has no default and is no number of a
thing fails the test: say here, or below, what would show the most."""
OWN: dict[str, dict[str, Any]] = {
    "tally.queries.arrived": {"since": date(2020, 1, 1)},
    "tally.queries.states": {"machine": "usulan"},
    "siklus.queries.packages": {"officer": None},
    "musdes.queries.families": {"state": "musyawarah"},
    "musdes.queries.covered": {"state": "musyawarah"},
    "approval.queries.spread": {"digits": 10},
    "handover.queries.officers": {"region": 3204},
    "region.queries.names": {"codes": (32,)},
    "rule.queries.states_named": {"states": (("usulan", "padan"),)},
    "rule.queries.steps_from": {"states": (("usulan", "verif_dinsos"),)},
    "rule.queries.states_of_machine": {"machine": "usulan"},
    "rule.queries.reasons_named": {"reasons": ("BERKAS_KURANG",)},
    "rule.queries.reasons_of": {"triggers": ("usulan.kembalikan",)},
}
"""Query -> parameters that mean something else there."""

_SOME = ("usulan", "penyaluran", "sanggah", "desa", "kunjungan")
NUMBERS: dict[str, tuple[str, ...]] = {
    "case": _SOME,
    "case_id": _SOME,
    "village": ("desa",),
    "household": ("keluarga",),
    "batch": ("batch",),
    "approval": ("gerbang",),
    "decree": ("sk",),
    "cycle_id": ("siklus",),
    "number": ("impor", "dokumen"),
    "delivery": ("surat",),
    "assignment": ("tugas", "delegasi"),
    "handover": ("serah",),
}
"""Parameter that is a number -> the kinds of things it is asked about, one by one."""
SETS: dict[str, tuple[str, ...]] = {
    "cases": CASES,
    "approvals": ("gerbang",),
    "households": ("keluarga",),
    "ids": ("keluarga",),
    "actors": ("orang",),
    "due": CASES,
    "villages": ("desa",),
}
"""Parameter that is many numbers -> the things of which all are given."""
FILTERS: dict[str, Callable[[], Any]] = {module.__name__: module.Filter for module in (cases, stuck, audit, reads)}
"""Module -> its filter, of which nothing is set."""


def queries() -> Iterator[tuple[str, Query]]:
    """Yield every question under models/ that takes a connection of the application, by its name."""
    for path in sorted(Path(models.__path__[0]).glob("*/*.py")):
        if path.stem not in MODULES or path.parent.name in OWNERS:
            continue
        module = import_module(f"models.{path.parent.name}.{path.stem}")
        for name, found in vars(module).items():
            ours = inspect.iscoroutinefunction(found) and found.__module__ == module.__name__
            if ours and not name.startswith("_") and next(iter(inspect.signature(found).parameters), "") == "conn":
                yield f"{path.parent.name}.{path.stem}.{name}", found


@dataclass(frozen=True)
class Question:
    """A query, its widest arguments, and the one of them that names things."""

    query: Query
    given: dict[str, Any]
    naming: str = ""
    kinds: tuple[str, ...] = ()

    def about(self, things: list[Thing], number: Callable[[int], int] = int) -> Iterator[dict[str, Any]]:
        """Yield the arguments that name these things: all at once, or one after the other."""
        numbers = [number(place) if number is not int else thing.id for place, thing in enumerate(things)]
        if self.naming in SETS:
            yield self.given | {self.naming: numbers}
        else:
            yield from (self.given | {self.naming: one} for one in numbers)


def question(name: str, query: Query, who: Person) -> Question:
    """Return a query as it is asked here."""
    known = WIDEST | OWN.get(name, {}) | {"session": who.session}
    if query.__module__ in FILTERS:
        known |= dict.fromkeys(("wanted", "asked"), FILTERS[query.__module__]())
    given: dict[str, Any] = {}
    naming = ""
    for parameter in list(inspect.signature(query).parameters.values())[1:]:
        if parameter.name in {**NUMBERS, **SETS} and parameter.default is inspect.Parameter.empty:
            naming = parameter.name
        elif parameter.name == "limit":
            given["limit"] = 200
        elif parameter.default is inspect.Parameter.empty and parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            assert parameter.name in known, f"{name}: what is the widest {parameter.name}?"
            given[parameter.name] = known[parameter.name]
    return Question(query, given, naming, {**NUMBERS, **SETS}.get(naming, ()))


@pytest.mark.parametrize(("name", "query"), list(queries()), ids=lambda value: value if isinstance(value, str) else "")
async def test_no_query_asked_without_a_filter_shows_more_than_the_scope(
    country: Country, everybody: list[Person], api: Conn, name: str, query: Query
) -> None:
    wrong = []
    for who in everybody:
        if who.label in SCOPES and who.session is not None:
            async with acting(api, who.session):
                wrong += [f"{who}: {told}" async for told in leaks(api, country, who, question(name, query, who))]
    assert not wrong, f"{name}\n" + "\n".join(wrong)


async def leaks(conn: Conn, country: Country, who: Person, put: Question) -> AsyncIterator[str]:
    """Yield what a question tells that it may not."""
    things = country.ledger.some(*put.kinds)
    for given in put.about(things) if put.naming else [put.given]:
        if found := foreign(country, who, await asked(conn, put.query, given), *things):
            yield f"shows {', '.join(found[:8])}"
    unseen = [thing for thing in things if not may_name(who, thing, country.ledger.things)]
    if unseen:
        there = [await asked(conn, put.query, given) for given in put.about(unseen)]
        nowhere = [await asked(conn, put.query, given) for given in put.about(unseen, lambda place: ABSENT - place)]
        if [plain(answer) for answer in there] != [plain(answer) for answer in nowhere]:
            yield f"tells what is out of sight: {there} and not {nowhere}"[:400]


def plain(answer: str) -> str:
    """Return an answer without the numbers that were asked for."""
    return re.sub(r"10\d{8}", "#", answer)


async def asked(conn: Conn, query: Query, given: dict[str, Any]) -> str:
    """Return what a query answers, as text; where it is refused or is not the application's to ask, that it is."""
    try:
        async with conn.transaction(force_rollback=True):
            return repr(await query(conn, **given))
    except (AlurError, psycopg.errors.InsufficientPrivilege) as error:
        return type(error).__name__


async def test_the_questions_are_found() -> None:
    names = [name for name, _ in queries()]
    assert {"case.queries.list_cases", "stuck.queries.list_stuck", "register.queries.search"} <= set(names)
    assert len(names) > 60
