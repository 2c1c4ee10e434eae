"""Structured logs: one JSON line per event, with ids and never anything personal."""

import logging

import structlog
from structlog.typing import Processor


def configure(level: str) -> None:
    """Send our loggers and the standard ones to stdout as JSON lines."""
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
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=structlog.processors.JSONRenderer(), foreign_pre_chain=list(shared)
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for noisy in ("httpx", "httpcore", "prefect.worker", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # Prefect calls a run that suspends an error; a failed flow is reported by the flow itself.
    logging.getLogger("prefect.flow_runs").addFilter(lambda record: "Suspended" not in record.getMessage())
