"""What the tests of objections share: citizens with families, an officer from elsewhere, and an objection's way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from models.case.outcomes import Outcome
from models.database import fetch_value
from state_machines import BY_NAME, Rule
from tests.integration.door.kit import Person, person, stand, told
from tests.support.world import World

REGISTERED = "U01 U02 U05 U11 U15 U19 U22 U30 U32 U34 U35 U81"
"""How a proposal became the family's registration."""

ENTRY = {
    "SANGGAH_PIHAK_LAIN": "S01",
    "SANGGAH_DESIL": "S02",
    "SANGGAH_PENOLAKAN": "S03",
    "SANGGAH_EXCLUDE": "S04",
    "SANGGAH_KELUAR": "S05",
    "MUNDUR": "S06",
    "KELUHAN_NOMINAL": "S07",
    "KELUHAN_KKS": "S08",
}
CONTESTED = {
    "S03": "U01 U02 U05 U11 U15 U19 U24",
    "S04": "K01 K06 K07 K13",
    "S05": "K01 K06 K07 K17",
    "S07": "P01 P03 P07 P17 P20 P25 P26 P27 P29 P30",
    "S08": "P01 P03 P06 P09 P13",
}
"""Entry -> the history of a case of the family that it contests."""

_TOLD: dict[str, Any] = {
    "alasan": {"teks": "Rumahnya bertingkat dan punya dua mobil."},
    "foto_rumah_geotag": {"lat": -7.0, "long": 107.5},
    "bukti_baru": {"nomor": "B-1"},
    "bukti_alasan": {"nomor": "B-2"},
    "pernyataan_mundur": {"nomor": "M-1"},
    "bukti_saldo": {"rupiah": 700_000},
    "formulir_pengaju": {"nomor": "F-1"},
}


async def citizen(world: World, name: str, household: int) -> Person:
    """Return somebody who signs in for one family."""
    who = await person(world, "warga", name)
    await world.admin.execute("UPDATE assignment SET household_id = %s WHERE user_id = %s", (household, who.user))
    return who


async def entry(world: World, rule: Rule, family: int, role: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what an objection's opening asks for beside what every rule does: (evidence, arguments of the opening).

    The case it contests stands there; an officer has the family's signed form.
    """
    facts: dict[str, Any] = {} if role == "warga" else {"formulir_pengaju": _TOLD["formulir_pengaju"]}
    if "bukti_saldo" in rule.needs:
        facts["bukti_saldo"] = _TOLD["bukti_saldo"]
    if rule.id not in CONTESTED:
        return facts, {"programme": None}
    (origin,) = await stand(world, CONTESTED[rule.id], households=[family])
    facts["kasus_asal"] = {"kasus": origin}
    return facts, {"programme": None if rule.id == "S03" else "PKH", "predecessors": [origin]}


@dataclass
class Objecting:
    """One family, a neighbour who objects, and the people who check and decide."""

    world: World
    family: int
    neighbour: int
    people: dict[str, Person] = field(default_factory=dict)

    async def who(self, role: str, name: str | None = None) -> Person:
        key = name or role
        if key not in self.people:
            households = {"warga": self.family, "pengaju": self.neighbour}
            self.people[key] = (
                await citizen(self.world, key, households[key])
                if key in households
                else await person(self.world, role, key)
            )
        return self.people[key]

    async def bring(
        self,
        kind: str,
        *,
        by: Person | None = None,
        origin: int | None = None,
        programme: str | None = None,
        more: Mapping[str, Any] | None = None,
        family: int | None = None,
    ) -> Outcome:
        """Object, with everything the kind asks for; by the family itself, or its neighbour against it."""
        rule = BY_NAME["sanggah"].rule[ENTRY[kind]]
        by = by or await self.who("warga", "pengaju" if kind == "SANGGAH_PIHAK_LAIN" else "warga")
        facts = {need: _TOLD[need] for need in rule.needs if need != "kasus_asal"}
        if "kasus_asal" in rule.needs:
            facts["kasus_asal"] = {"kasus": origin}
        if by.role != "warga":
            facts["formulir_pengaju"] = _TOLD["formulir_pengaju"]
        (outcome,) = await self.world.open(
            by.session,
            f"sanggah.{rule.trigger}",
            [family or self.family],
            facts=facts | dict(more or {}),
            programme=programme,
            predecessors=[] if origin is None else [origin],
        )
        return outcome

    async def accepted(self, kind: str, **more: Any) -> int:
        """Return an objection that was brought and found admissible."""
        outcome = await self.bring(kind, **more)
        assert outcome.done, outcome
        case = outcome.case_id or 0
        system = await self.who("sistem")
        assert await system.one("S11" if kind == "MUNDUR" else "S10", case) == "dipindah"
        return case

    async def assigned(self, case: int, officer: str = "petugas") -> str:
        """Let the verifikator name an officer; return what the door said."""
        await self.who("pendamping", officer)
        verifikator = await self.who("verifikator_kab")
        return told((await verifikator.fire("S12", [case], facts={"petugas_ditunjuk": {"pengguna": officer}}))[0])

    async def before_decision(self, kind: str, **more: Any) -> int:
        """Return an objection that waits for its decision, checked in the field where the kind is."""
        case = await self.accepted(kind, **more)
        if kind in {"KELUHAN_NOMINAL", "KELUHAN_KKS"}:
            verifikator = await self.who("verifikator_kab")
            assert await verifikator.one("S14", case) == "dipindah"
            assert await (await self.who("bank")).one("S15", case) == "dipindah"
        elif kind != "MUNDUR":
            assert await self.assigned(case) == "dipindah"
            assert await (await self.who("pendamping", "petugas")).one("S19", case) == "dipindah"
        if kind == "SANGGAH_PIHAK_LAIN":
            await self.world.travel(timedelta(days=8))
        return case

    async def granted(self, kind: str, *, reason: str = "TERBUKTI", **more: Any) -> int:
        """Return an objection that the kepala dinas granted."""
        case = await self.before_decision(kind, **more)
        assert await (await self.who("kepala_dinas")).one("S24", case, reason=reason) == "dipindah"
        return case

    async def appealed(self, case: int, rule: str, by: str) -> None:
        """Appeal and win."""
        assert await (await self.who("warga", by)).one(rule, case) == "dipindah"
        assert await (await self.who("dinsos_provinsi")).one("S31", case, reason="PUTUSAN_KELIRU") == "dipindah"

    async def stands(self, path: str, **more: Any) -> int:
        """Put a case of the family at the end of a history."""
        (case,) = await stand(self.world, path, households=[self.family], **more)
        return case

    async def seats(self) -> int:
        """Return how many seats of PKH the kabupaten has given."""
        value: int = await fetch_value(
            self.world.admin,
            "SELECT COALESCE((SELECT used FROM counter WHERE kind = 2 AND key = 3204 AND programme = 1), 0)",
        )
        return value


async def objecting(world: World) -> Objecting:
    """Return a family and its neighbour, in one village."""
    family, neighbour = await world.households(2)
    return Objecting(world, family, neighbour)
