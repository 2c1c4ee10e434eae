"""What can be wrong with the minutes of a meeting."""

from models.errors import AlurError


class MeetingNotFound(AlurError):
    """No village list of this number in the caller's region."""

    status = 404
    code = "musdes_tidak_ditemukan"
    title = "Daftar musyawarah tidak ditemukan"
    title_en = "Meeting's list not found"
    text = "Batch {0} bukan daftar musyawarah di wilayah Anda."
    text_en = "Batch {0} is no meeting's list in your region."
    cure = "Pilih daftarnya dari halaman Musdes."
    cure_en = "Choose the list from the page Musdes."


class NotTheClerk(AlurError):
    """Minutes are kept by the village."""

    status = 403
    code = "musdes_bukan_notulis"
    title = "Bukan notulis musyawarah"
    title_en = "Not the meeting's clerk"
    text = "Notulen musyawarah dicatat oleh operator desa, pengisi data kabupaten, atau kepala desa."
    text_en = "Minutes are kept by the village's operator, the kabupaten's data clerk, or the head of the village."
    cure = "Mintalah salah satu dari mereka mencatatnya."
    cure_en = "Ask one of them to write it down."


class MinutesChanged(AlurError):
    """Somebody else wrote other facts, or other verdicts, meanwhile."""

    status = 409
    code = "musdes_berubah"
    title = "Notulen berubah sementara itu"
    title_en = "The minutes changed meanwhile"
    text = "Orang lain menulis notulen ini setelah Anda membukanya. Yang Anda ketik masih ada di formulir."
    text_en = "Somebody else wrote these minutes after you opened them. What you typed is still in the form."
    cure = "Bandingkan dengan yang kini tersimpan, lalu simpan atau putuskan lagi."
    cure_en = "Compare with what is kept now, then save or decide again."


class MinutesIncomplete(AlurError):
    """The head of the village decides when the facts are whole and every family has a verdict."""

    status = 422
    code = "musdes_belum_lengkap"
    title = "Notulen belum lengkap"
    title_en = "The minutes are not complete"
    text = "Belum dapat diputus: {0} isian berita acara perlu dibenahi, {1} keluarga belum ditandai."
    text_en = "This cannot be decided yet: {0} facts of the minutes need mending, {1} families have no verdict."
    cure = "Lengkapi isian yang bertanda, dan tandai tiap keluarga: layak, tidak layak, atau ditunda."
    cure_en = "Complete the marked facts, and mark each family: agreed on, refused, or put off."


class MeetingNotOpen(AlurError):
    """The list has not been put before the head yet."""

    status = 409
    code = "musdes_belum_dibuka"
    title = "Belum ada yang diputus"
    title_en = "There is nothing to decide yet"
    text = "Gerbang musyawarah daftar {0} belum terbuka, atau sudah diputus."
    text_en = "The gate of meeting list {0} is not open yet, or was decided."
    cure = "Gerbang terbuka sendiri beberapa detik setelah keluarga masuk musyawarah; muat ulang halamannya."
    cure_en = "It opens by itself a few seconds after families joined the meeting; load the page again."
