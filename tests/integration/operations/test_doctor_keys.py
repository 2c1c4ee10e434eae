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
from alur.site import ACCOUNT_KEY, Site
from models.database import sync_connect
from models.settings import Settings
from models.signin.keys import Keys, new_account_key
from tests.support.world import World

Owner = Connection[DictRow]


@pytest.fixture
def owner(database: str) -> Iterator[Owner]:
    with sync_connect(database) as conn:
        yield conn


def told(key: str) -> Settings:
    return Settings(_env_file=None, account_key=SecretStr(key))


def test_what_is_no_key_needs_a_person_and_is_not_shown(owner: Owner, tmp_path: Path) -> None:
    line = keys.accounts(owner, told("bukan-kunci"), tmp_path)
    assert line.status is Status.GALAT
    assert "bukan-kunci" not in repr(line)


def test_one_that_is_not_known_here_is_worth_a_look_and_none_is_made(owner: Owner, tmp_path: Path) -> None:
    assert keys.accounts(owner, told(""), tmp_path).status is Status.PERHATIAN
    assert not list(tmp_path.iterdir())


async def test_it_opens_what_was_sealed_with_it_and_nothing_else_does(
    world: World, owner: Owner, tmp_path: Path
) -> None:
    key = new_account_key()
    for kind, name in (("totp", "satu"), ("telegram", "dua")):
        user = await world.user(name)
        owner.execute(
            "INSERT INTO second_factor (user_id, kind, sealed, since) VALUES (%s, %s, %s, alur_now())",
            (user, kind, Keys.of(key).seal(user, kind, "rahasia")),
        )
    right, other = (keys.accounts(owner, told(one), tmp_path) for one in (key, new_account_key()))
    assert (right.status, right.figures["checked"], right.figures["broken"]) == (Status.OK, 2, [])
    assert (other.status, len(other.figures["broken"])) == (Status.GALAT, 2)


def test_the_operator_s_comes_before_that_of_this_home(owner: Owner, tmp_path: Path) -> None:
    made = Site(tmp_path, "", None).account_key
    assert keys.accounts(owner, told(""), tmp_path).figures["source"] == ACCOUNT_KEY
    assert keys.accounts(owner, told(made), tmp_path).figures["source"] == keys.SETTING


def test_a_file_that_cannot_be_read_is_a_line_too(owner: Owner, tmp_path: Path) -> None:
    (tmp_path / ACCOUNT_KEY).write_bytes(b"\xff")
    assert keys.accounts(owner, told(""), tmp_path).status is Status.PERHATIAN
