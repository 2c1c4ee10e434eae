"""Render a message: its words in `messages/<kind>/<language>.jinja`, put into the layout of a channel.

A folder holds one message, a file its words in one language, in three blocks: the subject, the text, and the same as
an SMS. A layout in `messages/_layout/` says what a channel makes of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

LANGUAGES = ("id", "en")
FOLDER = Path(__file__).parent / "messages"

SMS_MOST = 160
"""Signs of one SMS in the GSM alphabet; those of its extension count twice."""

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")
_PLAIN = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "–": "-", "—": "-", "…": "...", "\u00a0": " "})


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message ready to be shown or sent."""

    subject: str
    text: str
    """As the inbox shows it."""
    telegram: str
    sms: str
    """At most SMS_MOST signs of the GSM alphabet."""
    email: str
    email_html: str


def _lines(text: str) -> list[str]:
    """Return the lines of a text that hold something, still marked as safe where they were."""
    return [type(text)(line) for line in text.splitlines() if line.strip()]


def _short(text: str, most: int) -> str:
    """Return a text cut to `most` signs, with dots where something is missing."""
    return text if len(text) <= most else f"{text[: most - 3].rstrip()}..."


@lru_cache(maxsize=2)
def environment(*, html: bool) -> Environment:
    """Return the environment that renders plain text, or HTML with everything escaped. What is missing is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=html,  # noqa: S701 -- only for plain text is it off
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["pendek"] = _short
    made.filters["lines"] = _lines
    return made


def messages() -> tuple[str, ...]:
    """Return the names of all messages."""
    return tuple(sorted(path.name for path in FOLDER.iterdir() if path.is_dir() and not path.name.startswith("_")))


def sms_length(text: str) -> int:
    """Return how many of an SMS's signs a text takes.

    Raises:
        ValueError: a sign is in neither the GSM alphabet nor its extension.
    """
    strange = set(text) - _GSM - _GSM_TWICE
    if strange:
        raise ValueError(f"not in the GSM alphabet: {sorted(strange)}")
    return sum(2 if sign in _GSM_TWICE else 1 for sign in text)


def _gsm(text: str) -> str:
    """Return a text in signs of the GSM alphabet, accents dropped where it has none, cut to one SMS."""
    folded = "".join(
        sign
        if sign in _GSM or sign in _GSM_TWICE
        else "".join(part for part in unicodedata.normalize("NFKD", sign) if part in _GSM) or "?"
        for sign in re.sub(r"\s+", " ", text.translate(_PLAIN)).strip()
    )
    while sms_length(folded) > SMS_MOST:
        folded = f"{folded.removesuffix('...')[:-1].rstrip()}..."
    return folded


def _tidy(text: str) -> str:
    """Return a text without blank lines at its ends, and never two in a row."""
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def render(kind: str, language: str, context: Mapping[str, Any]) -> Rendered:
    """Return a message in a language, for every channel at once.

    Raises:
        jinja2.TemplateNotFound: there is no such message, or not in that language.
        jinja2.UndefinedError: the context lacks something the template says.
    """

    def made(layout: str) -> str:
        template = environment(html=layout.endswith(".html")).get_template(f"{kind}/{language}.jinja")
        return _tidy(str(template.render(context, layout=f"_layout/{layout}")))

    return Rendered(
        subject=made("subject.txt"),
        text=made("text.txt"),
        telegram=made("telegram.txt"),
        sms=_gsm(made("sms.txt")),
        email=made("email.txt"),
        email_html=made("email.html"),
    )
