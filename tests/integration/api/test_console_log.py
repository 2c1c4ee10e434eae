"""Jejak's first signals, a region as of a moment, and objections brought from a page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.region.data import known_codes
from tests.integration.api.kit import Caller, Place, Site, done, problem
from tests.integration.api.test_console import Browser
from tests.integration.door.kit import NATIONAL, RUPIAH
from tests.support.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

MEETING, WORD = "U01 U02 U05 U10 U12", "U01 U02 U05 U11"
SENT = f"{MEETING} U15"


@pytest.fixture
async def browsers(site: Site) -> AsyncIterator[Any]:
    """Make browsers."""
    made: list[Browser] = []

    def make(who: Caller) -> Browser:
        made.append(Browser(site, who))
        return made[-1]

    yield make
    for one in made:
        await one.http.aclose()


async def rates(who: Caller, place: Place) -> dict[str, tuple[int, int]]:
    """Return part and whole of each signal over the kabupaten, its parts added up."""
    told = done(await who.get("/audit/signals", region=str(place.kabupaten)))["rates"]
    return {name: (sum(row["part"] for row in rows), sum(row["whole"] for row in rows)) for name, rows in told.items()}


@pytest.mark.usefixtures("country")
async def test_signals_count_what_the_log_says(browsers: Any, place: Place) -> None:
    await place.stand(MEETING, 3)
    await place.stand(WORD, 1)
    await place.stand(f"{SENT} U19", 2)
    await place.stand(f"{SENT} U65", 1)
    await place.stand(f"{SENT} U19 U24 U86", 1)
    await place.stand(f"{SENT} U19 U24", 1)
    who = await place.person("verifikator_kab")
    assert await rates(who, place) == {"sptjm": (1, 9), "otomatis": (1, 5), "pembalikan": (1, 2)}
    far = await place.person("verifikator_kab", "jauh", region=place.far)
    assert await rates(far, place) == {"sptjm": (0, 0), "otomatis": (0, 0), "pembalikan": (0, 0)}
    page = await browsers(who).open("/jejak/isyarat")
    assert "Isyarat bukan temuan" in page
    assert "1 / 9" in page
    await browsers(who).open("/jejak/wilayah")
    citizen = await place.person("warga")
    await browsers(citizen).open("/jejak/isyarat", 403)
    problem(await citizen.get("/audit/signals"), 403)


async def test_haste_and_many_edits_in_a_day_name_their_people(browsers: Any, place: Place) -> None:
    slow, hasty, editor = [await place.person("verifikator_kab", name) for name in ("sabar", "buru", "ubah")]
    cases = await place.stand("U01 U02 U05 U10 U14 U58 U15 U19", 5)
    for case in cases[:4]:
        done(await hasty.move(case, "usulan.kembalikan", reason="BERKAS_KURANG", note="kurang"), 201)
    done(await slow.move(cases[4], "usulan.kembalikan", reason="BERKAS_KURANG", note="kurang"), 201)
    told = done(await slow.get("/audit/signals", region=str(place.kabupaten)))
    named = {row["username"]: (row["decisions"], row["hasty"]) for row in told["hasty"]}
    named.pop("pendahulu")  # who brought the cases there
    assert named == {hasty.name: (4, 3)}
    admin = browsers(await place.person("admin_kab"))
    assert "Perubahan massal" not in await admin.open("/pengguna")
    families = await place.families(50)
    async with place.world.admin.transaction():
        await place.world.admin.execute("SET LOCAL ROLE alur_door")
        await place.world.admin.execute(f"SELECT {NATIONAL}")
        await place.world.admin.execute(
            """
            WITH made AS (
                INSERT INTO act (id, xid, actor, role, trigger, policy_version, at)
                SELECT nextval('act_id'), pg_current_xact_id(), %s, r.code, op_code('ubah_data'), 1, alur_now()
                  FROM role r WHERE r.id = 'verifikator_kab' RETURNING id)
            INSERT INTO household_history (household_id, version, act, at, before)
            SELECT f.id, 1, made.id, alur_now(), '{}' FROM made, unnest(%s::bigint[]) AS f(id)
            """,
            (editor.user, families),
        )
    page = await admin.open("/pengguna")
    assert "keluarga diubah" in page
    assert editor.name.title() in page


async def test_a_region_is_shown_as_it_stood(browsers: Any, place: Place) -> None:
    before = await place.world.now()
    [case] = await place.stand("P01 P03", ago=timedelta(0))
    who = browsers(await place.person("auditor"))
    path = f"/jejak/wilayah?kode={place.kabupaten}"
    page = await who.open(path)
    assert f"Rp{RUPIAH:,}".replace(",", ".") in page
    past = (before - timedelta(days=2)).date().isoformat()
    assert "Belum ada kasus" in await who.open(f"{path}&pada={past}&jam=08:00")
    assert await place.world.state(case) == "siap_salur"


async def test_an_objection_is_brought_from_a_case_and_typed_words_survive(browsers: Any, place: Place) -> None:
    [family] = await place.families()
    await place.stand("U83", households=[family])
    [member] = await place.stand("K01 K06 K07", households=[family])
    operator = browsers(await place.person("operator_desa"))
    assert "Tentang apa?" in await operator.open(f"/sanggah/baru?kasus={member}")
    assert "SANGGAH_PIHAK_LAIN" not in await operator.open("/sanggah/baru")
    page = await operator.open(f"/sanggah/baru?jenis=SANGGAH_DESIL&kasus={member}")
    assert "Setelah dikirim, unggah berkasnya" in page
    lost = await operator.send("/sanggah/baru", page, kasus="bukan nomor", alasan="Rumah kontrakan satu kamar")
    assert lost.status_code == 422
    assert "Rumah kontrakan satu kamar" in lost.text
    typed = {"kasus": str(member), "alasan": "Rumah kontrakan satu kamar", "bukti.formulir_pengaju": "F-1"}
    brought = await operator.send("/sanggah/baru", page, **typed)
    assert brought.status_code == 303, brought.text
    [case] = re.findall(r"/kasus/(\d+)", brought.headers["location"])
    shown = await operator.open(f"/kasus/{case}")
    assert "SANGGAH_DESIL" not in shown
    assert "Desil keluarga tidak sesuai · " in shown
    listed = await operator.open("/sanggah")
    assert f'href="/kasus/{case}"' in listed
    assert "Sistem memeriksa" in listed or "sistem memeriksa" in listed
    assert "Tidak ada sanggah" in await operator.open("/sanggah?tahap=selesai")
    verifier = browsers(await place.person("verifikator_kab"))
    assert "bukan peran Anda" in await verifier.open("/sanggah/baru")


async def test_a_state_is_found_by_its_name_in_every_machine(browsers: Any, place: Place) -> None:
    [member] = await place.stand("K01 K06 K07")
    [payment] = await place.stand("P01")
    auditor = browsers(await place.person("auditor"))
    page = await auditor.open(f"/jejak?region={place.village}&state=SK / calon penerima bansos")
    assert f'href="/kasus/{member}"' in page
    assert f'href="/kasus/{payment}"' in page


async def test_days_are_the_reader_s_and_the_last_one_counts_whole(browsers: Any, site: Site, crowd: World) -> None:
    """Half past midnight in Jayapura is the evening before in Jakarta."""
    village = min(code for code in known_codes() if code > 9_171_000_000)
    east = Place(crowd, site.http, village, village, village)
    now = (await crowd.now()).astimezone(ZoneInfo("Asia/Jayapura"))
    at = (now - timedelta(days=3)).replace(hour=0, minute=30)
    day, before = at.date(), at.date() - timedelta(days=1)
    [case] = await east.stand("U01", ago=now - at)
    who = browsers(await east.person("verifikator_kab"))
    path = f"/jejak?region={village}"
    for days, seen in (
        (f"sejak={day}", True),
        (f"sampai={day}", True),
        (f"sejak={day}&sampai={day}", True),
        (f"sampai={before}", False),
    ):
        page = await who.open(f"{path}&{days}")
        assert (f'href="/kasus/{case}"' in page) is seen, days
    assert "Sejak (WIT)" in page
    assert "mendahului hari pertamanya" in await who.open(f"{path}&sejak={day}&sampai={before}", 422)
    assert "Jam (WIT)" in await who.open("/jejak/wilayah")
    assert "jamnya perlu tanggal" in await who.open("/jejak/wilayah?jam=08:00", 422)
