"""Couriers for the tests of notices."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integration.notice.post import Post, posting
from tests.support.world import World


@pytest.fixture
async def post(world: World) -> AsyncIterator[Post]:
    async with posting(world) as made:
        yield made
