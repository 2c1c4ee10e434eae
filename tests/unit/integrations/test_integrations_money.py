"""Money on its way: standing instructions, news, returns and Pos over HTTP, when all is well and when not."""

import pytest

from integrations.bank import BankPort
from integrations.bank_credits import (
    Retur,
    SetorRow,
    SiBeda,
    SiGagal,
    SiRow,
    SiSelisih,
    SiSukses,
    StandingInstruction,
    Transaksi,
)
from integrations.connect import Outside
from integrations.errors import PortRefused
from integrations.pos import BayarRow, DanomKurang, DanomRow, DanomSesuai, Dibayar, TidakDibayar
from tests.unit.integrations.people import (
    ANAK,
    BUDI,
    KEMBAR,
    KK_LAIN,
    REK_BLOKIR,
    REK_BUDI,
    REK_PASIF,
    REK_TUTUP,
    SITI,
    TODAY,
    TUA,
    Sim,
)

SP2D = "260000000000001"


def instruction(*rows: SiRow, nomor_si: str = "SI-1") -> StandingInstruction:
    return StandingInstruction(nomor_si, SP2D, rows)


async def all_news(bank: BankPort, since: int = 0) -> list[Transaksi | Retur]:
    news: list[Transaksi | Retur] = []
    while page := await bank.kabar(since, 7):
        news += page
        since = page[-1].urut
    return news


class TestCredits:
    async def test_every_outcome_of_a_standing_instruction(self, sim: Sim, outside: Outside, key: str) -> None:
        sim.script("K1", "si", "kurang:100000")
        sim.script("K2", "si", "lebih")
        numbers = (REK_BUDI, "K1", "K2")
        rows = [SiRow(f"{key}-{n}", number, "BUDI SANTOSO", 600_000) for n, number in enumerate(numbers)]
        rows += [SiRow(f"{key}-3", REK_PASIF, "TRI PASIF", 600_000), SiRow(f"{key}-4", REK_BUDI, "LAIN ORANG", 600_000)]
        reply = await outside.banks["BRI"].si.send(key, instruction(*rows))
        assert reply.rows == (
            SiSukses(f"{key}-0", TODAY, 600_000),
            SiSelisih(f"{key}-1", TODAY, 500_000, "kurang"),
            SiSelisih(f"{key}-2", TODAY, 650_000, "lebih"),
            SiGagal(f"{key}-3", "RK_PASIF"),
            SiBeda(f"{key}-4", "SI_BEDA_DATA"),
        )
        assert sim.credits(f"{key}-1")[0]["nominal_rp"] == 500_000
        assert sim.credits(f"{key}-3") == []

    async def test_news_of_first_use_and_of_a_late_retur(self, sim: Sim, outside: Outside, key: str) -> None:
        bank = outside.banks["BRI"]
        since = max((item.urut for item in await all_news(bank)), default=0)
        sim.script(TUA, "si", "retur:RK_TUTUP")
        sim.script(KEMBAR, "si", "tidak_transaksi")
        rows = [
            SiRow(f"{key}-0", REK_BUDI, "BUDI SANTOSO", 600_000),
            SiRow(f"{key}-1", REK_BLOKIR, "MBAH TUA", 600_000),
            SiRow(f"{key}-2", REK_TUTUP, "DWI KEMBAR", 600_000),
        ]
        reply = await bank.si.send(key, instruction(*rows, nomor_si=key))
        assert all(isinstance(row, SiSukses) for row in reply.rows)
        used, returned = await all_news(bank, since)
        assert isinstance(used, Transaksi)
        assert (used.id, used.nomor_si, used.tanggal) == (f"{key}-0", key, TODAY)
        assert isinstance(returned, Retur)
        assert (returned.urut, returned.id, returned.kode) == (used.urut + 1, f"{key}-1", "RK_TUTUP")

    async def test_news_can_be_pushed_for_a_credit_and_for_nothing_else(
        self, sim: Sim, outside: Outside, key: str
    ) -> None:
        bank = outside.banks["BRI"]
        sim.script(REK_BUDI, "si", "tidak_transaksi")
        await bank.si.send(key, instruction(SiRow(key, REK_BUDI, "BUDI SANTOSO", 600_000)))
        news = {"bank": "BRI", "id": key, "jenis": "retur", "kode": "RK_PASIF"}
        sim.control.post("/_simulator/kabar", json=news).raise_for_status()
        last = (await all_news(bank))[-1]
        assert isinstance(last, Retur)
        assert (last.id, last.kode, last.nomor_si) == (key, "RK_PASIF", "SI-1")
        assert sim.control.post("/_simulator/kabar", json={**news, "id": "nobody"}).status_code == 404

    async def test_news_waits_for_its_delay(self, sim: Sim, outside: Outside, key: str) -> None:
        bank = outside.banks["MANDIRI"]
        sim.rates(delay_s=60)
        sim.script(REK_BUDI, "si", "sukses")
        await bank.si.send(key, instruction(SiRow(key, REK_BUDI, "BUDI SANTOSO", 600_000)))
        assert await bank.kabar(0) == ()

    async def test_money_goes_back_with_a_receipt(self, outside: Outside, key: str) -> None:
        (row,) = (await outside.banks["BRI"].setor.send(key, [SetorRow("c1", 600_000)])).rows
        assert len(row.ntpn) == 16

    async def test_no_sum_below_one_rupiah_is_taken(self, outside: Outside, key: str) -> None:
        with pytest.raises(PortRefused, match="nominal_rp"):
            await outside.banks["BRI"].setor.send(key, [SetorRow("c1", 0)])


class TestPos:
    async def test_payees_are_listed_or_not(self, sim: Sim, outside: Outside, key: str) -> None:
        sim.script(ANAK, "danom", "EX_PINDAH")
        rows = [
            DanomRow("a", BUDI, "BUDI SANTOSO", "JL KENANGA 1"),
            DanomRow("b", TUA, "MBAH TUA", "JL KENANGA 1"),
            DanomRow("c", ANAK, "ANAK KECIL", "JL MAWAR 2"),
            DanomRow("d", SITI, "ORANG LAIN SAMA SEKALI", "JL KENANGA 1"),
        ]
        listed, *others = (await outside.pos.danom.send(key, rows)).rows
        assert isinstance(listed, DanomSesuai)
        assert others == [DanomKurang("b", "EX_MENINGGAL"), DanomKurang("c", "EX_PINDAH"), DanomKurang("d", "EX_DATA")]

    async def test_payees_are_paid_or_not(self, sim: Sim, outside: Outside, key: str) -> None:
        sim.script(ANAK, "bayar", "tidak_hadir")
        sim.script(KK_LAIN, "bayar", "alamat")  # ANAK's own script is more specific than that of the family
        rows = [
            BayarRow("a", "D1", BUDI, "BUDI SANTOSO", 600_000),
            BayarRow("b", "D2", TUA, "MBAH TUA", 600_000),
            BayarRow("c", "D3", ANAK, "ANAK KECIL", 600_000),
            BayarRow("d", "D4", KEMBAR, "DWI KEMBAR", 600_000),
            BayarRow("e", "D5", SITI, "ORANG LAIN SAMA SEKALI", 600_000),
        ]
        paid, *others = (await outside.pos.bayar.send(key, rows)).rows
        assert paid == Dibayar("a", TODAY)
        assert others == [
            TidakDibayar("b", "meninggal"),
            TidakDibayar("c", "tidak_hadir"),
            TidakDibayar("d", "alamat"),
            TidakDibayar("e", "identitas"),
        ]
