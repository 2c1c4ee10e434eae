CREATE TABLE notulen (
    batch bigint PRIMARY KEY REFERENCES batch (id),
    version integer NOT NULL,
    facts jsonb NOT NULL,
    user_id integer NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE notulen_keluarga (
    case_id bigint PRIMARY KEY,
    batch bigint NOT NULL REFERENCES batch (id),
    case_version integer NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('layak', 'tidak_layak', 'ditunda')),
    reason smallint,
    note text,
    user_id integer NOT NULL,
    at timestamptz NOT NULL,
    CHECK ((verdict = 'tidak_layak') = (reason IS NOT NULL))
);
CREATE INDEX notulen_keluarga_batch ON notulen_keluarga (batch);

ALTER TABLE read_event DROP CONSTRAINT read_event_what_check;
ALTER TABLE read_event ADD CONSTRAINT read_event_what_check
    CHECK (what IN ('keluarga', 'riwayat', 'kasus', 'bukti', 'dokumen', 'nomor', 'cetak')) NOT VALID;
ALTER TABLE read_event VALIDATE CONSTRAINT read_event_what_check;
