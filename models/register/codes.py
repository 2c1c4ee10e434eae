"""Published code lists and questionnaire variables, read from `data/kode.toml` and checked once.

A code is kept in its canonical form (Regsosek 2022). Where the published DTSEN variable list numbers an answer
differently, a list knows the other number: `code_list("atap").to_variant(5, "dtsen") == 6`.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

from models.region.rules import fold

SHEETS: Final = ("keluarga", "anggota")
OWN_FIELDS: Final = ("jenis_kelamin", "hubungan", "status_kawin", "hamil")
"""Fields of a member's own row that a question may depend on."""
TYPES: Final = ("code", "yes_no", "int", "number", "text", "date", "month")
# "3", "3.0", "(3)", "3 Seng", "PKH - Program …"; but the 1 of "1.300 watt" is part of a label.
_LEADING_CODE: Final = re.compile(r"\(?(\d+|[A-Z][A-Z_]+)(?:\.0+)?(?![.,]?\d)(\W.*)?", re.ASCII | re.DOTALL)
_LEADING_NUMBER: Final = re.compile(r"\A[0-9]+(?: 0+)?(?: |\Z)")


class CodeFileInvalid(Exception):
    """The code file contradicts itself; raised when it is read, never while a person works."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(place, problem)  # all arguments, or unpickling fails
        self.place, self.problem = place, problem

    def __str__(self) -> str:
        return f"kode.toml, {self.place}: {self.problem}"


class CodeUnknown(KeyError):
    """No list of this name, or no such code in the list or variant asked for."""

    def __init__(self, place: str, code: int | str | None = None) -> None:
        super().__init__(place, code)  # all arguments, or unpickling fails
        self.place, self.code = place, code

    def __str__(self) -> str:
        return f"{self.place} has no code {self.code!r}" if self.code is not None else f"no code list {self.place!r}"


@dataclass(frozen=True, slots=True)
class Code:
    """One answer of a list."""

    code: int | str
    label_id: str
    label_en: str
    #: what rules call this kind of answer, for example "asn" or "SD"
    group: str | None = None
    #: other ways people write the label
    aliases: tuple[str, ...] = ()

    @property
    def choice(self) -> str:
        """What a drop-down shows and a cell holds: the code, a space, the Indonesian label."""
        return f"{self.code} {self.label_id}"


@dataclass(frozen=True, slots=True)
class CodeList:
    """One published list, in its own order."""

    name: str
    title_id: str
    title_en: str
    #: the form and question the codes were taken from
    source: str
    codes: Mapping[int | str, Code]
    #: per variant: canonical code to the code published there; codes not named are the same in both
    variants: Mapping[str, Mapping[int | str, int | str]]
    #: groups that other data must be asked about before money moves
    screening: frozenset[str]
    _words: Mapping[str, int | str]

    def __contains__(self, code: object) -> bool:
        return code in self.codes

    def __getitem__(self, code: int | str) -> Code:
        """Return one answer.

        Raises:
            CodeUnknown: the list has no such code.
        """
        try:
            return self.codes[code]
        except KeyError:
            raise CodeUnknown(self.name, code) from None

    def read(self, text: str) -> int | str | None:
        """Return the code a person meant by "3", "3.0", "3 Seng", "Seng" or an alias; None when none fits.

        Case, accents and punctuation of labels do not matter. A code before words that name another ("3 Istri", where
        3 is a child) names none: somebody's list has other numbers.
        """
        match = _LEADING_CODE.fullmatch(text.strip())
        if match is not None:
            code: int | str = int(match[1]) if match[1].isdigit() else match[1]
            if code in self.codes:
                return code if self._words.get(fold(match[2] or "")) in (None, code) else None
        return self._words.get(fold(text))

    def named(self, text: str) -> int | str | None:
        """Return the code that the words of a text name, whatever number stands before them; None when none fits."""
        words = fold(text)
        for said in (words, _LEADING_NUMBER.sub("", words)):
            if said in self._words and not said.isdigit():
                return self._words[said]
        return None

    def in_group(self, *groups: str) -> frozenset[int | str]:
        """Return the codes that belong to any of these groups."""
        return frozenset(code for code, answer in self.codes.items() if answer.group in groups)

    def to_variant(self, code: int | str, variant: str) -> int | str:
        """Return the number that `variant` (for example "dtsen") publishes for a canonical code.

        Raises:
            CodeUnknown: the list has no such code.
        """
        self[code]  # an unknown code is unknown in every variant
        return self.variants.get(variant, {}).get(code, code)

    def from_variant(self, code: int | str, variant: str) -> int | str:
        """Return the canonical code for a number as `variant` publishes it.

        Raises:
            CodeUnknown: the variant has no such code.
        """
        moved = self.variants.get(variant, {})
        for canonical, published in moved.items():
            if published == code:
                return canonical
        if code in moved:  # this number means something else there, and nothing maps to it
            raise CodeUnknown(f"{self.name}.{variant}", code)
        return self[code].code


@dataclass(frozen=True, slots=True)
class Variable:
    """One question of the questionnaire; its name is the column of the import workbook."""

    name: str
    #: keluarga or anggota
    sheet: str
    #: code, yes_no, int, number, text, date or month
    type: str
    label_id: str
    label_en: str
    code_list: str | None = None
    minimum: int | None = None
    #: the longest, for a text
    maximum: int | None = None
    #: m2, ekor …
    unit: str | None = None
    #: identitas, penapisan, peringkat, komponen, penyaluran
    uses: tuple[str, ...] = ()
    #: those of `uses` that cannot do without an answer
    required: tuple[str, ...] = ()
    #: the question applies where each of these answers is one of its values
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    #: full years of age to whom the question applies, both ends included
    ages: tuple[int, int] | None = None
    #: has a column in the village's list
    workbook: bool = True
    #: people may type it in; otherwise another system tells it
    edit: bool = True


def _words(place: str, codes: Iterable[Code]) -> dict[str, int | str]:
    words: dict[str, int | str] = {}
    for code in codes:
        for word in (str(code.code), code.label_id, code.label_en, *code.aliases):
            if words.setdefault(fold(word), code.code) != code.code:
                raise CodeFileInvalid(place, f"{word!r} names two codes")
    return words


def _variant(place: str, codes: Mapping[int | str, Code], raw: Mapping[str, Any]) -> dict[int | str, int | str]:
    moved: dict[int | str, int | str] = {int(key) if key.isdigit() else key: value for key, value in raw.items()}
    published = [moved.get(code, code) for code in codes]
    if not moved.keys() <= codes.keys() or len(set(published)) != len(published):
        raise CodeFileInvalid(place, "a variant must give every known code one number of its own")
    return moved


def _list(name: str, raw: Mapping[str, Any]) -> CodeList:
    place = f"lists.{name}"
    answers = [
        Code(row["code"], row["id"], row["en"], row.get("group"), tuple(row.get("alias", ()))) for row in raw["codes"]
    ]
    codes = {answer.code: answer for answer in answers}
    if len(codes) != len(answers) or len({type(code) for code in codes}) != 1:
        raise CodeFileInvalid(place, "codes must be all numbers or all words, each once")
    screening = frozenset(raw.get("screening", ()))
    if not screening <= {answer.group for answer in answers}:
        raise CodeFileInvalid(place, "screening names a group that no code carries")
    return CodeList(
        name=name,
        title_id=raw["id"],
        title_en=raw["en"],
        source=raw["source"],
        codes=MappingProxyType(codes),
        variants=MappingProxyType(
            {
                variant: _variant(f"{place}.{variant}", codes, moved)
                for variant, moved in raw.get("variants", {}).items()
            }
        ),
        screening=screening,
        _words=MappingProxyType(_words(place, answers)),
    )


def _variable(raw: Mapping[str, Any], lists: Mapping[str, CodeList]) -> Variable:
    place = f"variables.{raw.get('name')}"
    if raw["sheet"] not in SHEETS or raw["type"] not in TYPES:
        raise CodeFileInvalid(place, "unknown sheet or type")
    if (raw["type"] == "code") != ("list" in raw):
        raise CodeFileInvalid(place, "a code list is due exactly when the type is code")
    answers = lists.get(raw["list"]) if "list" in raw else None
    if "list" in raw and answers is None:
        raise CodeFileInvalid(place, f"no code list {raw['list']!r}")
    uses, required = tuple(raw.get("uses", ())), tuple(raw.get("required", ()))
    if not set(required) <= set(uses):
        raise CodeFileInvalid(place, "is required for something it is not used for")
    if raw["type"] == "month" and raw.get("workbook", True):
        raise CodeFileInvalid(place, "a month has no column in the village's list")
    return Variable(
        name=raw["name"],
        sheet=raw["sheet"],
        type=raw["type"],
        label_id=raw.get("id") or (answers.title_id if answers else ""),
        label_en=raw.get("en") or (answers.title_en if answers else ""),
        code_list=raw.get("list"),
        minimum=raw.get("min"),
        maximum=raw.get("max"),
        unit=raw.get("unit"),
        uses=uses,
        required=required,
        when=MappingProxyType({name: tuple(values) for name, values in raw.get("when", {}).items()}),
        ages=None if "ages" not in raw else (raw["ages"][0], raw["ages"][1]),
        workbook=raw.get("workbook", True),
        edit=raw.get("edit", True),
    )


def parse_code_file(text: str) -> tuple[Mapping[str, CodeList], tuple[Variable, ...]]:
    """Read and check the text of a code file.

    Returns:
        The lists by name, and the variables in the order of the questionnaire.

    Raises:
        CodeFileInvalid: a key is missing, a code or word is used twice, a variant is not one to one, or a variable
            names a sheet, type or list that does not exist.
    """
    try:
        raw = tomllib.loads(text)
        lists = {name: _list(name, body) for name, body in raw["lists"].items()}
        variables = tuple(_variable(body, lists) for body in raw["variables"])
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise CodeFileInvalid("file", f"missing or unreadable: {error}") from error
    names = [variable.name for variable in variables]
    if len(set(names)) != len(names):
        raise CodeFileInvalid("variables", "a name is used twice")
    if not all(variable.label_id and variable.label_en for variable in variables):
        raise CodeFileInvalid("variables", "a variable has no label")
    for variable in variables:
        if not variable.when.keys() <= {*names, *OWN_FIELDS}:
            raise CodeFileInvalid(f"variables.{variable.name}", "applies by an answer that nobody gives")
    return MappingProxyType(lists), variables


@cache
def _carried() -> tuple[Mapping[str, CodeList], tuple[Variable, ...]]:
    return parse_code_file(files("models.register").joinpath("data", "kode.toml").read_text("utf-8"))


def code_lists() -> Mapping[str, CodeList]:
    """Return all lists by name."""
    return _carried()[0]


def code_list(name: str) -> CodeList:
    """Return one list.

    Raises:
        CodeUnknown: there is no list of this name.
    """
    try:
        return code_lists()[name]
    except KeyError:
        raise CodeUnknown(name) from None


def variables(sheet: str | None = None) -> tuple[Variable, ...]:
    """Return the questionnaire's variables, of one sheet (keluarga, anggota) or all."""
    return tuple(variable for variable in _carried()[1] if sheet in (None, variable.sheet))
