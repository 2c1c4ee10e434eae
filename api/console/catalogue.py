"""Words in two languages: Indonesian stands where it is said, English in two gettext catalogues.

`console` holds the pages' own words, `declared` what the machines say of themselves: meanings of states, labels of
reasons. They are apart because one Indonesian word may be two in English: a family is "Layak" when a meeting agrees on
it, and when a visit finds it eligible.
"""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["id", "en"]
Domain = Literal["console", "declared"]

_FOLDER = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES"


def catalogue(domain: Domain) -> Catalog:
    """Return a catalogue as it stands in its file."""
    with (_FOLDER / f"{domain}.po").open("rb") as told:
        return read_po(told, locale="en")


@cache
def translations(language: Language, domain: Domain = "console") -> gettext.NullTranslations:
    """Return what translates Indonesian into a language; the catalogue is compiled as it is read."""
    if language == "id":
        return gettext.NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalogue(domain))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
