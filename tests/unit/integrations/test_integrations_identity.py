"""Who a person is and how poor a family: Dukcapil and DTSEN over HTTP, when all is well and when not."""

from datetime import date

import pytest

from integrations.connect import Outside
from integrations.dtsen import Diperingkat, PeringkatRequest, PeringkatRow, TidakDiperingkat, Versi
from integrations.dukcapil import FieldMatch, KodeDukcapil, VerifikasiResult, VerifikasiRow
from integrations.errors import PortRefused
from tests.unit.integrations.people import (
    BUDI,
    KEMBAR,
    KK,
    KK_LAIN,
    PASIF,
    SITI,
    TUA,
    Sim,
)


def person(nik: str = BUDI, nama: str = "BUDI SANTOSO", no_kk: str = KK) -> VerifikasiRow:
    return VerifikasiRow("c1", nik, no_kk, nama, "SLEMAN", date(1985, 5, 10), 1)


async def verify(outside: Outside, key: str, row: VerifikasiRow) -> VerifikasiResult:
    (result,) = (await outside.dukcapil.verifikasi.send(key, [row])).rows
    return result


class TestDukcapil:
    async def test_a_known_person_agrees_field_by_field(self, outside: Outside, key: str) -> None:
        result = await verify(outside, key, person())
        assert result.kode is None
        assert result.nama == FieldMatch(sesuai=True, skor=100)
        assert result.nik == result.no_kk == result.tempat_lahir == result.tanggal_lahir == FieldMatch(True, None)
        assert (result.pekerjaan, result.kode_desa, result.versi_layanan) == ("BURUH", "3404012001", "simulator-1")

    async def test_a_near_name_agrees_with_its_score_and_another_does_not(self, outside: Outside, key: str) -> None:
        near = (await verify(outside, key, person(nama="BUDI SANTOSA"))).nama
        far = (await verify(outside, key + "-far", person(nama="JOKO WIDAGDO"))).nama
        assert near is not None
        assert near.sesuai
        assert near.skor is not None
        assert 60 <= near.skor < 100
        assert far is not None
        assert not far.sesuai

    async def test_aliases_are_tried_one_by_one(self, outside: Outside, key: str) -> None:
        row = VerifikasiRow("c1", SITI, KK, "SITI AMINAH", "sleman", date(1990, 5, 10), 2)
        assert (await verify(outside, key, row)).nama == FieldMatch(True, 100)

    async def test_another_family_card_is_seen(self, outside: Outside, key: str) -> None:
        assert (await verify(outside, key, person(no_kk=KK_LAIN))).no_kk == FieldMatch(False, None)

    @pytest.mark.parametrize(
        ("nik", "kode"),
        [
            (TUA, KodeDukcapil.meninggal),
            (KEMBAR, KodeDukcapil.ganda),
            ("3404011005850999", KodeDukcapil.tidak_ada),
            (PASIF, KodeDukcapil.nonaktif),
            ("3404013205850002", KodeDukcapil.format_nik),  # day 32
            ("3404011005850000", KodeDukcapil.format_nik),  # serial 0000
            ("34040110058500", KodeDukcapil.format_nik),
        ],
    )
    async def test_codes_follow_the_record(self, outside: Outside, key: str, nik: str, kode: KodeDukcapil) -> None:
        result = await verify(outside, key, person(nik=nik))
        assert result.kode is kode
        assert (result.nik is None) == (kode in {KodeDukcapil.tidak_ada, KodeDukcapil.format_nik})

    @pytest.mark.parametrize(
        ("outcome", "kode", "nama_sesuai"), [("padan", None, True), ("12", 12, True), ("NAMA_BEDA", None, False)]
    )
    async def test_the_scenario_comes_first(
        self, sim: Sim, outside: Outside, key: str, outcome: str, kode: int | None, nama_sesuai: bool
    ) -> None:
        sim.script(BUDI, "verifikasi", outcome)
        result = await verify(outside, key, person())
        assert result.kode == kode
        assert result.nama is not None
        assert result.nama.sesuai is nama_sesuai


class TestDtsen:
    async def test_versions_follow_the_calendar(self, outside: Outside) -> None:
        assert (await outside.dtsen.versi())[0] == Versi("2026-4", date(2026, 10, 22))

    async def test_a_ranked_family_and_one_without_data(self, outside: Outside, key: str) -> None:
        request = PeringkatRequest(
            "2026-4", [PeringkatRow("a", KK), PeringkatRow("b", KK_LAIN), PeringkatRow("c", "0")]
        )
        reply = await outside.dtsen.peringkat.send(key, request)
        assert reply.rows == (
            Diperingkat("a", "2026-4", 2, 14.5, 9_100_000),
            TidakDiperingkat("b", "2026-4", "DATA_TIDAK_CUKUP"),
            TidakDiperingkat("c", "2026-4", "DATA_TIDAK_CUKUP"),
        )

    async def test_a_scripted_desil_changes_with_the_attempt(self, sim: Sim, outside: Outside, key: str) -> None:
        sim.script("3404010101200077", "peringkat", "desil:7", n=2)
        request = PeringkatRequest("2026-4", [PeringkatRow("a", "3404010101200077")])
        first = await outside.dtsen.peringkat.send(key, request)
        second = await outside.dtsen.peringkat.send(key + "-2", request)
        assert isinstance(first.rows[0], TidakDiperingkat)
        assert isinstance(second.rows[0], Diperingkat)
        assert second.rows[0].desil == 7

    async def test_an_unpublished_version_is_refused(self, outside: Outside, key: str) -> None:
        with pytest.raises(PortRefused, match="Versi tidak ada") as refused:
            await outside.dtsen.peringkat.send(key, PeringkatRequest("2031-1", [PeringkatRow("a", KK)]))
        assert refused.value.status == 422
