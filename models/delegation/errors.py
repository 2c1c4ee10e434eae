"""What can be wrong with acting for another."""

from models.errors import AlurError


class DelegationNotFound(AlurError):
    """No such assignment or delegation in the caller's hands."""

    status = 404
    code = "delegasi_tidak_ditemukan"
    title = "Penugasan tidak ditemukan"
    title_en = "Assignment not found"
    text = "Penugasan atau delegasi {0} bukan milik Anda dan bukan dalam pengelolaan Anda."
    text_en = "Assignment or delegation {0} is neither yours nor kept by you."
    cure = "Lihat nomornya di /api/v1/auth/assignments, atau /api/v1/delegations."
    cure_en = "See its number at /api/v1/auth/assignments, or /api/v1/delegations."


class NotDelegable(AlurError):
    """A role that nobody delegates."""

    status = 403
    code = "peran_tidak_didelegasikan"
    title = "Peran ini tidak didelegasikan"
    title_en = "This role is not delegated"
    text = "Peran warga dan peran admin tidak didelegasikan."
    text_en = "The roles of citizens and of administrators are not delegated."
    cure = "Untuk admin, mintalah admin di atasnya menunjuk admin kedua."
    cure_en = "For an administrator, ask the one above to name a second."


class DelegatedOnward(AlurError):
    """What was delegated is delegated no further."""

    status = 403
    code = "delegasi_lanjutan"
    title = "Delegasi tidak diteruskan"
    title_en = "A delegation is not passed on"
    text = "Penugasan ini sendiri delegasi; penerimanya tidak mendelegasikannya lagi."
    text_en = "This assignment is a delegation itself; whoever has it delegates it no further."
    cure = "Mintalah pemegang aslinya menunjuk orang lain."
    cure_en = "Ask its holder to name somebody else."


class DelegationOver(AlurError):
    """The assignment has ended, or its holder's account is closed."""

    status = 409
    code = "penugasan_berakhir"
    title = "Penugasan sudah berakhir"
    title_en = "The assignment has ended"
    text = "Penugasan itu sudah berakhir, atau akun pemegangnya ditutup."
    text_en = "The assignment has ended, or the account of its holder is closed."
    cure = "Mintalah admin menunjuk pemegang baru; keluarga dampingan diserahkan lewat /api/v1/handovers."
    cure_en = "Ask the administrator to name a new holder; families are handed over at /api/v1/handovers."


class DelegationPeriod(AlurError):
    """Dates that are none, too long, or beyond the assignment."""

    status = 422
    code = "masa_delegasi"
    title = "Masa delegasi salah"
    title_en = "The delegation's dates are wrong"
    text = "Delegasi harus berakhir di depan, dalam masa penugasan asalnya, dan paling lama menurut kebijakan."
    text_en = "A delegation ends in the future, within its assignment, and lasts no longer than policy allows."
    cure = "Ubah tanggalnya; batasnya kebijakan masuk.delegasi di /api/v1/policy."
    cure_en = "Change the dates; the limit is policy masuk.delegasi at /api/v1/policy."


class DelegateUnfit(AlurError):
    """Somebody who could not hold the role himself."""

    status = 403
    code = "delegasi_tidak_layak"
    title = "Orang ini tidak dapat menggantikan"
    title_en = "This person cannot stand in"
    text = "Akun {0} tidak dapat memegang peran itu: tingkat, wilayah, lembaga atau peran adminnya tidak cocok."
    text_en = "Account {0} could not hold that role: level, region, organisation or a role as administrator do not fit."
    cure = "Pilih dari /api/v1/delegations/colleagues."
    cure_en = "Choose from /api/v1/delegations/colleagues."


class DelegationThere(AlurError):
    """Somebody stands in at that time already."""

    status = 409
    code = "delegasi_sudah_ada"
    title = "Sudah ada pengganti"
    title_en = "Somebody stands in already"
    text = "Pada masa itu penugasan ini sudah didelegasikan."
    text_en = "This assignment is delegated at that time already."
    cure = "Akhiri delegasi itu dulu, atau pilih masa lain."
    cure_en = "End that delegation first, or choose another time."
