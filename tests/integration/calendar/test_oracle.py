"""Deadlines and windows in SQL are those that trying every day finds: in every zone, over midnights and month ends,
with holidays of the nation and of one region, joint leave, extensions, and policies that change in mid-run.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.region.rules import timezone_of
from tests.integration.calendar.conftest import Owner, decreed
from tests.integration.calendar.oracle import DAY, ZONES, Calendar, Decreed, Granted, Off

BEGIN = date(2026, 1, 20)
SPAN = 110
"""Days in which things happen: over two month ends, a short February and both ends of a European summer."""
ALWAYS = datetime(2017, 1, 1, tzinfo=UTC)
REGIONS = (3204052001, 5171010001, 6402012001, 9171012001, 8101012001, 6101012001)
WEEK = [1, 2, 3, 4, 5]

days = st.integers(0, SPAN).map(lambda n: BEGIN + n * DAY)
regions = st.sampled_from(REGIONS)
weeks = st.fixed_dictionaries(
    {
        "hari": st.sampled_from([WEEK, [1, 2, 3, 4, 5, 6], [1, 2, 3, 4], [7]]),
        "libur": st.sampled_from([["libur", "cuti_bersama", "libur_daerah"], ["libur"], ["libur", "cuti_bersama"], []]),
    }
)
spans = st.fixed_dictionaries({"dari": st.integers(1, 31), "sampai": st.integers(1, 31)})
said = st.one_of(
    spans,
    spans,
    spans.flatmap(lambda w: st.lists(st.integers(1, 12), max_size=4).map(lambda months: {**w, "bulan": months})),
    st.sampled_from(["tutup", None, {"dari": 1, "sampai": 31}, {"dari": 31, "sampai": 31}]),
)


@st.composite
def moments(draw: st.DrawFn, region: int) -> datetime:
    """A moment, mostly close to a local midnight, of which the zones of Indonesia have three."""
    there = Calendar(region, ()).midnight(draw(days))
    near = st.sampled_from([timedelta(0), timedelta(microseconds=-1), timedelta(seconds=1), timedelta(hours=-1)])
    return (there + draw(near | st.timedeltas(timedelta(0), timedelta(days=1)))).astimezone(UTC)


@st.composite
def policies(
    draw: st.DrawFn, region: int, keys: Sequence[tuple[str, Any]], values: st.SearchStrategy[Any]
) -> list[Decreed]:
    """What holds from the beginning, and up to four changes at different moments, for all or for a region."""
    found = [Decreed(ALWAYS + n * timedelta(seconds=1), key, value) for n, (key, value) in enumerate(keys)]
    for since in draw(st.lists(moments(region), max_size=4, unique=True)):
        where = draw(st.sampled_from(["", f"@{region // 10**6}", f"@{region // 10**8}", "@9999"]))
        key = draw(st.sampled_from([key for key, _ in keys]))
        found.append(Decreed(since, key + where, draw(values)))
    return found


@st.composite
def holidays(draw: st.DrawFn, region: int) -> list[Off]:
    found = {}
    for day in draw(st.lists(days, max_size=14)):
        kind = draw(st.sampled_from(["libur", "cuti_bersama", "libur_daerah"]))
        unit = draw(st.sampled_from([1, 10**4, 10**6, 10**8]))
        at = draw(st.sampled_from([region, 1101012001]))
        lo = at // unit * unit
        off = Off(day, kind, lo, lo + unit - 1) if kind == "libur_daerah" else Off(day, kind)
        found[day, kind, off.lo, off.hi] = off
    return list(found.values())


@st.composite
def extensions(draw: st.DrawFn, region: int) -> list[Granted]:
    found = []
    for first in draw(st.lists(days, max_size=3)):
        last = min(first + draw(st.integers(0, 12)) * DAY, (first.replace(day=1) + 31 * DAY).replace(day=1) - DAY)
        kab = draw(st.sampled_from([region, 1101012001])) // 10**6 * 10**6
        step = draw(st.sampled_from(["input", "kirim", "pengesahan"]))
        found.append(Granted(step, kab, kab + 10**6 - 1, first, last))
    return found


many = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


@many
@given(data=st.data())
def test_a_deadline_is_the_one_that_counting_days_finds_and_never_runs_backwards(
    owner: Owner, data: st.DataObject
) -> None:
    region = data.draw(regions)
    keys = [
        ("hari_kerja.kantor", {"hari": WEEK, "libur": ["libur", "cuti_bersama", "libur_daerah"]}),
        ("hari_kerja.bank", {"hari": WEEK, "libur": ["libur", "cuti_bersama"]}),
    ]
    words = [("kalender.hari", {"hari_14": "kirim", "hari_31": "pengesahan"})]
    wanted = Calendar(
        region,
        [
            *data.draw(policies(region, keys, weeks)),
            *(Decreed(ALWAYS + timedelta(minutes=1), key, value) for key, value in words),
        ],
        data.draw(holidays(region)),
        data.draw(extensions(region)),
    )
    spec = data.draw(
        st.sampled_from(
            ["1 wd", "2 wd", "5 wd", "17 wd", "0 wd", "3 bd", "14 d", "7 h", "15 min", "hari_14", "hari_31", "hari_1"]
        )
    )
    asked = sorted(data.draw(st.lists(moments(region), min_size=1, max_size=8)))
    with decreed(owner, wanted) as conn:
        told = [
            row["due"]
            for row in conn.execute(
                "SELECT deadline(s.since, %s, %s) AS due FROM unnest(%s::timestamptz[]) WITH ORDINALITY AS s(since, n) "
                "ORDER BY s.n",
                (spec, region, asked),
            ).fetchall()
        ]
    assert told == [wanted.deadline(since, spec) for since in asked]
    assert all(one <= two for one, two in pairwise(told) if one and two)
    assert all(due is None or due > since for since, due in zip(asked, told, strict=True))


@many
@given(data=st.data())
def test_working_days_between_two_days_are_counted_and_undo_a_deadline(owner: Owner, data: st.DataObject) -> None:
    region = data.draw(regions)
    keys = [("hari_kerja.kantor", {"hari": WEEK, "libur": ["libur"]})]
    wanted = Calendar(region, data.draw(policies(region, keys, weeks)), data.draw(holidays(region)))
    first, last = data.draw(days), data.draw(days)
    amount = data.draw(st.integers(1, 20))
    with decreed(owner, wanted) as conn:
        row = conn.execute(
            "SELECT working_days_between(%(a)s, %(b)s, %(r)s) AS between, workday_after(%(a)s, %(n)s, %(r)s) AS day, "
            "working_days_between(%(a)s, workday_after(%(a)s, %(n)s, %(r)s), %(r)s) AS back, "
            "is_workday(%(a)s, %(r)s) AS works",
            {"a": first, "b": last, "r": region, "n": amount},
        ).fetchone()
    assert row is not None
    assert row["between"] == wanted.between(first, last)
    assert row["works"] == wanted.works(first)
    assert row["day"] is None or (row["back"] == amount and wanted.works(row["day"]))


@many
@given(data=st.data())
def test_a_window_and_its_next_opening_are_those_that_trying_every_day_finds(owner: Owner, data: st.DataObject) -> None:
    region = data.draw(regions)
    keys: list[tuple[str, Any]] = [
        ("jendela.kirim", {"dari": 1, "sampai": 14}),
        ("jendela.pengesahan", {"dari": 15, "sampai": 17}),
        ("jendela.kirim.PBI_JK", {"dari": 1, "sampai": 11}),
    ]
    wanted = Calendar(
        region,
        [
            *data.draw(policies(region, keys, said)),
            Decreed(ALWAYS + timedelta(minutes=1), "jendela.jenis", ["BARU", "USULAN_PROGRAM"]),
        ],
        (),
        data.draw(extensions(region)),
    )
    step = data.draw(st.sampled_from(["kirim", "pengesahan", "tarik"]))
    programme = data.draw(st.sampled_from([None, "PBI_JK", "PKH"]))
    jenis = data.draw(st.sampled_from([None, "BARU", "PINDAH"]))
    asked = data.draw(st.lists(moments(region), min_size=1, max_size=4))
    with decreed(owner, wanted) as conn:
        rows = conn.execute(
            "SELECT a.at, window_open(%(s)s, %(r)s, a.at, %(p)s, %(j)s) AS is_open, w.* "
            "FROM unnest(%(at)s::timestamptz[]) WITH ORDINALITY AS a(at, n) "
            "CROSS JOIN LATERAL next_window(%(s)s, %(r)s, %(p)s, %(j)s, a.at) AS w ORDER BY a.n",
            {"s": step, "r": region, "p": programme, "j": jenis, "at": asked},
        ).fetchall()

    def is_open(at: datetime) -> bool:
        return wanted.open(step, at, programme, jenis)

    horizon = 220
    for at, row in zip(asked, rows, strict=True):
        assert row["is_open"] == row["open_now"] == is_open(at)
        opens, closes = wanted.opening(is_open, at, horizon)
        beyond = at + horizon * DAY
        if row["open_now"]:
            assert row["opens_at"] <= at
            assert all(is_open(turn) for turn in [row["opens_at"], *wanted.turns(row["opens_at"], at)])
        elif opens is None:
            assert row["opens_at"] is None or row["opens_at"] >= beyond
        else:
            assert row["opens_at"] == opens
        if closes is None:
            assert row["closes_at"] is None or row["closes_at"] >= beyond
        else:
            assert row["closes_at"] == closes
        if opens is not None:
            assert row["serves"] == served(wanted, step, programme, opens, row["serves"])


def served(wanted: Calendar, step: str, programme: str | None, taken: datetime, told: int | None) -> int | None:
    """The month of the first pengesahan at or after a moment; what was told where none is near."""
    if step == "kirim":
        found, _ = wanted.opening(lambda at: wanted.open("pengesahan", at, programme), taken, 220)
        if found is None:
            limit = wanted.day(taken + 200 * DAY)
            assert told is None or told >= limit.year * 100 + limit.month
            return told
        taken = found
    day = wanted.day(taken)
    return day.year * 100 + day.month


def test_every_province_has_its_zone_in_sql_as_in_python(owner: Owner) -> None:
    assert len(ZONES) == 38
    for province, zone in ZONES.items():
        village = province * 10**8 + 1_012_001
        row = owner.execute("SELECT region_zone(%s) AS zone", (village,)).fetchone()
        assert (row or {})["zone"] == timezone_of(province) == zone


@pytest.mark.parametrize(
    ("due", "village", "day"),
    [
        ("2026-12-14T17:00:00Z", 3204052001, "2026-12-14"),  # midnight in WIB: the 14th has ended
        ("2026-12-14T17:00:00Z", 5171012001, "2026-12-15"),  # 01.00 of the 15th in WITA
        ("2026-12-14T22:00:00Z", 3204052001, "2026-12-15"),  # five in the morning, and no day of UTC
    ],
)
def test_a_deadline_is_told_by_its_last_day_where_it_runs(owner: Owner, due: str, village: int, day: str) -> None:
    row = owner.execute("SELECT last_day(%s, %s) AS day", (due, village)).fetchone()
    assert row is not None
    assert row["day"] == day
