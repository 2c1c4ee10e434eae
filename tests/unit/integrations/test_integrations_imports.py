"""Who may import whom: `integrations` nothing of the product, its simulator nothing of the adapters."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "integrations"
SIMULATOR = PACKAGE / "simulator"
PRODUCT = {path.parent.name for path in ROOT.glob("*/__init__.py")} | {"tests", "bench"}
FILES = sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide who is meant"
            yield node.module or ""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_integrations_imports_nothing_else_of_the_product(path: Path) -> None:
    rooms = {name.split(".")[0] for name in imported(path)} & PRODUCT
    assert rooms <= {"integrations"}
    if path.is_relative_to(SIMULATOR):
        ours = {name for name in imported(path) if name.split(".")[0] == "integrations"}
        assert all(name.startswith("integrations.simulator") for name in ours)
    else:
        assert not any(name.startswith("integrations.simulator") for name in imported(path))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) < 300
