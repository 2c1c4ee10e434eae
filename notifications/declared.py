"""What the machines say of themselves, in both languages: meanings of states, reasons, subjects, words for their ids.

The declaration speaks the field's Indonesian; its English stands in a gettext catalogue of its own, apart from the
pages' words, because one Indonesian word may be two in English: a family is "Layak" when a meeting agrees on it, and
when a visit finds it eligible.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

CATALOGUE = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES" / "declared.po"


@cache
def english() -> dict[str, str]:
    """Return the English of everything the machines say, by its Indonesian."""
    with CATALOGUE.open("rb") as told:
        return {str(entry.id): str(entry.string) for entry in read_po(told, locale="en") if entry.id}


def declared(text: str, language: str) -> str:
    """Return what a machine says in a language; what has no English (a retired reason) stays as it is."""
    return english().get(text, text) if language == "en" else text
