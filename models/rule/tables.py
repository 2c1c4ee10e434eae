"""The tables of the vocabulary, written from `state_machines/` at installation and never by hand.

A code is a small integer, numbered for ever; the log stores codes, and people read the id beside it.
"""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import SQLModel

from models import columns as col


class Machine(SQLModel, table=True):
    """One machine: usulan, kepesertaan or penyaluran."""

    __tablename__ = "machine"

    code: int = col.smallint("Number of the machine, from 1; 0 stands for acts that move no case.", key=True)
    name: str = col.text("Its name in code, URLs and policy keys.", unique=True)
    subject: str = col.text("What one case of it is about, as a sentence.")
    regional: bool = col.boolean("A case of it is about a region and has no family.", default="false")


class Role(SQLModel, table=True):
    """One role, and the kind of scope in which it acts."""

    __tablename__ = "role"

    code: int = col.smallint("Number of the role.", key=True)
    id: str = col.text("Its name, such as `verifikator_kab`.", unique=True)
    scope: str = col.text("Kind of scope: region_10, region_6, region_4, region_2, national, programme, own_files ….")
    admin: int | None = col.smallint("Role that makes accounts of it; null for the owner of the database alone.")
    head: int | None = col.smallint("Role that confirms them: the head of the office, or of the one above.")
    edits: bool = col.boolean("It changes families' data, and judges no proposal that it edited.", default="false")


class Programme(SQLModel, table=True):
    """One programme of aid."""

    __tablename__ = "programme"

    code: int = col.smallint("Number of the programme; 0 in a case means none.", key=True)
    id: str = col.text("Its name, such as `PKH`.", unique=True)
    label: str = col.text("Its name as people know it.")
    kind: str = col.text("tunai (paid through penyaluran), layanan, iuran or lintas_kementerian.")


class Jenis(SQLModel, table=True):
    """One kind of proposal or objection."""

    __tablename__ = "jenis"

    code: int = col.smallint("Number of the kind; 0 in a case means none.", key=True)
    id: str = col.text("Its name, such as `BARU`.", unique=True)


class JenisEffect(SQLModel, table=True):
    """What a kind of proposal moves when it is applied."""

    __tablename__ = "jenis_effect"

    jenis: int = col.smallint("Kind of proposal.", key=True)
    fires: list[str] = col.texts("Moves of linked cases, as machine.trigger.")


class State(SQLModel, table=True):
    """One state of one machine."""

    __tablename__ = "state"

    code: int = col.smallint("Number of the state; from 20000 on a case rests there and no work waits.", key=True)
    machine: int = col.smallint("Machine it belongs to.")
    id: str = col.text("Its name, unique within the machine.")
    label: str = col.text("What SIKS-NG and its users call it.")
    meaning: str = col.text("What it means, as one sentence.")
    phase: str = col.text("Part of the process it belongs to.")
    holder: int = col.smallint("Role that holds a case here.")
    terminal: bool = col.boolean("Only a correction leaves it.")
    stable: bool = col.boolean("A case may stay for ever, and ordinary rules still lead on.")
    account: str | None = col.text("Position of funds: pra, open, selesai, disetor, hangus, keluar; null: no money.")
    holds_seat: bool = col.boolean("A membership here occupies a seat of its programme's quota.")

    __table_args__ = (UniqueConstraint("machine", "id"),)


class Trigger(SQLModel, table=True):
    """What an act may be about: a trigger of a machine, or (machine 0) an act of the register or of a gate."""

    __tablename__ = "trigger"

    code: int = col.smallint("That of the first-numbered rule which carries it; below 1000 for machine 0.", key=True)
    machine: int = col.smallint("Machine it belongs to; 0 when it moves no case.")
    id: str = col.text("Its name, unique within the machine.")
    derived: list[str] = col.texts("Needs which the door works out itself, such as `kuota_ada`.")
    locks: bool = col.boolean("Positions are locked before judging: claims, counters or amounts move along.")
    steps: bool = col.boolean("Some rule of it depends on the steps that a kind of proposal takes.")
    people: int = col.smallint("How many different persons must agree, at most, on a rule of it.")
    bars_editors: bool = col.boolean(
        "Whoever edited the family's data is barred: a proposal's rule that bars those who handled it.", default="false"
    )

    __table_args__ = (UniqueConstraint("machine", "id"),)


class Reason(SQLModel, table=True):
    """Why a case was refused, returned, held or ended."""

    __tablename__ = "reason"

    code: int = col.smallint("Number of the reason.", key=True)
    id: str = col.text("Its code word, such as `EX_PEKERJAAN`.", unique=True)
    label: str = col.text("What people read.")
    detected_by: str = col.text("Who finds it out.")


class FactKind(SQLModel, table=True):
    """One kind of fact: what must be known before a rule may fire, and who may say it."""

    __tablename__ = "fact_kind"

    code: int = col.smallint("Number of the kind.", key=True)
    id: str = col.text("Its name, such as `balasan_dukcapil`.", unique=True)
    label: str = col.text("Indonesian label.")
    label_en: str = col.text("English label.")
    case_scope: bool = col.boolean("One recorded before the present state still counts.")
    derived: bool = col.boolean("The door works it out itself; nobody writes it.")
    kept: bool = col.boolean("Shared by an act, it is noted on each case too: a later rule looks back.")
    fresh_days: int | None = col.integer("How old it may be, in days; null for any age. Policy may say otherwise.")
    min_age_days: int | None = col.integer("How old it must be, in days; null for none. Policy may say otherwise.")
    writers: list[int] = col.smallints("Roles that may write it.")
    satisfies: list[int] = col.smallints("Needs it satisfies: itself, and those that name it as an alternative.")
    documents: int = col.smallint("How many different files make it; 0 where it is written, not uploaded.", default="0")
    geotagged: bool = col.boolean("Its photos must say where they were taken.", default="false")


class Need(SQLModel, table=True):
    """Which kinds of fact satisfy a need: the need itself, and the alternatives it names."""

    __tablename__ = "need"

    need: int = col.smallint("Kind of fact that a rule asks for.", key=True)
    kind: int = col.smallint("Kind of fact that will do.", key=True)


class Rule(SQLModel, table=True):
    """One row of the regulation: immutable, numbered for ever; a changed row is a new rule."""

    __tablename__ = "rule"

    code: int = col.smallint("Machine * 1000 + the number in its id.", key=True)
    id: str = col.text("Its id in the specification, such as `U24`.", unique=True)
    machine: int = col.smallint("Machine it belongs to.")
    trigger: int = col.smallint("Trigger it answers to.")
    sources: list[int] = col.smallints("States it leaves; 0 opens a case.")
    target: int = col.smallint("State it leads to.")
    roles: list[int] = col.smallints("Roles that may fire it: any of them.")
    needs: list[int] = col.smallints("Kinds of fact that must be known: all of them.")
    derived: list[int] = col.smallints("Needs which the door works out itself.")
    reasons: list[int] = col.smallints("Reasons of which one must be given; empty: none may be.")
    barred: list[int] = col.smallints("Rules whose actors may not fire this one on the same case (four eyes).")
    only_by: list[int] = col.smallints("The actor must himself have fired one of these rules on the case.")
    after_any: list[int] = col.smallints("One of these rules must have fired on the case before.")
    never: list[int] = col.smallints("None of these rules may have fired on the case.")
    latest: list[int] = col.smallints("Of these rules the first-named must be the one that fired last.")
    undo_of: list[int] = col.smallints("Rules it corrects: the case's last move must be by one of them.")
    time_window: str | None = col.text("How long a correction stays open, as a duration such as `3 wd`.")
    not_before: str | None = col.text("Time in the state before it may fire: a duration, `expire` or `sla`.")
    steps_on: int = col.integer("Steps which the kind of proposal must take, as bits.")
    steps_off: int = col.integer("Steps which it must not take, as bits.")
    at_destination: bool = col.boolean("The village of destination acts, not the village of origin.")
    same_year: bool = col.boolean("Only within the budget year in which the case was opened.")
    amount: str | None = col.text("What it does with the closed amount: `set`, or demands: `equal`, `differs`.")
    people: int = col.smallint("How many different persons must agree.")
    second_role: int | None = col.smallint("A further role whose holder may be the second person.")
    refusal: bool = col.boolean("It refuses somebody something, so a reason is owed.")
    fires: list[str] = col.texts("Moves of linked cases it brings, as `machine.trigger`.")
    valid_from: datetime = col.moment("When it was first installed.")
    valid_to: datetime | None = col.moment("When it was retired; null while it lives.")


class Arrow(SQLModel, table=True):
    """The live rule that is open at a state for a trigger, and what the door needs to know of it there."""

    __tablename__ = "arrow"

    source: int = col.smallint("State it leaves; 0 opens a case.", key=True)
    trigger: int = col.smallint("Trigger it answers to.", key=True)
    rule: int = col.smallint("The one rule.")
    reasons: list[int] = col.smallints("Reasons of which one must be given here; from some states a few of the rule's.")
    history: bool = col.boolean("The rule bars whoever moved the case before along some others: four eyes.")
    timed: bool = col.boolean("The rule asks how long the case has been here, or in which year it was opened.")
    brings: bool = col.boolean("The move brings something with it: any of what follows.")
    frees: bool = col.boolean("The case ends, and gives back what it claimed.")
    counts: bool = col.boolean("It takes one of the village's proposals of the month.")
    seat: int = col.smallint("Seats of the programme's quota that it takes: 1, 0, or -1 given back.")
    money: str | None = col.text("What happens to the amount: `closed`, `lost` to the budget, `regained`.")
    watched: bool = col.boolean("The flow of the case's batch waits for cases that arrive there.")
    fires: bool = col.boolean("Linked cases move too.")
    asks_more: bool = col.boolean(
        "The rule asks what only few ask: the case's past, an amount, or the region of destination.", default="false"
    )
    target_id: str | None = col.text("Name of the state it leads to, for the answer.")


class RefusalCode(SQLModel, table=True):
    """Why the door says no, numbered in the order of judgement."""

    __tablename__ = "refusal_code"

    code: int = col.smallint("Number of the refusal; the lowest that holds is the answer.", key=True)
    id: str = col.text("Its name, such as `empat_mata`.", unique=True)
    message: str = col.text("What people read, in Indonesian.")
    message_en: str = col.text("The same in English.")
