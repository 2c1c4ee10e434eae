"""First half of the story: two village lists, from the spreadsheet to the decree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from alur.demo.client import Failed, People, Person, until
from alur.demo.truth import Cards

Say = Callable[[str], None]
Travel = Callable[[datetime], None]
Case = dict[str, Any]


def propose(cast: People, cards: Cards, lists: Path, month: datetime, travel: Travel, say: Say) -> dict[str, Any]:
    """Carry the villages' lists to registrations and memberships; return where their cases stand."""
    seen: dict[str, bool] = {}
    for n in (1, 2):
        _village(cast, cards, lists, n, seen, say)
    _kabupaten(cast, month, travel, seen, say)
    centre(cast, month, travel, seen, say)
    cases = [case for n in (1, 2) for case in cast[f"operator{n}"].cases(machine="usulan")]
    mine = [case for case in cases if datetime.fromisoformat(case["opened_at"]) >= month]
    states = Counter(f"{case['label']}" for case in mine)
    example = next((case["id"] for case in mine if case["state"].startswith("ditolak")), mine[0]["id"])
    return {"states": dict(states), "seen": seen, "example": example}


def _in(person: Person, batch: int, *states: str) -> list[Case]:
    return person.cases(batch=batch, state=list(states))


def upload(operator: Person, file: Path, region: int) -> dict[str, Any]:
    """Send a village's list; the answer names its batch, and whether the same file was sent before (`repeated`)."""
    with file.open("rb") as content:
        answer: dict[str, Any] = operator.post(
            "/imports", files={"file": (file.name, content)}, data={"region": str(region)}
        )
    return answer


def _send(operator: Person, lists: Path, region: int) -> tuple[Path, dict[str, Any]]:
    """Send the village's first list that nobody sent before; the same file twice changes nothing."""
    files = sorted(lists.glob(f"usulan-{region}*.xlsx"), key=lambda file: (len(file.name), file.name))
    for file in files:
        done = upload(operator, file, region)
        if not done["repeated"]:
            return file, done
    if files:
        raise Failed(f"all {len(files)} lists of village {region} were sent before; a new ALUR_HOME begins anew")
    raise Failed(f"{lists}/usulan-{region}.xlsx is missing; `alur seed` writes it")


def _village(cast: People, cards: Cards, lists: Path, n: int, seen: dict[str, bool], say: Say) -> None:
    operator, kades = cast[f"operator{n}"], cast[f"kades{n}"]
    region = cast.regions[operator.username]
    file, done = _send(operator, lists, region)
    batch: int = done["batch"]
    say(f"{operator.name} sends {file.name}: {done['good']} families enter, {done['bad']} come back to be mended.")
    for error in done["errors"][:2]:
        say(f"    {error['sheet']} row {error['row']}, {error['column']}: {error['message_en']} {error['cure_en']}")
    seen["a row to mend"] = seen.get("a row to mend", False) or done["bad"] > 0
    again = upload(operator, file, region)
    seen["the same file twice changes nothing"] = again["repeated"] and again["batch"] == batch
    until(
        "the identity check",
        lambda: not _in(operator, batch, "draf", "cek_data") and _in(operator, batch, "padan", "tidak_padan"),
    )
    _tell(operator, batch, "Dukcapil answered", say)
    _mend(operator, cards, batch, seen, say)
    _meeting(operator, kades, batch, seen, say)


def _tell(person: Person, batch: int, what: str, say: Say) -> None:
    counts = Counter(case["state"] for case in person.cases(batch=batch))
    say(f"    {what}: " + ", ".join(f"{n} {state}" for state, n in sorted(counts.items())))


def _mend(operator: Person, cards: Cards, batch: int, seen: dict[str, bool], say: Say) -> None:
    """Mend what Dukcapil did not match, from the family's own cards, and send it to the check again."""
    mended = []
    for case in _in(operator, batch, "tidak_padan"):
        family = operator.get(f"/households/{case['household_id']}")
        edit = _corrections(cards, family, case["region"])
        if not edit:
            continue
        difference = operator.patch(f"/households/{family['id']}", {"version": family["version"]} | edit)
        evidence = {
            "beda_isian": {"identitas": difference["identitas"], "beda": len(difference["differences"])},
            "bukti_identitas": {"dokumen": "KTP dan KK asli diperlihatkan"},
        }
        operator.post(
            f"/cases/{case['id']}/transitions",
            {"trigger": "usulan.perbaiki_data", "version": case["version"], "evidence": evidence},
        )
        mended.append(case["id"])
    if not mended:
        return
    until("the second identity check", lambda: not _in(operator, batch, "cek_data"))
    good = [case for case in operator.cases(batch=batch, state=["padan"]) if case["id"] in mended]
    seen["an anomaly mended"] = seen.get("an anomaly mended", False) or bool(good)
    say(f"    {operator.name} mends {len(mended)} from their cards; {len(good)} match now.")


def _corrections(cards: Cards, family: dict[str, Any], village: int) -> dict[str, Any]:
    edit: dict[str, Any] = {}
    members = []
    for member in family["members"]:
        card = cards.of(member, village)
        if card is None:
            continue
        change = {"id": member["id"]}
        if card["nama"].casefold() != member["nama"].casefold():
            change["nama"] = card["nama"]
        if card["nik"][-4:] != member["nik"][-4:] or card["nik"][:6] != member["nik"][:6]:
            change["nik"] = card["nik"]
        if len(change) > 1:
            members.append(change)
        if member["hubungan"] == 1 and (
            card["no_kk"][-4:] != family["no_kk"][-4:] or card["no_kk"][:6] != family["no_kk"][:6]
        ):
            edit["no_kk"] = card["no_kk"]
    if members:
        edit["members"] = members
    return edit


def _meeting(operator: Person, kades: Person, batch: int, seen: dict[str, bool], say: Say) -> None:
    """The village meeting: the head signs the minutes; two families are not agreed on."""
    ready = _in(operator, batch, "padan")
    operator.move("usulan.masuk_musdes", ready, evidence={"id_batch_musdes": {"nomor": batch}})
    refused = ready[:1]
    put_off = ready[1:2]
    kades.decide(
        "musdes",
        batch,
        evidence={
            "berita_acara": {"nomor": f"BA/{batch}/2026"},
            "daftar_hadir": {"hadir": 34},
            "bnba": {"keluarga": len(ready)},
        },
        excepts=[
            *(
                {"case": case["id"], "trigger": "usulan.tidak_sepakat", "reason": "MAMPU", "note": "Punya dua kios."}
                for case in refused
            ),
            *(
                {"case": case["id"], "trigger": "usulan.tunda_musdes", "note": "Keluarga belum hadir."}
                for case in put_off
            ),
        ],
    )
    until("the meeting's outcome", lambda: not _in(operator, batch, "musyawarah"))
    agreed = _in(operator, batch, "usulan_final")
    say(f"    The meeting agrees on {len(agreed)}, refuses {len(refused)}, puts {len(put_off)} off.")
    seen["refused by the meeting"] = bool(refused)
    sent = operator.move("usulan.kirim", agreed)
    say(f"    {operator.name} sends {sent.get('dipindah', 0)} to the kecamatan.")


def _kabupaten(cast: People, month: datetime, travel: Travel, seen: dict[str, bool], say: Say) -> None:
    verifikator, kadinsos = cast["verifikator1"], cast["kadinsos"]
    waiting = until("lists at the kecamatan", lambda: verifikator.cases(state=["diajukan"]))
    batch = until("the kabupaten's batch", lambda: batch_of(verifikator, "pengesahan", month))
    until("the hand-over", lambda: all(c["batch"] == batch for c in verifikator.cases(state=["diajukan"])))
    _kecamatan(cast, waiting, seen, say)
    ready = verifikator.cases(state=["verif_dinsos"])
    refused, visited = ready[:1], ready[1:4]
    verifikator.move(
        "usulan.tolak",
        refused,
        reason="PEKERJAAN",
        note="Kepala keluarga ASN menurut BKN.",
        evidence={"bukti_alasan": {"sumber": "BKN"}},
    )
    verifikator.move("usulan.minta_ground_check", visited, evidence={"petugas_ditunjuk": {"pengguna": "pendamping1"}})
    passed = verifikator.move("usulan.nyatakan_lengkap", ready[4:])
    doubtful = [o["case"] for o in verifikator.last if o["outcome"] == "ditolak"]
    if doubtful:
        more = [case for case in verifikator.cases(state=["verif_dinsos"]) if case["id"] in doubtful]
        verifikator.move("usulan.minta_ground_check", more, evidence={"petugas_ditunjuk": {"pengguna": "pendamping1"}})
    say(
        f"{verifikator.name}: {passed.get('dipindah', 0)} complete, {len(refused)} refused, "
        f"{len(visited) + len(doubtful)} to be visited."
    )
    _visits(cast, seen, say)
    travel(month.replace(day=15))
    ready = verifikator.cases(state=["siap_sah"])
    decided = kadinsos.decide(
        "pengesahan",
        batch,
        evidence={"surat_pengesahan": {"nomor": f"400/{batch}/Dinsos"}},
        excepts=[
            {
                "case": case["id"],
                "trigger": "usulan.kembalikan_pengesahan",
                "reason": "DATA_JANGGAL",
                "note": "Alamat perlu diperiksa lagi.",
            }
            for case in ready[:1]
        ],
    )
    until("the approval", lambda: not verifikator.cases(state=["siap_sah"]))
    seen["returned by the head of Dinsos"] = bool(ready[:1])
    say(f"{kadinsos.name} approves {decided['cases'] - 1} and returns one.")


def batch_of(person: Person, kind: str, month: datetime) -> int | None:
    """Return a month's batch of a kind, None before it is there."""
    period = month.year * 100 + month.month
    rows = person.get("/batches", kind=kind, limit=200)["batches"]
    return next((row["id"] for row in rows if row["period"] == period), None)


def _kecamatan(cast: People, waiting: list[Case], seen: dict[str, bool], say: Say) -> None:
    kecamatan = cast["kecamatan1"]
    mine = kecamatan.cases(state=["diajukan"])
    returned = mine[:1]
    kecamatan.move(
        "usulan.kembalikan_kecamatan", returned, reason="BERKAS_KURANG", note="Foto rumah depan tidak terbaca."
    )
    forwarded = kecamatan.move("usulan.teruskan", mine[1:], note="Lengkap.")
    say(f"{kecamatan.name}: forwards {forwarded.get('dipindah', 0)} of {len(waiting)}, returns {len(returned)}.")
    for case in returned:
        operator = next(p for p in cast if p.role == "operator_desa" and cast.regions[p.username] == case["region"])
        operator.post(
            f"/cases/{case['id']}/transitions",
            {"trigger": "usulan.perbaiki_kirim", "evidence": {"beda_isian": {"foto": "diganti"}}},
        )
        operator.post(f"/cases/{case['id']}/transitions", {"trigger": "usulan.kirim"})
    until("the returned case to come back", lambda: kecamatan.cases(state=["diajukan"]))
    kecamatan.move("usulan.teruskan", kecamatan.cases(state=["diajukan"]), note="Sudah lengkap.")
    seen["returned by the kecamatan and mended"] = True


def _visits(cast: People, seen: dict[str, bool], say: Say) -> None:
    pendamping, verifikator = cast["pendamping1"], cast["verifikator1"]
    assigned = pendamping.cases(state=["ground_check"])
    pendamping.move(
        "usulan.laporkan_hasil",
        assigned,
        evidence={
            "formulir_cek": {"hasil": "layak"},
            "foto_geotag_2": {"foto": 2},
            "responden": {"hubungan": "kepala keluarga"},
        },
    )
    results = verifikator.cases(state=["hasil_cek"])
    verifikator.move(
        "usulan.simpulkan_tidak_layak", results[:1], reason="MAMPU", evidence={"formulir_cek": {"hasil": "mampu"}}
    )
    verifikator.move("usulan.simpulkan_layak", results[1:], evidence={"formulir_cek": {"hasil": "layak"}})
    seen["visited and found not eligible"] = bool(results)
    say(f"{pendamping.name} visits {len(assigned)} families; one is found able to help itself.")


def centre(cast: People, month: datetime, travel: Travel, seen: dict[str, bool], say: Say) -> None:
    """The data pull, quality control, ranking, the decree of two persons, and the lists of the programmes."""
    pusdatin, auditor = cast["pusdatin1"], cast["auditor"]
    travel(month.replace(day=18))
    batch = until("the data pull", lambda: batch_of(pusdatin, "penetapan", month))
    quality = pusdatin.decide("qc_pusat", batch)
    say(f"Day 18: {quality['cases']} families are pulled to the centre; {pusdatin.name} passes them.")
    number = f"{month:%m}/HUK/{month:%Y}-{batch}"
    for minister in ("menteri1", "menteri2"):
        decided = cast[minister].decide("penetapan", batch, evidence={"nomor_sk": {"nomor": number}})
    say(f"BPS ranks them; two persons of the Minister's side sign SK {number}.")
    seen["decreed by two persons"] = decided["people"] >= 2  # noqa: PLR2004
    until(
        "the assessment of memberships",
        lambda: (
            not auditor.cases(machine="kepesertaan", state=["dinilai"])
            and auditor.cases(batch=batch, machine="kepesertaan")
        ),
    )
    for programme in ("PKH", "SEMBAKO"):
        if not auditor.cases(batch=batch, programme=programme, state=["menunggu_sk"]):
            continue
        for who in ("direktorat1", "direktorat2"):
            cast[f"{who}.{programme.lower()}"].decide(
                f"sk_program.{programme}", batch, evidence={"nomor_sk": {"nomor": f"{programme}/{number}"}}
            )
    until("programme lists", lambda: not auditor.cases(batch=batch, state=["menunggu_sk"]))
    counts = Counter(
        f"{case['programme']} {case['label']}" for case in auditor.cases(batch=batch, machine="kepesertaan")
    )
    say("    " + ", ".join(f"{n} {label}" for label, n in sorted(counts.items())))
