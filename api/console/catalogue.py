"""Words in two languages: Indonesian stands in the templates, English in a gettext catalogue beside them."""

from __future__ import annotations

import gettext
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Language = Literal["id", "en"]

CATALOGUE = Path(__file__).parent / "locale" / "en" / "LC_MESSAGES" / "console.po"


@cache
def translations(language: Language) -> gettext.NullTranslations:
    """Return what translates the pages' Indonesian into a language; the catalogue is compiled as it is read."""
    if language == "id":
        return gettext.NullTranslations()
    compiled = BytesIO()
    with CATALOGUE.open("rb") as told:
        write_mo(compiled, read_po(told, locale="en"))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
