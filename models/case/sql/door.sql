-- The door: the only way a case is opened or moved. Owned by alur_door, which is itself under row-level security.

DO $$
BEGIN
    IF to_regtype('door_outcome') IS NULL THEN
        CREATE TYPE door_outcome AS (
            act bigint, outcome text, refusal text, rule text, state text, cases bigint[], versions integer[],
            missing text[]);
    END IF;
END $$;

-- actor_of --
-- The actor that stands for these persons together: the person himself, or their group, made on first use.
CREATE OR REPLACE FUNCTION actor_of(p_users integer[]) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    sorted integer[] := ARRAY(SELECT DISTINCT u FROM unnest(p_users) AS u ORDER BY u);
    found_group integer;
BEGIN
    IF cardinality(sorted) = 1 THEN
        RETURN sorted[1];
    END IF;
    INSERT INTO actor_group (members) VALUES (sorted) ON CONFLICT (members) DO NOTHING;
    SELECT id INTO found_group FROM actor_group WHERE members = sorted;
    RETURN found_group;
END $$;

-- parties_of --
-- Every actor behind which one of these persons stands: what "the same person" means for four eyes.
CREATE OR REPLACE FUNCTION parties_of(p_users integer[]) RETURNS integer[]
LANGUAGE sql STABLE
AS $$ SELECT p_users || COALESCE((SELECT array_agg(g.id) FROM actor_group g WHERE g.members && p_users), '{}') $$;

-- facts_given --
-- Check that this role may write these kinds, and return the needs they satisfy. Kinds that must be of some age
-- satisfy nothing on the day they are written.
CREATE OR REPLACE FUNCTION facts_given(p_role smallint, p_kinds text[]) RETURNS smallint[]
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    bad text;
    needs smallint[];
BEGIN
    SELECT asked.id INTO bad
      FROM unnest(p_kinds) AS asked(id) LEFT JOIN fact_kind k ON k.id = asked.id
     WHERE k.code IS NULL OR NOT p_role = ANY (k.writers)
     LIMIT 1;
    IF bad IS NOT NULL THEN
        RAISE EXCEPTION 'Bukti "%" tidak dikenal, atau peran ini tidak berwenang menuliskannya.', bad
            USING ERRCODE = 'AL003', DETAIL = bad;
    END IF;
    SELECT array_agg(DISTINCT s.need) INTO needs
      FROM fact_kind k, unnest(k.satisfies) AS s(need)
     WHERE k.id = ANY (p_kinds) AND k.min_age_days IS NULL;
    RETURN COALESCE(needs, '{}');
END $$;

-- door_apply --
-- Judge, move, record. One act; an outcome for every case asked. `me` is already derived; nobody outside calls this.
CREATE OR REPLACE FUNCTION door_apply(
    me identity, p_trigger smallint, p_cases bigint[], p_versions integer[], p_reason smallint, p_note text,
    p_facts jsonb, p_fact_case bigint[], p_fact_kind text[], p_fact_value jsonb[], p_batch bigint,
    p_approval bigint, p_people integer, p_cause bigint, p_flow_run uuid
) RETURNS SETOF door_outcome
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_act bigint := nextval('act_id');
    v_now timestamptz := alur_now();
    v_policy integer;
    v_trigger record;
    v_given smallint[] := '{}';
    v_second boolean := false;
    v_salt bytea;
    v_blocked bigint[] := '{}';
    v_blocked_code smallint[] := '{}';
    v_ok bigint[];
    v_group record;
    v_out door_outcome;
BEGIN
    SELECT * INTO v_trigger FROM trigger WHERE code = p_trigger;
    IF cardinality(p_cases) > 1000 THEN
        -- A plan made for few cases is ruinous for many; the setting ends with this function.
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true);
    END IF;

    -- Two persons: the second click finds the first, and both then stand behind the move as one actor.
    IF v_trigger.people > p_people AND NOT me.is_system AND cardinality(p_cases) = 1 THEN
        SELECT ARRAY[me.user_id, c.user_id] INTO me.parties
          FROM confirmation c JOIN position p ON p.case_id = c.case_id AND p.version = c.version
          JOIN arrow w ON w.source = p.state AND w.trigger = p_trigger AND w.rule = c.rule
         WHERE c.case_id = p_cases[1] AND c.user_id <> me.user_id AND c.reason IS NOT DISTINCT FROM p_reason
         ORDER BY c.at LIMIT 1;
        IF FOUND THEN
            v_second := true;
            p_people := 2;
            me.actor := actor_of(me.parties);
            me.parties := parties_of(me.parties);
        ELSE
            me.parties := parties_of(ARRAY[me.user_id]);
        END IF;
    END IF;

    -- What is known now. Facts about single cases are kept whatever the judgement says: they are known.
    IF p_facts <> '{}' THEN
        v_given := facts_given(me.role, ARRAY(SELECT jsonb_object_keys(p_facts)));
    END IF;
    IF p_note <> '' THEN
        v_given := v_given || (SELECT code FROM fact_kind WHERE id = 'catatan');
    END IF;
    IF p_cause IS NOT NULL THEN
        -- The causing act is the evidence of a linked move by the system.
        v_given := v_given || ARRAY(SELECT k.code FROM fact_kind k WHERE NOT k.derived AND me.role = ANY (k.writers));
    END IF;
    IF cardinality(p_fact_case) > 0 THEN
        PERFORM facts_given(me.role, ARRAY(SELECT DISTINCT unnest(p_fact_kind)));
        INSERT INTO fact (case_id, kind, act, at, source, value)
        SELECT f.case_id, k.code, v_act, alur_now(), (SELECT id FROM role WHERE code = me.role), f.value
          FROM unnest(p_fact_case, p_fact_kind, p_fact_value) AS f(case_id, kind, value)
          JOIN fact_kind k ON k.id = f.kind
          JOIN position p ON p.case_id = f.case_id;
    END IF;

    -- Claims, counters and amounts are taken under lock, so that the order given is the order served.
    IF v_trigger.locks THEN
        PERFORM 1 FROM position WHERE case_id = ANY (p_cases) ORDER BY case_id FOR NO KEY UPDATE;
        v_now := alur_now();
    END IF;
    IF cardinality(v_trigger.derived) > 0 THEN
        SELECT COALESCE(array_agg(b.case_id), '{}'), COALESCE(array_agg(b.code), '{}')
          INTO v_blocked, v_blocked_code
          FROM derived_blocked(v_trigger.derived, p_cases, v_now) b;
    END IF;
    IF v_trigger.derived && ARRAY['kuota_ada', 'pagu_cukup'] THEN
        SELECT array_agg(j.case_id ORDER BY j.ord) INTO v_ok
          FROM door_judge(p_trigger, p_cases, p_versions, me.role, me.parties, me.is_system, p_people, v_second,
                          p_reason, v_given, me.lo, me.hi, v_now, v_blocked, v_blocked_code) j
         WHERE j.code = 0;
        SELECT v_blocked || COALESCE(array_agg(b.case_id), '{}'),
               v_blocked_code || COALESCE(array_agg(b.code), '{}')
          INTO v_blocked, v_blocked_code
          FROM counter_blocked(v_trigger.machine, COALESCE(v_ok, '{}'), v_now) b;
    END IF;
    IF v_trigger.locks THEN
        WITH back AS (
            INSERT INTO claim (kind, key, sub, case_id)
            SELECT c.machine, c.household_id, claim_sub(c.machine, c.kind, c.programme, c.period), c.id
              FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state AND s.terminal
             WHERE c.id = ANY (p_cases) AND EXISTS (
                    SELECT 1 FROM arrow w WHERE w.source = p.state AND w.trigger = p_trigger)
             ORDER BY 1, 2, 3
            ON CONFLICT DO NOTHING
            RETURNING case_id)
        SELECT v_blocked || COALESCE(array_agg(c.id), '{}'),
               v_blocked_code || COALESCE(array_agg(17::smallint), '{}')
          INTO v_blocked, v_blocked_code
          FROM case_ c JOIN position p ON p.case_id = c.id JOIN state s ON s.code = p.state AND s.terminal
         WHERE c.id = ANY (p_cases) AND NOT EXISTS (SELECT 1 FROM back WHERE back.case_id = c.id)
           AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.case_id = c.id)
           AND EXISTS (SELECT 1 FROM arrow w WHERE w.source = p.state AND w.trigger = p_trigger);
    END IF;

    v_policy := policy_current(v_now);
    IF p_note <> '' THEN
        v_salt := uuid_send(gen_random_uuid());
        INSERT INTO note (act, salt, text) VALUES (v_act, v_salt, p_note);
    END IF;

    -- From here on it must succeed: the version is checked again as the row is written, and who loses is told so.
    FOR v_group IN
        WITH judged AS MATERIALIZED (
            SELECT * FROM door_judge(
                p_trigger, p_cases, p_versions, me.role, me.parties, me.is_system, p_people, v_second, p_reason,
                v_given, me.lo, me.hi, v_now, v_blocked, v_blocked_code)
        ), made AS (
            INSERT INTO act (id, xid, actor, role, trigger, reason, policy_version, at, approval, cause, flow_run,
                             note_hash)
            VALUES (v_act, pg_current_xact_id(), me.actor, me.role, p_trigger, p_reason, v_policy, alur_now(),
                    p_approval, p_cause, p_flow_run,
                    CASE WHEN v_salt IS NOT NULL THEN sha256(v_salt || convert_to(p_note, 'UTF8')) END)
            RETURNING at
        ), moved AS (
            UPDATE position AS p
               SET state = j.target, version = p.version + 1, since = greatest(made.at, p.since),
                   batch = COALESCE(p_batch, p.batch)
              FROM judged j CROSS JOIN made
             WHERE j.code = 0 AND p.case_id = j.case_id AND p.version = j.version
            RETURNING p.case_id, p.version, j.rule, j.source, p.state
        ), logged AS (
            INSERT INTO transition (case_id, version, actor, act, rule)
            SELECT case_id, version, me.actor, v_act, rule FROM moved
        ), refused AS (
            INSERT INTO refusal (act, case_id, code)
            SELECT v_act, j.case_id, max(CASE j.code WHEN 0 THEN 2 ELSE j.code END)
              FROM judged j
             WHERE j.code NOT IN (0, 1, 19) OR (j.code = 0 AND NOT EXISTS (
                    SELECT 1 FROM moved m WHERE m.case_id = j.case_id))
             GROUP BY j.case_id
        )
        SELECT CASE WHEN m.case_id IS NOT NULL THEN 0 WHEN j.code = 0 THEN 2 ELSE j.code END AS code,
               j.rule, j.source, COALESCE(m.state, j.source) AS state,
               array_agg(j.case_id ORDER BY j.ord) AS cases,
               array_agg(COALESCE(m.version, j.version) ORDER BY j.ord) AS versions,
               CASE WHEN j.code = 13 THEN fact_missing(
                    j.case_id, j.since, (SELECT r.needs || r.derived FROM rule r WHERE r.code = j.rule),
                    v_given, v_now) END AS missing
          FROM judged j LEFT JOIN moved m ON m.case_id = j.case_id
         GROUP BY 1, 2, 3, 4, CASE WHEN j.code = 13 THEN fact_missing(
                    j.case_id, j.since, (SELECT r.needs || r.derived FROM rule r WHERE r.code = j.rule),
                    v_given, v_now) END
    LOOP
        IF v_group.code = 0 THEN
            PERFORM door_after(me, v_act, v_group.rule, v_group.source, v_group.state, v_group.cases,
                               v_group.versions, v_now, p_facts);
        ELSIF v_group.code = 19 THEN
            INSERT INTO confirmation (case_id, version, rule, user_id, act, reason, at)
            SELECT c.id, c.version, v_group.rule, me.user_id, v_act, p_reason, v_now
              FROM unnest(v_group.cases, v_group.versions) AS c(id, version)
            ON CONFLICT DO NOTHING;
        END IF;
        v_out.act := v_act;
        v_out.outcome := CASE v_group.code
            WHEN 0 THEN 'dipindah' WHEN 1 THEN 'tidak_ditemukan' WHEN 2 THEN 'berubah' WHEN 19 THEN 'menunggu'
            ELSE 'ditolak' END;
        v_out.refusal := (SELECT r.id FROM refusal_code r WHERE r.code = v_group.code);
        v_out.rule := (SELECT r.id FROM rule r WHERE r.code = v_group.rule);
        v_out.state := (SELECT s.id FROM state s WHERE s.code = v_group.state);
        v_out.cases := v_group.cases;
        v_out.versions := v_group.versions;
        v_out.missing := ARRAY(SELECT k.id FROM unnest(v_group.missing) AS x(code) JOIN fact_kind k USING (code));
        RETURN NEXT v_out;
    END LOOP;

    IF cardinality(p_cases) = 1 THEN
        RETURN;
    END IF;
    -- Evidence shared by the whole act is written once; kinds that a later rule looks back for are noted per case.
    INSERT INTO act_fact (act, kind, value)
    SELECT v_act, k.code, f.value FROM jsonb_each(p_facts) AS f(id, value) JOIN fact_kind k ON k.id = f.id;
    INSERT INTO fact (case_id, kind, act, at, source, value)
    SELECT t.case_id, k.code, v_act, alur_now(), (SELECT id FROM role WHERE code = me.role), NULL
      FROM jsonb_each(p_facts) AS f(id, value) JOIN fact_kind k ON k.id = f.id AND k.kept
      JOIN transition t ON t.act = v_act
    ON CONFLICT DO NOTHING;
END $$;

-- door_after --
-- What a move brings with it in the same transaction: claims given back, counters booked, amounts closed, flows
-- woken, linked cases moved.
CREATE OR REPLACE FUNCTION door_after(
    me identity, p_act bigint, p_rule smallint, p_source smallint, p_target smallint, p_cases bigint[],
    p_versions integer[], p_now timestamptz, p_facts jsonb
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_rule rule%ROWTYPE;
    v_from state%ROWTYPE;
    v_to state%ROWTYPE;
    v_seats integer;
BEGIN
    SELECT * INTO v_rule FROM rule WHERE code = p_rule;
    SELECT * INTO v_from FROM state WHERE code = p_source;
    SELECT * INTO v_to FROM state WHERE code = p_target;

    IF v_to.terminal THEN
        DELETE FROM claim WHERE case_id = ANY (p_cases);
    END IF;
    IF v_rule.amount = 'set' THEN
        PERFORM counter_add(3::smallint, p_cases, 1, p_now);
        INSERT INTO nominal (case_id, version, rupiah)
        SELECT c.id, c.version, closing_of(c.id) FROM unnest(p_cases, p_versions) AS c(id, version);
    ELSIF v_to.account IN ('hangus', 'keluar') AND v_from.account NOT IN ('hangus', 'keluar') THEN
        PERFORM counter_add(3::smallint, p_cases, -1, p_now, true);
    ELSIF v_from.account IN ('hangus', 'keluar') AND v_to.account NOT IN ('hangus', 'keluar') THEN
        PERFORM counter_add(3::smallint, p_cases, 1, p_now, true);
    END IF;
    v_seats := v_to.holds_seat::integer - COALESCE(v_from.holds_seat::integer, 0);
    IF v_seats <> 0 THEN
        PERFORM counter_add(2::smallint, p_cases, v_seats, p_now);
    END IF;
    IF v_rule.id IN ('U15', 'U17') THEN
        PERFORM counter_add(1::smallint, p_cases, 1, p_now);
    END IF;

    INSERT INTO wake (batch, reason, created_at, next_try)
    SELECT DISTINCT p.batch, v_to.id, p_now, clock_timestamp()
      FROM position p
      JOIN batch b ON b.id = p.batch
      JOIN batch_watch w ON w.kind = b.kind AND w.state = p_target
     WHERE p.case_id = ANY (p_cases)
    ON CONFLICT (batch) WHERE done_at IS NULL DO NOTHING;

    IF p_facts ?| ARRAY['petugas_ditunjuk', 'petugas_lain'] THEN
        -- Whoever is sent to a family sees it from now on.
        INSERT INTO family_assignment (user_id, household_id, valid_from)
        SELECT DISTINCT u.id, c.household_id, p_now
          FROM case_ c
          JOIN account_user u ON u.username = COALESCE(p_facts -> 'petugas_lain', p_facts -> 'petugas_ditunjuk') ->> 'pengguna'
         WHERE c.id = ANY (p_cases)
        ON CONFLICT DO NOTHING;
    END IF;
    IF cardinality(v_rule.fires) > 0 THEN
        PERFORM door_linked(me, p_act, v_rule, p_cases, p_facts);
    END IF;
END $$;

-- door_move --
-- Move cases along a trigger, as the person or system behind a session. The application's way in.
--   p_trigger     'machine.trigger', e.g. 'usulan.kirim'
--   p_versions    expected versions, or null elements where any will do
--   p_facts       evidence shared by all cases: {"kind": value}
--   p_fact_*      evidence about single cases, three arrays of one length
--   p_batch       the batch the moved cases belong to from now on, or null to leave it
CREATE OR REPLACE FUNCTION door_move(
    p_session uuid, p_trigger text, p_cases bigint[], p_versions integer[] DEFAULT NULL, p_reason text DEFAULT NULL,
    p_note text DEFAULT NULL, p_facts jsonb DEFAULT '{}', p_fact_case bigint[] DEFAULT '{}',
    p_fact_kind text[] DEFAULT '{}', p_fact_value jsonb[] DEFAULT '{}', p_batch bigint DEFAULT NULL,
    p_flow_run uuid DEFAULT NULL
) RETURNS SETOF door_outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    n integer := cardinality(p_cases);
    v_facts jsonb := COALESCE(p_facts, '{}');
    v_fact_case bigint[] := p_fact_case;
    v_fact_kind text[] := p_fact_kind;
    v_fact_value jsonb[] := p_fact_value;
BEGIN
    PERFORM door_enter(me);
    IF n = 1 AND v_facts <> '{}' THEN
        -- Evidence that comes with a single case is evidence about that case.
        v_fact_case := v_fact_case || ARRAY(SELECT p_cases[1] FROM jsonb_object_keys(v_facts));
        v_fact_kind := v_fact_kind || ARRAY(SELECT key FROM jsonb_each(v_facts));
        v_fact_value := v_fact_value || ARRAY(SELECT value FROM jsonb_each(v_facts));
    END IF;
    RETURN QUERY SELECT * FROM door_apply(
        me, trigger_code(p_trigger), p_cases, p_versions, reason_code(p_reason), p_note, v_facts, v_fact_case,
        v_fact_kind, v_fact_value, p_batch, NULL, 1, NULL, p_flow_run);
END $$;

-- trigger_code, reason_code --
CREATE OR REPLACE FUNCTION trigger_code(p_trigger text) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    found_code smallint;
BEGIN
    SELECT t.code INTO found_code
      FROM trigger t JOIN machine m ON m.code = t.machine
     WHERE m.name = split_part(p_trigger, '.', 1) AND t.id = split_part(p_trigger, '.', 2);
    IF found_code IS NULL THEN
        RAISE EXCEPTION 'Pemicu "%" tidak ada.', p_trigger USING ERRCODE = 'AL004', DETAIL = p_trigger;
    END IF;
    RETURN found_code;
END $$;

CREATE OR REPLACE FUNCTION reason_code(p_reason text) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    found_code smallint;
BEGIN
    IF p_reason IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT code INTO found_code FROM reason WHERE id = p_reason;
    IF found_code IS NULL THEN
        RAISE EXCEPTION 'Kode alasan "%" tidak ada.', p_reason USING ERRCODE = 'AL004', DETAIL = p_reason;
    END IF;
    RETURN found_code;
END $$;
