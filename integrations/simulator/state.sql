-- What the simulator did. Kept in its own file so that a killed process answers as before when it comes back.

CREATE TABLE IF NOT EXISTS job (
    id            INTEGER PRIMARY KEY,
    system        TEXT NOT NULL,
    operation     TEXT NOT NULL,
    key           TEXT NOT NULL,
    hash          TEXT NOT NULL,
    baris         INTEGER NOT NULL,
    hasil         TEXT NOT NULL,      -- JSON list, fixed when the job was taken in
    siap          REAL NOT NULL,      -- epoch seconds from which the result may be seen
    selesai_pada  TEXT NOT NULL,      -- ISO, the date of the simulated clock
    traceparent   TEXT,
    UNIQUE (system, operation, key)
);

-- Knocks and deeds are counted apart from jobs, so that "done once" is seen and not assumed:
-- `effect` has no unique key and gets its row from the work itself.
CREATE TABLE IF NOT EXISTS tally (
    system     TEXT NOT NULL,
    operation  TEXT NOT NULL,
    key        TEXT NOT NULL,
    puts       INTEGER NOT NULL DEFAULT 0,
    gets       INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (system, operation, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS effect (system TEXT NOT NULL, operation TEXT NOT NULL, key TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS effect_key ON effect (system, operation, key);

-- Every credit really made, likewise without a unique key.
CREATE TABLE IF NOT EXISTS credit (
    bank        TEXT NOT NULL,
    nomor_si    TEXT NOT NULL,
    id          TEXT NOT NULL,
    key         TEXT NOT NULL,
    nominal_rp  INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS credit_row ON credit (id, bank);

CREATE TABLE IF NOT EXISTS attempt (
    operation  TEXT NOT NULL,
    subject    TEXT NOT NULL,
    n          INTEGER NOT NULL,
    PRIMARY KEY (operation, subject)
) WITHOUT ROWID;

-- Accounts opened by burekol.
CREATE TABLE IF NOT EXISTS account (
    nomor_rekening  TEXT PRIMARY KEY,
    bank            TEXT NOT NULL,
    nik             TEXT NOT NULL,
    nama            TEXT NOT NULL,
    cif             TEXT NOT NULL,
    status          TEXT NOT NULL DEFAULT 'aktif'
);
CREATE INDEX IF NOT EXISTS account_nik ON account (nik);

-- News waits here until due and gets its number only when it appears: a number once passed by a reader
-- must never be filled in later.
CREATE TABLE IF NOT EXISTS news_due (
    id    INTEGER PRIMARY KEY,
    bank  TEXT NOT NULL,
    due   REAL NOT NULL,              -- epoch seconds
    isi   TEXT NOT NULL               -- JSON: jenis, id, nomor_si and saldo_sisa_rp or kode
);
CREATE INDEX IF NOT EXISTS news_due_bank ON news_due (bank, due);
CREATE TABLE IF NOT EXISTS news (
    bank  TEXT NOT NULL,
    urut  INTEGER NOT NULL,
    isi   TEXT NOT NULL,
    PRIMARY KEY (bank, urut)
) WITHOUT ROWID;

-- Rates, faults and clock as last set.
CREATE TABLE IF NOT EXISTS setting (
    key    TEXT PRIMARY KEY,
    value  TEXT NOT NULL
);
