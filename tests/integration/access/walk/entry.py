"""What a line of the matrix says about a route."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.access.walk.people import EVERYBODY, Person
from tests.integration.access.walk.things import Thing

Body = Callable[[Person, Thing], Any]
Check = Callable[[Person, Any, list[Thing]], str | None]
"""Given who asked, the JSON he got and everything there is: what is wrong with it, None when it is right."""


@dataclass(frozen=True)
class Entry:
    """Who may call a route, about what, and what is answered.

    An answer is written "status" or "status code", alternatives with a bar: "201", "409 peran", "200|503".

    Attributes:
        route: method and path, as the application names them.
        about: kinds of things it is asked about, each in turn; `{}` in the path, or the body, takes the number.
        may: those who get `good` where they see the thing; the rest get `refused`.
        good: the answer to them.
        refused: the answer to whoever sees the thing and may not do this with it.
        hidden: the answer about what is out of sight: exactly the answer about a number that nothing has. Those who
            may not do this at all may be told `refused` instead: they are, whatever they name.
        lists: kinds of things it lists: all that one sees, and none that one does not.
        only_own: of people it names the caller alone.
        colleagues: it names accounts of one's office, whoever keeps them.
        narrows: it is a filter: of the cases that one sees it shows those of the thing, also where one knows of the
            thing by them alone.
        but: who is not asked; `why` says where he is.
        public: asked without a token.
        query, body, path, upload, headers: what is sent; query, body and headers may be made for who asks about what.
        check: what else must be true of a good answer.
        why: what needs a word.
    """

    route: str
    about: tuple[str, ...] = ()
    may: frozenset[str] = EVERYBODY
    good: str = "200"
    refused: str = "403"
    hidden: str = "404"
    lists: tuple[str, ...] = ()
    only_own: bool = False
    colleagues: bool = False
    narrows: bool = False
    but: frozenset[str] = frozenset()
    public: bool = False
    query: Body | Mapping[str, Any] = field(default_factory=dict)
    body: Body | Mapping[str, Any] | None = None
    path: Mapping[str, Any] = field(default_factory=dict)
    upload: bytes | None = None
    headers: Body | Mapping[str, str] = field(default_factory=dict)
    check: Check | None = None
    why: str = ""

    @property
    def title(self) -> str:
        """The route, and what tells this line from others of it."""
        fixed = {} if callable(self.query) else self.query
        told = ",".join(f"{name}={value}" for name, value in {**self.path, **fixed}.items())
        return " ".join(filter(None, (self.route, "+".join(self.about), told)))
