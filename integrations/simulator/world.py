"""What one job may look at: the people, what was done before, chance, and the date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from integrations.simulator.controls import Rates
from integrations.simulator.luck import Odds, draw
from integrations.simulator.names import same_name
from integrations.simulator.population import Account, Person, Population
from integrations.simulator.problems import Problem
from integrations.simulator.store import Store

ACCOUNT_FAULTS = {"pasif": "RK_PASIF", "tutup": "RK_TUTUP", "blokir": "RK_BLOKIR"}


@dataclass(frozen=True, slots=True)
class Meeting:
    """One subject meeting one operation."""

    operation: str
    subject: str
    attempt: int
    """From 1."""
    scripted: str | None
    """What the scenario wants, if anything."""


@dataclass(slots=True)
class World:
    """Everything a job may see and change; used inside one transaction."""

    population: Population
    store: Store
    rates: Rates
    today: date
    key: str
    bank: str = ""
    """The bank that is asked; empty for the other systems."""

    def meet(self, operation: str, subjects: Sequence[Sequence[str]]) -> list[Meeting]:
        """Count one more meeting for each row and look its scenario up.

        Args:
            operation: as on the wire.
            subjects: for each row its names, the most specific first (account number, NIK, No KK). The first one
                counts attempts; each of them is counted for its own scenario.
        """
        scripts = self.population.scenarios(operation, (name for names in subjects for name in names))
        counted = {names[0] for names in subjects} | scripts.keys()
        counts = self.store.attempts(operation, counted)
        meetings = []
        for names in subjects:
            scripted = None
            for name in dict.fromkeys(names):
                if name not in counted:
                    continue
                counts[name] = counts.get(name, 0) + 1
                script = scripts.get(name, {})
                scripted = scripted or script.get(counts[name]) or script.get(0)
            meetings.append(Meeting(operation, names[0], counts[names[0]], scripted))
        self.store.save_attempts(operation, counts)
        return meetings

    def outcome(self, meeting: Meeting, truth: str | None, odds: Odds, ordinary: str) -> str:
        """Decide: the scenario first, then what is true, then chance, else the ordinary outcome."""
        return (
            meeting.scripted
            or truth
            or draw(odds, self.rates.seed, meeting.operation, meeting.subject, meeting.attempt)
            or ordinary
        )

    def accounts(self, numbers: Iterable[str]) -> dict[str, Account]:
        """Return the accounts with these numbers, given ones and opened ones."""
        wanted = set(numbers)
        found = [*self.population.accounts(wanted), *self.store.accounts("nomor_rekening", wanted)]
        return {account.nomor_rekening: account for account in found}

    def accounts_of(self, niks: Iterable[str]) -> dict[str, Account]:
        """Return for each person the last account at the asked bank."""
        wanted = set(niks)
        found = [*self.population.accounts_of(wanted), *self.store.accounts("nik", wanted)]
        return {account.nik: account for account in found if account.bank == self.bank}

    def account_subjects(self, numbers: Sequence[str], accounts: dict[str, Account]) -> list[list[str]]:
        """Return the names of account rows: the number, then the holder's NIK and No KK where known."""
        people = self.population.persons(account.nik for account in accounts.values())
        names = []
        for number in numbers:
            account = accounts.get(number)
            person = people.get(account.nik) if account else None
            names.append([number, *([account.nik] if account else []), *([person.no_kk] if person else [])])
        return names

    def person_subjects(self, niks: Sequence[str], people: dict[str, Person]) -> list[list[str]]:
        """Return the names of person rows: the NIK, then the No KK where known."""
        return [[nik, *([people[nik].no_kk] if nik in people else [])] for nik in niks]


def account_fault(account: Account | None, bank: str, nama: str | None = None) -> str | None:
    """Return the RK code that is true of an account, or None if it can be paid to."""
    if account is None:
        return "RK_NOMOR"
    if account.bank != bank:
        return "RK_BANK"
    if fault := ACCOUNT_FAULTS.get(account.status):
        return fault
    return "RK_NAMA" if nama is not None and not same_name(nama, account.nama) else None


def scenario_unknown(meeting: Meeting, outcome: str) -> Problem:
    """Return the refusal for a scenario nobody can play: a mistake of whoever wrote the population file."""
    return Problem(422, "skenario-tidak-dikenal", "Skenario tidak dikenal", f"{meeting.operation}: {outcome}")
