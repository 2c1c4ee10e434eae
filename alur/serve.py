"""`alur run`: everything on one machine, in order, until Ctrl-C."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable

from alur.demo.client import Failed
from alur.demo.story import play
from alur.prepare import SIGNINS, Plan, make_demo, make_schema
from alur.runtime import ports
from alur.runtime.prefect_server import ensure_database, prefect_api_url, prefect_client_env, prefect_server_command
from alur.runtime.processes import Child, Supervisor, require_alone
from alur.site import Site, open_site
from models.settings import Settings

Say = Callable[[str], None]

_STORY_DONE = "cerita-selesai"
_GRACE_S = 10


def say(line: str) -> None:
    """Tell the person at the terminal, at once."""
    print(line, flush=True)


def children(site: Site, config: Settings, simulator_port: int) -> list[Child]:
    """Return what runs beside PostgreSQL, in the order in which it starts: prefect, simulator, engine, api."""
    prefect_port = ports.free_port()
    prefect_home = site.home / "prefect"
    api_url = prefect_api_url(prefect_port)
    prefect_dsn = ensure_database(site.admin_dsn, "alur_prefect")
    argv, environment, ready = prefect_server_command(prefect_dsn, prefect_port, prefect_home)
    simulator = _address(simulator_port)
    ours = site.environment() | {
        "ALUR_HOME": str(site.home),
        "ALUR_PORTS_URL": simulator,
        "ALUR_PREFECT_API_URL": api_url,
        # Not every child works in the folder whose .env the operator wrote.
        "ALUR_LOG_LEVEL": config.log_level,
        "ALUR_LEASE_SECONDS": str(config.lease_seconds),
        "ALUR_WATCH_PING_URL": config.watch_ping_url,
        "ALUR_POOL_SIZE": str(config.pool_size),
        "ALUR_TOKEN_DAYS": str(config.token_days),
        "ALUR_PUBLIC_URL": config.public_url,
    }
    telegram = _telegram(config, simulator)
    command = [sys.executable, "-m", "alur"]
    return [
        Child("prefect", argv, environment, ready, cwd=prefect_home, grace_s=_GRACE_S),
        Child(
            "simulator",
            [
                *(sys.executable, "-m", "integrations.simulator", "--port", str(simulator_port)),
                *("--population", str(site.demo / "penduduk.sqlite")),
                *("--state", str(site.demo / "sistem-luar.sqlite")),
            ],
            ready=f"{simulator}/healthz",
        ),
        Child(
            "engine",
            [*command, "engine"],
            ours | _notices(config) | telegram | prefect_client_env(api_url, prefect_home),
            cwd=prefect_home,
        ),
        Child(
            "api",
            [*command, "api", "--port", str(config.port), "--host", config.host],
            ours | _documents(site, config) | _accounts(site, config) | telegram | _limits(config),
            f"http://{config.host}:{config.port}/readyz",
        ),
    ]


def _documents(site: Site, config: Settings) -> dict[str, str]:
    """Return where documents lie and the keys that open them: for the API alone, no flow reads a document."""
    given = config.document_keys.get_secret_value() if config.document_keys else ""
    return {
        "ALUR_DOCUMENTS": str(config.document_folder.absolute()),
        "ALUR_DOCUMENT_KEYS": given or site.document_keys,
        "ALUR_DOCUMENT_MB_MAX": str(config.document_mb_max),
    }


def _limits(config: Settings) -> dict[str, str]:
    """Return how often one may ask, and how much: the API's own matter."""
    names = ("rate_session", "rate_network", "rate_stranger", "statement_seconds")
    return {f"ALUR_{name.upper()}": str(getattr(config, name)) for name in names}


def _telegram(config: Settings, simulator: str) -> dict[str, str]:
    """Return the bot that sends notices and one-time codes: the operator's, else the simulator's."""
    if config.telegram_token is None or not config.telegram_token.get_secret_value():
        return {"ALUR_TELEGRAM_TOKEN": "demo", "ALUR_TELEGRAM_URL": simulator, "ALUR_TELEGRAM_BOT": "alur_demo_bot"}
    return {
        "ALUR_TELEGRAM_TOKEN": config.telegram_token.get_secret_value(),
        "ALUR_TELEGRAM_URL": config.telegram_url,
        "ALUR_TELEGRAM_BOT": config.telegram_bot,
    }


def _notices(config: Settings) -> dict[str, str]:
    """Return how notices leave the house beside Telegram: for the engine alone, the API sends none."""
    secrets = (config.smtp_password, config.sms_secret)
    password, key = (secret.get_secret_value() if secret else "" for secret in secrets)
    offices = {name: address.get_secret_value() for name, address in config.office_channels.items()}
    return {
        "ALUR_SMTP_HOST": config.smtp_host,
        "ALUR_SMTP_PORT": str(config.smtp_port),
        "ALUR_SMTP_USER": config.smtp_user,
        "ALUR_SMTP_PASSWORD": password,
        "ALUR_SMTP_TLS": config.smtp_tls,
        "ALUR_SMTP_FROM": config.smtp_from,
        "ALUR_SMS_URL": config.sms_url,
        "ALUR_SMS_SECRET": key,
        "ALUR_OFFICE_CHANNELS": json.dumps(offices),
        "ALUR_WEBHOOK_PRIVATE": str(config.webhook_private).lower(),
    }


def _address(port: int) -> str:
    return f"http://{ports.LOOPBACK}:{port}"


def _accounts(site: Site, config: Settings) -> dict[str, str]:
    """Return the key of accounts: for the API alone, no flow signs in."""
    return {"ALUR_ACCOUNT_KEY": site.account_key_of(config)}


def _signins(site: Site, config: Settings, base: str, simulator: str) -> None:
    """Tell how each of the demo's people signs in."""
    signins = site.demo / SIGNINS
    if not signins.exists():
        return
    say(f"Demo sign-ins at {base}/masuk, password of all: {site.demo_password}")
    if config.telegram_token is None:
        say(f"Their one-time codes come to the chats of {simulator}/_simulator/inbox")
    for line in signins.read_text("utf-8").splitlines():
        say(f"  {line}")


def _banner(site: Site, config: Settings, simulator: str) -> None:
    base = f"http://{config.host}:{config.port}"
    say("")
    say(f"Alur is up: {base}/ (console), {base}/docs (API), {base}/readyz")
    say(f"Demo tokens for every role: {site.demo / 'tokens.json'}")
    _signins(site, config, base, simulator)
    say(f"Village lists to import:    {site.demo / 'usulan'}")
    say(f"Logs:                       {site.home / 'logs'}")
    say("Ctrl-C stops everything.")
    say("")


def _story(site: Site, config: Settings) -> None:
    """Play the story once, the first time, beside everything else."""
    done = site.home / _STORY_DONE
    if done.exists():
        say("The story was played before; `alur demo` plays it again in the next simulated month.")
        return

    def run() -> None:
        try:
            play(f"http://{config.host}:{config.port}", site.demo, say)
        except Failed as error:
            say(f"The story stopped: {error}")
            return
        done.touch()
        _replay(site)

    threading.Thread(target=run, name="story", daemon=True).start()


def _replay(site: Site) -> None:
    from alur.audit import replay_lines  # noqa: PLC0415 -- only after a story

    for line in replay_lines(site.admin_dsn)[0]:
        say(line)


def serve(config: Settings, plan: Plan, *, story: bool) -> int:
    """Run everything until a signal; returns its number.

    Raises:
        HostProblem: a taken port, another supervisor on this home, a part that does not start.
    """
    require_alone(config.home)  # before its database is upgraded, or its Prefect server given a new password
    ports.require_free(config.port)
    with open_site(config) as site:
        begun = make_schema(site, mark="demo")
        say(f"Database is ready, {begun or 'all'} regions{' loaded' if begun else ' there'}.")
        loaded = make_demo(site, plan, config)
        if loaded:
            members = ", ".join(f"{programme} {n}" for programme, n in loaded.memberships.items())
            say(f"Demo population: {loaded.registered} families registered in {plan.region}; members: {members}.")

        def ready(simulator: str) -> None:
            _banner(site, config, simulator)
            if story:
                _story(site, config)

        return supervise(site, config, ready)


def supervise(site: Site, config: Settings, ready: Callable[[str], None]) -> int:
    """Run all parts of a prepared installation until a signal; returns its number.

    Args:
        site: where it lives.
        config: its settings.
        ready: called once everything answers, with the address of the simulator.
    """
    simulator_port = ports.free_port()
    supervisor = Supervisor(site.home, keep=[site.server] if site.server else [], say=say)
    return supervisor.run(children(site, config, simulator_port), lambda: ready(_address(simulator_port)))
