"""What is refused before a route looks at it: too often, too large, unreadable, or from another site's page."""

from __future__ import annotations

from models.errors import AlurError


class TooOften(AlurError):
    """More requests than one session or one network may send. Arguments: seconds to wait, in whole."""

    status = 429
    code = "terlalu_banyak_permintaan"
    title = "Terlalu banyak permintaan"
    title_en = "Too many requests"
    text = "Terlalu banyak permintaan dari sesi atau jaringan ini; coba lagi dalam {0} detik."
    text_en = "Too many requests from your session or network; try again in {0} seconds."
    cure = "Tunggu selama itu, lalu lanjutkan. Untuk banyak kasus pakai satu permintaan massal (/cases/transitions)."
    cure_en = "Wait that long, then go on. For many cases send one bulk request (/cases/transitions)."

    @property
    def retry_after_s(self) -> int:
        """How long to wait, in seconds."""
        return int(self.args[0])


class OtherSite(AlurError):
    """A browser says that another site's page sends this: somebody may be using a person who only looks at a page."""

    status = 403
    code = "asal_lain"
    title = "Permintaan dari situs lain"
    title_en = "Request from another site"
    text = "Peramban mengirim ini atas nama halaman situs lain."
    text_en = "A browser sends this on behalf of another site's page."
    cure = "Lakukan dari halaman Alur sendiri, atau dari program tanpa tajuk Origin."
    cure_en = "Do it from a page of Alur itself, or from a program without the header Origin."


class BodyTooLarge(AlurError):
    """More than any route takes. Arguments: the limit, as text."""

    status = 413
    code = "isi_terlalu_besar"
    title = "Isi permintaan terlalu besar"
    title_en = "Request too large"
    text = "Isi permintaan lebih dari {0}."
    text_en = "The request's content is larger than {0}."
    cure = "Bagi menjadi beberapa permintaan; tanpa token hanya isian masuk yang diterima."
    cure_en = "Split it into several requests; without a token only the forms of signing in are taken."


class BodyUnreadable(AlurError):
    """What can be read neither as JSON nor as a form."""

    status = 400
    code = "permintaan_salah"
    title = "Permintaan salah"
    title_en = "Bad request"
    text = "Isi permintaan tidak dapat dibaca."
    text_en = "The request's content cannot be read."
    cure = "Kirim JSON dalam UTF-8, atau berkas sebagai multipart/form-data."
    cure_en = "Send JSON in UTF-8, or multipart/form-data."


class StorageFull(AlurError):
    """A disk of ours has no room left: the database's, or that of documents."""

    status = 507
    code = "penyimpanan_penuh"
    title = "Penyimpanan sistem penuh"
    title_en = "The system's storage is full"
    text = "Tidak ada ruang tersisa untuk menyimpan; permintaan ini tidak tercatat sama sekali."
    text_en = "There is no room left to store anything; nothing of this request was recorded."
    cure = "Beri tahu pengelola untuk mengosongkan ruang, lalu kirim ulang dengan kunci yang sama."
    cure_en = "Tell the operators to make room, then send again with the same key."
    retry_after_s = 60


class DatabaseAway(AlurError):
    """PostgreSQL does not answer, or not in time."""

    status = 503
    code = "basis_data_sibuk"
    title = "Basis data sedang tidak dapat dihubungi"
    title_en = "The database cannot be reached right now"
    text = title
    text_en = title_en
    cure = "Kirim ulang permintaan yang sama dengan kunci yang sama; tidak ada yang tercatat dua kali."
    cure_en = "Send the same request with the same key again; nothing is recorded twice."
    retry_after_s = 2
