"""What can be wrong with a request about notices."""

from models.errors import AlurError


class NoticeNotFound(AlurError):
    """No such notice of the caller's own."""

    status = 404
    code = "pemberitahuan_tidak_ditemukan"
    title = "Pemberitahuan tidak ditemukan"
    title_en = "Notice not found"
    text = "Pemberitahuan {0} tidak ada di kotak masuk Anda."
    text_en = "There is no notice {0} in your inbox."
    cure = "Lihat kotak masuk: /pemberitahuan."
    cure_en = "See your inbox: /pemberitahuan."


class MessageUnknown(AlurError):
    """No message of this kind."""

    status = 404
    code = "pesan_tidak_dikenal"
    title = "Pesan tidak dikenal"
    title_en = "No such message"
    text = "Tidak ada pesan “{0}”."
    text_en = "There is no message “{0}”."
    cure = "Pesan yang ada: lihat folder notifications/messages, atau `alur notices kinds`."
    cure_en = "For those there are, see the folder notifications/messages, or `alur notices kinds`."
