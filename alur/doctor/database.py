"""What only the database can tell: schema, guards, clock, lag, calls, gates, batches, a sample of the log."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from psycopg import Connection
from psycopg.rows import DictRow

from alur.doctor.lines import Line, Status, age, judged, size
from alur.runtime.binaries import NEWEST, OLDEST
from models.backup.queries import clock, revision, server_version
from models.calendar.queries import missing_years_now
from models.health import queries
from models.health.queries import Figures
from models.install import MARK, digest, revisions
from models.stuck.queries import watch_state

Owner = Connection[DictRow]

SAMPLE = 2_000
"""Cases whose log is folded: under a second's work, and a fault in one of a thousand is found six times of seven."""

_SHOWN = 5
_ENGINE_SILENT_S = 60
_WAKE_S = (120.0, 1_800.0)
_LEASE_S = (90.0, 180.0)
"""The waker sweeps every minute; a batch that is still without a run after three was not heard."""
_CALL_S = (900.0, 86_400.0)
_GATE_S = (0.0, 7 * 86_400.0)
_TRANSACTION_S = (300.0, 3_600.0)
_TELLING_S = (300.0, 3_600.0)
"""What is due is sent within seconds; after five minutes nobody reads or sends."""
_CLOCKS_S = (1.0, 5.0)
_CONNECTIONS = (0.8, 0.95)


def _some(values: list[int] | list[str]) -> str:
    told = ", ".join(str(value) for value in values[:_SHOWN])
    return f"{told}, … ({len(values)})" if len(values) > _SHOWN else told


def schema(conn: Owner) -> list[Line]:
    """Return the server's version, the schema's revision and whose functions are installed."""
    major, server = server_version(conn)
    lines = [
        Line(
            "postgresql",
            Status.OK if OLDEST <= major <= NEWEST else Status.GALAT,
            f"PostgreSQL {server}, basis data {size(queries.database_bytes(conn))}",
            f"PostgreSQL {server}, database of {size(queries.database_bytes(conn))}",
            f"pakai PostgreSQL {OLDEST} sampai {NEWEST}",
            f"use PostgreSQL {OLDEST} to {NEWEST}",
            {"version": server, "bytes": queries.database_bytes(conn)},
        )
    ]
    found, known = revision(conn), revisions()
    mend, mend_en = "jalankan `alur migrate`", "run `alur migrate`"
    if found == known[0]:
        status, text, text_en = Status.OK, f"skema {found}, sama dengan program", f"schema {found}, as the program's"
    elif found in known or found is None:
        status = Status.GALAT
        text = f"skema {found or 'belum ada'}, program meminta {known[0]}"
        text_en = f"schema {found or 'not there'}, the program needs {known[0]}"
    else:
        status, mend, mend_en = Status.PERHATIAN, "pasang versi baru di mesin ini", "install the new version here"
        text, text_en = f"skema {found} lebih baru dari program", f"schema {found} is newer than the program"
    lines.append(Line("skema", status, text, text_en, mend, mend_en, {"database": found, "program": known[0]}))
    if found == known[0] and queries.installed_mark(conn) != f"{MARK}{digest()}":
        lines.append(
            Line(
                "fungsi",
                Status.PERHATIAN,
                "fungsi di basis data dari versi lain",
                "the database's functions are another version's",
                "jalankan `alur migrate` dari versi terbaru",
                "run `alur migrate` of the newest version",
            )
        )
    return lines


def guards(conn: Owner) -> Line:
    """Return whether roles, row-level security and the log's triggers stand."""
    missing = queries.unguarded(conn)
    return Line(
        "penjaga",
        Status.GALAT if missing else Status.OK,
        f"TIDAK UTUH: {_some(missing)}" if missing else "peran, keamanan baris, dan pemicu log utuh",
        f"NOT WHOLE: {_some(missing)}" if missing else "roles, row-level security and the log's triggers stand",
        "jalankan `alur migrate`, lalu cari tahu siapa yang mengubahnya",
        "run `alur migrate`, then find out who changed it",
        {"missing": missing},
    )


def clocks(conn: Owner, *, production: bool) -> list[Line]:
    """Return whether the database's clock is shifted, and how far the server's differs from this machine's."""
    told = clock(conn)
    mark, shift = told["mark"], float(told["shift_s"])
    if mark == "production":
        status = Status.GALAT if shift else Status.OK
    else:
        status = Status.GALAT if production else Status.OK
    by = f", digeser {age(shift)}" if shift else ""
    lines = [
        Line(
            "jam",
            status,
            f"basis data {mark}{by}",
            f"{mark} database{f', shifted by {age(shift)}' if shift else ''}",
            "jangan pakai basis data demo untuk kerja nyata; pasang yang baru dengan `alur migrate`",
            "do no real work in a demo's database; make a new one with `alur migrate`",
            {"mark": mark, "shift_s": shift},
        )
    ]
    begun = time.time()
    there = queries.moment(conn)
    ended = time.time()
    apart = abs((there - datetime.fromtimestamp((begun + ended) / 2, UTC)).total_seconds())
    apart = max(0.0, apart - (ended - begun) / 2)  # what the way there took proves nothing
    lines.append(
        Line(
            "selisih jam",
            judged(apart, *_CLOCKS_S),
            f"{apart:.1f} s antara mesin ini dan peladen basis data",
            f"{apart:.1f} s between this machine and the database server",
            "nyalakan NTP di kedua mesin (timedatectl set-ntp true)",
            "turn NTP on on both machines (timedatectl set-ntp true)",
            {"seconds": apart},
        )
    )
    return lines


def engine(figures: Figures) -> Line:
    """Return when the engine last said that it lives."""
    silent = figures.engine_silent_s
    told = "belum pernah berdetak" if silent is None else f"berdetak {age(silent)} lalu"
    told_en = "has never said that it lives" if silent is None else f"said {age(silent)} ago that it lives"
    return Line(
        "mesin",
        Status.GALAT if silent is None or silent > _ENGINE_SILENT_S else Status.OK,
        told,
        told_en,
        "jalankan `alur run` atau `alur engine`; lihat logs/engine.log",
        "start `alur run` or `alur engine`; see logs/engine.log",
        {"silent_s": silent},
    )


def work(figures: Figures) -> Iterator[Line]:
    """Yield how far the machinery lags: wake rows, leases, calls, gates."""
    waited = figures.wake_oldest_s or 0.0
    yield Line(
        "bangun",
        judged(waited, *_WAKE_S),
        f"{figures.wakes_open} batch menunggu dibangunkan, terlama {age(waited)}",
        f"{figures.wakes_open} batches wait to be woken, the longest {age(waited)}",
        "mesin atau Prefect tidak sanggup: lihat logs/engine.log; GET /api/v1/batches/{id} menunjukkan jalannya",
        "engine or Prefect do not keep up: see logs/engine.log; GET /api/v1/batches/{id} shows its runs",
        {"open": figures.wakes_open, "oldest_s": waited},
    )
    lapsed = figures.run_lapsed_oldest_s or 0.0
    yield Line(
        "sewa",
        judged(lapsed, *_LEASE_S),
        f"{figures.runs_live} hidup, {figures.runs_lapsed} lewat, terlama {age(lapsed)}",
        f"{figures.runs_live} live, {figures.runs_lapsed} lapsed, the longest {age(lapsed)} ago",
        "mesin mengganti jalan yang diam tiap menit; bila tetap, lihat logs/engine.log",
        "the engine replaces silent runs every minute; if it stays, see logs/engine.log",
        {"live": figures.runs_live, "lapsed": figures.runs_lapsed, "oldest_s": lapsed},
    )
    unknown = figures.call_unknown_oldest_s or 0.0
    status = judged(unknown, *_CALL_S)
    yield Line(
        "panggilan",
        Status.PERHATIAN if status is Status.OK and figures.calls_refused else status,
        f"{figures.calls_unknown} tidak diketahui, terlama {age(unknown)}; {figures.calls_refused} ditolak",
        f"{figures.calls_unknown} of unknown outcome, the oldest {age(unknown)}; {figures.calls_refused} refused",
        "tanyakan sistem luar itu; Alur bertanya terus dan tidak mengirim dua kali. Ditolak: lihat call.problem",
        "ask that outside system; Alur keeps asking and sends nothing twice. Refused: see call.problem",
        {"unknown": figures.calls_unknown, "oldest_s": unknown, "refused": figures.calls_refused},
    )
    late = figures.gate_late_oldest_s or 0.0
    yield Line(
        "gerbang",
        judged(late, *_GATE_S),
        f"{figures.gates_open} menunggu keputusan, {figures.gates_late} lewat tenggat, terlama {age(late)}",
        f"{figures.gates_open} wait for a decision, {figures.gates_late} past their deadline, the longest {age(late)}",
        "ingatkan pejabatnya: GET /api/v1/approvals?mine=false menunjukkan peran dan wilayahnya",
        "remind the decider: GET /api/v1/approvals?mine=false names role and region",
        {"open": figures.gates_open, "late": figures.gates_late, "oldest_s": late},
    )


def batches(conn: Owner) -> Line:
    """Return open batches whose run is dead."""
    dead = queries.dead_batches(conn, _LEASE_S[1])
    return Line(
        "batch",
        Status.GALAT if dead else Status.OK,
        f"jalan mati dan tidak diganti: {_some(dead)}" if dead else "tidak ada yang jalannya mati",
        f"run dead and not replaced: {_some(dead)}" if dead else "none whose run is dead",
        "cari nomornya di logs/engine.log, perbaiki sebabnya, lalu POST /api/v1/batches/{nomor}/wake",
        "find its number in logs/engine.log, mend the cause, then POST /api/v1/batches/{number}/wake",
        {"dead": dead},
    )


def watch(conn: Owner) -> Line:
    """Return whether the watch over stuck cases comes to its end, everywhere."""
    silent, most, failing = watch_state(conn)
    status = Status.GALAT if silent > most else Status.PERHATIAN if failing or silent > most / 2 else Status.OK
    there = f"; gagal di {_some(failing)}" if failing else ""
    there_en = f"; fails for {_some(failing)}" if failing else ""
    return Line(
        "pantau",
        status,
        f"pemantauan kasus macet selesai {age(silent)} lalu{there}",
        f"the watch over stuck cases came to its end {age(silent)} ago{there_en}",
        "jalankan mesin alur dan Prefect; cari wilayahnya (0: pekerjaan pusat) di logs/engine.log",
        "start the engine and Prefect; find the region (0: the nation's work) in logs/engine.log",
        {"silent_s": silent, "failing": failing},
    )


def telling(figures: Figures) -> Line:
    """Return whether people are told what happens: how far behind, and what was given up."""
    lag, dead = figures.notice_lag_s or 0.0, figures.notices_dead
    status = judged(lag, *_TELLING_S)
    return Line(
        "kabar",
        Status.PERHATIAN if status is Status.OK and dead else status,
        f"tertua yang belum terkirim {age(lag)}; {dead} pesan menyerah",
        f"oldest not sent yet {age(lag)}; {dead} messages given up",
        "jalankan mesin alur; transaksi yang lama terbuka menahan kabar. Menyerah: `alur notices dead`, lalu `resend`",
        "start the engine; a transaction open for long holds news up. Given up: `alur notices dead`, then `resend`",
        {"lag_s": lag, "dead": dead},
    )


def cards(figures: Figures) -> Line:
    """Return how many families wait for a card that a bank refuses to print."""
    refused = figures.cards_refused
    return Line(
        "kartu",
        Status.PERHATIAN if refused else Status.OK,
        f"{refused} keluarga menunggu kartu yang ditolak cetak oleh bank",
        f"{refused} families wait for a card that a bank refused to print",
        "tanyakan bank dengan kodenya (fakta berkas_bank); Alur memesan ulang menurut kebijakan kartu.ulang_hari",
        "ask the bank with its code (fact berkas_bank); Alur orders again by policy kartu.ulang_hari",
        {"refused": refused},
    )


def objections(figures: Figures) -> Line:
    """Return how many objections are undecided past the time for their check."""
    late = figures.objections_late
    return Line(
        "sanggah",
        Status.PERHATIAN if late else Status.OK,
        f"{late} sanggah belum diputus sesudah batas pemeriksaannya",
        f"{late} objections undecided past the time for their check",
        "GET /api/v1/stuck?machine=sanggah menyebut pemegang dan langkah yang membebaskannya",
        "GET /api/v1/stuck?machine=sanggah names holder and the step that frees it",
        {"late": late},
    )


def cycles(conn: Owner) -> Line:
    """Return verval cycles that begin soon, or should have begun, and that nobody decided."""
    waiting, today = queries.undecided_cycles(conn)
    told = _some([f"{one.period} ({one.mulai.isoformat()})" for one in waiting])
    begun = any(one.mulai <= today for one in waiting)
    return Line(
        "siklus",
        Status.GALAT if begun else Status.PERHATIAN if waiting else Status.OK,
        f"belum diputuskan: {told}" if waiting else "tidak ada siklus verval yang menunggu keputusan",
        f"nobody decided: {told}" if waiting else "no verval cycle waits for a decision",
        "dua orang pusdatin memutus gerbang siklus_jadwal: GET /api/v1/approvals?mine=false; atau POST /api/v1/cycles",
        "two of pusdatin decide the gate siklus_jadwal: GET /api/v1/approvals?mine=false; or POST /api/v1/cycles",
        {"undecided": [one.period for one in waiting]},
    )


def sample(conn: Owner) -> Line:
    """Return whether the log of some cases tells where they stand."""
    checked, wrong = queries.replay_sample(conn, SAMPLE)
    return Line(
        "riwayat",
        Status.GALAT if wrong else Status.OK,
        f"TIDAK COCOK dengan log: kasus {_some(wrong)}" if wrong else f"{checked} kasus contoh cocok dengan log",
        f"NOT AS THE LOG SAYS: case {_some(wrong)}" if wrong else f"{checked} sampled cases are as the log says",
        "jangan ubah apa pun; simpan `alur backup`, jalankan `alur audit replay`, panggil auditor",
        "change nothing; keep an `alur backup`, run `alur audit replay`, call an auditor",
        {"checked": checked, "wrong": wrong},
    )


def calendar(conn: Owner) -> Line:
    """Return whether the list of holidays of this year, and from November of the next, was entered."""
    missing = missing_years_now(conn)
    years = ", ".join(str(row["year"]) for row in missing)
    known = ", ".join(str(row["known"]) for row in missing)
    return Line(
        "kalender",
        Status.PERHATIAN if missing else Status.OK,
        f"daftar libur {years} belum lengkap: {known} hari nasional" if missing else "daftar hari libur sudah masuk",
        f"list of holidays {years} not whole: {known} national days" if missing else "the lists of holidays are in",
        "jalankan `alur calendar import BERKAS --as AKUN` dengan daftar dari SKB 3 Menteri",
        "run `alur calendar import FILE --as ACCOUNT` with the list of the three ministers' decree",
        {"missing": [row["year"] for row in missing]},
    )


def transactions(conn: Owner) -> Line:
    """Return transactions that have been open for long."""
    busy = queries.long_transactions(conn, _TRANSACTION_S[0])
    told = _some([f"pid {each.pid} {each.who} {age(each.seconds)}" for each in busy])
    return Line(
        "transaksi",
        judged(max((each.seconds for each in busy), default=0.0), *_TRANSACTION_S),
        f"terbuka lama: {told}" if busy else "tidak ada yang lama terbuka",
        f"open for long: {told}" if busy else "none is open for long",
        "tutup sesi itu; bila pemiliknya tidak ada: pg_terminate_backend(pid)",
        "end that session; if nobody owns it: pg_terminate_backend(pid)",
        {"open": [{"pid": each.pid, "who": each.who, "seconds": each.seconds} for each in busy]},
    )


def connections(figures: Figures) -> Line:
    """Return how many connections of the server are taken."""
    used, most = figures.connections, figures.connections_most
    return Line(
        "koneksi",
        judged(used / most, *_CONNECTIONS),
        f"{used} dari {most} terpakai",
        f"{used} of {most} are taken",
        "kecilkan ALUR_POOL_SIZE, tutup sesi menganggur, atau naikkan max_connections",
        "lower ALUR_POOL_SIZE, end idle sessions, or raise max_connections",
        {"used": used, "most": most},
    )


def everything(conn: Owner, *, production: bool) -> Iterator[Line]:
    """Yield every line; what cannot be looked at in a database of another schema is left out."""
    lines = schema(conn)
    yield from lines
    if any(line.check == "skema" and line.status is Status.GALAT for line in lines):
        return
    figures = queries.figures_now(conn)
    yield guards(conn)
    yield from clocks(conn, production=production)
    yield engine(figures)
    yield from work(figures)
    yield from (telling(figures), cards(figures), objections(figures))
    checks: tuple[Callable[[Owner], Line], ...] = (batches, watch, sample, calendar, cycles, transactions)
    for check in checks:
        yield check(conn)
    yield connections(figures)
