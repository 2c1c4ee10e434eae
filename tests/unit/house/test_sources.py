"""What the source shows: how statements are put together, which ciphers are used, and that it holds no secret."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from models.settings import Settings
from tests.unit.house import rules
from tests.unit.house.source import PRODUCT, files, imported, python, text, tree

PUT_TOGETHER = {
    "models/health/queries.py": {"', '.join(Figures.__slots__)"},
    "models/install.py": {"signature"},
    "models/vocabulary.py": {
        *("table", "key", "updates", "values", "', '.join(columns)"),
        "', '.join((f'%({c})s' for c in columns))",
    },
}
"""What is formatted into statements and is no constant: names of our own columns, tables and functions, at install or
from a class. Nothing of it comes from a request."""
COMPUTED = {
    "models/audit/sql/audit.sql": "pages are put together from fixed pieces; values are given by USING",
    "models/laporan/sql/laporan.sql": "a scope's condition as `audit_sight` writes it; values are quoted by format",
    "models/case/sql/grants.sql": "names of our own functions, when a database is installed",
    "models/case/sql/scope.sql": "names of our own tables, when a database is installed",
}
"""SQL files that compute statements, each with the reason."""


_CONSTANT = re.compile(r"_?[A-Z][A-Z_]+(\.format\((?:(?:\w+=)?(?:'[\w.]+'|_[A-Z]+)(?:, )?)+\))?")
"""A constant of the module, or one filled with constants."""


def _inner(node: ast.JoinedStr) -> Iterator[str]:
    yield from (ast.unparse(part.value) for part in node.values if isinstance(part, ast.FormattedValue))


def _put_together() -> Iterator[tuple[str, str]]:
    """Yield path and expression of whatever is formatted into a statement and is no constant."""
    for path in python("models"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.JoinedStr):
                plain = "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values)
                if rules._STATEMENT.search(plain):
                    yield from ((path, inner) for inner in _inner(node))
            elif (
                isinstance(node, ast.BinOp)
                and isinstance(node.op, ast.Mod)
                and isinstance(node.left, ast.Constant)
                and rules._STATEMENT.search(str(node.left.value))
            ):
                yield path, ast.unparse(node.right)


def test_asvs_1_2_4_no_value_is_written_into_a_statement() -> None:
    """Values go beside a statement, never into it. What is formatted in is a constant, in capitals."""
    wrong = {
        (path, inner)
        for path, inner in _put_together()
        if not _CONSTANT.fullmatch(inner) and inner not in PUT_TOGETHER.get(path, ())
    }
    assert wrong == set()


def test_asvs_1_2_4_statements_are_computed_in_few_files_of_sql() -> None:
    computing = {
        path
        for path in files()
        if path.startswith("models/")
        and path.endswith(".sql")
        and re.search(r"\bEXECUTE\s+(?!FUNCTION|PROCEDURE|ON\b)\w", re.sub(r"--.*", "", text(path)))
    }
    assert computing == set(COMPUTED)


def test_asvs_11_3_2_one_cipher_and_one_mode_are_used() -> None:
    """AES-256-GCM, which also finds every change; hashes and HMAC are the standard library's SHA-256."""
    used = {
        name
        for path in python(*PRODUCT)
        for _, name in imported(tree(path))
        if name.startswith(("cryptography.hazmat", "Crypto", "nacl"))
    }
    assert used == {
        "cryptography.hazmat.primitives.ciphers.aead",
        "cryptography.hazmat.primitives.ciphers.aead.AESGCM",
    }
    weak = [
        f"{path}:{line}"
        for path in python(*PRODUCT)
        for line, said in enumerate(text(path).splitlines(), 1)
        if re.search(r"hashlib\.(md5|sha1)\b|[\"'](md5|sha1)[\"']", said)
    ]
    assert weak == []


_LONG = 16
SECRET_NAMES = re.compile(r"(key|keys|token|secret|password|database_url|channels)$")
NOT_SECRET = {"telegram_url"}
_TYPED = re.compile(
    r"""-----BEGIN\ [A-Z ]*PRIVATE\ KEY | \bAKIA[0-9A-Z]{16}\b | \bgh[pousr]_[A-Za-z0-9]{36}
      | \bxox[baprs]-[0-9A-Za-z-]{10,} | \b[0-9]{8,10}:[A-Za-z0-9_-]{35}\b""",
    re.VERBOSE,
)


def test_asvs_13_3_1_no_secret_stands_in_the_source() -> None:
    """Neither keys of well-known kinds nor a literal behind a name that says it is one."""
    found = [f"{path}: {hit.group()[:20]}" for path in files() for hit in _TYPED.finditer(text(path))]
    for path in python(*PRODUCT):
        for node in ast.walk(tree(path)):
            if not isinstance(node, ast.Assign | ast.AnnAssign) or not isinstance(node.value, ast.Constant):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id.lower() for target in targets if isinstance(target, ast.Name)]
            value = node.value.value
            if (
                isinstance(value, str)
                and len(value) >= 16
                and any(re.search("(secret|password|token)$", n) for n in names)
            ):
                found.append(f"{path}: {names}")
    assert found == []


def test_asvs_13_3_1_what_is_secret_is_a_setting_that_does_not_show_itself() -> None:
    fields = Settings.model_fields
    shown = [
        name
        for name, field in fields.items()
        if SECRET_NAMES.search(name) and name not in NOT_SECRET and "SecretStr" not in str(field.annotation)
    ]
    assert shown == []
    given: dict[str, Any] = {
        name: SecretStr(f"Rahasia-{name}-{'0123456789abcdef' * 3}")
        for name, field in fields.items()
        if "SecretStr" in str(field.annotation) and "dict" not in str(field.annotation)
    }
    assert len(given) > 8
    made = Settings(_env_file=None, **given)
    for told in (repr(made), str(made), str(made.model_dump()), made.model_dump_json(), f"{made!r}"):
        assert "Rahasia-" not in told


@pytest.mark.parametrize("key", ["terlalu-pendek", "x" * 64, "rahasiarahasia" * 3], ids=["short", "one sign", "a word"])
def test_asvs_13_3_1_a_key_that_can_be_guessed_is_refused_without_being_told(key: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None, secret_key=SecretStr(key))
    assert "random" in str(caught.value)
    assert key not in str(caught.value)


def test_an_empty_key_is_none() -> None:
    assert Settings(_env_file=None, secret_key=SecretStr("")).secret_key is None


def test_what_the_settings_refuse_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret typed behind the wrong name must not end in the log of a start that fails."""
    monkeypatch.setenv("ALUR_PORT", "postgresql://postgres:SandiRahasia@db/alur")
    with pytest.raises(ValidationError) as caught:
        Settings(_env_file=None)
    assert "SandiRahasia" not in str(caught.value)
