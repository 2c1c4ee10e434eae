"""The matrix: every route of the application, who may call it about what, and what the answer is.

One file per noun, as in `api/routes`. A route without a line here fails the walk, and so does a line without a route.
"""

from tests.integration.access.walk.matrix import (
    accounts,
    audit,
    batches,
    calendar,
    cases,
    cycles,
    delegations,
    handovers,
    households,
    notices,
    open_,
    reads,
    reports,
    signin,
    uploads,
)

MATRIX = (
    *open_.ENTRIES,
    *signin.ENTRIES,
    *accounts.ENTRIES,
    *delegations.ENTRIES,
    *handovers.ENTRIES,
    *cases.ENTRIES,
    *households.ENTRIES,
    *batches.ENTRIES,
    *cycles.ENTRIES,
    *calendar.ENTRIES,
    *audit.ENTRIES,
    *reads.ENTRIES,
    *reports.ENTRIES,
    *notices.ENTRIES,
    *uploads.ENTRIES,
)
