"""`python -m alur` is the command `alur`."""

from alur.cli import app

app()
