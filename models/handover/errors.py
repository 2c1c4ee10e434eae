"""What can be wrong with handing families over."""

from models.errors import AlurError


class HandoverNotFound(AlurError):
    """No such hand-over in the caller's hands."""

    status = 404
    code = "serah_tidak_ditemukan"
    title = "Serah terima tidak ditemukan"
    title_en = "Hand-over not found"
    text = "Serah terima {0} tidak ada pada Anda."
    text_en = "There is no hand-over {0} in your hands."
    cure = "Lihat /api/v1/handovers; yang ditawarkan hanya dijawab penerimanya sendiri."
    cure_en = "See /api/v1/handovers; an offer is answered by its receiver alone."


class HandoverNotYours(AlurError):
    """Families are offered by who looks after them, or by the administrator of the kabupaten."""

    status = 403
    code = "serah_bukan_pemegang"
    title = "Bukan keluarga dampingan Anda"
    title_en = "Not your families"
    text = "Keluarga diserahkan oleh pendampingnya sendiri, atau oleh admin kabupatennya; tidak oleh penggantinya."
    text_en = "Families are handed over by who looks after them, or his administrator; not by who stands in for him."
    cure = "Masuklah dengan peran pendamping, atau mintalah admin_kab."
    cure_en = "Sign in as pendamping, or ask admin_kab."


class GiverNotKept(AlurError):
    """Nobody is called so whose families the caller hands over; whether somebody elsewhere is, is not said."""

    status = 422
    code = "serah_pemberi"
    title = "Bukan pendamping yang Anda kelola"
    title_en = "No pendamping whom you keep"
    text = "Tidak ada pendamping bernama {0} di antara akun yang Anda kelola."
    text_en = "There is no pendamping named {0} among the accounts you keep."
    cure = "Tulis nama penggunanya seperti di halaman Pengguna."
    cure_en = "Write the user name as on the page People."


class NothingToHandOver(AlurError):
    """The giver does not look after these families."""

    status = 422
    code = "serah_kosong"
    title = "Tidak ada yang diserahkan"
    title_en = "Nothing to hand over"
    text = "Pemberi tidak mendampingi keluarga ini di wilayah Anda: {0}."
    text_en = "The giver does not look after these families in your region: {0}."
    cure = "Sebutkan hanya keluarga yang didampinginya sekarang, atau kosongkan untuk semuanya."
    cure_en = "Name only families he looks after now, or none for all of them."


class ReceiverUnfit(AlurError):
    """The receiver does not work as pendamping where the families live."""

    status = 422
    code = "serah_penerima"
    title = "Penerima tidak dapat menerima"
    title_en = "The receiver cannot take them"
    text = "Akun {0} bukan pendamping aktif di kabupaten keluarga itu."
    text_en = "Account {0} is not at work as pendamping in the kabupaten of these families."
    cure = "Pilih dari /api/v1/officers."
    cure_en = "Choose from /api/v1/officers."


class ReceiverBarred(AlurError):
    """Four eyes bar the receiver from work that goes with these families."""

    status = 409
    code = "serah_terhalang"
    title = "Penerima terhalang"
    title_en = "The receiver is barred"
    text = "Penerima terhalang pada pekerjaan keluarga ini (pengusul, terlapor, atau pendampingnya dulu): {0}."
    text_en = (
        "The receiver is barred from work on these families (proposer, complained about, or their pendamping): {0}."
    )
    cure = "Tawarkan keluarga itu kepada pendamping lain."
    cure_en = "Offer those families to another pendamping."


class AlreadyOffered(AlurError):
    """The families are offered to somebody already."""

    status = 409
    code = "serah_sudah_ditawarkan"
    title = "Sudah ditawarkan"
    title_en = "Offered already"
    text = "Keluarga ini sedang ditawarkan: {0}."
    text_en = "These families are on offer: {0}."
    cure = "Tunggu jawabannya, atau tarik tawaran itu dulu."
    cure_en = "Wait for the answer, or withdraw that offer first."


class HandoverOver(AlurError):
    """The offer was answered, withdrawn, or has lapsed."""

    status = 409
    code = "serah_sudah_selesai"
    title = "Tawaran sudah selesai"
    title_en = "The offer is over"
    text = "Tawaran {0} sudah dijawab, ditarik, atau lewat waktu."
    text_en = "Offer {0} was answered, withdrawn, or has lapsed."
    cure = "Keluarga yang belum beralih tetap pada pemegangnya; tawarkan lagi bila perlu."
    cure_en = "What did not change hands stays with its holder; offer it again if need be."


class ReasonMissing(AlurError):
    """An offer without a word why."""

    status = 422
    code = "alasan_serah_terima"
    title = "Alasan belum ditulis"
    title_en = "The reason is missing"
    text = "Serah terima belum menyebut alasannya."
    text_en = "The hand-over does not say why."
    cure = "Tulis alasannya dengan satu kalimat; Anda dan rekan membacanya."
    cure_en = "Say why in one sentence; you and your colleague read it."
