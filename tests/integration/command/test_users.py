"""The first administrator by the command, and the key of accounts."""

from __future__ import annotations

import pytest

from models.database import sync_connect
from models.signin.keys import Keys, digest
from models.user.commands import Scope, assign, make_user
from tests.integration.command.conftest import Give

NIK = "3171010101700001"


def test_the_first_administrator_gets_a_link_that_is_kept_as_a_hash(alur: Give, database: str) -> None:
    done = alur("users", "create-admin", "--name", "Siti Admin", "--nik", NIK)
    assert done.exit_code == 0
    link = done.output.splitlines()[1]
    assert NIK not in done.output
    with sync_connect(database) as conn:
        rows = conn.execute(
            "SELECT u.name, r.id AS role, l.secret_hash, l.made_by, a.lo, a.hi FROM signin_link l "
            "JOIN account_user u ON u.id = l.user_id JOIN assignment a ON a.user_id = u.id "
            "JOIN role r ON r.code = a.role"
        ).fetchall()
        assert rows == [
            {
                "name": "Siti Admin",
                "role": "admin_pusat",
                "secret_hash": digest(link),
                "made_by": None,
                "lo": 0,
                "hi": 9_999_999_999,
            }
        ]
        again = alur("users", "create-admin", "--name", "Siti Admin", "--nik", NIK)
        assert again.exit_code == 0
        people = conn.execute("SELECT count(*) AS n FROM credential").fetchone()
        good = conn.execute("SELECT count(*) AS n FROM signin_link WHERE ended_at IS NULL").fetchone()
    assert (people, good) == ({"n": 1}, {"n": 1})


def test_whoever_handles_cases_becomes_no_administrator(alur: Give, database: str) -> None:
    assert alur("users", "create-admin", "--name", "Siti Admin", "--nik", NIK).exit_code == 0
    with sync_connect(database) as conn:
        conn.execute(
            "UPDATE assignment SET role = (SELECT code FROM role WHERE id = 'pusdatin') WHERE office IS NULL "
            "AND user_id = (SELECT user_id FROM credential)"
        )
        done = alur("users", "create-admin", "--name", "Siti Admin", "--nik", NIK)
        assert done.exit_code == 1
        assert "holds none" in done.output
        count = conn.execute("SELECT count(*) AS n FROM assignment a JOIN credential c USING (user_id)").fetchone()
    assert count == {"n": 1}


def test_an_account_of_before_is_given_its_person_s_nik_once(alur: Give, database: str) -> None:
    told = alur("token", "budi", "--role", "operator_desa", "--region", "3204052001")
    assert told.exit_code == 0
    assert alur("users", "invite", "budi", "--nik", NIK).exit_code == 0
    assert alur("users", "invite", "budi", "--nik", NIK).exit_code == 0, "the link was lost"
    assert alur("users", "invite", "budi", "--nik", "3171010101700002").exit_code == 1
    assert alur("token", "ani", "--role", "pusdatin").exit_code == 0
    assert alur("users", "invite", "ani", "--nik", NIK).exit_code == 1
    assert alur("users", "invite", "sistem", "--nik", "3171010101700003").exit_code == 1
    with sync_connect(database) as conn:
        rows = conn.execute("SELECT u.username FROM credential c JOIN account_user u ON u.id = c.user_id").fetchall()
    assert rows == [{"username": "budi"}]


@pytest.mark.parametrize("nik", ["", "317101", "3171010101700001x", "３１７１０１０１０１７００００１"])
def test_what_is_no_nik_is_refused(alur: Give, nik: str) -> None:
    done = alur("users", "create-admin", "--name", "Siti Admin", "--nik", nik)
    assert done.exit_code == 2


def test_a_fresh_key_is_one(alur: Give) -> None:
    made = alur("users", "key").output.strip()
    assert Keys.of(made).nik(NIK) != Keys.of(alur("users", "key").output.strip()).nik(NIK)


def test_who_acts_for_whom_is_listed(alur: Give, database: str) -> None:
    assert "Nobody acts" in alur("users", "delegations").output
    with sync_connect(database) as conn:
        ani, budi = make_user(conn, "ani", "Ani"), make_user(conn, "budi", "Budi")
        assignment = assign(conn, ani, "kades", Scope(region=3204052001))
        conn.execute(
            "SELECT delegation_begin(a, %s, alur_now(), alur_now() + interval '3 days', 'Cuti haji', NULL) "
            "FROM assignment a WHERE a.id = %s",
            (budi, assignment),
        )
        told = alur("users", "delegations")
        assert told.exit_code == 0
        for part in ("Budi <budi> untuk Ani <ani>, kades", "WIB", "Cuti haji"):
            assert part in told.output
        conn.execute("UPDATE account_user SET active = false WHERE id = %s", (ani,))
        assert "Nobody acts" in alur("users", "delegations").output
