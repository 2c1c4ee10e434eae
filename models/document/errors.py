"""What can be wrong with a document: as it is sent, and as it is kept."""

from __future__ import annotations

from dataclasses import dataclass

from models.errors import AlurError


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a file is not taken, and how to mend it, in both languages."""

    title: str
    title_en: str
    text: str
    text_en: str
    cure: str
    cure_en: str


FAULTS = {
    "dokumen_kosong": Fault(
        "Dokumen kosong",
        "Empty document",
        "Berkas tidak berisi apa pun.",
        "The file has nothing in it.",
        "Pilih berkasnya lagi, lalu kirim ulang.",
        "Choose the file again and send it again.",
    ),
    "jenis_berkas_tidak_diterima": Fault(
        "Jenis berkas tidak diterima",
        "Type of file not accepted",
        "Isi berkas bukan JPEG, PNG, atau PDF; nama dan jenis yang disebut pengirim tidak dipakai.",
        "The content is no JPEG, PNG or PDF; the name and the declared type do not count.",
        "Simpan sebagai JPEG, PNG, atau PDF, lalu kirim ulang.",
        "Save it as JPEG, PNG or PDF and send it again.",
    ),
    "dokumen_tidak_terbaca": Fault(
        "Dokumen tidak terbaca",
        "Document cannot be read",
        "Isi berkas rusak atau terpotong.",
        "The content is damaged or cut off.",
        "Ambil ulang foto atau pindai ulang, dan kirim saat sambungan baik.",
        "Take the photo or scan again, and send it over a good connection.",
    ),
    "gambar_terlalu_luas": Fault(
        "Gambar terlalu luas",
        "Picture too large",
        "Gambar melebihi 50 juta piksel, atau satu sisinya melebihi 20.000 piksel.",
        "The picture has more than 50 million pixels, or a side of more than 20,000.",
        "Kecilkan gambarnya (12 juta piksel sudah cukup), lalu kirim ulang.",
        "Make the picture smaller (12 million pixels are enough) and send it again.",
    ),
    "foto_tanpa_geotag": Fault(
        "Foto tanpa geotag",
        "Photo without geotag",
        "Bukti ini harus foto bergeotag, dan berkas ini tidak menyebut tempat pengambilannya.",
        "This evidence must be a geotagged photo, and this file does not say where it was taken.",
        "Nyalakan lokasi pada kamera, ambil ulang fotonya, dan kirim berkas aslinya (bukan dari aplikasi pesan).",
        "Turn on location in the camera, take the photo again, and send the original (not from a messenger).",
    ),
    "geotag_di_luar_indonesia": Fault(
        "Geotag di luar Indonesia",
        "Geotag outside Indonesia",
        "Tempat pengambilan yang disebut foto berada di luar Indonesia.",
        "The place the photo names lies outside Indonesia.",
        "Tunggu sampai kamera menemukan lokasi, ambil ulang fotonya, lalu kirim.",
        "Wait until the camera has found its location, take the photo again and send it.",
    ),
    "pdf_terkunci": Fault(
        "PDF terkunci",
        "PDF encrypted",
        "PDF dikunci dengan kata sandi atau pembatasan.",
        "The PDF is encrypted with a password or with restrictions.",
        "Simpan PDF tanpa kata sandi dan pembatasan, lalu kirim ulang.",
        "Save the PDF without password and restrictions and send it again.",
    ),
    "pdf_berisi_perintah": Fault(
        "PDF berisi perintah",
        "PDF with commands",
        "PDF memuat JavaScript, formulir aktif, atau perintah yang menjalankan sesuatu.",
        "The PDF carries JavaScript, an active form, or actions that run something.",
        "Cetak ke PDF atau pindai dokumennya, lalu kirim hasilnya.",
        "Print it to PDF or scan the document, and send the result.",
    ),
    "pdf_berlampiran": Fault(
        "PDF berlampiran",
        "PDF with attachments",
        "PDF memuat berkas lain di dalamnya.",
        "The PDF carries other files inside.",
        "Cetak ke PDF tanpa lampiran, dan kirim tiap dokumen sebagai berkas sendiri.",
        "Print it to PDF without attachments, and send each document as a file of its own.",
    ),
    "pdf_berekor": Fault(
        "PDF diikuti isi lain",
        "PDF followed by other content",
        "Setelah akhir PDF masih ada isi lain.",
        "There is more content after the end of the PDF.",
        "Cetak ke PDF atau pindai ulang dokumennya, lalu kirim hasilnya.",
        "Print it to PDF or scan the document again, and send the result.",
    ),
    "dokumen_terlalu_berat": Fault(
        "Dokumen terlalu berat untuk diperiksa",
        "Document too heavy to check",
        "Pemeriksaan isi berkas melewati batas waktu atau memori.",
        "Checking the content exceeded the limit of time or memory.",
        "Cetak ke PDF atau kecilkan gambarnya, lalu kirim ulang.",
        "Print it to PDF or make the picture smaller, and send it again.",
    ),
}
"""Why a file is refused, by code."""


class DocumentRefused(AlurError):
    """A file whose content is not taken: `args` is its code among `FAULTS`."""

    status = 422
    code = "dokumen_tidak_terbaca"
    title = "Dokumen tidak diterima"
    title_en = "Document not accepted"
    text = "Isi berkas rusak, terkunci, berisi perintah, tanpa geotag, atau bukan JPEG, PNG, PDF."
    text_en = "The content is damaged, encrypted, active, without geotag, or no JPEG, PNG or PDF."
    cure = "Perbaiki menurut petunjuk pada jawaban, lalu kirim ulang."
    cure_en = "Mend it as the answer says and send it again."

    def __init__(self, code: str) -> None:
        super().__init__(code)
        fault = FAULTS[code]
        self.code, self.title, self.title_en = code, fault.title, fault.title_en
        self.text, self.text_en, self.cure, self.cure_en = fault.text, fault.text_en, fault.cure, fault.cure_en


class DocumentTooLarge(AlurError):
    """A file larger than a document may be."""

    status = 413
    code = "dokumen_terlalu_besar"
    title = "Dokumen terlalu besar"
    title_en = "Document too large"
    text = "Berkas lebih dari {0} MB."
    text_en = "The file is larger than {0} MB."
    cure = "Kecilkan foto (12 juta piksel sudah cukup) atau pindai dengan resolusi lebih rendah."
    cure_en = "Make the photo smaller (12 million pixels are enough) or scan with a lower resolution."


class UploadNotFound(AlurError):
    """No upload under this name is on its way for this person."""

    status = 404
    code = "unggahan_tidak_ditemukan"
    title = "Unggahan tidak ditemukan"
    title_en = "Upload not found"
    text = "Tidak ada unggahan Anda dengan nama itu, atau sudah terlalu lama."
    text_en = "You have no upload of that name on its way, or it is too old."
    cure = "Mulai lagi dengan memilih berkasnya."
    cure_en = "Begin again by choosing the file."


class UploadElsewhere(AlurError):
    """A piece that does not begin where the upload stands: `args` is how many bytes have arrived."""

    status = 409
    code = "posisi_unggahan_berbeda"
    title = "Posisi unggahan berbeda"
    title_en = "The upload stands elsewhere"
    text = "Yang sudah sampai: {0} byte; potongan ini tidak menyambungnya."
    text_en = "{0} bytes have arrived; this piece does not follow them."
    cure = "Tanyakan posisinya (HEAD), lalu lanjutkan dari sana."
    cure_en = "Ask where it stands (HEAD), then go on from there."


class UploadCrumbled(AlurError):
    """A file sent in more pieces than any device needs."""

    status = 409
    code = "unggahan_terlalu_terpotong"
    title = "Unggahan terlalu terpotong"
    title_en = "Upload in too many pieces"
    text = "Satu berkas paling banyak {0} potongan."
    text_en = "A file may come in at most {0} pieces."
    cure = "Mulai lagi dengan potongan yang lebih besar."
    cure_en = "Begin again with larger pieces."


class UploadVersion(AlurError):
    """A client that speaks another version of the upload protocol: `args` are its version and ours."""

    status = 412
    code = "versi_unggahan_lain"
    title = "Versi protokol unggah tidak dikenal"
    title_en = "Version of the upload protocol not known"
    text = "Pengirim memakai tus {0}; server ini {1}."
    text_en = "The client speaks tus {0}; this server {1}."
    cure = "Kirim header Tus-Resumable: {1}."
    cure_en = "Send the header Tus-Resumable: {1}."


class UploadUndescribed(AlurError):
    """A client that does not say, or not in the protocol's way, which case and which kind its document is for."""

    status = 400
    code = "keterangan_unggahan_salah"
    title = "Keterangan unggahan salah"
    title_en = "Upload not described"
    text = "Header Upload-Metadata tidak menyebut case dan kind dengan nilai base64."
    text_en = "The header Upload-Metadata does not name case and kind with values in base64."
    cure = "Kirim misalnya: Upload-Metadata: case NDE=,kind a3Rw (kasus 41, dokumen ktp)."
    cure_en = "Send for example: Upload-Metadata: case NDE=,kind a3Rw (case 41, document ktp)."


class UploadUnfinished(AlurError):
    """A document was asked of an upload that has not wholly arrived: `args` are bytes arrived and announced."""

    status = 409
    code = "unggahan_belum_selesai"
    title = "Unggahan belum selesai"
    title_en = "Upload not finished"
    text = "Baru {0} dari {1} byte yang sampai."
    text_en = "Only {0} of {1} bytes have arrived."
    cure = "Kirim sisanya, lalu minta lagi."
    cure_en = "Send the rest, then ask again."


class KindWithoutDocument(AlurError):
    """A kind of evidence that is written as a value, never uploaded."""

    status = 422
    code = "bukti_bukan_dokumen"
    title = "Bukti ini bukan dokumen"
    title_en = "This evidence is no document"
    text = "Bukti “{0}” tidak dikenal, atau ditulis sebagai isian dan bukan diunggah."
    text_en = "Evidence “{0}” is unknown, or is written as a value and not uploaded."
    cure = "Pilih jenis bukti dengan documents > 0 di /api/v1/facts/kinds."
    cure_en = "Choose a kind with documents > 0 at /api/v1/facts/kinds."


class DocumentNotFound(AlurError):
    """No such document in the caller's sight."""

    status = 404
    code = "dokumen_tidak_ditemukan"
    title = "Dokumen tidak ditemukan"
    title_en = "Document not found"
    text = "Dokumen {0} tidak ada di wilayah kerja Anda."
    text_en = "There is no document {0} within your scope."
    cure = "Lihat daftar dokumen pada kasusnya."
    cure_en = "See the list of documents on the case."


class DocumentLost(AlurError):
    """The file of a document is gone."""

    status = 500
    code = "dokumen_hilang"
    title = "Berkas dokumen hilang"
    title_en = "The document's file is missing"
    text = "Berkas dokumen {0} tidak ada di tempat penyimpanan."
    text_en = "The file of document {0} is not where it is kept."
    cure = "Hubungi pengelola agar berkasnya dipulihkan dari cadangan."
    cure_en = "Ask the operators to restore the file from a backup."


class DocumentDamaged(AlurError):
    """The file of a document is not what was stored, or its key is missing."""

    status = 500
    code = "dokumen_rusak"
    title = "Berkas dokumen rusak"
    title_en = "The document's file is damaged"
    text = "Berkas dokumen {0} berubah sejak disimpan atau kuncinya tidak ada, dan tidak diberikan."
    text_en = "The file of document {0} has changed since it was stored or its key is missing; it is not handed out."
    cure = "Hubungi pengelola: periksa kunci dokumen, lalu pulihkan berkasnya dari cadangan."
    cure_en = "Ask the operators to check the document keys, then to restore the file from a backup."


class VaultClosed(AlurError):
    """This installation has no keys for documents."""

    status = 503
    code = "penyimpanan_dokumen_tutup"
    title = "Penyimpanan dokumen belum siap"
    title_en = "Document storage is not ready"
    text = "Kunci dokumen belum disetel pada server ini."
    text_en = "This server has no document keys."
    cure = "Pengelola menyetel ALUR_DOCUMENT_KEYS; setelah itu kirim ulang."
    cure_en = "The operators set ALUR_DOCUMENT_KEYS; then send again."
