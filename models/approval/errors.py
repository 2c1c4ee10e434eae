"""What a decision of a gate may lack."""

from models.errors import AlurError
from state_machines.facts import BY_ID as FACTS


class DecisionUnproven(AlurError):
    """A decision without the evidence that the door will ask for: its cases would all be refused afterwards."""

    status = 422
    code = "putusan_tanpa_bukti"
    title = "Bukti putusan belum lengkap"
    title_en = "The decision lacks evidence"
    text = "Belum diisi: {0}."
    text_en = "Not filled in: {1}."
    cure = "Isi nomor atau keterangan dari suratnya, lalu putuskan lagi."
    cure_en = "Fill in the number or the words of the letter, and decide again."

    def __init__(self, kinds: str) -> None:
        """Name what is lacking: ids of kinds of evidence, with commas between them."""
        lacking = [FACTS[kind] for kind in kinds.split(",")]
        super().__init__(", ".join(kind.label for kind in lacking), ", ".join(kind.label_en for kind in lacking))
