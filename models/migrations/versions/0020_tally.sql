CREATE TABLE tally (
    lo bigint NOT NULL,
    hi bigint NOT NULL,
    programme smallint NOT NULL,
    state smallint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (lo, hi, programme, state)
) WITH (fillfactor = 70);

CREATE TABLE tally_day (
    day date NOT NULL,
    lo bigint NOT NULL,
    hi bigint NOT NULL,
    programme smallint NOT NULL,
    state smallint NOT NULL,
    n bigint NOT NULL,
    PRIMARY KEY (day, lo, hi, programme, state)
) WITH (fillfactor = 70);

CREATE TABLE stuck_kab (
    kabupaten integer NOT NULL,
    state smallint NOT NULL,
    programme smallint NOT NULL,
    open integer NOT NULL,
    soon integer NOT NULL,
    due integer NOT NULL,
    late integer NOT NULL,
    blocked integer NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (kabupaten, state, programme)
);
