"""One database and one running application for a module; its people are each test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import pytest_asyncio
from psycopg import Connection
from psycopg.rows import DictRow

from models.database import sync_connect
from tests.integration.access.kit import Access, running
from tests.support.server import TestServer


@pytest.fixture(scope="session")
def access_dsn(server: TestServer) -> Iterator[str]:
    """The DSN of the database that these tests share."""
    dsn = server.fresh()
    yield dsn
    server.drop(dsn)


@pytest.fixture(scope="session")
def owner(access_dsn: str) -> Iterator[Connection[DictRow]]:
    """The owner of that database."""
    with sync_connect(access_dsn) as conn:
        yield conn


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def access(access_dsn: str, owner: Connection[DictRow]) -> AsyncIterator[Access]:
    """The application over that database."""
    async with running(access_dsn, owner) as made:
        yield made


@pytest.fixture(autouse=True)
def unthrottled(owner: Connection[DictRow]) -> None:
    """No test waits for the failures of another."""
    owner.execute("DELETE FROM signin_throttle")
