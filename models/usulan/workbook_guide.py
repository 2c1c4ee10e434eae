"""The words of the sheet `petunjuk`: how to fill in the workbook, in Indonesian and then in English."""

from typing import Final

INTRODUCTION: Final = (
    "Petunjuk pengisian usulan",
    "1. Isi lembar 'keluarga' satu baris per kartu keluarga, dan lembar 'anggota' satu baris per orang.",
    "2. Keduanya dihubungkan oleh no_kk. Tulis semua anggota pada KK, tepat satu sebagai kepala keluarga.",
    "3. NIK dan nomor KK adalah teks 16 angka. Jangan mengubah format kolomnya: Excel membulatkan bilangan panjang.",
    "4. Tanggal ditulis 1990-12-31, 31-12-1990, 31/12/1990, atau 31 Desember 1990.",
    "5. Kolom berjudul kuning wajib diisi. Kolom lain boleh kosong. Urutan kolom bebas; judulnya jangan diganti.",
    "6. Jawaban berkode dipilih dari daftar di selnya; daftar lengkap ada di lembar 'kode'.",
    "7. Setelah diunggah, keluarga yang benar langsung masuk. Yang salah dikembalikan dengan kolom 'kesalahan':",
    "    perbaiki selnya yang merah, lalu unggah lagi berkas itu apa adanya.",
    "",
    "How to fill in a proposal",
    "1. One row per family card on the sheet 'keluarga', one row per person on the sheet 'anggota'.",
    "2. no_kk joins the two. Write every member on the card, exactly one of them as head of the family.",
    "3. NIK and family card numbers are text of 16 digits. Keep the columns as Text: Excel rounds long numbers.",
    "4. Dates are written 1990-12-31 or 31-12-1990 (day first).",
    "5. Yellow headings are required. The order of columns is free; keep the headings.",
    "6. Coded answers are chosen from the list in the cell; the sheet 'kode' shows all of them.",
    "7. After upload, correct families enter at once. The others come back with a column 'kesalahan':",
    "    mend the red cells and upload that file as it is.",
)

TABLE_HEADINGS: Final = ("lembar", "kolom", "wajib", "keterangan", "in English", "contoh")
