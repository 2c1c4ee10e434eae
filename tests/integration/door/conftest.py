"""Connections to a furnished database: the administrator's, and the application's under each of its roles."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing

import pytest

from models.database import sync_connect
from models.install import role_dsn
from tests.integration.door.furnished import Furnished, Sql, furnish
from tests.integration.door.scoping import Country, settle
from tests.support.server import TestServer
from tests.support.world import World


@pytest.fixture(scope="module")
def furnished(server: TestServer) -> Iterator[Furnished]:
    """A database with something in every table, shared by this module's tests, none of which changes it."""
    dsn = server.fresh()
    yield asyncio.run(furnish(dsn))
    server.drop(dsn)


@pytest.fixture
def admin(furnished: Furnished) -> Iterator[Sql]:
    with closing(sync_connect(furnished.dsn)) as conn:
        yield conn


@pytest.fixture(params=["alur_api", "alur_worker"])
def application(furnished: Furnished, request: pytest.FixtureRequest) -> Iterator[Sql]:
    """A connection of the application, as each of the two roles its processes have."""
    with closing(sync_connect(role_dsn(furnished.dsn, request.param))) as conn:
        yield conn


@pytest.fixture
def api(furnished: Furnished) -> Iterator[Sql]:
    with closing(sync_connect(role_dsn(furnished.dsn, "alur_api"))) as conn:
        yield conn


@pytest.fixture
async def country(world: World) -> Country:
    """Villages near and far, one family with one case in each."""
    return await settle(world)
