"""What can be wrong with asking for a report."""

from models.errors import AlurError


class ReportNotYours(AlurError):
    """A report was asked for by somebody who works for single families or files."""

    status = 403
    code = "laporan_bukan_untuk_peran"
    title = "Laporan tidak untuk peran ini"
    title_en = "Reports are not for this role"
    text = (
        "Laporan wilayah untuk kantor wilayah, pengelola program dan pusat; peran {0} bekerja per keluarga atau berkas."
    )
    text_en = "Reports are for offices of a region, programmes and the centre; {0} works by family or file."
    cure = "Mintalah laporannya kepada Dinas Sosial kabupaten atau kota."
    cure_en = "Ask the Dinas Sosial of the kabupaten or kota for it."


class ReportOutside(AlurError):
    """A report of a region outside one's own."""

    status = 404
    code = "laporan_di_luar_wilayah"
    title = "Di luar wilayah kerja Anda"
    title_en = "Outside your scope"
    text = "Wilayah {0} di luar wilayah kerja Anda."
    text_en = "Region {0} lies outside your scope."
    cure = "Pilih wilayah di dalam wilayah kerja Anda."
    cure_en = "Choose a region within your own."


class ReportPeriod(AlurError):
    """A period that is none."""

    status = 422
    code = "periode_laporan"
    title = "Periode laporan salah"
    title_en = "The report's period is wrong"
    text = "Periode “{0}” tidak dikenal."
    text_en = "The period “{0}” is not known."
    cure = "Pakai tahun (2026) atau tahun dan triwulan (2026-3)."
    cure_en = "Use a year (2026) or a year and a quarter (2026-3)."
