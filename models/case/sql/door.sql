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
-- The actor that stands for these persons together: the person himself, or their group, made on first use. Those on
-- whose behalf some of them act are behind it too.
CREATE OR REPLACE FUNCTION actor_of(p_users integer[], p_behalf integer[] DEFAULT '{}') RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    sorted integer[] := ARRAY(SELECT DISTINCT u FROM unnest(p_users || p_behalf) AS u ORDER BY u);
    others integer[] := ARRAY(SELECT DISTINCT u FROM unnest(p_behalf) AS u ORDER BY u);
    found_group integer;
BEGIN
    IF cardinality(sorted) = 1 THEN
        RETURN sorted[1];
    END IF;
    INSERT INTO actor_group (members, behalf) VALUES (sorted, others) ON CONFLICT (members, behalf) DO NOTHING;
    SELECT id INTO found_group FROM actor_group WHERE members = sorted AND behalf = others;
    RETURN found_group;
END $$;

-- parties_of --
-- Every actor behind which one of these persons stands: what "the same person" means for four eyes.
CREATE OR REPLACE FUNCTION parties_of(p_users integer[]) RETURNS integer[]
LANGUAGE sql STABLE
AS $$ SELECT p_users || COALESCE((SELECT array_agg(g.id) FROM actor_group g WHERE g.members && p_users), '{}') $$;

-- first_clicks --
-- For each case, who else than these persons has already asked for this very move of it as it stands now: himself and
-- on whose behalf; nulls for nobody.
CREATE OR REPLACE FUNCTION first_clicks(p_trigger smallint, p_cases bigint[], p_persons integer[], p_reason smallint)
RETURNS TABLE (case_id bigint, user_id integer, behalf integer)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT a.id, f.user_id, f.behalf
      FROM unnest(p_cases) AS a(id)
      LEFT JOIN LATERAL (
            SELECT c.user_id, c.behalf
              FROM position p
              JOIN arrow w ON w.source = p.state AND w.trigger = p_trigger
              JOIN confirmation c ON c.case_id = p.case_id AND c.version = p.version AND c.rule = w.rule
             WHERE p.case_id = a.id AND NOT ARRAY[c.user_id, c.behalf] && p_persons
               AND c.reason IS NOT DISTINCT FROM p_reason
             ORDER BY c.at LIMIT 1) f ON true;
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
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_material = off SET enable_memoize = off
AS $$
DECLARE
    v_act bigint := nextval('act_id');
    v_now timestamptz;
    v_at timestamptz;
    v_trigger record;
    v_given smallint[] := '{}';
    v_second boolean := false;
    v_salt bytea;
    v_single boolean := cardinality(p_cases) = 1;
    v_blocked smallint[];
    v_edited bigint[];
    v_steps integer[];
    v_ok bigint[];
    v_waiting bigint[];
    v_short bigint[];
    v_firsts integer[];
    v_group record;
    v_moved refcursor;
    v_code smallint;
    v_rule smallint;
    v_source smallint;
    v_state smallint;
    v_brings boolean;
    v_version integer;
    v_out door_outcome := (v_act, NULL, NULL, NULL, NULL, NULL, NULL, '{}');
BEGIN
    SELECT t.*, k.shift INTO v_trigger FROM trigger t, clock k WHERE t.code = p_trigger;
    v_now := clock_timestamp() + v_trigger.shift;
    IF cardinality(p_cases) > 1000 THEN
        -- A plan made for few cases is ruinous for many; the settings end with this function. Hash joins stay off:
        -- they would move cases in any order.
        PERFORM set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_mergejoin', 'on', true),
                set_config('enable_material', 'on', true), set_config('enable_memoize', 'on', true);
    END IF;

    -- Each case once. Where counters are drawn on, the order given is the order served; else all callers move cases in
    -- one order, so that overlapping sets wait for each other and never lock each other out.
    IF NOT v_single THEN
        SELECT array_agg(u.id ORDER BY u.place), array_agg(u.version ORDER BY u.place) INTO p_cases, p_versions
          FROM (SELECT DISTINCT ON (a.id) a.id, a.version, CASE WHEN v_trigger.locks THEN a.ord ELSE a.id END AS place
                  FROM unnest(p_cases, p_versions) WITH ORDINALITY AS a(id, version, ord) ORDER BY a.id, a.ord) AS u;
    END IF;

    -- Two persons: the second click finds the first, and both then stand behind the move as one actor.
    IF v_trigger.people > p_people AND NOT me.is_system THEN
        SELECT array_agg(DISTINCT ARRAY[f.user_id, f.behalf]) INTO v_firsts
          FROM first_clicks(p_trigger, p_cases, persons_behind(me), p_reason) f;
        IF array_length(v_firsts, 1) > 1 THEN
            -- Cases that different persons asked for first are different acts: one per pair.
            FOR v_group IN
                SELECT array_agg(f.case_id) AS cases,
                       array_agg((SELECT a.version FROM unnest(p_cases, p_versions) AS a(id, version)
                                   WHERE a.id = f.case_id)) AS versions
                  FROM first_clicks(p_trigger, p_cases, persons_behind(me), p_reason) f GROUP BY f.user_id, f.behalf
            LOOP
                RETURN QUERY SELECT * FROM door_apply(
                    me, p_trigger, v_group.cases, v_group.versions, p_reason, p_note, p_facts,
                    ARRAY(SELECT f.id FROM unnest(p_fact_case) AS f(id) WHERE f.id = ANY (v_group.cases)),
                    ARRAY(SELECT f.kind FROM unnest(p_fact_case, p_fact_kind) AS f(id, kind)
                           WHERE f.id = ANY (v_group.cases)),
                    ARRAY(SELECT f.value FROM unnest(p_fact_case, p_fact_value) AS f(id, value)
                           WHERE f.id = ANY (v_group.cases)),
                    p_batch, p_approval, p_people, p_cause, p_flow_run);
            END LOOP;
            RETURN;
        ELSIF v_firsts[1][1] IS NOT NULL THEN
            v_second := true;
            p_people := 2;
            me.actor := actor_of(
                ARRAY[me.user_id, v_firsts[1][1]], array_remove(ARRAY[me.behalf, v_firsts[1][2]], NULL));
            me.parties := parties_of(
                persons_behind(me) || array_remove(ARRAY[v_firsts[1][1], v_firsts[1][2]], NULL));
        END IF;
    END IF;

    -- What is known now. Facts about single cases are kept whatever the judgement says: they are known.
    IF p_facts <> '{}' THEN
        v_given := facts_given(me.role, ARRAY(SELECT jsonb_object_keys(p_facts)));
        IF p_facts ?| ARRAY['nominal', 'nominal_per_komponen', 'periode', 'bukti_3_kali_datang', 'hasil_sampel',
                            'petugas_ditunjuk'] THEN
            PERFORM facts_judged(array_agg(f.key), array_agg(f.value)) FROM jsonb_each(p_facts) AS f;
        END IF;
        IF v_single THEN
            -- Evidence that comes with a single case is evidence about that case.
            INSERT INTO fact (case_id, kind, act, at, source, value)
            SELECT p.case_id, k.code, v_act, v_now, (SELECT id FROM role WHERE code = me.role), f.value
              FROM jsonb_each(p_facts) AS f(id, value) JOIN fact_kind k ON k.id = f.id
              JOIN position p ON p.case_id = p_cases[1];
        END IF;
    END IF;
    IF p_note <> '' THEN
        v_salt := uuid_send(gen_random_uuid());
        INSERT INTO note (act, salt, text) VALUES (v_act, v_salt, p_note)
        RETURNING v_given || (SELECT k.code FROM fact_kind k WHERE k.id = 'catatan') INTO v_given;
    END IF;
    IF p_cause IS NOT NULL THEN
        -- The causing act is the evidence of a linked move by the system.
        v_given := v_given || ARRAY(SELECT k.code FROM fact_kind k WHERE NOT k.derived AND me.role = ANY (k.writers));
    END IF;
    IF cardinality(p_fact_case) > 0 THEN
        PERFORM facts_given(me.role, ARRAY(SELECT DISTINCT unnest(p_fact_kind))), facts_judged(p_fact_kind, p_fact_value);
        INSERT INTO fact (case_id, kind, act, at, source, value)
        -- Later than the case came here, even where the clock was set back since: else it would not count here.
        SELECT f.case_id, k.code, v_act, greatest(alur_now(), p.since + interval '1 microsecond'),
               (SELECT id FROM role WHERE code = me.role), f.value
          FROM unnest(p_fact_case, p_fact_kind, p_fact_value) AS f(case_id, kind, value)
          JOIN fact_kind k ON k.id = f.kind
          JOIN position p ON p.case_id = f.case_id
        ON CONFLICT DO NOTHING;
    END IF;

    -- Claims, counters and amounts are taken under lock, so that the order given is the order served.
    IF v_trigger.locks THEN
        PERFORM 1 FROM position WHERE case_id = ANY (p_cases) ORDER BY case_id FOR NO KEY UPDATE;
        v_now := alur_now();
    END IF;
    IF v_trigger.steps THEN
        v_steps := steps_at(v_now);
    END IF;
    IF cardinality(v_trigger.derived) > 0 THEN
        PERFORM set_config('alur.door_officer', CASE WHEN p_facts ? 'petugas_ditunjuk'
                           THEN COALESCE(p_facts -> 'petugas_ditunjuk' ->> 'pengguna', '?') ELSE '' END, true),
                set_config('alur.door_stand_in', CASE WHEN me.behalf IS NULL THEN '' ELSE me.user_id::text END, true);
        SELECT blocked_along(p_cases, array_agg(b.case_id), array_agg(b.code)) INTO v_blocked
          FROM derived_blocked(v_trigger.derived, p_cases, v_now) b;
    END IF;
    IF v_trigger.bars_editors AND NOT me.is_system THEN
        v_edited := edited_by(me.role, me.parties, p_trigger, p_cases);
        IF v_edited IS NOT NULL THEN
            v_blocked := blocked_along(
                p_cases, v_edited, array_fill(8::smallint, ARRAY[cardinality(v_edited)]), v_blocked);
        END IF;
    END IF;
    IF v_trigger.locks THEN
        SELECT array_agg(j.case_id ORDER BY j.ord) FILTER (WHERE j.code = 0),
               array_agg(j.case_id ORDER BY j.ord) FILTER (WHERE j.code = 19)
          INTO v_ok, v_waiting
          FROM door_judged(p_trigger, p_cases, p_versions, me.role, me.parties, me.is_system, p_people, v_second,
                          p_reason, v_given, me.lo, me.hi, v_now, v_steps, v_blocked) j;
        IF v_trigger.derived && ARRAY['kuota_ada', 'pagu_cukup'] THEN
            SELECT blocked_along(p_cases, array_agg(b.case_id), array_agg(b.code), v_blocked),
                   array_agg(b.case_id) INTO v_blocked, v_short
              FROM counter_blocked(v_trigger.machine, COALESCE(v_ok, '{}'), v_now) b;
        END IF;
        SELECT blocked_along(p_cases, array_agg(b), array_fill(17::smallint, ARRAY[count(b)::integer]), v_blocked)
          INTO v_blocked
          FROM (SELECT claim_back(ARRAY(SELECT unnest(v_ok) EXCEPT SELECT unnest(v_short)))
                 UNION ALL SELECT claim_taken(v_waiting)) AS x(b);
    END IF;

    v_at := clock_timestamp() + v_trigger.shift;
    INSERT INTO act (id, xid, actor, role, trigger, reason, policy_version, at, approval, cause, flow_run, note_hash)
    VALUES (v_act, pg_current_xact_id(), me.actor, me.role, p_trigger, p_reason,
            (SELECT v.id FROM policy_version v WHERE v.valid_from <= v_now ORDER BY v.valid_from DESC, v.id DESC
              LIMIT 1),
            v_at, p_approval, p_cause, p_flow_run,
            CASE WHEN v_salt IS NOT NULL THEN sha256(v_salt || convert_to(p_note, 'UTF8')) END);

    -- From here on it must succeed: the version is checked again as the row is written, and who loses is told so.
    -- A set is judged, moved and logged in one statement. One case would wait for the start of that statement longer
    -- than for its work: it is judged by the same function, then written by statements of its own.
    IF NOT v_single THEN
        OPEN v_moved FOR
        WITH judged AS MATERIALIZED (
            SELECT * FROM door_judged(
                p_trigger, p_cases, p_versions, me.role, me.parties, me.is_system, p_people, v_second, p_reason,
                v_given, me.lo, me.hi, v_now, v_steps, v_blocked)
        ), moved AS (
            UPDATE position AS p
               SET state = j.target, version = p.version + 1, since = greatest(v_at, p.since),
                   batch = COALESCE(p_batch, p.batch)
              FROM judged j
             WHERE j.code = 0 AND p.case_id = j.case_id AND p.version = j.version
            RETURNING p.case_id, p.version, j.rule, j.source, p.state
        ), logged AS (
            INSERT INTO transition (case_id, version, actor, act, rule)
            SELECT case_id, version, me.actor, v_act, rule FROM moved
        )
        SELECT (CASE WHEN m.case_id IS NOT NULL THEN 0 WHEN j.code = 0 THEN 2 ELSE j.code END)::smallint AS code,
               j.rule, j.source, COALESCE(m.state, j.source) AS state, j.brings,
               array_agg(j.case_id ORDER BY j.ord) AS cases,
               array_agg(COALESCE(m.version, j.version) ORDER BY j.ord) AS versions
          FROM judged j LEFT JOIN moved m ON m.case_id = j.case_id
         GROUP BY 1, 2, 3, 4, 5;
    END IF;
    LOOP
        IF v_single THEN
            SELECT j.code, j.rule, j.source, j.target, j.brings, j.version, j.rule_id, j.target_id
              INTO v_code, v_rule, v_source, v_state, v_brings, v_version, v_out.rule, v_out.state
              FROM door_judged(
                p_trigger, p_cases, p_versions, me.role, me.parties, me.is_system, p_people, v_second, p_reason,
                v_given, me.lo, me.hi, v_now, v_steps, v_blocked) j;
            IF v_code = 0 THEN
                UPDATE position AS p
                   SET state = v_state, version = p.version + 1, since = greatest(v_at, p.since),
                       batch = COALESCE(p_batch, p.batch)
                 WHERE p.case_id = p_cases[1] AND p.version = v_version;
                IF FOUND THEN
                    v_version := v_version + 1;
                    INSERT INTO transition (case_id, version, actor, act, rule)
                    VALUES (p_cases[1], v_version, me.actor, v_act, v_rule);
                ELSE
                    v_code := 2;
                END IF;
            ELSE
                v_state := v_source;
            END IF;
            v_out.cases := p_cases;
            v_out.versions := ARRAY[v_version];
        ELSE
            FETCH v_moved INTO v_code, v_rule, v_source, v_state, v_brings, v_out.cases, v_out.versions;
            IF NOT FOUND THEN
                CLOSE v_moved;
                EXIT;
            END IF;
        END IF;
        IF v_code = 0 AND v_brings THEN
            PERFORM door_after(me, v_act, p_trigger, v_source, v_out.cases, v_out.versions, v_now, p_facts);
        ELSIF v_code = 19 THEN
            INSERT INTO confirmation (case_id, version, rule, user_id, behalf, act, reason, at)
            SELECT c.id, c.version, v_rule, me.user_id, me.behalf, v_act, p_reason, v_now
              FROM unnest(v_out.cases, v_out.versions) AS c(id, version)
            ON CONFLICT DO NOTHING;
        ELSIF v_code > 1 THEN
            INSERT INTO refusal (act, case_id, code) SELECT v_act, c.id, v_code FROM unnest(v_out.cases) AS c(id)
            ON CONFLICT DO NOTHING;
        END IF;
        v_out.outcome := CASE v_code
            WHEN 0 THEN 'dipindah' WHEN 1 THEN 'tidak_ditemukan' WHEN 2 THEN 'berubah' WHEN 19 THEN 'menunggu'
            ELSE 'ditolak' END;
        IF v_code <> 0 OR NOT v_single THEN
            SELECT (SELECT id FROM refusal_code WHERE code = v_code), (SELECT id FROM rule WHERE code = v_rule),
                   (SELECT id FROM state WHERE code = v_state)
              INTO v_out.refusal, v_out.rule, v_out.state;
        END IF;
        IF v_code = 13 THEN
            RETURN QUERY SELECT v_out.act, v_out.outcome, v_out.refusal, v_out.rule, v_out.state, l.cases, l.versions, l.kinds
                           FROM lacking(v_rule, v_out.cases, v_out.versions, v_given, v_now) l;
        ELSIF v_code = 2 THEN
            RETURN QUERY SELECT v_out.act, v_out.outcome, v_out.refusal, v_out.rule, s.id,
                                array_agg(p.case_id), array_agg(p.version), '{}'::text[]
                           FROM position p JOIN state s ON s.code = p.state
                          WHERE p.case_id = ANY (v_out.cases) GROUP BY s.id;
        ELSE
            RETURN NEXT v_out;
        END IF;
        EXIT WHEN v_single;
    END LOOP;

    IF COALESCE(p_facts -> 'petugas_lain', p_facts -> 'petugas_ditunjuk') ? 'pengguna' THEN
        PERFORM assign_family(v_act, p_facts, v_now);
    END IF;
    IF v_single OR p_facts = '{}' THEN
        RETURN;
    END IF;
    -- Evidence shared by the whole act is written once; kinds that a later rule looks back for are noted per case.
    INSERT INTO act_fact (act, kind, value)
    SELECT v_act, k.code, f.value FROM jsonb_each(p_facts) AS f(id, value) JOIN fact_kind k ON k.id = f.id;
    INSERT INTO fact (case_id, kind, act, at, source, value)
    SELECT t.case_id, k.code, v_act, v_at, (SELECT id FROM role WHERE code = me.role), NULL
      FROM jsonb_each(p_facts) AS f(id, value) JOIN fact_kind k ON k.id = f.id AND k.kept
      JOIN transition t ON t.act = v_act
    ON CONFLICT DO NOTHING;
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
BEGIN
    IF me.scope = 'own_nik' THEN
        me := masked(me, p_cases);
    END IF;
    PERFORM door_enter(me);
    RETURN QUERY SELECT * FROM door_apply(
        me, trigger_code(p_trigger), p_cases, p_versions, reason_code(p_reason), p_note, COALESCE(p_facts, '{}'),
        p_fact_case, p_fact_kind, p_fact_value, p_batch, NULL, 1, NULL, p_flow_run);
END $$;

-- trigger_code, reason_code --
CREATE OR REPLACE FUNCTION trigger_code(p_trigger text) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    found_code smallint;
BEGIN
    SELECT t.code INTO found_code
      FROM trigger t
     WHERE t.machine = (SELECT m.code FROM machine m WHERE m.name = split_part(p_trigger, '.', 1))
       AND t.id = split_part(p_trigger, '.', 2);
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
