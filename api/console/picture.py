"""A machine as a picture: phases are columns, states are boxes, and a case's way through them is drawn on top.

Only where things stand is worked out here, in pixels; how they look is CSS, what they say is the template's. Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from state_machines import NEW, Machine, State

BOX = (172, 44)
"""Width and height of a state."""
_PITCH = (208, 60)
_TOP = 34
_LEFT = 4
_ROWS_MOST = 10
"""States in one column; a phase with more takes several."""
_LINE = 20
"""Signs of a label in one line of a box."""
_CROWD = 4
"""A rule that leaves more states than this hides the picture; the list below it tells of it."""

Mark = Literal["lalu", "kini", "lanjut", "lain"]
"""Was there, is there, may go there next, none of these."""


@dataclass(frozen=True, slots=True)
class Box:
    """One state: its upper left corner, its label in lines, and what it is to the case."""

    state: State
    x: int
    y: int
    lines: tuple[str, ...]
    mark: Mark

    @property
    def outline(self) -> str:
        """The box as an SVG path."""
        return f"M{self.x} {self.y}h{BOX[0]}v{BOX[1]}h-{BOX[0]}z"

    @property
    def text_y(self) -> int:
        """Where the first line of the label stands."""
        return self.y + (27 if len(self.lines) == 1 else 19)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one state to another as an SVG path: gone, open, or one of the machine's."""

    path: str
    mark: Literal["lalu", "lanjut", "lain"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn machine; `columns` are the phases with the left edge of the first column of each."""

    width: int
    height: int
    columns: tuple[tuple[str, int], ...]
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


@dataclass(frozen=True, slots=True)
class Way:
    """A case's way: the states it was in, in order, the last one being where it is; and those it may go to next."""

    states: Sequence[str] = ()
    following: Sequence[str] = field(default=())

    def mark(self, state: str) -> Mark:
        """Return what a state is to the case."""
        if self.states and self.states[-1] == state:
            return "kini"
        return "lalu" if state in self.states else "lanjut" if state in self.following else "lain"


def _lines(label: str) -> tuple[str, ...]:
    """Return a label in at most two lines; what a bracket adds stands in the second."""
    head, bracket, tail = label.partition(" (")
    if bracket and len(head) <= _LINE and len(tail) < _LINE + 2:
        return head, f"({tail}"
    told = textwrap.wrap(label, _LINE)
    return tuple(told) if len(told) <= 2 else (told[0], " ".join(told[1:]))  # noqa: PLR2004


def _places(machine: Machine) -> tuple[dict[str, tuple[int, int]], list[tuple[str, int]]]:
    """Return the place of every state (column, row), and in which column each phase begins."""
    places: dict[str, tuple[int, int]] = {}
    begins: list[tuple[str, int]] = []
    column = 0
    for phase in machine.phases:
        begins.append((phase, column))
        within = [state.id for state in machine.states if state.phase == phase]
        parts = -(-len(within) // _ROWS_MOST)
        rows = -(-len(within) // parts)
        for n, state in enumerate(within):
            places[state] = column + n // rows, n % rows
        column += parts
    return places, begins


def _path(source: tuple[int, int], target: tuple[int, int]) -> str:
    """Return a curve between two boxes: straight down, bulging past boxes between, or from side to side."""
    width, height = BOX
    (x, y), (u, v) = [(_LEFT + c * _PITCH[0], _TOP + r * _PITCH[1]) for c, r in (source, target)]
    if source == target:
        return ""
    if source[0] == target[0]:
        if target[1] - source[1] == 1:
            return f"M{x + width // 2} {y + height}V{v}"
        side, top, bottom = x + width, y + height // 2 + 6, v + height // 2 - 6
        out = side + min(12 + 6 * abs(target[1] - source[1]), _PITCH[0] - width)
        return f"M{side} {top}C{out} {top} {out} {bottom} {side} {bottom}"
    ahead = target[0] > source[0]
    begin, end = (x + width, u) if ahead else (x, u + width)
    middle = (begin + end) // 2
    shift = -6 if ahead else 6
    top, bottom = y + height // 2 + shift, v + height // 2 + shift
    return f"M{begin} {top}C{middle} {top} {middle} {bottom} {end} {bottom}"


def _usual(machine: Machine) -> Iterator[tuple[str, str]]:
    """Yield the machine's ways onward: no way back, no refusal, no correction, no rule that hides the picture."""
    order = {state.id: n for n, state in enumerate(machine.states)}
    for rule in machine.rules:
        if not rule.undo_of and not rule.refusal and len(rule.sources) <= _CROWD:
            for source in rule.sources:
                if source != NEW and order[source] < order[rule.target]:
                    yield source, rule.target


def draw(machine: Machine, way: Way | None = None) -> Picture:
    """Draw a machine: with the way of a case, or, without one, with its own usual ways."""
    gone = way or Way()
    places, begins = _places(machine)
    boxes = tuple(
        Box(
            state,
            _LEFT + places[state.id][0] * _PITCH[0],
            _TOP + places[state.id][1] * _PITCH[1],
            _lines(state.label),
            gone.mark(state.id),
        )
        for state in machine.states
    )
    arrows: dict[str, Arrow] = {}

    def add(pairs: Iterable[tuple[str, str]], mark: Literal["lalu", "lanjut", "lain"]) -> None:
        for source, target in pairs:
            path = _path(places[source], places[target])
            if path:
                arrows.setdefault(path, Arrow(path, mark))

    if way is None:
        add(_usual(machine), "lain")
    else:
        add(pairwise(gone.states), "lalu")
        add(((gone.states[-1], target) for target in gone.following), "lanjut")
    columns = max(column for column, _ in places.values()) + 1
    rows = max(row for _, row in places.values()) + 1
    return Picture(
        2 * _LEFT + columns * _PITCH[0] - (_PITCH[0] - BOX[0]) + 40,
        _TOP + rows * _PITCH[1],
        tuple((phase, _LEFT + column * _PITCH[0]) for phase, column in begins),
        boxes,
        tuple(arrows.values()),
    )


def phases(machine: Machine, way: Sequence[tuple[str, object]]) -> list[dict[str, object]]:
    """Return the phases of a machine as a line: name, when the case first came there, and whether it is there.

    `at` is None for a phase it was not in yet.

    Args:
        machine: the case's.
        way: the states the case was in, in order, each with when it came there.
    """
    first: dict[str, object] = {}
    for state, at in way:
        first.setdefault(machine.state[state].phase, at)
    now = machine.state[way[-1][0]].phase if way else None
    return [{"name": phase, "at": first.get(phase), "now": phase == now} for phase in machine.phases]
