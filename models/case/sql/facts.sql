-- Facts without a move, options, and the work a batch takes over.

-- door_facts --
-- Write facts about cases: what became known, by whom. Three arrays of one length; one act for all.
-- Returns the act, and how many facts were written (cases out of sight get none).
CREATE OR REPLACE FUNCTION door_facts(
    p_session uuid, p_fact_case bigint[], p_fact_kind text[], p_fact_value jsonb[], p_note text DEFAULT NULL,
    p_flow_run uuid DEFAULT NULL
) RETURNS TABLE (act bigint, written integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := masked(identify(p_session), p_fact_case);
    v_act bigint := nextval('act_id');
    v_salt bytea;
    v_written integer;
BEGIN
    PERFORM door_enter(me);
    PERFORM facts_given(me.role, ARRAY(SELECT DISTINCT unnest(p_fact_kind))), facts_judged(p_fact_kind, p_fact_value);
    IF p_note <> '' THEN
        v_salt := uuid_send(gen_random_uuid());
        INSERT INTO note (act, salt, text) VALUES (v_act, v_salt, p_note);
    END IF;
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at, flow_run, note_hash)
    VALUES (v_act, pg_current_xact_id(), me.actor, me.role, op_code('catat_fakta'), policy_current(alur_now()),
            alur_now(), p_flow_run,
            CASE WHEN v_salt IS NOT NULL THEN sha256(v_salt || convert_to(p_note, 'UTF8')) END);
    INSERT INTO fact (case_id, kind, act, at, source, value)
    -- Later than the case came here, even where the clock was set back since: else it would not count here.
    SELECT f.case_id, k.code, v_act, greatest(alur_now(), p.since + interval '1 microsecond'),
           (SELECT id FROM role WHERE code = me.role), f.value
      FROM unnest(p_fact_case, p_fact_kind, p_fact_value) AS f(case_id, kind, value)
      JOIN fact_kind k ON k.id = f.kind
      JOIN position p ON p.case_id = f.case_id
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_written = ROW_COUNT;
    RETURN QUERY SELECT v_act, v_written;
END $$;

-- op_code --
-- The code of an act that moves no case: catat_fakta, ubah_data, putuskan, jalankan.
CREATE OR REPLACE FUNCTION op_code(p_id text) RETURNS smallint
LANGUAGE sql STABLE
AS $$ SELECT code FROM trigger WHERE machine = 0 AND id = p_id $$;

-- door_options --
-- Every rule that leaves the state a case is in, judged for whoever asks without doing anything: what I may do, and
-- why not the rest. Reasons and evidence are told, not demanded: a rule that only lacks them is open.
CREATE OR REPLACE FUNCTION door_options(p_session uuid, p_case bigint)
RETURNS TABLE (
    trigger text, rule text, target text, refusal text, needs text[], missing text[], reasons text[], people integer,
    by text[], opens_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_now timestamptz := alur_now();
    v_position position%ROWTYPE;
    v_rule rule%ROWTYPE;
    v_reasons smallint[];
    v_code smallint;
    v_blocked smallint;
    v_steps integer[] := steps_at(v_now);
BEGIN
    PERFORM door_enter(me);
    SELECT * INTO v_position FROM position p WHERE p.case_id = p_case;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    FOR v_rule IN
        SELECT r.* FROM arrow w JOIN rule r ON r.code = w.rule WHERE w.source = v_position.state ORDER BY r.code
    LOOP
        -- From some states fewer reasons are open than the rule lists.
        SELECT w.reasons INTO v_reasons FROM arrow w
         WHERE w.source = v_position.state AND w.trigger = v_rule.trigger;
        SELECT j.code INTO v_code
          FROM door_judged(v_rule.trigger, ARRAY[p_case], NULL, me.role, me.parties, me.is_system, 9, true,
                          v_reasons[1],
                          ARRAY(SELECT k.code FROM fact_kind k WHERE k.code = ANY (v_rule.needs)
                                   AND (me.role = ANY (k.writers)) AND k.min_age_days IS NULL),
                          me.lo, me.hi, v_now, v_steps,
                          CASE WHEN v_rule.machine = 1 AND NOT me.is_system
                                AND edited_by(me.role, me.parties, v_rule.trigger, ARRAY[p_case]) IS NOT NULL
                               THEN ARRAY[8::smallint] END) j;
        SELECT b.code INTO v_blocked
          FROM derived_blocked((SELECT t.derived FROM trigger t WHERE t.code = v_rule.trigger),
                               ARRAY[p_case], v_now) b LIMIT 1;
        RETURN QUERY SELECT
            (SELECT m.name || '.' || t.id FROM trigger t JOIN machine m ON m.code = t.machine
              WHERE t.code = v_rule.trigger),
            v_rule.id, (SELECT s.id FROM state s WHERE s.code = v_rule.target),
            (SELECT c.id FROM refusal_code c WHERE c.code = CASE v_code WHEN 18 THEN NULL WHEN 0 THEN v_blocked
                                                                       ELSE v_code END),
            ARRAY(SELECT k.id FROM fact_kind k WHERE k.code = ANY (v_rule.needs) ORDER BY k.code),
            ARRAY(SELECT k.id FROM fact_kind k WHERE k.code = ANY (fact_missing(
                p_case, v_position.since, v_rule.needs, '{}', v_now)) ORDER BY k.code),
            ARRAY(SELECT e.id FROM reason e WHERE e.code = ANY (v_reasons) ORDER BY e.code),
            v_rule.people::integer,
            ARRAY(SELECT o.id FROM role o WHERE o.code = ANY (v_rule.roles) ORDER BY o.code),
            CASE WHEN rule_time(v_rule.code, v_position.state, v_position.since, v_position.region, p_case, v_now) = 10
                 THEN deadline(v_position.since, rule_wait(
                    v_rule.code, v_position.state, v_position.region, v_now), v_position.region)
                 WHEN v_code = 0 AND v_blocked = 14 THEN (
                    SELECT w.opens_at
                      FROM case_ c JOIN jenis j ON j.code = c.kind LEFT JOIN programme g ON g.code = c.programme
                     CROSS JOIN LATERAL next_window('kirim', c.region, g.id, j.id, v_now) w
                     WHERE c.id = p_case) END;
    END LOOP;
END $$;

-- door_preview --
-- The judgement of a set without doing anything: what a bulk action would bring, counters and evidence included.
CREATE OR REPLACE FUNCTION door_preview(
    p_session uuid, p_trigger text, p_cases bigint[], p_reason text DEFAULT NULL, p_kinds text[] DEFAULT '{}'
) RETURNS TABLE (case_id bigint, version integer, rule text, target text, refusal text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v_now timestamptz := alur_now();
    v_trigger record;
    v_reason smallint := reason_code(p_reason);
    v_given smallint[] := facts_given(me.role, p_kinds);
    v_steps integer[] := steps_at(v_now);
    v_blocked smallint[];
    v_ok bigint[];
BEGIN
    PERFORM door_enter(me);
    SELECT * INTO v_trigger FROM trigger WHERE code = trigger_code(p_trigger);
    SELECT blocked_along(p_cases, array_agg(b.case_id), array_agg(b.code)) INTO v_blocked
      FROM derived_blocked(v_trigger.derived, p_cases, v_now) b;
    IF v_trigger.bars_editors AND NOT me.is_system THEN
        SELECT blocked_along(p_cases, array_agg(b), array_fill(8::smallint, ARRAY[count(b)::integer]), v_blocked)
          INTO v_blocked FROM unnest(edited_by(me.role, me.parties, v_trigger.code, p_cases)) AS b;
    END IF;
    IF v_trigger.derived && ARRAY['kuota_ada', 'pagu_cukup', 'jendela_terbuka'] THEN
        SELECT array_agg(j.case_id ORDER BY j.ord) INTO v_ok
          FROM door_judged(v_trigger.code, p_cases, NULL, me.role, me.parties, me.is_system, 1, false, v_reason,
                          v_given, me.lo, me.hi, v_now, v_steps, v_blocked) j
         WHERE j.code = 0;
        SELECT blocked_along(p_cases, array_agg(b.case_id), array_agg(b.code), v_blocked) INTO v_blocked
          FROM counter_short(v_trigger.machine, COALESCE(v_ok, '{}'), v_now) b;
    END IF;
    RETURN QUERY
    SELECT j.case_id, j.version, r.id, s.id, c.id
      FROM door_judged(v_trigger.code, p_cases, NULL, me.role, me.parties, me.is_system, 1, false, v_reason,
                      v_given, me.lo, me.hi, v_now, v_steps, v_blocked) j
      LEFT JOIN rule r ON r.code = j.rule
      LEFT JOIN state s ON s.code = j.target
      LEFT JOIN refusal_code c ON c.code = j.code
     ORDER BY j.ord;
END $$;

-- door_enlist --
-- Put cases into a batch: who carries them from here on. Where a case stands does not change, so its history is
-- silent about it. Only the system may.
CREATE OR REPLACE FUNCTION door_enlist(p_session uuid, p_batch bigint, p_cases bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_changed integer;
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang memindahkan kasus antar-batch.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    UPDATE position SET batch = p_batch WHERE case_id = ANY (p_cases) AND batch IS DISTINCT FROM p_batch;
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    RETURN v_changed;
END $$;

-- door_file --
-- Note whose files cases are in (a bank, Pos, a KPPN): that organisation's people see them from here on. A case has one
-- payer: the bank or Pos that had it before sees it no more, what it did itself included; the KPPN keeps it.
CREATE OR REPLACE FUNCTION door_file(p_session uuid, p_organisation text, p_cases bigint[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang menyerahkan kasus kepada penyalur.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    IF p_organisation <> 'KPPN' THEN
        UPDATE file_case f SET ended_at = alur_now()
          FROM position p
         WHERE p.case_id = ANY (p_cases) AND f.case_id = p.case_id AND f.ended_at IS NULL
           AND f.organisation NOT IN (p_organisation, 'KPPN');
    END IF;
    INSERT INTO file_case AS f (organisation, case_id, at)
    SELECT p_organisation, p.case_id, alur_now() FROM position p WHERE p.case_id = ANY (p_cases)
    ON CONFLICT (organisation, case_id) DO UPDATE SET at = excluded.at, ended_at = NULL WHERE f.ended_at IS NOT NULL;
END $$;
