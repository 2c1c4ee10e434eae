-- A cycle of the nation and a village in it are cases about a region: they have no family.
ALTER TABLE case_ ALTER COLUMN household_id DROP NOT NULL;
CREATE INDEX case_regional ON case_ (machine, period, region) WHERE household_id IS NULL;
ALTER TABLE machine ADD COLUMN regional boolean NOT NULL DEFAULT false;

CREATE TABLE siklus (
    case_id bigint PRIMARY KEY,
    period integer NOT NULL,
    mulai date NOT NULL,
    selesai date NOT NULL,
    frozen_at timestamptz NOT NULL,
    keluarga integer NOT NULL,
    desa integer NOT NULL,
    hash_daftar text NOT NULL,
    hash_benih text NOT NULL,
    CHECK (mulai <= selesai)
);
CREATE INDEX siklus_period ON siklus (period, case_id);

CREATE TABLE siklus_benih (
    siklus bigint PRIMARY KEY,
    benih bytea NOT NULL
);

CREATE TABLE siklus_keluarga (
    siklus bigint NOT NULL,
    household_id bigint NOT NULL,
    region bigint NOT NULL,
    urut integer NOT NULL,
    paket integer NOT NULL,
    kunjungan bigint,
    petugas integer,
    PRIMARY KEY (siklus, household_id)
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX siklus_keluarga_order ON siklus_keluarga (siklus, region, urut);
CREATE INDEX siklus_keluarga_kunjungan ON siklus_keluarga (kunjungan) WHERE kunjungan IS NOT NULL;
CREATE INDEX siklus_keluarga_petugas ON siklus_keluarga (petugas, siklus) WHERE petugas IS NOT NULL;

CREATE TABLE siklus_paket (
    siklus bigint NOT NULL,
    region bigint NOT NULL,
    nomor integer NOT NULL,
    keluarga integer NOT NULL,
    petugas integer,
    hari date,
    PRIMARY KEY (siklus, region, nomor)
);
CREATE INDEX siklus_paket_petugas ON siklus_paket (petugas, siklus) WHERE petugas IS NOT NULL;

CREATE TABLE siklus_laporan (
    siklus bigint NOT NULL,
    nomor integer NOT NULL,
    region bigint NOT NULL,
    isi jsonb NOT NULL,
    hash text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (siklus, nomor, region)
);
