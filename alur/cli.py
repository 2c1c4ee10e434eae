"""The command `alur`. Every subcommand wires settings to one function and holds no logic of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from alur.cli_calendar import calendar_app
from alur.cli_cycle import siklus_app
from alur.cli_notices import notices_app
from alur.cli_records import audit_app, documents_app
from alur.cli_stuck import stuck
from alur.cli_users import users_app
from models.settings import Settings, settings

app = typer.Typer(
    help="Alur: social-assistance cases for Indonesia as recorded state machines.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
usulan_app = typer.Typer(help="Village lists: the template, and importing a filled one.", no_args_is_help=True)
app.add_typer(documents_app, name="documents")
app.add_typer(usulan_app, name="usulan")
app.add_typer(audit_app, name="audit")
app.add_typer(calendar_app, name="calendar")
app.add_typer(notices_app, name="notices")
app.command()(stuck)
app.add_typer(siklus_app, name="siklus")
app.add_typer(users_app, name="users")


def _config(**changes: object) -> Settings:
    given = {name: value for name, value in changes.items() if value is not None}
    return settings().model_copy(update=given)


def _require_villages(region: int) -> None:
    """End the command with advice where nobody could live."""
    from alur.settle import villages_of  # noqa: PLC0415 -- reads the list of all regions

    if not villages_of(region):
        typer.echo(
            f"There is no region {region}; codes have 2, 4, 6 or 10 digits, e.g. 3204 for Kab. Bandung.", err=True
        )
        raise typer.Exit(2)


@app.command()
def run(
    region: Annotated[int, typer.Option(help="Region of the demo: a kabupaten/kota, four digits")] = 3204,
    households: Annotated[int, typer.Option(help="Families of the demo population", min=200)] = 5000,
    story: Annotated[bool, typer.Option(help="Play the story the first time")] = True,
) -> None:
    """Start everything on this machine: PostgreSQL, Prefect, engine, simulator and API. Ctrl-C stops it all.

    The first time it makes a demo population and plays the main job as a story. ALUR_PORT, ALUR_HOME and
    ALUR_DATABASE_URL are honoured; every other port is chosen free.
    """
    from alur.prepare import Plan  # noqa: PLC0415 -- each command loads what it needs, so that --help is quick
    from alur.runtime.errors import HostProblem  # noqa: PLC0415
    from alur.serve import serve  # noqa: PLC0415

    _require_villages(region)
    try:
        serve(_config(), Plan(region, households), story=story)
    except HostProblem as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command()
def practice(
    role: Annotated[str | None, typer.Option(help="Print the sign-in of this role alone, e.g. operator_desa")] = None,
    reset: Annotated[bool, typer.Option("--reset", help="Throw the practice region away and begin anew")] = False,
    port: Annotated[int | None, typer.Option(help="Port; one above ALUR_PORT unless given")] = None,
) -> None:
    """Run a region to practise in, beside a real installation: invented cases for every role, and nothing counts.

    It has a home, a database and a simulator of its own, in the folder ALUR_HOME with "-latihan" behind it, and uses
    no address or key of the installation. A second run goes on where the first one stopped. Ctrl-C stops it.
    """
    from alur.practice.run import HOUSEHOLDS, practise  # noqa: PLC0415
    from alur.prepare import Plan  # noqa: PLC0415
    from alur.runtime.errors import HostProblem  # noqa: PLC0415
    from state_machines.vocabulary import ROLES  # noqa: PLC0415

    known = {one.id for one in ROLES if one.scope != "none"}
    if role not in {None, *known}:
        typer.echo(f"There is no role {role}. Roles: {', '.join(sorted(known))}.", err=True)
        raise typer.Exit(2)
    try:
        practise(_config(), Plan(households=HOUSEHOLDS), role=role, reset=reset, port=port)
    except HostProblem as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


@app.command()
def migrate(
    mark: Annotated[str, typer.Option(help="What a new database is: production, demo or test")] = "production",
) -> None:
    """Install or upgrade the database: roles, tables, functions, rules, policy, regions. Safe to run again."""
    from alur.prepare import make_schema  # noqa: PLC0415
    from alur.site import open_site  # noqa: PLC0415

    with open_site(_config()) as site:
        written = make_schema(site, mark=mark)
    typer.echo(f"The database is up to date; {written} regions written.")


@app.command()
def seed(
    households: Annotated[int, typer.Option(help="How many families", min=1)] = 5000,
    region: Annotated[
        int,
        typer.Option(help="Region code: province, kabupaten, kecamatan or village; 0: every province by population"),
    ] = 0,
) -> None:
    """Make a demo population: families in the register, the outside systems' file, village lists.

    The same numbers make the same people. NIK and KK are well formed, with serials that belong to nobody. Memory does
    not grow with the number of families; a million take some minutes.
    """
    from alur.prepare import Plan, make_demo, make_schema  # noqa: PLC0415
    from alur.site import open_site  # noqa: PLC0415

    config = _config()
    _require_villages(region)
    with open_site(config) as site:
        make_schema(site, mark="demo")
        loaded = make_demo(site, Plan(region, households), config)
        if loaded is None:
            typer.echo("A population is there already; nothing was changed.")
            return
        typer.echo(f"{loaded.registered} families registered; members: {loaded.memberships}.")
        for path in loaded.lists:
            typer.echo(f"village list: {path}")


@app.command()
def api(
    port: Annotated[int | None, typer.Option(help="Port; ALUR_PORT unless given")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; ALUR_HOST unless given")] = None,
) -> None:
    """Serve the API. Needs ALUR_API_DATABASE_URL and ALUR_SECRET_KEY."""
    import uvicorn  # noqa: PLC0415

    from alur.logs import configure  # noqa: PLC0415
    from api.app import create_app  # noqa: PLC0415

    config = _config()
    configure(config.log_level)
    uvicorn.run(
        create_app(config),
        host=host or config.host,
        port=port or config.port,
        log_config=None,
        access_log=False,
        server_header=False,
    )


@app.command()
def engine(
    waker_only: Annotated[
        bool, typer.Option("--waker-only", help="Wake batches, and leave their flows to ordinary Prefect workers")
    ] = False,
) -> None:
    """Run the engine: flows in their Prefect worker, the waker, and the sending of notices.

    Needs ALUR_WORKER_DATABASE_URL and the address of a Prefect API.
    """
    from alur.logs import configure  # noqa: PLC0415
    from flows.engine import run_engine  # noqa: PLC0415

    configure(_config().log_level)
    asyncio.run(run_engine(carries=not waker_only))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def simulator(context: typer.Context) -> None:
    """Play every outside system over HTTP, with settable faults. Options: --port --population --state --token."""
    from integrations.simulator.__main__ import main  # noqa: PLC0415

    main(context.args)


@app.command()
def machines(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the machines in the shape of the specification")
    ] = False,
    write: Annotated[Path | None, typer.Option(help="Write one page per machine into this folder")] = None,
) -> None:
    """Show the state machines: as data, or as pages with diagrams."""
    from state_machines import MACHINES  # noqa: PLC0415
    from state_machines.check import problems  # noqa: PLC0415
    from state_machines.describe import as_data, page  # noqa: PLC0415

    if write is not None:
        write.mkdir(parents=True, exist_ok=True)
        for machine in MACHINES:
            (write / f"{machine.name}.md").write_text(page(machine), "utf-8")
            typer.echo(f"wrote {write / machine.name}.md")
        return
    if as_json:
        typer.echo(json.dumps(as_data(MACHINES), ensure_ascii=False, indent=1))
        return
    for machine in MACHINES:
        typer.echo(f"{machine.name}: {len(machine.states)} states, {len(machine.rules)} rules. {machine.subject}.")
    for problem in problems(MACHINES):
        typer.echo(f"PROBLEM {problem}", err=True)


@app.command()
def token(
    username: Annotated[str, typer.Argument(help="Username of an account")],
    role: Annotated[str, typer.Option(help="Role to act in")],
    region: Annotated[int | None, typer.Option(help="Region code that bounds the role")] = None,
    programme: Annotated[str | None, typer.Option(help="Programme that bounds the role")] = None,
    organisation: Annotated[str | None, typer.Option(help="Bank, POS or KPPN that bounds the role")] = None,
    name: Annotated[str | None, typer.Option(help="Full name, for a new account")] = None,
) -> None:
    """Give a person a role within a scope and print a signed token for it. The account is made when it is new."""
    from alur.people import Person, make_people  # noqa: PLC0415
    from alur.site import open_site  # noqa: PLC0415
    from models.database import sync_connect  # noqa: PLC0415
    from models.user.commands import Scope, ScopeMissing  # noqa: PLC0415

    config = _config()
    person = Person(username, name or username, role, Scope(region, programme, organisation))
    with open_site(config) as site, sync_connect(site.admin_dsn) as conn:
        try:
            made = make_people(conn, [person], site.secret, config.token_days)
        except (ScopeMissing, KeyError) as error:
            typer.echo(f"{error}" if isinstance(error, ScopeMissing) else f"There is no role {role}.", err=True)
            raise typer.Exit(2) from error
    typer.echo(made[username].token)


@app.command()
def demo(
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the result for machines; exit 1 if anything disagrees")
    ] = False,
    base_url: Annotated[str | None, typer.Option(help="Address of a running system")] = None,
    year: Annotated[
        bool, typer.Option("--year", help="Play the next calendar year, month by month (some 20 minutes)")
    ] = False,
) -> None:
    """Play the main job as a story against a running system, in a simulated month of its own, or a whole year.

    Every step goes over public HTTP, with the tokens of the roles that take it.
    """
    from alur.demo.client import Failed  # noqa: PLC0415
    from alur.demo.story import play  # noqa: PLC0415
    from alur.demo.year import play_year  # noqa: PLC0415

    config = _config()
    folder = config.home.absolute() / "demo"
    address = base_url or f"http://{config.host}:{config.port}"
    try:
        result = (play_year if year else play)(address, folder, (lambda _: None) if as_json else typer.echo)
    except Failed as error:
        typer.echo(
            json.dumps({"ok": False, "error": str(error)}) if as_json else f"The story stopped: {error}",
            err=not as_json,
        )
        raise typer.Exit(1) from error
    from alur.audit import replay_lines  # noqa: PLC0415
    from alur.site import open_site  # noqa: PLC0415

    with open_site(config) as site:
        lines, agrees = replay_lines(site.admin_dsn)
    if as_json:
        typer.echo(json.dumps(result | {"replay": agrees, "ok": result["ok"] and agrees}, ensure_ascii=False))
    else:
        for line in lines:
            typer.echo(line)
    raise typer.Exit(0 if agrees and result["ok"] else 1)


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the lines for machines, in both languages")] = False,
    lang: Annotated[str, typer.Option(help="id or en")] = "id",
    production: Annotated[bool, typer.Option("--production", help="A demo database is an error")] = False,
) -> None:
    """Say whether everything runs, and what to do about what does not. Exit 1 when something needs a person."""
    from alur.doctor import Status, examine, worst  # noqa: PLC0415

    lines = examine(_config(), production=production)
    status = worst(lines)
    if as_json:
        told = {"status": status.value, "lines": [line.as_data() for line in lines]}
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        for line in lines:
            typer.echo(line.text(lang))
    raise typer.Exit(1 if status is Status.GALAT else 0)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Where to write it; must not exist yet")],
    lacking: Annotated[bool, typer.Option("--lacking", help="Write it although documents' files are missing")] = False,
) -> None:
    """Write the database as it is now, and the documents, into one file. Everything may go on meanwhile.

    The file holds personal data and no keys: guard it, and keep ALUR_HOME/secret apart.

    Exit 1 when a document's file is missing.
    """
    from alur.backup import backup as write  # noqa: PLC0415
    from alur.backup import summary  # noqa: PLC0415
    from alur.runtime.errors import HostProblem  # noqa: PLC0415
    from alur.site import open_site  # noqa: PLC0415

    try:
        config = _config()
        with open_site(config) as site:
            manifest = write(site, file, config.document_folder, lacking=lacking)
    except (HostProblem, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(summary(file, manifest))


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="What `alur backup` wrote")],
    into: Annotated[str | None, typer.Option(help="Name of a new database on the same server")] = None,
) -> None:
    """Bring a backup back into an empty database, bring it up to this version, and prove that nothing is missing.

    Exit 1 when the file is not whole, the target is not empty, or the log does not tell the same.
    """
    from alur.backup import restore as bring_back  # noqa: PLC0415
    from alur.runtime.errors import HostProblem  # noqa: PLC0415
    from alur.site import open_site  # noqa: PLC0415

    try:
        config = _config()
        with open_site(config) as site:
            same = bring_back(site, file, config.document_folder, into=into, say=typer.echo)
    except (HostProblem, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    raise typer.Exit(0 if same else 1)


@usulan_app.command("template")
def usulan_template(
    path: Annotated[Path, typer.Argument(help="Where to write it: usulan.xlsx, or a .csv")] = Path("usulan.xlsx"),
) -> None:
    """Write the empty workbook, with help texts and drop-downs."""
    from models.usulan.workbook import write_template  # noqa: PLC0415

    write_template(path)
    typer.echo(f"wrote {path}")


@usulan_app.command("import")
def usulan_import(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The filled XLSX or CSV")],
    username: Annotated[str, typer.Option("--as", help="Account that imports: the village's operator")],
    region: Annotated[str, typer.Option(help="Village, kecamatan or kabupaten the list is for")],
    rejected: Annotated[Path | None, typer.Option(help="Where to write the rows to mend")] = None,
) -> None:
    """Take in a village list. Good families enter; bad rows come back in the same layout, each with what to mend."""
    from alur.importing import import_as  # noqa: PLC0415

    code = import_as(_config(), file, username, region, rejected, typer.echo)
    raise typer.Exit(code)


def main() -> None:
    """Run the command."""
    logging.captureWarnings(capture=True)
    sys.exit(app())
