"""No page without a picture: the table of looks names every page of the console."""

from __future__ import annotations

from fastapi.routing import APIRoute, iter_route_contexts

from api.console.app import make_console
from state_machines.vocabulary import ROLES
from tests.browser.looks import FILES, GUIDES, LOOKS, STATES


def _shown() -> set[str]:
    """Return the routes that answer with a page, or a file, when they are opened."""
    return {
        route.path or ""
        for route in iter_route_contexts(make_console().routes)
        if isinstance(route.original_route, APIRoute) and "GET" in (route.original_route.methods or ())
    }


def test_every_page_is_in_the_table_and_nothing_else() -> None:
    pictured = {look.route for look in LOOKS}
    assert _shown() - pictured == set(FILES), "add the page's lines to LOOKS in tests/browser/looks.py"
    assert pictured - _shown() == {"/antrean/pratinjau", "/bantuan"}  # the answer of a form, and what a key opens


def test_no_look_stands_twice_and_states_are_known() -> None:
    names = [look.name for look in LOOKS]
    assert len(set(names)) == len(names)
    assert {look.state for look in LOOKS} == set(STATES)


def test_every_role_s_guide_has_its_picture_in_the_table() -> None:
    assert set(GUIDES) == {role.id for role in ROLES if role.scope != "none"}
