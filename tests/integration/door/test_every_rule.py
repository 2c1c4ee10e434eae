"""What every rule holds beside its arrow, asked of all rules alike: role, evidence, reason, four eyes, steps, time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from models.case.commands import CaseFact, write_facts
from models.case.outcomes import Outcome
from state_machines import BY_NAME, Machine, Rule
from state_machines.facts import BY_ID as FACTS
from tests.integration.door.board import Board, Spot, legal_spot, open_window
from tests.integration.door.kit import evidence, person, told
from tests.support.world import World


def boards(world: World) -> list[Board]:
    """Return an empty board for every machine."""
    return [Board(world, machine) for machine in BY_NAME.values()]


def moving(machine: Machine) -> list[Rule]:
    """Return the rules that move a case; opening is another call."""
    return [rule for rule in machine.rules if not rule.opens]


def demanded(rule: Rule) -> list[str]:
    """Return the evidence a rule needs from people, an old notice aside: the board has put that there."""
    return [need for need in rule.needs if not FACTS[need].derived and not FACTS[need].min_age]


async def ask(board: Board, spots: Sequence[Spot], **more: Any) -> list[Outcome]:
    """Ask each spot's rule of its case, one by one, by somebody the rule names."""
    return [(await (await board.who(spot.rule)).fire(spot.rule.id, [spot.case], **more))[0] for spot in spots]


# -- roles ---------------------------------------------------------------------------------------------------------

SEE_ALL = ("operator_desa", "verifikator_kab", "kepala_dinas", "dinsos_provinsi", "pusdatin", "menteri", "auditor")
SEE_PKH = ("direktorat", "kpa", "ppk", "ppspm")
SEES = {
    "kepesertaan": SEE_ALL + SEE_PKH,
    "penyaluran": SEE_ALL + SEE_PKH,
    "siklus": ("pusdatin", "menteri", "auditor"),
}
"""Machine -> roles that see its cases on the board; a cycle is the nation's."""


async def test_a_rule_is_closed_to_every_role_it_does_not_name(world: World) -> None:
    answers: dict[tuple[str, str], str] = {}
    for board in boards(world):
        spots = [await board.legal(rule) for rule in moving(board.machine)]
        await board.place(spots)
        roles = SEES.get(board.machine.name, SEE_ALL)
        others = [await person(world, role, f"{role} lain") for role in roles]
        for spot in spots:
            for other in others:
                if other.role not in spot.rule.by:
                    answers[spot.rule.id, other.role] = await other.one(spot.rule.id, spot.case)
    assert answers == dict.fromkeys(answers, "peran")
    assert len(answers) > 1000


# -- evidence ------------------------------------------------------------------------------------------------------


async def test_a_rule_without_any_evidence_names_exactly_what_it_needs(world: World) -> None:
    await open_window(world)
    answers, expected = {}, {}
    for board in boards(world):
        spots = [await board.legal(rule) for rule in moving(board.machine) if demanded(rule)]
        await board.place(spots)
        for spot, answer in zip(spots, await ask(board, spots, facts={}, case_facts=(), note=None), strict=True):
            answers[spot.rule.id] = (told(answer), set(answer.missing))
            expected[spot.rule.id] = ("bukti_kurang", set(demanded(spot.rule)))
    assert answers == expected


async def test_a_rule_without_one_piece_of_evidence_names_exactly_that_piece(world: World) -> None:
    await open_window(world)
    answers, expected = {}, {}
    for board in boards(world):
        pieces = [(await board.legal(rule), need) for rule in moving(board.machine) for need in demanded(rule)]
        await board.place([spot for spot, _ in pieces])
        for spot, need in pieces:
            who = await board.who(spot.rule)
            (answer,) = await who.fire(spot.rule.id, [spot.case], without=(need,))
            answers[spot.rule.id, need] = (told(answer), answer.missing)
            expected[spot.rule.id, need] = ("bukti_kurang", (need,))
    assert answers == expected


ANY_VALUE = {
    "rupiah": 1,
    "periode": 202601,
    "tanggal": ["2026-01-01", "2026-01-02", "2026-01-03"],
    "diperiksa": [],
    "salah": {},
}
"""A value that every kind of evidence accepts."""

ALTERNATIVES = {
    "ba_atau_sptjm_atau_dokumen": {
        *("berita_acara", "sptjm", "ba_berlaku", "dokumen_jenis", "pernyataan_terima", "skpwni_atau_kk_baru"),
    },
    "kasus_asal_atau_versi": {"kasus_asal", "id_versi"},
}


async def test_any_one_of_the_alternatives_a_need_names_satisfies_it(world: World) -> None:
    await open_window(world)
    told_by = {}
    for rule_id, need in (("U15", "ba_atau_sptjm_atau_dokumen"), ("K17", "kasus_asal_atau_versi")):
        board = next(board for board in boards(world) if board.machine.prefix == rule_id[0])
        rule = board.machine.rule[rule_id]
        spots = [await board.legal(rule) for _ in FACTS]
        await board.place(spots)
        # Whoever may write every kind brings them in one by one; the mover himself brings nothing.
        system = await person(world, "sistem")
        for kind, spot in zip(FACTS.values(), spots, strict=True):
            if kind.derived:
                continue
            await write_facts(world.worker, system.session, [CaseFact(spot.case, kind.id, ANY_VALUE)])
            who = await board.who(rule)
            told_by[need, kind.id] = await who.one(rule_id, spot.case, facts={}, note=None)
    enough = {pair for pair, answer in told_by.items() if answer == "dipindah"}
    assert enough == {(need, kind) for need, kinds in ALTERNATIVES.items() for kind in {need, *kinds}}
    assert {answer for pair, answer in told_by.items() if pair not in enough} == {"bukti_kurang"}


# -- reasons -------------------------------------------------------------------------------------------------------


async def test_a_rule_with_reasons_moves_for_each_of_them(world: World) -> None:
    await open_window(world)
    answers, expected = {}, {}
    for board in boards(world):
        asked = [(await board.legal(rule), reason) for rule in moving(board.machine) for reason in rule.reasons]
        await board.place([spot for spot, _ in asked])
        for spot, reason in asked:
            who = await board.who(spot.rule)
            answers[spot.rule.id, reason] = await who.one(spot.rule.id, spot.case, reason=reason)
            expected[spot.rule.id, reason] = "dipindah" if spot.rule.people == 1 else "menunggu_orang_lain"
    assert answers == expected


async def test_a_rule_with_reasons_moves_for_none_and_for_no_other(world: World) -> None:
    answers = {}
    for board in boards(world):
        spots = [await board.legal(rule) for rule in moving(board.machine) if rule.reasons]
        await board.place(spots)
        for spot in spots:
            who = await board.who(spot.rule)
            for reason in {None, "JADWAL_DIGANTI", "SAMPEL_GAGAL"} - set(spot.rule.reasons):
                answers[spot.rule.id, reason] = await who.one(spot.rule.id, spot.case, reason=reason)
    assert answers == dict.fromkeys(answers, "alasan")
    assert len(answers) > 150


async def test_a_rule_without_reasons_takes_none(world: World) -> None:
    answers: dict[str, str] = {}
    for board in boards(world):
        spots = [await board.legal(rule) for rule in moving(board.machine) if not rule.reasons]
        await board.place(spots)
        outcomes = await ask(board, spots, reason="SALAH_KLIK")
        answers |= {spot.rule.id: told(outcome) for spot, outcome in zip(spots, outcomes, strict=True)}
    assert answers == dict.fromkeys(answers, "alasan")
    assert len(answers) > 80


# -- four eyes -----------------------------------------------------------------------------------------------------


async def test_whoever_fired_a_barred_rule_is_refused(world: World) -> None:
    answers: dict[tuple[str, str], str] = {}
    for board in boards(world):
        asked = []
        for rule in moving(board.machine):
            mover = await board.who(rule)
            for barred in rule.barred:
                spot = legal_spot(rule)
                spot.past.insert(1, (barred, mover.user))
                asked.append((spot, barred))
        await board.place([spot for spot, _ in asked])
        outcomes = await ask(board, [spot for spot, _ in asked])
        answers |= {(spot.rule.id, rule): told(o) for (spot, rule), o in zip(asked, outcomes, strict=True)}
    assert answers == dict.fromkeys(answers, "empat_mata")
    assert len(answers) > 100


TWO_PERSONS = {"U86", "U87", "U88", "U89", "K07", "K20", "K21", "P64", "P73", "P74", "P75", "P76", "P77", "S34", "V11"}
"""The corrections, and a programme's decree."""


async def test_a_correction_waits_for_a_second_person_and_the_first_stays_one(world: World) -> None:
    await open_window(world)
    answers = {}
    for board in boards(world):
        spots = [legal_spot(rule) for rule in moving(board.machine) if rule.people > 1]
        await board.place(spots)
        for spot in spots:
            first, second = await board.who(spot.rule), await board.who(spot.rule, second=True)
            answers[spot.rule.id] = tuple(
                [await who.one(spot.rule.id, spot.case) for who in (first, first, second, second)]
            )
    # The fourth click finds the case moved on, and the rule no longer open there.
    waits = ("menunggu_orang_lain", "menunggu_orang_lain", "dipindah", "tidak_terbuka")
    assert answers == dict.fromkeys(TWO_PERSONS, waits)


# -- kinds and steps -----------------------------------------------------------------------------------------------

STEPS = {
    "BARU": "musdes pengesahan olah_pusat pemeringkatan sk",
    "PEMBARUAN": "pengesahan olah_pusat pemeringkatan",
    "PERBAIKAN_IDENTITAS": "",
    "TAMBAH_ANGGOTA": "",
    "PECAH_KK": "pengesahan",
    "GANTI_PENGURUS": "pengesahan",
    "PINDAH": "terima",
    "MENINGGAL": "",
    "NONAKTIF": "musdes pengesahan",
    "REAKTIVASI": "pengesahan olah_pusat",
    "USULAN_PROGRAM": "musdes pengesahan olah_pusat",
    "KEHAMILAN": "",
    "DISABILITAS": "",
}
"""Domain section 1.4, by hand: the steps each kind takes, in the order of its codes."""

STEPPED = {
    "U10": ("musdes", ""),
    "U11": ("musdes", ""),
    "U58": ("musdes", ""),
    "U59": ("", "musdes terima"),
    "U60": ("terima", ""),
    "U22": ("pengesahan", ""),
    "U27": ("pengesahan", ""),
    "U66": ("", "pengesahan"),
    "U32": ("olah_pusat", ""),
    "U74": ("olah_pusat", ""),
    "U77": ("pengesahan", "olah_pusat"),
    "U90": ("", "pengesahan"),
    "U34": ("pemeringkatan", ""),
    "U78": ("olah_pusat", "pemeringkatan"),
    "U35": ("sk", ""),
    "U80": ("pemeringkatan", "sk"),
    "U81": ("sk", ""),
}
"""Rule -> the steps its kind must take, and must not take."""


async def test_a_kind_of_proposal_takes_its_own_steps_only(world: World) -> None:
    board = Board(world, BY_NAME["usulan"])
    spots = {}
    for rule_id in STEPPED:
        for code, kind in enumerate(STEPS, 1):
            spots[rule_id, kind] = spot = legal_spot(board.machine.rule[rule_id])
            spot.kind = code
    await board.place(list(spots.values()))
    answers = dict(zip(spots, await ask(board, list(spots.values())), strict=True))

    def open_to(rule_id: str, kind: str) -> bool:
        must, must_not = (set(steps.split()) for steps in STEPPED[rule_id])
        return must <= set(STEPS[kind].split()) and not must_not & set(STEPS[kind].split())

    assert {key: told(answer) for key, answer in answers.items()} == {
        key: "dipindah" if open_to(*key) else "langkah" for key in spots
    }


# -- time ----------------------------------------------------------------------------------------------------------

WAITS = {
    ("U46", "usul_warga"): 14,
    ("U04", "draf"): 60,
    ("U04", "tidak_padan"): 60,
    ("U04", "padan"): 90,
    ("U04", "menunggu_terima"): 60,
    ("U04", "musyawarah"): 90,
    ("U04", "usulan_final"): 90,
    ("U04", "menunggu"): 180,
    ("U04", "dikembalikan"): 60,
    ("U56", "digabung"): 14,
    ("U63", "menunggu_terima"): 14,
    ("U65", "diajukan"): None,
    ("U76", "di_provinsi"): 2,
    ("P38", "sukses"): 90,
    ("S16", "tanggapan_penyalur"): None,
    ("S23", "eskalasi"): 7,
    ("S29", "ditolak"): 14,
    ("S30", "dikabulkan"): 14,
}
"""Rule and state -> the days a case must have stood there; None for a few working days."""


async def test_a_timer_fires_after_its_time_and_not_before(world: World) -> None:
    answers = {}
    for name in ("usulan", "penyaluran", "sanggah"):
        board = Board(world, BY_NAME[name])
        spots = []
        for (rule_id, state), days in WAITS.items():
            if rule_id in board.machine.rule:
                for early in (True, False):
                    spot = legal_spot(board.machine.rule[rule_id], state)
                    wait = (1, 12) if days is None else (days, days + 1)
                    spot.days = wait[0] - 1 if early else wait[1]
                    spots.append((spot, early))
        await board.place([spot for spot, _ in spots])
        for (spot, early), answer in zip(spots, await ask(board, [spot for spot, _ in spots]), strict=True):
            answers[spot.rule.id, spot.state, early] = told(answer)
    assert answers == {
        (rule, state, early): "belum_waktunya" if early else "dipindah"
        for rule, state in WAITS
        for early in (True, False)
    }
    declared = {
        (r.id, s) for machine in BY_NAME.values() for r in machine.rules if r.guard.not_before for s in r.sources
    }
    assert declared == set(WAITS)


WINDOWS = {
    **dict.fromkeys(("U55", "U89", "K20", "K21", "P75", "P76"), 14),
    **dict.fromkeys(("U87", "P64", "P73", "P74", "P77", "V11"), 7),
    **dict.fromkeys(("U86", "S34"), 12),
    "U88": 35,
}
"""Rule -> days after which its correction is too late: U86 and S34 have three working days, U88 until the 18th."""


def windowed() -> Iterator[Rule]:
    return (rule for machine in BY_NAME.values() for rule in machine.rules if rule.window)


async def test_a_correction_is_refused_after_its_window(world: World) -> None:
    assert {rule.id for rule in windowed()} == set(WINDOWS)
    answers: dict[str, str] = {}
    for machine in BY_NAME.values():
        board = Board(world, machine)
        spots = [legal_spot(rule) for rule in windowed() if rule in machine.rules]
        for spot in spots:
            spot.days = WINDOWS[spot.rule.id]
        await board.place(spots)
        answers |= {spot.rule.id: told(a) for spot, a in zip(spots, await ask(board, spots), strict=True)}
    assert answers == dict.fromkeys(WINDOWS, "lewat_waktu")


async def test_a_correction_is_open_until_the_end_of_its_window(world: World) -> None:
    days = {rule: n - 1 for rule, n in WINDOWS.items() if n in {7, 14}}
    answers: dict[str, str] = {}
    for machine in BY_NAME.values():
        board = Board(world, machine)
        spots = [legal_spot(rule) for rule in windowed() if rule in machine.rules and rule.id in days]
        for spot in spots:
            spot.days = days[spot.rule.id]
        if not spots:
            continue
        await board.place(spots)
        answers |= {spot.rule.id: told(a) for spot, a in zip(spots, await ask(board, spots), strict=True)}
    assert {rule for rule, answer in answers.items() if answer == "lewat_waktu"} == set()
    assert set(answers) == set(days)


def test_the_sweeps_leave_no_rule_out() -> None:
    rules = [rule for machine in BY_NAME.values() for rule in moving(machine)]
    assert len(rules) == 225
    assert all(evidence(rule.id, rule.by[0]).keys() <= set(rule.needs) for rule in rules)
