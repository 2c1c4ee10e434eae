"""Village lists: good rows enter, bad rows come back told and mended, and the same file never acts twice."""

from __future__ import annotations

import asyncio
import io
from typing import Any

import openpyxl
import pytest

from models.usulan.workbook import write_rows
from tests.integration.api.kit import XLSX, Place, done, family, problem, workbook

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def register(place: Place) -> dict[str, Any]:
    """Return how much stands in the register and at the door for this kabupaten."""
    lo = place.kabupaten * 10**6
    return await place.row(
        "SELECT (SELECT count(*) FROM household WHERE region BETWEEN %(lo)s AND %(hi)s) AS families, "
        "(SELECT count(*) FROM case_ WHERE region BETWEEN %(lo)s AND %(hi)s) AS cases, "
        "(SELECT count(*) FROM batch WHERE region BETWEEN %(lo)s AND %(hi)s) AS batches, "
        "(SELECT count(*) FROM import_file WHERE region BETWEEN %(lo)s AND %(hi)s) AS files, "
        "(SELECT max(version) FROM household WHERE region BETWEEN %(lo)s AND %(hi)s) AS version",
        lo=lo,
        hi=lo + 999_999,
    )


def mended(content: bytes, sheet: str, column: str, value: Any) -> bytes:
    """Write a value into every row of a column, as somebody mending the file in a spreadsheet would."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    rows = book[sheet]
    place = next(n for n, cell in enumerate(rows[1], 1) if str(cell.value).strip(" *").lower() == column)
    for row in range(2, rows.max_row + 1):
        if any(cell.value is not None for cell in rows[row]):
            rows.cell(row, place).value = value
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


class TestRefused:
    @pytest.mark.parametrize("role", ["auditor", "kades", "verifikator_kab", "kepala_dinas", "pusdatin"])
    async def test_a_role_that_proposes_no_family_imports_none(self, place: Place, role: str) -> None:
        who = await place.person(role)
        before = await register(place)
        problem(await who.upload(workbook([family(place, 1)]), place.village), 403, "bukan_pengisi_data")
        assert await register(place) == before

    @pytest.mark.parametrize("role", ["bank", "warga", "direktorat"])
    async def test_a_role_without_that_region_is_refused(self, place: Place, role: str) -> None:
        who = await place.person(role)
        problem(await who.upload(workbook([family(place, 1)]), place.village), 403, "di_luar_wilayah_kerja")

    async def test_another_village_or_a_wider_region_is_refused(self, place: Place) -> None:
        who = await place.person("operator_desa")
        before = await register(place)
        for region in (place.neighbour, place.village // 10**4, place.kabupaten, place.kabupaten // 100, place.far):
            problem(await who.upload(workbook([family(place, 1)]), region), 403, "di_luar_wilayah_kerja")
        assert await register(place) == before

    @pytest.mark.parametrize("region", ["", "3", "32.4.5.2001", "desa sadu", "3204052001x", "٣٢٠٤", "-1", "9" * 40])
    async def test_a_region_that_is_no_code_is_told_as_such(self, home: Place, region: str) -> None:
        who = await home.person("operator_desa")
        problem(await who.upload(workbook([family(home, 1)]), region), 422)

    @pytest.mark.parametrize(
        ("content", "status"),
        [
            pytest.param(b"", 422, id="nothing"),
            pytest.param(b"bukan berkas", 422, id="words"),
            pytest.param(b"PK\x03\x04" + b"\0" * 100, 422, id="a broken archive"),
            pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, 422, id="an old Excel file"),
            pytest.param(b"%PDF-1.7", 422, id="a PDF"),
            pytest.param(b"\xff\xd8\xff\xe0" + b"\0" * 100, 422, id="a photo"),
            pytest.param(b"no_kk;nik\n\xff\xfe", 422, id="another encoding"),
            pytest.param(b"a,b,c\n1,2,3\n", 422, id="another table"),
            pytest.param(b"\0" * 1000, 422, id="zeros"),
        ],
    )
    async def test_what_is_no_list_is_refused_with_what_it_should_be(
        self, home: Place, content: bytes, status: int
    ) -> None:
        who = await home.person("operator_desa")
        before = await register(home)
        told = problem(await who.upload(content, home.village, name="daftar.xlsx"), status, "berkas_tidak_terbaca")
        assert told["cure"]
        assert told["cure_en"]
        assert await register(home) == before

    async def test_the_empty_template_is_told_to_be_empty(self, home: Place) -> None:
        who = await home.person("operator_desa")
        told = problem(await who.upload(workbook([]), home.village), 422, "berkas_tidak_terbaca")
        assert "belum berisi" in told["detail"]

    async def test_a_file_larger_than_any_list_is_refused(self, home: Place) -> None:
        who = await home.person("operator_desa")
        told = problem(await who.upload(b"x" * (32 * 1024 * 1024 + 1), home.village), 413, "berkas_terlalu_besar")
        assert "32 MB" in told["detail"]

    async def test_an_import_out_of_sight_is_not_there(self, place: Place) -> None:
        who = await place.person("operator_desa")
        number = done(await who.upload(workbook([family(place, 1, alamat="")]), place.village), 201)["import"]
        for role, region in (("operator_desa", place.neighbour), ("kepala_dinas", place.far), ("bank", place.village)):
            stranger = await place.person(role, region=region)
            for path in (f"/imports/{number}", f"/imports/{number}/rejected.xlsx"):
                problem(await stranger.get(path), 404, "impor_tidak_ditemukan")


class TestTemplate:
    async def test_it_opens_in_a_spreadsheet_and_filled_in_it_enters(self, place: Place) -> None:
        who = await place.person("operator_desa")
        answer = await who.get("/imports/template.xlsx")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == XLSX
        assert 'filename="usulan.xlsx"' in answer.headers["content-disposition"]
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        filled = openpyxl.load_workbook(io.BytesIO(workbook([family(place, 1)])))
        for sheet in ("keluarga", "anggota"):
            assert [cell.value for cell in book[sheet][1]] == [cell.value for cell in filled[sheet][1]]
            for number, row in enumerate(filled[sheet].iter_rows(min_row=2, values_only=True), 2):
                for place_, value in enumerate(row, 1):
                    book[sheet].cell(number, place_).value = value
        target = io.BytesIO()
        book.save(target)
        told = done(await who.upload(target.getvalue(), place.village), 201)
        assert (told["good"], told["bad"]) == (1, 0)


class TestGoodRows:
    async def test_they_enter_are_registered_and_wait_for_the_identity_check(self, place: Place) -> None:
        who = await place.person("operator_desa")
        told = done(await who.upload(workbook([family(place, n) for n in (1, 2, 3)]), place.village), 201)
        assert {key: told[key] for key in ("families", "good", "bad", "repeated", "errors", "rejected")} == {
            "families": 3,
            "good": 3,
            "bad": 0,
            "repeated": False,
            "errors": [],
            "rejected": None,
        }
        cases = done(await who.get("/cases", batch=told["batch"]))["cases"]
        assert [(case["state"], case["jenis"], case["version"]) for case in cases] == [("cek_data", "BARU", 2)] * 3
        household = done(await who.get(f"/households/{cases[0]['household_id']}"))
        assert [member["nama"] for member in household["members"]] == ["Dadang Suherman", "Euis Kartini"]
        assert await place.value("SELECT count(*) FROM wake WHERE batch = %s", told["batch"]) == 1
        assert (await register(place))["families"] == 3

    async def test_what_became_of_a_file_can_be_asked_again(self, place: Place) -> None:
        who = await place.person("operator_desa")
        sent = done(await who.upload(workbook([family(place, 1)]), place.village, name="musdes mei.xlsx"), 201)
        told = done(await who.get(f"/imports/{sent['import']}"))
        assert (told["name"], told["region"], told["good"]) == ("musdes mei.xlsx", place.village, 1)
        problem(await who.get(f"/imports/{sent['import']}/rejected.xlsx"), 404, "impor_tidak_ditemukan")

    async def test_a_csv_enters_the_same_way(self, place: Place) -> None:

        target = io.BytesIO()
        write_rows(target, [family(place, 1), family(place, 2)], kind="csv")
        who = await place.person("operator_desa")
        told = done(await who.upload(target.getvalue(), place.village, name="daftar.csv"), 201)
        assert (told["good"], told["bad"]) == (2, 0)

    async def test_a_kabupaten_s_list_may_name_several_villages(self, place: Place) -> None:
        who = await place.person("pengisi_data_kab")
        rows = [family(place, 1), family(place, 2, kode_desa=place.neighbour)]
        told = done(await who.upload(workbook(rows), place.kabupaten), 201)
        assert (told["good"], told["bad"]) == (2, 0)
        beside = await place.person("operator_desa", region=place.neighbour)
        assert len(done(await beside.get("/cases"))["cases"]) == 1

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "a\0b.xlsx", "x" * 500, "", "daftar\r\nX-Jahat: 1.xlsx", "📄.xlsx"]
    )
    async def test_whatever_a_file_is_called_it_is_read(self, place: Place, name: str) -> None:
        who = await place.person("operator_desa")
        answer = await who.upload(workbook([family(place, 1)]), place.village, name=name)
        assert answer.status_code in {201, 422}, answer.text
        if answer.status_code == 422:
            problem(answer, 422, "isian_salah")


class TestBadRows:
    async def test_each_is_told_with_sheet_row_column_and_cure_and_the_good_ones_enter(self, place: Place) -> None:
        who = await place.person("operator_desa")
        bad_family, bad_member = family(place, 2, alamat=""), family(place, 3)
        bad_member.members[1].nik = "123"
        told = done(await who.upload(workbook([family(place, 1), bad_family, bad_member]), place.village), 201)
        assert (told["families"], told["good"], told["bad"]) == (3, 1, 2)
        places = {(row["sheet"], row["row"], row["column"], row["code"]) for row in told["errors"]}
        assert ("keluarga", 3, "alamat", "KOSONG") in places
        assert ("anggota", 7) in {(sheet, row) for sheet, row, column, _ in places if column == "nik"}
        for row in told["errors"]:
            assert all(row[part] for part in ("message", "message_en", "cure", "cure_en"))
        assert told["rejected"] == f"/api/v1/imports/{told['import']}/rejected.xlsx"
        assert (await register(place))["families"] == 1

    async def test_they_come_back_as_a_workbook_that_enters_once_mended(self, place: Place) -> None:
        who = await place.person("operator_desa")
        rows = [family(place, 1), family(place, 2, alamat=""), family(place, 3, alamat="")]
        told = done(await who.upload(workbook(rows), place.village), 201)
        answer = await who.ask("GET", told["rejected"].removeprefix("/api/v1"))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == XLSX
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        assert str(book["keluarga"][1][0].value).startswith("kesalahan")
        assert "alamat" in str(book["keluarga"][2][0].value)
        unmended = done(await who.upload(answer.content, place.village), 201)
        assert (unmended["good"], unmended["bad"]) == (0, 2)
        again = done(await who.upload(mended(answer.content, "keluarga", "alamat", "Jl. Dahlia 4"), place.village), 201)
        assert (again["good"], again["bad"], again["errors"]) == (2, 0, [])
        assert (await register(place))["cases"] == 3

    async def test_a_family_of_another_village_is_told_and_does_not_enter(self, place: Place) -> None:
        who = await place.person("operator_desa")
        told = done(await who.upload(workbook([family(place, 1, kode_desa=place.neighbour)]), place.village), 201)
        [error] = told["errors"]
        assert (told["good"], error["code"], error["column"], error["row"]) == (0, "LUAR_WILAYAH", "kode_desa", 2)
        assert (await register(place))["families"] == 0


class TestColumnsNotRead:
    async def test_they_are_told_in_the_answer_the_report_and_the_console(self, place: Place) -> None:
        target = io.BytesIO()
        write_rows(target, [family(place, 1)], kind="csv")
        text = target.getvalue().decode().replace(",hamil,", ",hamill,").replace(",pekerjaan,", ",pekerjan,")
        who = await place.person("operator_desa")
        told = done(await who.upload(text.encode(), place.village, name="a.csv"), 201)
        unread = [{"sheet": "csv", "column": "pekerjan"}, {"sheet": "csv", "column": "hamill"}]
        assert (told["good"], told["unread"]) == (1, unread)
        assert done(await who.get(f"/imports/{told['import']}"))["report"]["unread"] == unread


class TestTheSameFile:
    async def test_sent_again_it_changes_nothing_and_answers_with_the_first_figures(self, place: Place) -> None:
        who = await place.person("operator_desa")
        content = workbook([family(place, 1), family(place, 2, alamat="")])
        first = done(await who.upload(content, place.village), 201)
        before = await register(place)
        again = done(await who.upload(content, place.village, name="nama lain.xlsx"), 201)
        assert again == first | {"repeated": True, "errors": []}
        assert await register(place) == before

    async def test_sent_by_a_colleague_it_is_still_the_same(self, place: Place) -> None:
        one, two = await place.person("operator_desa", "satu"), await place.person("operator_desa", "dua")
        content = workbook([family(place, 1)])
        first = done(await one.upload(content, place.village), 201)
        assert done(await two.upload(content, place.village), 201)["import"] == first["import"]

    async def test_sent_by_two_at_once_it_enters_once(self, place: Place) -> None:
        people = [await place.person("operator_desa", name) for name in ("a", "b", "c")]
        content = workbook([family(place, n) for n in (1, 2, 3, 4)])
        told = [
            done(answer, 201)
            for answer in await asyncio.gather(*(who.upload(content, place.village) for who in people))
        ]
        assert sorted(row["repeated"] for row in told) == [False, True, True]
        assert len({row["import"] for row in told}) == 1
        assert {key: value for key, value in (await register(place)).items() if key != "version"} == {
            "families": 4,
            "cases": 4,
            "batches": 1,
            "files": 1,
        }

    async def test_the_same_families_in_two_files_at_once_enter_once(self, place: Place) -> None:
        who = await place.person("operator_desa")
        rows = [family(place, n) for n in (1, 2, 3)]
        files = [workbook(rows), workbook([*rows, family(place, 9)])]
        await asyncio.gather(*(who.upload(content, place.village) for content in files))
        assert (
            await place.value(
                "SELECT count(*) FROM (SELECT no_kk FROM household WHERE region = %s GROUP BY 1 HAVING count(*) > 1) d",
                place.village,
            )
            == 0
        )


class TestFamiliesAlreadyThere:
    async def test_one_with_a_live_case_is_refused_and_its_data_stay(self, place: Place) -> None:
        who = await place.person("operator_desa")
        done(await who.upload(workbook([family(place, 1)]), place.village), 201)
        before = await register(place)
        told = done(await who.upload(workbook([family(place, 1, alamat="Jl. Lain 8")]), place.village), 201)
        [error] = told["errors"]
        assert (told["good"], told["bad"], error["code"]) == (0, 1, "SUDAH_ADA")
        assert (error["sheet"], error["row"], error["column"]) == ("keluarga", 2, "no_kk")
        assert "sudah ada" in error["message"].lower() or "sudah" in error["message"]
        after = await register(place)
        assert (after["families"], after["cases"], after["version"]) == (1, 1, before["version"])
        assert await place.value("SELECT alamat FROM household WHERE region = %s", place.village) == "Jl. Kenanga 3"

    async def test_one_whose_case_has_ended_is_proposed_anew_and_its_data_change_with_history(
        self, place: Place
    ) -> None:
        who = await place.person("operator_desa")
        first = done(await who.upload(workbook([family(place, 1)]), place.village), 201)
        [case] = done(await who.get("/cases", batch=first["batch"]))["cases"]
        system = await place.world.system()
        moved = await place.world.move(
            system, "usulan.cek_tolak", [case["id"]], reason="LUAR_WILAYAH", facts={"balasan_dukcapil": {"kode": 0}}
        )
        assert moved[0].done
        told = done(await who.upload(workbook([family(place, 1, alamat="Jl. Lain 8")]), place.village), 201)
        assert (told["good"], told["bad"]) == (1, 0)
        household = done(await who.get(f"/households/{case['household_id']}"))
        assert (household["alamat"], household["version"], len(household["programmes"])) == ("Jl. Lain 8", 2, 2)
        assert (
            await place.value(
                "SELECT before ->> 'alamat' FROM household_history WHERE household_id = %s", case["household_id"]
            )
            == "Jl. Kenanga 3"
        )
