-- Gates: a list is fixed, people decide about it, and the flow that waited carries the decision out through the door.

-- approval_people --
-- How many different people must approve a list: as told, or more where it reaches a threshold of policy
-- `persetujuan.<gate>` (`ambang`: [{"rupiah": …, "orang": 2}, {"keluarga": …, "orang": 2}]), by its sum or its length.
CREATE OR REPLACE FUNCTION approval_people(p_gate text, p_people integer, p_region bigint, p_cases bigint, p_rupiah bigint)
RETURNS integer
LANGUAGE sql STABLE
AS $$
    SELECT greatest(p_people, (
        SELECT max((a ->> 'orang')::integer)
          FROM jsonb_array_elements(policy_for('persetujuan.' || split_part(p_gate, '.', 1), p_region, alur_now()) -> 'ambang') AS a
         WHERE p_rupiah >= (a ->> 'rupiah')::bigint OR p_cases >= (a ->> 'keluarga')::bigint))
$$;

-- approval_open --
-- Open a gate over cases as they stand now, or return the one already open for this batch and gate.
-- p_triggers[1] is what approval fires; [2] what refusal of the whole list fires, if anything; all of them may be
-- named by a decider for single cases. How many people decide is fixed here, with the list.
CREATE OR REPLACE FUNCTION approval_open(
    p_session uuid, p_batch bigint, p_gate text, p_role text, p_triggers text[], p_cases bigint[], p_people integer,
    p_deadline timestamptz, p_evidence jsonb DEFAULT '{}', p_programme text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    me identity := identify(p_session);
    v_batch batch%ROWTYPE;
    v_id bigint;
BEGIN
    IF NOT me.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang membuka persetujuan.' USING ERRCODE = 'AL005';
    END IF;
    PERFORM door_enter(me);
    SELECT * INTO v_batch FROM batch WHERE id = p_batch FOR UPDATE;
    SELECT id INTO v_id FROM approval WHERE batch = p_batch AND gate = p_gate AND state = 'terbuka';
    IF v_id IS NOT NULL THEN
        RETURN v_id;
    END IF;
    INSERT INTO approval (batch, gate, round, role, triggers, lo, hi, programme, people, deadline, list_hash, cases,
                          amount_rp, evidence, opened_at)
    SELECT p_batch, p_gate, (SELECT count(*) + 1 FROM approval WHERE batch = p_batch AND gate = p_gate),
           (SELECT code FROM role WHERE id = p_role), ARRAY(SELECT trigger_code(t) FROM unnest(p_triggers) AS t),
           v_batch.lo, v_batch.hi,
           COALESCE((SELECT code FROM programme WHERE id = p_programme), v_batch.programme),
           approval_people(p_gate, p_people, v_batch.lo, list.n, list.amount::bigint), p_deadline, list.hash, list.n,
           list.amount, p_evidence, alur_now()
      FROM (SELECT encode(sha256(convert_to(COALESCE(string_agg(
                        c.case_id || ':' || c.version || ':' || COALESCE(c.rupiah, 0), ',' ORDER BY c.case_id), ''),
                        'UTF8')), 'hex') AS hash,
                   count(*) AS n, sum(c.rupiah) AS amount
              FROM (SELECT p.case_id, p.version, COALESCE(closing_of(p.case_id), nominal_of(p.case_id)) AS rupiah
                      FROM position p WHERE p.case_id = ANY (p_cases) OFFSET 0) AS c) AS list
    RETURNING id INTO v_id;
    INSERT INTO approval_case (approval, case_id, version, rupiah)
    SELECT v_id, p.case_id, p.version, COALESCE(closing_of(p.case_id), nominal_of(p.case_id))
      FROM position p WHERE p.case_id = ANY (p_cases);
    RETURN v_id;
END $$;

-- approval_decide --
-- One person's decision. The person is the session, never the request. Refusing needs the same right as approving.
-- Different people are different persons: whoever decides for another is not a second one beside that other.
-- p_excepts: [{"case": id, "trigger": "usulan.kembalikan_pengesahan", "reason": "...", "note": "..."}]
CREATE OR REPLACE FUNCTION approval_decide(
    p_session uuid, p_approval bigint, p_verdict text, p_reason text, p_note text, p_evidence jsonb, p_excepts jsonb
) RETURNS TABLE (state text, decided integer, people integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    a approval%ROWTYPE;
    v_act bigint := nextval('act_id');
    v_salt bytea;
    v_cases bigint[];
    v_slice CONSTANT integer := 1000;
    v_barred boolean;
    v_count integer;
    v_steps integer[] := steps_at(alur_now());
    v_given smallint[];
    v_bad text;
BEGIN
    PERFORM door_enter(me);
    SELECT * INTO a FROM approval WHERE id = p_approval FOR UPDATE;
    IF NOT FOUND OR NOT approval_in_scope(me, a) THEN
        RAISE EXCEPTION 'Persetujuan tidak ditemukan.' USING ERRCODE = 'AL010';
    END IF;
    IF me.role <> a.role THEN
        RAISE EXCEPTION 'Persetujuan ini diputus oleh %.', (SELECT id FROM role WHERE code = a.role)
            USING ERRCODE = 'AL011', DETAIL = (SELECT id FROM role WHERE code = a.role);
    END IF;
    IF a.state <> 'terbuka' THEN
        RAISE EXCEPTION 'Persetujuan ini sudah %.', a.state USING ERRCODE = 'AL012', DETAIL = a.state;
    END IF;
    IF EXISTS (SELECT 1 FROM decision d WHERE d.approval = a.id AND ARRAY[d.user_id, d.behalf] && persons_behind(me)) THEN
        RAISE EXCEPTION 'Anda sudah memutus; harus orang lain.' USING ERRCODE = 'AL013';
    END IF;
    -- A decider who proposed or verified every single case would decide nothing: say so now. The first case that he may
    -- decide answers it.
    v_cases := ARRAY(SELECT c.case_id FROM approval_case c WHERE c.approval = a.id ORDER BY c.case_id);
    FOR v_first IN 1 .. cardinality(v_cases) BY v_slice LOOP
        SELECT bool_and(j.code = 8) INTO v_barred
          FROM door_judged(
            a.triggers[1], v_cases[v_first : v_first + v_slice - 1], NULL, me.role, me.parties, false, 9, false,
            (SELECT r.reasons[1] FROM rule r WHERE r.trigger = a.triggers[1] LIMIT 1), '{}', me.lo, me.hi, alur_now(),
            v_steps, NULL) j;
        EXIT WHEN NOT v_barred;
    END LOOP;
    IF v_barred THEN
        RAISE EXCEPTION 'Anda sudah bertindak pada semua kasus ini; harus orang lain yang memutus.'
            USING ERRCODE = 'AL013';
    END IF;
    PERFORM facts_given(me.role, ARRAY(SELECT jsonb_object_keys(COALESCE(p_evidence, '{}'))));
    -- Who approves together signs one paper: a second number would silently take the place of the first.
    SELECT COALESCE(e.value ->> 'nomor', e.value::text) INTO v_bad
      FROM decision d CROSS JOIN jsonb_each(d.evidence) AS e(id, value)
     WHERE d.approval = a.id AND d.verdict = 'setuju' AND p_verdict = 'setuju' AND p_evidence -> e.id <> e.value
     ORDER BY d.at LIMIT 1;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'Orang sebelum Anda menulis lain.' USING ERRCODE = 'AL021', DETAIL = v_bad;
    END IF;
    -- A decree's number belongs to one list, also while that list's decision is still to be carried out.
    PERFORM pg_advisory_xact_lock(hashtextextended('sk:' || (p_evidence -> 'nomor_sk' ->> 'nomor'), 0))
      WHERE p_evidence -> 'nomor_sk' ->> 'nomor' IS NOT NULL;
    IF EXISTS (SELECT 1 FROM decree d WHERE d.number = p_evidence -> 'nomor_sk' ->> 'nomor' AND d.approval <> a.id)
       OR EXISTS (SELECT 1 FROM decision d JOIN approval o ON o.id = d.approval
                   WHERE o.id <> a.id AND o.state IN ('terbuka', 'disetujui') AND d.verdict = 'setuju'
                     AND d.evidence -> 'nomor_sk' ->> 'nomor' = p_evidence -> 'nomor_sk' ->> 'nomor') THEN
        RAISE EXCEPTION 'Nomor SK % sudah dipakai.', p_evidence -> 'nomor_sk' ->> 'nomor' USING ERRCODE = 'AL014';
    END IF;
    SELECT x.value ->> 'trigger' INTO v_bad FROM jsonb_array_elements(COALESCE(p_excepts, '[]')) AS x(value)
     WHERE NOT trigger_code(x.value ->> 'trigger') = ANY (a.triggers)
        OR trigger_code(x.value ->> 'trigger') = a.triggers[1] -- approval is for all deciders together, never an exception
        OR NOT EXISTS (SELECT 1 FROM approval_case c
                        WHERE c.approval = a.id AND c.case_id = (x.value ->> 'case')::bigint)
     LIMIT 1;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'Pengecualian memuat kasus di luar daftar atau pemicu yang tidak dibuka gerbang ini: %.', v_bad
            USING ERRCODE = 'AL014';
    END IF;

    SELECT 'kasus ' || (x.value ->> 'case') || ', ' || (x.value ->> 'trigger') INTO v_bad
      FROM jsonb_array_elements(COALESCE(p_excepts, '[]')) AS x(value)
      JOIN position p ON p.case_id = (x.value ->> 'case')::bigint
      JOIN arrow w ON w.source = p.state AND w.trigger = trigger_code(x.value ->> 'trigger')
     WHERE (cardinality(w.reasons) > 0) <> (x.value ->> 'reason' IS NOT NULL)
        OR (x.value ->> 'reason' IS NOT NULL AND NOT reason_code(x.value ->> 'reason') = ANY (w.reasons))
     LIMIT 1;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'Kode alasan pengecualian tidak cocok: %. Lihat kode yang dibuka langkah itu.', v_bad
            USING ERRCODE = 'AL014';
    END IF;
    -- What the door would refuse when the decision is carried out is refused now, while its decider is here to mend it.
    IF p_verdict = 'tolak' THEN
        SELECT (SELECT string_agg(e.id, ', ' ORDER BY e.code) FROM reason e WHERE e.code = ANY (w.reasons)) INTO v_bad
          FROM approval_case c
          JOIN position p ON p.case_id = c.case_id
          JOIN arrow w ON w.source = p.state AND w.trigger = a.triggers[2]
         WHERE c.approval = a.id AND cardinality(w.reasons) > 0
           AND (reason_code(p_reason) = ANY (w.reasons)) IS NOT TRUE
         LIMIT 1;
        IF v_bad IS NOT NULL AND p_reason IS NULL THEN
            RAISE EXCEPTION 'Penolakan perlu kode alasan.' USING ERRCODE = 'AL014';
        ELSIF v_bad IS NOT NULL THEN
            RAISE EXCEPTION 'Alasan itu tidak menolak daftar ini.' USING ERRCODE = 'AL018', DETAIL = v_bad;
        END IF;
    END IF;
    IF EXISTS (
        SELECT 1
          FROM (SELECT (x.value ->> 'case')::bigint, trigger_code(x.value ->> 'trigger'), x.value ->> 'note'
                  FROM jsonb_array_elements(COALESCE(p_excepts, '[]')) AS x(value)
                UNION ALL
                SELECT c.case_id, a.triggers[2], NULL FROM approval_case c WHERE c.approval = a.id AND p_verdict = 'tolak')
               AS s(case_id, trigger, note)
          JOIN position p ON p.case_id = s.case_id
          JOIN arrow w ON w.source = p.state AND w.trigger = s.trigger
          JOIN rule r ON r.code = w.rule
          JOIN fact_kind k ON k.id = 'catatan' AND k.code = ANY (r.needs)
         WHERE btrim(COALESCE(s.note, p_note, '')) = '') THEN
        RAISE EXCEPTION 'Putusan ini perlu catatan.' USING ERRCODE = 'AL019';
    END IF;
    -- An exception is carried out with what its deciders brought, a refusal also with what was fixed with the gate. The
    -- note was asked for above, and what this role cannot write the flow brings.
    v_given := ARRAY(SELECT k.code FROM fact_kind k WHERE k.id = 'catatan' OR NOT me.role = ANY (k.writers)) || ARRAY(
        SELECT unnest(k.satisfies)
          FROM jsonb_object_keys(COALESCE(p_evidence, '{}') || CASE WHEN p_verdict = 'tolak' THEN a.evidence
                ELSE COALESCE((SELECT jsonb_merge(d.evidence) FROM decision d
                                WHERE d.approval = a.id AND d.verdict = 'setuju'), '{}') END) AS given(id)
          JOIN fact_kind k ON k.id = given.id AND k.min_age_days IS NULL);
    SELECT (SELECT string_agg(k.id, ',' ORDER BY k.code) FROM fact_kind k WHERE k.code = ANY (s.lacking)) INTO v_bad
      FROM (SELECT fact_missing(p.case_id, p.since, r.needs, v_given, alur_now()) AS lacking
              FROM (SELECT (x.value ->> 'case')::bigint AS case_id, trigger_code(x.value ->> 'trigger') AS trigger
                      FROM jsonb_array_elements(COALESCE(p_excepts, '[]')) AS x(value) WHERE p_verdict = 'setuju'
                     UNION ALL
                    SELECT c.case_id, a.triggers[2] FROM approval_case c
                     WHERE c.approval = a.id AND p_verdict = 'tolak') AS w
              JOIN position p ON p.case_id = w.case_id
              JOIN arrow o ON o.source = p.state AND o.trigger = w.trigger
              JOIN rule r ON r.code = o.rule AND NOT r.needs <@ v_given) AS s
     WHERE s.lacking <> '{}' LIMIT 1;
    IF v_bad IS NOT NULL THEN
        RAISE EXCEPTION 'Bukti putusan belum lengkap.' USING ERRCODE = 'AL022', DETAIL = v_bad;
    END IF;
    PERFORM facts_judged(array_agg(f.key), array_agg(f.value)) FROM jsonb_each(COALESCE(p_evidence, '{}')) AS f;

    IF p_note <> '' THEN
        v_salt := uuid_send(gen_random_uuid());
        INSERT INTO note (act, salt, text) VALUES (v_act, v_salt, p_note);
    END IF;
    INSERT INTO act (id, xid, actor, role, trigger, reason, policy_version, at, approval, note_hash)
    VALUES (v_act, pg_current_xact_id(), me.actor, me.role, op_code('putuskan'), reason_code(p_reason),
            policy_current(alur_now()), alur_now(), a.id,
            CASE WHEN v_salt IS NOT NULL THEN sha256(v_salt || convert_to(p_note, 'UTF8')) END);
    INSERT INTO decision (approval, user_id, behalf, act, verdict, reason, evidence, at)
    VALUES (a.id, me.user_id, me.behalf, v_act, p_verdict, reason_code(p_reason), COALESCE(p_evidence, '{}'), alur_now());
    INSERT INTO decision_case (approval, user_id, case_id, trigger, reason, note)
    SELECT a.id, me.user_id, (x.value ->> 'case')::bigint, trigger_code(x.value ->> 'trigger'),
           reason_code(x.value ->> 'reason'), x.value ->> 'note'
      FROM jsonb_array_elements(COALESCE(p_excepts, '[]')) AS x(value);
    SELECT count(*) INTO v_count FROM decision d WHERE d.approval = a.id AND d.verdict = 'setuju';
    IF p_verdict = 'tolak' OR v_count >= a.people THEN
        a.state := CASE p_verdict WHEN 'tolak' THEN 'ditolak' ELSE 'disetujui' END;
        UPDATE approval SET state = a.state, decided_at = alur_now() WHERE id = a.id;
        PERFORM wake_batch(a.batch, 'putusan ' || a.gate);
    END IF;
    RETURN QUERY SELECT a.state, v_count, a.people::integer;
END $$;

-- approval_in_scope --
-- Whether a session's scope covers a gate: its whole region, or its programme.
CREATE OR REPLACE FUNCTION approval_in_scope(me identity, a approval) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT CASE me.scope
        WHEN 'programme' THEN COALESCE(me.programme = a.programme, false)
        WHEN 'own_files' THEN me.role = a.role
        ELSE COALESCE(me.lo <= a.lo AND me.hi >= a.hi, false)
    END
$$;

-- deciders_of --
-- The identity under which a gate's decision is carried out: its deciders together, in the gate's role and scope.
CREATE OR REPLACE FUNCTION deciders_of(a approval, p_users integer[], p_behalf integer[]) RETURNS identity
LANGUAGE sql
AS $$
    SELECT ROW(p_users[1], a.role, r.scope,
               CASE WHEN r.scope IN ('programme', 'own_files') THEN NULL ELSE a.lo END,
               CASE WHEN r.scope IN ('programme', 'own_files') THEN NULL ELSE a.hi END,
               a.programme, NULL, NULL, actor_of(p_users, p_behalf), parties_of(p_users || p_behalf), false, NULL)::identity
      FROM role r WHERE r.code = a.role
$$;

-- approval_identity --
-- Who stands behind a decided gate: its deciders as one actor, in the gate's role and scope, with their evidence.
-- Only the system may act for them, and only along a trigger that the gate opened.
CREATE OR REPLACE FUNCTION approval_identity(system identity, p_approval bigint, p_trigger smallint)
RETURNS TABLE (deciders identity, users integer[], evidence jsonb)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    a approval%ROWTYPE;
    v_users integer[];
    v_behalf integer[];
    v_evidence jsonb;
BEGIN
    SELECT * INTO a FROM approval WHERE id = p_approval;
    IF NOT system.is_system OR a.state <> 'disetujui' OR NOT p_trigger = ANY (a.triggers) THEN
        RAISE EXCEPTION 'Persetujuan % tidak membuka langkah ini.', p_approval USING ERRCODE = 'AL005';
    END IF;
    SELECT array_agg(d.user_id ORDER BY d.at), COALESCE(array_agg(d.behalf) FILTER (WHERE d.behalf IS NOT NULL), '{}'),
           COALESCE(jsonb_merge(d.evidence ORDER BY d.at), '{}')
      INTO v_users, v_behalf, v_evidence
      FROM decision d WHERE d.approval = a.id AND d.verdict = 'setuju';
    RETURN QUERY SELECT deciders_of(a, v_users, v_behalf), v_users, a.evidence || v_evidence;
END $$;

-- approval_execute --
-- Carry a decided gate out: single cases as their decider said, then the list. Each decider is judged as if he had
-- knocked himself; cases barred for one of them are refused here and go on to another approver. Done once.
CREATE OR REPLACE FUNCTION approval_execute(
    p_session uuid, p_approval bigint, p_facts jsonb DEFAULT '{}', p_batch bigint DEFAULT NULL,
    p_flow_run uuid DEFAULT NULL
) RETURNS SETOF door_outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    system identity := identify(p_session);
    me identity;
    a approval%ROWTYPE;
    v_deciders integer[];
    v_behalf integer[];
    v_evidence jsonb;
    v_note text;
    v_reason smallint;
    v_trigger smallint;
    v_cases bigint[];
    v_versions integer[];
    v_except record;
BEGIN
    IF NOT system.is_system THEN
        RAISE EXCEPTION 'Hanya sistem yang menjalankan persetujuan.' USING ERRCODE = 'AL005';
    END IF;
    SELECT * INTO a FROM approval WHERE id = p_approval FOR UPDATE;
    IF a.state NOT IN ('disetujui', 'ditolak') THEN
        RETURN;
    END IF;
    v_deciders := ARRAY(
        SELECT d.user_id FROM decision d
         WHERE d.approval = a.id AND d.verdict = CASE a.state WHEN 'ditolak' THEN 'tolak' ELSE 'setuju' END
         ORDER BY d.at);
    SELECT COALESCE(jsonb_merge(d.evidence ORDER BY d.at), '{}'), max(d.reason), string_agg(n.text, E'\n' ORDER BY d.at),
           COALESCE(array_agg(d.behalf) FILTER (WHERE d.behalf IS NOT NULL), '{}')
      INTO v_evidence, v_reason, v_note, v_behalf
      FROM decision d LEFT JOIN note n ON n.act = d.act
     WHERE d.approval = a.id AND d.user_id = ANY (v_deciders);
    me := deciders_of(a, v_deciders, v_behalf);
    UPDATE approval SET state = 'dijalankan' WHERE id = a.id;
    IF a.state = 'disetujui' AND v_evidence -> 'nomor_sk' ->> 'nomor' IS NOT NULL THEN
        INSERT INTO decree (number, kind, batch, approval, programme, period, region, cases, list_hash, at)
        SELECT v_evidence -> 'nomor_sk' ->> 'nomor', a.gate, a.batch, a.id, a.programme, b.period, b.region, a.cases,
               a.list_hash, alur_now()
          FROM batch b WHERE b.id = a.batch
        ON CONFLICT (number) DO NOTHING;
    END IF;
    -- The list was fixed under the system's sight of the batch; the deciders' own scope was checked as they decided.
    PERFORM door_enter(system);

    IF a.state = 'disetujui' THEN
        FOR v_except IN
            SELECT e.user_id, d.behalf, e.trigger, e.reason, e.note, array_agg(c.case_id ORDER BY c.case_id) AS cases,
                   array_agg(c.version ORDER BY c.case_id) AS versions
              FROM decision_case e JOIN approval_case c ON c.approval = e.approval AND c.case_id = e.case_id
              JOIN decision d ON d.approval = e.approval AND d.user_id = e.user_id
             WHERE e.approval = a.id GROUP BY 1, 2, 3, 4, 5
        LOOP
            RETURN QUERY SELECT * FROM door_apply(
                deciders_of(a, ARRAY[v_except.user_id], array_remove(ARRAY[v_except.behalf], NULL)), v_except.trigger, v_except.cases, v_except.versions, v_except.reason,
                COALESCE(v_except.note, v_note), v_evidence, '{}', '{}', '{}', NULL, a.id, 1, NULL, p_flow_run);
        END LOOP;
    END IF;
    v_trigger := CASE a.state WHEN 'ditolak' THEN a.triggers[2] ELSE a.triggers[1] END;
    IF v_trigger IS NULL THEN
        RETURN;
    END IF;
    -- What was decided is what is carried out: a case whose amount is another by now has changed (version -1 fits none).
    SELECT array_agg(c.case_id ORDER BY c.case_id), array_agg(
            CASE WHEN c.rupiah IS DISTINCT FROM COALESCE(closing_of(c.case_id), nominal_of(c.case_id)) THEN -1
                 ELSE c.version END ORDER BY c.case_id)
      INTO v_cases, v_versions
      FROM approval_case c
     WHERE c.approval = a.id AND (a.state = 'ditolak' OR NOT EXISTS (
            SELECT 1 FROM decision_case e WHERE e.approval = a.id AND e.case_id = c.case_id));
    IF v_cases IS NOT NULL THEN
        RETURN QUERY SELECT * FROM door_apply(
            me, v_trigger, v_cases, v_versions, CASE a.state WHEN 'ditolak' THEN v_reason END, v_note,
            (CASE WHEN a.state = 'disetujui' AND EXISTS (
                    SELECT 1 FROM rule r JOIN fact_kind k ON k.id = 'hash_daftar' AND k.code = ANY (r.needs)
                     WHERE r.trigger = v_trigger) THEN jsonb_build_object('hash_daftar', a.list_hash) ELSE '{}' END)
                || a.evidence || v_evidence || p_facts,
            '{}', '{}', '{}', p_batch, a.id, cardinality(v_deciders), NULL, p_flow_run);
    END IF;
END $$;

-- jsonb_merge --
-- Aggregate objects into one, later keys winning.
DO $$
BEGIN
    IF to_regprocedure('jsonb_merge(jsonb)') IS NULL THEN
        CREATE AGGREGATE jsonb_merge (jsonb) (sfunc = jsonb_concat, stype = jsonb, initcond = '{}');
    END IF;
END $$;
