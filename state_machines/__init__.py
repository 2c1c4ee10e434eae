"""What may happen: the machines of social assistance, declared once, free of clock, database and network.

`usulan` (a proposal; a decreed BARU becomes the family's registration), `kepesertaan` (one family in one
programme) and `penyaluran` (one payment of one programme and period). Each module is a table that reads like the
regulation; `declare` says what a row means and `check` proves the properties every machine must have.
"""

from state_machines.declare import NEW, Machine, Rule, State
from state_machines.kepesertaan import KEPESERTAAN
from state_machines.penyaluran import PENYALURAN
from state_machines.usulan import USULAN

MACHINES: tuple[Machine, ...] = (USULAN, KEPESERTAAN, PENYALURAN)
BY_NAME: dict[str, Machine] = {machine.name: machine for machine in MACHINES}

__all__ = ["BY_NAME", "KEPESERTAAN", "MACHINES", "NEW", "PENYALURAN", "USULAN", "Machine", "Rule", "State"]
