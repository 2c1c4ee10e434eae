"""`alur practice`: make a practice region in a home of its own, and run it beside a real installation."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

from alur.people import Person, demo_people
from alur.practice.region import MARK, fill, practises, villagers
from alur.prepare import SIGNINS, Plan, make_demo, make_schema
from alur.runtime import ports
from alur.runtime.errors import HostProblem
from alur.runtime.postgres import Server
from alur.runtime.processes import require_alone
from alur.serve import say, supervise
from alur.settle import Population
from alur.site import Site, open_site
from models.settings import Settings

HOUSEHOLDS = 400
_FILLED = "latihan-siap"
"""File that a home of practice holds once its region is filled."""
_OURS = "latihan"
"""File by which a folder is known as a home of practice, so that starting anew deletes nothing else."""
_KEPT = ("host", "log_level", "pool_size", "lease_seconds", "token_days")
"""Settings of the installation that a practice region shares; no address or key of the outside world is among them."""


class HomeTaken(HostProblem):
    """The folder beside the installation's home is something else than a practice region."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self.home = home

    def __str__(self) -> str:
        return (
            f"{self.home} bukan daerah latihan; tak ada yang diubah. Pindahkan folder itu, atau pakai ALUR_HOME lain.\n"
            f"{self.home} is no practice region; nothing was changed. Move that folder, or give another ALUR_HOME."
        )


def practice_settings(config: Settings, port: int | None) -> Settings:
    """Return the settings of the practice beside an installation: its own home and port, and nobody else's address."""
    home = config.home.absolute()
    fields = {
        name: field.get_default(call_default_factory=True)
        for name, field in Settings.model_fields.items()
        if name not in _KEPT
    }
    own = {"home": home.with_name(f"{home.name}-latihan"), "port": port or min(config.port + 1, 65_535)}
    return config.model_copy(update=fields | own)


def _claim(home: Path) -> None:
    """Make the home of the practice, or recognise it."""
    if not home.exists():
        home.mkdir(parents=True)
        (home / _OURS).touch()
    if not (home / _OURS).exists():
        raise HomeTaken(home)


def _forget(home: Path) -> None:
    """Delete a practice region, its server's data wherever they lie included."""
    if (home / "postgres.password").exists():
        Server.start(home).remove()
    shutil.rmtree(home)


def prepare(site: Site, config: Settings, plan: Plan) -> None:
    """Make the practice region in its database; once made it is left as it is.

    Raises:
        NotPractice: the database is marked as something else.
        PracticeFailed: the door refused a step.
    """
    people = Population.of(plan.households, plan.region)
    more = villagers(people)
    make_demo(site, plan, config, more)
    if not (site.home / _FILLED).exists():
        cast = [*demo_people(people.listed, people.visited), *more]
        asyncio.run(fill(site.admin_dsn, cast, people, site.demo))
        (site.home / _FILLED).touch()


def signins(site: Site, cast: list[Person], role: str | None) -> list[str]:
    """Return how the people who practise sign in, one line each: of every role, or of one."""
    known = {person.username for person in practises(cast)} | {"warga1"}
    lines = (site.demo / SIGNINS).read_text("utf-8").splitlines()
    rows = [line.split() for line in lines]
    return [line for line, row in zip(lines, rows, strict=True) if row[1] in known and role in {None, row[0]}]


def practise(config: Settings, plan: Plan, *, role: str | None, reset: bool, port: int | None) -> int:
    """Run the practice region until a signal; returns its number.

    Raises:
        HostProblem: a taken port, another supervisor, a home that is not ours, a step that the door refused.
    """
    own = practice_settings(config, port)
    require_alone(own.home)
    ports.require_free(own.port)
    _claim(own.home)
    if reset or not (own.home / _FILLED).exists():  # one that was interrupted is begun anew
        _forget(own.home)
        _claim(own.home)
    with open_site(own) as site:
        make_schema(site, mark=MARK)
        say(f"Daerah latihan · practice region: {site.home}")
        prepare(site, own, plan)
        people = Population.of(plan.households, plan.region)
        cast = [*demo_people(people.listed, people.visited), *villagers(people)]
        return supervise(site, own, _banner(site, own, cast, role))


def _banner(site: Site, config: Settings, cast: list[Person], role: str | None) -> Callable[[str], None]:
    def told(_: str) -> None:
        say("")
        say(f"LATIHAN: tidak ada yang dihitung · nothing counts. http://{config.host}:{config.port}/masuk")
        say(f"Kata sandi semua orang · password of all: {site.demo_password}")
        say("Kode sekali pakai tampil di halaman masuk · one-time codes are shown on the sign-in page.")
        for line in signins(site, cast, role):
            say(f"  {line.partition('  chat ')[0]}  {line.rpartition('  ')[2]}")
        say(f"Daftar desa untuk diimpor · village lists to import: {site.demo / 'usulan'}")
        say("Ctrl-C berhenti · `alur practice --reset` mulai lagi dari awal.")
        say("")

    return told
