"""Render a message: the first line of its template is the subject, the rest the text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

LANGUAGES = ("id", "en")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to be shown or sent."""

    subject: str
    text: str


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "messages"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- plain text; HTML is made elsewhere
        trim_blocks=True,
        lstrip_blocks=True,
    )


def messages() -> tuple[str, ...]:
    """Return the names of all messages."""
    return tuple(sorted(folder.name for folder in (Path(__file__).parent / "messages").iterdir() if folder.is_dir()))


def render(message: str, language: str, context: Mapping[str, Any]) -> Rendered:
    """Return a message in a language; any other language than those we have is answered in Indonesian."""
    chosen = language if language in LANGUAGES else "id"
    subject, _, text = _environment().get_template(f"{message}/{chosen}.txt").render(context).partition("\n")
    return Rendered(subject.strip(), text.strip())
