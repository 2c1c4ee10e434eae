"""Who lives together: heads, spouses, children, parents, with ages that fit each other."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from alur.seed.chance import Chance, Weighted

MALE: Final = 1
FEMALE: Final = 2
HEAD: Final = 1
SPOUSE: Final = 2
CHILD: Final = 3
CHILD_IN_LAW: Final = 4
GRANDCHILD: Final = 5
PARENT: Final = 6
SINGLE: Final = 1
MARRIED: Final = 2
DIVORCED: Final = 3
WIDOWED: Final = 4

# Kinds of family, tuned so that the mean size is that of the register (2025: 285.6 million persons in 93.0 million
# families would be 3.1; families that villages propose are larger, 3.3 to 3.9).
_KINDS: Final = Weighted(
    {
        "lansia_sendiri": 0.035,
        "dewasa_sendiri": 0.02,
        "pasangan": 0.085,
        "pasangan_anak": 0.62,
        "orang_tua_tunggal": 0.09,
        "tiga_generasi": 0.10,
        "keluarga_luas": 0.05,
    }
)
_CHILDREN: Final = Weighted({1: 0.30, 2: 0.38, 3: 0.21, 4: 0.08, 5: 0.03})
_GROWN_CHILD_LEAVES: Final = 27
_MARRIAGEABLE: Final = 19
_YEAR_DAYS: Final = 365.2425


@dataclass(slots=True)
class Draft:
    """One person of a family that is being made up."""

    sex: int
    #: full years
    age: int
    relation: int
    marital: int
    birth: date = date.min
    #: place among the children of one couple, from 0
    order: int = 0
    #: carries the clan of the head's family
    of_the_clan: bool = True


def birth_date(age: int, today: date, chance: Chance) -> date:
    """Return a day on which somebody who has `age` full years today was born."""
    return today - timedelta(days=int(age * _YEAR_DAYS) + 1 + chance.below(364)) if age else _baby(today, chance)


def _baby(today: date, chance: Chance) -> date:
    return today - timedelta(days=chance.below(364))


def _children(mother_age: int, chance: Chance) -> list[Draft]:
    """Children still on the card, eldest first; the first came when the mother was 18 to 29."""
    ages, wanted = [], chance.draw(_CHILDREN)
    age = mother_age - 18 - chance.below(12)
    while wanted and age >= 0:
        if age <= _GROWN_CHILD_LEAVES:
            ages.append(age)
        wanted -= 1
        age -= 2 + chance.below(4) if not chance.happens(0.01) else 0  # one in a hundred has a twin
    return [Draft(1 + chance.below(2), age, CHILD, SINGLE, order=place) for place, age in enumerate(ages)]


def _couple(head_age: int, chance: Chance) -> list[Draft]:
    spouse_age = max(_MARRIAGEABLE, min(head_age + 3, round(head_age - 3 + chance.normal(0, 3))))
    return [
        Draft(MALE, head_age, HEAD, MARRIED),
        Draft(FEMALE, spouse_age, SPOUSE, MARRIED, of_the_clan=False),
    ]


def _alone(age: int, chance: Chance, *, old: bool) -> list[Draft]:
    sex = FEMALE if chance.happens(0.7 if old else 0.45) else MALE
    marital = WIDOWED if old and chance.happens(0.85) else DIVORCED if chance.happens(0.3) else SINGLE
    return [Draft(sex, age, HEAD, marital)]


def _single_parent(chance: Chance) -> list[Draft]:
    age = 28 + chance.below(30)
    sex = FEMALE if chance.happens(0.8) else MALE
    head = Draft(sex, age, HEAD, WIDOWED if chance.happens(0.55) else DIVORCED)
    return [head, *(_children(age, chance) or [Draft(1 + chance.below(2), age - 22, CHILD, SINGLE)])]


def _with_parent(couple: list[Draft], chance: Chance) -> list[Draft]:
    oldest = max(person.age for person in couple if person.relation in (HEAD, SPOUSE))
    sex = FEMALE if chance.happens(0.75) else MALE
    age = min(95, oldest + 19 + chance.below(12))
    return [*couple, Draft(sex, age, PARENT, WIDOWED, of_the_clan=False)]


def _extended(chance: Chance) -> list[Draft]:
    head_age = 48 + chance.below(20)
    couple = _couple(head_age, chance)
    child_age = max(_MARRIAGEABLE, min(head_age - 20, 20 + chance.below(12)))
    child_sex = 1 + chance.below(2)
    young = [
        Draft(child_sex, child_age, CHILD, MARRIED),
        Draft(3 - child_sex, child_age + chance.below(4), CHILD_IN_LAW, MARRIED, of_the_clan=False),
    ]
    mother_age = next(person.age for person in young if person.sex == FEMALE)
    grandchildren = [
        Draft(1 + chance.below(2), age, GRANDCHILD, SINGLE, order=place, of_the_clan=child_sex == MALE)
        for place, age in enumerate(range(min(8, mother_age - 18), -1, -4))
        if chance.happens(0.75)
    ]
    return [*couple, *young, *grandchildren]


def household(today: date, chance: Chance) -> list[Draft]:
    """Return the members of one invented family, head first, each with a date of birth."""
    match chance.draw(_KINDS):
        case "lansia_sendiri":
            people = _alone(60 + chance.below(26), chance, old=True)
        case "dewasa_sendiri":
            people = _alone(22 + chance.below(33), chance, old=False)
        case "pasangan":
            people = _couple(
                _MARRIAGEABLE + 2 + chance.below(10) if chance.happens(0.4) else 55 + chance.below(25), chance
            )
        case "orang_tua_tunggal":
            people = _single_parent(chance)
        case "tiga_generasi":
            couple = _couple(28 + chance.below(22), chance)
            people = _with_parent([*couple, *_children(couple[1].age, chance)], chance)
        case "keluarga_luas":
            people = _extended(chance)
        case _:
            couple = _couple(24 + chance.below(30), chance)
            people = [*couple, *_children(couple[1].age, chance)]
    for person in people:
        person.birth = birth_date(person.age, today, chance)
    return people
