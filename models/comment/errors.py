"""What can be wrong with a comment."""

from models.errors import AlurError


class CommentWithNumber(AlurError):
    """It names a number of a person, a card or an account: what colleagues write stays readable for years."""

    status = 422
    code = "komentar_bernomor"
    title = "Jangan menulis nomor orang di komentar"
    title_en = "Write no numbers of persons in a comment"
    text = "Komentar memuat nomor panjang seperti NIK, No KK, rekening atau telepon."
    text_en = "The comment holds a long number such as a NIK, family card, account or telephone number."
    cure = "Sebut orangnya dengan nama atau hubungannya (kepala keluarga, anak pertama), lalu kirim lagi."
    cure_en = "Name the person by name or relation (head of the family, first child) and send it again."


class CommentEmpty(AlurError):
    """Nothing was written, or more than a comment holds."""

    status = 422
    code = "komentar_kosong"
    title = "Komentar belum dapat dikirim"
    title_en = "The comment cannot be sent"
    text = "Komentar berisi 1 sampai {0} huruf."
    text_en = "A comment has 1 to {0} letters."
    cure = "Tulis isinya, atau bagi menjadi beberapa komentar."
    cure_en = "Write something, or make several comments of it."
