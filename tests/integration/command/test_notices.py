"""`alur notices`: what a message looks like, what did not arrive, and sending it again."""

from __future__ import annotations

import pytest

from models.database import sync_connect
from notifications.kinds import KINDS
from tests.integration.command.conftest import Give


def test_kinds_and_previews(alur: Give) -> None:
    assert alur("notices", "kinds").stdout.split() == sorted(KINDS)
    for channel in ("inbox", "telegram", "sms", "email", "html"):
        told = alur("notices", "preview", "dikembalikan", "--language", "en", "--channel", channel)
        assert "USL-2026-0041873" in told.stdout
        assert ("<html" in told.stdout) is (channel == "html")


@pytest.mark.parametrize("wrong", [("tidak_ada",), ("anomali", "--language", "jv"), ("anomali", "--channel", "burung")])
def test_what_there_is_not_ends_with_advice(alur: Give, wrong: tuple[str, ...]) -> None:
    told = alur("notices", "preview", *wrong)
    assert told.exit_code == 2
    assert "There is no" in told.stderr


def test_dead_letters_are_listed_and_sent_again(alur: Give, database: str) -> None:
    with sync_connect(database) as conn:
        conn.execute(
            "INSERT INTO account_user (id, username, name, kind, created_at) "
            "VALUES (900, 'operator', 'Operator', 'person', now())"
        )
        conn.execute("INSERT INTO notice_address (user_id, channel, address, at) VALUES (900, 'email', 'a@b.c', now())")
        conn.execute("SELECT notice_put(900, 'saluran_putus', 'k', '{}', true, NULL, NULL)")
        conn.execute("UPDATE notice_delivery SET state = 'mati', tried = '{telegram}', last_error = '550 unknown'")
        [row] = conn.execute("SELECT id FROM notice_delivery").fetchall()
        listed = alur("notices", "dead").stdout
        assert listed.split("  ") == [
            str(row["id"]),
            "operator",
            "saluran_putus",
            "telegram, email",
            "550 unknown\n",
        ]
        assert alur("notices", "resend", row["id"], 999).stdout == "1 messages are on their way again.\n"
        assert conn.execute("SELECT state FROM notice_delivery").fetchall() == [{"state": "antre"}]
    assert alur("notices", "dead").stdout == ""
