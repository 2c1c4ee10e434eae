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
