"""What a column of the import workbook is, and the columns that say who and where a family is.

The questionnaire's variables are no part of this list: they come from `models/register/data/kode.toml`.
"""

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["number16", "region", "text", "rtrw", "code", "yes_no", "int", "number", "date"]

FAMILY_SHEET: Final = "keluarga"
MEMBER_SHEET: Final = "anggota"
FLAT_SHEET: Final = "csv"
"""What a row error calls the sheet of a CSV file."""
GUIDE_SHEET: Final = "petunjuk"
CODE_SHEET: Final = "kode"
MISTAKE_COLUMN: Final = "kesalahan"
"""Column in which an answered file says what is wrong; ignored when the file comes back."""

LATITUDE_LIMITS: Final = (-11.5, 6.5)
LONGITUDE_LIMITS: Final = (94.5, 141.5)
"""Degrees, WGS 84: the box around Indonesia."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet. Pairs of words are Indonesian, English."""

    sheet: str
    #: heading as the template writes it, and the field or variable it fills
    name: str
    kind: Kind
    label: tuple[str, str]
    help: tuple[str, str]
    #: a value as one would type it
    example: str
    required: bool = False
    code_list: str | None = None
    #: limits of numbers, both included; for text the maximum is its length
    minimum: float | None = None
    maximum: float | None = None
    aliases: tuple[str, ...] = ()
    #: aliases of sheets that number the answers otherwise: there only words are taken
    worded_aliases: tuple[str, ...] = ()
    #: True where one of those is the heading
    worded: bool = False
    #: True when the value goes to `variables` of the row instead of a field of its own
    variable: bool = False


_NUMBER_HELP: Final = (
    "16 angka, kolom berformat Teks. Jangan biarkan Excel mengubahnya menjadi bilangan.",
    "16 digits in a Text column. Do not let Excel turn it into a number.",
)
_KK_ALIASES: Final = ("kk", "nomor_kk", "nokk", "no_kartu_keluarga", "nomor_kartu_keluarga", "nkk")
"""Aliases here and below are headings of sheets that offices exchange: SIAK and BIP exports of Dukcapil, BDT 2015,
Regsosek 2022 (whose members' columns bear question numbers), and OpenSID; see `heading` for how they are compared."""

FAMILY_IDENTITY: Final = (
    Column(
        FAMILY_SHEET,
        "no_kk",
        "number16",
        ("Nomor kartu keluarga", "Family card number"),
        _NUMBER_HELP,
        "3204051205159001",
        required=True,
        aliases=_KK_ALIASES,
    ),
    Column(
        FAMILY_SHEET,
        "kode_desa",
        "region",
        ("Kode desa/kelurahan", "Village code"),
        ("10 angka kode Kemendagri, dengan atau tanpa titik.", "10 digits of the Kemendagri code, dotted or not."),
        "3204052001",
        required=True,
        aliases=("kode_kelurahan", "kode_wilayah", "kode_desa_kelurahan", "kode_desa_kel", "id_desa"),
    ),
    Column(
        FAMILY_SHEET,
        "rt",
        "rtrw",
        ("RT", "RT"),
        ("1 sampai 3 angka; 000 bila tidak ada.", "1 to 3 digits; 000 if none."),
        "004",
        required=True,
        aliases=("no_rt", "nomor_rt"),
    ),
    Column(
        FAMILY_SHEET,
        "rw",
        "rtrw",
        ("RW", "RW"),
        ("1 sampai 3 angka; 000 bila tidak ada.", "1 to 3 digits; 000 if none."),
        "011",
        required=True,
        aliases=("no_rw", "nomor_rw"),
    ),
    Column(
        FAMILY_SHEET,
        "dusun",
        "text",
        ("Dusun, kampung, atau lingkungan", "Hamlet"),
        ("Nama dusun; kosongkan bila tidak ada.", "Name of the hamlet; empty if none."),
        "Cibiru Hilir",
        maximum=100,
        aliases=("kampung", "lingkungan"),
    ),
    Column(
        FAMILY_SHEET,
        "alamat",
        "text",
        ("Alamat", "Address"),
        ("Jalan, gang, dan nomor rumah seperti pada KK.", "Street, alley and number as on the family card."),
        "Kp. Sukahaji No. 12",
        required=True,
        maximum=300,
    ),
    Column(
        FAMILY_SHEET,
        "lat",
        "number",
        ("Lintang rumah", "Latitude of the house"),
        ("Derajat desimal; selatan bernilai minus. Isi bersama long.", "Decimal degrees; south is minus. With long."),
        "-6.94422",
        minimum=LATITUDE_LIMITS[0],
        maximum=LATITUDE_LIMITS[1],
        aliases=("latitude", "lintang"),
    ),
    Column(
        FAMILY_SHEET,
        "long",
        "number",
        ("Bujur rumah", "Longitude of the house"),
        ("Derajat desimal. Isi bersama lat.", "Decimal degrees. With lat."),
        "107.73996",
        minimum=LONGITUDE_LIMITS[0],
        maximum=LONGITUDE_LIMITS[1],
        aliases=("longitude", "bujur", "lng", "lon"),
    ),
    Column(
        FAMILY_SHEET,
        "jenis_usulan",
        "code",
        ("Jenis usulan", "Kind of proposal"),
        ("BARU untuk keluarga yang belum terdaftar.", "BARU for a family that is not registered yet."),
        "BARU",
        required=True,
        code_list="jenis_usulan",
    ),
    Column(
        FAMILY_SHEET,
        "program",
        "code",
        ("Program", "Programme"),
        ("Wajib bila jenis usulan USULAN_PROGRAM.", "Required where the kind is USULAN_PROGRAM."),
        "PKH",
        code_list="program",
    ),
    Column(
        FAMILY_SHEET,
        "alasan",
        "text",
        ("Alasan usulan", "Reason of the proposal"),
        ("Satu kalimat; wajib bila jenis usulan NONAKTIF.", "One sentence; required where the kind is NONAKTIF."),
        "Kepala keluarga kehilangan pekerjaan",
        maximum=500,
    ),
)

MEMBER_IDENTITY: Final = (
    Column(
        MEMBER_SHEET,
        "no_kk",
        "number16",
        ("Nomor kartu keluarga", "Family card number"),
        ("Sama dengan nomor KK pada lembar keluarga.", "Equal to the number on the sheet 'keluarga'."),
        "3204051205159001",
        required=True,
        aliases=_KK_ALIASES,
    ),
    Column(
        MEMBER_SHEET,
        "nik",
        "number16",
        ("NIK", "National identity number"),
        _NUMBER_HELP,
        "3204055207919001",
        required=True,
        aliases=("no_nik", "nomor_nik", "no_ktp", "nomor_induk_kependudukan", "nik_art", "403"),
    ),
    Column(
        MEMBER_SHEET,
        "nama",
        "text",
        ("Nama lengkap", "Full name"),
        ("Seperti pada KK, tanpa gelar. Nama lain dipisah garis miring.", "As on the card; other names after a slash."),
        "SITI AMINAH",
        required=True,
        maximum=150,
        aliases=("nama_lengkap", "nama_anggota", "nama_anggota_keluarga", "nama_art", "nama_penduduk", "402"),
    ),
    Column(
        MEMBER_SHEET,
        "tempat_lahir",
        "text",
        ("Tempat lahir", "Place of birth"),
        ("Kabupaten atau kota seperti pada KK.", "Kabupaten or kota as on the family card."),
        "BANDUNG",
        required=True,
        maximum=100,
        aliases=("tempatlahir", "tempat_kelahiran", "tmpt_lahir", "tmpt_lhr", "tmp_lahir", "tmp_lhr"),
    ),
    Column(
        MEMBER_SHEET,
        "tanggal_lahir",
        "date",
        ("Tanggal lahir", "Date of birth"),
        ("1990-12-31, 31-12-1990, 31/12/1990, atau 31 Desember 1990.", "1990-12-31, 31-12-1990 or 31 Desember 1990."),
        "1991-07-12",
        required=True,
        aliases=("tanggallahir", "tanggal_kelahiran", "tgl_lahir", "tgl_lhr", "tgl_bln_th", "406"),
    ),
    Column(
        MEMBER_SHEET,
        "jk",
        "code",
        ("Jenis kelamin", "Sex"),
        ("1 laki-laki, 2 perempuan.", "1 male, 2 female."),
        "2",
        required=True,
        code_list="jk",
        aliases=("jenis_kelamin", "jns_kelamin", "kelamin", "sex", "l_p", "lp", "405"),
    ),
    Column(
        MEMBER_SHEET,
        "hubungan",
        "code",
        ("Hubungan dengan kepala keluarga", "Relation to the head"),
        ("Tepat satu anggota berkode 1 (kepala keluarga).", "Exactly one member has code 1 (head)."),
        "2",
        required=True,
        code_list="hubungan",
        aliases=(
            *("hub_keluarga", "hubungan_keluarga", "409"),
            *("status_hubungan_dalam_keluarga", "status_hubungan_dengan_kepala_keluarga"),
        ),
        worded_aliases=("shdk", "hub_kel", "kk_level"),  # Dukcapil's and OpenSID's 3 is a wife, ours a child
    ),
    Column(
        MEMBER_SHEET,
        "status_kawin",
        "code",
        ("Status perkawinan", "Marital status"),
        ("Seperti pada KK.", "As on the family card."),
        "2",
        required=True,
        code_list="status_kawin",
        aliases=("status_perkawinan", "stat_kwn", "status_nikah", "408"),
    ),
    Column(
        MEMBER_SHEET,
        "pekerjaan",
        "code",
        ("Pekerjaan", "Occupation"),
        ("Seperti pada KK; daftar lengkap di lembar kode.", "As on the card; the full list is on the sheet 'kode'."),
        "2",
        code_list="pekerjaan",
        aliases=("jenis_pekerjaan", "jns_pekerjaan", "pekerjaan_id"),
    ),
    Column(
        MEMBER_SHEET,
        "hamil",
        "yes_no",
        ("Sedang hamil", "Pregnant"),
        ("Ya bila sedang hamil, menurut buku KIA.", "Ya if pregnant, by the mother-and-child book."),
        "Tidak",
        aliases=("kehamilan", "status_hamil", "status_kehamilan"),
    ),
    Column(
        MEMBER_SHEET,
        "disabilitas",
        "code",
        ("Disabilitas", "Disability"),
        ("0 tidak ada, 1 ringan atau sedang, 2 berat.", "0 none, 1 mild or moderate, 2 severe."),
        "0",
        code_list="disabilitas",
        worded_aliases=("cacat", "jenis_cacat"),  # Dukcapil and BDT number kinds, not degrees
    ),
)
