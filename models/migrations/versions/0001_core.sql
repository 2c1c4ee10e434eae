-- The first schema: what is remembered. Functions, policies and grants are applied by models/install.py after every
-- migration, because they are replaced as a whole; tables are only ever migrated.

-- ---------------------------------------------------------------------------------------------------------------
-- Vocabulary: written from state_machines/ when the database is installed or upgraded, never by hand.
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE machine (
    code smallint PRIMARY KEY,
    name text NOT NULL UNIQUE,
    subject text NOT NULL
);

CREATE TABLE role (
    code smallint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    scope text NOT NULL
);

CREATE TABLE programme (
    code smallint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    label text NOT NULL,
    kind text NOT NULL
);

CREATE TABLE jenis (
    code smallint PRIMARY KEY,
    id text NOT NULL UNIQUE
);

-- What a kind of proposal moves when it is applied: table 1.4, last column.
CREATE TABLE jenis_effect (
    jenis smallint PRIMARY KEY,
    fires text[] NOT NULL
);

CREATE TABLE state (
    code smallint PRIMARY KEY,
    machine smallint NOT NULL,
    id text NOT NULL,
    label text NOT NULL,
    meaning text NOT NULL,
    phase text NOT NULL,
    holder smallint NOT NULL,
    terminal boolean NOT NULL,
    stable boolean NOT NULL,
    account text,
    holds_seat boolean NOT NULL,
    UNIQUE (machine, id)
);

-- What an act may be about: a trigger of a machine, or (machine 0) an act of the register or of a gate.
-- `locks`: the positions are locked before judging, because claims, counters or amounts are taken with the move.
CREATE TABLE trigger (
    code smallint PRIMARY KEY,
    machine smallint NOT NULL,
    id text NOT NULL,
    derived text[] NOT NULL,
    locks boolean NOT NULL,
    steps boolean NOT NULL,
    people smallint NOT NULL,
    UNIQUE (machine, id)
);

CREATE TABLE reason (
    code smallint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    label text NOT NULL,
    detected_by text NOT NULL
);

CREATE TABLE fact_kind (
    code smallint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    label text NOT NULL,
    label_en text NOT NULL,
    case_scope boolean NOT NULL,
    derived boolean NOT NULL,
    kept boolean NOT NULL,
    fresh_days integer,
    min_age_days integer,
    writers smallint[] NOT NULL,
    satisfies smallint[] NOT NULL
);

-- Which kinds of fact satisfy a need: the need itself, and the alternatives it names.
CREATE TABLE need (
    need smallint NOT NULL,
    kind smallint NOT NULL,
    PRIMARY KEY (need, kind)
);

-- A row is immutable and numbered for ever. Changed roles or evidence are a new rule; the old one gets a valid_to.
CREATE TABLE rule (
    code smallint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    machine smallint NOT NULL,
    trigger smallint NOT NULL,
    sources smallint[] NOT NULL,
    target smallint NOT NULL,
    roles smallint[] NOT NULL,
    needs smallint[] NOT NULL,
    derived smallint[] NOT NULL,
    reasons smallint[] NOT NULL,
    barred smallint[] NOT NULL,
    only_by smallint[] NOT NULL,
    after_any smallint[] NOT NULL,
    never smallint[] NOT NULL,
    latest smallint[] NOT NULL,
    undo_of smallint[] NOT NULL,
    time_window text,
    not_before text,
    steps_on integer NOT NULL,
    steps_off integer NOT NULL,
    at_destination boolean NOT NULL,
    same_year boolean NOT NULL,
    amount text,
    people smallint NOT NULL,
    second_role smallint,
    refusal boolean NOT NULL,
    fires text[] NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz
);

-- (source state, trigger) -> the live rule; source 0 opens a case. Beside it stands what the door needs to know of the
-- rule at this state, worked out from the declarations at every installation.
CREATE TABLE arrow (
    source smallint NOT NULL,
    trigger smallint NOT NULL,
    rule smallint NOT NULL,
    reasons smallint[] NOT NULL,
    history boolean NOT NULL,
    timed boolean NOT NULL,
    brings boolean NOT NULL,
    frees boolean NOT NULL,
    counts boolean NOT NULL,
    seat smallint NOT NULL,
    money text,
    watched boolean NOT NULL,
    fires boolean NOT NULL,
    PRIMARY KEY (source, trigger)
);

-- Why the door says no: numbered for ever, in the order of judgement.
CREATE TABLE refusal_code (
    code smallint PRIMARY KEY,
    id text NOT NULL UNIQUE,
    message text NOT NULL,
    message_en text NOT NULL
);

-- ---------------------------------------------------------------------------------------------------------------
-- Clock, calendar, policy
-- ---------------------------------------------------------------------------------------------------------------

-- One row. `mark` is production, demo or test; only a demo or test may be shifted, and only forward.
CREATE TABLE clock (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    mark text NOT NULL CHECK (mark IN ('production', 'demo', 'test')),
    shift interval NOT NULL DEFAULT '0',
    CHECK (mark <> 'production' OR shift = '0')
);

CREATE TABLE holiday (
    day date PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('libur', 'cuti_bersama')),
    decree text NOT NULL
);

CREATE TABLE policy_version (
    id integer PRIMARY KEY,
    valid_from timestamptz NOT NULL,
    decree text NOT NULL,
    note text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX policy_version_valid_from ON policy_version (valid_from DESC, id DESC);

CREATE TABLE policy (
    key text NOT NULL,
    version integer NOT NULL REFERENCES policy_version,
    value jsonb NOT NULL,
    PRIMARY KEY (key, version)
);

-- ---------------------------------------------------------------------------------------------------------------
-- Regions
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE region (
    code bigint PRIMARY KEY,
    level smallint NOT NULL,
    name text NOT NULL,
    parent bigint,
    lo bigint NOT NULL,
    hi bigint NOT NULL,
    latitude double precision,
    longitude double precision,
    postal_code text,
    search text NOT NULL
);
CREATE INDEX region_parent ON region (parent);

-- ---------------------------------------------------------------------------------------------------------------
-- People who work here
-- ---------------------------------------------------------------------------------------------------------------

-- Persons and groups of deciders share one number space: the log names an actor, who is one person or several.
CREATE SEQUENCE actor_id AS integer;

CREATE TABLE account_user (
    id integer PRIMARY KEY DEFAULT nextval('actor_id'),
    username text NOT NULL UNIQUE,
    name text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('person', 'service', 'system')),
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);

CREATE TABLE actor_group (
    id integer PRIMARY KEY DEFAULT nextval('actor_id'),
    members integer[] NOT NULL UNIQUE
);
CREATE INDEX actor_group_members ON actor_group USING gin (members);

-- A dated role with its scope. lo..hi are ten-digit village codes; national is the whole range.
CREATE TABLE assignment (
    id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    user_id integer NOT NULL REFERENCES account_user,
    role smallint NOT NULL REFERENCES role,
    lo bigint,
    hi bigint,
    programme smallint REFERENCES programme,
    organisation text,
    household_id bigint,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    CHECK ((lo IS NULL) = (hi IS NULL))
);
CREATE INDEX assignment_user ON assignment (user_id);
CREATE INDEX assignment_role ON assignment (role, lo, hi);

-- Families a pendamping looks after.
CREATE TABLE family_assignment (
    user_id integer NOT NULL REFERENCES account_user,
    household_id bigint NOT NULL,
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    PRIMARY KEY (user_id, household_id, valid_from)
);
CREATE INDEX family_assignment_household ON family_assignment (household_id);

-- Every call names a session; functions derive person, role and scope from it. `batch` binds a worker's session.
CREATE TABLE session (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    assignment_id integer NOT NULL REFERENCES assignment,
    batch bigint,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX session_assignment ON session (assignment_id);

-- ---------------------------------------------------------------------------------------------------------------
-- Register: families and persons. Personal data lives here, in notes and in the files people sent, and nowhere else.
-- ---------------------------------------------------------------------------------------------------------------

CREATE SEQUENCE household_id;

CREATE TABLE household (
    id bigint PRIMARY KEY DEFAULT nextval('household_id'),
    no_kk text NOT NULL,
    region bigint NOT NULL,
    alamat text NOT NULL,
    rt text NOT NULL,
    rw text NOT NULL,
    dusun text,
    latitude double precision,
    longitude double precision,
    kepala text NOT NULL,
    variables jsonb NOT NULL DEFAULT '{}',
    desil smallint CHECK (desil BETWEEN 1 AND 10),
    persentil double precision,
    peringkat bigint,
    versi_dtsen text,
    source text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    act bigint NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX household_no_kk ON household (no_kk);
CREATE INDEX household_region ON household (region, id);

CREATE SEQUENCE person_id;

CREATE TABLE person (
    id bigint PRIMARY KEY DEFAULT nextval('person_id'),
    household_id bigint NOT NULL REFERENCES household,
    nik text NOT NULL,
    nama text NOT NULL,
    tempat_lahir text,
    tanggal_lahir date,
    jenis_kelamin smallint CHECK (jenis_kelamin IN (1, 2)),
    hubungan smallint,
    status_kawin smallint,
    pekerjaan smallint,
    hamil boolean NOT NULL DEFAULT false,
    disabilitas smallint,
    variables jsonb NOT NULL DEFAULT '{}',
    pengurus boolean NOT NULL DEFAULT false,
    status text NOT NULL DEFAULT 'hidup' CHECK (status IN ('hidup', 'meninggal', 'pindah')),
    padan boolean,
    checked_at timestamptz,
    removed_at timestamptz
);
CREATE INDEX person_nik ON person (nik);
CREATE INDEX person_household ON person (household_id);
CREATE INDEX person_nama ON person (lower(nama) text_pattern_ops);

-- What a family looked like before each change, and which act changed it.
CREATE TABLE household_history (
    household_id bigint NOT NULL,
    version integer NOT NULL,
    act bigint NOT NULL,
    at timestamptz NOT NULL,
    before jsonb NOT NULL,
    PRIMARY KEY (household_id, version)
);

-- Bank accounts and cards of a family's payee. Kept as text: leading zeros count.
CREATE TABLE account (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    household_id bigint NOT NULL REFERENCES household,
    person_id bigint NOT NULL REFERENCES person,
    bank text NOT NULL,
    number text NOT NULL,
    cif text,
    card_masked text,
    status text NOT NULL CHECK (status IN ('belum_diuji', 'aktif', 'gagal', 'tutup')),
    opened_at timestamptz NOT NULL,
    act bigint NOT NULL,
    UNIQUE (bank, number)
);
CREATE INDEX account_household ON account (household_id);

-- ---------------------------------------------------------------------------------------------------------------
-- Work: batches, gates, calls
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE batch (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    region bigint NOT NULL,
    lo bigint NOT NULL,
    hi bigint NOT NULL,
    programme smallint,
    period integer,
    title text NOT NULL,
    state text NOT NULL DEFAULT 'terbuka' CHECK (state IN ('terbuka', 'selesai')),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    data jsonb NOT NULL DEFAULT '{}'
);
CREATE UNIQUE INDEX batch_one ON batch (kind, region, programme, period) NULLS NOT DISTINCT
    WHERE kind <> 'usulan';
CREATE INDEX batch_region ON batch (region);

-- The states in which a batch's flow has something to do: a case that enters one wakes the flow.
CREATE TABLE batch_watch (
    kind text NOT NULL,
    state smallint NOT NULL,
    PRIMARY KEY (kind, state)
);

-- One live run per batch: a lease, renewed at each step. Prefect may believe what it likes.
CREATE TABLE batch_run (
    batch bigint NOT NULL REFERENCES batch,
    attempt integer NOT NULL,
    flow_run_id uuid,
    started_at timestamptz NOT NULL,
    lease_until timestamptz NOT NULL,
    ended_at timestamptz,
    outcome text,
    PRIMARY KEY (batch, attempt)
);

-- Open until the flow acknowledges that it looked. Being woken is not being approved.
CREATE TABLE wake (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    batch bigint NOT NULL REFERENCES batch,
    reason text NOT NULL,
    created_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    next_try timestamptz NOT NULL,
    done_at timestamptz
);
CREATE UNIQUE INDEX wake_one_open ON wake (batch) WHERE done_at IS NULL;

-- A gate: a human decision that a flow waits for. Everything is fixed when it opens.
CREATE TABLE approval (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    batch bigint NOT NULL REFERENCES batch,
    gate text NOT NULL,
    round integer NOT NULL,
    role smallint NOT NULL,
    triggers smallint[] NOT NULL,
    lo bigint NOT NULL,
    hi bigint NOT NULL,
    programme smallint,
    people smallint NOT NULL,
    deadline timestamptz,
    list_hash text NOT NULL,
    cases integer NOT NULL,
    amount_rp bigint,
    evidence jsonb NOT NULL DEFAULT '{}',
    state text NOT NULL DEFAULT 'terbuka' CHECK (state IN ('terbuka', 'disetujui', 'ditolak', 'lewat', 'dijalankan')),
    opened_at timestamptz NOT NULL,
    decided_at timestamptz,
    UNIQUE (batch, gate, round)
);
CREATE INDEX approval_open ON approval (role, lo, hi) WHERE state = 'terbuka';

CREATE TABLE approval_case (
    approval bigint NOT NULL REFERENCES approval,
    case_id bigint NOT NULL,
    version integer NOT NULL,
    rupiah bigint,
    PRIMARY KEY (approval, case_id)
);

-- Append-only: who decided what. `except_cases` are sent back or refused, each for its reason.
CREATE TABLE decision (
    approval bigint NOT NULL REFERENCES approval,
    user_id integer NOT NULL,
    act bigint NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('setuju', 'tolak')),
    reason smallint,
    evidence jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL,
    PRIMARY KEY (approval, user_id)
);

CREATE TABLE decision_case (
    approval bigint NOT NULL,
    user_id integer NOT NULL,
    case_id bigint NOT NULL,
    trigger smallint NOT NULL,
    reason smallint,
    note text,
    PRIMARY KEY (approval, user_id, case_id)
);

-- Outside calls are written down before they are sent; an unknown outcome is asked for, never sent twice. What was
-- asked stands here as row ids and the hash of the body: no personal data outside the register.
CREATE TABLE call (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    path text NOT NULL,
    key text NOT NULL,
    batch bigint NOT NULL REFERENCES batch,
    body_hash text NOT NULL,
    ids text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('tercatat', 'terkirim', 'selesai', 'tidak_diketahui', 'ditolak', 'batal')),
    attempts integer NOT NULL DEFAULT 0,
    problem text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (path, key)
);
CREATE INDEX call_open ON call (state, updated_at) WHERE state IN ('tercatat', 'terkirim', 'tidak_diketahui');
CREATE INDEX call_batch ON call (batch);

-- How far an outside system's news feed has been read and applied.
CREATE TABLE feed (
    path text PRIMARY KEY,
    seen bigint NOT NULL,
    updated_at timestamptz NOT NULL
);

-- When each part of the machinery last said that it lives.
CREATE TABLE heartbeat (
    name text PRIMARY KEY,
    at timestamptz NOT NULL
);

-- Same request, same answer.
CREATE TABLE request (
    principal integer NOT NULL,
    key text NOT NULL,
    body_hash text NOT NULL,
    status integer,
    answer jsonb,
    at timestamptz NOT NULL,
    PRIMARY KEY (principal, key)
);

-- An imported file: the same file is taken in once, however often and by how many people it is sent. `rejected` is the
-- workbook of the families that could not enter, to be mended and sent again; it holds personal data and is erasable.
CREATE TABLE import_file (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    fingerprint text NOT NULL,
    region bigint NOT NULL,
    name text NOT NULL,
    user_id integer NOT NULL,
    batch bigint NOT NULL REFERENCES batch,
    act bigint,
    families integer NOT NULL,
    good integer NOT NULL,
    bad integer NOT NULL,
    report jsonb NOT NULL,
    rejected bytea,
    at timestamptz NOT NULL,
    UNIQUE (fingerprint, region)
);
CREATE INDEX import_file_batch ON import_file (batch);

-- ---------------------------------------------------------------------------------------------------------------
-- The door's tables
-- ---------------------------------------------------------------------------------------------------------------

CREATE SEQUENCE case_id;
CREATE SEQUENCE act_id;

-- Immutable header.
CREATE TABLE case_ (
    id bigint PRIMARY KEY,
    machine smallint NOT NULL,
    kind smallint NOT NULL DEFAULT 0,
    programme smallint NOT NULL DEFAULT 0,
    period integer NOT NULL DEFAULT 0,
    household_id bigint NOT NULL,
    person_id bigint,
    region bigint NOT NULL,
    predecessor bigint,
    opened_at timestamptz NOT NULL
);
CREATE INDEX case_household ON case_ (household_id, machine);
CREATE INDEX case_predecessor ON case_ (predecessor) WHERE predecessor IS NOT NULL;

-- The only hot row: 40 bytes. Resting states (code >= 20000) are no work and stay out of the queue index.
CREATE TABLE position (
    case_id bigint NOT NULL,
    region bigint NOT NULL,
    batch bigint,
    since timestamptz NOT NULL,
    version integer NOT NULL,
    state smallint NOT NULL,
    programme smallint NOT NULL,
    kind smallint NOT NULL,
    CONSTRAINT position_pkey PRIMARY KEY (case_id)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
CREATE INDEX position_queue ON position (state, region, since, case_id) WHERE state < 20000;
CREATE INDEX position_batch ON position (batch, state) WHERE batch IS NOT NULL;

-- One decision by one actor: a click, a bulk approval, a flow's step.
CREATE TABLE act (
    id bigint PRIMARY KEY,
    xid xid8 NOT NULL,
    actor integer NOT NULL,
    role smallint NOT NULL,
    trigger smallint NOT NULL,
    reason smallint,
    policy_version integer NOT NULL,
    at timestamptz NOT NULL,
    approval bigint,
    cause bigint,
    flow_run uuid,
    note_hash bytea
);
CREATE INDEX act_actor ON act (actor, at);
CREATE INDEX act_cause ON act (cause) WHERE cause IS NOT NULL;
CREATE INDEX act_at ON act (at);

-- One case moved by one act.
CREATE TABLE transition (
    case_id bigint NOT NULL,
    version integer NOT NULL,
    actor integer NOT NULL,
    act bigint NOT NULL,
    rule smallint NOT NULL
);
CREATE UNIQUE INDEX transition_pkey ON transition (case_id, version) INCLUDE (rule, actor);
ALTER TABLE transition ADD CONSTRAINT transition_pkey PRIMARY KEY USING INDEX transition_pkey;
CREATE INDEX transition_act ON transition (act);

CREATE TABLE refusal (
    act bigint NOT NULL,
    case_id bigint NOT NULL,
    code smallint NOT NULL,
    PRIMARY KEY (act, case_id)
);

-- What was known about one case; value is null where the act's shared fact holds it.
CREATE TABLE fact (
    case_id bigint NOT NULL,
    kind smallint NOT NULL,
    act bigint NOT NULL,
    at timestamptz NOT NULL,
    source text NOT NULL,
    value jsonb,
    PRIMARY KEY (case_id, kind, act)
);

-- What was known for all cases of an act.
CREATE TABLE act_fact (
    act bigint NOT NULL,
    kind smallint NOT NULL,
    value jsonb NOT NULL,
    PRIMARY KEY (act, kind)
);

CREATE TABLE nominal (
    case_id bigint NOT NULL,
    version integer NOT NULL,
    rupiah bigint NOT NULL CHECK (rupiah >= 0),
    PRIMARY KEY (case_id, version)
);

-- "At most one live ...": kind is the machine; key the household; sub tells kinds, programmes and periods apart.
CREATE TABLE claim (
    kind smallint NOT NULL,
    key bigint NOT NULL,
    sub bigint NOT NULL,
    case_id bigint NOT NULL,
    PRIMARY KEY (kind, key, sub)
);
CREATE INDEX claim_case ON claim (case_id);

-- Quota and pagu: locked counters, taken in the order given. The limits are policy.
CREATE TABLE counter (
    kind smallint NOT NULL,
    key bigint NOT NULL,
    programme smallint NOT NULL,
    period integer NOT NULL,
    used bigint NOT NULL,
    PRIMARY KEY (kind, key, programme, period)
);

-- The first of two persons who must agree on one move.
CREATE TABLE confirmation (
    case_id bigint NOT NULL,
    version integer NOT NULL,
    rule smallint NOT NULL,
    user_id integer NOT NULL,
    act bigint NOT NULL,
    reason smallint,
    at timestamptz NOT NULL,
    PRIMARY KEY (case_id, version, rule, user_id)
);

-- A second region that sees a case: the village a family moves to.
CREATE TABLE case_share (
    case_id bigint NOT NULL,
    region bigint NOT NULL,
    PRIMARY KEY (case_id, region)
);

-- An organisation whose files the case is in: a bank, Pos, a KPPN.
CREATE TABLE file_case (
    organisation text NOT NULL,
    case_id bigint NOT NULL,
    PRIMARY KEY (organisation, case_id)
);
CREATE INDEX file_case_case ON file_case (case_id);

-- Free text, erasable; the act keeps a salted hash of it.
CREATE TABLE note (
    act bigint PRIMARY KEY,
    salt bytea NOT NULL,
    text text NOT NULL
);

-- ---------------------------------------------------------------------------------------------------------------
-- Decrees
-- ---------------------------------------------------------------------------------------------------------------

CREATE TABLE decree (
    id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    number text NOT NULL UNIQUE,
    kind text NOT NULL,
    batch bigint NOT NULL REFERENCES batch,
    approval bigint NOT NULL REFERENCES approval,
    programme smallint,
    period integer,
    region bigint NOT NULL,
    cases integer NOT NULL,
    list_hash text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX decree_batch ON decree (batch);
