"""The command: `python -m integrations.simulator --population FILE --state FILE`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from integrations.simulator.app import create_app

DEFAULT_PORT = 8600
SHUTDOWN_S = 2
"""Held requests (the timeout fault) must not hold the process when it is told to stop."""


def main(argv: Sequence[str] | None = None) -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(prog="integrations.simulator", description="Play every outside system over HTTP.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on (default: %(default)s)")
    parser.add_argument("--population", type=Path, required=True, help="SQLite file of people, read only")
    parser.add_argument("--state", type=Path, required=True, help="SQLite file of what was done, made if missing")
    parser.add_argument("--token", help="bearer token to demand on the wire (default: none)")
    parser.add_argument("--log-level", default="warning", choices=["critical", "error", "warning", "info", "debug"])
    args = parser.parse_args(argv)
    uvicorn.run(
        create_app(args.population, args.state, token=args.token),
        host=args.host,
        port=args.port,
        log_level=args.log_level,
        access_log=args.log_level in {"info", "debug"},
        http="h11",
        ws="none",  # not used, and its library costs several megabytes
        timeout_graceful_shutdown=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()
