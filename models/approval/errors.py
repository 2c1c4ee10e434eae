"""What a decision of a gate may lack."""

from models.errors import AlurError


class DecisionUnproven(AlurError):
    """An approval without the evidence that the door will ask for: its cases would all be refused afterwards."""

    status = 422
    code = "putusan_tanpa_bukti"
    title = "Bukti putusan belum lengkap"
    title_en = "The decision lacks evidence"
    text = "Belum diisi: {0}."
    text_en = "Not filled in: {1}."
    cure = "Isi nomor atau keterangan dari suratnya, lalu setujui lagi."
    cure_en = "Fill in the number or the words of the letter, and approve again."
