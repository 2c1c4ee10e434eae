"""The people of a demonstration: one or two of every role that the story needs, each with a signed token."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from psycopg import Connection
from psycopg.rows import DictRow

from api.tokens import sign
from models.signin.keys import Keys
from models.signin.rules import hash_password
from models.staff.commands import keep_credential, make_ready
from models.user.commands import Scope, assign, make_session, make_user


@dataclass(frozen=True, slots=True)
class Person:
    """One person: username, name, role and what bounds it."""

    username: str
    name: str
    role: str
    scope: Scope


def demo_people(villages: tuple[int, ...], visited: tuple[int, ...] = ()) -> list[Person]:
    """Return the people of a demo: villages that send lists, the offices above, heads of villages to be visited."""
    kabupaten = villages[0] // 1_000_000
    kecamatan = sorted({village // 10_000 for village in villages})
    people: list[Person] = []
    for n, village in enumerate(villages, 1):
        people += [
            Person(f"operator{n}", f"Operator Desa {n}", "operator_desa", Scope(region=village)),
            Person(f"kades{n}", f"Kepala Desa {n}", "kades", Scope(region=village)),
        ]
    people += [
        Person(f"kades{n}", f"Kepala Desa {n}", "kades", Scope(region=village))
        for n, village in enumerate(visited, len(villages) + 1)
    ]
    people += [
        Person(f"kecamatan{n}", f"Operator Kecamatan {n}", "operator_kecamatan", Scope(region=code))
        for n, code in enumerate(kecamatan, 1)
    ]
    people += [
        Person("pendamping1", "Pendamping PKH", "pendamping", Scope(region=kabupaten)),
        Person("pengisi1", "Pengisi Data Kabupaten", "pengisi_data_kab", Scope(region=kabupaten)),
        Person("verifikator1", "Verifikator Dinsos", "verifikator_kab", Scope(region=kabupaten)),
        Person("kadinsos", "Kepala Dinas Sosial", "kepala_dinas", Scope(region=kabupaten)),
        Person("admin.kab", "Admin Kabupaten", "admin_kab", Scope(region=kabupaten)),
        Person("admin.provinsi", "Admin Provinsi", "admin_provinsi", Scope(region=kabupaten // 100)),
        Person("provinsi", "Dinsos Provinsi", "dinsos_provinsi", Scope(region=kabupaten // 100)),
        Person("pusdatin1", "Pusdatin Satu", "pusdatin", Scope()),
        Person("pusdatin2", "Pusdatin Dua", "pusdatin", Scope()),
        Person("pusdatin3", "Pusdatin Tiga", "pusdatin", Scope()),
        Person("bps", "Petugas BPS", "bps", Scope()),
        Person("menteri1", "Sekretariat Menteri", "menteri", Scope()),
        Person("menteri2", "Menteri Sosial", "menteri", Scope()),
        Person("auditor", "Auditor", "auditor", Scope()),
        Person("admin", "Admin Pusat", "admin_pusat", Scope()),
        Person("bank.bri", "Petugas BRI", "bank", Scope(organisation="BRI")),
        Person("pos", "Petugas Pos", "pos", Scope(organisation="POS")),
        Person("kppn", "Petugas KPPN", "kppn", Scope(organisation="KPPN")),
    ]
    for programme in ("PKH", "SEMBAKO"):
        word = programme.lower()
        people += [
            Person(f"direktorat1.{word}", f"Direktorat {programme} Satu", "direktorat", Scope(programme=programme)),
            Person(f"direktorat2.{word}", f"Direktorat {programme} Dua", "direktorat", Scope(programme=programme)),
            Person(f"kpa.{word}", f"KPA {programme}", "kpa", Scope(programme=programme)),
            Person(f"ppk.{word}", f"PPK {programme}", "ppk", Scope(programme=programme)),
            Person(f"ppspm.{word}", f"PPSPM {programme}", "ppspm", Scope(programme=programme)),
        ]
    return people


def citizen(household: int, name: str) -> Person:
    """Return the head of a family as somebody who sees that family and nothing else."""
    return Person("warga1", name, "warga", Scope(household=household))


@dataclass(frozen=True, slots=True)
class Made:
    """A person with an open session and the token that names it."""

    person: Person
    session: UUID
    token: str


def make_people(conn: Connection[DictRow], people: list[Person], secret: str, days: int) -> dict[str, Made]:
    """Create accounts, roles and sessions; return the people by username."""
    made: dict[str, Made] = {}
    for person in people:
        user = make_user(conn, person.username, person.name)
        session = make_session(conn, assign(conn, user, person.role, person.scope), days=days)
        made[person.username] = Made(person, session, sign(session, secret))
    return made


@dataclass(frozen=True, slots=True)
class SignIn:
    """How one of a demo's people signs in: NIK, password, and the Telegram chat that gets the code."""

    person: Person
    nik: str
    password: str
    chat: int

    def line(self) -> str:
        """Return it as one line of a table."""
        scope = self.person.scope
        family = f"keluarga {scope.household}" if scope.household else "nasional"
        where = scope.region or scope.programme or scope.organisation or family
        return f"{self.person.role:<19} {self.person.username:<20} {self.nik}  chat {self.chat}  {where}"


def make_signins(conn: Connection[DictRow], keys: Keys, people: list[Person], password: str) -> list[SignIn]:
    """Let the people of a demo sign in; their NIK lie in a kecamatan 00, where nobody was ever registered."""
    hashed = hash_password(password)
    made = []
    for n, person in enumerate(people, 1):
        region = str(person.scope.region or 3171)[:4].ljust(4, "0")
        signin = SignIn(person, f"{region}00010170{n:04d}", password, 1000 + n)
        user = make_user(conn, person.username, person.name)
        keep_credential(conn, keys, user, signin.nik)
        make_ready(conn, keys, user, hashed, str(signin.chat))
        made.append(signin)
    return made


def write_private(path: Path, text: str) -> None:
    """Write a file, whole or not at all, readable by its owner only."""
    part = path.with_suffix(".part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)


def write_tokens(path: Path, made: dict[str, Made]) -> None:
    """Write what demo clients need to act as each person, readable by its owner only."""
    told = {
        username: {
            "name": each.person.name,
            "role": each.person.role,
            "region": each.person.scope.region,
            "programme": each.person.scope.programme,
            "token": each.token,
        }
        for username, each in made.items()
    }
    write_private(path, json.dumps(told, indent=1))
