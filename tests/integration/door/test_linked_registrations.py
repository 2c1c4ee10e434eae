"""What a move of a registration or of a proposal brings with it in other cases."""

from __future__ import annotations

import pytest

from tests.integration.door.kit import person, replayed, rows, stand, told, values
from tests.integration.door.linking import CLOSED, MEMBER, MENUNGGU_SK, caused, state, states
from tests.support.world import DESA, DESA_LAIN, World

REGISTERED = f"{MENUNGGU_SK} U81"


# -- doubt about a registration ---------------------------------------------------------------------------------------


async def test_doubt_about_a_registration_holds_its_memberships_and_their_payments(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (pkh,) = await stand(world, MEMBER, households=[family])
    (sembako,) = await stand(world, MEMBER, households=[family], programme="SEMBAKO")
    (waiting,) = await stand(world, "K01 K05", households=[family], programme="BLT_KESRA")
    (payment,) = await stand(world, "P01", households=[family])
    verifier = await person(world, "verifikator_kab")
    assert await verifier.one("U57", registration, reason="GANDA_NASIONAL") == "dipindah"
    assert await states(world, pkh, sembako, waiting, payment) == [
        *("ditangguhkan", "ditangguhkan", "daftar_tunggu", "exclude")
    ]
    assert await caused(world, pkh, registration) == ("K13", "EX_GANDA")
    assert await caused(world, sembako, registration) == ("K13", "EX_GANDA")
    # A cause has a cause: the doubt held the membership, the hold took the payment out.
    assert await caused(world, payment, pkh) == ("P02", "EX_GANDA")


async def test_doubt_about_a_proposal_holds_nothing(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (change,) = await stand(world, "U01 U02 U05", households=[family], kind="PEMBARUAN")
    (member,) = await stand(world, MEMBER, households=[family])
    assert await (await person(world, "verifikator_kab")).one("U57", change) == "dipindah"
    assert await states(world, registration, member) == ["ditetapkan", "calon_penerima"]


async def doubted(world: World, family: int) -> int:
    """Put a registration of a family under doubt, ready to be told apart; return it."""
    (registration,) = await stand(world, REGISTERED, households=[family])
    verifier = await person(world, "verifikator_kab")
    assert await verifier.one("U57", registration, reason="GANDA") == "dipindah"
    assert await verifier.one("U49", registration) == "dipindah"
    return registration


@pytest.mark.parametrize("found", ["EX_PEKERJAAN", "EX_GANDA"])
async def test_the_doubt_lifted_lifts_its_own_hold_and_no_other(world: World, found: str) -> None:
    """A membership that somebody else held before, for whatever finding, waits for him."""
    (family,) = await world.households()
    (pkh,) = await stand(world, MEMBER, households=[family])
    (sembako,) = await stand(world, MEMBER, households=[family], programme="SEMBAKO")
    assert await (await person(world, "pusdatin", "penemu")).one("K13", sembako, reason=found) == "dipindah"
    registration = await doubted(world, family)
    assert await states(world, pkh, sembako) == ["ditangguhkan", "ditangguhkan"]
    assert await (await person(world, "pusdatin")).one("U53", registration) == "dipindah"
    assert await states(world, registration, pkh, sembako) == ["ditetapkan", "calon_penerima", "ditangguhkan"]
    assert await caused(world, pkh, registration) == ("K14", None)


async def test_the_doubt_lifted_brings_the_payment_back(world: World) -> None:
    (family,) = await world.households()
    (member,) = await stand(world, MEMBER, households=[family])
    (payment,) = await stand(world, CLOSED, households=[family])
    registration = await doubted(world, family)
    assert await state(world, payment) == "exclude"
    assert await (await person(world, "pusdatin")).one("U53", registration) == "dipindah"
    assert await states(world, member, payment) == ["calon_penerima", "susulan"]
    assert await caused(world, payment, member) == ("P46", None)


# -- the end of a registration ----------------------------------------------------------------------------------------


async def test_a_registration_put_to_sleep_ends_its_memberships(world: World) -> None:
    families = await world.households(2)
    registrations = await stand(world, REGISTERED, households=families)
    programmes = ("PKH", "SEMBAKO", "BLT_KESRA", "PBI_JK")
    paths = (MEMBER, "K01 K06", "K01 K04", "K01")
    members = [
        (await stand(world, path, households=families[:1], programme=programme))[0]
        for path, programme in zip(paths, programmes, strict=True)
    ]
    (other,) = await stand(world, MEMBER, households=families[1:])
    (stranger,) = await stand(world, MEMBER)
    (payment,) = await stand(world, "P01", households=families[:1])
    head = await person(world, "kepala_dinas")
    outcomes = await head.fire("U40", registrations, reason="MENINGGAL")
    assert [told(o) for o in outcomes] == ["dipindah", "dipindah"]
    assert await states(world, *members, other) == ["keluar"] * 5
    assert {await caused(world, case, registrations[0]) for case in members} == {("K17", "MENINGGAL")}
    assert await state(world, stranger) == "calon_penerima"
    assert await state(world, payment) == "keluar"
    assert await caused(world, payment, members[0]) == ("P05", "EX_MENINGGAL")


async def test_a_registration_woken_up_has_its_memberships_assessed(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, f"{REGISTERED} U40", households=[family])
    (member,) = await stand(world, f"{MEMBER} K17", households=[family])
    assert await (await person(world, "sistem")).one("U41", registration) == "dipindah"
    assert await state(world, member) == "dinilai"
    assert await caused(world, member, registration) == ("K19", None)


# -- proposals that are applied ---------------------------------------------------------------------------------------


VERIF = "U01 U02 U05 U59 U15 U19"


async def applied(world: World, kind: str, family: int) -> int:
    """Apply a proposal of a kind that needs no approval; return it."""
    (proposal,) = await stand(world, VERIF, households=[family], kind=kind)
    assert await (await person(world, "verifikator_kab")).one("U66", proposal) == "dipindah"
    return proposal


async def test_a_change_in_the_family_has_waiting_memberships_assessed_again(world: World) -> None:
    for kind in ("TAMBAH_ANGGOTA", "KEHAMILAN", "DISABILITAS"):
        (family,) = await world.households()
        (registration,) = await stand(world, REGISTERED, households=[family])
        (failed,) = await stand(world, "K01 K04", households=[family])
        (member,) = await stand(world, MEMBER, households=[family], programme="SEMBAKO")
        proposal = await applied(world, kind, family)
        assert await states(world, failed, member, registration) == ["dinilai", "calon_penerima", "ditetapkan"]
        assert await caused(world, failed, proposal) == ("K10", None)


async def test_a_kind_that_changes_the_register_only_moves_no_other_case(world: World) -> None:
    for kind in ("PERBAIKAN_IDENTITAS", "MENINGGAL"):
        (family,) = await world.households()
        (registration,) = await stand(world, REGISTERED, households=[family])
        (failed,) = await stand(world, "K01 K04", households=[family])
        await applied(world, kind, family)
        assert await states(world, registration, failed) == ["ditetapkan", "tidak_memenuhi"]
    assert await values(world, "SELECT id FROM act WHERE cause IS NOT NULL") == []


async def test_an_applied_deactivation_puts_the_registration_to_sleep_and_ends_memberships(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (member,) = await stand(world, MEMBER, households=[family])
    (proposal,) = await stand(world, "U01 U02 U05 U11 U15 U19 U22 U30", households=[family], kind="NONAKTIF")
    assert await (await person(world, "sistem")).one("U77", proposal) == "dipindah"
    assert await states(world, registration, member) == ["nonaktif", "keluar"]
    assert (await caused(world, registration, proposal))[0] == "U40"


@pytest.mark.parametrize(("reason", "end"), [("GRADUASI", "keluar"), ("PINDAH", "ditangguhkan")])
async def test_a_decision_ends_a_held_membership_and_its_payment_and_a_move_does_not(
    world: World, reason: str, end: str
) -> None:
    """Moving decides nothing about why it is held: a person still confirms that exit (K16)."""
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (member,) = await stand(world, MEMBER, households=[family])
    (payment,) = await stand(world, CLOSED, households=[family])
    assert await (await person(world, "pusdatin")).one("K13", member, reason="EX_NIK") == "dipindah"
    assert await states(world, member, payment) == ["ditangguhkan", "exclude"]
    assert await (await person(world, "kepala_dinas")).one("U40", registration, reason=reason) == "dipindah"
    assert await states(world, member, payment) == [end, "keluar" if end == "keluar" else "exclude"]


async def test_a_new_ranking_does_not_end_a_held_membership(world: World) -> None:
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    (member,) = await stand(world, MEMBER, households=[family])
    (other,) = await stand(world, MEMBER, households=[family], programme="SEMBAKO")
    assert await (await person(world, "pusdatin")).one("K13", member, reason="EX_NIK") == "dipindah"
    await world.admin.execute("UPDATE household SET desil = 9 WHERE id = %s", (family,))
    assert await (await person(world, "sistem")).one("U85", registration) == "dipindah"
    assert await states(world, member, other) == ["ditangguhkan", "keluar"]


async def test_a_family_that_moved_is_registered_where_it_moved_to(world: World) -> None:
    """The old registration sleeps; the successor is opened in the village of destination and names it."""
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    origin = await person(world, "operator_desa")
    (proposal,) = await origin.opened("U01", [family], kind="PINDAH", destination=DESA_LAIN)
    assert await origin.one("U02", proposal) == "dipindah"
    assert await (await person(world, "sistem")).one("U05", proposal) == "dipindah"
    assert await origin.one("U60", proposal) == "dipindah"
    assert await (await person(world, "kades", "tujuan", region=DESA_LAIN)).one("U61", proposal) == "dipindah"
    assert await origin.one("U15", proposal) == "dipindah"
    assert await (await person(world, "operator_kecamatan")).one("U19", proposal) == "dipindah"
    assert await (await person(world, "verifikator_kab")).one("U66", proposal) == "dipindah"
    assert await state(world, registration) == "nonaktif"
    opened = await rows(
        world,
        "SELECT c.region, s.id AS state FROM case_ c "
        "JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state "
        "JOIN transition t ON t.case_id = c.id AND t.version = 1 JOIN rule r ON r.code = t.rule AND r.id = 'U84'",
    )
    assert opened == [{"region": DESA_LAIN, "state": "ditetapkan"}]


async def moved(world: World, family: int, here: int, there: int) -> None:
    """Let a family move from one village to another, decided by everybody whom it takes."""
    origin = await person(world, "operator_desa", f"asal {here}", region=here)
    (proposal,) = await origin.opened("U01", [family], kind="PINDAH", destination=there)
    assert await origin.one("U02", proposal) == "dipindah"
    assert await (await person(world, "sistem")).one("U05", proposal) == "dipindah"
    assert await origin.one("U60", proposal) == "dipindah"
    assert await (await person(world, "kades", f"tujuan {there}", region=there)).one("U61", proposal) == "dipindah"
    assert await origin.one("U15", proposal) == "dipindah"
    kecamatan = await person(world, "operator_kecamatan", f"kecamatan {here}", region=here)
    assert await kecamatan.one("U19", proposal) == "dipindah"
    verifier = await person(world, "verifikator_kab", f"dinsos {here}", region=here)
    assert await verifier.one("U66", proposal) == "dipindah"


async def test_a_family_that_moved_takes_part_where_it_moved_to_and_may_move_again(world: World) -> None:
    """Memberships go on in the new village; what they followed never comes back beside them."""
    (family,) = await world.households()
    await stand(world, REGISTERED, households=[family])
    (member,) = await stand(world, MEMBER, households=[family])
    for here, there in ((DESA, DESA_LAIN), (DESA_LAIN, DESA)):
        await moved(world, family, here, there)
        living = await rows(
            world,
            "SELECT m.name, c.region, s.id AS state FROM case_ c JOIN position p ON p.case_id = c.id "
            "JOIN state s ON s.code = p.state JOIN machine m ON m.code = c.machine "
            "WHERE s.id IN ('ditetapkan', 'calon_penerima') ORDER BY 1",
        )
        assert living == [
            {"name": "kepesertaan", "region": there, "state": "calon_penerima"},
            {"name": "usulan", "region": there, "state": "ditetapkan"},
        ]
        assert await replayed(world) == []
    assert await (await person(world, "sistem")).one("K18", member) == "sudah_ada"
    assert await replayed(world) == []


# -- whoever moves, the rest of his call stays his --------------------------------------------------------------------


async def test_what_the_system_does_for_one_case_opens_no_other_to_the_person(world: World) -> None:
    """The system acts everywhere in the middle of a person's call; the person sees no more after it than before."""
    (family,) = await world.households()
    (registration,) = await stand(world, REGISTERED, households=[family])
    await stand(world, MEMBER, households=[family])
    (far,) = await stand(world, REGISTERED, region=5171010001)
    head = await person(world, "kepala_dinas")
    async with world.api.transaction():
        first = await head.fire("U40", [registration, far])
        second = await head.fire("U40", [far])
    assert [told(o) for o in (*first, *second)] == ["dipindah", "tidak_ditemukan", "tidak_ditemukan"]
    assert await state(world, far) == "ditetapkan"
