"""What can be wrong with a request about an import."""

from models.errors import AlurError


class ImportNotFound(AlurError):
    """No such import in the caller's sight, or nothing was rejected in it."""

    status = 404
    code = "impor_tidak_ditemukan"
    title = "Impor tidak ditemukan"
    title_en = "Import not found"
    text = "Impor {0} tidak ada di wilayah Anda, atau tidak ada baris yang ditolak."
    text_en = "There is no import {0} in your region, or nothing in it was rejected."
    cure = "Periksa nomor impor pada jawaban unggahan."
    cure_en = "Check the import's number in the answer to the upload."


class FileTooLarge(AlurError):
    """A file larger than any village list."""

    status = 413
    code = "berkas_terlalu_besar"
    title = "Berkas terlalu besar"
    title_en = "File too large"
    text = "Berkas lebih dari {0} MB."
    text_en = "The file is larger than {0} MB."
    cure = "Pecah daftar per desa, dan hapus gambar dari berkas."
    cure_en = "Split the list by village, and remove pictures from the file."
