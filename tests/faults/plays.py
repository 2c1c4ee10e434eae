"""What runs while something is broken: a village's list, and a tahap; people act over HTTP until they are answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import httpx

from api.tokens import sign
from models.approval.rules import GATES
from models.batch.commands import open_batch, wake
from tests.faults.plant import Plant, until
from tests.flows.stage import EVIDENCE, Stage
from tests.integration.api.kit import SECRET
from tests.support.world import DESA

_GATES = ("sk_tahap", "closing", "spp", "spm", "si")
_SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """One request under one key, and its answer."""

    session: UUID
    path: str
    body: Mapping[str, Any]
    key: str
    status: int
    answer: Any


class Desk:
    """Where people act as one does on a bad line: the same request under the same key, until it is answered."""

    def __init__(self, plant: Plant) -> None:
        self.plant = plant
        self.asked: list[Asked] = []

    def post(self, session: UUID, path: str, body: Mapping[str, Any]) -> Any:
        """Return the answer to a write.

        Raises:
            AssertionError: it was refused, or nobody answers.
        """
        key = str(uuid.uuid4())
        status, answer = self._answered(session, path, body, key)
        assert status < httpx.codes.BAD_REQUEST, (path, body, status, answer)
        self.asked.append(Asked(session, path, body, key, status, answer))
        return answer

    def move(self, session: UUID, trigger: str, batch: int, **evidence: Any) -> None:
        """Fire a trigger on every case of a batch."""
        cases = self.plant.rows(
            "SELECT case_id AS id, version FROM position WHERE batch = %(batch)s ORDER BY case_id", {"batch": batch}
        )
        body = {"trigger": trigger, "cases": [dict(case) for case in cases], "evidence": evidence}
        told = self.post(session, "/cases/transitions", body)
        assert told["counts"] == {"dipindah": len(cases)}, told

    def other_answers(self) -> list[str]:
        """Ask everything once more; return what is answered otherwise than the first time."""
        again = [(one, self._answered(one.session, one.path, one.body, one.key)) for one in self.asked]
        return [f"{one.path} said {one.answer}, then {now}" for one, now in again if now != (one.status, one.answer)]

    def _answered(self, session: UUID, path: str, body: Mapping[str, Any], key: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {sign(session, SECRET)}", "Idempotency-Key": key}

        def asked() -> tuple[int, Any] | None:
            answer = self.plant.http.post(f"/api/v1{path}", json=body, headers=headers)
            return None if answer.status_code >= _SERVER_ERROR else (answer.status_code, answer.json())

        return until(f"an answer to {path}", asked)


def states(plant: Plant, batch: int) -> dict[str, int]:
    """Return how many cases of a batch stand where."""
    found = plant.rows(
        "SELECT s.id, count(*) AS n FROM position p JOIN state s ON s.code = p.state WHERE p.batch = %(batch)s "
        "GROUP BY 1",
        {"batch": batch},
    )
    return {row["id"]: row["n"] for row in found}


def open_gates(plant: Plant, batch: int) -> list[dict[str, Any]]:
    """Return the gates of a batch that wait for people."""
    query = "SELECT id, gate, people FROM approval WHERE batch = %(batch)s AND state = 'terbuka' ORDER BY id"
    return list(plant.rows(query, {"batch": batch}))


def _stand(plant: Plant, batch: int, state: str) -> None:
    """Wait until every case of a batch stands there."""
    until(f"batch {batch} in {state}", lambda: {*states(plant, batch)} == {state})


class Play(Protocol):
    """One batch from its beginning to its end."""

    path: str
    """The rules along which every case goes."""
    seconds: float
    """How long it takes when nothing is broken: faults strike within it."""
    batch: int
    cases: int

    async def prepare(self, stage: Stage) -> None:
        """Set the stage before anything runs that could break."""

    def act(self, desk: Desk) -> None:
        """Do what people do, and return when every case has come to its end."""


class VillageList:
    """Three families proposed, checked by Dukcapil, met about and agreed on."""

    path = "U01 U02 U05 U10 U12"
    seconds = 1.5
    cases = 3

    async def prepare(self, stage: Stage) -> None:
        self.operator, self.kades = await stage.person("operator_desa"), await stage.person("kades")
        households = await stage.register(await stage.families(self.cases))
        self.batch = await open_batch(stage.world.api, self.operator, "usulan", DESA, "Usulan BARU")
        await stage.drafted(self.batch, households, "BARU")

    def act(self, desk: Desk) -> None:
        desk.move(self.operator, "usulan.kirim_cek", self.batch)
        _stand(desk.plant, self.batch, "padan")
        desk.move(self.operator, "usulan.masuk_musdes", self.batch, id_batch_musdes={"nomor": self.batch})
        (gate,) = until("the meeting's gate", lambda: open_gates(desk.plant, self.batch))
        evidence = {need: {"nomor": need} for need in EVIDENCE["musdes"]}
        desk.post(self.kades, f"/approvals/{gate['id']}/decisions", {"verdict": "setuju", "evidence": evidence})
        _stand(desk.plant, self.batch, "usulan_final")


class Tahap:
    """Three families paid: decree, closing, accounts tested, treasury, transfer orders to their banks."""

    path = "P01 P03 P07 P17 P20 P25 P26 P27 P29 P30"
    seconds = 2.5
    cases = 3

    async def prepare(self, stage: Stage) -> None:
        await stage.members(await stage.register(await stage.families(self.cases)))
        self.batch = await stage.open_tahap()
        await wake(stage.world.worker, self.batch, "dibuka")
        self._deciders = {
            gate: [await stage.person(GATES[gate].role, name=f"{GATES[gate].role}{n}") for n in range(2)]
            for gate in _GATES
        }

    def act(self, desk: Desk) -> None:
        until("the end of the tahap", lambda: self._ended(desk))

    def _ended(self, desk: Desk) -> bool:
        for row in open_gates(desk.plant, self.batch):
            kind = row["gate"].partition(".")[0]
            evidence = {need: {"nomor": f"{kind}/{row['id']}"} for need in EVIDENCE.get(kind, ())}
            for decider in self._deciders[kind][: row["people"]]:
                body = {"verdict": "setuju", "evidence": evidence}
                desk.post(decider, f"/approvals/{row['id']}/decisions", body)
        return states(desk.plant, self.batch) == {"sukses": self.cases}
