"""Prefect's server application, with its clock mended for SQLAlchemy 2.1.

Prefect 3.8 inserts the runs of a schedule by name of attribute, and one of the names, `state`, is no column but a
hybrid property. SQLAlchemy 2.0 passed such names over; 2.1 refuses the whole statement ("supply a bulk_dml decorated
function"), so that no deployment ever runs by its schedule while everything else works. Prefect allows SQLAlchemy
below 3. This gives every hybrid that says nothing about bulk inserts the behaviour of 2.0, and goes when Prefect says
it itself.
"""

from collections.abc import MutableMapping
from typing import Any

from fastapi import FastAPI
from prefect.server.api.server import create_app as prefect_app
from prefect.server.database.orm_models import Base
from sqlalchemy.ext.hybrid import hybrid_property


def _passed_over(cls: Any, mapping: MutableMapping[str, Any], value: Any) -> None:
    """Leave an inserted row as it is: the value belongs to no column."""


def mend() -> None:
    """Let bulk inserts pass over hybrid properties, as they did in SQLAlchemy 2.0."""
    for mapper in Base.registry.mappers:
        for attribute in mapper.all_orm_descriptors:
            if isinstance(attribute, hybrid_property) and attribute.bulk_dml_setter is None:
                attribute.inplace.bulk_dml(_passed_over)


def create_app() -> FastAPI:
    """Return the application, for uvicorn's ``--factory``."""
    mend()
    return prefect_app()
