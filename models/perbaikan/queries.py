"""What failed within somebody's sight, by cause; and one case as the letter that sends a family to an office.

Inside `models.database.acting`.
"""

from __future__ import annotations

from typing import Any

from models.case.queries import get_case
from models.case.rules import refers
from models.database import Conn
from models.perbaikan.rules import ANSWERS, STATES, Both, cause
from models.region.rules import NATIONAL_SPAN
from models.register.queries import families, payees
from models.register.rules import mask

_CODES = """
ARRAY(SELECT s.code FROM state s JOIN machine m ON m.code = s.machine WHERE m.name || '.' || s.id = ANY (%(states)s))
"""

_COUNTED = f"""
SELECT m.name AS machine, s.id AS state, s.label, s.meaning, o.id AS holder, e.id AS reason, e.label AS reason_label,
       f.cases, f.rupiah, f.oldest
  FROM failures_counted({_CODES}, %(lo)s, %(hi)s, %(batch)s) AS f
  JOIN state s ON s.code = f.state
  JOIN machine m ON m.code = s.machine
  JOIN role o ON o.code = s.holder
  LEFT JOIN reason e ON e.code = f.reason
 ORDER BY f.cases DESC, s.code, e.code
"""


async def failures(
    conn: Conn, lo: int = NATIONAL_SPAN[0], hi: int = NATIONAL_SPAN[1], *, batch: int | None = None
) -> list[dict[str, Any]]:
    """Return what waits to be mended in villages `lo` to `hi`, or in one batch: per state and reason, most first.

    Rows: machine, state, label, meaning, holder, reason, reason_label, cases, rupiah (closed amounts), oldest.
    """
    cursor = await conn.execute(_COUNTED, {"states": list(STATES), "lo": lo, "hi": hi, "batch": batch})
    return await cursor.fetchall()


_LAST = """
SELECT e.id AS reason, e.label AS reason_label, a.at,
       (SELECT jsonb_object_agg(k.id, x.value)
          FROM (SELECT f.kind, f.value FROM fact f
                 WHERE f.act = t.act AND f.case_id = t.case_id AND f.value IS NOT NULL
                UNION ALL SELECT f.kind, f.value FROM act_fact f WHERE f.act = t.act) AS x
          JOIN fact_kind k ON k.code = x.kind) AS told
  FROM position p
  JOIN transition t ON t.case_id = p.case_id AND t.version = p.version
  JOIN act a ON a.id = t.act
  LEFT JOIN reason e ON e.code = a.reason
 WHERE p.case_id = %s
"""


def _answered(member: dict[str, Any] | None, names: bool) -> list[Both]:
    """Return what Dukcapil said of one member, in both languages; of his name only where `names` differ."""
    if member is None:
        return []
    said: list[Both] = []
    if member.get("kode") in ANSWERS:
        said.append(ANSWERS[member["kode"]])
    if member.get("skor_nama") is not None and names:
        score = f"{member['skor_nama']:g}"
        said.append((f"nama mirip {score} dari 100", f"name similarity {score} of 100"))
    if member.get("kk") is False:
        said.append(("nomor KK berbeda", "another family card number"))
    return said


async def referral(conn: Conn, case_id: int, role: str) -> dict[str, Any] | None:
    """Return what the letter about a case that waits to be mended says.

    None where it waits for nothing of the kind, and where the caller's `role` refers nobody.

    `about`: per member concerned his name, NIK (masked), birth, the field, what we have, what they answered (pairs in
    both languages). Numbers are masked: the office reads them from the papers that the family brings.
    """
    case = await get_case(conn, case_id) if refers(role) else None
    if case is None or f"{case['machine']}.{case['state']}" not in STATES or case["household_id"] is None:
        return None
    last = await (await conn.execute(_LAST, (case_id,))).fetchone() or {}
    family = (await families(conn, [case["household_id"]])).get(case["household_id"])
    if family is None:
        return None
    told = last.get("told") or {}
    found = cause(last.get("reason"), f"{case['machine']}.{case['state']}")
    dukcapil = told.get("balasan_dukcapil") or {}
    answers = {row["orang"]: row for row in dukcapil.get("anggota", [])}
    concerned = set(dukcapil.get("tentang", []))
    finding = told.get("sumber_temuan") or told.get("anggota_terkait") or {}
    if isinstance(finding, dict) and finding.get("anggota"):
        concerned.add(finding["anggota"])
    payee = (await payees(conn, [family["id"]])).get(family["id"]) or {}
    if not concerned and payee:
        concerned.add(payee["person_id"])
    bank = next((value["bank"] for value in told.values() if isinstance(value, dict) and value.get("bank")), None)
    return {
        "case": case,
        "reason": last.get("reason"),
        "reason_label": last.get("reason_label"),
        "at": last.get("at"),
        "cause": found,
        "bank": bank or (payee.get("bank") if found.office == "bank" else None),
        "account": mask(payee["number"]) if found.office == "bank" and payee.get("number") else None,
        "family": {"kepala": family["kepala"], "no_kk": mask(family["no_kk"]), "alamat": family["alamat"],
                   "rt": family["rt"], "rw": family["rw"], "region_name": family["region_name"]},
        "about": [
            {
                "nama": member["nama"],
                "nik": mask(member["nik"]),
                "tanggal_lahir": member["tanggal_lahir"],
                "payee": member["id"] == payee.get("person_id"),
                "answers": _answered(answers.get(member["id"]), last.get("reason") in {"NAMA_BEDA", "EX_NAMA"}),
            }
            for member in family["members"]
            if member["id"] in concerned
        ],
    }  # fmt: skip
