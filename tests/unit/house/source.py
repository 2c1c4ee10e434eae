"""How the house rules read the source: which files there are, and what stands in them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PRODUCT = ("state_machines", "models", "integrations", "notifications", "flows", "api", "alur")
"""The rooms that are shipped."""
PROOF = ("bench", "tests")
"""Measurements and proofs: they may look everywhere."""

_TEXT = {".py", ".sql", ".md", ".toml", ".yaml", ".yml", ".txt", ".html", ".jinja", ".j2", ".css", ".js", ".sh", ""}
_NOT_OURS = {"__pycache__", "dist", "node_modules"}


def _ours(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name != ".github"
        if path.is_file() and path.suffix in _TEXT and path.name != ".git":
            yield path
        elif path.is_dir() and not hidden and path.name not in _NOT_OURS and path.suffix != ".egg-info":
            yield from _ours(path)


@cache
def files() -> tuple[str, ...]:
    """Return the hand-written text files of the repository, as paths from its root."""
    return tuple(sorted(path.relative_to(ROOT).as_posix() for path in _ours(ROOT)))


def python(*rooms: str) -> Iterator[str]:
    """Yield the Python files under these top-level folders."""
    return (path for path in files() if path.endswith(".py") and path.split("/")[0] in rooms)


@cache
def text(path: str) -> str:
    """Return a file's text."""
    return (ROOT / path).read_text("utf-8")


@cache
def tree(path: str) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(text(path), path)


def excused(path: str, names: dict[str, str]) -> bool:
    """Return whether a path is, or lies under, one of the names that have a reason."""
    return any(path == name or path.startswith(f"{name}/") for name in names)


def imported(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of everything imported; of ``from a import b`` both ``a`` and ``a.b``."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield node.lineno, base
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def strings(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of every string that is no docstring; what an f-string computes reads ``{}``."""
    inside = {id(part) for node in ast.walk(module) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    alone = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        if isinstance(node, ast.JoinedStr):
            parts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            yield node.lineno, "".join(parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (inside | alone):
            yield node.lineno, node.value


def called(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield (line, dotted name) of every function that is called by name."""
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            yield node.lineno, ast.unparse(node.func)
