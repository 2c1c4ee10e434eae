"""Every route, asked as every role about everything near and far: what it answers, and what it does not say.

Real: the application, its database roles and row-level security. Who sees what is said apart, in `people.py`.
"""

from __future__ import annotations

import pytest

from tests.integration.access.walk.asking import Walk
from tests.integration.access.walk.entry import Entry
from tests.integration.access.walk.matrix import MATRIX
from tests.integration.api.kit import Site, routes

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.usefixtures("quick_passwords")]


def missing(served: set[str], written: set[str]) -> list[str]:
    """Return what the matrix lacks, and what it has too much, as sentences that say what to do."""
    return [
        *(
            f"{route}: no line. Write an Entry into the file of its noun in tests/integration/access/walk/matrix: who "
            "may call it, about what, what is answered out of sight."
            for route in sorted(served - written)
        ),
        *(f"{route}: no such route. Take its line out of the matrix." for route in sorted(written - served)),
    ]


async def test_the_matrix_has_a_line_for_every_route(walked_site: Site) -> None:
    served = {f"{method} {path}" for method, path in routes(walked_site)}
    assert len(served) > 80
    assert missing(served, {entry.route for entry in MATRIX}) == []


@pytest.mark.parametrize("entry", MATRIX, ids=lambda entry: entry.title)
async def test_everybody_is_answered_as_the_matrix_says(walk: Walk, entry: Entry) -> None:
    wrong = await walk.wrong(entry)
    assert not wrong, f"{entry.title}: {len(wrong)} wrong answers\n" + "\n".join(wrong[:40])
