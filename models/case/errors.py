"""What can be wrong with a request about one case. Sets answer with outcomes instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.calendar.rules import Window
from models.case.refusals import BY_ID as REFUSALS
from models.errors import AlurError
from state_machines import BY_NAME
from state_machines.facts import BY_ID as FACTS


class CaseNotFound(AlurError):
    """No such case in the caller's sight."""

    status = 404
    code = "kasus_tidak_ditemukan"
    title = "Kasus tidak ditemukan"
    title_en = "Case not found"
    text = "Kasus {0} tidak ada di wilayah kerja Anda."
    text_en = "There is no case {0} within your scope."
    cure = "Periksa nomornya, atau cari keluarganya di /api/v1/households."
    cure_en = "Check the number, or search the family at /api/v1/households."


class StepNotOpen(AlurError):
    """A step that does not leave the state in which the case stands: a colleague was quicker, or the address is old."""

    status = 409
    code = "langkah_tidak_terbuka"
    title = "Langkah itu tidak terbuka"
    title_en = "That step is not open"
    text = "Langkah itu tidak terbuka dari keadaan kasus sekarang."
    text_en = "That step is not open from where the case stands now."
    cure = "Lihat siapa yang bertindak di Jejak, dan langkah yang terbuka di Berikutnya."
    cure_en = "See under History who acted, and under Next which steps are open."


class MoveRefused(AlurError):
    """The door refused one move; the refusal's own words say why and how to mend it.

    `opening` is the next opening of the window it met closed.
    """

    def __init__(
        self,
        case: int,
        trigger: str,
        refusal: str,
        state: str,
        missing: tuple[str, ...],
        opening: Window | None = None,
    ) -> None:
        super().__init__(case, trigger, refusal, state, missing, opening)
        said = REFUSALS[refusal]
        self.case, self.trigger, self.refusal, self.state, self.missing = case, trigger, refusal, state, missing
        self.opening = opening
        self.status = 404 if refusal == "tidak_ditemukan" else 409
        self.code, self.title, self.title_en = refusal, "Tidak dapat dijalankan", "Cannot be done"
        self.cure, self.cure_en = said.cure, said.cure_en

    def __str__(self) -> str:
        lacking = f" Kurang: {', '.join(FACTS[need].label for need in self.missing)}." if self.missing else ""
        where = self._standing or "keadaan yang tidak diketahui"
        opening = f" {self.opening.words()[0]}" if self.opening else ""
        return f"Kasus {self.case} di {where}, {self._step}: {REFUSALS[self.refusal].text}{lacking}{opening}"

    @property
    def english(self) -> str:
        """The message in English."""
        lacking = f" Missing: {', '.join(FACTS[need].label_en for need in self.missing)}." if self.missing else ""
        where = self._standing or "an unknown state"
        opening = f" {self.opening.words()[1]}" if self.opening else ""
        return f"Case {self.case} in {where}, step {self.trigger}: {REFUSALS[self.refusal].text_en}{lacking}{opening}"

    @property
    def _standing(self) -> str:
        """The label of the state, as SIKS-NG shows it."""
        state = BY_NAME[self.trigger.partition(".")[0]].state.get(self.state)
        return state.label if state else ""

    @property
    def _step(self) -> str:
        """The trigger in Indonesian words; English names it by its id, which pages put into English."""
        return self.trigger.rpartition(".")[2].replace("_", " ")

    @property
    def members(self) -> Mapping[str, Any]:
        """The ids of the evidence that lacks, and the next opening, as data."""
        told: dict[str, Any] = {"missing": list(self.missing)} if self.missing else {}
        return told | ({"window": self.opening.as_data()} if self.opening else {})
