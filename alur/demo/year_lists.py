"""A month of proposals in the year's story: lists, meetings in time and too late, checks, approval, decrees."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from alur.demo.client import People, Person, until
from alur.demo.proposal import Say, Travel, batch_of, centre, upload

Case = dict[str, Any]

_SENT = {1: (1, 4, 7, 10), 2: (2, 6, 9)}
"""Village -> months in which it sends a list. What matched Dukcapil waits at most 90 days, so it lasts three months."""
_PART = 3
"""A list is brought before the meeting in this many parts, one a month."""
_FORM = {
    "formulir_cek": {"hasil": "layak"},
    "foto_geotag_2": {"foto": 2},
    "responden": {"hubungan": "kepala keluarga"},
}


class Lists:
    """What the two villages propose through the year; the second one always meets after the window."""

    def __init__(self, cast: People, folder: Path, say: Say) -> None:
        self.cast, self.folder, self.say = cast, folder, say
        self.open: dict[int, list[int]] = {1: [], 2: []}

    def early(self, month: datetime, travel: Travel) -> None:
        """Day 2 to 8: lists are sent; the first village meets and sends; kecamatan and kabupaten check."""
        for village, months in _SENT.items():
            if month.month in months:
                self._send(village)
        self._meet(1, in_time=True)
        travel(month.replace(day=8))
        self._verify()

    def late(self, month: datetime, travel: Travel) -> None:
        """Day 15 to 18: the head of Dinsos approves, the second village meets too late, the centre decides."""
        travel(month.replace(day=15))
        approved = self._approve(month)
        travel(month.replace(day=16))
        self._meet(2, in_time=False)
        travel(month.replace(day=17))
        self._held()
        if approved:
            centre(self.cast, month, travel, {}, self.say)

    def _send(self, village: int) -> None:
        operator = self.cast[f"operator{village}"]
        region = self.cast.regions[operator.username]
        files = sorted(self.folder.glob(f"usulan-{region}*.xlsx"), key=lambda file: (len(file.name), file.name))
        for file in files:
            done = upload(operator, file, region)
            if done["repeated"]:
                continue
            ready = self._checked(operator, done["batch"])
            self.open[village] = ready
            self.say(f"  {operator.name} sends {file.name}: {done['good']} families, {len(ready)} match Dukcapil.")
            return
        self.say(f"  {operator.name} has no list left to send.")

    def _checked(self, operator: Person, batch: int) -> list[int]:
        """Wait for Dukcapil's answers; return the families that match."""

        def answered() -> bool:
            waiting = operator.cases(batch=batch, state=["draf", "cek_data"])
            return not waiting and bool(operator.cases(batch=batch, state=["padan", "tidak_padan"]))

        until("the identity check", answered)
        return [case["id"] for case in operator.cases(batch=batch, state=["padan"])]

    def _meet(self, village: int, *, in_time: bool) -> None:
        """Bring a part of the village's list before its meeting, and send what was agreed."""
        operator, kades = self.cast[f"operator{village}"], self.cast[f"kades{village}"]
        standing = [
            case for case in operator.cases(machine="usulan", state=["padan"]) if case["id"] in self.open[village]
        ]
        part = standing[: max(len(self.open[village]) // _PART, 1)]
        if not part:
            return
        batch = part[0]["batch"]
        operator.move("usulan.masuk_musdes", part, evidence={"id_batch_musdes": {"nomor": batch}})
        papers = {
            "berita_acara": {"nomor": f"BA/{batch}"},
            "daftar_hadir": {"hadir": 34},
            "bnba": {"keluarga": len(part)},
        }
        kades.decide("musdes", batch, evidence=papers)
        agreed = until("the meeting's outcome", lambda: operator.cases(batch=batch, state=["usulan_final"]))
        if in_time:
            operator.move("usulan.kirim", agreed)
            until("the hand-over", lambda: not operator.cases(batch=batch, state=["usulan_final", "diajukan"]))
            self.say(f"  {kades.name}'s meeting agrees on {len(agreed)}; they are sent in time.")
        else:
            self.say(f"  {kades.name}'s meeting is late: {len(agreed)} have missed the window.")

    def _held(self) -> None:
        """See that the daily round holds what missed the window; it sends it when the next one opens."""
        operator = self.cast["operator2"]
        until("the window to hold them", lambda: not operator.cases(machine="usulan", state=["usulan_final"]))
        if waiting := operator.cases(machine="usulan", state=["menunggu"]):
            self.say(f"  {len(waiting)} of village 2 wait for the next month's window.")

    def _verify(self) -> None:
        """Kecamatan and kabupaten pass what lies before them; whom they doubt, the pendamping visits."""
        verifikator = self.cast["verifikator1"]
        for person in self.cast:
            if person.role == "operator_kecamatan" and (mine := person.cases(state=["diajukan"])):
                person.move("usulan.teruskan", mine, note="Lengkap.")
        ready = verifikator.cases(state=["verif_dinsos"])
        if not ready:
            return
        passed = verifikator.move("usulan.nyatakan_lengkap", ready)
        left = verifikator.cases(state=["verif_dinsos"])
        if left:
            self._visit(verifikator, left)
        self.say(f"  {verifikator.name}: {passed.get('dipindah', 0)} complete, {len(left)} visited first.")

    def _visit(self, verifikator: Person, cases: list[Case]) -> None:
        pendamping = self.cast["pendamping1"]
        named = {"petugas_ditunjuk": {"pengguna": pendamping.username}}
        verifikator.move("usulan.minta_ground_check", cases, evidence=named)
        pendamping.move("usulan.laporkan_hasil", pendamping.cases(state=["ground_check"]), evidence=_FORM)
        results = verifikator.cases(state=["hasil_cek"])
        verifikator.move("usulan.simpulkan_layak", results, evidence={"formulir_cek": _FORM["formulir_cek"]})

    def _approve(self, month: datetime) -> int:
        """Let the head of Dinsos approve the month's list; return how many."""
        kadinsos, verifikator = self.cast["kadinsos"], self.cast["verifikator1"]
        if not verifikator.cases(state=["siap_sah"]):
            self.say("  The window of this month passes without a list.")
            return 0
        batch = until("the kabupaten's batch", lambda: batch_of(verifikator, "pengesahan", month))
        decided = kadinsos.decide("pengesahan", batch, evidence={"surat_pengesahan": {"nomor": f"400/{batch}"}})
        cases: int = decided["cases"]
        self.say(f"  {kadinsos.name} approves {cases}.")
        return cases
