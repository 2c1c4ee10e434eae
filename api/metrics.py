"""What Prometheus reads: this process's requests, and the machinery's figures as the database tells them."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from models.case.outcomes import Outcome
from models.health.queries import Figures

_BUCKETS_S = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
"""Around what is promised: a move in 20 ms, a page in 200 ms, an import in 10 s."""

_REQUESTS = Counter("alur_http_requests_total", "Requests answered", ["method", "route", "status"])
_SECONDS = Histogram("alur_http_request_seconds", "Time to answer", ["method", "route"], buckets=_BUCKETS_S)
_OUTCOMES = Counter("alur_door_outcomes_total", "What the door said to people, by case", ["machine", "outcome"])

_FIGURES = {
    "wakes_open": ("alur_wakes_open", "Batches whose flow was asked to look and has not yet"),
    "wake_oldest_s": ("alur_wake_oldest_seconds", "How long the oldest of them has waited; 0 without any"),
    "runs_live": ("alur_leases_live", "Batches that a flow run is carrying now"),
    "runs_lapsed": ("alur_leases_lapsed", "Open batches whose run fell silent"),
    "run_lapsed_oldest_s": ("alur_lease_lapsed_oldest_seconds", "How long ago the first of those leases ended"),
    "calls_open": ("alur_calls_open", "Calls to outside systems without a final answer"),
    "calls_unknown": ("alur_calls_unknown", "Calls whose outcome is not known"),
    "call_unknown_oldest_s": ("alur_call_unknown_oldest_seconds", "Age of the oldest of them"),
    "calls_refused": ("alur_calls_refused", "Calls that an outside system refused"),
    "gates_open": ("alur_gates_open", "Gates that wait for a decision"),
    "gates_late": ("alur_gates_late", "Gates open past their deadline"),
    "gate_late_oldest_s": ("alur_gate_late_oldest_seconds", "How long the first of those is past its deadline"),
    "notices_dead": ("alur_notices_dead", "Messages that were given up and wait for somebody to resend them"),
    "notice_lag_s": (
        "alur_notice_lag_seconds",
        "How long the oldest news or message has waited; 0 without any",
    ),
    "cards_refused": ("alur_cards_refused", "Families whose card a bank refused to print and has not printed since"),
    "objections_late": ("alur_objections_late", "Objections undecided past the time for their check"),
    "connections": ("alur_database_connections", "Client connections of the database server"),
    "connections_most": ("alur_database_connections_most", "How many it takes"),
    "transitions": ("alur_transitions", "Transitions written, by people and flows, since the statistics began"),
    "refusals": ("alur_refusals", "Refusals written, the same way"),
}
"""Figure -> name and meaning. Ages read 0 while there is nothing to be old."""


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Count and time one answered request; `route` is the template, so that no address becomes a label."""
    _REQUESTS.labels(method, route, status).inc()
    _SECONDS.labels(method, route).observe(seconds)


def count_outcomes(trigger: str, outcomes: Sequence[Outcome]) -> None:
    """Count what the door said about the cases of one knock; the trigger is one it knew."""
    machine = trigger.partition(".")[0]
    for outcome, n in Tally(each.outcome for each in outcomes).items():
        _OUTCOMES.labels(machine, outcome).inc(n)


def text(figures: Figures | None, pool: Mapping[str, int], watch_age_s: float | None = None) -> bytes:
    """Return everything in Prometheus's text format; without figures the database did not answer.

    Args:
        figures: the machinery's, None when the database is away.
        pool: `psycopg_pool`'s statistics of this process.
        watch_age_s: for how many seconds the watch over stuck cases has not come to its end; None: not known.
    """
    registry = CollectorRegistry()

    def gauge(name: str, meaning: str, value: float) -> None:
        Gauge(name, meaning, registry=registry).set(value)

    gauge("alur_database_up", "Whether the database answered", figures is not None)
    size, free = pool.get("pool_size", 0), pool.get("pool_available", 0)
    gauge("alur_pool_size", "Database connections of this process", size)
    gauge("alur_pool_used", "Those that serve a request now", size - free)
    gauge("alur_pool_waiting", "Requests that wait for one", pool.get("requests_waiting", 0))
    if watch_age_s is not None:
        gauge("alur_watch_age_seconds", "How long ago the watch over stuck cases last came to its end", watch_age_s)
    if figures is not None:
        for field, (name, meaning) in _FIGURES.items():
            gauge(name, meaning, getattr(figures, field) or 0)
        if figures.engine_silent_s is not None:
            gauge("alur_engine_silent_seconds", "How long ago the engine said that it lives", figures.engine_silent_s)
    return generate_latest() + generate_latest(registry)
