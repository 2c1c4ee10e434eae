"""What can be wrong with a question about the log."""

from __future__ import annotations

from models.errors import AlurError


class FilterUnknown(AlurError):
    """A filter names something that nobody knows here, so an empty answer would say what is not true.

    Arguments: the filter's name, the value given.
    """

    status = 422
    code = "saringan_tidak_dikenal"
    title = "Saringan tidak dikenal"
    title_en = "No such filter value"
    text = "Saringan “{0}”: “{1}” tidak ada, atau tidak ada dalam wilayah kerja Anda."
    text_en = "Filter “{0}”: “{1}” does not exist, or not within your scope."
    cure = "Periksa ejaannya; mesin, keadaan, aturan, pemicu dan kode alasan ada di /api/v1/machines."
    cure_en = "Check the spelling; machines, states, rules, triggers and reason codes are at /api/v1/machines."


class AuditNotYours(AlurError):
    """A role that does not read the log, or an actor whose deeds this role does not look through."""

    status = 403
    code = "bukan_pembaca_jejak"
    title = "Jejak tidak dibuka untuk peran ini"
    title_en = "The log is not open to this role"
    text = "Peran Anda ({0}) tidak membaca {1}."
    text_en = "Your role ({0}) does not read this part of the log."
    cure = "Status bantuan keluarga sendiri ada di /api/v1/households; jejak dibaca auditor atau pengawas."
    cure_en = "A family's own status is at /api/v1/households; the log is read by auditors and supervisors."


class ActorNotFound(AlurError):
    """No account carries this username."""

    status = 404
    code = "pelaku_tidak_ditemukan"
    title = "Pelaku tidak ditemukan"
    title_en = "Actor not found"
    text = "Tidak ada akun bernama “{0}”."
    text_en = "There is no account named “{0}”."
    cure = "Nama akun tertulis pada tiap baris /api/v1/audit/transitions."
    cure_en = "Usernames stand in every row of /api/v1/audit/transitions."


class NotYetOpened(AlurError):
    """The case did not exist at that moment."""

    status = 404
    code = "kasus_belum_dibuka"
    title = "Kasus belum dibuka"
    title_en = "Case not yet opened"
    text = "Kasus {0} baru dibuka pada {1}."
    text_en = "Case {0} was opened at {1}."
    cure = "Tanyakan saat sesudah itu."
    cure_en = "Ask for a later moment."
