"""What a visit found, carried into registration and membership once its village is approved, and never before."""

from __future__ import annotations

from typing import Any

import pytest

from models.database import fetch_value
from models.siklus.queries import second_time
from tests.integration.door.kit import person, replayed, rows, stand
from tests.integration.door.linking import MEMBER
from tests.support import cycle
from tests.support.world import DESA, DESA_LAIN, World


class Visit:
    """One family with a registration and a membership, visited in one cycle."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def begin(self) -> None:
        world = self.world
        (self.family,) = await world.households(members=3)
        (self.membership,) = await stand(world, MEMBER, households=[self.family])
        await cycle.running(world, [self.family])
        (self.registration,) = [
            row["id"]
            for row in await rows(world, "SELECT id FROM case_ WHERE machine = 1 AND household_id = %s", (self.family,))
        ]
        (opened,) = await cycle.shared_out(world)
        self.village = opened.case_id or 0
        await cycle.begun(world, self.village)
        (self.visit,) = await cycle.visits(world)

    async def found(self, reason: str, **form: Any) -> None:
        petugas = await self.world.session(cycle.OFFICER, "pendamping")
        told = cycle.VISIT | ({"formulir_cek": form} if form else {})
        (moved,) = await self.world.move(petugas, "kunjungan.catat_hasil", [self.visit], reason=reason, facts=told)
        assert moved.done, moved

    async def approved(self) -> None:
        world = self.world
        head = await world.session("kepala.siklus", "kepala_dinas")
        (moved,) = await world.move(head, "kunjungan.sahkan_kunjungan", [self.visit], facts={"surat_pengesahan": 1})
        assert moved.done, moved
        await cycle.applied(world)
        assert await world.state(self.visit) == "diterapkan"

    async def stands(self) -> tuple[str, str]:
        """Return where membership and registration stand."""
        return await self.world.state(self.membership), await self.world.state(self.registration)

    async def proposals(self) -> list[dict[str, Any]]:
        """Return the proposals that the visit opened: kind, state, village of destination."""
        return await rows(
            self.world,
            "SELECT c.id, j.id AS kind, s.id AS state, h.region AS tujuan FROM case_ c JOIN jenis j ON j.code = c.kind "
            "JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state "
            "LEFT JOIN case_share h ON h.case_id = c.id WHERE c.machine = 1 AND c.predecessor = %s",
            (self.visit,),
        )

    async def reason(self, case: int) -> str | None:
        value: str | None = await fetch_value(
            self.world.admin,
            "SELECT e.id FROM transition t JOIN act a ON a.id = t.act LEFT JOIN reason e ON e.code = a.reason "
            "WHERE t.case_id = %s ORDER BY t.version DESC LIMIT 1",
            (case,),
        )
        return value


@pytest.fixture
async def visit(world: World) -> Visit:
    made = Visit(world)
    await made.begin()
    return made


UNMOVED = ("calon_penerima", "ditetapkan")
EFFECTS: dict[str, tuple[str, str, str | None]] = {
    "TETAP_LAYAK": (*UNMOVED, None),
    "TIDAK_LAYAK": ("keluar", "ditetapkan", "MAMPU"),
    "TIDAK_DITEMUKAN": ("ditangguhkan", "ditetapkan", "EX_TIDAK_DITEMUKAN"),
    "MENOLAK": ("ditangguhkan", "ditetapkan", "EX_MENOLAK"),
    "GANDA": ("ditangguhkan", "dugaan_ganda", "EX_GANDA"),
    "PINDAH": ("ditangguhkan", "ditetapkan", "EX_PINDAH"),
}
"""Finding -> membership, registration, the reason under which the membership moved. PINDAH names no village here."""


@pytest.mark.parametrize("found", EFFECTS)
async def test_a_finding_moves_what_it_concerns_after_approval_only(visit: Visit, found: str) -> None:
    await visit.found(found)
    assert await visit.stands() == UNMOVED
    await visit.approved()
    membership, registration, reason = EFFECTS[found]
    assert await visit.stands() == (membership, registration)
    assert await visit.proposals() == []
    if reason:
        assert await visit.reason(visit.membership) == reason
    assert await replayed(visit.world) == []


@pytest.mark.parametrize("found", ["TIDAK_LAYAK", "TETAP_LAYAK", "MENOLAK"])
async def test_a_held_membership_ends_by_what_was_decided_and_by_nothing_less(visit: Visit, found: str) -> None:
    pusdatin = await person(visit.world, "pusdatin")
    assert await pusdatin.one("K13", visit.membership, reason="EX_NIK") == "dipindah"
    await visit.found(found)
    await visit.approved()
    ends = found == "TIDAK_LAYAK"
    assert await visit.stands() == ("keluar" if ends else "ditangguhkan", "ditetapkan")
    assert await visit.reason(visit.membership) == ("MAMPU" if ends else "EX_NIK")
    assert await replayed(visit.world) == []


@pytest.mark.parametrize(
    ("found", "form", "kind"),
    [
        ("PERBAIKAN_DATA", {"lembar": 1}, "PEMBARUAN"),
        ("PERBAIKAN_DATA", {"identitas": True}, "PERBAIKAN_IDENTITAS"),
        ("MENINGGAL", {"anggota": []}, "MENINGGAL"),
        ("PINDAH", {"tujuan": DESA_LAIN}, "PINDAH"),
    ],
)
async def test_a_finding_opens_a_proposal_that_is_approved_already(
    visit: Visit, found: str, form: dict[str, Any], kind: str
) -> None:
    await visit.found(found, **form)
    await visit.approved()
    assert await visit.stands() == UNMOVED
    [proposal] = await visit.proposals()
    assert (proposal["kind"], proposal["state"]) == (kind, "disahkan")
    assert proposal["tujuan"] == (DESA_LAIN if kind == "PINDAH" else None)
    assert await replayed(visit.world) == []


async def test_the_member_whom_the_form_names_is_marked_dead(visit: Visit) -> None:
    world = visit.world
    head = await fetch_value(world.admin, "SELECT min(id) FROM person WHERE household_id = %s", (visit.family,))
    await visit.found("MENINGGAL", anggota=[head])
    await visit.approved()
    [proposal] = await visit.proposals()
    (moved,) = await world.move(await world.system(), "usulan.terapkan_hasil_verval", [proposal["id"]])
    assert moved.done, moved
    assert await fetch_value(world.admin, "SELECT status FROM person WHERE id = %s", (head,)) == "meninggal"
    assert await world.state(visit.registration) == "ditetapkan"


async def test_a_family_that_moved_is_registered_where_it_lives(visit: Visit) -> None:
    world = visit.world
    await visit.found("PINDAH", tujuan=DESA_LAIN)
    await visit.approved()
    [proposal] = await visit.proposals()
    (moved,) = await world.move(await world.system(), "usulan.terapkan_hasil_verval", [proposal["id"]])
    assert moved.done, moved
    region = await fetch_value(world.admin, "SELECT region FROM household WHERE id = %s", (visit.family,))
    assert region == DESA_LAIN
    assert await visit.stands() == ("keluar", "nonaktif")
    successors = await rows(
        world,
        "SELECT c.machine, s.id AS state FROM case_ c "
        "JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state "
        "WHERE c.household_id = %s AND c.region = %s ORDER BY 1",
        (visit.family, DESA_LAIN),
    )
    assert [row["state"] for row in successors] == ["ditetapkan", "calon_penerima"]
    assert await replayed(world) == []


async def test_a_proposal_that_was_not_opened_by_a_visit_is_not_applied_as_one(world: World) -> None:
    """U90 is for kinds without approval that a visit's approval opened; a BARU has its own way."""
    (case,) = await stand(world, "U73", kind="BARU")
    (moved,) = await world.move(
        await world.system(), "usulan.terapkan_hasil_verval", [case], facts={"surat_pengesahan": 1}
    )
    assert (moved.done, moved.refusal) == (False, "langkah")


async def test_a_family_not_reached_keeps_everything_and_is_marked(visit: Visit) -> None:
    world = visit.world
    petugas = await world.session(cycle.OFFICER, "pendamping")
    told = {"bukti_3_kali_datang": {"tanggal": ["2026-11-01", "2026-11-05", "2026-11-09"]}}
    (moved,) = await world.move(
        petugas, "kunjungan.catat_tidak_terjangkau", [visit.visit], reason="TIDAK_DITEMUKAN", facts=told
    )
    assert moved.done
    await visit.approved()
    assert await visit.stands() == UNMOVED
    assert await fetch_value(world.admin, "SELECT visit_found(%s)", (visit.visit,)) is None


@pytest.mark.parametrize(
    "days",
    [
        [],
        ["2026-11-01", "2026-11-02"],
        ["2026-11-01", "2026-11-01", "2026-11-02"],
        ["2026-11-01", "2026-11-02", "2099-01-01"],
        ["2026-11-01", "2026-11-02", "kemarin"],
        "2026-11-01",
    ],
)
async def test_three_attempts_are_three_different_days_gone_by(visit: Visit, days: Any) -> None:
    petugas = await visit.world.session(cycle.OFFICER, "pendamping")
    with pytest.raises(Exception, match="bukti_3_kali_datang"):
        await visit.world.move(
            petugas,
            "kunjungan.catat_tidak_terjangkau",
            [visit.visit],
            reason="AKSES_PUTUS",
            facts={"bukti_3_kali_datang": {"tanggal": days}},
        )
    assert await visit.world.state(visit.visit) == "ditugaskan"


async def test_a_second_time_is_told_and_left_to_a_person(visit: Visit) -> None:
    """The first cycle holds the membership; the second names it for whoever decides, and ends nothing."""
    world = visit.world
    await visit.found("MENOLAK")
    await visit.approved()
    first = await fetch_value(world.admin, "SELECT case_id FROM siklus")
    assert await second_time(world.admin, first) == []
    # The next cycle's visit of the same family, found the same.
    (again,) = await stand(world, "V01 V02 V08 V09", households=[visit.family])
    await world.admin.execute(
        "UPDATE siklus_keluarga SET kunjungan = %s WHERE household_id = %s", (again, visit.family)
    )
    await world.admin.execute(
        "ALTER TABLE act DISABLE TRIGGER append_only; UPDATE act SET reason = (SELECT code FROM reason WHERE id = "
        "'MENOLAK') WHERE id = (SELECT act FROM transition t JOIN rule r ON r.code = t.rule WHERE r.id = 'V02' AND "
        f"t.case_id = {again}); ALTER TABLE act ENABLE ALWAYS TRIGGER append_only"
    )
    [told] = await second_time(world.admin, first)
    assert (told["case"], told["found"], told["found_before"]) == (visit.membership, "MENOLAK", "MENOLAK")
    assert (await visit.stands())[0] == "ditangguhkan"


# -- officers ------------------------------------------------------------------------------------------------------


async def test_the_old_officer_loses_sight_at_once_and_stays_in_the_history(visit: Visit) -> None:
    world = visit.world
    old = await world.session(cycle.OFFICER, "pendamping")
    new = await world.session("penggantinya", "pendamping")
    verifikator = await world.session("verifikator.siklus", "verifikator_kab")
    (moved,) = await world.move(
        verifikator,
        "kunjungan.ganti_petugas",
        [visit.visit],
        reason="PETUGAS_GANTI",
        note="cuti",
        facts={"petugas_ditunjuk": {"pengguna": "penggantinya"}},
    )
    assert moved.done
    (lost,) = await world.move(old, "kunjungan.catat_hasil", [visit.visit], reason="TETAP_LAYAK", facts=cycle.VISIT)
    assert lost.outcome == "tidak_ditemukan"
    (seen,) = await world.move(new, "kunjungan.catat_hasil", [visit.visit], reason="TETAP_LAYAK", facts=cycle.VISIT)
    assert seen.done
    held = await rows(
        world,
        "SELECT u.username, f.valid_to IS NULL AS now FROM family_assignment f JOIN account_user u ON u.id = f.user_id "
        "ORDER BY f.valid_from",
    )
    assert [(row["username"], row["now"]) for row in held] == [(cycle.OFFICER, False), ("penggantinya", True)]


async def test_a_visit_is_given_to_no_one_who_is_no_officer(visit: Visit) -> None:
    world = visit.world
    verifikator = await world.session("verifikator.siklus", "verifikator_kab")
    for named in ("nobody", "verifikator.siklus"):
        with pytest.raises(Exception, match="petugas_ditunjuk"):
            await world.move(
                verifikator,
                "kunjungan.ganti_petugas",
                [visit.visit],
                reason="PETUGAS_GANTI",
                note="cuti",
                facts={"petugas_ditunjuk": {"pengguna": named}},
            )


async def test_a_late_family_waits_for_the_next_cycle(visit: Visit) -> None:
    world = visit.world
    (late,) = await world.households()
    verifikator = await world.session("verifikator.siklus", "verifikator_kab")
    (opened,) = await world.open(
        verifikator, "kunjungan.tugaskan", [late], period=cycle.PERIOD, facts={"petugas_ditunjuk": 1}
    )
    assert opened.outcome == "tidak_ditemukan"
    (twice,) = await world.open(
        verifikator, "kunjungan.tugaskan", [visit.family], period=cycle.PERIOD, facts={"petugas_ditunjuk": 1}
    )
    assert twice.refusal == "sudah_ada"
    (village,) = await world.open(
        await world.system(), "siklus_desa.bagikan", [DESA], period=cycle.PERIOD, facts={"prelist_desa": 1}
    )
    assert village.refusal == "sudah_ada"


# -- the sample ----------------------------------------------------------------------------------------------------


async def test_the_sample_is_drawn_by_the_seed_and_told_when_the_list_is_signed(visit: Visit) -> None:
    world = visit.world
    verifikator = await world.session("verifikator.siklus", "verifikator_kab")
    drawn = "SELECT array(SELECT siklus_drawn(%s, %s)) AS drawn"
    assert await fetch_value(world.api, drawn, (verifikator, visit.village)) == []
    await cycle.recorded(world, visit.village)
    kades = await world.session("kades", "kades")
    await world.move(await world.system(), "siklus_desa.lengkap_pendataan", [visit.village])
    (signed,) = await world.move(kades, "siklus_desa.sahkan_ba", [visit.village], facts={"berita_acara": 1, "bnba": 1})
    assert signed.done
    assert await fetch_value(world.api, drawn, (verifikator, visit.village)) == [visit.visit]
    away = await world.session("verifikator jauh", "verifikator_kab", region=5171010001)
    assert await fetch_value(world.api, drawn, (away, visit.village)) == []


async def test_nobody_of_the_application_reads_the_seed(visit: Visit) -> None:
    for conn in (visit.world.api, visit.world.worker):
        with pytest.raises(Exception, match="permission denied"):
            await conn.execute("SELECT * FROM siklus_benih")
    told = await rows(
        visit.world, "SELECT encode(sha256(b.benih), 'hex') = s.hash_benih AS same FROM siklus s, siklus_benih b"
    )
    assert told == [{"same": True}]


@pytest.mark.parametrize("checked", [{"diperiksa": [], "salah": {}}, {"diperiksa": [1], "salah": {}}])
async def test_a_village_does_not_go_on_before_its_whole_sample_was_checked(
    visit: Visit, checked: dict[str, Any]
) -> None:
    world = visit.world
    await cycle.recorded(world, visit.village)
    await world.move(await world.system(), "siklus_desa.lengkap_pendataan", [visit.village])
    kades = await world.session("kades", "kades")
    await world.move(kades, "siklus_desa.sahkan_ba", [visit.village], facts={"berita_acara": 1, "bnba": 1})
    verifikator = await world.session("verifikator.siklus", "verifikator_kab")
    (held,) = await world.move(verifikator, "siklus_desa.qc_lolos", [visit.village], facts={"hasil_sampel": checked})
    assert (held.outcome, held.refusal) == ("ditolak", "sampel")
    right = {"diperiksa": [visit.visit], "salah": {}}
    (returned,) = await world.move(
        verifikator, "siklus_desa.qc_gagal", [visit.village], reason="SAMPEL_GAGAL", facts={"hasil_sampel": right}
    )
    assert (returned.outcome, returned.refusal) == ("ditolak", "sampel")
