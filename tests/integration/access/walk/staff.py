"""The people of the country: one in each role who asks, and the accounts and news they may or may not see."""

from __future__ import annotations

from itertools import count
from typing import Any

from models.staff.commands import keep_credential, make_ready
from models.user.commands import Scope, assign, make_user
from notifications.kinds import KINDS
from state_machines.vocabulary import ROLES
from tests.integration.access.kit import HASH, KEYS
from tests.integration.access.walk.country import BALI, DESA, Country
from tests.integration.access.walk.people import NOBODY, PROGRAM, Person
from tests.integration.access.walk.things import Thing

_ORGANISATION = {"bank": "BRI", "pos": "POS", "kppn": "KPPN"}
_DIGITS = {"region_10": 10, "region_6": 6, "region_4": 4, "region_2": 2}
_HOME = "sadu"
"""The family that the citizen belongs to and that the pendamping looks after."""
_niks = count(1)


async def people(country: Country) -> list[Person]:
    """Return somebody in every role who belongs to the first village, a program of the operator's, and nobody."""
    found = [await _person(country, role.id, role.scope) for role in ROLES if role.id != "sistem"]
    [operator] = [who for who in found if who.role == "operator_desa"]
    await country.ledger.begin()
    session = country.owner.execute(
        "INSERT INTO session (assignment_id, issued_at, expires_at, kind, name) "
        "VALUES (%s, now(), now() + interval '1 day', 'token', 'program desa') RETURNING id",
        (operator.assignment,),
    ).fetchone()
    assert session is not None
    country.ledger.keep(Thing("orang", PROGRAM, 0, owner=operator.name))
    program = Person(PROGRAM, operator.role, operator.name, session["id"], operator.village)
    await _news(country, operator)
    await _delegations(country, operator)
    await _handovers(country, next(who for who in found if who.role == "pendamping"))
    return [*found, program, Person(NOBODY, "", "", None)]


async def _person(country: Country, role: str, scope: str) -> Person:
    name = f"pejalan {role}"
    household = country.ledger.called(f"keluarga {_HOME}").id
    bounds = Scope(
        region=_code(scope, DESA),
        programme="PKH" if scope == "programme" else None,
        organisation=_ORGANISATION.get(role),
        household=household if scope == "own_nik" else None,
    )
    colleague = 0 if scope == "own_nik" else await _colleague(country, f"rekan {role}", role, bounds)
    await country.ledger.begin()
    user, assignment = _account(country, name, role, bounds)
    if role == "pendamping":
        country.owner.execute(
            "INSERT INTO family_assignment (user_id, household_id, valid_from) VALUES (%s, %s, '2025-01-01')",
            (user, household),
        )
    row = country.owner.execute(
        "INSERT INTO session (assignment_id, issued_at, expires_at, kind) "
        "VALUES (%s, now(), now() + interval '1 day', 'web') RETURNING id, number",
        (assignment,),
    ).fetchone()
    assert row is not None
    country.ledger.keep(Thing("orang", name, user, owner=name))
    return Person(
        label=role,
        role=role,
        name=name,
        session=row["id"],
        village=DESA,
        programme=bounds.programme,
        organisation=bounds.organisation,
        family=_HOME if scope == "own_nik" else None,
        assigned=(_HOME,) if role == "pendamping" else (),
        assignment=assignment,
        colleague=colleague,
    )


async def _colleague(country: Country, name: str, role: str, bounds: Scope) -> int:
    """Make somebody else at work there, who never asks; return his account."""
    await country.ledger.begin()
    user, _ = _account(country, name, role, bounds)
    country.ledger.keep(Thing("orang", name, user, bounds.region or 0, owner=name))
    return user


def _code(scope: str, village: int) -> int | None:
    if scope == "assigned_families":
        return int(str(village)[:4])
    return int(str(village)[: _DIGITS[scope]]) if scope in _DIGITS else None


def _account(country: Country, name: str, role: str | None, bounds: Scope) -> tuple[int, int]:
    """Make an account that can sign in; return it and its role's assignment, 0 without a role."""
    owner, serial = country.owner, next(_niks)
    user = make_user(owner, name, name.title())
    keep_credential(owner, KEYS, user, f"320405010170{serial:04d}")
    make_ready(owner, KEYS, user, HASH, str(900_000 + serial))
    return user, assign(owner, user, role, bounds) if role else 0


_KEPT: tuple[tuple[str, str, str, int], ...] = (
    ("desa", "kades", "operator_desa", DESA),
    ("bali", "kades", "operator_desa", BALI),
    ("bandung", "admin_kab", "admin_kab", DESA // 10**6),
    ("denpasar", "admin_kab", "admin_kab", BALI // 10**6),
    ("pusat", "bps", "menteri", 0),
)
"""Accounts that administrators keep: name, role, another role that is proposed there, region. None holds a case of the
country: whoever sees a case is told who could move it."""


async def _news(country: Country, operator: Person) -> None:
    """Make accounts, proposed roles, events, notices, dead letters and sessions, each near and far."""
    ledger = country.ledger
    for name, role, proposed, region in _KEPT:
        await ledger.begin()
        user, assignment = _account(country, f"akun {name}", role, Scope(region=region or None))
        kept: dict[str, Any] = {"region": region, "role": role}
        ledger.keep(Thing("akun", f"akun {name}", user, told_with=(f"kejadian {name}",), **kept))
        stands_in = str(ledger.called(f"rekan {role}").id)
        ledger.keep(Thing("tugas", f"tugas {name}", assignment, key=stands_in, **kept), exact=True)
        await _event(country, user, f"kejadian {name}", kept)
        await _request(country, name, kept | {"role": proposed})
    await ledger.begin()
    far = _account(country, "rekan jauh", "operator_desa", Scope(region=BALI))
    ledger.keep(Thing("orang", "rekan jauh", far[0], BALI, owner="rekan jauh"))
    near = _account(country, operator.name, None, Scope())[0], operator.assignment
    for owner, region, (user, assignment) in ((operator.name, DESA, near), ("rekan jauh", BALI, far)):
        await _mail(country, owner, region, user, assignment)


async def _delegations(country: Country, operator: Person) -> None:
    """Let the operator act for his colleague, his colleague later for him, and somebody far away for another."""
    called = country.ledger.called
    far = await _colleague(country, "pengganti jauh", operator.role, Scope(region=BALI))
    for name, region, owner, giver, delegate, in_days in (
        ("diterima", DESA, operator.name, operator.colleague, called(operator.name).id, 0),
        ("diberi", DESA, operator.name, called(operator.name).id, operator.colleague, 60),
        ("jauh", BALI, "rekan jauh", called("rekan jauh").id, far, 0),
    ):
        await country.ledger.begin()  # what both are told of it belongs to nothing
        number = country.put(
            "SELECT delegation_begin(a, %s, alur_now() + make_interval(days => %s), "
            "alur_now() + make_interval(days => %s), 'cuti', a.user_id) FROM assignment a "
            "WHERE a.user_id = %s AND a.delegated_from IS NULL",
            delegate,
            in_days,
            in_days + 20,
            giver,
        )
        delegation = Thing("delegasi", f"delegasi {name}", number, region, owner=owner, role=operator.role)
        country.ledger.keep(delegation, exact=True)


async def _handovers(country: Country, pendamping: Person) -> None:
    """Offer a family to the pendamping, let him have offered it before, and offer another far away."""
    called, here, there = country.ledger.called, DESA // 10**6, BALI // 10**6
    own, near = called(pendamping.name).id, pendamping.colleague
    giver, receiver = [
        await _colleague(country, f"pendamping jauh {n}", pendamping.role, Scope(region=there)) for n in (1, 2)
    ]
    for user, family in ((near, "sadu kedua"), (giver, "bali")):
        country.owner.execute(
            "INSERT INTO family_assignment (user_id, household_id, valid_from) VALUES (%s, %s, '2025-01-01')",
            (user, called(f"keluarga {family}").id),
        )
    await _offer(country, "diberi", here, pendamping.name, "sadu kedua", (own, near))
    await _offer(country, "diterima", here, pendamping.name, "sadu kedua", (near, own))
    await _offer(country, "jauh", there, "pendamping jauh 1", "bali", (giver, receiver))


async def _offer(country: Country, name: str, office: int, owner: str, family: str, who: tuple[int, int]) -> None:
    """Offer a family, from the first of two pendamping of an office to the second."""
    await country.ledger.begin()
    number = country.put(
        "INSERT INTO handover (giver, receiver, made_by, reason, offered_at, until) "
        "VALUES (%(giver)s, %(receiver)s, %(giver)s, 'pindah', alur_now(), alur_now() + interval '7 days') "
        "RETURNING id",
        giver=who[0],
        receiver=who[1],
    )
    household = country.ledger.called(f"keluarga {family}").id
    country.owner.execute("INSERT INTO handover_family (handover, household_id) VALUES (%s, %s)", (number, household))
    country.ledger.keep(Thing("serah", f"serah {name}", number, office, owner=owner, role="pendamping"))


async def _event(country: Country, user: int, name: str, kept: dict[str, Any]) -> None:
    await country.ledger.begin()
    number = country.put(
        "INSERT INTO signin_event (at, kind, user_id, actor) VALUES (alur_now(), 'masuk', %s, %s) RETURNING id",
        user,
        user,
    )
    country.ledger.keep(Thing("kejadian", name, number, **kept))


async def _request(country: Country, name: str, kept: dict[str, Any]) -> None:
    """Propose a role in the same place for somebody new; his account is in the same hands."""
    await country.ledger.begin()
    user, _ = _account(country, f"calon {name}", None, Scope())
    country.ledger.keep(Thing("akun", f"calon {name}", user, told_with=(f"permintaan {name}",), **kept))
    await country.ledger.begin()
    number = country.put(
        "INSERT INTO assignment_request (user_id, role, lo, hi, valid_from, made_by, made_at) "
        "SELECT %(user)s, r.code, a.lo, a.hi, alur_now(), %(maker)s, alur_now() FROM assignment a, role r "
        "WHERE a.user_id = (SELECT id FROM account_user WHERE username = %(like)s) AND r.id = %(role)s RETURNING id",
        user=user,
        role=kept["role"],
        maker=country.ledger.called("pejalan auditor").id,
        like=f"akun {name}",
    )
    country.ledger.keep(Thing("permintaan", f"permintaan {name}", number, told_with=(f"calon {name}",), **kept))


async def _mail(country: Country, owner: str, region: int, user: int, assignment: int) -> None:
    """Give somebody a notice, a message that nobody took, and one session more."""
    ledger = country.ledger
    await ledger.begin()
    number = country.put(
        "INSERT INTO notice (user_id, kind, key, at, region, data) "
        "VALUES (%s, 'dikembalikan', 'uji', alur_now(), %s, %s) RETURNING id",
        user,
        region,
        dict(KINDS["dikembalikan"].example),
    )
    ledger.keep(Thing("berita", f"berita {owner}", number, owner=owner))
    await ledger.begin()
    number = country.put(
        "INSERT INTO notice_delivery (user_id, notice, channel, state, at, next_try) "
        "VALUES (%s, NULL, 'telegram', 'mati', alur_now(), alur_now()) RETURNING id",
        user,
    )
    ledger.keep(Thing("surat", f"surat {owner}", number, region, owner=owner))
    await ledger.begin()
    number = country.put(
        "INSERT INTO session (assignment_id, issued_at, expires_at, kind) "
        "VALUES (%s, now(), now() + interval '1 day', 'web') RETURNING number",
        assignment,
    )
    ledger.keep(Thing("sesi", f"sesi {owner}", number, owner=owner))
