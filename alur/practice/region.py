"""Fill a practice region: lists, meetings, checks, visits, decrees and payments by invented people, over six weeks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from pydantic import SecretStr

from alur.people import Person
from alur.practice.hands import Hands
from alur.practice.scenes import OBJECTIONS, PAYMENTS, PROPOSALS, Scene
from alur.runtime.errors import HostProblem
from alur.settle import Population
from flows import siklus, siklus_kab, usulan_batch
from flows.carry import Step, look
from flows.deployments import standing
from flows.pantau_macet import watch_regions
from flows.penyaluran_tahap import hold_closing, hold_tahap, price
from flows.work import Work, working
from models.approval.commands import decide
from models.approval.queries import of_batch
from models.batch import queries as batches
from models.batch.commands import end_lease, open_batch
from models.case.queries import Filter, list_cases
from models.database import acting, connect, sync_connect
from models.install import role_dsn
from models.penyaluran.rules import monthly_amount
from models.policy.commands import travel
from models.policy.queries import mark, now, policy
from models.region.rules import span
from models.sanggah.rules import FORM
from models.settings import Settings
from models.siklus.commands import schedule
from models.tally.commands import read_on
from models.user.commands import Scope, open_session
from models.usulan.commands import import_list
from models.usulan.rules import WIB

MARK = "practice"
"""What a database must be marked as before anybody practises in it."""
PROGRAMME = "SEMBAKO"
"""The programme whose payments are practised: one amount for every family."""
_BEGUN, _APPROVED = 3, 16
"""Days of the month in which lists were sent, and approved; today is the first of these days a month later."""
_VILLAGES = 6
_MOST = 500
_OBJECTED = {"alasan": {"teks": "Keadaan keluarga berubah sejak didata."}, FORM: {"nomor": "LATIHAN/SANGGAH"}}
_NOBODY = "http://127.0.0.1:9"
"""No step that is taken here asks an outside system."""


def first_of(today: datetime) -> datetime:
    """Return when the practice begins: the third day of the next month, at eight in western Indonesia."""
    month = (today.astimezone(WIB).replace(day=1) + timedelta(days=32)).replace(day=_BEGUN)
    return month.replace(hour=8, minute=0, second=0, microsecond=0)


def villagers(people: Population) -> list[Person]:
    """Return the operators of villages whose families are registered already: those about whom most cases are."""
    return [
        Person(f"operator{n}", f"Operator Desa {n}", "operator_desa", Scope(region=village))
        for n, village in enumerate(practised(people), len(people.listed) + 1)
    ]


def practised(people: Population) -> tuple[int, ...]:
    """Return the villages of registered families in which cases stand."""
    return people.villages[len(people.listed) : len(people.listed) + _VILLAGES]


def _seated(cast: Iterable[Person]) -> dict[tuple[str, str], Person]:
    """Return who acts in which seat: of several the first, and of the payers those of the practised programme."""
    seated: dict[tuple[str, str], Person] = {}
    for person in cast:
        if person.role == "direktorat" or person.scope.programme in {None, PROGRAMME}:
            seated.setdefault(_seat(person), person)
    return seated


def practises(cast: Iterable[Person]) -> list[Person]:
    """Return as whom one may practise: in every role the one or two who have the most to do."""
    chosen: dict[str, list[Person]] = {}
    for person in _seated(cast).values():
        chosen.setdefault(person.role, []).append(person)
    return [person for people in chosen.values() for person in people[:2]]


def _seat(person: Person) -> tuple[str, str]:
    """Return what somebody holds: a role, and the region's code or the programme that bounds it."""
    if person.role == "pendamping":
        return person.role, ""
    return person.role, str(person.scope.region or person.scope.programme or "")


def seats(dsn: str, cast: Iterable[Person]) -> dict[tuple[str, str], UUID]:
    """Open a short session for everybody who acts."""
    with sync_connect(dsn) as owner:
        opened = {seat: open_session(owner, who.username, [who.role]) for seat, who in _seated(cast).items()}
    return {seat: session for seat, session in opened.items() if session is not None}


@dataclass(slots=True)
class Region:
    """One practice region while it is made; call `fill` once."""

    hands: Hands
    config: Settings
    people: Population
    lists: Path
    families: dict[int, list[int]] = field(default_factory=dict)
    """Village -> registered families that nobody has used yet."""

    @property
    def kabupaten(self) -> int:
        """The kabupaten."""
        return self.people.villages[0] // 1_000_000

    async def fill(self) -> None:
        """Play the six weeks. Raises PracticeFailed, and whatever the commands raise: then nothing of it is of use."""
        begun = first_of(await now(self.hands.worker))
        await self._travel(begun)
        await self._settle()
        early = await self._lists()
        await self._scenes(scene for scene in PROPOSALS if scene.early)
        await self._travel(begun.replace(day=_APPROVED))
        await self._approve(early)
        await self._travel((begun + timedelta(days=31)).replace(day=_BEGUN))
        await self._scenes(scene for scene in PROPOSALS if not scene.early)
        await self._payments()
        await self._scenes(OBJECTIONS, facts=_OBJECTED)
        await self._tahap()
        await self._cycle()
        await self._watch()

    async def _travel(self, to: datetime) -> None:
        async with self.hands.api.transaction():
            await travel(self.hands.api, await self.hands.session("admin_pusat", 0), to)

    async def _settle(self) -> None:
        """Learn which families live in the villages whose people practise."""
        auditor = await self.hands.session("auditor", 0)
        async with acting(self.hands.api, auditor) as seeing:
            for village in practised(self.people):
                wanted = Filter("usulan", ("ditetapkan",), *span(village))
                self.families[village] = [row["household_id"] for row in await list_cases(seeing, wanted, limit=_MOST)]

    # -- proposals -----------------------------------------------------------------------------------------------------

    async def _lists(self) -> list[int]:
        """Let two villages send their first list; return what reached the head of Dinsos."""
        ready: list[int] = []
        for village in self.people.listed:
            file = self.lists / f"usulan-{village}.xlsx"
            operator = await self.hands.session("operator_desa", village)
            content = await asyncio.to_thread(file.read_bytes)
            batch = (await import_list(self.hands.api, operator, content, file.name, region=village)).batch
            cases = await self._standing(batch, "usulan.cek_data")
            await self.hands.take("U06", cases[:2], village=village)
            await self.hands.take("U05", cases[2:], village=village)
            met, signed, sent = cases[4:7], cases[7:9], cases[9:]
            await self.hands.take("U10", met, village=village)
            await self.hands.take("U11", [*signed, *sent], village=village)
            await self.hands.take("U15", sent, village=village)
            await self._look(batch, usulan_batch.hold_musdes, usulan_batch.hand_over)
            await self.hands.take("U20", sent[:1], village=village)
            await self.hands.take("U19 U22", sent[2:], village=village)
            ready += sent[2:]
        return ready

    async def _approve(self, ready: Sequence[int]) -> None:
        """Approve half of what is ready, pull it to the centre, and let the other half wait at the gate."""
        hands, village = self.hands, self.people.listed[0]
        half = ready[: len(ready) // 2]
        await hands.take("U30", half, village=village)
        month = (await now(hands.worker)).astimezone(WIB)
        period = month.year * 100 + month.month
        system = await hands.session("sistem", 0)
        centre = await open_batch(hands.worker, system, "penetapan", 0, f"Penetapan {period}", period=period)
        await hands.take("U32", half, village=village, batch=centre)
        decreed, checked = half[: len(half) // 2], half[len(half) // 2 :]
        await hands.take("U34 U35", decreed, village=village)
        own = await open_batch(
            hands.worker, system, "pengesahan", self.kabupaten, f"Pengesahan {period}", period=period
        )

        async def hold_centre(work: Work) -> bool:
            await work.gate("qc_pusat", checked, facts={"id_versi": {"versi": "LATIHAN"}})
            return await work.gate("penetapan", decreed)

        async def hold_kabupaten(work: Work) -> bool:
            return await work.gate("pengesahan", ready[len(half) :])

        await self._look(centre, hold_centre)
        await self._look(own, hold_kabupaten)

    async def _scenes(self, scenes: Iterable[Scene], **more: Any) -> None:
        for scene in scenes:
            await self._scene(scene, **more)

    async def _scene(self, scene: Scene, **more: Any) -> list[int]:
        """Put one scene's cases where it says, in the first village with families enough."""
        village = next(code for code, left in self.families.items() if len(left) >= scene.cases)
        taken, self.families[village] = self.families[village][: scene.cases], self.families[village][scene.cases :]
        entry, *path = scene.path.split()
        if scene.kind:
            more["kind"] = scene.kind
        cases = await self.hands.open(entry, taken, village=village, by=scene.by.get(entry), **more)
        for rule in path:
            await self.hands.take(rule, cases, village=village, by=scene.by)
            if rule in scene.files:
                await self.hands.file(scene.files[rule], cases)
        return cases

    # -- payments ------------------------------------------------------------------------------------------------------

    async def _payments(self) -> None:
        """Put payments of this tahap everywhere; each family of a village stands in one of them."""
        used = dict(self.families)
        await self._settle()
        members = await self._members()
        self.families = {v: [h for h in left if h in members] for v, left in self.families.items()}
        period = await self._period()
        await self._scenes(PAYMENTS, programme=PROGRAMME, period=period, facts={"periode": {"periode": period}})
        self.families = used

    async def _members(self) -> set[int]:
        auditor = await self.hands.session("auditor", 0)
        async with acting(self.hands.api, auditor) as seeing:
            wanted = Filter("kepesertaan", ("calon_penerima",), *span(self.kabupaten), programme=PROGRAMME)
            return {row["household_id"] for row in await list_cases(seeing, wanted, limit=100_000)}

    async def _period(self) -> int:
        """Return the tahap of today: its year and quarter. One of last year would lapse on the first night."""
        today = (await now(self.hands.worker)).astimezone(WIB)
        return today.year * 100 + (today.month - 1) // 3 + 1

    async def _tahap(self) -> None:
        """Open this tahap for everybody else: one programme waits for its SK, the other one for its closing."""
        period = await self._period()
        for programme in ("PKH", PROGRAMME):
            system = await self.hands.session("sistem", 0)
            batch = await open_batch(
                self.hands.worker,
                system,
                "tahap",
                self.kabupaten,
                f"{programme} {period}",
                programme=programme,
                period=period,
            )
            await self._look(batch, hold_tahap)
            if programme == PROGRAMME:
                await self._decide(batch, "direktorat", nomor_sk={"nomor": f"LATIHAN/{period}"})
                await self._look(batch, hold_tahap, price, hold_closing)

    async def _decide(self, batch: int, role: str, **evidence: Any) -> None:
        """Let somebody decide the one gate of a batch that is open."""
        session = await self.hands.session(role, 0)
        system = await self.hands.session("sistem", 0)
        async with acting(self.hands.worker, system) as seeing:
            [gate] = [row for row in await of_batch(seeing, batch) if row["state"] == "terbuka"]
        await decide(self.hands.api, session, gate["id"], "setuju", evidence=evidence)

    # -- the verval cycle, and the watch -------------------------------------------------------------------------------

    async def _cycle(self) -> None:
        """Schedule a cycle that opens today, let its villages have their lists, and send the officer to one."""
        hands = self.hands
        today = (await now(hands.worker)).astimezone(WIB).date()
        centre = await hands.session("pusdatin", 0)
        letter = {"nomor": "SE/LATIHAN"}
        await schedule(hands.api, centre, today, today + timedelta(days=59), letter=letter, reason="Latihan")
        nation = await self._standing_batch("siklus")
        await self._look(nation, siklus.adopt, siklus.freeze, siklus.open_cycle)
        await self._decide(nation, "pusdatin")
        await self._look(nation, siklus.open_cycle, siklus.release)
        system = await hands.session("sistem", 0)
        async with acting(hands.worker, system) as seeing:
            [own] = await batches.find(seeing, kind="siklus_kab")
        await self._look(own["id"], siklus_kab.share_out)
        village = self.people.visited[0]
        [case] = await self._standing(own["id"], "siklus_desa.dibagikan", village=village)
        await hands.take("D02", [case], village=village)

    async def _watch(self) -> None:
        """Look once for what is stuck, and count where cases stand, as goes on by itself afterwards."""
        await self._look(await self._standing_batch("pantau"), watch_regions)
        system = await self.hands.session("sistem", 0)
        while await read_on(self.hands.worker, system):
            pass

    async def _standing_batch(self, kind: str) -> int:
        system = await self.hands.session("sistem", 0)
        return await open_batch(self.hands.worker, system, kind, 0, standing()[kind])

    # -- flows, one look at a time -------------------------------------------------------------------------------------

    @asynccontextmanager
    async def _working(self, batch: int) -> AsyncIterator[Work]:
        """Hold a batch as one run of its flow does."""
        run = uuid4()
        async with working(batch, run, self.config) as work:
            if work is None:
                raise AssertionError  # nobody else runs here
            yield work
            await end_lease(work.conn, batch, run, "tunda")

    async def _look(self, batch: int, *steps: Step) -> None:
        """Let a flow look at its batch once, with these steps of it alone."""
        async with self._working(batch) as work:
            await look(work, steps)

    async def _standing(self, batch: int, state: str, *, village: int | None = None) -> list[int]:
        """Return the cases of a batch that stand in a state, in all villages or in one."""
        async with self._working(batch) as work:
            rows = await work.in_state(state)
        return [row["case_id"] for row in rows if village in {None, row["region"]}]


class NotPractice(HostProblem):
    """The database is marked as something else than one for practice."""

    def __init__(self, mark: str) -> None:
        super().__init__(mark)
        self.mark = mark

    def __str__(self) -> str:
        return (
            f"Basis data bertanda {self.mark}, bukan practice: tidak boleh berlatih di sini; tidak ada yang diubah.\n"
            f"This database is marked {self.mark}, not practice: nobody may practise here; nothing was changed."
        )


async def fill(dsn: str, cast: Sequence[Person], people: Population, folder: Path) -> None:
    """Fill the practice region of a database that has its population; `folder` is the demo's.

    Raises:
        NotPractice: the database is marked as something else.
        PracticeFailed: the door refused a step.
    """
    config = Settings(worker_database_url=SecretStr(role_dsn(dsn, "alur_worker")), ports_url=_NOBODY)
    api, worker = await connect(role_dsn(dsn, "alur_api")), await connect(role_dsn(dsn, "alur_worker"))
    try:
        if (marked := await mark(worker)) != MARK:
            raise NotPractice(marked)
        months = (await policy(worker, f"periode.{PROGRAMME}"))["bulan"]
        amount = monthly_amount(await policy(worker, f"nominal.{PROGRAMME}"), months)
        hands = Hands(api, worker, seats(dsn, cast), PROGRAMME, amount.rupiah)
        await Region(hands, config, people, folder / "usulan").fill()
    finally:
        await api.close()
        await worker.close()
