"""A report as a spreadsheet: a sheet per section with its definition, parts below, the sum; and as a flat CSV."""

from __future__ import annotations

import csv
import io
from typing import Any, Literal

import xlsxwriter

from models.laporan.queries import Report
from models.laporan.rules import DEFINITIONS, FIGURES, SECTIONS
from models.region.rules import dotted
from models.usulan.rules import WIB
from models.usulan.workbook_values import guarded

Language = Literal["id", "en"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _period(report: Report, english: bool) -> str:
    if report.quarter is None:
        return str(report.year)
    return f"{report.year}, {'quarter' if english else 'triwulan'} {report.quarter}"


def _as_of(report: Report, english: bool) -> str:
    told = report.as_of.astimezone(WIB).strftime("%Y-%m-%d %H.%M WIB")
    return f"{'as of' if english else 'keadaan pada'} {told}"


def write_xlsx(report: Report, language: Language) -> bytes:
    """Return a report as an XLSX file, written row by row."""
    english = language == "en"
    target = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(target, options)
    bold, number, whole = (
        book.add_format(style)
        for style in ({"bold": True}, {"num_format": "#,##0"}, {"bold": True, "num_format": "#,##0"})
    )
    for section, title in SECTIONS.items():
        sheet = book.add_worksheet(title[english][:31])
        mine = [figure for figure in FIGURES if figure.section == section]
        sheet.set_column(0, 0, 14)
        sheet.set_column(1, 1, 32)
        sheet.set_column(2, 1 + len(mine), 18, number)
        head = f"{title[english]} · {report.name} · {_period(report, english)}"
        for row, text in enumerate((head, _as_of(report, english), DEFINITIONS[section][english])):
            sheet.write_string(row, 0, text, bold if row == 0 else None)
        names = ["Code", "Region"] if english else ["Kode", "Wilayah"]
        for column, text in enumerate([*names, *(figure.label[english] for figure in mine)]):
            sheet.write_string(4, column, text, bold)
        for row, part in enumerate(report.parts, 5):
            sheet.write_string(row, 0, dotted(part["region"]))
            sheet.write_string(row, 1, part["name"])
            for column, figure in enumerate(mine, 2):
                sheet.write_number(row, column, part["figures"][figure.id], number)
        last = 5 + len(report.parts)
        sheet.write_string(last, 0, dotted(report.code) if report.code else "")
        sheet.write_string(last, 1, "Total" if english else "Jumlah", bold)
        for column, figure in enumerate(mine, 2):
            sheet.write_number(last, column, report.figures[figure.id], whole)
    book.close()
    return target.getvalue()


def write_csv(report: Report) -> bytes:
    """Return a report as CSV, UTF-8 with its mark: a row per region and figure, the whole region first."""
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(["kode", "wilayah", "tahun", "triwulan", "bagian", "ukuran", "satuan", "nilai"])
    every: list[tuple[int, str, dict[str, Any]]] = [(report.code, report.name, report.figures)]
    every += [(part["region"], part["name"], part["figures"]) for part in report.parts]
    for code, name, told in every:
        for figure in FIGURES:
            where = [dotted(code) if code else "", guarded(name), report.year, report.quarter or ""]
            unit = "rupiah" if figure.money else "kasus"
            table.writerow([*where, figure.section, figure.id, unit, told[figure.id]])
    return lines.getvalue().encode("utf-8-sig")
