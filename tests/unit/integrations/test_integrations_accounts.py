"""Accounts, cards and payees: banks, OMSPAN and SPAN over HTTP, when all is well and when not."""

import pytest

from integrations.bank_accounts import (
    REKENING_DIGITS,
    BurekolBerhasil,
    BurekolGagal,
    BurekolRow,
    CekRekeningRow,
    KartuDicetak,
    KartuGagal,
    KartuRow,
    RekeningAktif,
    RekeningGagal,
)
from integrations.codes import BANKS, Bank, RekeningKode
from integrations.connect import Outside
from integrations.omspan import UjiGagal, UjiRow, UjiValid
from integrations.span import (
    SpmBarisDitolak,
    SpmCair,
    SpmDitolak,
    SpmRequest,
    SpmRow,
    SrprDiterima,
    SrprDitolak,
    SrprRow,
)
from tests.unit.integrations.people import (
    ANAK,
    BUDI,
    PASIF,
    REK_BLOKIR,
    REK_BUDI,
    REK_PASIF,
    REK_SITI_BNI,
    REK_TUTUP,
    SITI,
    TODAY,
    TUA,
    Sim,
)


def new_customer(id_: str = "c1", nik: str = SITI, nama: str = "SITI AMINAH") -> BurekolRow:
    return BurekolRow(id_, nik, nama, "JL KENANGA 1")


class TestBurekol:
    @pytest.mark.parametrize("bank", [bank for bank in BANKS if bank != "BNI"])
    async def test_an_account_has_the_digits_of_its_bank(self, outside: Outside, key: str, bank: Bank) -> None:
        port = outside.banks[bank]
        (row,) = (await port.burekol.send(key, [new_customer()])).rows
        assert isinstance(row, BurekolBerhasil)
        assert len(row.nomor_rekening) == REKENING_DIGITS[bank]
        (tested,) = (await port.cek_rekening.send(key, [CekRekeningRow("c1", row.nomor_rekening, "SITI AMINAH")])).rows
        assert tested == RekeningAktif("c1")

    async def test_a_known_customer_is_refused_once_then_given_the_account_they_have(
        self, outside: Outside, key: str
    ) -> None:
        burekol = outside.banks["BNI"].burekol
        first = (await burekol.send(key, [new_customer()])).rows
        again = (await burekol.send(key + "-2", [new_customer()])).rows
        assert first == (BurekolGagal("c1", "BR_GANDA_CIF"),)
        assert again == (BurekolBerhasil("c1", REK_SITI_BNI, "2001"),)

    @pytest.mark.parametrize(
        ("nik", "nama", "kode"),
        [(ANAK, "ANAK KECIL", "BR_USIA"), (TUA, "MBAH TUA", "BR_DATA"), (BUDI, "ORANG LAIN SAMA SEKALI", "BR_DATA")],
    )
    async def test_refusals(self, outside: Outside, key: str, nik: str, nama: str, kode: str) -> None:
        (row,) = (await outside.banks["BTN"].burekol.send(key, [new_customer(nik=nik, nama=nama)])).rows
        assert isinstance(row, BurekolGagal)
        assert row.kode == kode


class TestAccounts:
    async def test_a_card_is_printed_and_its_number_masked(self, outside: Outside, key: str) -> None:
        (row,) = (await outside.banks["BRI"].kartu.send(key, [KartuRow("c1", REK_BUDI)])).rows
        assert isinstance(row, KartuDicetak)
        assert "******" in row.nomor_kartu_tersamar

    async def test_no_card_for_an_unknown_account(self, outside: Outside, key: str) -> None:
        reply = await outside.banks["BRI"].kartu.send(key, [KartuRow("c1", "9" * 15)])
        assert reply.rows == (KartuGagal("c1", "RK_NOMOR"),)

    @pytest.mark.parametrize(
        ("number", "nama", "kode"),
        [
            (REK_PASIF, "TRI PASIF", "RK_PASIF"),
            (REK_TUTUP, "DWI KEMBAR", "RK_TUTUP"),
            (REK_BLOKIR, "MBAH TUA", "RK_BLOKIR"),
            (REK_SITI_BNI, "SITI AMINAH", "RK_BANK"),
            ("9" * 15, "SITI AMINAH", "RK_NOMOR"),
            (REK_BUDI, "ORANG LAIN SAMA SEKALI", "RK_NAMA"),
        ],
    )
    async def test_each_fault_of_an_account(
        self, outside: Outside, key: str, number: str, nama: str, kode: RekeningKode
    ) -> None:
        reply = await outside.banks["BRI"].cek_rekening.send(key, [CekRekeningRow("c1", number, nama)])
        assert reply.rows == (RekeningGagal("c1", kode),)


class TestTreasury:
    async def test_omspan_tells_the_payable_from_the_others(self, sim: Sim, outside: Outside, key: str) -> None:
        sim.script(SITI, "uji", "KKS_BELUM_BAGI")  # scripted by person, met through the account
        rows = [
            UjiRow("a", REK_BUDI, "BRI", "BUDI SANTOSO", BUDI),
            UjiRow("b", REK_BUDI, "BRI", "BUDI SANTOSO", PASIF),  # a namesake's account
            UjiRow("c", REK_SITI_BNI, "BNI", "SITI AMINAH", SITI),
        ]
        reply = await outside.omspan.uji.send(key, rows)
        assert reply.rows == (UjiValid("a"), UjiGagal("b", "RK_NAMA"), UjiGagal("c", "KKS_BELUM_BAGI"))

    @staticmethod
    def spm(nomor_spm: str) -> SpmRequest:
        rows = [
            SpmRow("a", 600_000, REK_BUDI, "BRI"),
            SpmRow("b", 600_000, REK_TUTUP, "BRI"),
            SpmRow("c", 600_000, REK_PASIF, "BRI"),
            SpmRow("d", 600_000, "DNM000000000001", "POS"),
        ]
        return SpmRequest("SPP-1", nomor_spm, 2026, "PKH", rows)

    async def test_an_spm_is_paid_under_one_sp2d_without_its_refused_lines(self, outside: Outside, key: str) -> None:
        a, b, c, d = (await outside.span.spm.send(key, self.spm("SPM-1"))).rows
        assert isinstance(a, SpmCair)
        assert a.tanggal == TODAY
        assert b == SpmBarisDitolak("b", "RK_TUTUP")
        assert [c, d] == [SpmCair("c", a.nomor_sp2d, TODAY), SpmCair("d", a.nomor_sp2d, TODAY)]

    async def test_a_whole_spm_is_refused_once(self, sim: Sim, outside: Outside, key: str) -> None:
        sim.script("SPM-2", "spm", "ditolak:pagu tidak cukup", n=1)
        refused = (await outside.span.spm.send(key, self.spm("SPM-2"))).rows
        paid = (await outside.span.spm.send(key + "-2", self.spm("SPM-2"))).rows
        assert refused == tuple(SpmDitolak(id_, "pagu tidak cukup") for id_ in "abcd")
        assert isinstance(paid[0], SpmCair)

    async def test_a_correction_after_retur(self, outside: Outside, key: str) -> None:
        rows = [SrprRow("a", REK_BUDI, "BRI", "BUDI SANTOSO"), SrprRow("b", REK_TUTUP, "BRI", "DWI KEMBAR")]
        good, bad = (await outside.span.srpr.send(key, rows)).rows
        assert isinstance(good, SrprDiterima)
        assert len(good.nomor_sp2d_retur) == 15
        assert bad == SrprDitolak("b", "RK_TUTUP")
