"""The verval cycles of the year's story: they open by themselves; one village finishes, one is late, most are empty."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from alur.demo.client import People, Person, until
from alur.demo.proposal import Say

Case = dict[str, Any]

IN_TIME, LATE = 3, 4
"""Numbers of the two villages whose heads take part; the registered families of the first two stand in lists."""
_VISIT = {"formulir_cek": {"lembar": 1}, "foto_geotag_2": {"foto": 2}, "responden": {"hubungan": "kepala keluarga"}}


class Cycle:
    """The verval cycles as Pusdatin, the kabupaten and two villages live them."""

    def __init__(self, cast: People, say: Say) -> None:
        self.cast, self.say = cast, say
        self.pusdatin, self.verifikator = cast["pusdatin1"], cast["verifikator1"]
        self.closed: list[dict[str, Any]] = []

    def ask(self, until_day: datetime) -> None:
        """Let two persons of Pusdatin decide the schedule that waits, for the whole year."""
        waits = until("the schedule to be asked for", lambda: self._gate("siklus_jadwal"))
        letter = {"nomor": f"SE/{waits['id']}", "berlaku_sampai": until_day.date().isoformat()}
        for who in ("pusdatin1", "pusdatin2"):
            self.cast[who].post(
                f"/approvals/{waits['id']}/decisions", {"verdict": "setuju", "evidence": {"surat_edaran": letter}}
            )
        self.say(f"  Two persons of Pusdatin decide the year's cycles, until {letter['berlaku_sampai']}.")

    def _gate(self, name: str) -> dict[str, Any] | None:
        waiting = self.pusdatin.get("/approvals")["approvals"]
        return next((each for each in waiting if each["gate"].startswith(name)), None)

    def newest(self) -> dict[str, Any]:
        """Return the newest cycle."""
        cycles: list[dict[str, Any]] = self.pusdatin.get("/cycles")["cycles"]
        return cycles[0] if cycles else {"period": 0, "state": None}

    def opened(self, period: int) -> None:
        """See that a cycle has opened by itself, its list frozen."""
        until(f"cycle {period} to open by itself", lambda: self.newest()["period"] == period and self._runs())
        cycle = self.newest()
        self.say(
            f"  Cycle {period} opens by itself: {cycle['keluarga']} families in {cycle['desa']} villages are frozen."
        )

    def _runs(self) -> bool:
        return self.newest()["state"] == "berjalan" and bool(self._villages("dibagikan"))

    def _villages(self, *states: str) -> list[Case]:
        return self.verifikator.cases(machine="siklus_desa", state=list(states))

    def _village(self, n: int, *states: str) -> Case | None:
        region = self.cast.regions[f"kades{n}"]
        return next((case for case in self._villages(*states) if case["region"] == region), None)

    def begin(self) -> None:
        """The verifikator sends an officer to two villages; nobody is sent to the others."""
        named = {"petugas_ditunjuk": {"pengguna": ["pendamping1"]}}
        mine = [case for n in (IN_TIME, LATE) if (case := self._village(n, "dibagikan"))]
        self.verifikator.move("siklus_desa.mulai_pendataan", mine, evidence=named)
        self.say(f"  {self.verifikator.name} sends an officer to {len(mine)} villages; the others have nobody.")

    def visit(self, n: int, share: float = 1.0) -> None:
        """The officer visits a village's families, or a share of them; one in six is found able to help itself."""
        pendamping, region = self.cast["pendamping1"], self.cast.regions[f"kades{n}"]
        left = [c for c in pendamping.cases(machine="kunjungan", state=["ditugaskan"]) if c["region"] == region]
        part = left[: max(round(len(left) * share), 1)]
        able = part[::6] if len(part) > 1 else []
        kept = [case for case in part if case not in able]
        pendamping.move("kunjungan.catat_hasil", kept, reason="TETAP_LAYAK", evidence=_VISIT)
        pendamping.move("kunjungan.catat_hasil", able, reason="TIDAK_LAYAK", evidence=_VISIT)
        self.say(
            f"  {pendamping.name} visits {len(part)} of {len(left)} families of village {n}; {len(able)} are able."
        )

    def finish(self, n: int) -> None:
        """A village whose visits are recorded signs, is checked again by sample, and is approved."""
        kades, kadinsos = self.cast[f"kades{n}"], self.cast["kadinsos"]
        village = until(f"village {n} to be recorded", lambda: self._village(n, "musdes"))
        kades.move("siklus_desa.sahkan_ba", [village], evidence={"berita_acara": {"nomor": 1}, "bnba": {"lembar": 1}})
        sample = self.verifikator.get(f"/cycles/villages/{village['id']}/sample")["visits"]
        checked = [{"visit": visit} for visit in sample]
        self.verifikator.post(f"/cycles/villages/{village['id']}/sample", {"checked": checked})
        decide(kadinsos, "siklus_sah", {"surat_pengesahan": {"nomor": f"440/{village['id']}"}})
        until(f"village {n} to be closed", lambda: self._village(n, "ditutup"))
        self.say(f"  Village {n}: {kades.name} signs, {len(checked)} are checked again, {kadinsos.name} approves.")

    def late(self) -> int:
        """See which villages the cycle's last day has passed; nothing of theirs is lost."""
        late: list[Case] = until("late villages to be marked", lambda: self._villages("terlewat"))
        self.say(f"  The cycle's time is over: {len(late)} villages are late, and keep what they recorded.")
        return len(late)

    def extend(self, n: int) -> None:
        """Pusdatin gives one late village more time, and it finishes."""
        village = until(f"village {n} to be late", lambda: self._village(n, "terlewat"))
        asked = {"permohonan_kepala_dinas": {"nomor": f"440/{village['id']}"}}
        self.pusdatin.move("siklus_desa.perpanjang", [village], reason="PERPANJANGAN", evidence=asked)
        self.say(f"  Pusdatin gives village {n} more time.")
        self.visit(n)
        self.finish(n)

    def close(self, period: int, look: Say) -> dict[str, Any]:
        """Pusdatin closes late villages without loss; a third person reads the report and closes the cycle."""
        late = self._villages("terlewat")
        self.pusdatin.move("siklus_desa.tutup_terlewat", late, reason="BELUM_VERVAL", note="tanpa petugas")
        look("tutup")
        cycle = self.newest()
        decide(self.cast["pusdatin3"], f"siklus_tutup.{period}", {})
        until(f"cycle {period} to be closed", lambda: self.newest()["state"] == "ditutup")
        missed = self._unreached(cycle["id"])
        held = {family["petugas"] or f"kantor {family['kantor']}" for family in missed}
        told = {"period": period, "families": cycle["keluarga"], "missed": len(missed), "late": len(late)}
        self.closed.append(told)
        self.say(
            f"  Cycle {period} is closed by a third person: {told['families'] - told['missed']} of {told['families']} "
            f"families reached; the report names the other {told['missed']}, held by {', '.join(sorted(held)) or '-'}."
        )
        return told

    def _unreached(self, cycle: int) -> list[dict[str, Any]]:
        """Return the families that the report says nobody reached."""
        found: list[dict[str, Any]] = []
        after = 0
        while True:
            page = self.pusdatin.get(f"/cycles/{cycle}/report", after=after, limit=200)
            found += [family for village in page["villages"] for family in village["isi"]["tidak_terjangkau"]]
            if page["next"] is None:
                return found
            after = page["next"]


def decide(person: Person, gate: str, evidence: dict[str, Any]) -> None:
    """Wait until a gate of this name is open to a person, decide it, and see it carried out."""

    def waiting() -> dict[str, Any] | None:
        found = person.get("/approvals")["approvals"]
        return next((each for each in found if each["gate"].startswith(gate)), None)

    approval = until(f"gate {gate} to open for {person.username}", waiting)
    person.post(f"/approvals/{approval['id']}/decisions", {"verdict": "setuju", "evidence": evidence})
    until(
        f"gate {gate} to be carried out",
        lambda: person.get(f"/approvals/{approval['id']}/state")["state"] == "dijalankan",
    )
