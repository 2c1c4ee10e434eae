"""The base of our errors: small classes, named for what happened, with plain values, in two languages.

Every error says what happened, where, and how to mend it, and survives pickling, because Prefect may store it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class AlurError(Exception):
    """Something was asked that cannot be done as asked.

    Subclasses set `status` (HTTP), `code` (stable, machine-readable) and the texts; `args` fill their placeholders.
    """

    status: int = 400
    code: str = "permintaan_salah"
    title: str = "Permintaan tidak dapat diproses"
    title_en: str = "The request cannot be processed"
    text: str = "{0}"
    text_en: str = "{0}"
    cure: str = "Periksa isi permintaan."
    cure_en: str = "Check the request."

    @property
    def members(self) -> Mapping[str, Any]:
        """What the problem tells machines beside the texts: RFC 9457 extension members, as JSON."""
        return {}

    def __str__(self) -> str:
        return self.text.format(*self.args) if self.args else self.text

    @property
    def english(self) -> str:
        """The message in English."""
        return self.text_en.format(*self.args) if self.args else self.text_en


class SessionUnknown(AlurError):
    """The session does not exist, has ended, or its assignment has lapsed."""

    status = 401
    code = "sesi_berakhir"
    title = "Sesi tidak berlaku"
    title_en = "Session not valid"
    text = "Sesi tidak dikenal atau sudah berakhir."
    text_en = "The session is unknown or has ended."
    cure = "Masuk lagi, atau minta token baru."
    cure_en = "Sign in again, or ask for a new token."


class FactNotYours(AlurError):
    """A kind of evidence that does not exist, or that this role may not write."""

    status = 422
    code = "bukti_bukan_wewenang"
    title = "Bukti tidak dapat dituliskan"
    title_en = "Evidence cannot be written"
    text = "Bukti “{0}” tidak dikenal, atau peran Anda tidak berwenang menuliskannya."
    text_en = "Evidence “{0}” is unknown, or your role may not write it."
    cure = "Lihat /api/v1/cases/{{id}}/actions: tiap tindakan menyebut bukti yang diminta."
    cure_en = "See /api/v1/cases/{{id}}/actions: every action names the evidence it needs."


class FactUnusable(AlurError):
    """Evidence whose value says nothing: an amount that is none, a period that is no termin, an unknown officer."""

    status = 422
    code = "isi_bukti_salah"
    title = "Isi bukti tidak sah"
    title_en = "The evidence's value is not valid"
    text = "Isi bukti tidak sah — {0}."
    text_en = "The value of this evidence is not valid — {0}."
    cure = (
        'Nominal ditulis {{"rupiah": 750000}} (rupiah utuh), periode {{"periode": 202604}}, tiga kali datang '
        '{{"tanggal": ["2027-02-01", …]}} dengan tiga hari berbeda, petugas {{"pengguna": akun pendamping}}, sampel '
        '{{"diperiksa": [kunjungan, …], "salah": {{"kunjungan": "DATA_JANGGAL"}}}}.'
    )
    cure_en = (
        'Write an amount as {{"rupiah": 750000}} (whole rupiah), a period as {{"periode": 202604}}, three attempts as '
        '{{"tanggal": ["2027-02-01", …]}} on three different days, an officer as {{"pengguna": account}}, a sample as '
        '{{"diperiksa": [visit, …], "salah": {{"visit": "DATA_JANGGAL"}}}}.'
    )


class WordUnknown(AlurError):
    """A word that nobody knows: a trigger, a reason code, a kind of proposal, a programme."""

    status = 422
    code = "kata_tidak_dikenal"
    title = "Kata tidak dikenal"
    title_en = "No such word"
    text = "“{0}” bukan pemicu, kode alasan, jenis usulan, atau program yang ada di sini."
    text_en = "“{0}” is no trigger, reason code, kind of proposal or programme that is known here."
    cure = "Tulis pemicu sebagai mesin.pemicu, misalnya usulan.kirim; kode alasan ada di /api/v1/machines."
    cure_en = "Write a trigger as machine.trigger, e.g. usulan.kirim; reason codes are at /api/v1/machines."


class OnlySystem(AlurError):
    """A step that only a flow takes."""

    status = 403
    code = "hanya_sistem"
    title = "Langkah ini dijalankan sistem"
    title_en = "This step is taken by the system"
    text = "{0}"
    text_en = "{0}"
    cure = "Langkah ini berjalan sendiri; lihat batch kasus ini untuk keadaannya."
    cure_en = "This step runs by itself; see the case's batch for where it stands."


class ApprovalNotFound(AlurError):
    """No such gate in the caller's sight."""

    status = 404
    code = "persetujuan_tidak_ditemukan"
    title = "Persetujuan tidak ditemukan"
    title_en = "Approval not found"
    text = "Persetujuan tidak ditemukan di wilayah atau program Anda."
    text_en = "There is no such approval in your region or programme."
    cure = "Lihat daftar di /api/v1/approvals."
    cure_en = "See the list at /api/v1/approvals."


class ApprovalNotYours(AlurError):
    """The gate waits for another role."""

    status = 403
    code = "persetujuan_bukan_peran_anda"
    title = "Bukan wewenang peran Anda"
    title_en = "Not for your role"
    text = "Persetujuan ini diputus oleh peran {0}."
    text_en = "This approval is decided by the role {0}."
    cure = "Gunakan token peran itu, bila Anda memegangnya."
    cure_en = "Use a token of that role, if you hold it."


class ApprovalClosed(AlurError):
    """The gate was already decided."""

    status = 409
    code = "persetujuan_sudah_diputus"
    title = "Persetujuan sudah diputus"
    title_en = "Approval already decided"
    text = "Persetujuan ini sudah {0}."
    text_en = "This approval is already {0}."
    cure = "Tidak ada yang perlu dilakukan; lihat hasilnya pada batch."
    cure_en = "Nothing to do; see the outcome on the batch."


class AnotherPersonNeeded(AlurError):
    """Four eyes: this person already acted."""

    status = 409
    code = "harus_orang_lain"
    title = "Harus orang lain"
    title_en = "Another person is needed"
    text = "{0}"
    text_en = "You have already acted here; another person has to decide."
    cure = "Mintalah pejabat lain dengan peran yang sama."
    cure_en = "Ask another holder of the same role."


class DecisionIncomplete(AlurError):
    """A decision lacks its reason, or names cases outside the list."""

    status = 422
    code = "putusan_tidak_lengkap"
    title = "Putusan tidak lengkap"
    title_en = "Decision incomplete"
    text = "{0}"
    text_en = "The decision lacks a reason, or an exception names a case or trigger outside this gate."
    cure = "Sertakan kode alasan, dan hanya kasus dari daftar persetujuan ini."
    cure_en = "Give a reason code, and only cases of this approval's list."


class ReasonUnfit(AlurError):
    """A whole list refused for a reason that its refusal does not take."""

    status = 422
    code = "alasan_tidak_cocok"
    title = "Alasan tidak cocok"
    title_en = "The reason does not fit"
    text = "Alasan itu tidak menolak daftar ini."
    text_en = "That reason does not refuse this list."
    cure = "Pilih salah satu: {0}."
    cure_en = "Choose one of: {0}."


class NoteMissing(AlurError):
    """A decision that sends cases back or refuses them, without the words that tell their people why."""

    status = 422
    code = "catatan_belum_ada"
    title = "Catatan belum ada"
    title_en = "The note is missing"
    text = "Menolak atau mengecualikan kasus perlu catatan: dibaca oleh yang harus memperbaikinya."
    text_en = "Refusing or excepting cases needs a note: whoever has to mend them reads it."
    cure = "Tulis apa yang harus diperbaiki, lalu kirim lagi."
    cure_en = "Write what has to be mended, and send it again."


class EvidenceDiffers(AlurError):
    """Somebody who approves after another, and brings another paper of the same kind than he did."""

    status = 409
    code = "bukti_lain"
    title = "Bukti tidak sama"
    title_en = "The evidence differs"
    text = "Orang yang menyetujui sebelum Anda menulis: {0}."
    text_en = "The person who approved before you wrote: {0}."
    cure = "Tulis yang sama atau kosongkan; bila tulisannya salah, tolak daftarnya."
    cure_en = "Write the same or leave it empty; if what he wrote is wrong, refuse the list."


class OutOfScope(AlurError):
    """A region, programme or bank outside the caller's scope."""

    status = 403
    code = "di_luar_wilayah_kerja"
    title = "Di luar wilayah kerja"
    title_en = "Outside your scope"
    text = "{0}"
    text_en = "This region, programme or bank is outside your scope."
    cure = "Pilih wilayah, program atau bank yang menjadi tugas Anda."
    cure_en = "Choose a region, programme or bank you are assigned to."


class RegisterNotYours(AlurError):
    """A role that does not edit families."""

    status = 403
    code = "bukan_pengisi_data"
    title = "Peran ini tidak mengubah data"
    title_en = "This role does not edit data"
    text = "Peran Anda tidak mengubah data keluarga."
    text_en = "Your role does not edit family data."
    cure = "Data diubah oleh operator desa, pendamping atau pengisi data kabupaten."
    cure_en = "Data is edited by the village operator, the pendamping or the kabupaten's data entry."


class ObjectionsApart(AlurError):
    """A citizen's objections to other families and his own family's cases, moved by one act."""

    status = 409
    code = "sanggah_tersendiri"
    title = "Gerakkan sanggah tersendiri"
    title_en = "Move the objection by itself"
    text = "Sanggah atas keluarga lain tidak digerakkan bersama kasus keluarga sendiri: identitas Anda dirahasiakan."
    text_en = "An objection to another family is not moved with your own family's cases: your identity is hidden."
    cure = "Kirim dua permintaan: satu untuk sanggah itu, satu untuk kasus keluarga Anda."
    cure_en = "Send two requests: one for the objection, one for your family's case."


class ClockRefused(AlurError):
    """The clock of this database does not move that way."""

    status = 409
    code = "jam_tidak_digeser"
    title = "Jam tidak digeser"
    title_en = "The clock was not moved"
    text = "{0}"
    text_en = "The clock moves forward only, and never in production."
    cure = "Gunakan basis data demo atau uji, dan waktu di depan."
    cure_en = "Use a demo or test database, and a time ahead."


class RequestKeyReused(AlurError):
    """The same idempotency key came with another body."""

    status = 422
    code = "kunci_dipakai_ulang"
    title = "Kunci permintaan sudah dipakai"
    title_en = "Request key already used"
    text = "Kunci “{0}” sudah dipakai untuk permintaan yang isinya berbeda."
    text_en = "Key “{0}” was already used for a different request."
    cure = "Kirim ulang isi yang sama persis, atau buat kunci baru untuk permintaan baru."
    cure_en = "Send exactly the same body again, or make a new key for a new request."


class CalendarNotYours(AlurError):
    """The calendar is changed by another role."""

    status = 403
    code = "kalender_bukan_peran_anda"
    title = "Bukan wewenang peran Anda"
    title_en = "Not for your role"
    text = "Perubahan kalender ini milik peran {0}."
    text_en = "This change of the calendar is for the role {0}."
    cure = "Minta pemegang peran itu: hari libur diatur admin_pusat, jendela diperpanjang pusdatin."
    cure_en = "Ask a holder of that role: admin_pusat keeps the holidays, pusdatin extends windows."


class HolidayNotFound(AlurError):
    """No such holiday, or it was withdrawn already."""

    status = 404
    code = "libur_tidak_ditemukan"
    title = "Hari libur tidak ditemukan"
    title_en = "Holiday not found"
    text = "Hari libur nomor {0} tidak ada, atau sudah dicabut."
    text_en = "There is no holiday {0}, or it was withdrawn already."
    cure = "Lihat nomornya di /api/v1/calendar/holidays."
    cure_en = "See its number at /api/v1/calendar/holidays."


class ExtensionNotFound(AlurError):
    """No such extension of a window, or it was withdrawn already."""

    status = 404
    code = "perpanjangan_tidak_ditemukan"
    title = "Perpanjangan tidak ditemukan"
    title_en = "Extension not found"
    text = "Perpanjangan nomor {0} tidak ada, atau sudah dicabut."
    text_en = "There is no extension {0}, or it was withdrawn already."
    cure = "Lihat nomornya di /api/v1/calendar/windows."
    cure_en = "See its number at /api/v1/calendar/windows."


class SecondFactorMissing(AlurError):
    """Nobody signs in without a second factor."""

    status = 422
    code = "faktor_kedua_wajib"
    title = "Faktor kedua wajib"
    title_en = "A second factor is required"
    text = "Tautkan Telegram atau aplikasi autentikator dulu."
    text_en = "Link Telegram or an authenticator first."
    cure = "Kirim kode mulai ke bot Telegram, atau pindai kunci TOTP dan sertakan kodenya."
    cure_en = "Send the start code to the Telegram bot, or scan the TOTP key and give its code."


class SignInYourself(AlurError):
    """What a program's token may not do."""

    status = 403
    code = "masuk_sendiri"
    title = "Hanya untuk yang masuk sendiri"
    title_en = "Only for those who signed in"
    text = "{0}"
    text_en = "A token cannot do this; sign in yourself."
    cure = "Masuk dengan NIK, kata sandi dan kode, lalu ulangi."
    cure_en = "Sign in with NIK, password and code, then do it again."


class CommentNotYours(AlurError):
    """Comments are written by those who verify and decide: no families, payers, administrators, auditors."""

    status = 403
    code = "komentar_bukan_milik_anda"
    title = "Komentar tidak untuk peran ini"
    title_en = "Comments are not for this role"
    text = "Komentar hanya untuk petugas yang memeriksa dan memutus."
    text_en = "Comments are for officers who verify and decide."
    cure = "Sampaikan lewat langkah kasus yang tersedia bagi Anda, atau hubungi petugas."
    cure_en = "Use the steps of the case that are open to you, or ask an officer."
