"""How Prefect is started and spoken to; its server itself runs in the integration tests."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from alur.runtime.prefect_server import (
    api_secret,
    asyncpg_url,
    prefect_api_url,
    prefect_client_env,
    prefect_server_command,
)

#: Prints what Prefect itself makes of its environment: names it does not know, and some values.
PREFECT = """
import json, os
from prefect.settings import get_current_settings
from prefect.settings.legacy import _get_settings_fields
from prefect.settings import Settings
known = set(_get_settings_fields(Settings))
ours = {name for name in os.environ if name.startswith("PREFECT_") and not name.startswith("PREFECT__")}
settings = get_current_settings()
print(json.dumps({
    "unknown": sorted(ours - known - {"PREFECT_PROFILE"}),
    "secret": settings.server.api.auth_string.get_secret_value() == settings.api.auth_string.get_secret_value(),
    "database": settings.server.database.connection_url.get_secret_value(),
    "api": settings.api.url,
    "analytics": settings.server.analytics_enabled,
    "vacuum": sorted(settings.server.services.db_vacuum.enabled),
    "ahead": settings.server.services.scheduler.min_scheduled_time.total_seconds(),
}))
"""


def test_prefect_understands_every_setting(tmp_path: Path) -> None:
    _, server, _ = prefect_server_command("postgresql://u:p@127.0.0.1:5/prefect", 4299, tmp_path)
    client = prefect_client_env(prefect_api_url(4299), tmp_path)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    answer = subprocess.run(
        [sys.executable, "-c", PREFECT],
        env={**inherited, **server, **client},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(answer.stdout) == {
        "unknown": [],
        "secret": True,
        "database": "postgresql+asyncpg://u:p@127.0.0.1:5/prefect",
        "api": "http://127.0.0.1:4299/api",
        "analytics": False,
        "vacuum": ["flow_runs"],
        "ahead": 300,
    }


def test_the_command_listens_on_this_machine_only(tmp_path: Path) -> None:
    arguments, env, ready_url = prefect_server_command("postgresql://h/d", 4299, tmp_path / "new")
    assert arguments[arguments.index("--host") + 1] == "127.0.0.1"
    assert ready_url == "http://127.0.0.1:4299/api/health"
    assert (tmp_path / "new").is_dir()
    assert env["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"] == "http://127.0.0.1:4299"


def test_the_secret_is_made_once_and_kept_from_others(tmp_path: Path) -> None:
    secret = api_secret(tmp_path)
    assert api_secret(tmp_path) == secret
    assert secret.startswith("alur:")
    assert (tmp_path / "api.secret").stat().st_mode & 0o777 == 0o600
    assert prefect_client_env("http://x/api", tmp_path)["PREFECT_API_AUTH_STRING"] == secret


@pytest.mark.parametrize(
    ("dsn", "url"),
    [
        ("postgresql://u:p%40@h:1/d", "postgresql+asyncpg://u:p%40@h:1/d"),
        ("postgres://h/d?sslmode=require", "postgresql+asyncpg://h/d?ssl=require"),
    ],
)
def test_the_drivers_way_of_writing_an_address(dsn: str, url: str) -> None:
    assert asyncpg_url(dsn) == url
