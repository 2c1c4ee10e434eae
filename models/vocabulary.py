"""The declarations of `state_machines/`, written into the database: rules, states, words. Idempotent.

A rule row is immutable and numbered for ever. When a declared rule differs from the stored one, installing stops and
says so: a changed rule is a new rule with a new number, and the old one is retired with a date.
"""

from __future__ import annotations

from typing import Any

from psycopg import Connection
from psycopg.rows import DictRow

from models.batch.rules import WATCHED
from models.case.refusals import REFUSALS
from state_machines import BY_NAME, MACHINES, NEW, Machine, Rule
from state_machines.declare import State
from state_machines.documents import DOCUMENTS, GEOTAGGED
from state_machines.facts import BY_ID as FACTS
from state_machines.facts import FACT_KINDS, kept, satisfies, writers
from state_machines.reasons import BY_ID as REASONS
from state_machines.reasons import REASONS as ALL_REASONS
from state_machines.vocabulary import JENIS, JENIS_SANGGAH, PROGRAMMES, ROLES, STEP_BITS, Role, effects

OPERATIONS = {
    "catat_fakta": 1,
    "ubah_data": 2,
    "putuskan": 3,
    "catat_libur": 41,
    "cabut_libur": 42,
    "perpanjang_jendela": 43,
    "cabut_perpanjangan": 44,
}
"""Acts that move no case, under machine 0."""

_ROLE = {role.id: role.code for role in ROLES}
_WORKED_OUT = {
    "usulan.nyatakan_lengkap": {"identitas_padan"},
    "usulan.simpulkan_layak": {"identitas_padan"},
    "usulan.perbaiki_kirim": {"identitas_padan"},
    "usulan.terapkan_langsung": {"identitas_padan", "perubahan_sah"},
    "usulan.terapkan_sah": {"perubahan_sah"},
    "usulan.terapkan_pusat": {"perubahan_sah"},
    "usulan.terapkan_peringkat": {"perubahan_sah"},
    "usulan.reaktifkan": {"pemegang"},
    "usulan.koreksi_nonaktif": {"pemegang"},
    "kepesertaan.kabulkan_banding": {"pemegang"},
    "kepesertaan.reaktivasi": {"pemegang"},
    "kepesertaan.koreksi_keluar": {"pemegang"},
    "sanggah.tugaskan": {"petugas_bebas"},
    "sanggah.laporkan_cek": {"petugas_bertugas"},
    "sanggah.lewat_waktu": {"batas_cek"},
    "sanggah.gugurkan": {"gugur_diikuti"},
    "sanggah.kabulkan": {"selisih_diketahui"},
    "sanggah.banding_pengaju": {"banding_pengaju"},
    "sanggah.banding_kpm": {"banding_kpm"},
    "usulan.terapkan_hasil_verval": {"perubahan_sah"},
    "siklus.susun_prelist": {"siklus.mulai"},
    "siklus.rekap_siklus": {"siklus.usai"},
    "siklus.tutup_siklus": {"siklus.desa_tutup"},
    "siklus_desa.lengkap_pendataan": {"siklus.tercatat"},
    "siklus_desa.qc_gagal": {"siklus.sampel_gagal"},
    "siklus_desa.qc_lolos": {"siklus.sampel_lolos"},
    "siklus_desa.tutup_desa": {"siklus.diterapkan"},
    "siklus_desa.lewati_batas": {"siklus.batas"},
    "siklus_desa.perpanjang": {"siklus.berjalan"},
    "kunjungan.koreksi_hasil": {"siklus.pendataan"},
}
"""What the door works out beside a rule's evidence: that those who decide a proposal are still whom Dukcapil knew (the
note of U25, and domain 1.5), that the change proposed can still be done, that no successor took
the case's place, what the notes of the objections' rows ask (models/sanggah/sql/judge.sql), and what the rules of the
verval cycle wait for (`siklus_blocked`)."""
_EDITORS = {"operator_desa", "pendamping", "pengisi_data_kab", "pusdatin", "warga"}
"""Roles that change families' data (SQL `register_save`) and do not judge afterwards what they changed."""
_CLAIMS_LATE = {"sanggah.terima_syarat", "sanggah.mundur_langsung"}
"""Moves with which a case takes its claim: an objection holds none before it was found admissible."""
_SEATS = {"menunggu_sk", "calon_penerima", "ditangguhkan"}
"""States of a membership that occupy a seat of the programme's quota."""


class RuleChanged(Exception):
    """A declared rule differs from the rule the database knows under the same number."""

    def __str__(self) -> str:
        rule, field, stored, declared = self.args
        return (
            f"Rule {rule} was declared differently before ({field}: {stored!r} is stored, {declared!r} declared). "
            "Rules are immutable: give the changed row a new number and retire the old one."
        )


def _steps(rule: Rule) -> tuple[int, int]:
    on = sum(STEP_BITS[step] for step in rule.guard.steps if not step.startswith("-"))
    off = sum(STEP_BITS[step[1:]] for step in rule.guard.steps if step.startswith("-"))
    return on, off


_GONE = {"hangus", "keluar"}
"""Positions of funds at which the amount is the budget's again."""


def _arrow_row(machine: Machine, rule: Rule, source: str, triggers: dict[tuple[int, str], int]) -> dict[str, Any]:
    """Return what the door needs to know of a rule at one of the states it leaves."""
    guard, target = rule.guard, machine.state[rule.target]
    start = None if source == NEW else machine.state[source]
    before, after = (start.account if start else None), target.account
    money = None
    if guard.amount == "set":
        money = "closed"
    elif before and (before in _GONE) != (after in _GONE):
        money = "lost" if after in _GONE else "regained"
    past = (guard.only_by, guard.after, guard.never, guard.latest, rule.undo_of)
    row = {
        "frees": target.terminal,
        "counts": "jendela_terbuka" in rule.needs,
        "seat": _holds_seat(machine, target) - (start is not None and _holds_seat(machine, start)),
        "money": money,
        "watched": any(f"{machine.name}.{target.id}" in states for states in WATCHED.values()),
        "fires": bool(_fires(rule)),
    }
    return {
        "source": start.code if start else 0,
        "trigger": triggers[machine.code, rule.trigger],
        "rule": machine.rule_code(rule),
        "reasons": [REASONS[reason].code for reason in dict(guard.reason_from).get(source, rule.reasons)],
        "target_id": target.id,
        "history": bool(rule.barred),
        "timed": bool(guard.not_before or rule.window or guard.same_year),
        "asks_more": any((guard.place == "tujuan", guard.amount, *past)),
        "brings": any(row.values()) or machine.name == "sanggah",
        **row,
    }


def _holds_seat(machine: Machine, state: State) -> bool:
    return machine.name == "kepesertaan" and state.id in _SEATS


def _fires(rule: Rule) -> list[str]:
    """Return the moves a rule brings in the machines that are installed."""
    return [ref for ref in rule.fires if ref.split(".")[0] in BY_NAME]


def _trigger_codes(conn: Connection[DictRow]) -> dict[tuple[int, str], int]:
    """Return (machine, trigger) -> code: what the database already knows, and a free number for what is new.

    A trigger takes the number of the first rule that carries it and keeps it, also when that rule is retired.
    """
    codes = {(row["machine"], row["id"]): row["code"] for row in conn.execute("SELECT machine, id, code FROM trigger")}
    for machine in MACHINES:
        for trigger in machine.triggers:
            codes.setdefault((machine.code, trigger), machine.trigger_code(trigger))
    return codes


def _rule_row(machine: Machine, rule: Rule, triggers: dict[tuple[int, str], int]) -> dict[str, Any]:
    guard = rule.guard
    on, off = _steps(rule)

    def rules(ids: tuple[str, ...]) -> list[int]:
        return [machine.rule_code(machine.rule[id_]) for id_ in ids]

    return {
        "code": machine.rule_code(rule),
        "id": rule.id,
        "machine": machine.code,
        "trigger": triggers[machine.code, rule.trigger],
        "sources": [0 if source == NEW else machine.state[source].code for source in rule.sources],
        "target": machine.state[rule.target].code,
        "roles": [_ROLE[role] for role in rule.by],
        "needs": [FACTS[need].code for need in rule.needs if not FACTS[need].derived],
        "derived": [FACTS[need].code for need in rule.needs if FACTS[need].derived],
        "reasons": [REASONS[reason].code for reason in rule.reasons],
        "barred": rules(rule.barred),
        "only_by": rules(guard.only_by),
        "after_any": rules(guard.after),
        "never": rules(guard.never),
        "latest": rules(guard.latest),
        "undo_of": rules(rule.undo_of),
        "time_window": rule.window,
        "not_before": guard.not_before,
        "steps_on": on,
        "steps_off": off,
        "at_destination": guard.place == "tujuan",
        "same_year": guard.same_year,
        "amount": guard.amount,
        "people": rule.people,
        "second_role": _ROLE[guard.second] if guard.second else None,
        "refusal": rule.refusal,
        "fires": _fires(rule),
    }


def _locks(machine: Machine, trigger: str) -> bool:
    """Whether a move takes something exclusive with it, so that positions are locked before they are judged."""
    mine = [rule for rule in machine.rules if rule.trigger == trigger]
    leaves_end = any(machine.state[s].terminal for rule in mine for s in rule.sources if s != NEW)
    counted = any({"kuota_ada", "pagu_cukup"} & set(rule.needs) for rule in mine)
    late = f"{machine.name}.{trigger}" in _CLAIMS_LATE
    return leaves_end or counted or late or any(rule.guard.amount == "set" for rule in mine)


def _upsert(conn: Connection[DictRow], table: str, rows: list[dict[str, Any]], key: str = "code") -> None:
    columns = list(rows[0])
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in key.split(", "))
    values = ", ".join(f"%({column})s" for column in columns)
    statement = (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({values}) ON CONFLICT ({key}) DO UPDATE SET {updates}"
    )
    with conn.cursor() as cursor:
        cursor.executemany(statement, rows)


def _role_row(role: Role) -> dict[str, Any]:
    return {
        "code": role.code,
        "id": role.id,
        "scope": role.scope,
        "admin": _ROLE[role.admin] if role.admin else None,
        "head": _ROLE[role.head] if role.head else None,
        "edits": role.id in _EDITORS,
    }


def _state_row(machine: Machine, state: State) -> dict[str, Any]:
    return {
        "code": state.code,
        "machine": machine.code,
        "id": state.id,
        "label": state.label,
        "meaning": state.meaning,
        "phase": state.phase,
        "holder": _ROLE[state.holder],
        "terminal": state.terminal,
        "stable": state.stable,
        "account": state.account,
        "holds_seat": _holds_seat(machine, state),
    }


def _words(conn: Connection[DictRow], triggers: dict[tuple[int, str], int]) -> None:
    _upsert(
        conn,
        "machine",
        [{"code": m.code, "name": m.name, "subject": m.subject, "regional": m.regional} for m in MACHINES],
    )
    _upsert(conn, "role", [_role_row(role) for role in ROLES])
    _upsert(conn, "programme", [{"code": p.code, "id": p.id, "label": p.label, "kind": p.kind} for p in PROGRAMMES])
    kinds = [(jenis.code, jenis.id) for jenis in JENIS]
    _upsert(conn, "jenis", [{"code": code, "id": id_} for code, id_ in (*kinds, *JENIS_SANGGAH)])
    _upsert(
        conn,
        "reason",
        [{"code": r.code, "id": r.id, "label": r.label, "detected_by": r.detected_by} for r in ALL_REASONS],
    )
    _upsert(
        conn,
        "refusal_code",
        [{"code": r.code, "id": r.id, "message": r.text, "message_en": r.text_en} for r in REFUSALS],
    )
    _upsert(conn, "state", [_state_row(machine, state) for machine in MACHINES for state in machine.states])
    _upsert(
        conn,
        "trigger",
        [
            {
                "code": code,
                "machine": 0,
                "id": id_,
                "derived": [],
                "locks": False,
                "steps": False,
                "people": 1,
                "bars_editors": False,
            }
            for id_, code in OPERATIONS.items()
        ]
        + [
            {
                "code": triggers[machine.code, trigger],
                "machine": machine.code,
                "id": trigger,
                "derived": sorted(
                    {n for r in machine.rules if r.trigger == trigger for n in r.needs if FACTS[n].derived}
                    | _WORKED_OUT.get(f"{machine.name}.{trigger}", set())
                ),
                "locks": _locks(machine, trigger),
                "steps": any(rule.guard.steps for rule in machine.rules if rule.trigger == trigger),
                "people": max(rule.people for rule in machine.rules if rule.trigger == trigger),
                "bars_editors": machine.name == "usulan"
                and any(rule.barred for rule in machine.rules if rule.trigger == trigger),
            }
            for machine in MACHINES
            for trigger in machine.triggers
        ],
    )
    _upsert(
        conn,
        "fact_kind",
        [
            {
                "code": kind.code,
                "id": kind.id,
                "label": kind.label,
                "label_en": kind.label_en,
                "case_scope": kind.scope == "case",
                "derived": kind.derived,
                "kept": kept(kind),
                "fresh_days": kind.fresh,
                "min_age_days": kind.min_age,
                "writers": sorted(_ROLE[role] for role in writers(kind, MACHINES)),
                "satisfies": sorted(FACTS[need].code for need in satisfies(kind)),
                "documents": DOCUMENTS.get(kind.id, 0),
                "geotagged": kind.id in GEOTAGGED,
            }
            for kind in FACT_KINDS
        ],
    )


def _rules(conn: Connection[DictRow], triggers: dict[tuple[int, str], int]) -> None:
    rows = [_rule_row(machine, rule, triggers) for machine in MACHINES for rule in machine.rules]
    stored = {row["code"]: row for row in conn.execute("SELECT * FROM rule").fetchall()}
    for row in rows:
        known = stored.get(row["code"])
        if known is None:
            columns = list(row)
            conn.execute(
                f"INSERT INTO rule ({', '.join(columns)}, valid_from) "
                f"VALUES ({', '.join(f'%({c})s' for c in columns)}, now())",
                row,
            )
            continue
        for field, declared in row.items():
            if known[field] != declared:
                raise RuleChanged(row["id"], field, known[field], declared)
    live = [row["code"] for row in rows]
    conn.execute("UPDATE rule SET valid_to = now() WHERE valid_to IS NULL AND NOT code = ANY (%s)", (live,))
    conn.execute("DELETE FROM arrow")
    arrows = [
        _arrow_row(machine, rule, source, triggers)
        for machine in MACHINES
        for rule in machine.rules
        for source in rule.sources
    ]
    _upsert(conn, "arrow", arrows, key="source, trigger")


def install(conn: Connection[DictRow]) -> None:
    """Write every declaration into the database, within the caller's transaction.

    Raises:
        RuleChanged: a stored rule would have to change.
    """
    triggers = _trigger_codes(conn)
    _words(conn, triggers)
    _rules(conn, triggers)
    conn.execute("DELETE FROM need")
    conn.execute("INSERT INTO need (need, kind) SELECT s.need, k.code FROM fact_kind k, unnest(k.satisfies) AS s(need)")
    conn.execute("DELETE FROM jenis_effect")
    for jenis in JENIS:
        conn.execute("INSERT INTO jenis_effect (jenis, fires) VALUES (%s, %s)", (jenis.code, list(effects(jenis))))
    conn.execute("DELETE FROM batch_watch")
    for kind, watched in WATCHED.items():
        for ref in watched:
            name, _, state = ref.partition(".")
            conn.execute(
                "INSERT INTO batch_watch (kind, state) VALUES (%s, %s)", (kind, BY_NAME[name].state[state].code)
            )
