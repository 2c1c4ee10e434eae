"""The house rules, run over the whole repository. Each says why it is a rule, and failing, what to do.

`test_rules.py` beside this file shows that each rule can fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch

import models.schema
from tests.unit.house import rules
from tests.unit.house.source import PRODUCT, PROOF, excused, files, python, text, tree

HOUSE_FILES = {"__init__.py", "tables.py", "rules.py", "commands.py", "queries.py", "errors.py"}
"""What one finds in the package of any noun under models/, beside a folder sql/."""

MORE_FILES = {
    "audit/actors.py": "what one actor did: a question of its own beside the pages of the log",
    "audit/moments.py": "cases and regions as of a moment: folds over the log, no pages of it",
    "audit/signals.py": "rates that tell an auditor where to look: no pages of the log",
    "calendar/lists.py": "a list of holidays as a spreadsheet, read and written",
    "case/linked.py": "what belongs to a case: one question of the case's page, apart from lists and the log",
    "case/outcomes.py": "the door's answer for each case, which every caller reads",
    "case/refusals.py": "the numbered refusals, written into the database and read by people",
    "case/replay.py": "reads the whole log with the owner's rights: no query of a session",
    "case/second.py": "what waits for a second person, and until when a mistake can be corrected",
    "case/timers.py": "which cases the clock alone may move: asked by no person",
    "document/cleaning.py": "runs the reader of strangers' files in a process of its own",
    "document/landing.py": "files on their way in pieces: the disk alone, no row",
    "document/pdf.py": "reads strangers' PDFs",
    "document/pictures.py": "reads strangers' pictures and writes them anew",
    "document/reader.py": "that process: limits, and which reader takes which file",
    "document/vault.py": "encrypted files and their keys: no row, no session",
    "laporan/workbook.py": "a report as a spreadsheet, written",
    "policy/seeds.py": "the policy of a new database",
    "region/data.py": "reads the list of regions carried with the product",
    "siklus/due.py": "what the clock or the last visit lets go on: asked by flows, by no person",
    "register/codes.py": "reads the published code lists carried with the product",
    "register/edits.py": "one family's edit: reading, comparing, judging and writing belong together",
    "register/history.py": "who changed what of a family, field by field: reading and comparing belong together",
    "register/merge.py": "two edits of one family laid upon each other: pure, beside the judging of one edit",
    "register/variables.py": "judges and labels the questionnaire's answers by the carried list",
    "usulan/known.py": "what is known already of the families that a list or a form names, and what is wrong with that",
    "usulan/household.py": "tells the register's words for the rows of a list",
    "register/household.py": "tells the register's rows in the words of its rules",
    "usulan/asked.py": "what a proposal asks for, in words for whoever verifies it: no query, no rule",
    "usulan/change.py": "one change of a family on record out of a form: judging, telling what it brings and proposing",
    "usulan/change_rules.py": "the pure half of it: what is told, what is wrong with it, what it brings",
    "usulan/entry.py": "one proposal out of a form: reading, judging and entering belong together, as for a list",
    "stuck/telling.py": "who is told at once and who in his digest: apart from what is raised",
    "signin/keys.py": "the site's key for accounts: hashes and seals, no row, no session",
    "signin/proofs.py": "links, passwords and second factors: how one changes what the commands judge",
    "staff/workbook.py": "the spreadsheet by which accounts are made in bulk: its columns, reading and writing it",
    "usulan/migration.py": "a file of what another system decided, taken over in its deciders' name",
    "usulan/workbook.py": "what is there to read and write spreadsheets with",
    "usulan/workbook_*.py": "the parts of it: one spreadsheet format is too much for one file",
}
"""Further Python files of a noun, each with the reason it is none of the house's."""

TOP_FILES = {
    "__init__.py": "the package",
    "child.py": "a process of its own for work on what others send",
    "columns.py": "the words that table classes are written in",
    "database.py": "connections",
    "errors.py": "the errors that more than one noun raises",
    "install.py": "makes a database ready",
    "raised.py": "what SQL raises as errors of ours",
    "schema.py": "all tables in one place",
    "settings.py": "what an operator may set",
    "vocabulary.py": "writes the declarations of state_machines/ into the database",
}
"""Python files beside the nouns, each with the reason that no noun owns it."""

LINES_MOST = 400
LONG = {
    "models/migrations/versions/0001_core.sql": "the tables of the core: a list, read from top to bottom",
}
"""Files that may be longer, each with the reason."""
_CODE = (".py", ".sql", ".js", ".css", ".html", ".jinja", ".j2")


def _found(paths: Iterable[str], rule: Callable[[str], Iterator[rules.Finding]]) -> list[str]:
    return [f"{path}:{line}: {what}" for path in paths for line, what in rule(path)]


def _told(findings: Iterable[str]) -> str:
    return "".join(f"\n  {finding}" for finding in findings)


# -- who may call whom ------------------------------------------------------------------------------------------------


def test_imports_follow_the_order_of_the_rooms() -> None:
    """A room that imports only what lies below it can be read, tested and replaced without the rooms above.

    flows and api meet in PostgreSQL and nowhere else; the simulator is another process and shares no line of code
    with the adapters it answers; the command wires all rooms together, so nothing may need it.
    """
    wrong = _found(python(*PRODUCT), lambda path: rules.imports(path, tree(path)))
    assert not wrong, (
        f"{_told(wrong)}\nPut what both need into a room below both (a rule into models/, a declaration into "
        "state_machines/), or pass it in as an argument."
    )


def test_the_declarations_are_pure() -> None:
    """The machines say what may happen; when, to whom and where it is kept is for others to say.

    Then a machine can be proven, drawn and run in memory, and means the same on every day.
    """
    wrong = _found(python("state_machines"), lambda path: rules.impurities(tree(path)))
    assert not wrong, (
        f"{_told(wrong)}\nTake the moment or the data as an argument, or move the function to models/. A pure module "
        "of the standard library is added to PURE in tests/unit/house/rules.py."
    )


def test_the_story_knows_the_public_api_alone() -> None:
    """What the demo shows, anybody with a token can do: it has no way in that an office would not have."""
    wrong = _found(
        (path for path in python("alur") if path.startswith("alur/demo/")), lambda path: rules.insiders(tree(path))
    )
    assert not wrong, f"{_told(wrong)}\nAsk the API; if it has no answer, an office misses that answer too."


def test_sql_stands_in_models() -> None:
    """Who wants to know what touches a table looks in one place; a migration breaks nothing that nobody saw."""
    paths = [path for path in python(*PRODUCT) if not path.startswith("models/")]
    wrong = _found(
        (path for path in paths if not excused(path, rules.SQL_ELSEWHERE)), lambda path: rules.statements(tree(path))
    )
    wrong += [
        path
        for path in files()
        if path.endswith(".sql")
        and path.split("/")[0] not in {"models", *PROOF}
        and not excused(path, rules.SQL_ELSEWHERE)
    ]
    assert not wrong, f"{_told(wrong)}\nWrite a command or query in the package of its noun under models/, and call it."


def test_the_environment_is_read_in_one_place() -> None:
    """What an operator may set is one typed, documented list; a variable read elsewhere is a setting nobody finds.

    Tests and bench are no part of what an operator runs.
    """
    wrong = _found(
        (path for path in python(*PRODUCT) if not excused(path, rules.ENVIRONMENT)),
        lambda path: rules.environment(tree(path)),
    )
    assert not wrong, f"{_told(wrong)}\nAdd a field to models/settings.py and to .env.example."


# -- where to look ----------------------------------------------------------------------------------------------------


def _of_models() -> Iterator[list[str]]:
    for path in files():
        parts = path.split("/")
        if parts[0] == "models" and "data" not in parts and parts[1] != "migrations":
            yield parts[1:]


def test_nouns_use_the_house_s_file_names() -> None:
    """The same few names in every package: one knows where to look before looking."""
    extra = []
    for parts in _of_models():
        name = "/".join(parts)
        if len(parts) == 1:
            known = name in TOP_FILES
        elif parts[-1].endswith(".sql"):
            known = parts[1:-1] == ["sql"]
        else:
            known = len(parts) == 2 and (
                parts[1] in HOUSE_FILES or any(fnmatch(name, pattern) for pattern in MORE_FILES)
            )
        if not known:
            extra.append(f"models/{name}")
    assert not extra, (
        f"{_told(extra)}\nUse {', '.join(sorted(HOUSE_FILES))} or sql/; a file that is none of these goes on the list "
        "MORE_FILES in tests/unit/house/test_house.py, with its reason."
    )


def test_every_noun_s_tables_are_in_the_schema() -> None:
    """A table class that the schema does not import is not compared with the migrations."""
    declared = {
        "models." + "/".join(parts)[:-3].replace("/", ".") for parts in _of_models() if parts[-1] == "tables.py"
    }
    missing = declared - {module.__name__ for module in models.schema.NOUNS}
    assert not missing, f"{_told(sorted(missing))}\nImport it in models/schema.py and add it to NOUNS."


def test_no_file_is_long() -> None:
    """A file that fits into the head is read; a longer one is searched."""
    lines = {path: len(text(path).splitlines()) for path in files() if path.endswith(_CODE)}
    long = [f"{path}: {n} lines" for path, n in lines.items() if n > LINES_MOST and path not in LONG]
    assert not long, (
        f"{_told(long)}\nMove one of its parts, with its tests, to a file of its own. A plain table goes on the list "
        "LONG in tests/unit/house/test_house.py, with its reason."
    )


# -- what is not left behind ------------------------------------------------------------------------------------------


def test_nothing_is_left_for_later() -> None:
    """A mark in the code is a promise nobody tracks; what is shipped is finished."""
    wrong = _found(files(), lambda path: rules.unfinished(text(path)))
    assert not wrong, f"{_told(wrong)}\nDo it now, or write what is missing, and for whom, into docs/."


def test_nothing_is_left_from_debugging() -> None:
    """A forgotten print mixes into answers and may carry personal data into a log that nobody protects."""
    wrong = _found(python(*PRODUCT, *PROOF), lambda path: rules.debugging(path, tree(path)))
    assert not wrong, f"{_told(wrong)}\nTake it out, or log a named event with structlog, without personal data."


def test_the_words_are_the_domain_s() -> None:
    """The text is about social assistance: no path of one machine works on another, and how it was written is no
    part of what it says.
    """
    wrong = _found(files(), lambda path: rules.workplace(text(path)))
    assert not wrong, f"{_told(wrong)}\nName a path from the repository's root or take it as a setting; say it plainly."


def test_exceptions_are_still_needed() -> None:
    """An exception nobody needs is a hole in the rule."""
    paths = files()
    nouns = {"/".join(parts) for parts in _of_models()}
    idle = [name for name in rules.SQL_ELSEWHERE if not any(list(rules.statements(tree(p))) for p in _under(name))]
    idle += [name for name in LONG if name not in paths or len(text(name).splitlines()) <= LINES_MOST]
    idle += [pattern for pattern in MORE_FILES if not any(fnmatch(name, pattern) for name in nouns)]
    idle += [name for name in TOP_FILES if name not in nouns]
    assert not idle, f"{_told(idle)}\nTake it off its list."


def _under(name: str) -> list[str]:
    return [path for path in files() if path.endswith(".py") and excused(path, {name: ""})]
