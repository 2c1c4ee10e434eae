"""What can be wrong with a tahap that somebody opens."""

from models.errors import AlurError


class TahapNotDecreed(AlurError):
    """No policy says how often the programme is paid, or how much."""

    status = 409
    code = "tahap_tanpa_ketentuan"
    title = "Ketentuan bayar program ini belum ada"
    title_en = "It is not decreed how this programme is paid"
    text = "Belum ditetapkan untuk {0}: {1}."
    text_en = "Not decreed for {0} yet: {1}."
    cure = "Minta Pusat menetapkan kebijakan itu; tahap baru dapat dibuka sesudahnya."
    cure_en = "Ask the ministry to decree that policy; a tahap can be opened after that."


class TahapNumberUnknown(AlurError):
    """A year of the programme does not have so many tahap."""

    status = 422
    code = "nomor_tahap_tidak_ada"
    title = "Nomor tahap itu tidak ada"
    title_en = "There is no tahap of that number"
    text = "{0} dibayar dalam {1} tahap setahun; tahap {2} tidak ada."
    text_en = "{0} is paid in {1} tahap a year; there is no tahap {2}."
    cure = "Tulis tahun dan nomor tahapnya, misalnya {3}. Yang dihitung tahap, bukan bulan."
    cure_en = "Give the year and the number of the tahap, such as {3}. Tahap are counted, not months."
