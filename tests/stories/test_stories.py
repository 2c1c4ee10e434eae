"""The specification's stories, refusals included, walked through the real door in a real database.

Every step is taken by a person of the named role, in that role's real scope, with the evidence, the reason and at
the moment the rule asks for. A step marked ``!`` must be refused and leave the case where it stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import yaml

from models.case.commands import CaseFact, write_facts
from models.case.outcomes import Outcome
from models.case.replay import differences
from models.database import fetch_value, sync_connect
from models.siklus.commands import freeze
from state_machines import BY_NAME, NEW, Rule
from state_machines.facts import BY_ID as FACTS
from state_machines.facts import writers
from state_machines.vocabulary import JENIS
from tests.integration.door.objecting import entry
from tests.support import cycle
from tests.support.proposing import wanted
from tests.support.world import DESA, DESA_LAIN, World

HERE = Path(__file__).parent
STORIES = [
    pytest.param(machine, story, id=f"{machine}: {story['name']}")
    for machine in BY_NAME
    for story in yaml.safe_load((HERE / f"{machine}.yaml").read_text("utf-8"))
]
DUE_RP = 750_000
VALUES: dict[str, Any] = {
    "nominal_per_komponen": {"rupiah": DUE_RP, "komponen": {"sd": 1}},
    "nominal": {"rupiah": DUE_RP},
    "periode": {"periode": 202601},
    "desil": {"desil": 2},
}
CYCLE = {"siklus", "siklus_desa", "kunjungan"}


class Walker:
    """Walks one case through one story."""

    def __init__(self, world: World, machine: str, name: str, walk: Sequence[str] = ()) -> None:
        self.world = world
        self.name = name
        self.walk = list(walk)
        self.neighbours: set[str] = set()
        self.machine = BY_NAME[machine]
        first = name.split(maxsplit=1)[0]
        self.kind = first if first in {jenis.id for jenis in JENIS} else "BARU"
        self.case = 0
        self.state = NEW
        self.household = 0
        self.told: Outcome | None = None

    async def person(self, role: str, name: str, place: str) -> UUID:
        session = await self.world.session(name, role, region=DESA_LAIN if place == "tujuan" else DESA)
        if role == "pendamping" and not self.sent(name):
            await self.world.assign_families(name, [self.household])
        elif role == "warga" and self.machine.name == "sanggah":
            family = self.household
            if self.state == NEW and self.walk[0].startswith("ajukan_sanggah_pihak_lain"):
                self.neighbours.add(name)
            if name in self.neighbours:
                (family,) = await self.world.households(region=DESA_LAIN if self.name == "Beda desa" else DESA)
            await self.world.admin.execute(
                "UPDATE assignment SET household_id = %s WHERE user_id = %s", (family, await self.world.user(name))
            )
        return session

    def sent(self, name: str) -> bool:
        """Return whether an objection's officer is meant: he sees the family because he is sent, and not before."""
        return self.machine.name == "sanggah" and self.state != NEW and name in self.officers()

    def officers(self) -> list[str]:
        """Return who reports the field checks of the story, in order; somebody where nobody does."""
        told = [(n, *step.partition(":")[::2]) for n, step in enumerate(self.walk, 1)]
        found = [who.partition("@")[2] or f"pendamping{n}" for n, trigger, who in told if trigger == "laporkan_cek"]
        return found or ["petugas"]

    def evidence(self, rule: Rule, role: str) -> dict[str, Any]:
        given = {
            need: VALUES.get(need, {"nomor": need})
            for need in rule.needs
            if role in writers(FACTS[need], tuple(BY_NAME.values())) and not FACTS[need].min_age and need != "catatan"
        }
        if rule.guard.amount == "differs":
            given["nominal"] = {"rupiah": DUE_RP - 50_000}
        return given

    async def prepare(self, rule: Rule) -> None:
        """Bring about what the rule asks of time and of others: its hour, an open window, an old notice."""
        world = self.world
        aged = [need for need in rule.needs if FACTS[need].min_age]
        if aged:
            system = await world.system()
            await write_facts(world.worker, system, [CaseFact(self.case, need, {"surat": 1}) for need in aged])
            await world.travel(timedelta(days=15))
        computed = [CaseFact(self.case, need, VALUES[need]) for need in rule.needs if FACTS[need].computed]
        if computed:
            await write_facts(world.worker, await world.system(), computed)
        if rule.id == "S12":
            # Whoever is not sent in the end is replaced before he reports.
            await world.session(self.officers()[0], "pendamping")
        elif rule.id == "S21":
            await world.travel(timedelta(days=15))
        elif rule.id == "S23":
            await world.policy({"sanggah.gugur": True})
        wait = rule.guard.not_before
        if wait:
            state = self.machine.state[self.state]
            lasts = {"expire": state.expire, "sla": state.sla}.get(wait, wait)
            due = await fetch_value(world.admin, "SELECT deadline(alur_now(), %s, %s)", (lasts, DESA))
            await world.travel(due + timedelta(minutes=1))
        if "jendela_terbuka" in rule.needs:
            now = await world.now()
            if now.day > 13:
                await world.travel((now.replace(day=1) + timedelta(days=32)).replace(day=2))

    async def fire(self, trigger: str, role: str, name: str) -> bool:
        """Take one step as told; return whether the case moved."""
        world = self.world
        rule = self.machine.arrows.get((self.state, trigger))
        place = rule.guard.place if rule and name != "asal" else "asal"
        session = await self.person(role, name, place)
        full = f"{self.machine.name}.{trigger}"
        if rule is None:
            return (await world.move(session, full, [self.case]))[0].done
        await self.prepare(rule)
        facts = self.evidence(rule, role)
        if "petugas_ditunjuk" in facts and self.machine.name == "sanggah":
            facts["petugas_ditunjuk"] = {"pengguna": self.officers()[0]}
        if self.machine.name in CYCLE:
            facts |= await self.of_cycle(rule)
        if rule.opens:
            return await self.open(rule, session, full, facts)
        if role in {"bank", "pos", "kppn"}:
            await world.file({"bank": "BRI", "pos": "POS", "kppn": "KPPN"}[role], [self.case])
        reason = rule.reasons[0] if rule.reasons else None
        note = "dicatat" if "catatan" in rule.needs else None
        if rule.people == 2:
            other = await self.person(role, f"{role}-kedua", place)
            first = await world.move(other, full, [self.case], reason=reason, note=note, facts=facts)
            assert first[0].outcome == "menunggu", first
        (self.told,) = await world.move(session, full, [self.case], reason=reason, note=note, facts=facts)
        return self.told.done

    async def open(self, rule: Rule, session: UUID, full: str, facts: dict[str, Any]) -> bool:
        world = self.world
        more: dict[str, Any] = {}
        if self.machine.name == "usulan":
            more["kind"] = self.kind
            more["destination"] = DESA_LAIN if self.kind == "PINDAH" else None
            if "variabel" in facts:
                facts = facts | {"variabel": {"perubahan": await wanted(world, self.kind, self.household)}}
        elif self.machine.name == "sanggah":
            brought = self.walk[0].partition(":")[2].partition("@")[0]
            context, more = await entry(world, rule, self.household, brought)
            facts |= context
        elif self.machine.name in CYCLE:
            return await self.open_of_cycle(session, full, facts)
        else:
            more["programme"] = "PKH"
        if self.machine.name == "penyaluran":
            more["period"] = 202601
            # The family takes part in the programme; that is why its direktorat sees it.
            await world.open(
                await world.system(),
                "kepesertaan.buka_penilaian",
                [self.household],
                programme="PKH",
                facts={"registrasi": 1, "id_versi": 1},
            )
        if rule.people == 2:
            session = await self.migration(rule, full, session, more)
            facts = {}
        opened = await world.open(session, full, [self.household], facts=facts, **more)
        assert opened[0].done, opened
        self.case = opened[0].case_id or 0
        return True

    async def open_of_cycle(self, session: UUID, full: str, facts: dict[str, Any]) -> bool:
        """Open a case of the cycle about its own subject: the nation, a village of the frozen list, a family on it."""
        world = self.world
        if self.machine.name == "siklus":
            opened = await world.open(session, full, [0], period=cycle.PERIOD, facts=facts)
        else:
            await cycle.running(world, [self.household])
            opened = await cycle.shared_out(world)
        assert opened[0].done, opened
        self.case = opened[0].case_id or 0
        if self.machine.name == "kunjungan":
            await cycle.begun(world, self.case)
            self.case = (await cycle.visits(world))[0]
        return True

    async def of_cycle(self, rule: Rule) -> dict[str, Any]:
        """Bring about what a rule of the cycle waits for; return the evidence that has to be true."""
        world = self.world
        match rule.id:
            case "C01":
                return {"tanggal": await cycle.days(world)}
            case "C02":
                await freeze(world.worker, await world.system(), self.case)
            case "D02":
                return {"petugas_ditunjuk": await cycle.officer(world)}
            case "D03":
                await cycle.recorded(world, self.case)
            case "D05" | "D06":
                checked = await cycle.visits(world)
                wrong = {str(visit): "DATA_JANGGAL" for visit in checked if rule.id == "D05"}
                return {"hasil_sampel": {"diperiksa": checked, "salah": wrong}}
            case "D09":
                await cycle.applied(world)
            case "D10":
                await world.travel(timedelta(days=61))
            case "V03":
                return {"bukti_3_kali_datang": {"tanggal": ["2026-11-01", "2026-11-02", "2026-11-04"]}}
            case "V05":
                return {"hasil_sampel": {"diperiksa": [self.case], "salah": {str(self.case): "DATA_JANGGAL"}}}
        return {}

    async def migration(self, rule: Rule, full: str, session: UUID, more: dict[str, Any]) -> UUID:
        """Let two persons approve the file; the system then opens in their name."""
        world = self.world
        system = await world.system()
        batch = await fetch_value(
            world.worker,
            "SELECT batch_open(%s, 'migrasi', 0, 0, 9999999999, NULL, %s, 'Migrasi', '{}')",
            (system, 1),
        )
        approval = await fetch_value(
            world.worker,
            "SELECT approval_open(%s, %s, 'migrasi', 'pusdatin', %s, '{}', 2, NULL, %s::jsonb)",
            (system, batch, [full], '{"' + '": 1, "'.join(rule.needs) + '": 1}'),
        )
        for decider in (await self.person("pusdatin", "pusdatin-kedua", "asal"), session):
            await world.api.execute(
                "SELECT * FROM approval_decide(%s, %s, 'setuju', NULL, NULL, '{}', '[]')", (decider, approval)
            )
        more["approval"] = approval
        return system


@pytest.mark.parametrize(("machine", "story"), STORIES)
async def test_story(world: World, machine: str, story: dict[str, Any]) -> None:
    walker = Walker(world, machine, story["name"], story["walk"])
    walker.household = (await world.households())[0]
    for number, step in enumerate(story["walk"], 1):
        must_refuse = step.startswith("!")
        trigger, _, who = step.lstrip("!").partition(":")
        role, _, name = who.partition("@")
        rule = walker.machine.arrows.get((walker.state, trigger))
        if rule and rule.guard.only_by and not name and machine == "sanggah":
            name = f"{role}1"  # whoever brought it
        moved = await walker.fire(trigger, role, name or f"{role}{number}")
        state = await world.state(walker.case)
        if must_refuse:
            assert not moved, f"step {number} {step} was let through"
            assert state == walker.state
        else:
            assert moved, f"step {number} {step} was refused: {walker.told}"
            assert state == walker.machine.arrows[walker.state, trigger].target
            walker.state = state
    assert walker.state == story["end"]
    with sync_connect(world.admin_dsn) as owner:
        assert list(differences(owner)) == []
