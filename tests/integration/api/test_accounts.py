"""Accounts of families' payees: who may mend which, and what is paid meanwhile."""

from __future__ import annotations

import pytest

from models.database import acting
from models.register.commands import note_judged
from models.register.queries import payees
from tests.integration.api.kit import Place, done, problem

pytestmark = pytest.mark.asyncio(loop_scope="session")


class TestAccounts:
    async def test_a_role_that_does_not_bring_accounts_may_not(self, place: Place) -> None:
        [household] = await place.families()
        for role in ("operator_desa", "auditor", "kades"):
            who = await place.person(role)
            answer = await who.post(f"/households/{household}/accounts", {"bank": "BRI", "number": "0123456789"})
            problem(answer, 403, "bukan_pengisi_data")
        assert await place.value("SELECT count(*) FROM account WHERE household_id = %s", household) == 0

    async def test_a_corrected_account_is_recorded_and_is_to_be_tested(self, place: Place) -> None:
        pendamping = await place.person("pendamping")
        [household] = await place.families()
        path, account = f"/households/{household}/accounts", {"bank": "BRI", "number": f"00{household:010}"}
        problem(await pendamping.post(path, account), 404, "keluarga_tidak_ditemukan")
        await place.world.assign_families(pendamping.name, [household])
        told = done(await pendamping.post(path, account), 201)
        kept = await place.row(
            "SELECT id, number, status, p.hubungan FROM account a JOIN LATERAL "
            "(SELECT hubungan FROM person WHERE id = a.person_id) p ON true WHERE household_id = %s",
            household,
        )
        assert kept == {"id": told["account"], "number": f"00{household:010}", "status": "belum_diuji", "hubungan": 1}
        await place.world.admin.execute("UPDATE account SET status = 'aktif' WHERE id = %s", (told["account"],))
        assert done(await pendamping.post(path, account), 201)["account"] == told["account"]
        assert await place.value("SELECT status FROM account WHERE id = %s", told["account"]) == "belum_diuji"

    async def test_a_bank_mends_an_account_of_its_own_where_a_payment_waits_for_it(self, place: Place) -> None:
        """P22 is the bank's alone, and its proof is a number that only the bank knows."""
        household, neighbour = await place.families(2)
        [case] = await place.stand("P01 P03 P07 P17 P21", households=[household])
        [other] = await place.stand("P01 P03 P07 P17 P21", households=[neighbour])
        bri = await place.person("bank", "bri", organisation="BRI")
        bni = await place.person("bank", "bni", organisation="BNI")
        await place.world.file("BRI", [case])
        await place.world.file("BNI", [other])
        path, number = f"/households/{household}/accounts", f"00{household:010}"
        problem(await bni.post(path, {"bank": "BNI", "number": number}), 404, "keluarga_tidak_ditemukan")
        problem(await bri.post(path, {"bank": "BNI", "number": number}), 403, "di_luar_wilayah_kerja")
        told = done(await bri.post(path, {"bank": "BRI", "number": number}), 201)
        kept = await place.row("SELECT bank, number, status FROM account WHERE id = %s", told["account"])
        assert kept == {"bank": "BRI", "number": number, "status": "belum_diuji"}
        mended = {"bank": "BRI", "number": f"99{household:010}"}
        done(await bri.post(path, mended), 201)
        problem(await bni.post(f"/households/{neighbour}/accounts", {"bank": "BRI", "number": number}), 403)
        done(await bri.move(case, "penyaluran.omspan_diperbaiki", evidence={"bukti_rekening": {"nomor": "B/1"}}), 201)
        problem(await bri.post(path, mended), 404, "keluarga_tidak_ditemukan")

    async def test_a_bank_never_sees_the_family_whose_account_it_mends(self, place: Place) -> None:
        [household] = await place.families()
        [case] = await place.stand("P01 P03 P07 P18", households=[household])
        bank = await place.person("bank", organisation="BRI")
        await place.world.file("BRI", [case])
        done(await bank.post(f"/households/{household}/accounts", {"bank": "BRI", "number": f"00{household:010}"}), 201)
        kk = await place.value("SELECT no_kk FROM household WHERE id = %s", household)
        assert done(await bank.search(no_kk=kk))["households"] == []
        problem(await bank.get(f"/households/{household}"), 404)
        problem(await bank.get(f"/households/{household}/history"), 404)
        problem(await bank.patch(f"/households/{household}", {"version": 1, "alamat": "Jl. Lain"}), 404)

    async def test_a_payment_that_left_the_bank_takes_the_right_along(self, place: Place) -> None:
        [household] = await place.families()
        [case] = await place.stand("P01 P03 P07 P18", households=[household])
        bank = await place.person("bank", organisation="BRI")
        await place.world.file("BRI", [case])
        await place.world.file("BSI", [case])
        account = {"bank": "BRI", "number": f"00{household:010}"}
        problem(await bank.post(f"/households/{household}/accounts", account), 404, "keluarga_tidak_ditemukan")

    async def test_an_account_of_a_family_out_of_sight_is_refused_as_such(self, place: Place) -> None:
        mine, far = (await place.families())[0], (await place.families(region=place.far))[0]
        pendamping = await place.person("pendamping")
        other = await place.person("pendamping", "jauh")
        await place.world.assign_families(pendamping.name, [mine])
        await place.world.assign_families(other.name, [far])
        account = {"bank": "BNI", "number": f"00{mine:010}"}
        done(await other.post(f"/households/{far}/accounts", account), 201)
        problem(await pendamping.post(f"/households/{mine}/accounts", account), 409, "rekening_keluarga_lain")

    async def test_an_account_of_another_family_is_refused_as_such(self, place: Place) -> None:
        pendamping = await place.person("pendamping")
        one, two = await place.families(2)
        await place.world.assign_families(pendamping.name, [one, two])
        account = {"bank": "BNI", "number": f"00{one:010}"}
        done(await pendamping.post(f"/households/{one}/accounts", account), 201)
        problem(await pendamping.post(f"/households/{two}/accounts", account), 409)

    async def test_a_closed_account_is_not_opened_again_by_naming_it(self, place: Place) -> None:
        pendamping = await place.person("pendamping")
        [household] = await place.families()
        await place.world.assign_families(pendamping.name, [household])
        path, account = f"/households/{household}/accounts", {"bank": "BRI", "number": f"00{household:010}"}
        made = done(await pendamping.post(path, account), 201)["account"]
        await place.world.admin.execute("UPDATE account SET status = 'tutup' WHERE id = %s", (made,))
        problem(await pendamping.post(path, account), 409, "rekening_keluarga_lain")
        assert await place.value("SELECT status FROM account WHERE id = %s", made) == "tutup"

    async def test_money_follows_the_tested_account_until_the_new_one_is_tested(self, place: Place) -> None:
        pendamping, system = await place.person("pendamping"), await place.world.system()
        [household] = await place.families()
        await place.world.assign_families(pendamping.name, [household])
        old, new = f"00{household:010}", f"99{household:010}"
        worker = place.world.worker
        done(await pendamping.post(f"/households/{household}/accounts", {"bank": "BRI", "number": old}), 201)
        await note_judged(worker, system, [(household, old)], "aktif")
        done(await pendamping.post(f"/households/{household}/accounts", {"bank": "BRI", "number": new}), 201)
        async with acting(worker, system) as seeing:
            paid = (await payees(seeing, [household], banks=[None]))[household]
            latest = (await payees(seeing, [household]))[household]
        assert (paid["number"], paid["account_status"]) == (old, "aktif")
        assert (latest["number"], latest["account_status"]) == (new, "belum_diuji")
        await note_judged(worker, system, [(household, old)], "gagal")
        await note_judged(worker, system, [(household, new)], "aktif")
        async with acting(worker, system) as seeing:
            assert (await payees(seeing, [household], banks=[None]))[household]["number"] == new
