"""Why the door says no: codes numbered for ever, in the order of judgement, with the words a person reads."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: what it says, and how to mend it, in both languages."""

    code: int
    id: str
    text: str
    text_en: str
    cure: str
    cure_en: str


# fmt: off
# ruff: noqa: E501 -- a code's words stay together
REFUSALS = (
    Refusal(1, "tidak_ditemukan", "Kasus tidak ditemukan di wilayah kerja Anda.", "No such case within your scope.",
            "Periksa nomor kasus.", "Check the case number."),
    Refusal(2, "berubah", "Kasus sudah berubah sejak Anda membukanya.", "The case has changed since you opened it.",
            "Muat ulang kasus, lalu putuskan lagi.", "Reload the case and decide again."),
    Refusal(3, "tidak_terbuka", "Tindakan ini tidak terbuka dari keadaan kasus sekarang.",
            "This action is not open from where the case stands.",
            "Lihat tindakan yang terbuka pada kasus.", "See the actions open on the case."),
    Refusal(4, "peran", "Peran Anda tidak menjalankan tindakan ini.", "Your role does not take this action.",
            "Tindakan ini milik peran lain; lihat kolom pelaku.", "Another role takes it; see who may."),
    Refusal(5, "wilayah", "Tindakan ini milik desa lain (asal atau tujuan).",
            "This action belongs to the other village (origin or destination).",
            "Hubungi desa asal atau tujuan.", "Contact the other village."),
    Refusal(6, "langkah", "Jenis usulan ini tidak menempuh langkah itu.", "This kind of proposal does not take that step.",
            "Pilih langkah menurut jenis usulan.", "Choose the step that fits the kind of proposal."),
    Refusal(7, "bukan_pengusul", "Hanya pengusul kasus ini yang dapat melakukannya.",
            "Only whoever proposed this case may do that.",
            "Minta pengusul kasus.", "Ask the proposer."),
    Refusal(8, "empat_mata", "Anda sudah bertindak pada kasus ini; harus orang lain.",
            "You have already acted on this case; another person has to.",
            "Minta orang lain dengan peran yang sama.", "Ask another holder of the role."),
    Refusal(9, "urutan", "Riwayat kasus ini tidak membuka tindakan itu.", "This case's history does not open that action.",
            "Lihat riwayat kasus dan tindakan yang terbuka.", "See the case's history and open actions."),
    Refusal(10, "belum_waktunya", "Belum waktunya.", "It is not yet time.",
            "Tunggu sampai tenggatnya lewat.", "Wait until its time has come."),
    Refusal(11, "lewat_waktu", "Masa koreksi atau urung sudah lewat.", "The time for a correction or undo has passed.",
            "Gunakan sanggah atau usulan baru.", "Use an objection or a new proposal."),
    Refusal(12, "alasan", "Kode alasan kurang atau tidak berlaku di sini.", "The reason code is missing or not valid here.",
            "Pilih satu kode alasan dari daftar tindakan ini.", "Choose one reason code from this action's list."),
    Refusal(13, "bukti_kurang", "Bukti yang diminta belum ada atau sudah terlalu lama.",
            "Evidence is missing or too old.",
            "Lengkapi bukti yang disebut, lalu ulangi.", "Add the evidence named, then try again."),
    Refusal(14, "jendela_tutup", "Jendela pengiriman tutup.", "The sending window is closed.",
            "Usulan dikirim sendiri saat jendela berikutnya buka.", "The proposal is sent by itself when it opens."),
    Refusal(15, "kuota_penuh", "Kuota penuh.", "The quota is full.",
            "Tunggu kuota berikutnya; urutan tetap.", "Wait for the next quota; the order is kept."),
    Refusal(16, "pagu_habis", "Pagu tidak cukup.", "The budget does not suffice.",
            "Minta revisi DIPA, atau bayar pada termin berikutnya.", "Ask for a budget revision, or pay in the next termin."),
    Refusal(17, "sudah_ada", "Sudah ada kasus hidup yang sama untuk keluarga ini.",
            "This family already has a live case of this kind.",
            "Buka kasus yang sudah ada.", "Open the existing case."),
    Refusal(18, "nominal", "Nominal tidak sesuai dengan hak.", "The amount does not match what is due.",
            "Catat selisih, lalu luruskan.", "Record the difference, then put it right."),
    Refusal(19, "menunggu_orang_lain", "Tercatat; menunggu orang kedua.", "Recorded; waiting for a second person.",
            "Minta orang kedua menjalankan tindakan yang sama.", "Ask a second person to take the same action."),
    Refusal(20, "petugas", "Petugas ini tidak ditugaskan pada sanggah ini, atau terkait dengannya.",
            "This officer is not assigned to this objection, or is concerned in it.",
            "Tunjuk pendamping aktif lain: bukan pendamping keluarga itu, bukan pengaju, bukan yang dikeluhkan.",
            "Name another active pendamping: neither the family's own, nor the objector, nor the one complained about."),
    Refusal(30, "belum_lengkap", "Masih ada bagian siklus di bawahnya yang belum selesai.",
            "A part of the cycle below it is not finished yet.",
            "Lihat kemajuan siklus; selesaikan desa atau kunjungan yang tertinggal.",
            "See the cycle's progress; finish the villages or visits left behind."),
    Refusal(31, "sampel", "Hasil sampel belum lengkap, atau tidak membuka tindakan ini.",
            "The result of the sample is not complete, or does not open this action.",
            "Periksa semua kunjungan dalam sampel desa dan catat hasilnya.",
            "Check every visit of the village's sample and record the result."),
)
# fmt: on

BY_ID: dict[str, Refusal] = {refusal.id: refusal for refusal in REFUSALS}
