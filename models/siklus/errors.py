"""What may be wrong with a question about a cycle, or with what a person asks of one."""

from models.errors import AlurError


class CycleNotFound(AlurError):
    """There is no such cycle."""

    status = 404
    code = "siklus_tidak_ditemukan"
    title = "Siklus tidak ditemukan"
    title_en = "Cycle not found"
    text = "Siklus {0} tidak ada."
    text_en = "There is no cycle {0}."
    cure = "Lihat daftar siklus di /api/v1/cycles."
    cure_en = "See the list of cycles at /api/v1/cycles."


class CycleDatesWrong(AlurError):
    """A cycle cannot be scheduled for these days."""

    status = 422
    code = "tanggal_siklus_salah"
    title = "Tanggal siklus tidak sah"
    title_en = "The cycle's days are not valid"
    text = "Siklus tidak dapat berjalan dari {0} sampai {1}."
    text_en = "A cycle cannot run from {0} to {1}."
    cure = "Hari terakhir sesudah hari pertama, paling lama setahun; hari pertama tidak boleh lewat."
    cure_en = "The last day comes after the first, within a year; the first must not have passed."


class CycleRefused(AlurError):
    """The door refused to schedule a cycle."""

    status = 409
    code = "siklus_ditolak"
    title = "Siklus tidak dapat dijadwalkan"
    title_en = "The cycle cannot be scheduled"
    text = "Ditolak pintu: {0}"
    text_en = "Refused by the door: {0}"
    cure = "Siklus dijadwalkan oleh Pusdatin, satu untuk tiap periode."
    cure_en = "Pusdatin schedules cycles, one for each period."


class NobodyToTake(AlurError):
    """No other officer is there to take an officer's families."""

    status = 409
    code = "petugas_lain_tidak_ada"
    title = "Tidak ada petugas lain"
    title_en = "No other officer"
    text = "Tidak ada petugas lain untuk kunjungan {0} di desa {1}."
    text_en = "There is no other officer for the visits of {0} in village {1}."
    cure = "Sebutkan pengguna petugas yang akan menerima keluarganya."
    cure_en = "Name the accounts of the officers who will take the families."
