"""The part of the command `alur` that looks after what was recorded: the log, and the documents."""

from __future__ import annotations

from typing import Annotated

import typer

from models.settings import settings

audit_app = typer.Typer(
    help="Ask the log: who, when, why, on what evidence, and whether all agrees.", no_args_is_help=True
)
documents_app = typer.Typer(help="Uploaded documents: leftovers, damage, keys.", no_args_is_help=True)


@audit_app.command("replay")
def audit_replay() -> None:
    """Rebuild every case's position and amount from the log and compare. Exit 1 on any difference."""
    from alur.audit import replay_lines  # noqa: PLC0415
    from alur.site import open_site  # noqa: PLC0415

    with open_site(settings()) as site:
        lines, agrees = replay_lines(site.admin_dsn)
    for line in lines:
        typer.echo(line)
    raise typer.Exit(0 if agrees else 1)


@audit_app.command("recount")
def audit_recount() -> None:
    """Count anew how many cases stand where. The counts are a help to readers; the log is the truth."""
    from alur.site import open_site  # noqa: PLC0415
    from models.database import sync_connect  # noqa: PLC0415
    from models.tally.commands import count_again  # noqa: PLC0415

    with open_site(settings()) as site, sync_connect(site.admin_dsn) as conn:
        count_again(conn)
    typer.echo("Every case was counted anew.")


@documents_app.command("sweep")
def documents_sweep() -> None:
    """Remove what interrupted uploads left: files that no document names, older than a day. Run it daily."""
    from alur.documents import sweep_files  # noqa: PLC0415

    typer.echo(f"{sweep_files(settings())} files removed.")


@documents_app.command("check")
def documents_check() -> None:
    """Open the file of every document and compare it with its hash. Exit 1 when one is missing or damaged."""
    from alur.documents import check_files  # noqa: PLC0415

    wrong = check_files(settings())
    for sha256, how in wrong.items():
        typer.echo(f"{sha256}: {how}", err=True)
    typer.echo(f"{len(wrong)} files missing (hilang) or damaged (rusak).")
    raise typer.Exit(1 if wrong else 0)


@documents_app.command("rewrap")
def documents_rewrap() -> None:
    """Wrap every file's key with the first of the document keys, so that the older ones can be put away."""
    from alur.documents import rewrap_files  # noqa: PLC0415

    wrapped, unreadable = rewrap_files(settings())
    for sha256 in unreadable:
        typer.echo(f"{sha256}: cannot be opened", err=True)
    typer.echo(f"{wrapped} files wrapped anew, {len(unreadable)} cannot be opened.")
    raise typer.Exit(1 if unreadable else 0)


@documents_app.command("key")
def documents_key(name: Annotated[str, typer.Argument(help="A name no other key has, e.g. k2")]) -> None:
    """Print a fresh document key. Put it in front of the others in ALUR_DOCUMENT_KEYS, then run rewrap."""
    from models.document.vault import new_key, parse_keys  # noqa: PLC0415

    made = new_key(name)
    try:
        parse_keys(made)
    except ValueError as error:
        typer.echo("A name has 1 to 32 letters, digits, dots, dashes or underscores.", err=True)
        raise typer.Exit(2) from error
    typer.echo(made)


@audit_app.command("show")
def audit_show(
    username: Annotated[str, typer.Option("--as", help="Account that asks; it sees what its role may see")] = "auditor",
    refusals: Annotated[bool, typer.Option("--refusals", help="What was asked and refused, not what moved")] = False,
    oldest: Annotated[bool, typer.Option("--oldest", help="Oldest first")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Rows at most")] = 50,
    case: Annotated[int | None, typer.Option(help="Case id")] = None,
    nik: Annotated[str | None, typer.Option(help="NIK: every case of the family")] = None,
    household: Annotated[int | None, typer.Option(help="Household id: every case of the family")] = None,
    actor: Annotated[str | None, typer.Option(help="Username of the actor")] = None,
    office: Annotated[str | None, typer.Option(help="Region code of the actor's office at that time")] = None,
    region: Annotated[str | None, typer.Option(help="Region code of the case, e.g. 32.04")] = None,
    decree: Annotated[str | None, typer.Option(help="Decree number: moves made under it")] = None,
    payment: Annotated[str | None, typer.Option(help="SPP, SPM, SP2D or SI number: every move of its cases")] = None,
    batch: Annotated[int | None, typer.Option(help="Tahap or other batch")] = None,
    reason: Annotated[str | None, typer.Option(help="Reason code")] = None,
    rule: Annotated[str | None, typer.Option(help="Rule id, e.g. U19")] = None,
    trigger: Annotated[str | None, typer.Option(help="machine.trigger, e.g. usulan.teruskan")] = None,
    machine: Annotated[str | None, typer.Option(help="Machine")] = None,
    state: Annotated[str | None, typer.Option(help="State entered")] = None,
    refusal: Annotated[str | None, typer.Option(help="Refusal code (with --refusals)")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First moment, ISO; WIB unless it has a zone")] = None,
    until: Annotated[str | None, typer.Option(help="Last moment, exclusive")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per row, with evidence")] = False,
) -> None:
    """List moves (or refusals): when, which case, what, who, why, on what evidence. Filters combine."""
    from alur.audit import Asked, show  # noqa: PLC0415
    from models.audit.queries import Filter  # noqa: PLC0415

    wanted = Filter(
        case=case, nik=nik, household=household, actor=actor, office=office, region=region, decree=decree,
        payment=payment, batch=batch, reason=reason, rule=rule, trigger=trigger, machine=machine, state=state,
        refusal=refusal,
    )  # fmt: skip
    asked = Asked(username, wanted, since, until, refusals=refusals, newest=not oldest, limit=limit)
    raise typer.Exit(show(settings(), asked, as_json=as_json, say=typer.echo))


@audit_app.command("reads")
def audit_reads(
    username: Annotated[str, typer.Option("--as", help="Account that asks; an auditor's")] = "auditor",
    unusual: Annotated[bool, typer.Option("--unusual", help="Readers and days above what policy calls usual")] = False,
    reader: Annotated[str | None, typer.Option(help="Username of the reader")] = None,
    household: Annotated[int | None, typer.Option(help="Household id")] = None,
    region: Annotated[str | None, typer.Option(help="Region code of the family, e.g. 32.04")] = None,
    what: Annotated[str | None, typer.Option(help="keluarga, riwayat, kasus, bukti, dokumen or nomor")] = None,
    since: Annotated[str | None, typer.Option("--from", help="First moment, ISO; WIB unless it has a zone")] = None,
    until: Annotated[str | None, typer.Option(help="Last moment, exclusive")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Rows at most")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per row")] = False,
) -> None:
    """List who looked at which family, newest first: when, in which role and office, why. Filters combine."""
    from alur.audit import Looked, show  # noqa: PLC0415
    from models.reads.queries import Filter  # noqa: PLC0415
    from models.region.errors import RegionProblem  # noqa: PLC0415
    from models.region.rules import parse, span  # noqa: PLC0415

    try:
        lo, hi = (None, None) if region is None else span(parse(region))
    except RegionProblem as problem:
        typer.echo(str(problem))
        raise typer.Exit(2) from problem
    wanted = Filter(household=household, lo=lo, hi=hi, what=what)
    asked = Looked(username, reader, wanted, since, until, unusual=unusual, limit=limit)
    raise typer.Exit(show(settings(), asked, as_json=as_json, say=typer.echo))
