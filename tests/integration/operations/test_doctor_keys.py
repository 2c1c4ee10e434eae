"""The doctor knows whether the key of accounts is the one they were made with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from psycopg import Connection
from psycopg.rows import DictRow
from pydantic import SecretStr

from alur.doctor import keys
from alur.doctor.lines import Status
from alur.site import Site
from models.database import sync_connect
from models.settings import Settings
from models.signin.keys import Keys, new_account_key
from tests.support.world import World

Owner = Connection[DictRow]


@pytest.fixture
def owner(database: str) -> Iterator[Owner]:
    with sync_connect(database) as conn:
        yield conn


@pytest.mark.parametrize("given", ["", "bukan-kunci"])
def test_none_and_one_that_is_none_need_a_person(owner: Owner, given: str) -> None:
    line = keys.accounts(owner, given)
    assert line.status is Status.GALAT
    assert "bukan-kunci" not in repr(line)


async def test_it_opens_what_was_sealed_with_it_and_nothing_else_does(world: World, owner: Owner) -> None:
    key = new_account_key()
    assert keys.accounts(owner, key).status is Status.OK
    for kind, name in (("totp", "satu"), ("telegram", "dua")):
        user = await world.user(name)
        owner.execute(
            "INSERT INTO second_factor (user_id, kind, sealed, since) VALUES (%s, %s, %s, alur_now())",
            (user, kind, Keys.of(key).seal(user, kind, "rahasia")),
        )
    assert (keys.accounts(owner, key).status, keys.accounts(owner, key).figures["checked"]) == (Status.OK, 2)
    other = keys.accounts(owner, new_account_key())
    assert (other.status, len(other.figures["broken"])) == (Status.GALAT, 2)


def test_the_one_of_this_home_is_found_and_none_is_made(database: str, tmp_path: Path) -> None:
    site, config = Site(tmp_path, database, None), Settings(_env_file=None)
    assert site.known_account_key(config) == ""
    assert not list(tmp_path.iterdir())
    made = site.account_key
    assert site.known_account_key(config) == made
    told = Settings(_env_file=None, account_key=SecretStr("lain"))
    assert site.known_account_key(told) == "lain"
