-- Batches: who carries cases, and how a flow is woken.

-- batch_open --
-- Open a batch, or return (open again) the one of the same kind, region, programme and period.
CREATE OR REPLACE FUNCTION batch_open(
    p_session uuid, p_kind text, p_region bigint, p_lo bigint, p_hi bigint, p_programme text, p_period integer,
    p_title text, p_data jsonb DEFAULT '{}'
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_programme smallint := (SELECT code FROM programme WHERE id = p_programme);
    v_id bigint;
BEGIN
    IF p_programme IS NOT NULL AND v_programme IS NULL THEN
        RAISE EXCEPTION 'Program "%" tidak ada.', p_programme USING ERRCODE = 'AL004', DETAIL = p_programme;
    END IF;
    IF NOT me.is_system AND me.scope <> 'programme' AND NOT COALESCE(me.lo <= p_lo AND me.hi >= p_hi, false) THEN
        RAISE EXCEPTION 'Wilayah % di luar wilayah kerja Anda.', p_region USING ERRCODE = 'AL015';
    END IF;
    IF me.scope = 'programme' AND v_programme IS DISTINCT FROM me.programme THEN
        RAISE EXCEPTION 'Program ini bukan program Anda.' USING ERRCODE = 'AL015';
    END IF;
    IF NOT me.is_system AND NOT (SELECT r.id FROM role r WHERE r.code = me.role) = ANY (CASE p_kind
            WHEN 'usulan' THEN ARRAY['operator_desa', 'pengisi_data_kab', 'pusdatin']
            WHEN 'tahap' THEN ARRAY['direktorat']
            WHEN 'migrasi' THEN ARRAY['pusdatin'] ELSE '{}' END) THEN
        RAISE EXCEPTION 'Peran ini tidak membuka batch %.', p_kind
            USING ERRCODE = CASE p_kind WHEN 'usulan' THEN 'AL016' ELSE 'AL015' END;
    END IF;
    INSERT INTO batch (kind, region, lo, hi, programme, period, title, opened_at, data)
    VALUES (p_kind, p_region, p_lo, p_hi, v_programme, p_period, p_title, alur_now(), p_data)
    ON CONFLICT (kind, region, programme, period) WHERE kind <> 'usulan'
       DO UPDATE SET state = 'terbuka', closed_at = NULL
    RETURNING id INTO v_id;
    RETURN v_id;
END $$;

-- batch_entries --
-- The list to which proposals belong that are entered one by one in a village: of those named so, the one still open;
-- opened by whoever enters first. A pendamping enters where one of his families lives.
CREATE OR REPLACE FUNCTION batch_entries(p_session uuid, p_region bigint, p_title text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_id bigint;
BEGIN
    PERFORM door_enter(me);
    IF (SELECT r.id FROM role r WHERE r.code = me.role) NOT IN ('operator_desa', 'pendamping', 'pengisi_data_kab') THEN
        RAISE EXCEPTION 'Peran ini tidak mengusulkan keluarga.' USING ERRCODE = 'AL016';
    ELSIF NOT COALESCE(p_region BETWEEN me.lo AND me.hi, me.scope = 'assigned_families' AND EXISTS (
            SELECT 1 FROM household h WHERE h.region = p_region)) THEN
        RAISE EXCEPTION 'Wilayah % di luar wilayah kerja Anda.', p_region USING ERRCODE = 'AL015';
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended(p_title, p_region));
    SELECT b.id INTO v_id FROM batch b
     WHERE b.kind = 'usulan' AND b.region = p_region AND b.title = p_title AND b.state = 'terbuka' LIMIT 1;
    IF v_id IS NULL THEN
        INSERT INTO batch (kind, region, lo, hi, title, opened_at)
        VALUES ('usulan', p_region, p_region, p_region, p_title, alur_now()) RETURNING id INTO v_id;
    END IF;
    RETURN v_id;
END $$;

-- wake_batch --
-- Ask that a batch's flow looks again, now or after some seconds. Open until the flow acknowledges that it looked.
CREATE OR REPLACE FUNCTION wake_batch(p_batch bigint, p_reason text, p_seconds integer DEFAULT 0) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    INSERT INTO wake (batch, reason, created_at, next_try)
    VALUES (p_batch, p_reason, alur_now(), clock_timestamp() + make_interval(secs => p_seconds))
    ON CONFLICT (batch) WHERE done_at IS NULL DO UPDATE
       SET next_try = least(wake.next_try, excluded.next_try), created_at = excluded.created_at, tries = 0
$$;

-- wake_watching --
-- The same for a move that arrives where the batch's flow waits for it. A wake that is open already is held until the
-- move commits, so that a flow which looks meanwhile waits for the move and sees it.
CREATE OR REPLACE FUNCTION wake_watching(p_batch bigint, p_reason text) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    LOOP
        INSERT INTO wake (batch, reason, created_at, next_try)
        VALUES (p_batch, p_reason, alur_now(), clock_timestamp())
        ON CONFLICT (batch) WHERE done_at IS NULL DO NOTHING;
        EXIT WHEN FOUND;
        PERFORM 1 FROM wake WHERE batch = p_batch AND done_at IS NULL FOR SHARE;
        EXIT WHEN FOUND;
    END LOOP;
END $$;

-- lease_reserve --
-- Note that a run was created for a batch and may take the lease until `p_seconds` from now.
CREATE OR REPLACE FUNCTION lease_reserve(p_batch bigint, p_flow_run uuid, p_attempt integer, p_seconds integer)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM batch WHERE id = p_batch FOR UPDATE;
    IF EXISTS (SELECT 1 FROM batch_run WHERE batch = p_batch AND attempt >= p_attempt) THEN
        RETURN false;
    END IF;
    UPDATE batch_run SET ended_at = clock_timestamp(), outcome = 'diganti'
     WHERE batch = p_batch AND (ended_at IS NULL OR outcome = 'tunda');
    INSERT INTO batch_run (batch, attempt, flow_run_id, started_at, lease_until)
    VALUES (p_batch, p_attempt, p_flow_run, clock_timestamp(), clock_timestamp() + make_interval(secs => p_seconds));
    RETURN true;
END $$;

-- lease_take --
-- Become the one live run of a batch. Returns the attempt, or null while another run holds a lease that has not ended.
-- The same flow run may take it again: it starts from the top when it resumes.
CREATE OR REPLACE FUNCTION lease_take(p_batch bigint, p_flow_run uuid, p_seconds integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    last_run batch_run%ROWTYPE;
    v_until timestamptz := clock_timestamp() + make_interval(secs => p_seconds);
BEGIN
    PERFORM 1 FROM batch WHERE id = p_batch FOR UPDATE;
    SELECT * INTO last_run FROM batch_run WHERE batch = p_batch ORDER BY attempt DESC LIMIT 1;
    IF last_run.flow_run_id = p_flow_run AND last_run.outcome IS DISTINCT FROM 'diganti' THEN
        UPDATE batch_run SET lease_until = v_until, ended_at = NULL, outcome = NULL
         WHERE batch = p_batch AND attempt = last_run.attempt;
        RETURN last_run.attempt;
    END IF;
    IF last_run.ended_at IS NULL AND last_run.lease_until > clock_timestamp() THEN
        RETURN NULL;
    END IF;
    UPDATE batch_run SET ended_at = clock_timestamp(), outcome = 'diganti'
     WHERE batch = p_batch AND ended_at IS NULL;
    INSERT INTO batch_run (batch, attempt, flow_run_id, started_at, lease_until)
    VALUES (p_batch, COALESCE(last_run.attempt, 0) + 1, p_flow_run, clock_timestamp(), v_until);
    RETURN COALESCE(last_run.attempt, 0) + 1;
END $$;

-- lease_keep --
-- Renew the lease at a step. False when it was lost: the caller must stop without touching anything.
CREATE OR REPLACE FUNCTION lease_keep(p_batch bigint, p_flow_run uuid, p_seconds integer) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    WITH kept AS (
        UPDATE batch_run SET lease_until = clock_timestamp() + make_interval(secs => p_seconds)
         WHERE batch = p_batch AND flow_run_id = p_flow_run AND ended_at IS NULL
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM kept)
$$;

-- lease_end --
-- Give the lease back: 'tunda' while waiting at a gate, 'selesai' when nothing is left to do.
CREATE OR REPLACE FUNCTION lease_end(p_batch bigint, p_flow_run uuid, p_outcome text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    UPDATE batch_run SET ended_at = clock_timestamp(), outcome = p_outcome
     WHERE batch = p_batch AND flow_run_id = p_flow_run AND ended_at IS NULL
$$;
REVOKE EXECUTE ON FUNCTION lease_reserve(bigint, uuid, integer, integer), lease_take(bigint, uuid, integer), lease_keep(bigint, uuid, integer),
    lease_end(bigint, uuid, text), wake_batch(bigint, text, integer) FROM PUBLIC;

-- demo_travel --
-- Move a demo's clock forward on request of the centre's administrator, and let every open batch look again. It
-- belongs to the owner, who alone may shift the clock; clock_travel refuses in production.
CREATE OR REPLACE FUNCTION demo_travel(p_session uuid, p_to timestamptz) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    moved timestamptz;
BEGIN
    IF (SELECT id FROM role WHERE code = (identify(p_session)).role) <> 'admin_pusat' THEN
        RAISE EXCEPTION 'Jam demo digeser oleh admin pusat.' USING ERRCODE = 'AL015';
    END IF;
    moved := clock_travel(p_to);
    PERFORM wake_batch(id, 'waktu maju') FROM batch WHERE state = 'terbuka';
    RETURN moved;
END $$;
REVOKE ALL ON FUNCTION demo_travel(uuid, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION demo_travel(uuid, timestamptz) TO alur_api;
