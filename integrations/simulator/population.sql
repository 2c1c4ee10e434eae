-- The people the simulator knows. Whoever makes the file runs this once; the simulator only ever reads it.
-- All identifiers are text: NIK, No KK and account numbers have leading zeros. Dates are ISO.

CREATE TABLE person (
    nik            TEXT PRIMARY KEY,  -- 16 digits
    no_kk          TEXT NOT NULL,     -- 16 digits
    nama           TEXT NOT NULL,     -- aliases split at "/"
    tempat_lahir   TEXT NOT NULL,
    tanggal_lahir  TEXT NOT NULL,     -- YYYY-MM-DD
    jenis_kelamin  INTEGER NOT NULL CHECK (jenis_kelamin IN (1, 2)),  -- 1 laki-laki, 2 perempuan
    hubungan       INTEGER NOT NULL,  -- 1 kepala keluarga, 2 istri/suami, 3 anak, …
    pekerjaan      TEXT,
    alamat         TEXT,
    rt             TEXT,
    rw             TEXT,
    kode_desa      TEXT NOT NULL,     -- Kemendagri, 10 digits: where the person lives now
    status         TEXT NOT NULL DEFAULT 'hidup' CHECK (status IN ('hidup', 'meninggal', 'nonaktif', 'ganda'))
);
CREATE INDEX person_no_kk ON person (no_kk);

CREATE TABLE family (
    no_kk      TEXT PRIMARY KEY,
    kode_desa  TEXT NOT NULL,
    desil      INTEGER,               -- 1 poorest to 10; NULL: not enough data to rank
    persentil  REAL,
    peringkat  INTEGER                -- national, 1 poorest
);

-- Accounts that exist already. Those a burekol opens live in the simulator's own state.
CREATE TABLE account (
    nomor_rekening  TEXT PRIMARY KEY,
    bank            TEXT NOT NULL CHECK (bank IN ('BRI', 'BNI', 'BTN', 'MANDIRI', 'BSI')),
    nik             TEXT NOT NULL,
    nama            TEXT NOT NULL,
    cif             TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'aktif' CHECK (status IN ('aktif', 'pasif', 'tutup', 'blokir'))
);
CREATE INDEX account_nik ON account (nik);

-- What shall happen to one subject, whatever is true of it. Outcomes by operation:
--   verifikasi    padan, 11, 12, 13, 14, 15, NAMA_BEDA, KK_BEDA
--   peringkat     desil:N, DATA_TIDAK_CUKUP
--   burekol       berhasil, BR_DATA, BR_GANDA_CIF, BR_USIA
--   kartu         dicetak, RK_*, KKS_*
--   cek_rekening  aktif, RK_*
--   uji           valid, RK_*, KKS_BELUM_CETAK, KKS_BELUM_BAGI, KKS_RUSAK, KKS_HILANG
--   spm           for a line: cair, RK_*; for a whole SPM (subject: nomor_spm, nomor_spp or programme): cair,
--                 ditolak, ditolak:CATATAN
--   srpr          diterima, ditolak, ditolak:CATATAN
--   si            sukses, tidak_transaksi, retur:RK_*, kurang, kurang:N, lebih, lebih:N, SI_BEDA_DATA, RK_*
--   danom         sesuai, EX_DATA, EX_MENINGGAL, EX_PINDAH
--   bayar         dibayar, tidak_hadir, alamat, identitas, meninggal
CREATE TABLE scenario (
    subject    TEXT NOT NULL,         -- nik, no_kk or nomor_rekening; the most specific one wins
    operation  TEXT NOT NULL,         -- as on the wire
    n          INTEGER NOT NULL,      -- the n-th time this subject meets this operation, from 1; 0: every time
    outcome    TEXT NOT NULL,
    PRIMARY KEY (subject, operation, n)
);

-- dtsen_versi: JSON list of {"versi", "tanggal"}; without it versions follow the calendar.
CREATE TABLE meta (
    key    TEXT PRIMARY KEY,
    value  TEXT NOT NULL
);
