"""The guides of `docs/panduan`, one per role, as pages: the same Markdown that the repository shows."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PLACES = (Path(__file__).parents[2] / "docs" / "panduan", Path(__file__).parent / "panduan")
"""In the repository, and where an installed copy has them."""
FOLDER = next((place for place in _PLACES if place.is_dir()), _PLACES[0])
PICTURES = "gambar"
ADDRESS = "/panduan"
INDEX = "README"


def names() -> list[str]:
    """Return what may be read: the roles, and what concerns all of them."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


@cache
def guide(name: str) -> str:
    """Return a guide as HTML. Guides hold no HTML of their own, and lead to guides and their pictures alone.

    Raises:
        KeyError: there is none of that name.
    """
    if name not in names():
        raise KeyError(name)
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    read = reader.parse((FOLDER / f"{name}.md").read_text("utf-8"))
    for block in read:
        for token in block.children or []:
            _led(token)
    return str(reader.renderer.render(read, reader.options, {}))


def _led(token: Token) -> None:
    """Let a link to another guide's file lead to its page, and a picture to its address."""
    for attribute in ("href", "src"):
        to = str(token.attrGet(attribute) or "")
        if to.endswith(".md"):
            token.attrSet(attribute, f"{ADDRESS}/{to.removesuffix('.md')}")
        elif to.startswith(f"{PICTURES}/"):
            token.attrSet(attribute, f"{ADDRESS}/{to}")
