"""The invented population: the same every time, well formed, believable, and dirty at the rates asked for."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from itertools import islice, pairwise
from statistics import mean

import pytest

from alur.seed import DIRT, DirtRates, Family, generate
from alur.seed.numbers import NO_FAMILY_SERIALS, NOBODY_SERIALS
from models.region.data import known_codes
from models.region.errors import RegionNotFound
from models.register import rules

TODAY = date(2026, 11, 20)
CODES = known_codes()
VILLAGES = sorted(code for code in CODES if code > 10**9)[::2_500]  # 34 villages from Aceh to Papua
CILEUNYI = [3_204_052_001, 3_204_052_002]
KNOWN = [
    ("3204051311989000", "AGUS KOSWARA", "1998-11-13"),
    ("3204055201999000", "ENENG NURJANAH", "1999-01-12"),
    ("3204051302229000", "IQBAL WIJAYA", "2022-02-13"),
]


@pytest.fixture(scope="module")
def people() -> list[Family]:
    return list(generate(4_000, VILLAGES, 11, TODAY))


@pytest.fixture(scope="module")
def clean() -> list[Family]:
    return list(generate(1_000, VILLAGES, 11, TODAY, clean=True))


def test_the_same_seed_gives_the_same_people(people: list[Family]) -> None:
    again = list(islice(generate(4_000, list(reversed(VILLAGES)), 11, TODAY), 500))
    assert again == people[:500]
    other = list(islice(generate(4_000, VILLAGES, 12, TODAY), 100))
    assert [family.truth.members[0].nama for family in other] != [
        family.truth.members[0].nama for family in people[:100]
    ]


def test_known_people() -> None:
    """If this fails, every demonstration and every stored figure changes with it: say so in the changelog."""
    (family,) = generate(1, CILEUNYI[:1], 1, TODAY, clean=True)
    assert [(one.nik, one.nama, one.tanggal_lahir.isoformat()) for one in family.truth.members] == KNOWN


def test_a_village_stays_the_same_when_others_are_added() -> None:
    def told(families: Iterable[Family]) -> list[list[str]]:
        return [
            [person.nama for person in family.truth.members]
            for family in families
            if family.truth.kode_desa == CILEUNYI[1]
        ]

    alone, with_another = generate(50, CILEUNYI[1:], 5, TODAY), generate(100, CILEUNYI, 5, TODAY)
    assert told(alone) == told(with_another)


def test_families_come_at_once_whatever_their_number() -> None:
    assert len(list(islice(generate(10**9, CILEUNYI, 1, TODAY), 3))) == 3


def test_households_are_shared_out_evenly_in_the_order_of_codes() -> None:
    counts = Counter(family.truth.kode_desa for family in generate(7, [*CILEUNYI, CILEUNYI[0]], 1, TODAY))
    assert counts == {CILEUNYI[0]: 4, CILEUNYI[1]: 3}
    assert list(generate(0, CILEUNYI, 1, TODAY)) == []
    assert list(generate(5, [], 1, TODAY)) == []


def test_some_villages_may_have_more_than_their_share() -> None:
    def counts(households: int) -> Counter[int]:
        more = {CILEUNYI[1]: 6, 3_204_052_003: 100}
        return Counter(family.truth.kode_desa for family in generate(households, CILEUNYI, 1, TODAY, more=more))

    assert counts(10) == {CILEUNYI[0]: 2, CILEUNYI[1]: 8}
    assert counts(4) == {CILEUNYI[1]: 4}, "never more than there are"


def test_villages_must_exist() -> None:
    with pytest.raises(RegionNotFound):
        next(generate(1, [3_204_059_999], 1, TODAY))


def test_numbers_are_well_formed_unique_and_nobodys(people: list[Family]) -> None:
    persons = [person for family in people for person in family.truth.members]
    assert len({person.nik for person in persons}) == len(persons)
    assert len({family.truth.no_kk for family in people}) == len(people)
    for person in persons:
        assert rules.check_nik(person.nik, on=TODAY, regions=CODES, birth=person.tanggal_lahir, sex=person.jk) == [], (
            person
        )
        assert int(person.nik[12:]) >= 9000
        assert int(person.nik[12:]) not in NOBODY_SERIALS
    for family in people:
        assert rules.check_kk(family.truth.no_kk, on=TODAY, regions=CODES) == []
        assert int(family.truth.no_kk[12:]) >= 9000
        assert int(family.truth.no_kk[12:]) not in NO_FAMILY_SERIALS
        assert int(family.truth.no_kk[:6]) == family.truth.kode_desa // 10_000


def test_some_people_come_from_elsewhere(people: list[Family]) -> None:
    here = [
        int(person.nik[:6]) == family.truth.kode_desa // 10_000 for family in people for person in family.truth.members
    ]
    assert 0.75 < mean(here) < 0.92


def test_families_are_believable(people: list[Family]) -> None:
    sizes = [len(family.truth.members) for family in people]
    assert 3.3 <= mean(sizes) <= 3.9
    for family in people:
        members = family.truth.members
        facts = [row.facts for row in family.record.members] if not family.dirt else []
        assert not facts or rules.check_household(facts, on=TODAY) == []
        assert [person.hubungan for person in members].count(1) == 1
        ages: dict[int, list[int]] = {relation: [] for relation in range(1, 9)}
        for person in members:
            age = rules.age_on(person.tanggal_lahir, TODAY)
            ages[person.hubungan].append(age)
            assert 0 <= age <= 96
            assert not person.hamil or (person.jk == 2 and person.status_kawin == 2)
            assert person.status_kawin == 1 or age >= 17
            school, level = person.variables["sekolah"], person.variables.get("jenjang")
            assert level is None or school != 1
            assert person.nama == person.nama.upper().strip() != ""
        eldest = max(ages[1] + ages[2])
        assert all(eldest - age >= 15 for age in ages[3]), family
        assert all(age - eldest >= 15 for age in ages[6]), family
        assert all(parent.jk != person.jk for parent in members[:1] for person in members if person.hubungan == 2)


def test_everybody_is_somewhere(people: list[Family]) -> None:
    for family in people:
        truth = family.truth
        assert truth.kode_desa in VILLAGES
        assert truth.lat is None or -11.5 <= truth.lat <= 6.5
        assert (truth.lat is None) == (truth.long is None)
        assert len(truth.rt) == len(truth.rw) == 3
        assert truth.alamat


def test_names_follow_the_country(people: list[Family]) -> None:
    names = {
        provinsi: " ".join(
            person.nama
            for family in people
            if family.truth.kode_desa // 10**8 == provinsi
            for person in family.truth.members
        )
        for provinsi in {family.truth.kode_desa // 10**8 for family in people}
    }
    assert "SIREGAR" in names[12] or "SINAGA" in names[12] or "HUTAGALUNG" in names[12] or "PURBA" in names[12]
    assert "SRI" in names[33]
    assert "KOGOYA" in names[95] or "WENDA" in names[95] or "TABUNI" in names[95]
    assert "WAYAN" not in names[33]
    single = mean(" " not in person.nama for family in people for person in family.truth.members)
    assert 0.08 < single < 0.5


def test_welfare_shows_in_house_work_and_desil(people: list[Family]) -> None:
    ranked = [family.truth for family in people if family.truth.desil is not None]
    assert 0.955 < len(ranked) / len(people) < 0.985
    desil = Counter(truth.desil for truth in ranked)
    assert set(desil) == set(range(1, 11))
    assert all(0.04 < desil[number] / len(ranked) < 0.20 for number in range(1, 11))
    for truth in ranked:
        assert truth.persentil is not None
        assert truth.peringkat is not None
        assert truth.desil == min(10, int(truth.persentil // 10) + 1)
        assert 1 <= truth.peringkat <= 95_006_179
    for one, other in pairwise(sorted(ranked, key=lambda truth: truth.persentil or 0)):
        assert (one.peringkat or 0) <= (other.peringkat or 0)
    poor = [truth.variables for truth in ranked if (truth.desil or 0) <= 2]
    rich = [truth.variables for truth in ranked if (truth.desil or 0) >= 9]
    for goods in ("aset_kulkas", "aset_mobil", "aset_laptop", "internet"):
        assert mean(bool(one[goods]) for one in poor) + 0.05 < mean(bool(one[goods]) for one in rich)
    assert mean(one["lantai"] == 8 for one in poor) > 5 * mean(one["lantai"] == 8 for one in rich)
    for house in (*poor, *rich):
        assert ("daya" in house) == (house["listrik"] == 1)
        assert ("kloset" in house) == (house["bab"] in (1, 2, 3))


def test_clean_records_are_the_truth(clean: list[Family]) -> None:
    for family in clean:
        truth, record = family.truth, family.record
        assert family.dirt == set()
        assert (record.no_kk, record.kode_desa, record.alamat) == (truth.no_kk, truth.kode_desa, truth.alamat)
        assert record.variables == truth.variables
        for person, row in zip(truth.members, record.members, strict=True):
            assert person.status == "hidup"
            assert (row.nik, row.nama, row.tanggal_lahir, row.jk, row.no_kk) == (
                *(person.nik, person.nama, person.tanggal_lahir, person.jk, truth.no_kk),
            )
        assert all(account.status == "aktif" for account in truth.accounts)


def differing(families: list[Family]) -> dict[str, float]:
    """Measure the dirt by comparing records with the truth, not by asking what was done."""
    persons, counts = 0, Counter[str]()
    for family in families:
        wrong_kk = family.record.no_kk != family.truth.no_kk
        counts["kk"] += wrong_kk
        for person, row in zip(family.truth.members, family.record.members, strict=True):
            persons += 1
            counts["nik"] += row.nik != person.nik
            counts["nama_kosong"] += not row.nama
            counts["tidak_padan"] += (
                wrong_kk
                or (row.nik, row.nama, row.tanggal_lahir, row.jk)
                != (person.nik, person.nama, person.tanggal_lahir, person.jk)
                or person.status != "hidup"
            )
    shares = {name: count / persons for name, count in counts.items()}
    return shares | {"kk": counts["kk"] / len(families)}


def test_dirt_comes_at_the_rates_of_the_audits(people: list[Family]) -> None:
    shares = differing(people)
    assert shares["kk"] == pytest.approx(0.16, abs=0.02)
    assert shares["nik"] == pytest.approx(0.11, abs=0.02)
    assert shares["tidak_padan"] == pytest.approx(0.17, abs=0.02)
    assert shares["nama_kosong"] < 0.001


def test_dirt_rates_can_be_set() -> None:
    rates = DirtRates(nik_invalid=0.05, kk_invalid=0.02, nama_kosong=0.03, nik_ganda=0.04, tidak_padan=0.30)
    families = list(generate(3_000, VILLAGES[:5], 3, TODAY, dirt=rates))
    shares = differing(families)
    assert shares["kk"] == pytest.approx(0.02, abs=0.01)
    assert shares["nik"] == pytest.approx(0.09, abs=0.015)  # not valid, or somebody else's
    assert shares["nama_kosong"] == pytest.approx(0.03, abs=0.01)
    assert shares["tidak_padan"] == pytest.approx(0.32, abs=0.03)  # missing names come on top
    done = Counter(kind for family in families for kind in family.dirt)
    assert set(done) == set(DIRT)


def test_dirt_says_what_was_done(people: list[Family]) -> None:
    known: set[str] = set()
    for family in people:
        truth, record, dirt = family.truth, family.record, family.dirt
        assert dirt <= DIRT.keys()
        rows = list(zip(truth.members, record.members, strict=True))
        assert ("kk_invalid" in dirt) == (record.no_kk != truth.no_kk)
        wrong = any(row.nik != person.nik for person, row in rows)
        assert bool(dirt & {"nik_invalid", "nik_ganda"}) == wrong
        assert bool(dirt & {"nama_beda", "nama_kosong"}) == any(row.nama != person.nama for person, row in rows)
        assert ("jk_beda" in dirt) == any(row.jk != person.jk for person, row in rows)
        assert ("tanggal_beda" in dirt) == any(row.tanggal_lahir != person.tanggal_lahir for person, row in rows)
        assert dirt & {"meninggal", "nonaktif", "ganda"} == {person.status for person, _ in rows} - {"hidup"}
        malformed = any(found.severity == "error" for found in rules.check_kk(record.no_kk, on=TODAY, regions=CODES))
        assert ("kk_bentuk" in dirt) == malformed
        malformed = any(
            found.severity == "error" for _, row in rows for found in rules.check_nik(row.nik, on=TODAY, regions=CODES)
        )
        assert ("nik_bentuk" in dirt) == malformed
        known |= dirt
    assert len(known) >= len(DIRT) - 2


def test_wrong_numbers_belong_to_nobody(people: list[Family]) -> None:
    nik = {person.nik for family in people for person in family.truth.members}
    cards = {family.truth.no_kk for family in people}
    for family in people:
        if "kk_invalid" in family.dirt:
            assert family.record.no_kk not in cards
        if "nik_ganda" not in family.dirt:
            own = {person.nik for person in family.truth.members}
            assert not {row.nik for row in family.record.members} & (nik - own)


def test_accounts(people: list[Family]) -> None:
    accounts = [(family, account) for family in people for account in family.truth.accounts]
    assert len(accounts) / len(people) == pytest.approx(0.85, abs=0.02)
    assert len({account.nomor_rekening for _, account in accounts}) == len(accounts)
    assert len({account.cif for _, account in accounts}) == len(accounts)
    digits = {"BRI": 15, "BNI": 10, "MANDIRI": 13, "BTN": 16, "BSI": 10}
    for family, account in accounts:
        assert len(account.nomor_rekening) == digits[account.bank]
        assert account.nomor_rekening.isdigit()
        assert (account.nik, account.nama) in {(person.nik, person.nama) for person in family.truth.members}
        assert (account.bank == "BSI") == (family.truth.kode_desa // 10**8 == 11)
    assert {account.status for _, account in accounts} == {"aktif", "pasif", "tutup", "blokir"}
    none = generate(200, CILEUNYI, 1, TODAY, account_share=0)
    assert not any(family.truth.accounts or family.truth.variables["rekening_aktif"] for family in none)


def test_nobody_need_be_out_of_the_ranking() -> None:
    assert all(family.truth.desil for family in generate(200, CILEUNYI, 1, TODAY, without_desil_share=0))
