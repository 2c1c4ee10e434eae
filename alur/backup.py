"""`alur backup` and `alur restore`: one moment of an installation in one file, and back."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from alur import archive
from alur.archive import Archive, ArchiveProblem, open_archive
from alur.audit import replay_lines
from alur.runtime import clients
from alur.site import Site
from models.backup import commands, queries
from models.database import sync_connect
from models.document.vault import Vault
from models.install import ensure_database, install, make_roles, revisions

Say = Callable[[str], None]


def backup(site: Site, path: Path, documents: Path, *, lacking: bool = False) -> dict[str, Any]:
    """Write the database as it is at this moment, and the documents, into one file; returns its manifest.

    Everything may go on meanwhile. The dump and the fingerprint see one snapshot; documents are copied after it, and
    a document is there before the row that names it.

    Args:
        site: what to save.
        path: the file, which must not be there yet.
        documents: the folder of what people attached, as the API knows it.
        lacking: write it although files of documents are missing; the manifest says how many.

    Raises:
        ArchiveProblem: the file is there, the database was never installed, or a document's file is missing.
        ClientsMissing, ClientFailed: pg_dump is not there, too old, or ended with an error.
    """
    with archive.fresh(path) as file, sync_connect(site.admin_dsn) as conn, ExitStack() as after:
        major, server = queries.server_version(conn)
        found = clients.find_clients(major, site.server.bindir if site.server else None)
        with queries.snapshot(conn) as snapshot:
            revision = queries.revision(conn)
            if revision is None:
                raise ArchiveProblem(
                    "Basis data ini belum berisi Alur. Periksa ALUR_HOME dan ALUR_DATABASE_URL.",
                    "This database does not hold Alur. Check ALUR_HOME and ALUR_DATABASE_URL.",
                )
            manifest = {
                "format": archive.FORMAT,
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "alur": version("alur"),
                "python": platform.python_version(),
                "postgresql": server,
                "postgresql_major": major,
                "pg_dump_major": found.major,
                "schema": revision,
                "clock": queries.clock(conn),
                "last_act": queries.last_act(conn),
                "rows": queries.counts(conn),
                "log": {table: each.as_data() for table, each in queries.fingerprint(conn).items()},
            }
            with clients.dumping(found, site.admin_dsn, snapshot) as dump:
                manifest["dump"] = archive.write_dump(file, dump)
            named = after.enter_context(queries.document_names(conn))
        return archive.write_rest(file, documents, manifest, named, lacking=lacking)


def restore(site: Site, path: Path, documents: Path, *, into: str | None, say: Say) -> bool:
    """Bring a backup back into an empty database, and prove that it is what was saved; returns whether it is.

    Args:
        site: where to; its own database must be empty unless `into` is given.
        path: a file that `backup` wrote.
        documents: the folder of what people attached, as the API knows it.
        into: the name of a new database on the same server. The documents then go beside theirs, to `documents.NAME`.
        say: is told what was done, and what differs.

    Raises:
        ArchiveProblem: the file is not whole, the target is not empty, or this version cannot take it.
        ClientsMissing, ClientFailed: pg_restore is not there, too old, or ended with an error; nothing was written.
    """
    saved = open_archive(path)
    _demand_known(saved.manifest)
    dsn = site.admin_dsn
    if into is not None:
        ensure_database(dsn, into)
        dsn = urlunsplit(urlsplit(dsn)._replace(path=f"/{into}"))
    folder = documents if into is None else documents.with_name(f"{documents.name}.{into}")
    made = _fill(site, dsn, saved, folder)
    say(f"Dimuat: {_told(saved.manifest)} / Loaded.")
    differing = _differences(dsn, saved.manifest) + _lacking(dsn, folder)
    with sync_connect(dsn) as conn:
        commands.settle(conn)
    install(dsn)
    if saved.manifest["documents"]["files"]:
        say(f"Dokumen: {made} ditulis ke {folder} / documents written.")
    lines, agrees = replay_lines(dsn)
    for line in lines + [f"BEDA / DIFFERS: {each}" for each in differing]:
        say(line)
    return agrees and not differing


def _demand_known(manifest: Mapping[str, Any]) -> None:
    if manifest["schema"] not in revisions():
        raise ArchiveProblem(
            f"Cadangan ini dari Alur {manifest['alur']} dengan skema {manifest['schema']}, yang belum dikenal versi "
            f"ini (sampai {revisions()[0]}). Pasang Alur {manifest['alur']} atau lebih baru.",
            f"This backup is of Alur {manifest['alur']} with schema {manifest['schema']}, which this version does not "
            f"know (up to {revisions()[0]}). Install Alur {manifest['alur']} or newer.",
        )


def _fill(site: Site, dsn: str, saved: Archive, folder: Path) -> int:
    """Write the documents, and load the dump into an empty database, whole or not at all; returns how many were new."""
    with sync_connect(dsn) as conn:
        if not queries.is_empty(conn):
            name = conn.info.dbname
            raise ArchiveProblem(
                f"Basis data {name} tidak kosong; tidak ada yang ditulis. Pulihkan ke nama baru: --into {name}_pulih",
                f"The database {name} is not empty; nothing was written. Restore into a new one: --into {name}_pulih",
            )
        major, _ = queries.server_version(conn)
    if major < saved.manifest["postgresql_major"]:
        raise ArchiveProblem(
            f"Cadangan dari PostgreSQL {saved.manifest['postgresql_major']}; peladen ini versi {major}. "
            "Pulihkan ke versi yang sama atau lebih baru.",
            f"The backup is of PostgreSQL {saved.manifest['postgresql_major']}; this server is {major}. "
            "Restore into the same version or a newer one.",
        )
    make_roles(dsn)  # the dump's policies name them
    needed = max(major, saved.manifest["pg_dump_major"])
    found = clients.find_clients(needed, site.server.bindir if site.server else None)
    made = saved.copy_documents(folder)
    with clients.restoring(found, dsn) as target:
        saved.copy_dump(target)
    return made


def _differences(dsn: str, manifest: Mapping[str, Any]) -> list[str]:
    """Return where the loaded rows are not the saved ones, by table; before anything of this version touches them."""
    told: list[str] = []
    with sync_connect(dsn) as conn, conn.transaction():
        rows = queries.counts(conn)
        told += [
            f"{table}: {manifest['rows'].get(table)} baris disimpan / rows saved, {rows.get(table)} dimuat / loaded"
            for table in sorted({*rows, *manifest["rows"]})
            if rows.get(table) != manifest["rows"].get(table)
        ]
        columns = {table: each["columns"] for table, each in manifest["log"].items()}
        for table, each in queries.fingerprint(conn, columns).items():
            if each.as_data() != manifest["log"][table]:
                told.append(f"{table}: sidik jari isi berbeda / the fingerprint of its content differs")
        last = queries.last_act(conn)
        if last != manifest["last_act"]:
            told.append(f"act: terakhir / last {manifest['last_act']['id']}, {last['id']}")
    return told


def _lacking(dsn: str, folder: Path) -> list[str]:
    """Return that files of loaded documents are missing, and where they are looked for."""
    vault = Vault(folder, {})
    with sync_connect(dsn) as conn, queries.document_names(conn) as named:
        lost = sum(not vault.path(name).is_file() for name in named)
    return [f"{lost} dokumen tanpa berkas di / documents without a file in {folder}"] if lost else []


def _told(manifest: Mapping[str, Any]) -> str:
    rows, last = manifest["rows"], manifest["last_act"]
    return (
        f"{manifest['at']}, Alur {manifest['alur']}, skema {manifest['schema']}, {rows['position']} kasus, "
        f"{rows['transition']} transisi, akta terakhir {last['id']}"
    )


def summary(path: Path, manifest: Mapping[str, Any]) -> str:
    """Return one line about a backup that was written."""
    size = path.stat().st_size / 1_000_000
    lost = f"; {manifest['lacking']} HILANG / MISSING" if manifest["lacking"] else ""
    return f"{path}: {size:.1f} MB; {_told(manifest)}; {manifest['documents']['files']} dokumen{lost}"
