"""A case, and a region, as of any moment: the answers agree with a plain fold over the log, and now with positions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from models.penyaluran.queries import balance
from state_machines import BY_NAME
from tests.integration.api.kit import Caller, Place, done, problem
from tests.integration.door.kit import NAMES, NATIONAL, RULES, RUPIAH

pytestmark = pytest.mark.asyncio(loop_scope="session")

T = TypeVar("T")

PATHS = (
    "U01", "U01 U02 U05 U11 U15 U19", "U01 U02 U05 U11 U15 U19 U24", "U83 U40",
    "K01 K06 K07", "K01 K06 K07 K13 K14 K13",
    "P01", "P01 P03", "P01 P03 P02 P46 P24", "P01 P03 P07 P17 P20 P25 P26 P27 P29 P30 P37", "P01 P02 P05",
    "P01 P03 P07 P17 P20 P25 P26 P27 P63 P40",
)  # fmt: skip
ACCOUNTS = {state.id: state.account for state in BY_NAME["penyaluran"].states}
TICK = timedelta(microseconds=1)


@dataclass
class Told:
    """One case as its log tells it: (version, rule, when) in the order of versions, and amounts by version."""

    region: int
    log: list[tuple[int, str, datetime]]
    amounts: dict[int, int]
    facts: list[tuple[str, datetime]]

    def at(self, moment: datetime) -> tuple[int, str, datetime, int | None] | None:
        """Return version, rule, since and amount at a moment: the moves before the first one yet to come."""
        stood = None
        since = None
        for version, rule, when in self.log:
            if when > moment:
                break
            since = when if since is None else max(since, when)
            amounts = [self.amounts[n] for n in sorted(self.amounts) if n <= version]
            stood = (version, rule, since, amounts[-1] if amounts else None)
        return stood


async def read_log(place: Place) -> dict[int, Told]:
    """Return every case of the place's kabupaten with its log, as the administrator reads it."""
    found: dict[int, Told] = {}
    admin = place.world.admin
    lo, hi = place.kabupaten * 1_000_000, place.kabupaten * 1_000_000 + 999_999
    rows = await admin.execute(
        "SELECT c.id, c.region, t.version, r.id AS rule, a.at FROM case_ c JOIN transition t ON t.case_id = c.id "
        "JOIN rule r ON r.code = t.rule JOIN act a ON a.id = t.act WHERE c.region BETWEEN %s AND %s ORDER BY 1, 3",
        (lo, hi),
    )
    for row in await rows.fetchall():
        told = found.setdefault(row["id"], Told(row["region"], [], {}, []))
        told.log.append((row["version"], row["rule"], row["at"]))
    ids = (list(found),)
    for row in await (await admin.execute("SELECT * FROM nominal WHERE case_id = ANY (%s)", ids)).fetchall():
        found[row["case_id"]].amounts[row["version"]] = row["rupiah"]
    facts = "SELECT f.case_id, k.id, f.at FROM fact f JOIN fact_kind k ON k.code = f.kind WHERE f.case_id = ANY (%s)"
    for row in await (await admin.execute(facts, ids)).fetchall():
        found[row["case_id"]].facts.append((row["id"], row["at"]))
    return found


def folded(log: dict[int, Told], lo: int, hi: int, moment: datetime) -> tuple[Counter[tuple[str, str]], dict[str, int]]:
    """Return cases per (machine, state), and rupiah per account, of the villages lo to hi at a moment."""
    cases: Counter[tuple[str, str]] = Counter()
    rupiah: Counter[str] = Counter()
    for told in log.values():
        if lo <= told.region <= hi and (stood := told.at(moment)):
            _, rule, _, amount = stood
            machine, target = NAMES[rule].split(".")[0], RULES[rule].target
            cases[machine, target] += 1
            if machine == "penyaluran":
                account = ACCOUNTS[target] or ""
                rupiah[account if account in {"selesai", "disetor", "hangus", "keluar"} else "open"] += amount or 0
    formula = {name: rupiah[name] for name in ("selesai", "disetor", "hangus", "keluar", "open")}
    return cases, formula | {"closing": sum(formula.values())}


def counted(answer: dict[str, Any]) -> Counter[tuple[str, str]]:
    return Counter({(row["machine"], row["state"]): row["cases"] for row in answer["states"]})


async def shuffle(place: Place, case: int, offsets: list[int]) -> None:
    """Give the acts of a case other times, in whatever order, as late locks may: minutes before the last hour."""
    admin = place.world.admin
    async with admin.transaction():
        await admin.execute("ALTER TABLE act DISABLE TRIGGER append_only")
        for version, minutes in enumerate(offsets, 1):
            await admin.execute(
                "UPDATE act a SET at = a.at - make_interval(mins => %s) FROM transition t "
                "WHERE t.case_id = %s AND t.version = %s AND a.id = t.act",
                (minutes, case, version),
            )
        await admin.execute("ALTER TABLE act ENABLE ALWAYS TRIGGER append_only")
        await admin.execute("SET LOCAL ROLE alur_door")
        await admin.execute(f"SELECT {NATIONAL}")
        await admin.execute(
            "UPDATE position SET since = (SELECT max(a.at) FROM transition t JOIN act a ON a.id = t.act "
            "WHERE t.case_id = %s) WHERE case_id = %s",
            (case, case),
        )


def one_of(data: st.DataObject, things: Sequence[T]) -> T:
    """Return one of things that are not the same from example to example, as drawn by a number that is."""
    index: int = data.draw(st.integers(0, 10**6))
    return things[index % len(things)]


@pytest.fixture(scope="module")
def busy(places: Iterator[Place]) -> Place:
    """A place whose log grows with every example."""
    return next(places)


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),  # shrinking would only add to the log that failed
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
async def test_as_of_any_moment_agrees_with_a_fold_over_the_log(busy: Place, data: st.DataObject) -> None:
    auditor = await busy.person("auditor")
    for path in data.draw(st.lists(st.sampled_from(PATHS), min_size=1, max_size=3)):
        [case] = await busy.stand(
            path,
            region=data.draw(st.sampled_from([busy.village, busy.neighbour])),
            period=data.draw(st.sampled_from([202601, 202602])),
            ago=timedelta(minutes=data.draw(st.integers(60, 50_000))),
        )
        if data.draw(st.booleans()):
            steps = len(path.split())
            await shuffle(busy, case, data.draw(st.lists(st.integers(0, 8), min_size=steps, max_size=steps)))
    log = await read_log(busy)
    times = sorted({when for told in log.values() for _, _, when in told.log})
    for _ in range(3):
        moment = one_of(data, times) + data.draw(st.sampled_from([-TICK, timedelta(0), TICK]))
        asked = {"at": moment.isoformat()}
        unit, code = data.draw(
            st.sampled_from([(1, busy.village), (10_000, busy.village // 10_000), (1_000_000, busy.kabupaten)])
        )
        answer = done(await auditor.get(f"/audit/regions/{code}", **asked))
        cases, formula = folded(log, code * unit, code * unit + unit - 1, moment)
        assert counted(answer) == cases
        assert answer["balance"] == formula
        assert answer["machines"] == {
            name: sum(n for (machine, _), n in cases.items() if machine == name) for name in answer["machines"]
        }
        case = one_of(data, sorted(log))
        stood = log[case].at(moment)
        if stood is None:
            problem(await auditor.get(f"/audit/cases/{case}", **asked), 404, "kasus_belum_dibuka")
            continue
        told = done(await auditor.get(f"/audit/cases/{case}", **asked))
        assert (told["version"], told["rule"], datetime.fromisoformat(told["since"]), told["nominal_rp"]) == stood
        assert told["state"] == RULES[stood[1]].target


async def test_the_fold_itself_knows_late_moves_and_amounts(busy: Place) -> None:
    """What the generated test would miss if nothing it drew were out of order, closed, or yet to come."""
    [case] = await busy.stand("P01 P03 P02 P46 P24", ago=timedelta(minutes=100))
    await shuffle(busy, case, [0, 0, 2, 5, 0])
    told = (await read_log(busy))[case]
    times = [when for _, _, when in told.log]
    assert times != sorted(times)
    assert told.at(times[0] - TICK) is None
    assert told.at(times[0]) == (1, "P01", times[0], None)
    assert [told.at(when + TICK) for when in times][1] == (4, "P46", times[1], RUPIAH)
    assert sorted(told.amounts) == [2, 5]


class TestNow:
    async def test_it_is_what_positions_and_amounts_say(self, place: Place) -> None:
        auditor, kpa = await place.person("auditor"), await place.person("kpa", programme="PKH")
        for path in PATHS:
            await place.stand(path)
        kecamatan = await place.person("operator_kecamatan")
        [moved] = await place.stand("U01 U02 U05 U11 U15")
        done(await kecamatan.move(moved, "usulan.teruskan", note="x"), 201)
        rows = await (
            await place.world.admin.execute(
                "SELECT m.name AS machine, s.id AS state, s.account, count(*) AS cases, "
                "       COALESCE(sum(nominal_of(p.case_id)), 0)::bigint AS rupiah "
                "  FROM position p JOIN state s ON s.code = p.state JOIN machine m ON m.code = s.machine "
                " WHERE p.region / 1000000 = %s GROUP BY 1, 2, 3",
                (place.kabupaten,),
            )
        ).fetchall()
        told = done(await auditor.get(f"/audit/regions/{place.kabupaten}"))
        assert {(r["machine"], r["state"], r["cases"], r["rupiah"]) for r in told["states"]} == {
            (r["machine"], r["state"], r["cases"], r["rupiah"]) for r in rows
        }
        assert told["balance"] == balance([row for row in rows if row["machine"] == "penyaluran"])
        assert told["balance"]["selesai"] == told["balance"]["disetor"] == RUPIAH
        assert told["balance"]["open"] > 0
        paid = done(await kpa.get(f"/audit/regions/{place.kabupaten}"))
        assert set(paid["machines"]) == {"kepesertaan", "penyaluran"}
        assert paid["balance"] == told["balance"]

    async def test_a_region_is_told_as_far_as_the_asker_sees(self, place: Place) -> None:
        await place.stand("U01", 2)
        await place.stand("U01", 3, region=place.neighbour)
        for role, region, found in (
            ("operator_desa", place.village, {"usulan": 2}),
            ("operator_desa", place.far, {}),
            ("kepala_dinas", place.village, {"usulan": 5}),
            ("auditor", place.village, {"usulan": 5}),
            ("bank", place.village, {}),
        ):
            who = await place.person(role, f"kini.{role}{region}", region=region)
            assert done(await who.get(f"/audit/regions/{place.kabupaten}"))["machines"] == found, role
        dotted = f"{place.kabupaten // 100}.{place.kabupaten % 100:02}"
        told = done(await who.get(f"/audit/regions/{dotted}"))
        assert (told["region"], told["dotted"]) == (place.kabupaten, dotted)
        problem(await who.get("/audit/regions/kota"), 422, "wilayah_tidak_ada")

    async def test_before_anything_happened_there_is_nothing(self, place: Place) -> None:
        auditor = await place.person("auditor")
        [case] = await place.stand("P01 P03")
        then = {"at": "2001-01-01T00:00:00Z"}
        told = done(await auditor.get(f"/audit/regions/{place.village}", **then))
        assert (told["machines"], told["states"]) == ({}, [])
        assert set(told["balance"].values()) == {0}
        problem(await auditor.get(f"/audit/cases/{case}", **then), 404, "kasus_belum_dibuka")


class TestACase:
    async def test_it_is_told_with_the_facts_known_then_and_no_later_ones(self, place: Place) -> None:
        operator, auditor = await place.person("operator_desa"), await place.person("auditor")
        [case] = await place.drafts(operator)
        drafted = await place.world.now()
        done(await operator.post(f"/cases/{case}/facts", {"evidence": {"ktp": {"nik": "3204050101800001"}}}), 201)
        known = await place.world.now()
        done(await operator.move(case, "usulan.kirim_cek"), 201)
        opening = sorted(RULES["U01"].needs)

        async def then(who: Caller, at: datetime) -> dict[str, Any]:
            told: dict[str, Any] = done(await who.get(f"/audit/cases/{case}", at=at.isoformat()))
            return told

        first, second = await then(auditor, drafted), await then(auditor, known)
        last = done(await auditor.get(f"/audit/cases/{case}"))
        assert [told["state"] for told in (first, second, last)] == ["draf", "draf", "cek_data"]
        assert [told["version"] for told in (first, second, last)] == [1, 1, 2]
        assert {told["version_now"] for told in (first, second, last)} == {2}
        assert sorted(fact["kind"] for fact in first["facts"]) == opening
        assert second["facts"][0]["kind"] == "ktp"
        assert len(second["facts"]) == len(opening) + 1
        assert second["facts"][0]["value"] == {"nik": "320405••••••0001"}
        assert {fact["source"] for fact in first["facts"]} == {"operator_desa"}
        assert last["since"] > second["since"]

    async def test_its_batch_is_that_of_the_gate_which_last_moved_it_by_then(self, place: Place) -> None:
        chief, auditor = await place.person("kepala_dinas"), await place.person("auditor")
        [case] = await place.stand("U01 U02 U05 U11 U15 U19 U22")
        batch = await place.batch()
        approval = await place.gate("pengesahan", [case], batch=batch)
        before = await place.world.now()
        sent = {"verdict": "setuju", "evidence": {"surat_pengesahan": {"nomor": "1"}}}
        done(await chief.post(f"/approvals/{approval}/decisions", sent), 201)
        system = await place.world.system()
        await place.world.worker.execute("SELECT * FROM approval_execute(%s, %s)", (system, approval))
        told = done(await auditor.get(f"/audit/cases/{case}"))
        assert (told["state"], told["batch"]) == ("disahkan", batch)
        then = done(await auditor.get(f"/audit/cases/{case}", at=before.isoformat()))
        assert (then["state"], then["batch"]) == ("siap_sah", None)

    async def test_out_of_sight_it_is_not_there(self, place: Place) -> None:
        [case] = await place.stand("U01")
        stranger = await place.person("operator_desa", region=place.neighbour)
        problem(await stranger.get(f"/audit/cases/{case}"), 404, "kasus_tidak_ditemukan")
