"""The house rules as functions: each takes a file's path and source, and yields what is wrong, line by line.

Patterns are written with brackets where they would otherwise find themselves in this file.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator

from tests.unit.house.source import PROOF, called, excused, imported, strings

Finding = tuple[int, str]

SIMULATOR = "integrations.simulator"
DEMO = "alur.demo"
MAY: dict[str, set[str]] = {
    "state_machines": set(),
    "models": {"state_machines"},
    "integrations": set(),
    SIMULATOR: set(),
    "notifications": {"models"},
    "flows": {"models", "integrations", "notifications", "state_machines"},
    "api": {"models", "notifications", "state_machines"},
    "alur": {"state_machines", "models", "integrations", SIMULATOR, "notifications", "flows", "api", DEMO},
    DEMO: set(),
}
"""Room -> the other rooms it may import. Bench and tests look everywhere; nobody looks at them."""

PURE = {"collections", "dataclasses", "enum", "functools", "itertools", "re", "typing", "transitions"}
"""What `state_machines` is made of: nothing that reads a clock, a file, a network or a database."""
OUTSIDER = {*sys.stdlib_module_names, "httpx", "alur"}
"""What the demo's story is made of: what any office's client could be made of. Of `alur` its own room alone."""
IMPURE_CALLS = {"open", "input", "exec", "eval", "__import__", "print"}

SQL_ELSEWHERE = {
    "integrations/simulator": "plays the outside systems in a process of its own, with a store of its own (SQLite)",
    "alur/seed/population.py": "writes the simulator's store (SQLite) for a demo",
    "alur/demo/truth.py": "reads the demo families' real cards from the simulator's store (SQLite)",
    "alur/runtime/prefect_server.py": "makes the database of Prefect's server, about which models/ knows nothing",
}
"""Where SQL may stand outside models/, each with the reason."""

ENVIRONMENT = {
    "models/settings.py": "the one typed class that reads it",
    "alur/runtime": "hands child processes an environment, and so must hold its own",
    "integrations/simulator": "a process of its own that shares no settings with the product",
}
"""Where the process environment may be touched, each with the reason."""

PRINTERS = {
    "alur": "the command speaks to a terminal",
    "bench": "a measurement is printed",
}
"""Where `print` is the product's voice and not a trace of debugging."""

_STATEMENT = re.compile(
    r"""
    \b(?: SELECT\s.+?\sFROM\b | SELECT\s+[\w.]+\( | INSERT\s+INTO\b | UPDATE\s+\S+\s+(?:AS\s+\w+\s+)?SET\b
        | DELETE\s+FROM\b | MERGE\s+INTO\b | TRUNCATE\s+\w | WITH\s+\w+\s+AS\s*\( | COPY\s+\S+.*\b(?:FROM|TO)\s+STD
        | (?:CREATE|ALTER|DROP)\s+(?:\w+\s+){0,3}(?:TABLE|INDEX|VIEW|FUNCTION|ROLE|DATABASE|TRIGGER|POLICY|SCHEMA)\b
        | (?:GRANT|REVOKE)\s.+?\s(?:TO|FROM)\b | SET\s+LOCAL\b | LOCK\s+TABLE\b )
    | \A\s*(?: select\s.+?\sfrom\s | insert\s+into\s | update\s+\S+\s+set\s | delete\s+from\s )
    """,
    re.VERBOSE | re.DOTALL,
)
_UNFINISHED = re.compile(r"\b(TO[D]O|FIX[M]E|XX[X]|HAC[K])\b")
_WORKPLACE = re.compile(
    r"""
    /wor[k]/\w | /hom[e]/\w | /roo[t]/ | /User[s]/\w
    | \b(?: claud[e] | anthropi[c] | opena[i] | chatgp[t] | copilo[t] | LL[M]s? | language\ mode[l]s? | worktre[e]s?
          | scratchpa[d]s? | sub-?agen[t]s? | A[I]\ (?:assistant|model|session)s? | co-authored-b[y] )\b
    | (?<!user)(?<!user[ -])\bagen[t]s?\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def room(name: str) -> str:
    """Return the room of a module's dotted name; the simulator and the demo's story are rooms of their own."""
    apart = next((own for own in (SIMULATOR, DEMO) if f"{name}.".startswith(f"{own}.")), None)
    return apart or name.partition(".")[0]


def imports(path: str, module: ast.Module) -> Iterator[Finding]:
    """Yield imports that go up, or sideways, in the order of the rooms."""
    mine = room(path.removesuffix(".py").replace("/", "."))
    if mine in PROOF:
        return
    for line, name in imported(module):
        if name.startswith("."):
            yield line, f"{name}: write the whole name; a relative import hides who is meant"
        elif room(name) not in {mine, *MAY[mine]} and room(name) in {*MAY, *PROOF}:
            yield line, f"{mine} may not import {name}"


def impurities(module: ast.Module) -> Iterator[Finding]:
    """Yield what brings a clock, a file, a network or a database into the declarations."""
    for line, name in imported(module):
        if name.split(".")[0] not in {"__future__", "state_machines", *PURE}:
            yield line, f"imports {name}"
    yield from ((line, f"calls {name}") for line, name in called(module) if name in IMPURE_CALLS)


def insiders(module: ast.Module) -> Iterator[Finding]:
    """Yield what a client that knows the public API alone would not have."""
    for line, name in imported(module):
        if name.split(".")[0] not in OUTSIDER:
            yield line, f"imports {name}"


def statements(module: ast.Module) -> Iterator[Finding]:
    """Yield strings that are SQL."""
    for line, value in strings(module):
        if found := _STATEMENT.search(value):
            yield line, found.group().strip().splitlines()[0]


def environment(module: ast.Module) -> Iterator[Finding]:
    """Yield what touches the process environment."""
    for line, name in imported(module):
        if re.fullmatch(r"os\.(environb?|getenvb?|putenv|unsetenv)", name):
            yield line, name
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and re.fullmatch(
            r"os\.(environb?|getenvb?|putenv|unsetenv)", ast.unparse(node)
        ):
            yield node.lineno, ast.unparse(node)


def debugging(path: str, module: ast.Module) -> Iterator[Finding]:
    """Yield prints and breakpoints."""
    for line, name in called(module):
        if name in {"print", "pprint", "pprint.pprint"} and not excused(path, PRINTERS):
            yield line, name
        if name in {"breakpoint", "pdb.set_trace", "set_trace"}:
            yield line, name


def _lines(pattern: re.Pattern[str], text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), 1):
        if found := pattern.search(line):
            yield number, found.group()


def unfinished(text: str) -> Iterator[Finding]:
    """Yield marks of work left for later, and notices raised while looking for a fault."""
    yield from _lines(_UNFINISHED, text)
    yield from _lines(re.compile(r"\bRAISE\s+(?:NOTIC[E]|DEBU[G])\b|\bconsole\.lo[g]\("), text)


def workplace(text: str) -> Iterator[Finding]:
    """Yield words and paths of the place where the text was written."""
    yield from _lines(_WORKPLACE, text)
