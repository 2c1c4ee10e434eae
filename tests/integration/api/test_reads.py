"""Who looked at a family: written down with what was read, told to auditors and to the family, to nobody else."""

from __future__ import annotations

import re
from typing import Any

import httpx
import psycopg
import pytest

from models.database import sync_connect
from models.install import role_dsn
from tests.integration.api.kit import OPEN_NUMBER, Caller, Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")

PURPOSE = {"purpose": "VERIFIKASI", "words": "Mencocokkan dengan KK di loket"}


async def looks(place: Place, family: int) -> list[dict[str, Any]]:
    cursor = await place.world.admin.execute(
        "SELECT e.*, r.id AS role_id FROM read_event e JOIN role r ON r.code = e.role WHERE household_id = %s "
        "ORDER BY e.id",
        (family,),
    )
    return await cursor.fetchall()


async def citizen(place: Place, family: int) -> Caller:
    who = await place.person("warga", f"warga {family}")
    await place.world.admin.execute("UPDATE assignment SET household_id = %s WHERE user_id = %s", (family, who.user))
    return who


async def account(place: Place, family: int) -> None:
    """Give a family's first member an account."""
    await place.world.admin.execute(
        "INSERT INTO account (household_id, person_id, bank, number, status, opened_at, act) "
        "SELECT household_id, id, 'BRI', %s, 'aktif', alur_now(), 0 FROM person WHERE household_id = %s LIMIT 1",
        (f"002301000{family:06d}", family),
    )


# -- what is written down ------------------------------------------------------------------------------------------


async def test_a_look_is_one_row_with_who_where_and_which_request(place: Place) -> None:
    (case,) = await place.stand("U01 U02 U05 U11 U15 U19")
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    verifikator = await place.person("verifikator_kab")
    for path, what in (
        (f"/households/{family}", "keluarga"),
        (f"/households/{family}/history", "riwayat"),
        (f"/cases/{case}", "kasus"),
        (f"/cases/{case}/facts", "bukti"),
        (f"/audit/cases/{case}", "kasus"),
    ):
        before = len(await looks(place, family))
        answer = await verifikator.ask("GET", path, headers={"X-Request-Id": f"r-{before}"})
        done(answer)
        *_, row = made = await looks(place, family)
        assert len(made) == before + 1
        assert (row["what"], row["user_id"], row["role_id"]) == (what, verifikator.user, "verifikator_kab")
        assert (row["office"], row["region"], row["request"]) == (place.kabupaten, place.village, f"r-{before}")
        assert row["case_id"] == (case if "/cases/" in path else None)


async def test_what_is_not_found_and_what_is_a_list_leaves_no_row(place: Place, home: Place) -> None:
    (family,) = await place.families(1)
    stranger = await home.person("verifikator_kab")
    problem(await stranger.get(f"/households/{family}"), 404)
    problem(await stranger.post(f"/households/{family}/numbers", PURPOSE), 404)
    operator = await place.person("operator_desa")
    done(await operator.search(name="Anggota"))
    done(await operator.get("/cases", household=family))
    assert await looks(place, family) == []


async def test_a_family_s_own_look_is_nobody_s_business(place: Place) -> None:
    (family,) = await place.families(1)
    warga = await citizen(place, family)
    done(await warga.get(f"/households/{family}"))
    assert await looks(place, family) == []


async def test_a_stand_in_s_look_names_both(place: Place) -> None:
    (family,) = await place.families(1)
    giver = await place.person("verifikator_kab", "ani")
    colleague = await place.person("verifikator_kab", "budi")
    delegation = await place.value(
        "SELECT delegation_begin(a, %s, alur_now(), alur_now() + interval '3 days', 'cuti', NULL) FROM assignment a "
        "WHERE a.user_id = %s",
        colleague.user,
        giver.user,
    )
    session = await place.value(
        "INSERT INTO session (assignment_id, issued_at, expires_at) VALUES (%s, now(), now() + interval '1 day') "
        "RETURNING id",
        delegation,
    )
    done(await Caller(place.http, session).get(f"/households/{family}"))
    (row,) = await looks(place, family)
    assert (row["user_id"], row["behalf"]) == (colleague.user, giver.user)


@pytest.mark.parametrize(
    "statement", ["UPDATE read_event SET words = 'x'", "DELETE FROM read_event", "TRUNCATE read_event"]
)
async def test_the_record_is_not_changed_not_even_by_its_owner(place: Place, statement: str) -> None:
    with sync_connect(place.world.admin_dsn) as owner, pytest.raises(psycopg.Error, match="read_event"):
        owner.execute(statement.encode())


@pytest.mark.parametrize("role", ["alur_api", "alur_worker", "alur_auditor", "alur_public"])
async def test_no_role_of_ours_writes_or_reads_it_past_its_function(place: Place, role: str) -> None:
    with sync_connect(role_dsn(place.world.admin_dsn, role)) as conn:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("INSERT INTO read_event DEFAULT VALUES")
        if role in {"alur_api", "alur_auditor"}:
            assert conn.execute("SELECT count(*) AS n FROM read_event").fetchone() == {"n": 0}
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                conn.execute("SELECT 1 FROM read_event")


# -- numbers -------------------------------------------------------------------------------------------------------


async def test_numbers_are_shown_open_for_a_purpose_that_is_written_down(place: Place) -> None:
    (family,) = await place.families(1)
    await account(place, family)
    operator = await place.person("operator_desa")
    answer = await operator.post(f"/households/{family}/numbers", PURPOSE)
    told = done(answer)
    assert answer.headers["Cache-Control"] == "no-store"
    stored = await place.row("SELECT h.no_kk, a.number FROM household h JOIN account a ON a.household_id = h.id "
                             "WHERE h.id = %s", family)  # fmt: skip
    assert told["no_kk"] == stored["no_kk"]
    assert [row["number"] for row in told["accounts"]] == [stored["number"]]
    assert len(told["members"]) == 2
    assert all(re.fullmatch(r"\d{16}", member["nik"]) for member in told["members"])
    (row,) = await looks(place, family)
    assert (row["what"], row["purpose"], row["words"]) == ("nomor", "VERIFIKASI", PURPOSE["words"])


async def test_without_a_purpose_that_policy_names_nothing_is_shown(place: Place) -> None:
    (family,) = await place.families(1)
    operator = await place.person("operator_desa")
    problem(await operator.post(f"/households/{family}/numbers", PURPOSE | {"purpose": "INGIN_TAHU"}), 422,
            "tujuan_tidak_dikenal")  # fmt: skip
    for words in ("", "x", "NIK 3204050101800001", "cek 3204 0501 0180 0001", "rek 0023-0100-0000-017"):
        problem(await operator.post(f"/households/{family}/numbers", PURPOSE | {"words": words}), 422, "isian_salah")
    problem(await operator.post(f"/households/{family}/numbers", {}), 422, "isian_salah")
    assert await looks(place, family) == []
    codes = {row["code"] for row in done(await operator.get("/reads/purposes"))["purposes"]}
    assert PURPOSE["purpose"] in codes


@pytest.mark.parametrize("role", ["admin_kab", "admin_provinsi", "admin_pusat"])
async def test_an_administrator_of_accounts_never_sees_them(place: Place, role: str) -> None:
    (family,) = await place.families(1)
    answer = await (await place.person(role)).post(f"/households/{family}/numbers", PURPOSE)
    problem(answer, 403, "nomor_tetap_tersamar")
    assert await looks(place, family) == []


async def everything(who: Caller, family: int, case: int) -> list[httpx.Response]:
    """Return what anybody may read about a family and its case."""
    paths = [
        f"/households/{family}", f"/households/{family}/history", f"/cases/{case}", f"/cases/{case}/facts",
        f"/cases/{case}/actions", f"/cases?household={family}", f"/audit/transitions?case={case}",
        f"/audit/cases/{case}", f"/audit/refusals?case={case}", f"/cases/{case}/documents", "/stuck", "/notices",
    ]  # fmt: skip
    return [await who.get(path) for path in paths] + [await who.search(name="Anggota")]


async def test_no_answer_shows_a_number_open(place: Place) -> None:
    """Numbers stand in the register, in evidence, in notes and in history; no page of the API shows one whole."""
    operator = await place.person("operator_desa")
    (case,) = await place.drafts(operator)
    family = await place.value("SELECT household_id FROM case_ WHERE id = %s", case)
    number, secret = "3204050101801234", "002301000000017"
    told = {"evidence": {"variabel": {"nik": number, "teks": f"NIK {number}"}}, "note": f"KK {number}"}
    done(await operator.post(f"/cases/{case}/facts", told), 201)
    await place.world.admin.execute("SET ROLE alur_door")
    await place.world.admin.execute(
        "INSERT INTO fact (case_id, kind, act, at, source, value) "
        "SELECT %s, code, nextval('act_id'), alur_now(), 'bank', jsonb_build_object('nomor', %s::text) "
        "FROM fact_kind WHERE id = 'rekening'",
        (case, secret),
    )
    await place.world.admin.execute("RESET ROLE")
    seen = await place.row("SELECT no_kk FROM household WHERE id = %s", family)
    version = done(await operator.get(f"/households/{family}"))["version"]
    changed = {"version": version, "no_kk": f"{place.village // 10_000}3112259999"}
    done(await operator.patch(f"/households/{family}", changed))
    problem(await operator.move(case, "usulan.kirim", note=f"NIK {number}"), 409)
    for who in (operator, await place.person("verifikator_kab"), await place.person("auditor")):
        for answer in await everything(who, family, case):
            shown = answer.text
            assert number not in shown, answer.url
            assert seen["no_kk"] not in shown, answer.url
            assert secret not in shown, answer.url
            assert not OPEN_NUMBER.search(shown), (answer.url, OPEN_NUMBER.search(shown))
        page = (await who.get(f"/cases/{case}")).text
        assert "320405••••••1234" in page
        assert "002301•••••0017" in page


async def test_an_import_s_mistakes_show_no_number_open(place: Place) -> None:
    header = (
        "no_kk,nik,nama,tempat_lahir,tanggal_lahir,jk,hubungan,status_kawin,kode_desa,rt,rw,alamat,jenis_usulan\r\n"
    )
    line = (
        f"3204050101269999,3204059913809999,Euis,Bandung,12-05-1980,2,1,2,{place.village},001,002,Jl. Melati,BARU\r\n"
    )
    answer = await (await place.person("operator_desa")).upload(
        (header + line).encode(), place.village, name="usulan.csv"
    )
    assert answer.status_code in {201, 422}, answer.text
    assert not OPEN_NUMBER.search(answer.text), answer.text


# -- who is told ---------------------------------------------------------------------------------------------------


async def test_an_auditor_asks_by_reader_family_region_and_time(place: Place, home: Place) -> None:
    first, second = await place.families(2)
    operator, verifikator = await place.person("operator_desa"), await place.person("verifikator_kab")
    for who, family in ((operator, first), (verifikator, first), (verifikator, second)):
        done(await who.get(f"/households/{family}"))
    auditor = await home.person("auditor")

    async def found(**wanted: Any) -> list[tuple[int, int]]:
        rows = done(await auditor.get("/audit/reads", **wanted))["reads"]
        return [(row["account"], row["household"]) for row in rows]

    assert await found(household=first) == [(verifikator.user, first), (operator.user, first)]
    assert await found(account=verifikator.user) == [(verifikator.user, second), (verifikator.user, first)]
    assert len(await found(region=str(place.village))) == 3
    assert await found(region=str(place.neighbour)) == []
    assert await found(household=first, what="nomor") == []
    moment = (await place.world.now()).isoformat()
    assert await found(household=first, until=moment) == await found(household=first)
    assert await found(household=first, **{"from": moment}) == []
    page = done(await auditor.get("/audit/reads", region=str(place.village), limit=2))
    rest = done(await auditor.get("/audit/reads", region=str(place.village), limit=2, before=page["next"]))
    assert [row["household"] for row in page["reads"] + rest["reads"]] == [second, first, first]
    assert rest["next"] is None


async def test_nobody_else_sees_who_looked(place: Place) -> None:
    for role in ("operator_desa", "kades", "verifikator_kab", "kepala_dinas", "admin_kab", "pusdatin", "warga", "bank"):
        who = await place.person(role)
        for path in ("/audit/reads", "/audit/reads/unusual"):
            problem(await who.get(path), 403, "pembaca_bukan_wewenang")


async def test_a_family_sees_which_office_looked_when_and_why_and_no_name(place: Place) -> None:
    family, other = await place.families(2)
    operator = await place.person("operator_desa", "Dadang Rahasia")
    done(await operator.get(f"/households/{family}"))
    done(await operator.post(f"/households/{family}/numbers", PURPOSE))
    done(await operator.get(f"/households/{other}"))
    warga = await citizen(place, family)
    answer = await warga.get("/reads/mine")
    newest, oldest = done(answer)["readers"]
    assert (newest["role"], newest["office"], newest["what"]) == ("operator_desa", place.village, "nomor")
    assert (newest["purpose"], newest["purpose_label"]) == ("VERIFIKASI", "Memeriksa data terhadap KTP atau KK")
    assert (oldest["what"], oldest["purpose"]) == ("keluarga", None)
    assert "Dadang" not in answer.text
    assert PURPOSE["words"] not in answer.text
    assert done(await operator.get("/reads/mine"))["readers"] == []
    page = done(await warga.get("/reads/mine", limit=1))
    rest = done(await warga.get("/reads/mine", limit=1, before=page["next"]))
    assert [row["what"] for row in page["readers"] + rest["readers"]] == ["nomor", "keluarga"]


async def test_more_than_policy_calls_usual_stands_out(place: Place, home: Place) -> None:
    await place.world.policy({"baca.wajar": {"keluarga_hari": 2, "nomor_hari": 1}})
    try:
        families = await place.families(3)
        busy, calm, curious = [await place.person("operator_desa", name) for name in ("busy", "calm", "curious")]
        for family in families:
            done(await busy.get(f"/households/{family}"))
            done(await calm.get(f"/households/{families[0]}"))
        for family in families[:2]:
            done(await curious.post(f"/households/{family}/numbers", PURPOSE))
        auditor = await home.person("auditor")
        days = done(await auditor.get("/audit/reads/unusual", limit=200))["days"]
        mine = {row["account"]: row for row in days if row["account"] in {busy.user, calm.user, curious.user}}
        assert set(mine) == {busy.user, curious.user}
        assert (mine[busy.user]["families"], mine[busy.user]["opened"]) == (3, 0)
        assert (mine[curious.user]["families"], mine[curious.user]["opened"]) == (2, 2)
        rows = done(await auditor.get("/audit/reads", region=str(place.village)))["reads"]
        assert {row["account"] for row in rows if row["unusual"]} == {busy.user, curious.user}
    finally:
        await place.world.policy({"baca.wajar": {"keluarga_hari": 150, "nomor_hari": 30}})
