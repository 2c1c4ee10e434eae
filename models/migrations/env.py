"""Alembic's entry: one advisory lock, short lock timeouts, one transaction per migration."""

from alembic import context
from sqlalchemy import Connection, text

_LOCK = 0x416C7572
"""Advisory lock of whoever migrates ("Alur" in hexadecimal)."""


def _run(connection: Connection) -> None:
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
    connection.commit()
    context.configure(connection=connection, transaction_per_migration=True)
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
        connection.commit()


_run(context.config.attributes["connection"])
