"""What may happen: the machines of social assistance, declared once, free of clock, database and network.

`usulan` (a proposal; a decreed BARU becomes the family's registration), `kepesertaan` (one family in one
programme), `penyaluran` (one payment of one programme and period), `sanggah` (one objection, complaint or withdrawal),
and the verval cycle: `siklus` (the nation), `siklus_desa` (one village), `kunjungan` (one family). Each module is a
table that reads like the regulation; `declare` says what a row means and `check` proves the properties every machine
must have.
"""

from state_machines.declare import NEW, Machine, Rule, State
from state_machines.kepesertaan import KEPESERTAAN
from state_machines.kunjungan import KUNJUNGAN
from state_machines.penyaluran import PENYALURAN
from state_machines.sanggah import SANGGAH
from state_machines.siklus import SIKLUS
from state_machines.siklus_desa import SIKLUS_DESA
from state_machines.usulan import USULAN

MACHINES: tuple[Machine, ...] = (USULAN, KEPESERTAAN, PENYALURAN, SANGGAH, SIKLUS, SIKLUS_DESA, KUNJUNGAN)
BY_NAME: dict[str, Machine] = {machine.name: machine for machine in MACHINES}

__all__ = [
    "BY_NAME",
    "KEPESERTAAN",
    "KUNJUNGAN",
    "MACHINES",
    "NEW",
    "PENYALURAN",
    "SANGGAH",
    "SIKLUS",
    "SIKLUS_DESA",
    "USULAN",
    "Machine",
    "Rule",
    "State",
]
