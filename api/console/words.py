"""Words for what the machines name by an id: roles, triggers, states' marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notifications.contexts import role_name


def said_role(context: Mapping[str, Any], role: str | None) -> str:
    """Return a role's name in the reader's language, as messages say it."""
    if role is None:
        return "–"
    return role_name(role, "en" if context.get("language") == "en" else "id").capitalize()


def verb(trigger: str) -> str:
    """Return a trigger as a button says it: "usulan.minta_ground_check" is "Minta ground check"."""
    words = trigger.rpartition(".")[2].replace("_", " ")
    return words[:1].upper() + words[1:]


def state_mark(case: Mapping[str, Any], late: bool = False) -> str:
    """Return the small mark beside a status: ■ final, ▲ late, ● open. The word always stands beside it."""
    return "■" if case["terminal"] else "▲" if late else "●"
