"""The two languages: every word of every page stands in the English catalogue, and nothing else does."""

from __future__ import annotations

import re

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from api.console.catalogue import CATALOGUE, translations
from api.console.render import HERE, environment
from notifications.declared import declared

TEMPLATES = sorted(path.name for path in (HERE / "templates").glob("*.html"))
OPTIONS = {"**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "newstyle_gettext": "true"}}


def _said() -> set[str | tuple[str, ...]]:
    """Return every text of the pages; one that counts as a pair, for one and for many."""
    found = extract_from_dir(HERE / "templates", [("**.html", "jinja2")], OPTIONS)
    return {text if isinstance(text, str) else tuple(filter(None, text))[:2] for _, _, text, _, _ in found}


def test_the_catalogue_holds_every_word_of_the_pages_and_no_other() -> None:
    with CATALOGUE.open("rb") as told:
        known = {entry.id: entry.string for entry in read_po(told, locale="en") if entry.id}
    assert _said() - known.keys() == set()
    assert known.keys() - _said() == set()
    for indonesian, english in known.items():
        said = english if isinstance(english, (tuple, list)) else [english]
        assert all(said), indonesian
        for one in said:
            assert set(re.findall(r"%\(\w+\)s", str(indonesian))) == set(re.findall(r"%\(\w+\)s", str(one)))


def test_english_is_english() -> None:
    assert translations("en").gettext("Antrean") == "Queue"
    assert translations("id").gettext("Antrean") == "Antrean"
    assert (translations("en").gettext("Layak"), declared("Layak", "en")) == ("Agreed on", "Eligible")


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_page_says_words_outside_the_catalogue(name: str) -> None:
    """What stands between tags is a translated text, a value, or a sign."""
    source = (HERE / "templates" / name).read_text("utf-8")
    environment().parse(source)
    bare = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}|<script.*?</script>|<[^>]*>", " ", source, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-zÀ-ÿ]{2,}", bare)) - {"Alur", "English", "Bahasa", "Indonesia", "NIK", "kB"}
    assert not words


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_page_tells_a_meaning_or_a_reason_in_one_language_only(name: str) -> None:
    source = (HERE / "templates" / name).read_text("utf-8")
    values = re.findall(r"{{.*?}}", source)
    told = [one for one in values if re.search(r"\.meaning\b|reason_label\b|reason\.label\b|machine\.subject", one)]
    assert [one for one in told if "declared" not in one and "reason_label_en" not in one] == []
