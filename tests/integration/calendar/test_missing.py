"""A year whose list of holidays is not in is missed from the first of November before it, and not a day earlier."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from alur.doctor.database import calendar
from alur.doctor.lines import Status
from models.calendar.queries import missing_years
from models.database import sync_connect
from tests.support.world import World

WIB = ZoneInfo("Asia/Jakarta")


async def test_the_doctor_and_the_calendar_miss_it(world: World) -> None:
    year = (await world.now()).astimezone(WIB).year + 1
    with sync_connect(world.admin_dsn) as owner:
        for day in (date(one, month, 1) for one in (year - 1, year) for month in range(1, 13)):
            owner.execute(
                "INSERT INTO holiday (day, name, kind, decree) VALUES (%s, 'uji', 'libur', 'uji') "
                "ON CONFLICT DO NOTHING",
                (day,),
            )
        assert calendar(owner).status is Status.OK
        await world.travel(datetime(year, 10, 31, 23, 50, tzinfo=WIB))
        assert calendar(owner).status is Status.OK
        await world.travel(datetime(year, 11, 1, tzinfo=WIB))
        line = calendar(owner)
        assert (line.status, line.figures) == (Status.PERHATIAN, {"missing": [year + 1]})
        assert "alur calendar import" in line.mend
        assert str(year + 1) in line.what
        assert [row["year"] for row in await missing_years(world.api)] == [year + 1]
