"""`alur calendar`: a list goes in whole or not at all, comes out as it went in; a month is shown with its windows."""

from __future__ import annotations

from pathlib import Path

from models.database import sync_connect
from tests.integration.command.conftest import Give

HEAD = "tanggal,nama,jenis,wilayah,dasar\n"
DAYS = "2027-03-10,Pilkada,libur_daerah,32.04,Kep 1\n2027-03-11,Hari Suci,libur,,SKB 2027\n"


def listed(tmp_path: Path, text: str, name: str = "libur.csv") -> Path:
    file = tmp_path / name
    file.write_text(HEAD + text, "utf-8")
    return file


def test_a_list_goes_in_comes_out_and_a_day_is_withdrawn(alur: Give, database: str, tmp_path: Path) -> None:
    alur("token", "adi", "--role", "admin_pusat")
    done = alur("calendar", "import", listed(tmp_path, DAYS), "--as", "adi")
    assert (done.exit_code, done.stdout) == (0, "2 added, 0 replaced, 0 unchanged.\n")
    assert "2 unchanged" in alur("calendar", "import", listed(tmp_path, DAYS), "--as", "adi").stdout
    for name in ("keluar.csv", "keluar.xlsx"):
        assert alur("calendar", "export", tmp_path / name, "--year", 2027).exit_code == 0
        again = alur("calendar", "import", tmp_path / name, "--as", "adi")
        assert again.stdout.startswith("0 added, 0 replaced,"), again.output
    assert "2027-03-10,Pilkada,libur_daerah,32.04,Kep 1" in alur("calendar", "export", "--year", 2027).stdout
    with sync_connect(database) as conn:
        row = conn.execute("SELECT id FROM holiday WHERE name = 'Pilkada'").fetchone() or {}
    withdrawn = ("calendar", "withdraw", row["id"], "--as", "adi", "--decree", "Kep 2", "--reason", "Ditunda")
    assert alur(*withdrawn).exit_code == 0
    twice = alur(*withdrawn)
    assert (twice.exit_code, "withdrawn already" in twice.stdout) == (2, True)
    assert "Pilkada" not in alur("calendar", "export", "--year", 2027).stdout


def test_mistakes_are_named_and_nothing_goes_in(alur: Give, tmp_path: Path) -> None:
    alur("token", "adi", "--role", "admin_pusat")
    bad = alur("calendar", "import", listed(tmp_path, DAYS + "2027-02-30,Salah,libur,,SKB\n"), "--as", "adi")
    assert bad.exit_code == 1
    assert "row 4, tanggal" in bad.stdout
    assert "Pilkada" not in alur("calendar", "export", "--year", 2027).stdout
    picture = tmp_path / "libur.pdf"
    picture.write_bytes(b"%PDF-1.7")
    assert alur("calendar", "import", picture, "--as", "adi").exit_code == 2


def test_an_account_that_does_not_keep_the_calendar_is_told_so(alur: Give, tmp_path: Path) -> None:
    alur("token", "budi", "--role", "pusdatin")
    for who in ("budi", "tiada"):
        done = alur("calendar", "import", listed(tmp_path, DAYS), "--as", who)
        assert (done.exit_code, "admin_pusat" in done.stdout) == (2, True)


def test_a_month_is_shown_with_its_holidays_windows_and_next_openings(alur: Give) -> None:
    lines = alur("calendar", "show", "--region", "5171", "--month", "2026-12").stdout.splitlines()
    assert lines[0] == "Desember 2026, wilayah 5171, WITA"
    assert lines[1] == "Sel 01  kerja  input kirim"
    assert lines[25].startswith("Jum 25  libur  tarik")
    assert "Hari Raya Natal (libur nasional)" in lines[25]
    assert [line.partition(":")[0] for line in lines[32:36]] == [
        "Input usulan", "Kirim ke Dinas Sosial", "Pengesahan kabupaten/kota", "Tarikan data pusat",
    ]  # fmt: skip
    assert all("WITA" in line for line in lines[32:36])
    for wrong in (("--region", "99"), ("--region", "5171", "--month", "2026-13")):
        assert alur("calendar", "show", *wrong).exit_code == 2
