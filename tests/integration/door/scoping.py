"""What the tests of scopes share."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.case.commands import CaseFact, write_facts
from models.database import acting
from tests.integration.door.kit import Person, person, stand
from tests.support.world import World

DESA = 3204052001


TETANGGA = 3204052002


KECAMATAN_LAIN = 3204060001


KABUPATEN_LAIN = 3205010001


PROVINSI_LAIN = 5171010001


PROVINSI_PERTAMA = 1101012001


VILLAGES = {
    "desa": DESA,
    "tetangga": TETANGGA,
    "kecamatan_lain": KECAMATAN_LAIN,
    "kabupaten_lain": KABUPATEN_LAIN,
    "provinsi_lain": PROVINSI_LAIN,
    "provinsi_pertama": PROVINSI_PERTAMA,
}


@dataclass
class Country:
    """One proposal in each of six villages: four ever farther from the first, two in provinces after and before it."""

    world: World
    families: dict[str, int] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)

    async def seen(self, who: Person) -> set[str]:
        """Return the villages whose proposal somebody sees; readers and the door must agree on it, table by table."""
        named = {case: village for village, case in self.cases.items()}
        seen: dict[str, set[str]] = {}
        async with acting(self.world.api, who.session) as conn:
            for table, key in {
                "case_": "id",
                "position": "case_id",
                "transition": "case_id",
                "fact": "case_id",
            }.items():
                found = await (await conn.execute(f"SELECT DISTINCT {key} AS id FROM {table}")).fetchall()
                seen[table] = {named[row["id"]] for row in found if row["id"] in named}
        asked = list(self.cases.values())
        answers = await who.fire("U05", asked, facts={}, conn=self.world.api)
        seen["door"] = {named[a.case_id or 0] for a in answers if a.outcome != "tidak_ditemukan"}
        assert all(villages == seen["door"] for villages in seen.values()), seen
        return seen["door"]


async def settle(world: World) -> Country:
    """Put one family with one case into every village."""
    made = Country(world)
    system = await person(world, "sistem")
    for name, region in VILLAGES.items():
        (made.families[name],) = await world.households(region=region)
        (made.cases[name],) = await stand(world, "U01 U02", households=[made.families[name]])
    facts = [CaseFact(case, "ktp", {"nomor": 1}) for case in made.cases.values()]
    assert await write_facts(world.worker, system.session, facts) == len(VILLAGES)
    return made


REGIONAL = {
    "operator_desa": {"desa"},
    "kades": {"desa"},
    "operator_kecamatan": {"desa", "tetangga"},
    "pengisi_data_kab": {"desa", "tetangga", "kecamatan_lain"},
    "verifikator_kab": {"desa", "tetangga", "kecamatan_lain"},
    "kepala_dinas": {"desa", "tetangga", "kecamatan_lain"},
    "admin_kab": {"desa", "tetangga", "kecamatan_lain"},
    "dinsos_provinsi": {"desa", "tetangga", "kecamatan_lain", "kabupaten_lain"},
    "admin_provinsi": {"desa", "tetangga", "kecamatan_lain", "kabupaten_lain"},
    "pusdatin": set(VILLAGES),
    "bps": set(VILLAGES),
    "menteri": set(VILLAGES),
    "admin_pusat": set(VILLAGES),
    "auditor": set(VILLAGES),
    # Those who see by another key see nothing here until that key is given to them.
    "pendamping": set(),
    "direktorat": set(),
    "kpa": set(),
    "ppk": set(),
    "ppspm": set(),
    "bank": set(),
    "pos": set(),
    "kppn": set(),
}
