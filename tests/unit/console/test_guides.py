"""The guides: one for every role, of one shape, with pictures and links that lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from api.console import guide
from state_machines.vocabulary import ROLES

FOLDER = Path(__file__).parents[3] / "docs" / "panduan"
README = FOLDER.parents[1]
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))
PEOPLE = sorted(role.id for role in ROLES if role.scope != "none")
PARTS = ["Hari Anda dalam lima langkah", "Sepuluh pertanyaan", "Bila macet", "Siapa yang dihubungi"]
BYTES_MOST = 3_000_000
README_BYTES_MOST = 60_000
PAGE_BYTES_MOST = 60_000
"""A guide's picture: with everything else its page weighs less than 100 kB."""


def test_every_role_has_a_guide() -> None:
    assert sorted([guide.INDEX, *PEOPLE]) == NAMES


@pytest.mark.parametrize("role", PEOPLE)
def test_a_guide_tells_a_day_ten_answers_and_whom_to_call(role: str) -> None:
    text = (FOLDER / f"{role}.md").read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == PARTS
    _, day, questions, *rest = re.split(r"^## .+$", text, flags=re.MULTILINE)
    assert len(re.findall(r"^\d+\. ", day, re.MULTILINE)) == 5
    assert len(re.findall(r"^\d+\. \*\*.+\?\*\* \S", questions, re.MULTILINE)) == 10
    assert all(part.strip() for part in rest)
    assert f"](gambar/{role}.webp)" in day


@pytest.mark.parametrize("name", NAMES)
def test_links_and_pictures_lead_somewhere(name: str) -> None:
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    for to in re.findall(r"\]\(([^)]+)\)", text):
        assert (FOLDER / to).is_file(), to
    page = guide.guide(name)
    for to in re.findall(r'(?:href|src)="([^"]+)"', page):
        assert re.fullmatch(rf"{guide.ADDRESS}/(?:{'|'.join(NAMES)}|gambar/\w+\.webp)", to), to
    assert "<h1>" in page


def test_pictures_are_small_and_each_is_used() -> None:
    pictures = sorted(FOLDER.glob("gambar/*"))
    assert {path.name for path in pictures} == {f"{role}.webp" for role in PEOPLE}
    assert sum(path.stat().st_size for path in pictures) < BYTES_MOST
    assert max(path.stat().st_size for path in pictures) < PAGE_BYTES_MOST


@pytest.mark.parametrize("name", ["README.md", "README.id.md"])
def test_the_readme_shows_three_small_pictures(name: str) -> None:
    shown = re.findall(r'<img src="(docs/gambar/[^"]+)"', (README / name).read_text("utf-8"))
    assert len(shown) == 3
    assert all((README / path).stat().st_size < README_BYTES_MOST for path in shown)


def test_a_guide_holds_no_html_of_its_own() -> None:
    with pytest.raises(KeyError):
        guide.guide("../architecture")
    assert not any("<script" in guide.guide(name) for name in NAMES)
