"""What the walk asks about, numbered so that every answer tells what it speaks of.

Before a thing is made, every sequence of the database is set to a range of the thing's own. Whatever is written with it
(case, act, document, alert, ...) is numbered in that range, so a number found anywhere in an answer, be it JSON, a case
number or a spreadsheet, names the thing it came from, however it got there.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field

from models.database import Conn

_BASE = 1_000_000_000
"""Ten digits that begin with 10: no province has that code, no amount of these tests is as large."""
_WIDTH = 100_000
ABSENT = 1_099_999_999
"""A number that nothing has."""
_NUMBER = re.compile(r"(?<![\w•])10\d{8}(?!\w)")

_ONLY_LISTED = {"tetangga", "garut"}
"""Families that are looked for in lists and counts alone: the others differ in village, programme, payer and kin."""

CASES = ("registrasi", "usulan", "disahkan", "kepesertaan", "penyaluran", "sanggah", "desa", "kunjungan")
"""Kinds of things that are cases."""


@dataclass(frozen=True)
class Thing:
    """Something that can be asked about, with everything that decides who may see it."""

    kind: str
    name: str
    id: int
    region: int = 0
    """Code of the village, kabupaten or province where it belongs; 0 for the nation."""
    programme: str | None = None
    family: str | None = None
    payers: tuple[str, ...] = ()
    """Organisations in whose files it is."""
    owner: str | None = None
    """The one person it belongs to."""
    role: str | None = None
    """The role it is about (an account, a proposed role), or that decides it (a gate)."""
    key: str = ""
    """Another number that is sent about it: a family's No KK, the account of who could stand in for an assignment."""
    told_with: tuple[str, ...] = ()
    """Things whose readers are told its number, whether they may read it or not."""

    def __str__(self) -> str:
        return self.name if self.name.startswith(self.kind) else f"{self.kind} {self.name}"


NOTHING = Thing("", "", 0)


@dataclass
class Ledger:
    """Which numbers belong to which thing."""

    admin: Conn
    things: list[Thing] = field(default_factory=list)
    _ranges: dict[int, Thing] = field(default_factory=dict)
    _exact: dict[int, Thing] = field(default_factory=dict)
    _used: int = 0

    async def begin(self) -> None:
        """Give whatever is written from now on a range of its own, and each sequence a part of it."""
        self._used += 1
        await self.admin.execute(
            "SELECT setval(oid, %s + 1000 * row_number() OVER (ORDER BY oid)) FROM pg_class "
            "WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
            (_BASE + self._used * _WIDTH,),
        )

    def keep(self, thing: Thing, *, exact: bool = False) -> Thing:
        """Note whose the present range is; with `exact` the thing's number alone, inside another thing's range."""
        if exact:
            self._exact[thing.id] = thing
        else:
            self._ranges[self._used] = thing
        self.things.append(thing)
        return thing

    def also(self, thing: Thing) -> None:
        """Note that the present range is a further one of a thing that is kept already."""
        self._ranges[self._used] = thing

    def of(self, *kinds: str) -> list[Thing]:
        """Return the things of some kinds, in the order in which they were made."""
        return [thing for thing in self.things if thing.kind in kinds]

    def some(self, *wanted: str) -> list[Thing]:
        """Return the things that are asked about one by one: of a kind those of three families, or one by its name."""
        return [
            thing
            for thing in self.things
            if thing.name in wanted or (thing.kind in wanted and thing.family not in _ONLY_LISTED)
        ]

    def called(self, name: str) -> Thing:
        """Return the thing of a name."""
        [found] = [thing for thing in self.things if thing.name == name]
        return found

    def named(self, content: bytes | str) -> set[Thing]:
        """Return the things whose numbers stand in an answer."""
        numbers = {int(found) for found in _NUMBER.findall(text_of(content))}
        return self.behind(numbers)

    def behind(self, numbers: Iterable[int]) -> set[Thing]:
        """Return the things that numbers belong to; numbers of nothing are left out."""
        found = {self._exact.get(number) or self._ranges.get((number - _BASE) // _WIDTH) for number in numbers}
        return {thing for thing in found if thing is not None}


def text_of(content: bytes | str) -> str:
    """Return an answer as text; of a spreadsheet the text of all its parts."""
    if isinstance(content, str):
        return content
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(archive.read(name).decode(errors="replace") for name in archive.namelist())
    return content.decode(errors="replace")
