"""Structured logs: one line per event, with ids and never anything personal; JSON for machines, columns for people."""

import logging
import re
import sys

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

_DIGITS = 16
_NUMBER = re.compile(rf"(?<!\d)\d{{{_DIGITS}}}(?!\d)")
"""A NIK or No KK: sixteen digits that stand alone."""
_VALUES = re.compile(r"^(DETAIL|CONTEXT):.*(?:\n[ \t].*)*", re.MULTILINE)
"""What PostgreSQL adds to an error: whole rows, with names and addresses in them."""

_QUIET = ("httpx", "httpcore", "prefect.worker", "alembic")


def scrub(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take out of an event what must not be in a log: numbers of people, and the rows that database errors quote.

    Nobody logs these on purpose; an error of somebody else's library may.
    """
    return {name: _scrubbed(value) for name, value in event.items()}


def _scrubbed(value: object) -> object:
    if isinstance(value, str):
        if ":" in value:
            value = _VALUES.sub(r"\1: …", value)
        return _NUMBER.sub("•" * _DIGITS, value) if len(value) >= _DIGITS else value
    if isinstance(value, dict):
        return {name: _scrubbed(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_scrubbed(part) for part in value]
    if isinstance(value, int) and 10 ** (_DIGITS - 1) <= value < 10**_DIGITS:
        return "•" * _DIGITS
    return value


def configure(level: str, *, as_json: bool | None = None) -> None:
    """Send our loggers and the standard ones to stderr: JSON lines, or readable ones when that is a terminal.

    Args:
        level: the lowest level that is logged.
        as_json: JSON whatever stderr is (true), or never (false).
    """
    machine = not sys.stderr.isatty() if as_json is None else as_json
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False) if machine else structlog.dev.ConsoleRenderer()
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, scrub, renderer],
            foreign_pre_chain=list(shared),
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # Our lines name neither the place in the code nor thread and process, and finding these is a third of a line's
    # time: https://docs.python.org/3/howto/logging.html#optimization
    logging._srcfile = None  # noqa: SLF001 -- that page says so
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    for noisy in _QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Prefect calls a run that suspends an error; a failed flow is reported by the flow itself.
    logging.getLogger("prefect.flow_runs").addFilter(lambda record: "Suspended" not in record.getMessage())
