"""The policy a new database starts with: what the decrees in force say, each key dated, none of it code.

A later decree is a new version with its own date; nothing here is edited once released. A key that is new in a
release is added to the version it stands in. Sources: domain sections 1.1 (regimes), 1.3 (calendar), 1.4 (steps), 1.5
(order policy), 5 (amounts, desil limits), 6 (quotas, budgets).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from state_machines import MACHINES
from state_machines.facts import FACT_KINDS
from state_machines.vocabulary import JENIS, JENIS_SANGGAH, step_mask

DECREE = "Kebijakan awal Alur: Permensos 3/2025, Permensos 3/2026, Inpres 4/2025, UU 13/2011"
VALID_FROM = "2025-01-01T00:00:00+07:00"


def _times() -> Iterator[tuple[str, Any]]:
    """Durations of states and rules: SLA, reminders, expiry, waiting times, windows of correction."""
    for machine in MACHINES:
        for state in machine.states:
            for what in ("sla", "remind", "expire"):
                if value := getattr(state, what):
                    yield f"{what}.{machine.name}.{state.id}", value
        for rule in machine.rules:
            if rule.window:
                yield f"koreksi.{rule.id}", rule.window
            if rule.guard.not_before not in {None, "expire", "sla"}:
                yield f"tunggu.{rule.id}", rule.guard.not_before


def entries() -> Iterator[tuple[str, Any]]:
    """Yield every (key, value) of the first policy version. Values are JSON; rupiah are whole integers."""
    yield from _times()
    for kind in FACT_KINDS:
        if kind.fresh:
            yield f"fakta.{kind.id}.segar", kind.fresh
        if kind.min_age:
            yield f"fakta.{kind.id}.umur", kind.min_age
    for jenis in JENIS:
        yield f"langkah.{jenis.id}", step_mask(jenis)
        yield (
            f"ground_check.{jenis.id}",
            {"kebijakan": "bila_janggal", "bila_janggal": "bila_janggal"}.get(jenis.ground_check, "tidak"),
        )
    yield from {
        # One calendar: input to day 11, kirim to 14, pengesahan 15-17, data pull on 18.
        "jendela.input": {"dari": 1, "sampai": 11},
        "jendela.kirim": {"dari": 1, "sampai": 14},
        "jendela.pengesahan": {"dari": 15, "sampai": 17},
        "jendela.tarik": {"dari": 18, "sampai": 31},
        "jendela.jenis": ["BARU", "USULAN_PROGRAM"],
        # Calendar words that mean the last day of a window, and move with it where a kabupaten was given more days.
        "kalender.hari": {"hari_11": "input", "hari_14": "kirim", "hari_17": "pengesahan"},
        # Verval cycles, month and day, local, both days included. Two a year is a default of ours: UU 13/2011 art. 8(5)
        # asks for one in two years.
        "siklus.tanggal": [
            {"nomor": 1, "mulai": "02-01", "selesai": "04-30"},
            {"nomor": 2, "mulai": "08-01", "selesai": "10-31"},
        ],
        # A year's list of holidays counts as entered with so many national days; 16 to 18 are usual.
        "libur.minimal": 12,
        "urutan_musdes": "sesudah_input",
        "kecamatan.aktif": True,
        "kecamatan.teruskan_otomatis": False,
        "gubernur": "salinan",
        "ground_check.sampel_persen": 5,
        "dukcapil.ambang_nama": 60,
        "dukcapil.ulang_hari": 7,
        # Which programmes a new registration is assessed for, and how high its desil may be.
        "program.dinilai": ["PKH", "SEMBAKO"],
        "desil.PKH": 4,
        "desil.SEMBAKO": 5,
        "desil.BLT_KESRA": 4,
        "desil.BANSOS_TUNAI": 4,
        "desil.PBI_JK": 5,
        "desil.ATENSI": 5,
        # Seats: the nation's 10 million and 18.8 million, dealt to a kabupaten by `kuota.program.PKH@3204`.
        "kuota.program.PKH": None,
        "kuota.program.SEMBAKO": None,
        "kuota.usulan": None,
        "kuota.nasional.PKH": 10_000_000,
        "kuota.nasional.SEMBAKO": 18_800_000,
        # Budgets (DIPA), rupiah per year.
        "pagu.PKH.2026": 28_700_000_000_000,
        "pagu.PKH.2027": 28_700_000_000_000,
        "pagu.SEMBAKO.2026": 43_800_000_000_000,
        "pagu.SEMBAKO.2027": 43_800_000_000_000,
        # Amounts, rupiah per year (PKH) and per month (others); the last period of a year takes the remainder.
        "pkh.komponen": {
            "IBU_HAMIL": 3_000_000,
            "USIA_DINI": 3_000_000,
            "SD": 900_000,
            "SMP": 1_500_000,
            "SMA": 2_000_000,
            "LANSIA": 2_400_000,
            "DISABILITAS_BERAT": 2_400_000,
            "HAM_BERAT": 10_800_000,
        },
        "pkh.batas": {"orang": 4, "IBU_HAMIL": 2, "USIA_DINI": 2},
        "pkh.usia": {
            "usia_dini_max_years": 6,
            "sekolah_min_years": 6,
            "sekolah_max_years": 21,
            "lansia_min_years": 60,
        },
        "periode.PKH": {"bulan": 3},
        "periode.SEMBAKO": {"bulan": 3},
        "bank.penyalur": "BRI",
        # Days between the orders of a card that the bank could not print; the last number holds for all later ones.
        "kartu.ulang_hari": [1, 3, 7],
        "nominal.SEMBAKO": 200_000,
        "nominal.BLT_KESRA": 300_000,
        # Notices: order of channels, quiet hours and the hour of digests (local), tries before a message goes to the
        # next channel and before it is given up, pauses between tries in seconds.
        "pemberitahuan.saluran": ["telegram", "email", "sms", "webhook", "kantor"],
        "pemberitahuan.bahasa": "id",
        "pemberitahuan.jam_tenang": {"dari": 21, "sampai": 6},
        "pemberitahuan.ringkasan": {"bawaan": "langsung", "jam": 7},
        "pemberitahuan.kirim": {"pindah": 5, "menyerah": 24, "jeda_awal_s": 15, "jeda_paling_s": 7200},
        "pemberitahuan.mingguan": {"hari": 1, "jam": 7},
        # Stuck cases: how long before its due time a case is told of; how long after it the offices above are told, one
        # by one; whom each office tells, and which administrator gives a desk its people (domain section 3).
        "macet.pengingat": "1 d",
        "macet.jenjang": ["3 d", "7 d", "14 d", "30 d"],
        "macet.kantor": {
            "desa": ["kades"],
            "kecamatan": ["operator_kecamatan"],
            "kabupaten": ["kepala_dinas"],
            "provinsi": ["dinsos_provinsi"],
            "pusat": ["pusdatin"],
        },
        "macet.admin": {
            "desa": "admin_kab",
            "kecamatan": "admin_kab",
            "kabupaten": "admin_kab",
            "provinsi": "admin_provinsi",
            "pusat": "admin_pusat",
        },
        # After how long without a sign of life a person no longer counts as at work; how long runs, decided gates,
        # requests to wake and calls without an answer may take; when the digest is written and how many cases it
        # names; and how long the watch itself may be silent.
        "macet.diam": "30 d",
        "macet.jalan": {"sewa": "3 min", "gerbang": "10 min", "bangun": "30 min", "panggilan": "4 h"},
        "macet.ringkasan": {"jam": 7, "kasus": 10},
        "macet.pantau_mati": "3 h",
        # Objections. How long one may object to a refusal or an exit, how many objections against others one person may
        # bring in how many days, how long files may follow, the family's right to answer, and the field check.
        "sanggah.batas": "30 d",
        "sanggah.batas_pengaju": {"jumlah": 5, "hari": 30},
        "sanggah.tunggu_berkas": "1 d",
        "sanggah.hak_jawab": "7 d",
        "sanggah.batas_cek": "14 d",
        "sanggah.gugur": False,
        # Whether a kind of objection holds live disbursements before it is decided.
        **{f"sanggah.tahan.{jenis}": False for _, jenis in JENIS_SANGGAH},
        # Signing in. Sessions: rest and whole life. Codes: life, tries and sends of one attempt, pause between sends.
        "masuk.sesi": {"diam_menit": 30, "paling_jam": 12},
        "masuk.token": {"hari_paling": 365},
        "masuk.kode": {"menit": 5, "coba": 5, "kirim": 3, "jeda_kirim_s": 30, "percobaan_menit": 10},
        "masuk.tautan": {"undangan_jam": 168, "reset_jam": 24},
        "masuk.sandi": {"paling_pendek": 10, "kekuatan": 3},
        # Pauses after failures: how many are free, then doubling from the first pause to the longest, forgotten after a
        # while; of one account at one place, of one network over all accounts, of codes of one account.
        "masuk.jeda": {
            "tempat": {"bebas": 4, "awal_s": 2, "paling_s": 900},
            "jaringan": {"bebas": 40, "awal_s": 2, "paling_s": 300},
            "kode": {"bebas": 10, "awal_s": 30, "paling_s": 900},
            "lupa_s": 86_400,
            "kenal_hari": 90,
        },
        # Whether new roles wait for the head of the office.
        "masuk.konfirmasi": True,
        # For how long somebody may act for another, and how long families offered to a colleague wait for his answer.
        "masuk.delegasi": {"hari_paling": 90},
        # How many days before its end a role is shown to the administrator as ending soon.
        "masuk.segera_berakhir": 30,
        "serah.tawaran": "7 d",
        # First signals for auditors: seconds in which nobody reads a case, families that one person edits in a day.
        "jejak.isyarat": {"detik_baca": 15, "keluarga_sehari": 50, "hari": 30},
        # Why numbers of a family may be shown open (code: Indonesian, English), and how many families a day somebody
        # looks at, and opens numbers of, before auditors are shown it as unusual.
        "baca.tujuan": {
            "VERIFIKASI": ["Memeriksa data terhadap KTP atau KK", "Checking data against ID or family card"],
            "PERBAIKAN": ["Memperbaiki NIK, No KK atau rekening", "Mending a NIK, No KK or account"],
            "PENYALURAN": ["Mengurus rekening, kartu atau pembayaran", "Dealing with an account, card or payment"],
            "PELAYANAN": ["Melayani permintaan keluarga itu sendiri", "Serving a request of the family itself"],
            "PENGADUAN": ["Menangani sanggah atau pengaduan", "Handling an objection or complaint"],
            "AUDIT": ["Pemeriksaan oleh auditor", "Examination by an auditor"],
        },
        "baca.wajar": {"keluarga_hari": 150, "nomor_hari": 30},
        # Gates: how many different people decide, and until when.
        "persetujuan.musdes": {"orang": 1, "tenggat": "14 d"},
        "persetujuan.pengesahan": {"orang": 1, "tenggat": "hari_17"},
        "persetujuan.qc_pusat": {"orang": 1, "tenggat": "14 d"},
        "persetujuan.penetapan": {"orang": 2, "tenggat": "14 d"},
        "persetujuan.sk_program": {"orang": 2, "tenggat": "14 d"},
        "persetujuan.sk_tahap": {"orang": 1, "tenggat": "14 d"},
        "persetujuan.closing": {"orang": 1, "tenggat": "14 d"},
        "persetujuan.spp": {"orang": 1, "tenggat": "5 wd"},
        "persetujuan.spm": {"orang": 1, "tenggat": "2 wd"},
        "persetujuan.si": {"orang": 1, "tenggat": "2 d"},
        "persetujuan.serah_pos": {"orang": 1, "tenggat": "2 d"},
        "persetujuan.keputusan_pusat": {"orang": 1, "tenggat": "14 d"},
        "persetujuan.closing_susulan": {"orang": 1, "tenggat": "14 d"},
        "persetujuan.migrasi": {"orang": 2, "tenggat": "14 d"},
        "persetujuan.ralat": {"orang": 1, "tenggat": "7 wd"},
        "persetujuan.siklus_jadwal": {"orang": 2, "tenggat": "45 d"},
        "persetujuan.siklus_buka": {"orang": 1, "tenggat": "7 d"},
        "persetujuan.siklus_sah": {"orang": 1, "tenggat": "7 d"},
        "persetujuan.siklus_tutup": {"orang": 1, "tenggat": "14 d"},
        # Verval cycles are asked for `siap_hari` days ahead. A standing decision opens further ones by itself.
        "siklus.siap_hari": 45,
        "siklus.otomatis": True,
        # How many families an officer visits a day, and how many days an extension is.
        "siklus.beban_harian": 40,
        "siklus.perpanjangan": "30 d",
        # Share of a village's list that is checked again; more wrong than this sends the village back.
        "siklus.sampel": {"persen": 5, "paling_sedikit": 5, "gagal_persen": 10},
    }.items()


_WEEK = [1, 2, 3, 4, 5]
_ALL_MONTH = {"dari": 1, "sampai": 31}


@dataclass(frozen=True, slots=True)
class Version:
    """One decree's policy: from when it holds (ISO, with zone), what it is called, and every (key, value) it sets."""

    valid_from: str
    decree: str
    note: str
    entries: dict[str, Any]


def versions() -> tuple[Version, ...]:
    """Return the first policy and the regimes, in the order in which a new database numbers them.

    Regimes (domain section 1.1) bring their windows (1.3). No calendar of the nation is known for the offline years.
    The windows of early 2025 are those of the first policy: nobody proposed in Alur then.
    """
    return (
        Version(VALID_FROM, DECREE, "Isi awal", {key: value for key, value in entries() if value is not None}),
        Version(
            "2017-01-01T00:00:00+07:00",
            "Rezim DTKS offline: UU 13/2011, Permensos 28/2017, Permensos 5/2019",
            "SIKS-NG offline; hari kerja kantor dan bank",
            {
                "rezim": "DTKS_OFFLINE",
                **{f"jendela.{step}": _ALL_MONTH for step in ("input", "kirim", "pengesahan", "tarik")},
                # Weekdays worked (1 Monday to 7 Sunday) and kinds of holiday not worked; `wd` counts by kantor, `bd` by
                # bank. Banks follow Bank Indonesia, which keeps the days of the nation.
                "hari_kerja.kantor": {"hari": _WEEK, "libur": ["libur", "cuti_bersama", "libur_daerah"]},
                "hari_kerja.bank": {"hari": _WEEK, "libur": ["libur", "cuti_bersama"]},
            },
        ),
        Version(
            "2021-01-01T00:00:00+07:00",
            "Rezim DTKS online: Permensos 3/2021, Kepmensos 150/HUK/2022",
            "Usulan bansos tanggal 15-25, PBI sampai tanggal 11, pengesahan di akhir bulan, tanpa tarikan data",
            {
                "rezim": "DTKS_ONLINE",
                "jendela.input": {"dari": 15, "sampai": 25},
                "jendela.kirim": {"dari": 15, "sampai": 25},
                "jendela.input.PBI_JK": {"dari": 1, "sampai": 11},
                "jendela.kirim.PBI_JK": {"dari": 1, "sampai": 11},
                "jendela.pengesahan": {"dari": 26, "sampai": 31},
                "jendela.tarik": "tutup",
            },
        ),
        Version(
            "2025-04-01T00:00:00+07:00",
            "Rezim DTSEN: Inpres 4/2025, Permensos 3/2025",
            "Satu kalender untuk bansos dan PBI",
            {
                "rezim": "DTSEN",
                "jendela.input.PBI_JK": {"dari": 1, "sampai": 11},
                "jendela.kirim.PBI_JK": {"dari": 1, "sampai": 14},
            },
        ),
    )


LIBUR = "SKB 3 Menteri tentang Hari Libur Nasional dan Cuti Bersama 2026"
HOLIDAYS: tuple[tuple[date, str, str], ...] = tuple(
    (date.fromisoformat(day), name, kind)
    for day, name, kind in (
        ("2026-01-01", "Tahun Baru 2026 Masehi", "libur"),
        ("2026-01-16", "Isra Mikraj", "libur"),
        ("2026-02-16", "Cuti bersama Tahun Baru Imlek", "cuti_bersama"),
        ("2026-02-17", "Tahun Baru Imlek 2577", "libur"),
        ("2026-03-18", "Cuti bersama Nyepi", "cuti_bersama"),
        ("2026-03-19", "Hari Suci Nyepi", "libur"),
        ("2026-03-20", "Cuti bersama Idulfitri", "cuti_bersama"),
        ("2026-03-21", "Idulfitri 1447 H", "libur"),
        ("2026-03-22", "Idulfitri 1447 H", "libur"),
        ("2026-03-23", "Cuti bersama Idulfitri", "cuti_bersama"),
        ("2026-03-24", "Cuti bersama Idulfitri", "cuti_bersama"),
        ("2026-04-03", "Wafat Yesus Kristus", "libur"),
        ("2026-04-05", "Kebangkitan Yesus Kristus", "libur"),
        ("2026-05-01", "Hari Buruh Internasional", "libur"),
        ("2026-05-14", "Kenaikan Yesus Kristus", "libur"),
        ("2026-05-15", "Cuti bersama Kenaikan Yesus Kristus", "cuti_bersama"),
        ("2026-05-27", "Iduladha 1447 H", "libur"),
        ("2026-05-28", "Cuti bersama Iduladha", "cuti_bersama"),
        ("2026-05-31", "Hari Raya Waisak 2570", "libur"),
        ("2026-06-01", "Hari Lahir Pancasila", "libur"),
        ("2026-06-16", "Tahun Baru Islam 1448 H", "libur"),
        ("2026-08-17", "Hari Kemerdekaan", "libur"),
        ("2026-08-25", "Maulid Nabi Muhammad", "libur"),
        ("2026-12-24", "Cuti bersama Natal", "cuti_bersama"),
        ("2026-12-25", "Hari Raya Natal", "libur"),
        # Fixed dates of the next year; its decree adds the movable ones.
        ("2027-01-01", "Tahun Baru 2027 Masehi", "libur"),
        ("2027-05-01", "Hari Buruh Internasional", "libur"),
        ("2027-06-01", "Hari Lahir Pancasila", "libur"),
        ("2027-08-17", "Hari Kemerdekaan", "libur"),
        ("2027-12-25", "Hari Raya Natal", "libur"),
    )
)
