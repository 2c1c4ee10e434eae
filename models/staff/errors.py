"""What can be wrong with accounts and roles of those who work here."""

from models.errors import AlurError


class AccountNotKept(AlurError):
    """No such account in the caller's hands."""

    status = 404
    code = "akun_tidak_ditemukan"
    title = "Akun tidak ditemukan"
    title_en = "Account not found"
    text = "Akun {0} tidak ada di antara akun yang Anda kelola."
    text_en = "Account {0} is not among those you keep."
    cure = "Lihat /api/v1/accounts; akun dengan peran dari beberapa kantor dikelola admin pusat."
    cure_en = "See /api/v1/accounts; an account with roles of several offices is kept by admin_pusat."


class RoleNotKept(AlurError):
    """No such role in the caller's hands."""

    status = 404
    code = "peran_tidak_ditemukan"
    title = "Peran tidak ditemukan"
    title_en = "Role not found"
    text = "Penugasan atau usulan peran {0} tidak ada di wilayah dan wewenang Anda."
    text_en = "There is no assignment or proposed role {0} in your region and competence."
    cure = "Lihat /api/v1/accounts, atau /api/v1/role-requests untuk yang menunggu konfirmasi Anda."
    cure_en = "See /api/v1/accounts, or /api/v1/role-requests for what waits for you."


class RoleNotYours(AlurError):
    """A role that another level gives."""

    status = 403
    code = "peran_bukan_wewenang"
    title = "Peran ini diberikan tingkat lain"
    title_en = "Another level gives this role"
    text = "Peran “{0}” tidak dikenal, atau tidak diberikan oleh peran Anda."
    text_en = "Role “{0}” is unknown, or not given by your role."
    cure = "Desa sampai kabupaten: admin_kab; admin_kab dan provinsi: admin_provinsi; pusat: admin_pusat."
    cure_en = "Village to kabupaten: admin_kab; admin_kab and province: admin_provinsi; centre: admin_pusat."


class RoleOutside(AlurError):
    """A role outside the administrator's own scope."""

    status = 403
    code = "peran_di_luar_wilayah"
    title = "Di luar wilayah kerja Anda"
    title_en = "Outside your scope"
    text = "Wilayah {0} di luar wilayah kerja Anda."
    text_en = "Region {0} lies outside your scope."
    cure = "Mintalah admin wilayah itu."
    cure_en = "Ask the administrator of that region."


class RoleScopeMissing(AlurError):
    """A role without the region, programme or organisation that bounds it, or with another kind of it."""

    status = 422
    code = "cakupan_peran"
    title = "Cakupan peran tidak cocok"
    title_en = "The role's scope does not fit"
    text = "Peran “{0}” butuh cakupan lain: kode wilayah dengan tingkat yang benar, program, atau lembaga."
    text_en = "Role “{0}” needs another scope: a region code of the right level, a programme, or an organisation."
    cure = "Desa 10 angka, kecamatan 6, kabupaten dan pendamping 4, provinsi 2; program mis. PKH; lembaga mis. BRI."
    cure_en = (
        "Village 10 digits, kecamatan 6, kabupaten and pendamping 4, province 2; programme as PKH; organisation as BRI."
    )


class OwnRights(AlurError):
    """Nobody gives rights to himself."""

    status = 403
    code = "hak_sendiri"
    title = "Bukan untuk diri sendiri"
    title_en = "Not for yourself"
    text = "Hak sendiri tidak dapat diubah sendiri."
    text_en = "Nobody changes his own rights."
    cure = "Mintalah admin lain."
    cure_en = "Ask another administrator."


class RolesMixed(AlurError):
    """An administrator never holds a role that touches cases."""

    status = 409
    code = "peran_campur"
    title = "Admin tidak memegang peran kasus"
    title_en = "An administrator holds no case role"
    text = "Orang ini akan sekaligus mengelola akun dan menangani kasus."
    text_en = "This person would keep accounts and handle cases at once."
    cure = "Akhiri peran yang satu dulu, atau pilih orang lain."
    cure_en = "End the one role first, or choose somebody else."


class RoleThere(AlurError):
    """The same role with the same scope lasts, or waits for its head."""

    status = 409
    code = "peran_sudah_ada"
    title = "Peran ini sudah ada"
    title_en = "The role is there already"
    text = "Orang dengan NIK ini sudah memegang, atau diusulkan memegang, peran yang sama di wilayah yang sama."
    text_en = "Whoever has this NIK holds, or shall hold, the same role in the same scope already."
    cure = "Tidak ada yang perlu dilakukan; untuk mengubah masanya, akhiri dulu yang lama."
    cure_en = "Nothing to do; to change its dates, end the former one first."


class RolePeriod(AlurError):
    """A role that ends before it begins."""

    status = 422
    code = "masa_peran"
    title = "Masa peran salah"
    title_en = "The role's dates are wrong"
    text = "Peran berakhir sebelum mulai, atau sudah berakhir."
    text_en = "The role ends before it begins, or has ended."
    cure = "Isi tanggal akhir sesudah tanggal mulai dan sesudah hari ini."
    cure_en = "Give an end after the beginning and after today."


class OtherPersonConfirms(AlurError):
    """Whoever proposed a role, or shall have it, does not confirm it."""

    status = 409
    code = "konfirmasi_orang_lain"
    title = "Harus orang lain"
    title_en = "Another person is needed"
    text = "Peran ini Anda usulkan sendiri, atau untuk Anda sendiri."
    text_en = "You proposed this role yourself, or it is for you."
    cure = "Mintalah kepala kantor, atau admin pusat yang lain."
    cure_en = "Ask the head of the office, or another admin_pusat."


class RoleDecided(AlurError):
    """A proposed role that was decided."""

    status = 409
    code = "peran_sudah_diputus"
    title = "Sudah diputus"
    title_en = "Already decided"
    text = "Usulan peran {0} sudah dikonfirmasi atau ditolak."
    text_en = "Proposed role {0} was confirmed or refused already."
    cure = "Tidak ada yang perlu dilakukan."
    cure_en = "Nothing to do."


class StandInOver(AlurError):
    """A role in somebody's place that can no longer be given: it ended, is given to another, or no longer fits."""

    status = 409
    code = "pengganti_tidak_berlaku"
    title = "Penggantian tidak berlaku lagi"
    title_en = "The stand-in is no longer possible"
    text = "Penugasan asalnya berakhir, sudah didelegasikan kepada orang lain, atau penggantinya tidak cocok lagi."
    text_en = "The assignment ended, is delegated to another, or the stand-in no longer fits."
    cure = "Tolak usulan ini, dan mintalah admin mengusulkan lagi."
    cure_en = "Refuse this request, and ask the administrator to propose again."


class ReasonMissing(AlurError):
    """A reset needs a reason."""

    status = 422
    code = "alasan_wajib"
    title = "Alasan wajib"
    title_en = "A reason is required"
    text = "Atur ulang sandi harus disertai alasan."
    text_en = "A reset needs a reason."
    cure = "Tulis alasannya, mis. “HP hilang, datang ke kantor dengan KTP”."
    cure_en = "Write why, e.g. “lost the phone, came to the office with ID card”."


class TooManyRows(AlurError):
    """More rows than one file may propose."""

    status = 422
    code = "baris_terlalu_banyak"
    title = "Terlalu banyak baris"
    title_en = "Too many rows"
    text = "Berkas berisi lebih dari {0} baris."
    text_en = "The file holds more than {0} rows."
    cure = "Pecah menjadi beberapa berkas, mis. satu per kecamatan."
    cure_en = "Split it into several files, such as one per kecamatan."
