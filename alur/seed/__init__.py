"""Invented families for demonstrations, tests and load: truth, dirty records, simulator file, import workbooks."""

from alur.seed.dirt import CLEAN, DIRT, DirtRates
from alur.seed.files import VillageFile, write_village_files
from alur.seed.generate import generate
from alur.seed.model import Account, Family, Household, Person
from alur.seed.population import POPULATION_DDL, PopulationWriter, Scenario, write_population

__all__ = [
    "CLEAN",
    "DIRT",
    "POPULATION_DDL",
    "Account",
    "DirtRates",
    "Family",
    "Household",
    "Person",
    "PopulationWriter",
    "Scenario",
    "VillageFile",
    "generate",
    "write_population",
    "write_village_files",
]
