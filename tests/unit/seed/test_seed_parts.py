"""Numbers that run out, chance, names, the simulator's file, import files per village."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest

from alur.seed import Scenario, generate, write_population, write_village_files
from alur.seed.chance import Chance, Weighted, share_below
from alur.seed.names import clan_of, custom_of, person_name
from alur.seed.numbers import STEPS, Numbers
from alur.seed.people import birth_date
from alur.seed.population import POPULATION_DDL
from models.region.data import known_codes
from models.register import rules
from models.register.codes import code_list
from models.usulan.workbook import read

TODAY = date(2026, 11, 20)
KECAMATAN = sorted(code for code in known_codes() if 99_999 < code < 1_000_000)
VILLAGES = [1_102_012_020, 3_204_052_001, 5_103_011_001]


def test_when_the_serials_of_a_day_run_out_another_day_is_taken() -> None:
    numbers = Numbers(KECAMATAN)
    numbers.enter(320_405)
    day, seen = date(1990, 3, 1), set()
    for place in range(1_000):
        nik, birth = numbers.nik(day, 2)
        seen.add(nik)
        assert birth == day - timedelta(days=place // 490)
        assert rules.check_nik(nik, on=TODAY, regions={320_405}, birth=birth, sex=2) == []
    assert len(seen) == 1_000
    cards = {numbers.no_kk(day) for _ in range(2_000)}
    assert len(cards) == 2_000
    assert {card[6:12] for card in cards} == {"010390", "280290", "270290"}


def test_no_two_kecamatan_give_the_same_number() -> None:
    numbers, seen = Numbers(KECAMATAN), set()
    count = 0
    for kecamatan in KECAMATAN[::40]:
        numbers.enter(kecamatan)
        for step in (None, *range(len(STEPS))):
            for _ in range(3):
                seen.add(numbers.nik(TODAY, 1, step)[0])
                count += 1
    assert len(seen) == count
    assert len({step % len(KECAMATAN) for step in STEPS}) == len(STEPS)


def test_the_century_does_not_confuse_serials() -> None:
    numbers = Numbers(KECAMATAN)
    numbers.enter(320_405)
    assert numbers.nik(date(1926, 1, 5), 1)[0] != numbers.nik(date(2026, 1, 5), 1)[0]


def test_account_numbers_of_a_million_customers_differ() -> None:
    numbers = Numbers(KECAMATAN)
    seen = {numbers.account(bank) for _ in range(20_000) for bank in ("BNI", "BSI")}
    assert len(seen) == 40_000


def test_chance_is_the_same_everywhere() -> None:
    chance = Chance(1, "desa", 3_204_052_001)
    assert [chance.below(1000) for _ in range(5)] == [66, 953, 287, 81, 278]
    assert Chance(1).random() != Chance(2).random()


def test_weights_and_normal_numbers() -> None:
    chance = Chance("weights")
    drawn = Counter(chance.draw(Weighted({"a": 3, "b": 1})) for _ in range(4_000))
    assert drawn["a"] / 4_000 == pytest.approx(0.75, abs=0.03)
    assert [Weighted({"a": 3, "b": 1}).at(quantile) for quantile in (0.0, 0.74, 0.76, 1.0)] == ["a", "a", "b", "b"]
    numbers = [chance.normal(5, 2) for _ in range(4_000)]
    assert sum(numbers) / 4_000 == pytest.approx(5, abs=0.15)
    assert share_below(0) == 0.5
    assert share_below(1.6449) == pytest.approx(0.95, abs=1e-4)


def test_birth_dates_give_the_age_wanted() -> None:
    chance = Chance("ages")
    for age in range(97):
        for _ in range(40):
            assert rules.age_on(birth_date(age, TODAY, chance), TODAY) == age


@pytest.mark.parametrize("provinsi", sorted({code // 10_000 for code in KECAMATAN}))
def test_every_provinsi_has_names_for_both_sexes_and_all_ages(provinsi: int) -> None:
    chance = Chance("names", provinsi)
    for sex in (1, 2):
        for year in (1950, 1985, 2015):
            custom = custom_of(provinsi, chance)
            name = person_name(custom, sex, year, chance, clan=clan_of(custom, chance), order=3)
            assert 2 < len(name) < 60
            assert name.isupper()


def test_balinese_names_tell_sex_and_order() -> None:
    chance = Chance("bali")
    assert person_name("bali", 1, 1980, chance, order=3).startswith("I KETUT ")
    assert person_name("bali", 2, 2010, chance, order=1).startswith(("NI MADE ", "NI KADEK ", "NI NENGAH "))


def test_children_carry_the_clan() -> None:
    assert person_name("batak", 1, 2010, Chance("clan"), clan="Siregar").endswith(" SIREGAR")


def test_the_simulators_file_holds_the_truth(tmp_path: Path) -> None:
    target = tmp_path / "population.sqlite"
    scenarios = [Scenario("3204051205909000", "verify", 1, "timeout"), Scenario("3204051205909000", "verify", 2, "ok")]
    counts = write_population(
        target, generate(300, VILLAGES, 4, TODAY), scenarios=scenarios, meta={"seed": 4, "today": TODAY}
    )
    families = list(generate(300, VILLAGES, 4, TODAY))
    people = [person for family in families for person in family.truth.members]
    with closing(sqlite3.connect(target)) as file:
        tables = dict(file.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
        assert set(tables) == {"person", "family", "account", "scenario", "meta"}
        for sql in tables.values():
            assert sql in POPULATION_DDL
        assert counts == {"person": len(people), "family": 300, "account": counts["account"], "scenario": 2}
        for name, count in counts.items():
            assert file.execute(f"SELECT count(*) FROM {name}").fetchone() == (count,)
        first = families[0].truth
        rows = file.execute("SELECT * FROM person WHERE no_kk = ? ORDER BY rowid", [first.no_kk]).fetchall()
        labels = code_list("pekerjaan")
        assert rows == [
            (
                *(person.nik, first.no_kk, person.nama, person.tempat_lahir, person.tanggal_lahir.isoformat()),
                *(person.jk, person.hubungan, labels[person.pekerjaan].label_id.upper(), first.alamat.upper()),
                *(first.rt, first.rw, str(first.kode_desa), person.status),
            )
            for person in first.members
        ]
        assert file.execute("SELECT * FROM family LIMIT 1").fetchone() == (
            *(first.no_kk, str(first.kode_desa), first.desil, first.persentil, first.peringkat),
        )
        assert dict(file.execute("SELECT key, value FROM meta")) == {"seed": "4", "today": "2026-11-20"}
        assert file.execute("SELECT outcome FROM scenario ORDER BY n").fetchall() == [("timeout",), ("ok",)]
        held = "SELECT count(*) FROM account JOIN person USING (nik) WHERE account.nama = person.nama"
        assert file.execute(held).fetchone() == (counts["account"],)


def test_a_population_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "population.sqlite"
    target.write_text("old")
    (family,) = generate(1, VILLAGES[:1], 1, TODAY)
    with pytest.raises(sqlite3.IntegrityError):
        write_population(target, [family, family])
    assert target.read_text() == "old"
    write_population(target, [family])
    assert target.read_bytes().startswith(b"SQLite format 3")
    assert [path.name for path in tmp_path.iterdir()] == ["population.sqlite"]


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_village_files_hold_what_the_villages_wrote(kind: str, tmp_path: Path) -> None:
    files = write_village_files(tmp_path / "impor", generate(90, VILLAGES, 4, TODAY), kind=kind)  # type: ignore[arg-type]
    families = list(generate(90, VILLAGES, 4, TODAY))
    assert [file.kode_desa for file in files] == VILLAGES
    assert [file.path.name for file in files] == [f"usulan-{code}.{kind}" for code in VILLAGES]
    assert [file.families for file in files] == [30, 30, 30]
    assert sum(file.members for file in files) == sum(len(family.record.members) for family in families)
    back = [row for file in files for row in read(file.path, file.path.name, on=TODAY)]
    assert sorted(row.fingerprint() for row in back) == sorted(family.record.fingerprint() for family in families)
    shown = {"kk_bentuk", "nik_bentuk", "nama_kosong"}
    seen_bad = {row.no_kk for row in back if row.is_bad}
    assert seen_bad == {family.record.no_kk for family in families if family.dirt & shown}


def test_clean_files_are_read_without_a_word(tmp_path: Path) -> None:
    for file in write_village_files(tmp_path, generate(60, VILLAGES, 9, TODAY, clean=True)):
        for row in read(file.path, file.path.name, on=TODAY):
            assert (row.errors, row.warnings) == ([], [])


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_village_files(tmp_path / name, generate(10, VILLAGES[:1], 4, TODAY))
        write_population(tmp_path / name / "population.sqlite", generate(10, VILLAGES[:1], 4, TODAY))
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
