"""What can be wrong with signing in. Nothing here says whether a NIK is somebody's."""

from __future__ import annotations

from models.errors import AlurError


class SigninUnset(AlurError):
    """The site has no key for accounts."""

    status = 503
    code = "masuk_belum_disetel"
    title = "Masuk belum disetel"
    title_en = "Signing in is not set up"
    text = "Pengelola belum menyetel ALUR_ACCOUNT_KEY."
    text_en = "The operator has not set ALUR_ACCOUNT_KEY."
    cure = "Minta pengelola menyetelnya; `alur users key` membuatnya."
    cure_en = "Ask the operator to set it; `alur users key` makes one."


class SigninWrong(AlurError):
    """A NIK and password that do not belong together, whichever of them is wrong."""

    status = 401
    code = "masuk_gagal"
    title = "Tidak dapat masuk"
    title_en = "Cannot sign in"
    text = "NIK atau kata sandi tidak cocok."
    text_en = "NIK or password does not match."
    cure = "Periksa keduanya. Lupa sandi: atur ulang dengan kode, atau minta tautan kepada admin di atas Anda."
    cure_en = "Check both. Forgotten: reset it with a code, or ask the administrator above you for a link."


class TooSoon(AlurError):
    """Too many failures: the next attempt comes later. Arguments: seconds to wait, in whole."""

    status = 429
    code = "terlalu_sering"
    title = "Terlalu sering dicoba"
    title_en = "Too many attempts"
    text = "Terlalu banyak percobaan yang gagal dari sini; coba lagi dalam {0} detik."
    text_en = "Too many attempts from here failed; try again in {0} seconds."
    cure = "Tunggu sebentar. Akun tidak dikunci: dari perangkat atau jaringan yang biasa dipakai tetap dapat masuk."
    cure_en = "Wait a little. The account is not locked: from a device or network you use, you can still sign in."

    @property
    def retry_after_s(self) -> int:
        """How long to wait, in seconds."""
        return int(self.args[0])


class CodeWrong(AlurError):
    """A one-time code that is not right, or was used before."""

    status = 401
    code = "kode_salah"
    title = "Kode salah"
    title_en = "Wrong code"
    text = "Kode salah, sudah lewat, atau sudah dipakai."
    text_en = "The code is wrong, too old, or was used before."
    cure = "Ketik kode terbaru, atau minta kode baru."
    cure_en = "Type the newest code, or ask for another."


class AttemptOver(AlurError):
    """An attempt to sign in that has ended: too old, used, or tried too often."""

    status = 401
    code = "percobaan_berakhir"
    title = "Percobaan masuk sudah berakhir"
    title_en = "The attempt has ended"
    text = "Percobaan masuk ini sudah lewat, sudah dipakai, atau terlalu sering salah."
    text_en = "This attempt is too old, was used, or was wrong too often."
    cure = "Mulai lagi dari NIK dan kata sandi."
    cure_en = "Begin again with NIK and password."


class CodeUnsent(AlurError):
    """No code could be sent now."""

    status = 409
    code = "kode_tidak_terkirim"
    title = "Kode tidak terkirim"
    title_en = "The code was not sent"
    text = "Kode tidak dapat dikirim: {0}."
    text_en = "The code could not be sent: {1}."
    cure = "Pakai kode dari aplikasi autentikator atau kode pemulihan, atau coba lagi sebentar."
    cure_en = "Use a code of your authenticator or a recovery code, or try again in a moment."


class AssignmentNotYours(AlurError):
    """A wilayah kerja that is not the caller's, or has lapsed."""

    status = 422
    code = "wilayah_kerja_bukan_milik"
    title = "Bukan wilayah kerja Anda"
    title_en = "Not your assignment"
    text = "Wilayah kerja {0} bukan milik Anda, atau sudah berakhir."
    text_en = "Assignment {0} is not yours, or has ended."
    cure = "Pilih salah satu dari daftar yang diberikan waktu masuk."
    cure_en = "Choose one of the list that signing in gave you."


class PasswordWeak(AlurError):
    """A password that guessing finds."""

    status = 422
    code = "sandi_lemah"
    title = "Kata sandi terlalu lemah"
    title_en = "The password is too weak"
    text = "Kata sandi {0}."
    text_en = "The password {1}."
    cure = "Pakai beberapa kata yang tidak berhubungan, mis. empat kata acak; angka dan tanda tidak wajib."
    cure_en = "Use several unrelated words, such as four random ones; digits and signs are not required."


class LinkUnknown(AlurError):
    """A one-time link that is not good, or not for this person."""

    status = 404
    code = "tautan_tidak_berlaku"
    title = "Tautan tidak berlaku"
    title_en = "The link is not valid"
    text = "Tautan ini tidak dikenal, sudah dipakai, sudah lewat, atau bukan untuk NIK ini."
    text_en = "This link is unknown, used, too old, or not for this NIK."
    cure = "Periksa NIK Anda, atau minta tautan baru kepada admin di atas Anda."
    cure_en = "Check your NIK, or ask the administrator above you for a new link."


class SessionNotFound(AlurError):
    """No such session of the caller's own."""

    status = 404
    code = "sesi_tidak_ditemukan"
    title = "Sesi tidak ditemukan"
    title_en = "Session not found"
    text = "Sesi nomor {0} bukan milik Anda, atau sudah berakhir."
    text_en = "Session {0} is not yours, or has ended."
    cure = "Lihat daftar di /api/v1/auth/sessions."
    cure_en = "See the list at /api/v1/auth/sessions."
