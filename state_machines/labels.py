"""The status labels that SIKS-NG and its users speak, and the state, reason or answer each stands for.

Source: domain section 2.2.
"""

# fmt: off
# ruff: noqa: E501 -- one label per line, as in the table of section 2.2

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Label:
    """One label: `kind` is state, reason, lookup (an answer of the public check) or person_flag."""

    label: str
    kind: str
    ref: str


LABELS = (
    Label("SK / CALON PENERIMA BANSOS", "state", "penyaluran.calon"),
    Label("SK / Calon Penerima Bansos", "state", "kepesertaan.calon_penerima"),
    Label("SK/CALON PENERIMA", "state", "kepesertaan.calon_penerima"),
    Label("PROSES BUREKOL", "state", "penyaluran.burekol_proses"),
    Label("BERHASIL BUREKOL", "state", "penyaluran.burekol_berhasil"),
    Label("GAGAL BUREKOL", "state", "penyaluran.burekol_gagal"),
    Label("GAGAL CEK REKENING", "state", "penyaluran.rek_gagal"),
    Label("OMSPAN", "state", "penyaluran.omspan_proses"),
    Label("BERHASIL OMSPAN", "state", "penyaluran.omspan_berhasil"),
    Label("GAGAL OMSPAN", "state", "penyaluran.omspan_gagal"),
    Label("PROSES SPM", "state", "penyaluran.proses_spm"),
    Label("SI", "state", "penyaluran.si"),
    Label("SI (Standing Instruction)", "state", "penyaluran.si_selisih"),
    Label("SUKSES SPM", "state", "penyaluran.sukses"),
    Label('KETERANGAN "-" / GAGAL', "state", "penyaluran.gagal_sesudah"),
    Label("Keterangan Gagal", "state", "penyaluran.gagal_sebelum"),
    Label("RETUR", "state", "penyaluran.retur"),
    Label("EXCLUDE", "state", "penyaluran.exclude"),
    Label("EXCLUDE (Rp0)", "state", "penyaluran.exclude"),
    Label("EXCLUDE PEKERJAAN", "reason", "EX_PEKERJAAN"),
    Label("EXCLUDE TIDAK LAYAK DAERAH", "reason", "EX_DAERAH"),
    Label("EXCLUDE MENINGGAL", "reason", "EX_MENINGGAL"),
    Label("TIDAK LAYAK GIS", "reason", "EX_GIS"),
    Label("OVERLAP SDM KESOS", "reason", "EX_SDM_KESOS"),
    Label("TIDAK TRANSAKSI", "state", "penyaluran.tidak_transaksi"),
    Label("tidak melakukan transaksi pada tahap penyaluran sebelumnya", "reason", "EX_TIDAK_TRANSAKSI"),
    Label("terdeteksi memiliki pekerjaan", "reason", "EX_PEKERJAAN"),
    Label("tidak layak berdasarkan hasil pemetaan atau kebijakan wilayah", "reason", "EX_DAERAH"),
    Label("terdeteksi telah meninggal dunia", "reason", "EX_MENINGGAL"),
    Label("data tidak lengkap atau tidak memenuhi ketentuan", "reason", "EX_DATA"),
    Label("perbedaan data antara bank dan data kependudukan", "reason", "SI_BEDA_DATA"),
    Label("perintah pemindahbukuan dana telah diterbitkan", "state", "penyaluran.si"),
    Label("Surat Perintah Membayar kepada bank HIMBARA", "state", "penyaluran.proses_spm"),
    Label("rekening pasif", "reason", "RK_PASIF"),
    Label("kartu belum dicetak", "reason", "KKS_BELUM_CETAK"),
    Label("belum didistribusikan", "reason", "KKS_BELUM_BAGI"),
    Label("kartu rusak", "reason", "KKS_RUSAK"),
    Label("nominal bansos terpotong", "reason", "NOMINAL_KURANG"),
    Label("Menahan KKS", "reason", "KKS_DIKUASAI_PIHAK_LAIN"),
    Label("Hanya Maksimal Lima Tahun", "reason", "MASA_HABIS"),
    Label("notifikasi anomali", "reason", "EX_ANOMALI"),
    Label("graduasi", "reason", "GRADUASI"),
    Label("TIDAK TERDAFTAR / NIK TIDAK DITEMUKAN (public check)", "lookup", "jawaban cek publik, bukan state"),
    Label("tidak terdaftar", "lookup", "jawaban cek publik, bukan state"),
    Label("NIK tidak ditemukan", "reason", "NIK_TIDAK_ADA"),
    Label("period not renewed", "lookup", "tidak ada dalam SK tahap n"),
    Label("DTSEN AKTIF / AKTIF - ASESMEN MENINGGAL / NONAKTIF", "person_flag", "status orang di DTSEN; keluarga: usulan.ditetapkan / usulan.nonaktif"),
)
