"""Second half of the story: a tahap is paid, and what can go wrong goes wrong and is mended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from alur.demo.client import People, until

Say = Callable[[str], None]
Travel = Callable[[datetime], None]


def _rupiah(amount: int | None) -> str:
    return f"Rp{amount or 0:,}".replace(",", ".")


def period_of(month: datetime) -> int:
    """Return the tahap a month is paid in: the year and its quarter."""
    return month.year * 100 + (month.month - 1) // 3 + 1


class Tahap:
    """One tahap of PKH, followed through the eyes of the auditor."""

    def __init__(self, cast: People, batch: int, say: Say) -> None:
        self.cast, self.batch, self.say = cast, batch, say
        self.auditor = cast["auditor"]

    def standing(self, *states: str) -> list[dict[str, Any]]:
        """Return the tahap's cases in these states."""
        return self.auditor.cases(batch=self.batch, state=list(states))

    def settled(self, *states: str) -> Callable[[], bool]:
        """Return a look that is true once nothing stands in these states."""
        return lambda: not self.count(*states)

    def opened(self) -> bool:
        """Look whether every account is opened or refused; a bank prints no card for a passive one, and it stays."""
        batch = self.auditor.get(f"/batches/{self.batch}")
        moving = ("calon", "siap_salur", "burekol_proses")
        return batch["runs"][0]["ended_at"] is not None and not any(
            batch["counts"].get(f"penyaluran.{state}") for state in moving
        )

    def count(self, *states: str) -> int:
        """Return how many of the tahap's cases stand in these states."""
        counts = self.auditor.get(f"/batches/{self.batch}")["counts"]
        return sum(counts.get(f"penyaluran.{state}", 0) for state in states)


def pay_tahap(cast: People, month: datetime, travel: Travel, say: Say) -> dict[str, Any]:
    """Open and pay one tahap of PKH in the kabupaten; return its batch and what was seen on the way."""
    seen: dict[str, bool] = {}
    tahap, title = credit_tahap(cast, month, say, seen)
    _after_credit(tahap, month, travel, seen)
    example = next(iter(tahap.standing("retur", "ralat_diajukan", "gagal_sesudah", "sukses", "selesai")), None)
    return {"batch": tahap.batch, "title": title, "seen": seen, "example": example["id"] if example else 0}


def credit_tahap(cast: People, month: datetime, say: Say, seen: dict[str, bool]) -> tuple[Tahap, str]:
    """Carry one tahap of PKH from its SK to the credits; return it and its title."""
    direktorat, kpa, ppk, ppspm = (cast[f"{who}.pkh"] for who in ("direktorat1", "kpa", "ppk", "ppspm"))
    kabupaten = cast.regions["verifikator1"]
    period = period_of(month)
    opened = direktorat.post("/batches", {"kind": "tahap", "region": kabupaten, "programme": "PKH", "period": period})
    tahap = Tahap(cast, opened["batch"], say)
    listed = direktorat.decide("sk_tahap", tahap.batch, evidence={"nomor_sk": {"nomor": f"PKH/{period}/{tahap.batch}"}})
    say(f"{direktorat.name} confirms {listed['cases']} families for {opened['title']}.")
    closed = kpa.decide("closing", tahap.batch)
    say(f"{kpa.name} closes the list: {closed['cases']} families, {_rupiah(closed['amount_rp'])}.")
    _accounts(tahap, seen)
    for round_ in range(1, 4):
        if not _order(tahap, ppk, ppspm, month, round_):
            break
    return tahap, opened["title"]


def _accounts(tahap: Tahap, seen: dict[str, bool]) -> None:
    """Burekol and cards: some are refused, repaired by the village's side, and go on."""
    cast, say = tahap.cast, tahap.say
    verifikator, bank = cast["verifikator1"], cast["bank.bri"]
    until("the accounts", tahap.opened)
    failed = tahap.standing("burekol_gagal")
    seen["a failed burekol"] = bool(failed)
    if failed:
        verifikator.move(
            "penyaluran.ulang_burekol", failed, evidence={"beda_isian": {"identitas": False, "alamat": "dilengkapi"}}
        )
        until("burekol again", tahap.opened)
        left = tahap.standing("burekol_gagal")
        seen["a failed burekol repaired"] = len(left) < len(failed)
        say(f"    burekol refused {len(failed)}; repaired and sent again, {len(left)} still refused.")
    cards = bank.cases(batch=None, state=["kks_distribusi"])
    given = bank.move(
        "penyaluran.kartu_diterima", cards, evidence={"tanda_terima": {"lembar": 1}, "foto": {"lembar": 1}}
    )
    say(f"    {given.get('dipindah', 0)} new cards are handed over.")
    until("account tests and OMSPAN", tahap.settled("cek_rekening", "omspan_proses"))
    seen["a failed account"] = bool(tahap.count("rek_gagal", "omspan_gagal"))
    say(f"    accounts tested: {tahap.count('rek_gagal')} fail at the bank, {tahap.count('omspan_gagal')} in OMSPAN.")


def _order(tahap: Tahap, ppk: Any, ppspm: Any, month: datetime, round_: int) -> bool:
    """SPP, SPM, SP2D and the transfer order for what is ready; the PPK is never the PPSPM."""
    if not tahap.count("omspan_berhasil", "spp"):
        return False
    number = f"{tahap.batch}-{round_}/{month:%Y}"
    asked = ppk.decide("spp", tahap.batch, evidence={"nomor_spp": {"nomor": f"SPP/{number}"}})
    ppspm.decide("spm", tahap.batch, evidence={"nomor_spm": {"nomor": f"SPM/{number}"}})
    until("SP2D", lambda: tahap.count("sp2d") and not tahap.count("proses_spm"))
    ppk.decide("si", tahap.batch, evidence={"nomor_si": {"nomor": f"SI/{number}"}})
    until("credits", tahap.settled("sp2d", "si"))
    tahap.say(
        f"SPP, SPM and SI {number} for {asked['cases']} families: {tahap.count('sukses', 'selesai')} credited so far."
    )
    return True


def _after_credit(tahap: Tahap, month: datetime, travel: Travel, seen: dict[str, bool]) -> None:
    """Money that failed or came back late is redirected; families use their money."""
    cast, say = tahap.cast, tahap.say
    kppn, ppk, bank = cast["kppn"], cast["ppk.pkh"], cast["bank.bri"]
    failed = tahap.standing("gagal_sesudah")
    seen["a GAGAL"] = bool(failed)
    kppn.move("penyaluran.catat_retur", failed, evidence={"surat_retur": {"nomor": f"RET/{tahap.batch}"}})
    say(f"    {len(failed)} credits failed after the money had left: retur.")
    travel(month.replace(day=28))
    known = {case["id"] for case in failed}
    late = until("a late retur", lambda: [c for c in tahap.standing("retur") if c["id"] not in known])
    until("the banks' news", lambda: tahap.count("selesai"))
    seen["a late retur"] = True
    say(f"    families begin to use their money; {len(late)} credits come back late.")
    for case in bank.cases(state=["retur"]):
        bank.post(f"/cases/{case['id']}/facts", {"evidence": {"laporan": {"rekening": "diaktifkan kembali"}}})
    asked = ppk.decide(
        "ralat",
        tahap.batch,
        evidence={"srpr": {"nomor": f"SRPR/{tahap.batch}"}, "sptjm": {"nomor": 1}, "rekening_koran": {"lembar": 1}},
    )
    until("KPPN's answer", tahap.settled("ralat_diajukan"))
    redirected = tahap.count("sp2d")
    say(f"    {ppk.name} asks KPPN to redirect {asked['cases']}; KPPN accepts {redirected}.")
    if redirected:
        ppk.decide("si", tahap.batch, evidence={"nomor_si": {"nomor": f"SI/{tahap.batch}-R"}})
        until("the second credit", tahap.settled("sp2d", "si"))
    seen["a retur redirected"] = redirected > 0
    travel(month.replace(day=28) + timedelta(days=2))
