"""Routers that are asked only about what lies under their prefix."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class Section(APIRouter):
    """A router that is not looked through for an address elsewhere.

    FastAPI tries every route of every router in turn; a page of the console, which comes last, waited a millisecond
    for it.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a route of the section serves the request."""
        return super().matches(scope) if self.prefix in scope["path"] else (Match.NONE, {})
