"""The documents: one function each, from what is known to a letter. The words are those offices use.

Who is named: minutes, SPTJM and the meeting's list are lists by name and address (BNBA), which the village signs and
keeps: head of family, address, the number of the case, and the NIK masked, because paper is copied and pinned up.
Approval letters and decrees leave the village and name nobody: they count per region, and the list itself is told by
its fingerprint, under which the system holds it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from babel.numbers import format_decimal

from api.print.letter import (
    Column,
    Fields,
    Heading,
    Letter,
    Points,
    Signatures,
    Signer,
    Table,
    Text,
    office_of,
)
from models.musdes.queries import tally
from models.musdes.rules import DITUNDA, LAYAK, TIDAK_LAYAK, day_of
from models.region.queries import RegionInfo

_ROWS_TO_SIGN = 44
"""Lines of an attendance sheet: two pages with the signatures."""
_HEIGHT_MM = 8

_VERDICTS = {LAYAK: "layak", TIDAK_LAYAK: "tidak layak", DITUNDA: "ditunda", None: ""}
_HEADS = {"kelurahan": ("Kelurahan", "Lurah", "Ketua LPM"), "desa": ("Desa", "Kepala Desa", "Ketua BPD")}


@dataclass(frozen=True, slots=True)
class Desk:
    """Where something is printed: the regions down to the office's, the moment in its zone, who prints, which page."""

    region: Sequence[RegionInfo]
    at: datetime
    by: str
    path: str

    @property
    def _words(self) -> tuple[str, str, str]:
        """What a village and its heads are called: the village itself, who leads it, who stands beside."""
        return _HEADS.get(self.region[-1].kind if self.region else "desa", _HEADS["desa"])

    @property
    def village(self) -> str:
        """The village as people say it: "Desa Sadu"."""
        return f"{self._words[0]} {self.region[-1].name}" if self.region else self._words[0]

    @property
    def whole(self) -> str:
        """The village with what contains it: "Desa Sadu, Kecamatan Soreang, Kabupaten Bandung"."""
        above = [one for one in reversed(self.region[:-1]) if one.kind != "provinsi"]
        said = [one.name if one.kind in {"kabupaten", "kota"} else f"{one.kind.title()} {one.name}" for one in above]
        return ", ".join([self.village, *said])

    @property
    def meeting(self) -> str:
        """Musyawarah Desa, or Musyawarah Kelurahan."""
        return f"Musyawarah {self._words[0]}"

    @property
    def head(self) -> str:
        """Kepala Desa, or Lurah."""
        return self._words[1]

    @property
    def beside(self) -> str:
        """Who stands beside the head: the village council, or the ward's board."""
        return self._words[2]

    def signed(self, day: date | None) -> str:
        """Return place and day of a signature; without a day a dotted line."""
        name = self.region[-1].name if self.region else "Jakarta"
        place = name.removeprefix("Kabupaten ").removeprefix("Kota ")
        return f"{place}, {_day(day)}" if day else f"{place}, ........................................"


def _day(day: date) -> str:
    return format_date(day, "d MMMM y", locale="id")


def _number(value: int) -> str:
    return format_decimal(value, locale="id")


def _rupiah(value: int | None) -> str:
    return "–" if value is None else f"Rp{_number(value)}"


def _address(row: Mapping[str, Any]) -> str:
    parts = [row["alamat"], f"RT {row['rt']} RW {row['rw']}" if row["rt"] else None, row["dusun"]]
    return ", ".join(part for part in parts if part)


def _families(rows: Sequence[Mapping[str, Any]], last: str, told: Sequence[str]) -> Table:
    """Return the list by name and address; `told` is what stands in the last column, titled `last`."""
    return Table(
        [
            Column("No", 0, "right"), Column("Nomor kasus", 0), Column("Kepala keluarga", 3), Column("NIK", 0),
            Column("Alamat", 4), Column("Usulan", 0), Column(last, 2),
        ],
        [
            (str(n), row["number"], row["kepala"] or "–", row["nik"] or "–", _address(row), row["jenis"] or "–", said)
            for n, (row, said) in enumerate(zip(rows, told, strict=True), 1)
        ],
    )  # fmt: skip


def _said(row: Mapping[str, Any]) -> str:
    word = _VERDICTS[row["verdict"]]
    return f"{word}: {row['reason_label'].lower()}" if row["reason_label"] else word


def _attendance(rows: int) -> Table:
    return Table(
        [Column("No", 0, "right"), Column("Nama", 3), Column("Jabatan / unsur", 2), Column("Tanda tangan", 2)],
        [(str(n), "", "", "") for n in range(1, rows + 1)],
        height_mm=_HEIGHT_MM,
    )


def daftar_musdes(desk: Desk, batch: int, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, str]) -> Letter:
    """Return what is taken to a meeting: its families with room for what is said, and the attendance sheet."""
    day = day_of(facts)
    return Letter(
        title=f"Daftar {desk.meeting}",
        office=office_of(desk.region),
        number=f"Daftar {batch}",
        subject="Usulan penerima bantuan sosial",
        path=desk.path,
        at=desk.at,
        by=desk.by,
        draft=False,
        body=[
            Fields([("Hari, tanggal", _long(day) if day else None), ("Tempat", facts.get("tempat")),
                    ("Pimpinan", facts.get("pimpinan")), ("Jumlah keluarga", _number(len(rows)))]),
            _families(rows, "Putusan dan alasan", [_said(row) for row in rows]),
            Heading(f"Daftar hadir {desk.meeting.lower()}", new_page=True),
            Fields([("Hari, tanggal", _long(day) if day else None), ("Tempat", facts.get("tempat"))]),
            _attendance(_ROWS_TO_SIGN),
            Signatures(desk.signed(day), [Signer("Pimpinan musyawarah", facts.get("pimpinan")),
                                          Signer("Notulis", facts.get("notulis"))]),
        ],
    )  # fmt: skip


def _long(day: date) -> str:
    return format_date(day, "EEEE, d MMMM y", locale="id")


def berita_acara(
    desk: Desk, rows: Sequence[Mapping[str, Any]], facts: Mapping[str, str], *, decided: bool, list_hash: str | None
) -> Letter:
    """Return the minutes of a meeting: who met, what was decided in numbers, and the list by name and address.

    Args:
        desk: where it is printed.
        rows: the families with `verdict` and `reason_label`, as `models.musdes.queries` tells them.
        facts: nomor, tanggal, tempat, pimpinan, notulis, hadir, as far as they are known.
        decided: the head of the village decided; else it is a draft.
        list_hash: SHA-256 of the list that was put before him.
    """
    day, counts = day_of(facts), tally(rows)
    when = (
        f"Pada hari ini, {_long(day)}," if day else "Pada hari ini, ................................................,"
    )
    hall = facts.get("tempat") or "................................................"
    lead = facts.get("pimpinan") or "................................................"
    present = facts.get("hadir") or "............"
    about = [
        f"{_number(counts[LAYAK])} keluarga disepakati layak diusulkan;",
        f"{_number(counts[TIDAK_LAYAK])} keluarga tidak disepakati, dengan alasan pada daftar;",
        f"{_number(counts[DITUNDA])} keluarga ditunda ke musyawarah berikutnya.",
    ]
    if counts["belum"]:
        about.append(f"{_number(counts['belum'])} keluarga belum diputus.")
    return Letter(
        title=f"Berita Acara {desk.meeting}",
        office=office_of(desk.region),
        number=facts.get("nomor"),
        subject="Usulan penerima bantuan sosial",
        path=desk.path,
        at=desk.at,
        by=desk.by,
        draft=not decided,
        body=[
            Text(f"{when} bertempat di {hall}, telah dilaksanakan {desk.meeting} di {desk.whole}, untuk membahas "
                 f"usulan penerima bantuan sosial. Musyawarah dipimpin oleh {lead} dan dihadiri {present} orang "
                 "sebagaimana daftar hadir."),
            Text(f"Setelah membahas {_number(len(rows))} keluarga satu per satu, musyawarah memutuskan:", "left"),
            Points(about),
            Text("Daftar nama dan alamat (BNBA) beserta putusan tiap keluarga terlampir dan tidak terpisahkan dari "
                 "berita acara ini. Demikian berita acara ini dibuat dengan sebenarnya untuk dipergunakan sebagaimana "
                 "mestinya."),
            Signatures(desk.signed(day), [
                Signer("Pimpinan musyawarah", facts.get("pimpinan")), Signer("Notulis", facts.get("notulis")),
                Signer(desk.head), Signer(desk.beside), Signer("Wakil RT/RW"), Signer("Tokoh masyarakat")]),
            Heading("Lampiran: daftar nama dan alamat (BNBA)", new_page=True),
            _families(rows, "Putusan", [_said(row) for row in rows]),
            *([Text(f"Sidik daftar (SHA-256): {list_hash}", "left")] if list_hash else []),
        ],
    )  # fmt: skip


def sptjm(desk: Desk, rows: Sequence[Mapping[str, Any]]) -> Letter:
    """Return the statement of full responsibility by which the head of the village stands in for a meeting (U11).

    It is no draft: what it says holds once it is signed, and the families leave the list with that signature.
    """
    return Letter(
        title="Surat Pernyataan Tanggung Jawab Mutlak",
        office=office_of(desk.region),
        subject="Usulan penerima bantuan sosial tanpa musyawarah",
        path=desk.path,
        at=desk.at,
        by=desk.by,
        draft=False,
        body=[
            Text("Yang bertanda tangan di bawah ini:", "left"),
            Fields([("Nama", None), ("NIP / NIPD", None), ("Jabatan", f"{desk.head} {desk.whole.partition(' ')[2]}")]),
            Text("menyatakan dengan sesungguhnya:", "left"),
            Points([
                f"{_number(len(rows))} keluarga pada lampiran adalah warga {desk.village};",
                "data setiap keluarga sudah diperiksa dan sesuai keadaan sebenarnya;",
                "bila pernyataan ini tidak benar, saya bersedia dikenai sanksi menurut peraturan perundang-undangan.",
            ]),
            Text("Pernyataan ini dibuat tanpa paksaan untuk dipergunakan sebagaimana mestinya."),
            Signatures(desk.signed(None), [Signer(f"{desk.head}, meterai 10.000")]),
            Heading("Lampiran: daftar nama dan alamat (BNBA)", new_page=True),
            _families(rows, "Keterangan", ["" for _ in rows]),
        ],
    )  # fmt: skip


def _per_region(rows: Sequence[Mapping[str, Any]], *, kinds: bool, money: bool) -> Table:
    columns = [Column("No", 0, "right"), Column("Kode", 0), Column("Wilayah", 3)]
    columns += [Column("Jenis", 2)] if kinds else []
    columns += [Column("Keluarga", 1, "right")]
    columns += [Column("Rupiah", 2, "right")] if money else []
    told = [
        (
            str(n), str(row["region"]), row["name"] or "–", *([row["jenis"] or "–"] if kinds else []),
            _number(row["cases"]), *([_rupiah(row["amount_rp"])] if money else []),
        )
        for n, row in enumerate(rows, 1)
    ]  # fmt: skip
    families, amount_rp = (sum(row[what] or 0 for row in rows) for what in ("cases", "amount_rp"))
    total = ("", "", "Jumlah", *([""] if kinds else []), _number(families), *([_rupiah(amount_rp)] if money else []))
    return Table(columns, [*told, total])


def _decided_on(desk: Desk, gate: Mapping[str, Any]) -> date | None:
    """Return the day on which a gate's list was decided, None before that."""
    if gate["state"] not in {"disetujui", "dijalankan"} or gate["decided_at"] is None:
        return None
    day: date = gate["decided_at"].astimezone(desk.at.tzinfo).date()
    return day


def surat_pengesahan(
    desk: Desk, gate: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any]
) -> Letter:
    """Return the approval of a kabupaten's list by the head of its Dinas Sosial: counted per village, nobody named.

    Args:
        desk: where it is printed; its last region is the kabupaten or kota.
        gate: the gate as `models.approval.queries` tells it.
        rows: `models.approval.queries.spread` per village.
        told: `number` and `people` of the decision; None and empty before it.
    """
    return Letter(
        title="Surat Pengesahan Usulan",
        office=office_of(desk.region, "Dinas Sosial"),
        number=told["number"],
        subject=f"Usulan penerima bantuan sosial, {gate['batch_title']}",
        path=desk.path,
        at=desk.at,
        by=desk.by,
        draft=_decided_on(desk, gate) is None,
        body=[
            Text(f"Berdasarkan hasil verifikasi dan validasi, dengan ini disahkan {_number(gate['cases'])} usulan "
                 f"keluarga di {desk.region[-1].name if desk.region else 'wilayah ini'} untuk diteruskan kepada "
                 "Menteri Sosial."),
            Text("Usulan tersebut dihitung per desa atau kelurahan sebagai berikut; nama dan alamat tidak dicetak di "
                 "sini dan dikenali dari sidik daftarnya.", "left"),
            _per_region(rows, kinds=True, money=False),
            Text(f"Sidik daftar (SHA-256): {gate['list_hash']}", "left"),
            Signatures(desk.signed(_decided_on(desk, gate)),
                       [Signer("Kepala Dinas Sosial", ", ".join(told["people"]) or None)]),
        ],
    )  # fmt: skip


_DECREES = {
    "penetapan": ("Keputusan Menteri Sosial", "Penetapan keluarga dalam data tunggal sosial ekonomi", "Menteri Sosial"),
    "sk_program": ("Surat Keputusan", "Penetapan penerima program", "Direktur program"),
    "sk_tahap": ("Surat Keputusan", "Penetapan penerima tahap penyaluran", "Direktur program"),
}


def sk(desk: Desk, gate: Mapping[str, Any], rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any]) -> Letter:
    """Return a decree: what it decrees, for how many families and rupiah per region, nobody named.

    Args: as of `surat_pengesahan`; `rows` are counted one level below the decree's own region.
    """
    title, about, office = _DECREES[gate["gate"].partition(".")[0]]
    money = any(row["amount_rp"] for row in rows)
    programme = f" {gate['programme']}" if gate["programme"] else ""
    role = "penerima" if gate["programme"] else "keluarga terdaftar dalam DTSEN"
    sums = f", sejumlah {_rupiah(gate['amount_rp'])}" if gate["amount_rp"] else ""
    merged: dict[int, dict[str, Any]] = {}
    for row in rows:
        line = merged.setdefault(row["region"], dict(row) | {"cases": 0, "amount_rp": None})
        line["cases"] += row["cases"]
        if row["amount_rp"] is not None:
            line["amount_rp"] = (line["amount_rp"] or 0) + row["amount_rp"]
    return Letter(
        title=title,
        office=office_of(()),
        number=told["number"],
        subject=f"{about}{programme}, {gate['batch_title']}",
        path=desk.path,
        at=desk.at,
        by=desk.by,
        draft=_decided_on(desk, gate) is None,
        body=[
            Text("Menetapkan:", "left"),
            Points([
                f"{_number(gate['cases'])} keluarga sebagai {role}{programme}{sums}, dihitung pada lampiran;",
                "nama dan alamatnya adalah daftar di dalam sistem yang sidiknya tercantum pada keputusan ini;",
                "keputusan ini berlaku sejak tanggal ditetapkan.",
            ]),
            Signatures(replace(desk, region=()).signed(_decided_on(desk, gate)),
                       [Signer(office, name) for name in told["people"]] or [Signer(office)]),
            Heading("Lampiran: banyaknya keluarga per wilayah", new_page=True),
            _per_region(list(merged.values()), kinds=False, money=money),
            Text(f"Sidik daftar (SHA-256): {gate['list_hash']}", "left"),
        ],
    )  # fmt: skip
