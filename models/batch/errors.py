"""What can be wrong with a request about a batch."""

from models.errors import AlurError


class BatchNotFound(AlurError):
    """No such batch in the caller's sight."""

    status = 404
    code = "batch_tidak_ditemukan"
    title = "Batch tidak ditemukan"
    title_en = "Batch not found"
    text = "Batch {0} tidak ada di wilayah atau program Anda."
    text_en = "There is no batch {0} in your region or programme."
    cure = "Lihat daftarnya di /api/v1/batches."
    cure_en = "See the list at /api/v1/batches."


class DecreeNotFound(AlurError):
    """No such decree in the caller's sight."""

    status = 404
    code = "sk_tidak_ditemukan"
    title = "SK tidak ditemukan"
    title_en = "Decree not found"
    text = "SK nomor urut {0} tidak ada di wilayah atau program Anda."
    text_en = "There is no decree {0} in your region or programme."
    cure = "Lihat daftarnya di halaman SK."
    cure_en = "See the list on the page SK."


class PaperNotFound(AlurError):
    """A batch of this kind has no such paper, or what it is about has not happened yet."""

    status = 404
    code = "cetakan_tidak_ada"
    title = "Cetakan ini tidak ada"
    title_en = "There is no such print"
    text = "Batch {0} tidak punya cetakan “{1}”, atau daftarnya belum ada."
    text_en = "Batch {0} has no print “{1}”, or its list does not exist yet."
    cure = "Buka halaman batch: di sana tertulis apa yang dapat dicetak sekarang."
    cure_en = "Open the batch's page: it says what can be printed now."
