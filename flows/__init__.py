"""What happens by itself: the order of steps, the gates, the schedules. PostgreSQL is the truth; Prefect is the clock.

Every flow takes one batch id, may be started again from the top at any moment, and finds its place by looking. Where
a case stands is its idempotency. Nothing here is a rule: rules are in `state_machines/` and `models/`.
"""
