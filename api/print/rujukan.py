"""The letter that sends a family to the office that can mend its data: which field, what we have, what they said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.dates import format_date

from api.print.letter import Column, Fields, Heading, Letter, Points, Signatures, Signer, Table, Text, office_of
from models.perbaikan.rules import OFFICES
from models.region.queries import RegionInfo


def rujukan(told: Mapping[str, Any], region: Sequence[RegionInfo], at: datetime, name: str, role: str) -> Letter:
    """Return the letter of a referral.

    Args:
        told: what `models.perbaikan.queries.referral` says of the case. Its numbers are masked.
        region: the regions down to the office that writes; empty for one of the nation.
        at: when it is printed, aware, in the office's zone.
        name: who prints and signs it.
        role: his role in words.
    """
    case, family, cause = told["case"], told["family"], told["cause"]
    why = told["reason_label"] or case["label"]
    day = format_date(told["at"], "d MMMM y", locale="id") if told["at"] else ""
    rows = [
        (
            member["nama"] + (" (pengurus)" if member["payee"] else ""),
            f"NIK {member['nik']}, lahir {format_date(member['tanggal_lahir'], 'd MMMM y', locale='id')}"
            + (f", rekening {told['account']}" if member["payee"] and told["account"] else ""),
            "; ".join(said for said, _ in member["answers"]) or f"{why} ({day})",
        )
        for member in told["about"]
    ]
    place = f"{region[-1].name if region else 'Jakarta'}, {format_date(at, 'd MMMM y', locale='id')}"
    programme = [("Program", f"{case['programme']} {case['period'] or ''}".strip())] if case["programme"] else []
    return Letter(
        title="Surat Rujukan Perbaikan Data",
        office=office_of(region, "Dinas Sosial" if region and region[-1].kind in {"kabupaten", "kota"} else None),
        number=case["number"],
        subject=cause.field[0],
        body=[
            Text(f"Kepada Yth. {OFFICES[cause.office][0]}{' ' + told['bank'] if told['bank'] else ''}", "left"),
            Text(f"Kami merujuk keluarga berikut, yang bantuannya tertahan karena: {why}."),
            Fields([
                ("Kepala keluarga", family["kepala"]),
                ("No. KK", family["no_kk"]),
                ("Alamat", f"{family['alamat']}, RT {family['rt']} / RW {family['rw']}, {family['region_name'] or ''}"),
                *programme,
            ]),
            Heading(f"Isian yang bermasalah: {cause.field[0]}"),
            Table([Column("Anggota"), Column("Data kami", 2), Column("Jawaban", 2)], rows),
            Heading("Yang dimohon dan yang dibawa"),
            Points([cause.act[0], f"Keluarga membawa: {cause.bring[0]}"]),
            Text("Nomor lengkap dibaca dari dokumen asli yang dibawa keluarga. Surat balasan tidak wajib: setelah"
                 " dibetulkan, data kami periksa lagi."),
            Signatures(place, [Signer(role, name)]),
        ],
        path=f"/kasus/{case['id']}",
        at=at,
        by=f"{name}, {role}",
        draft=False,
    )  # fmt: skip
