-- Opening cases, and the moves that a move brings with it.

-- open_apply --
-- Open one case per element of `p_households` (it names a family, or a region where the machine is about regions;
-- programme, period and kind go with it).
-- Answers as the door does, keyed by the position in the arrays: `cases` holds new case ids where they were opened,
-- and the ordinals (from 1) where they were not.
CREATE OR REPLACE FUNCTION open_apply(
    me identity, p_trigger smallint, p_households bigint[], p_programmes smallint[], p_periods integer[],
    p_kind smallint, p_predecessors bigint[], p_note text, p_facts jsonb, p_fact_ord integer[], p_fact_kind text[],
    p_fact_value jsonb[], p_batch bigint, p_destination bigint, p_approval bigint, p_people integer, p_cause bigint,
    p_flow_run uuid
) RETURNS SETOF door_outcome
LANGUAGE plpgsql
AS $$
DECLARE
    v_act bigint := nextval('act_id');
    v_now timestamptz := alur_now();
    v_rule rule%ROWTYPE;
    v_machine machine%ROWTYPE;
    v_given smallint[] := '{}';
    v_salt bytea;
    v_group record;
    v_out door_outcome;
    v_code smallint := 0;
    v_role text;
    v_brings boolean;
    v_objects boolean;  -- an objection takes its claim when it is found admissible
BEGIN
    SELECT id INTO v_role FROM role WHERE code = me.role;
    SELECT r.* INTO v_rule FROM arrow w JOIN rule r ON r.code = w.rule WHERE w.source = 0 AND w.trigger = p_trigger;
    SELECT w.brings INTO v_brings FROM arrow w WHERE w.source = 0 AND w.trigger = p_trigger;
    SELECT m.* INTO v_machine FROM machine m JOIN trigger t ON t.machine = m.code WHERE t.code = p_trigger;
    v_objects := v_machine.name = 'sanggah';
    IF p_facts <> '{}' THEN
        v_given := facts_given(me.role, ARRAY(SELECT jsonb_object_keys(p_facts)));
        PERFORM facts_judged(array_agg(f.key), array_agg(f.value)) FROM jsonb_each(p_facts) AS f;
    END IF;
    IF p_note <> '' THEN
        v_given := v_given || (SELECT code FROM fact_kind WHERE id = 'catatan');
    END IF;
    IF cardinality(p_fact_kind) > 0 THEN
        PERFORM facts_given(me.role, ARRAY(SELECT DISTINCT unnest(p_fact_kind))), facts_judged(p_fact_kind, p_fact_value);
    END IF;
    IF p_cause IS NOT NULL THEN
        v_given := v_given || ARRAY(SELECT k.code FROM fact_kind k WHERE NOT k.derived AND me.role = ANY (k.writers));
    END IF;
    -- Refusals that hold for the whole act.
    v_code := CASE
        WHEN v_rule.code IS NULL THEN 3
        WHEN NOT me.role = ANY (v_rule.roles) THEN 4
        WHEN v_rule.people > p_people THEN 19
        ELSE 0 END;

    IF p_note <> '' THEN
        v_salt := uuid_send(gen_random_uuid());
        INSERT INTO note (act, salt, text) VALUES (v_act, v_salt, p_note);
    END IF;
    INSERT INTO act_fact (act, kind, value)
    SELECT v_act, k.code, f.value FROM jsonb_each(p_facts) AS f(id, value) JOIN fact_kind k ON k.id = f.id;

    -- One statement: a claim already held ("at most one live ...") refuses its own case and not the set.
    FOR v_group IN
        WITH asked AS MATERIALIZED (
            SELECT a.ord, nextval('case_id') AS case_id, h.id AS household_id, CASE WHEN v_machine.regional THEN a.household_id ELSE h.region END AS region,
                   COALESCE(a.programme, 0)::smallint AS programme, COALESCE(a.period, 0) AS period, a.predecessor,
                   CASE WHEN h.id IS NULL AND NOT v_machine.regional THEN 1
                        WHEN v_code <> 0 THEN v_code
                        WHEN NOT siklus_subject(v_machine.code, a.household_id, a.period) THEN 1
                        WHEN me.scope = 'programme' AND a.programme IS DISTINCT FROM me.programme THEN 5
                        WHEN v_objects AND objection_fault(me, v_rule.id, h.id, a.predecessor, v_given, p_facts) > 0
                            THEN objection_fault(me, v_rule.id, h.id, a.predecessor, v_given, p_facts)
                        WHEN v_machine.code = 3 AND paid_elsewhere(h.id, a.programme, a.period) THEN 17
                        WHEN NOT v_rule.needs <@ (v_given || ARRAY(
                                SELECT s.need FROM unnest(p_fact_ord, p_fact_kind) AS f(ord, kind)
                                  JOIN fact_kind k ON k.id = f.kind, unnest(k.satisfies) AS s(need)
                                 WHERE f.ord = a.ord)) THEN 13
                        ELSE 0 END AS code
              FROM unnest(p_households, p_programmes, p_periods, p_predecessors)
                   WITH ORDINALITY AS a(household_id, programme, period, predecessor, ord)
              LEFT JOIN household h ON h.id = a.household_id AND NOT v_machine.regional
        ), taken AS (
            INSERT INTO claim (kind, key, sub, case_id)
            SELECT v_machine.code, COALESCE(household_id, region), claim_sub(v_machine.code, p_kind, programme, period), case_id
              FROM asked WHERE code = 0 AND NOT v_objects
             ORDER BY 2, 3
            ON CONFLICT DO NOTHING
            RETURNING case_id
        ), judged AS MATERIALIZED (
            SELECT a.*, CASE WHEN a.code = 0 AND t.case_id IS NULL AND NOT v_objects THEN 17 ELSE a.code END AS final
              FROM asked a LEFT JOIN taken t USING (case_id)
        ), made AS (
            INSERT INTO act (id, xid, actor, role, trigger, reason, policy_version, at, approval, cause, flow_run,
                             note_hash)
            VALUES (v_act, pg_current_xact_id(), me.actor, me.role, p_trigger, NULL, policy_current(v_now),
                    alur_now(), p_approval, p_cause, p_flow_run,
                    CASE WHEN v_salt IS NOT NULL THEN sha256(v_salt || convert_to(p_note, 'UTF8')) END)
            RETURNING at
        ), headed AS (
            INSERT INTO case_ (id, machine, kind, programme, period, household_id, region, predecessor, opened_at)
            SELECT j.case_id, v_machine.code, p_kind, j.programme, j.period, j.household_id, j.region, j.predecessor,
                   made.at
              FROM judged j CROSS JOIN made WHERE j.final = 0
        ), placed AS (
            INSERT INTO position (case_id, region, batch, since, version, state, programme, kind)
            SELECT j.case_id, j.region, p_batch, made.at, 1, v_rule.target, j.programme, p_kind
              FROM judged j CROSS JOIN made WHERE j.final = 0
        ), logged AS (
            INSERT INTO transition (case_id, version, actor, act, rule)
            SELECT case_id, 1, me.actor, v_act, v_rule.code FROM judged WHERE final = 0
        ), known AS (
            INSERT INTO fact (case_id, kind, act, at, source, value)
            SELECT j.case_id, f.kind, v_act, made.at, v_role, f.value
              FROM judged j CROSS JOIN made
              JOIN (
                SELECT NULL::integer AS ord, k.code AS kind, NULL::jsonb AS value
                  FROM jsonb_each(p_facts) AS g(id, value) JOIN fact_kind k ON k.id = g.id AND k.kept
                 WHERE NOT g.id = ANY (p_fact_kind)
                UNION ALL
                SELECT g.ord, k.code, g.value
                  FROM unnest(p_fact_ord, p_fact_kind, p_fact_value) AS g(ord, id, value)
                  JOIN fact_kind k ON k.id = g.id) AS f ON f.ord IS NULL OR f.ord = j.ord
             WHERE j.final = 0
            ON CONFLICT DO NOTHING
        ), shared AS (
            INSERT INTO case_share (case_id, region)
            SELECT case_id, p_destination FROM judged WHERE final = 0 AND p_destination IS NOT NULL
        )
        SELECT j.final AS code, array_agg(CASE j.final WHEN 0 THEN j.case_id ELSE j.ord END ORDER BY j.ord) AS cases,
               array_agg(1 ORDER BY j.ord) AS versions, array_agg(j.ord::integer ORDER BY j.ord) AS ords
          FROM judged j GROUP BY j.final
    LOOP
        IF v_group.code = 0 AND v_brings THEN
            PERFORM door_after(me, v_act, p_trigger, 0::smallint, v_group.cases, v_group.versions, v_now, p_facts);
        END IF;
        v_out.act := v_act;
        v_out.outcome := CASE v_group.code WHEN 0 THEN 'dibuka' WHEN 1 THEN 'tidak_ditemukan' ELSE 'ditolak' END;
        v_out.refusal := (SELECT r.id FROM refusal_code r WHERE r.code = v_group.code);
        v_out.rule := v_rule.id;
        v_out.state := CASE WHEN v_group.code = 0 THEN (SELECT s.id FROM state s WHERE s.code = v_rule.target) END;
        v_out.cases := v_group.cases;
        v_out.versions := v_group.ords;
        v_out.missing := '{}';
        RETURN NEXT v_out;
    END LOOP;
END $$;

-- door_open --
-- Open cases as the person or system behind a session. Always at the machine's beginning: the trigger is an entry.
CREATE OR REPLACE FUNCTION door_open(
    p_session uuid, p_trigger text, p_households bigint[], p_programme text DEFAULT NULL, p_period integer DEFAULT 0,
    p_kind text DEFAULT NULL, p_predecessors bigint[] DEFAULT '{}', p_note text DEFAULT NULL,
    p_facts jsonb DEFAULT '{}', p_fact_ord integer[] DEFAULT '{}', p_fact_kind text[] DEFAULT '{}',
    p_fact_value jsonb[] DEFAULT '{}', p_batch bigint DEFAULT NULL, p_destination bigint DEFAULT NULL,
    p_flow_run uuid DEFAULT NULL, p_approval bigint DEFAULT NULL
) RETURNS SETOF door_outcome
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_programme smallint := 0;
    v_kind smallint := 0;
    v_facts jsonb := COALESCE(p_facts, '{}');
    v_people integer := 1;
    v_decided record;
    n integer := cardinality(p_households);
BEGIN
    PERFORM door_enter(me);
    IF p_approval IS NOT NULL THEN
        -- A migration: two persons approved a file, and the system opens what it names in their name.
        SELECT d.* INTO v_decided FROM approval_identity(me, p_approval, trigger_code(p_trigger)) d;
        me := v_decided.deciders;
        v_facts := v_decided.evidence || v_facts;
        v_people := cardinality(v_decided.users);
    END IF;
    IF p_programme IS NOT NULL THEN
        SELECT code INTO v_programme FROM programme WHERE id = p_programme;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Program "%" tidak ada.', p_programme USING ERRCODE = 'AL004', DETAIL = p_programme;
        END IF;
    END IF;
    IF p_kind IS NOT NULL THEN
        SELECT code INTO v_kind FROM jenis WHERE id = p_kind;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'Jenis usulan "%" tidak ada.', p_kind USING ERRCODE = 'AL004', DETAIL = p_kind;
        END IF;
    END IF;
    -- A proposal is of some kind, which says what steps it takes; one kind is always for a programme, two may be.
    IF split_part(p_trigger, '.', 1) = 'usulan' AND NOT me.is_system AND (
            p_kind IS NULL OR v_kind > 20 OR CASE WHEN p_programme IS NULL THEN p_kind = 'USULAN_PROGRAM'
                                   ELSE p_kind NOT IN ('USULAN_PROGRAM', 'NONAKTIF', 'REAKTIVASI') END) THEN
        RAISE EXCEPTION 'Jenis usulan % dengan program % tidak ada.', COALESCE(p_kind, '-'), COALESCE(p_programme, '-')
            USING ERRCODE = 'AL004', DETAIL = COALESCE(p_kind, 'jenis kosong') || COALESCE(' ' || p_programme, '');
    END IF;
    IF split_part(p_trigger, '.', 1) = 'sanggah' THEN
        -- The entry says the kind; against another family a citizen objects under his mask, and past his own sight.
        v_kind := 20 + trigger_code(p_trigger) % 1000;
        p_batch := COALESCE(p_batch, (SELECT b.id FROM batch b WHERE b.kind = 'sanggah'));
        IF v_kind = 21 AND me.scope = 'own_nik' THEN
            me.actor := mask_of(me.user_id);
            PERFORM door_enter(system_identity());
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM open_apply(
        me, trigger_code(p_trigger), p_households, array_fill(v_programme, ARRAY[n]), array_fill(p_period, ARRAY[n]),
        v_kind, p_predecessors, p_note, v_facts, p_fact_ord, p_fact_kind, p_fact_value, p_batch, p_destination,
        p_approval, v_people, NULL, p_flow_run);
END $$;

-- door_linked --
-- The moves of linked cases that a rule fires, as acts of the system whose cause is this act. Linked means the same
-- family; for a disbursement also the same programme. Where a rule fires several words (restore before closing, or
-- into the next termin), the arrows and guards of the linked case decide which one is open. A rule that applies
-- proposals writes the register first and fires what their kinds bring, in the order of jenis_effect.
CREATE OR REPLACE FUNCTION door_linked(me identity, p_act bigint, p_rule rule, p_cases bigint[], p_facts jsonb)
RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_system identity := system_identity();
    v_ref text;
    v_refs text[] := p_rule.fires;
    v_applies boolean := p_rule.id IN ('U66', 'U77', 'U78', 'U80', 'U90');
    v_machine smallint;
    v_trigger smallint;
    v_reason smallint;
    v_entry boolean;
    v_linked_rule rule%ROWTYPE;
    v_group record;
BEGIN
    SELECT reason INTO v_reason FROM act WHERE id = p_act;
    PERFORM door_enter(v_system);
    IF p_rule.id LIKE 'S%' THEN
        v_refs := objection_moves(p_rule, p_act, p_cases);
    ELSIF v_applies THEN
        PERFORM proposal_applied(p_act, p_cases);
        SELECT COALESCE(array_agg(f.ref ORDER BY f.place), '{}') INTO v_refs
          FROM (SELECT x.ref, min(x.place) AS place
                  FROM jenis_effect e, unnest(e.fires) WITH ORDINALITY AS x(ref, place)
                 WHERE e.jenis IN (SELECT c.kind FROM case_ c WHERE c.id = ANY (p_cases)) GROUP BY 1) AS f;
    END IF;
    FOREACH v_ref IN ARRAY v_refs LOOP
        SELECT code INTO v_machine FROM machine WHERE name = split_part(v_ref, '.', 1);
        v_trigger := trigger_code(v_ref);
        SELECT EXISTS (SELECT 1 FROM arrow WHERE source = 0 AND trigger = v_trigger) INTO v_entry;
        IF v_entry THEN
            PERFORM door_linked_open(v_system, p_act, v_ref, v_trigger, ARRAY(
                SELECT c.id FROM unnest(p_cases) WITH ORDINALITY AS w(id, place) JOIN case_ c ON c.id = w.id
                 WHERE NOT v_applies OR effect_applies(v_ref, c.id, NULL, p_act)
                 ORDER BY w.place), p_facts);
            CONTINUE;
        END IF;
        FOR v_linked_rule IN SELECT r.* FROM rule r WHERE r.trigger = v_trigger AND r.valid_to IS NULL LOOP
            FOR v_group IN
                SELECT f.reason, array_agg(DISTINCT f.id ORDER BY f.id) AS linked
                  FROM (SELECT l.id, linked_reason(COALESCE(CASE WHEN p_rule.id LIKE 'S%'
                                THEN objection_reason(p_rule.id, c.kind, l.id, v_reason) END, v_reason, CASE
                                WHEN v_applies THEN proposed_reason(c.id)
                                WHEN p_rule.id = 'U85' THEN (SELECT e.code FROM reason e WHERE e.id = 'DESIL_NAIK')
                               END), v_linked_rule) AS reason
                          FROM case_ c
                          JOIN case_ l ON l.household_id = c.household_id AND l.machine = v_machine AND l.id <> c.id
                           AND (c.programme = 0 OR l.programme IN (0, c.programme))
                          JOIN position p ON p.case_id = l.id AND p.state = ANY (v_linked_rule.sources)
                         WHERE c.id = ANY (p_cases)
                           AND CASE WHEN v_applies THEN effect_applies(v_ref, c.id, l.id, p_act)
                                    ELSE linked_applies(p_rule.id, v_ref, c.id, l.id, v_reason) END) AS f
                 GROUP BY f.reason
            LOOP
                PERFORM door_apply(
                    CASE WHEN v_system.role = ANY (v_linked_rule.roles) THEN v_system ELSE me END,
                    v_trigger, v_group.linked, NULL, v_group.reason, NULL, '{}', '{}', '{}', '{}',
                    NULL, NULL, 2, p_act, NULL);
            END LOOP;
        END LOOP;
    END LOOP;
    PERFORM door_enter(me);
END $$;

-- door_linked_open --
-- Cases that a move opens: memberships to assess (one per programme that policy names), the disbursement of a period
-- (named by the act's fact `periode`), or the registration and the memberships of a family that moved or split off.
CREATE OR REPLACE FUNCTION door_linked_open(
    v_system identity, p_act bigint, p_ref text, p_trigger smallint, p_cases bigint[], p_facts jsonb
) RETURNS void
LANGUAGE plpgsql
AS $$
DECLARE
    v_households bigint[];
    v_programmes smallint[];
    v_predecessors bigint[];
    v_period integer := (p_facts -> 'periode' ->> 'periode')::integer;
    v_batch bigint := (p_facts -> 'periode' ->> 'batch')::bigint;
BEGIN
    IF EXISTS (SELECT 1 FROM case_ c JOIN machine m ON m.code = c.machine AND m.name = 'sanggah' WHERE c.id = ANY (p_cases)) THEN
        PERFORM objection_opens(v_system, p_act, p_ref, p_trigger, p_cases);
        RETURN;
    END IF;
    IF p_ref = 'kepesertaan.buka_penilaian' THEN
        SELECT array_agg(c.household_id), array_agg(g.code), array_agg(c.id)
          INTO v_households, v_programmes, v_predecessors
          FROM case_ c JOIN programme g
            ON CASE WHEN c.programme <> 0 THEN g.code = c.programme
                    ELSE policy_for('program.dinilai', c.region, alur_now()) ? g.id END
         WHERE c.id = ANY (p_cases);
        v_period := 0;
        SELECT min(p.batch) INTO v_batch FROM position p WHERE p.case_id = ANY (p_cases);
    ELSIF p_ref = 'usulan.buka_turunan' THEN
        -- A family that moved is registered anew in the village that accepted it, one that split off where it lives;
        -- the provisional desil comes along. The registration that a move put to sleep gives up its place.
        SELECT array_agg(x.household_id), array_agg(0::smallint), array_agg(x.id)
          INTO v_households, v_programmes, v_predecessors
          FROM (SELECT c.id, CASE j.id WHEN 'PINDAH' THEN move_family(c.household_id, s.region, p_act)
                                       ELSE split_family(c.household_id, number_in(proposed(c.id) -> 'keluarga_baru')) END
                       AS household_id
                  FROM case_ c JOIN jenis j ON j.code = c.kind LEFT JOIN case_share s ON s.case_id = c.id
                 WHERE c.id = ANY (p_cases)
                   AND CASE j.id WHEN 'PINDAH' THEN s.region IS NOT NULL
                                 WHEN 'PECAH_KK' THEN proposed(c.id) ? 'keluarga_baru' ELSE false END) AS x;
        DELETE FROM claim k USING case_ c, position p, state s
         WHERE k.kind = 1 AND k.key = ANY (v_households) AND k.sub = claim_sub(1::smallint, 0::smallint, 0::smallint, 0)
           AND c.id = k.case_id AND p.case_id = c.id AND s.code = p.state AND s.id = 'nonaktif';
        v_period := 0;
        v_batch := NULL;
    ELSIF p_ref = 'kepesertaan.lanjut_pindah' THEN
        -- The memberships that ended by the same act go on in the new village, or with the payee in the new family.
        SELECT array_agg(x.household_id), array_agg(x.programme), array_agg(x.id)
          INTO v_households, v_programmes, v_predecessors
          FROM (SELECT DISTINCT ON (c.household_id, m.programme) c.household_id, m.programme, m.id
                  FROM act opened
                  JOIN act caused ON caused.cause = opened.cause
                  JOIN act ended ON ended.cause = caused.id OR ended.id = caused.id
                  JOIN transition t ON t.act = ended.id
                  JOIN transition before ON before.case_id = t.case_id AND before.version = t.version - 1
                  JOIN rule was ON was.code = before.rule
                  JOIN state s ON s.code = was.target AND s.id = 'calon_penerima'
                  JOIN rule now ON now.code = t.rule AND now.id = 'K17'
                  JOIN case_ m ON m.id = t.case_id
                  JOIN case_ asked ON asked.household_id = m.household_id
                  JOIN case_ c ON c.predecessor = asked.id AND c.id = ANY (p_cases)
                 WHERE opened.id = p_act ORDER BY 1, 2, 3 DESC) AS x;
        DELETE FROM claim k WHERE k.case_id = ANY (v_predecessors);
        v_period := 0;
        v_batch := NULL;
    ELSIF p_ref = 'penyaluran.buka_tahap' AND v_period IS NOT NULL THEN
        SELECT array_agg(c.household_id), array_agg(c.programme), array_agg(c.id)
          INTO v_households, v_programmes, v_predecessors
          FROM case_ c JOIN programme g ON g.code = c.programme AND g.kind = 'tunai'
         WHERE c.id = ANY (p_cases);
    END IF;
    IF v_households IS NOT NULL THEN
        PERFORM open_apply(
            v_system, p_trigger, v_households, v_programmes,
            array_fill(v_period, ARRAY[cardinality(v_households)]), 0::smallint, v_predecessors, NULL, '{}', '{}',
            '{}', '{}', v_batch, NULL, NULL, 2, p_act, NULL);
    END IF;
END $$;
