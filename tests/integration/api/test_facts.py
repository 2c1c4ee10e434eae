"""What is known about a case: by whom, how long it is fresh, and what it still counts for, as the door judges it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from models.case.commands import CaseFact, write_facts
from state_machines import MACHINES
from state_machines.documents import DOCUMENTS, GEOTAGGED
from state_machines.facts import FACT_KINDS, writers
from tests.integration.api.kit import Caller, Place, done, problem
from tests.integration.door.kit import NATIONAL

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def facts(who: Caller, case: int) -> dict[str, dict[str, Any]]:
    """Return the newest fact of each kind."""
    told = done(await who.get(f"/cases/{case}/facts"))["facts"]
    return {row["kind"]: row for row in reversed(told)}


async def remembered(place: Place, case: int, kind: str, age: timedelta) -> None:
    """Write a fact as the door wrote it some time ago."""
    async with place.world.admin.transaction():
        await place.world.admin.execute("SET LOCAL ROLE alur_door")
        await place.world.admin.execute(f"SELECT {NATIONAL}")
        await place.world.admin.execute(
            "INSERT INTO fact (case_id, kind, act, at, source, value) SELECT %s, k.code, t.act, alur_now() - %s, "
            "'pendamping', %s FROM fact_kind k, transition t WHERE k.id = %s AND t.case_id = %s AND t.version = 1",
            (case, age, Jsonb({"ada": True}), kind, case),
        )


async def agree(who: Caller, case: int) -> int:
    """Demand that every need of every action is told missing exactly when no fact counts for it; return how many."""
    told = done(await who.get(f"/cases/{case}/facts"))["facts"]
    counted = {need for row in told for need in row["counts_for"]}
    derived = {kind.id for kind in FACT_KINDS if kind.derived}
    actions = done(await who.get(f"/cases/{case}/actions"))
    seen = 0
    for action in actions["open"] + actions["closed"]:
        for need in set(action["needs"]) - derived:
            assert (need in action["missing"]) is (need not in counted), (action["rule"], need)
            seen += 1
    return seen


async def test_a_fact_is_told_with_who_said_it_and_when(place: Place) -> None:
    who = await place.person("operator_desa")
    [case] = await place.drafts(who)
    done(await who.post(f"/cases/{case}/facts", {"evidence": {"bukti_identitas": {"nomor": "7"}}}), 201)
    reader = await place.person("verifikator_kab")
    told = (await facts(reader, case))["bukti_identitas"]
    assert (told["label"], told["label_en"]) == ("Bukti identitas", "Proof of identity")
    assert told["value"] == {"nomor": "7"}
    assert (told["source"], told["actor"]) == ("operator_desa", who.name.title())
    assert (told["counts"], told["counts_for"]) == (True, ["bukti_identitas"])
    assert (told["fresh_until"], told["counts_from"]) == (None, None)
    age = await place.world.now() - datetime.fromisoformat(told["at"])
    assert timedelta(0) <= age < timedelta(minutes=5)


@pytest.mark.parametrize("nothing", [None, "", " ", {}, [], False, 0, {"nomor": ""}, {"nomor": None, "tanggal": "  "}])
async def test_what_says_nothing_is_no_evidence(place: Place, nothing: Any) -> None:
    who = await place.person("operator_desa")
    [case] = await place.drafts(who)
    evidence = {"bukti_identitas": nothing}
    [told] = problem(await who.post(f"/cases/{case}/facts", {"evidence": evidence}), 422, "isian_salah")["fields"]
    assert (told["field"], "bukti bukti_identitas kosong" in told["message"]) == ("body.evidence", True)
    move = {"trigger": "usulan.kirim_cek", "evidence": evidence}
    problem(await who.post(f"/cases/{case}/transitions", move), 422, "isian_salah")
    assert "bukti_identitas" not in await facts(who, case)


async def test_a_fact_of_the_state_counts_until_the_case_moves_on(place: Place) -> None:
    [case] = await place.stand("U01 U02 U05")
    head = await place.person("kades")
    operator = await place.person("operator_desa")
    evidence = {"sptjm": {"nomor": 1}, "pernyataan_terima": {"nomor": 2}}
    done(await head.post(f"/cases/{case}/facts", {"evidence": evidence}), 201)
    before = await facts(operator, case)
    assert "sptjm" in before["sptjm"]["counts_for"]
    assert await agree(operator, case) > 3
    done(await head.move(case, "usulan.teken_sptjm"), 201)
    after = await facts(operator, case)
    # Itself no longer; the choice of minutes, statement or document looks back at the whole case.
    assert after["sptjm"]["counts_for"] == ["ba_atau_sptjm_atau_dokumen"]
    assert await agree(operator, case) > 1


async def test_what_a_move_brought_for_itself_is_told_and_counts_no_more(place: Place) -> None:
    [case] = await place.stand("U01 U02 U05 U10")
    head = await place.person("kades")
    evidence = {"berita_acara": {"nomor": "BA/1"}, "daftar_hadir": {"hadir": 31}, "bnba": {"nomor": 3}}
    done(await head.move(case, "usulan.sepakati", evidence=evidence), 201)
    told = await facts(head, case)
    assert told["daftar_hadir"]["value"] == {"hadir": 31}
    assert (told["daftar_hadir"]["source"], told["daftar_hadir"]["actor"]) == ("kades", head.name.title())
    assert (told["daftar_hadir"]["counts"], told["daftar_hadir"]["counts_for"]) == (False, [])
    assert told["berita_acara"]["counts_for"] == ["ba_atau_sptjm_atau_dokumen"]
    assert len(done(await head.get(f"/cases/{case}/facts"))["facts"]) == 3


@pytest.mark.parametrize(("days", "counts"), [(179, True), (181, False)])
async def test_a_form_is_fresh_for_half_a_year(place: Place, days: int, counts: bool) -> None:
    [case] = await place.stand("U01 U02 U05 U11 U15 U19")
    await remembered(place, case, "formulir_cek", timedelta(days=days))
    verifier = await place.person("verifikator_kab")
    told = (await facts(verifier, case))["formulir_cek"]
    assert told["counts"] is counts
    span = datetime.fromisoformat(told["fresh_until"]) - datetime.fromisoformat(told["at"])
    assert span == timedelta(days=180)


@pytest.mark.parametrize(("days", "counts"), [(13, False), (15, True)])
async def test_a_notice_counts_after_its_days(place: Place, days: int, counts: bool) -> None:
    [case] = await place.stand("K01 K06 K07 K13", ago=timedelta(days=30))
    await remembered(place, case, "pemberitahuan_14_hari", timedelta(days=days))
    centre = await place.person("pusdatin")
    told = (await facts(centre, case))["pemberitahuan_14_hari"]
    assert told["counts"] is counts
    assert datetime.fromisoformat(told["counts_from"]) - datetime.fromisoformat(told["at"]) == timedelta(days=14)
    assert await agree(centre, case) > 1


async def test_facts_of_other_cases_are_not_told(place: Place) -> None:
    who = await place.person("operator_desa")
    one, other = await place.drafts(who, 2)
    system = await place.world.system()
    await write_facts(place.world.worker, system, [CaseFact(other, "kasus_asal", {"kasus": 1})])
    assert "kasus_asal" not in await facts(who, one)
    told = (await facts(who, other))["kasus_asal"]
    assert told["source"] == "sistem"


async def test_the_kinds_are_those_declared(home: Place) -> None:
    who = await home.person("auditor")
    told = {row["kind"]: row for row in done(await who.get("/facts/kinds"))["kinds"]}
    assert list(told) == [kind.id for kind in FACT_KINDS]
    for kind in FACT_KINDS:
        row = told[kind.id]
        assert (row["label"], row["label_en"]) == (kind.label, kind.label_en)
        assert set(row["writers"]) == writers(kind, MACHINES), kind.id
        assert (row["scope"], row["derived"], row["any_of"]) == (
            kind.scope,
            kind.derived,
            sorted(kind.any_of, key=[other.id for other in FACT_KINDS].index),
        )
        assert (row["fresh_days"], row["min_age_days"]) == (kind.fresh, kind.min_age)
        assert row["documents"] == DOCUMENTS.get(kind.id, 0)
        assert row["geotagged"] is (kind.id in GEOTAGGED)
