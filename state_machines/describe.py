"""The declarations, told to others: as data in the shape of the specification, and as pages with diagrams."""

from __future__ import annotations

from typing import Any

from state_machines.declare import NEW, Machine, Rule, State
from state_machines.labels import LABELS
from state_machines.reasons import REASONS
from state_machines.vocabulary import CALENDAR, JENIS, PROGRAMMES, ROLES


def _state(state: State) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": state.id,
        "label": state.label,
        "meaning": state.meaning,
        "phase": state.phase,
        "holder": state.holder,
        "sla": state.sla,
    }
    if state.sla is None:
        told["why_no_sla"] = state.why_no_sla
    told["terminal"] = state.terminal
    if state.stable:
        told["stable"] = True
    told |= {key: value for key in ("remind", "expire", "account") if (value := getattr(state, key))}
    return told


def _rule(rule: Rule) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": rule.id,
        "trigger": rule.trigger,
        "from": list(rule.sources),
        "to": rule.target,
        "by": list(rule.by),
        "evidence": list(rule.needs),
        "reasons": list(rule.reasons),
        "not_same_person_as": list(rule.barred),
        "auto": rule.auto,
    }
    if rule.refusal:
        told["refusal"] = True
    if rule.people > 1:
        told["people"] = rule.people
    if rule.undo_of:
        told["undo_of"] = list(rule.undo_of)
    if rule.window:
        told["window"] = rule.window
    if rule.fires:
        told["fires"] = list(rule.fires)
    if rule.note:
        told["note"] = rule.note
    return told


def as_data(machines: tuple[Machine, ...]) -> dict[str, Any]:
    """Return everything declared in the shape of the specification (`machines.yaml`), ids included."""
    return {
        "roles": {role.id: role.scope for role in ROLES},
        "calendar": dict(CALENDAR),
        "programmes": [
            {"code": p.id, "label": p.label, "kind": p.kind, "penyaluran": p.penyaluran} for p in PROGRAMMES
        ],
        "jenis_usulan": [
            {
                "jenis": jenis.id,
                "musdes": jenis.musdes,
                "ground_check": jenis.ground_check,
                "pengesahan": jenis.pengesahan,
                "olah_pusat": jenis.olah_pusat,
                "pemeringkatan": jenis.pemeringkatan,
                "sk": jenis.sk,
            }
            for jenis in JENIS
        ],
        "machines": {
            machine.name: {
                "subject": machine.subject,
                "big": machine.big,
                "phases": list(machine.phases),
                "states": [_state(state) for state in machine.states],
                "transitions": [_rule(rule) for rule in machine.rules],
            }
            for machine in machines
        },
        "reasons": {r.id: {"label": r.label, "detected_by": r.detected_by} for r in REASONS},
        "labels": [{"label": label.label, "kind": label.kind, "ref": label.ref} for label in LABELS],
    }


def _diagram(machine: Machine) -> str:
    """Return the machine as a mermaid state diagram, one box per phase, corrections left to the table below it."""
    lines = ["stateDiagram-v2", "    direction LR"]
    for phase in machine.phases:
        lines.append(f"    state {phase}_ {{")
        lines += [f"        {state.id}" for state in machine.states if state.phase == phase]
        lines.append("    }")
    edges: dict[tuple[str, str], list[str]] = {}
    for rule in machine.rules:
        if rule.undo_of or len(rule.sources) > 8:  # noqa: PLR2004 -- more arrows than this hide the picture
            continue
        for source in rule.sources:
            edges.setdefault((source, rule.target), []).append(rule.trigger)
    for (source, target), triggers in edges.items():
        lines.append(f"    {'[*]' if source == NEW else source} --> {target}: {', '.join(triggers)}")
    lines += [f"    {state.id} --> [*]" for state in machine.states if state.terminal]
    return "\n".join(lines)


def _due(state: State) -> str:
    if state.sla is None:
        return f"– ({state.why_no_sla})"
    extras = [f"ingatkan {state.remind}"] * bool(state.remind) + [f"habis {state.expire}"] * bool(state.expire)
    return ", ".join([state.sla, *extras])


def _guards(rule: Rule) -> str:
    """Return what the door holds beside roles and evidence, in words short enough for a table cell."""
    guard = rule.guard
    told = [
        f"langkah {' '.join(guard.steps)}" if guard.steps else "",
        f"hanya pelaku {' '.join(guard.only_by)}" if guard.only_by else "",
        f"setelah {' '.join(guard.after)}" if guard.after else "",
        f"belum pernah {' '.join(guard.never)}" if guard.never else "",
        f"terakhir {guard.latest[0]}, bukan {' '.join(guard.latest[1:])}" if guard.latest else "",
        f"tidak sebelum {guard.not_before}" if guard.not_before else "",
        "oleh desa tujuan" if guard.place == "tujuan" else "",
        *(f"dari {source} hanya {' '.join(codes)}" for source, codes in guard.reason_from),
        "tahun anggaran yang sama" if guard.same_year else "",
        f"nominal {guard.amount}" if guard.amount else "",
        f"orang kedua boleh {guard.second}" if guard.second else "",
        f"{rule.people} orang" if rule.people > 1 else "",
        f"dalam {rule.window}" if rule.window else "",
    ]
    return "; ".join(part for part in told if part)


def page(machine: Machine) -> str:
    """Return the documentation page of one machine: subject, picture, states, rules. Markdown."""
    lines = [
        f"# {machine.name}",
        "",
        f"*{machine.subject}.*",
        "",
        f"Generated from `state_machines/{machine.name}.py` by `make docs`; a test fails when this page is stale.",
        "",
        "```mermaid",
        _diagram(machine),
        "```",
        "",
        "## States",
        "",
        "| code | state | SIKS-NG label | meaning | holder | due |",
        "|---|---|---|---|---|---|",
    ]
    lines += [f"| {s.code} | `{s.id}` | {s.label} | {s.meaning} | {s.holder} | {_due(s)} |" for s in machine.states]
    lines += [
        "",
        "## Rules",
        "",
        "Several roles mean *or*. ≠ names the rules whose actor may not act here (four eyes, judged on persons).",
        "",
        "| rule | from → to | trigger | by | evidence | reasons | ≠ | also held by the door | moves along |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for rule in machine.rules:
        cells = [
            rule.id,
            f"{', '.join(rule.sources)} → {rule.target}",
            f"`{rule.trigger}`",
            ", ".join(rule.by),
            ", ".join(rule.needs),
            " ".join(rule.reasons),
            " ".join(rule.barred),
            _guards(rule),
            ", ".join(rule.fires),
        ]
        lines.append("| " + " | ".join(cells) + " |")
    notes = [f"- **{rule.id}** {rule.note}." for rule in machine.rules if rule.note]
    return "\n".join([*lines, "", "## Notes", "", *notes, ""])
