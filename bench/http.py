"""One approval over HTTP: a person's move of one case, sixteen connections, one process of the API."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from statistics import quantiles

from api.tokens import sign
from bench.figure import Figure, alone, from_rounds
from bench.moves import BACK, THERE, Step, one_statement
from bench.parts import Parts, parts
from bench.run import Run
from bench.world import KABUPATEN, person, session
from models.database import sync_connect
from models.region.rules import span

CONNECTIONS = 16
MOVES = 3_200
"""Moves of one round over all connections, half of them there and half back."""
P99_MS = 30


class Refused(Exception):
    """The API answered something else than 201: how often what, with one whole answer each."""


class Client:
    """One kept connection of one verifier, with as little of its own work as possible."""

    def __init__(self, port: int, token: str, cases: Sequence[int]) -> None:
        self._port, self._token, self._cases = port, token, cases
        self.took_s: list[float] = []
        self.others: Counter[str] = Counter()
        """Answers other than 201: what was said."""

    async def play(self) -> None:
        """Move every case there and back."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            for step in (THERE, BACK):
                for case in self._cases:
                    begun = time.perf_counter()
                    writer.write(self._request(step, case))
                    status, body = await _answer(reader)
                    self.took_s.append(time.perf_counter() - begun)
                    if status != 201:  # noqa: PLR2004 -- moved
                        self.others[f"{status} {body.decode(errors='replace')}"] += 1
        finally:
            writer.close()
            await writer.wait_closed()

    def _request(self, step: Step, case: int) -> bytes:
        told = {name: step.more[name] for name in ("reason", "note") if name in step.more}
        body = json.dumps({"trigger": step.trigger, "evidence": step.more.get("facts", {})} | told).encode()
        return (
            f"POST /api/v1/cases/{case}/transitions HTTP/1.1\r\nHost: 127.0.0.1:{self._port}\r\n"
            f"Authorization: Bearer {self._token}\r\nIdempotency-Key: {uuid.uuid4()}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        ).encode() + body


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:"))
    return int(lines[0].split()[1]), await reader.readexactly(length)


def approved(run: Run) -> list[Figure]:
    """Move cases over HTTP, beside pgbench's one statement with as many clients; and how long 99 of 100 wait."""
    world = run.world
    each = max(1, run.size(MOVES) // CONNECTIONS // 2)
    rounds, slowest = [], []
    with parts(world.dsn) as house:
        house.start("api")
        with sync_connect(world.dsn) as conn:
            sessions = [
                session(conn, person(conn, f"http{n}"), "verifikator_kab", *span(KABUPATEN)) for n in range(CONNECTIONS)
            ]
        tokens = [sign(each_session, house.site.secret) for each_session in sessions]

        def once(moves_each: int) -> tuple[float, list[float]]:
            shares = [world.cases[n * moves_each : (n + 1) * moves_each] for n in range(CONNECTIONS)]
            return asyncio.run(_together(house, tokens, shares))

        once(min(each, 10))  # the first answers load what a process needs once
        for number in range(run.rounds):
            bound = one_statement(run, CONNECTIONS) if number % 2 else 0.0
            rate, waits = once(each)
            rounds.append((rate, bound or one_statement(run, CONNECTIONS)))
            slowest.append(quantiles(waits, n=100)[98] * 1000 if len(waits) > 1 else waits[0] * 1000)
    return [
        from_rounds("http_approve", "moves/s", rounds, target=0.20),
        alone("http_approve_p99", "ms", slowest, target=P99_MS),
    ]


async def _together(house: Parts, tokens: Sequence[str], shares: Sequence[Sequence[int]]) -> tuple[float, list[float]]:
    clients = [Client(house.api_port, token, share) for token, share in zip(tokens, shares, strict=True)]
    begun = time.perf_counter()
    await asyncio.gather(*(client.play() for client in clients))
    took_s = time.perf_counter() - begun
    others = sum((client.others for client in clients), Counter[str]())
    if others:
        raise Refused(others.most_common(5))
    waits = [wait for client in clients for wait in client.took_s]
    return len(waits) / took_s, waits
