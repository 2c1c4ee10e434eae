-- The judgement: may this actor move these cases along this trigger? Pure reading, one answer per case asked.
-- Refusals are judged in the order of their codes (table refusal_code); the first that holds is the answer.

-- door_judged --
-- One row per case asked: where it stands, the rule that is open there, and the refusal code (0 = may move): the least
-- of the codes that the case and its rule give, then what blocks it, then the wait for a second person.
-- It is inlined into the door's statement, so it must stay one plain STABLE query, and short: a single case waits for
-- its start longer than for its work. What few rules ask for stands in rule_held, called for those alone.
--   p_people   how many different persons stand behind this call
--   p_given    needs satisfied by facts that come with the act
--   p_steps    the steps that each kind of proposal takes now (steps_at)
--   p_blocked  per case asked, the code of what a counter or a derived need holds it back for; null for nothing
CREATE OR REPLACE FUNCTION door_judged(
    p_trigger smallint, p_cases bigint[], p_versions integer[], p_role smallint, p_parties integer[],
    p_system boolean, p_people integer, p_second boolean, p_reason smallint, p_given smallint[],
    p_lo bigint, p_hi bigint, p_now timestamptz, p_steps integer[], p_blocked smallint[]
) RETURNS TABLE (
    ord bigint, case_id bigint, version integer, source smallint, rule smallint, target smallint, brings boolean,
    code smallint, rule_id text, target_id text
)
LANGUAGE sql STABLE
AS $$
    SELECT a.ord, a.id, p.version, p.state, r.code, r.target, w.brings,
        COALESCE(
            LEAST(
                CASE
                    WHEN p.case_id IS NULL THEN 1
                    WHEN a.ver <> p.version THEN 2
                    WHEN r.code IS NULL THEN 3
                    WHEN NOT p_role = ANY (r.roles) AND (p_second AND p_role = r.second_role) IS NOT TRUE THEN 4
                    WHEN p.region NOT BETWEEN p_lo AND p_hi AND NOT r.at_destination THEN 5
                    WHEN COALESCE(p_steps[p.kind], 0) & (r.steps_on | r.steps_off) <> r.steps_on THEN 6
                    -- Four eyes: nobody moves a case on that he moved along a rule which bars him.
                    WHEN a.blocked = 8 OR w.history AND NOT p_system AND EXISTS (
                        SELECT 1 FROM transition t
                         WHERE t.case_id = p.case_id AND t.actor = ANY (p_parties) AND t.rule = ANY (r.barred)) THEN 8
                    WHEN CASE WHEN p_reason IS NULL THEN w.reasons <> '{}' ELSE NOT p_reason = ANY (w.reasons) END
                    THEN 12
                END,
                CASE WHEN w.asks_more OR w.timed OR NOT r.needs <@ p_given THEN
                    rule_held(r.code, w.asks_more, w.timed, p.case_id, p.version, p.state, p.region, p.since, r.needs,
                              p_parties, p_system, p_lo, p_hi, p_given, a.blocked, p_now)
                END),
            a.blocked,
            CASE WHEN r.people > p_people THEN 19 ELSE 0 END)::smallint,
        r.id, w.target_id
      FROM unnest(p_cases, p_versions, p_blocked) WITH ORDINALITY AS a(id, ver, blocked, ord)
      LEFT JOIN position p ON p.case_id = a.id
      LEFT JOIN arrow w ON w.source = p.state AND w.trigger = p_trigger
      LEFT JOIN rule r ON r.code = w.rule
$$;

-- rule_held --
-- What few rules ask for, and what evidence a case has: the first refusal code among 5 (place of destination), 7 and 9
-- (its history), 10 and 11 (time), 13 (evidence) and 18 (amount, for cases that nothing else blocks), null when nothing
-- holds it.
CREATE OR REPLACE FUNCTION rule_held(
    p_rule smallint, p_more boolean, p_timed boolean, p_case bigint, p_version integer, p_state smallint,
    p_region bigint, p_since timestamptz, p_needs smallint[], p_parties integer[], p_system boolean, p_lo bigint,
    p_hi bigint, p_given smallint[], p_blocked smallint, p_now timestamptz
) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    r rule%ROWTYPE;
    v_code smallint;
BEGIN
    IF p_more THEN
        SELECT * INTO r FROM rule WHERE code = p_rule;
        IF r.at_destination AND NOT p_system AND NOT EXISTS (
                SELECT 1 FROM case_share s WHERE s.case_id = p_case AND s.region BETWEEN p_lo AND p_hi) THEN
            RETURN 5;
        END IF;
        v_code := rule_past(r, p_case, p_version, p_parties);
        IF v_code > 0 THEN
            RETURN v_code;
        END IF;
    END IF;
    IF p_timed THEN
        v_code := rule_time(p_rule, p_state, p_since, p_region, p_case, p_now);
        IF v_code > 0 THEN
            RETURN v_code;
        END IF;
    END IF;
    IF NOT p_needs <@ p_given AND fact_missing(p_case, p_since, p_needs, p_given, p_now) <> '{}' THEN
        RETURN 13;
    ELSIF p_blocked IS NULL AND r.amount IS NOT NULL AND NOT amount_fits(p_case, r.amount) THEN
        RETURN 18;
    END IF;
    RETURN NULL;
END $$;

-- rule_past --
-- 7 when somebody else than these persons must have done something to the case, 9 when its history lacks what the rule
-- asks for, 0 when the history is right.
CREATE OR REPLACE FUNCTION rule_past(r rule, p_case bigint, p_version integer, p_parties integer[]) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    h record;
BEGIN
    IF r.only_by = '{}' AND r.after_any = '{}' AND r.never = '{}' AND r.latest = '{}' AND r.undo_of = '{}' THEN
        RETURN 0;
    END IF;
    SELECT bool_or(t.actor = ANY (p_parties) AND t.rule = ANY (r.only_by)) AS mine,
           bool_or(t.rule = ANY (r.after_any)) AS after_any,
           bool_or(t.rule = ANY (r.never)) AS never,
           max(t.version) FILTER (WHERE t.rule = r.latest[1]) AS latest_named,
           max(t.version) FILTER (WHERE t.rule = ANY (r.latest)) AS latest,
           bool_or(t.version = p_version AND t.rule = ANY (r.undo_of)) AS undone
      INTO h FROM transition t WHERE t.case_id = p_case;
    RETURN CASE
        WHEN r.only_by <> '{}' AND h.mine IS NOT TRUE THEN 7
        WHEN r.after_any <> '{}' AND h.after_any IS NOT TRUE THEN 9
        WHEN h.never THEN 9
        WHEN r.latest <> '{}' AND (h.latest_named = h.latest) IS NOT TRUE THEN 9
        WHEN r.undo_of <> '{}' AND h.undone IS NOT TRUE THEN 9
        ELSE 0 END;
END $$;

-- steps_at --
-- The steps that each kind of proposal takes at a moment, as bits under the kind's code (policy `langkah.<JENIS>`);
-- cases of other machines have kind 0, which takes none.
CREATE OR REPLACE FUNCTION steps_at(p_at timestamptz) RETURNS integer[]
LANGUAGE sql STABLE
AS $$
    SELECT array_agg((policy_at('langkah.' || j.id, p_at))::integer ORDER BY n.code)
      FROM generate_series(1, (SELECT max(code) FROM jenis)) AS n(code) LEFT JOIN jenis j ON j.code = n.code
$$;

-- rule_time --
-- 10 while a case has not yet stood long enough in its state, 11 once a correction's window or the budget year is
-- over, 0 when the time is right.
CREATE OR REPLACE FUNCTION rule_time(
    p_rule smallint, p_state smallint, p_since timestamptz, p_region bigint, p_case bigint, p_now timestamptz
) RETURNS smallint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    r rule%ROWTYPE;
BEGIN
    SELECT * INTO r FROM rule WHERE code = p_rule;
    IF r.not_before IS NOT NULL
       AND p_now < deadline(p_since, rule_wait(p_rule, p_state, p_region, p_now), p_region) THEN
        RETURN 10;
    ELSIF r.time_window IS NOT NULL
       AND p_now > deadline(p_since, rule_window(p_rule, p_region, p_now), p_region) THEN
        RETURN 11;
    ELSIF r.same_year AND EXISTS (
            SELECT 1 FROM case_ c
             WHERE c.id = p_case
               AND service_month(c.region, c.opened_at) / 100 <> service_month(c.region, p_now) / 100) THEN
        RETURN 11;
    END IF;
    RETURN 0;
END $$;

-- fact_missing --
-- The kinds of fact among `p_needs` that this case lacks, given kinds that come with the act itself.
CREATE OR REPLACE FUNCTION fact_missing(
    p_case bigint, p_since timestamptz, p_needs smallint[], p_given smallint[], p_now timestamptz
) RETURNS smallint[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN ARRAY(
        SELECT wanted.need
          FROM unnest(p_needs) WITH ORDINALITY AS wanted(need, place)
          JOIN fact_kind k ON k.code = wanted.need
         WHERE wanted.need <> ALL (p_given)
           AND NOT EXISTS (
                SELECT 1
                  FROM need n JOIN fact f ON f.case_id = p_case AND f.kind = n.kind
                 WHERE n.need = wanted.need
                   AND (k.case_scope OR f.at > p_since)
                   AND (k.fresh_days IS NULL OR f.at > p_now - make_interval(days =>
                        COALESCE((policy_at('fakta.' || k.id || '.segar', p_now))::integer, k.fresh_days)))
                   AND (k.min_age_days IS NULL OR f.at <= p_now - make_interval(days =>
                        COALESCE((policy_at('fakta.' || k.id || '.umur', p_now))::integer, k.min_age_days))))
         ORDER BY wanted.place);
END $$;

-- lacking --
-- Cases refused for missing evidence, grouped by the kinds they lack: recorded ones, else those the door works out.
CREATE OR REPLACE FUNCTION lacking(
    p_rule smallint, p_cases bigint[], p_versions integer[], p_given smallint[], p_now timestamptz
) RETURNS TABLE (cases bigint[], versions integer[], kinds text[])
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT a.id, a.version, a.ord, r.derived, fact_missing(a.id, p.since, r.needs, p_given, p_now) AS need
          FROM unnest(p_cases, p_versions) WITH ORDINALITY AS a(id, version, ord)
          JOIN position p ON p.case_id = a.id JOIN rule r ON r.code = p_rule
    ), found AS MATERIALIZED (
        SELECT b.case_id, k.id, k.code
          FROM rule r JOIN trigger t ON t.code = r.trigger
          JOIN fact_kind k ON k.id = ANY (t.derived) AND k.id NOT IN ('jendela_terbuka', 'kuota_ada', 'pagu_cukup')
         CROSS JOIN LATERAL derived_blocked(
                ARRAY[k.id], ARRAY(SELECT w.id FROM asked w WHERE w.need = '{}'), p_now) AS b
         WHERE r.code = p_rule AND b.code = 13)
    SELECT array_agg(u.id ORDER BY u.ord), array_agg(u.version ORDER BY u.ord), u.lacks
      FROM (SELECT w.id, w.version, w.ord, COALESCE(
                    NULLIF(ARRAY(SELECT k.id FROM fact_kind k WHERE k.code = ANY (w.need)
                                  ORDER BY array_position(w.need, k.code)), '{}'),
                    NULLIF(ARRAY(SELECT f.id FROM found f WHERE f.case_id = w.id ORDER BY f.code), '{}'),
                    NULLIF(ARRAY(SELECT k.id FROM fact_kind k
                                  WHERE k.code = ANY (w.derived)
                                    AND k.id NOT IN ('jendela_terbuka', 'kuota_ada', 'pagu_cukup')
                                  ORDER BY k.code), '{}'),
                    '{isian_wajib_lengkap}') AS lacks
              FROM asked w) AS u
     GROUP BY u.lacks;
END $$;

-- blocked_along --
-- Refusal codes of some cases, laid along all cases asked; what held a case back before goes first.
CREATE OR REPLACE FUNCTION blocked_along(
    p_cases bigint[], p_ids bigint[], p_codes smallint[], p_before smallint[] DEFAULT NULL
) RETURNS smallint[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF p_ids IS NULL THEN
        RETURN p_before;
    END IF;
    RETURN (
        SELECT array_agg(COALESCE(a.code, b.code) ORDER BY a.ord)
          FROM unnest(p_cases, p_before) WITH ORDINALITY AS a(id, code, ord)
          LEFT JOIN (SELECT x.id, min(x.code) AS code FROM unnest(p_ids, p_codes) AS x(id, code) GROUP BY x.id) AS b
                 USING (id));
END $$;

-- amount_fits --
-- Whether an amount was worked out that can be closed (`set`), or the amount that the bank says it credited is the
-- amount closed (`equal`), or is not (`differs`).
CREATE OR REPLACE FUNCTION amount_fits(p_case bigint, p_amount text) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF p_amount = 'set' THEN
        RETURN closing_of(p_case) IS NOT NULL;
    END IF;
    RETURN (p_amount = 'equal') = COALESCE(nominal_of(p_case) = credited_of(p_case), false);
END $$;

-- rule_wait, rule_window --
-- How long a case must have stood before a timer fires; how long an undo stays open. Policy, per rule.
CREATE OR REPLACE FUNCTION rule_wait(p_rule smallint, p_state smallint, p_region bigint, p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE r.not_before
        WHEN 'expire' THEN state_time('expire', p_state, p_region, p_at)
        WHEN 'sla' THEN state_time('sla', p_state, p_region, p_at)
        ELSE COALESCE(policy_for('tunggu.' || r.id, p_region, p_at) #>> '{}', r.not_before)
    END
      FROM rule r WHERE r.code = p_rule
$$;

CREATE OR REPLACE FUNCTION rule_window(p_rule smallint, p_region bigint, p_at timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT COALESCE(policy_for('koreksi.' || r.id, p_region, p_at) #>> '{}', r.time_window)
      FROM rule r WHERE r.code = p_rule
$$;

-- nominal_of, credited_of --
-- The amount a case carries, and the amount the bank last said it credited; rupiah.
CREATE OR REPLACE FUNCTION nominal_of(p_case bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET enable_seqscan = off
AS $$
BEGIN
    RETURN (SELECT rupiah FROM nominal WHERE case_id = p_case ORDER BY version DESC LIMIT 1);
END $$;

CREATE OR REPLACE FUNCTION credited_of(p_case bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET enable_seqscan = off
AS $$
BEGIN
    RETURN (SELECT rupiah_in(f.value)
              FROM fact f
             WHERE f.case_id = p_case AND f.kind = (SELECT code FROM fact_kind WHERE id = 'nominal')
             ORDER BY f.at DESC LIMIT 1);
END $$;

-- edited_by --
-- Which of these proposals are of families whose data one of these persons changed after the case was opened: he does
-- not verify, approve or decide them. Asked per act, and answered without looking at any case for people who never
-- could edit. Field checks and steps of the village are not judged here.
CREATE OR REPLACE FUNCTION edited_by(p_role smallint, p_parties integer[], p_trigger smallint, p_cases bigint[])
RETURNS bigint[]
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM assignment a JOIN role o ON o.code = a.role AND o.edits
                    WHERE a.user_id = ANY (p_parties)) THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT 1 FROM role o WHERE o.code = p_role
                     AND o.id IN ('operator_desa', 'pendamping', 'pengisi_data_kab', 'warga')) THEN
        RETURN NULL;
    END IF;
    RETURN (
        SELECT array_agg(DISTINCT c.id)
          FROM case_ c
          JOIN position p ON p.case_id = c.id
          JOIN arrow w ON w.source = p.state AND w.trigger = p_trigger
          JOIN rule r ON r.code = w.rule AND cardinality(r.barred) > 0
          JOIN LATERAL (SELECT h.act FROM household h WHERE h.id = c.household_id
                         UNION ALL
                        SELECT (k.before ->> 'act')::bigint FROM household_history k WHERE k.household_id = c.household_id) AS e ON true
          JOIN act a ON a.id = e.act AND a.actor = ANY (p_parties) AND a.trigger = op_code('ubah_data')
           AND a.at >= c.opened_at
         WHERE c.id = ANY (p_cases));
END $$;

-- derived_blocked --
-- Needs the door works out itself, without counters: which of these cases lack one, and under which code.
CREATE OR REPLACE FUNCTION derived_blocked(p_derived text[], p_cases bigint[], p_now timestamptz)
RETURNS TABLE (case_id bigint, code smallint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    IF 'isian_wajib_lengkap' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 13::smallint FROM case_ c LEFT JOIN jenis j ON j.code = c.kind
         WHERE c.id = ANY (p_cases)
           AND NOT (proposal_sound(c.id, true)
                    -- A family may have lost its head, or everybody: that is what it says.
                    AND (household_complete(c.household_id) OR j.id = 'MENINGGAL'));
    END IF;
    IF 'perubahan_sah' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 13::smallint FROM case_ c
         WHERE c.id = ANY (p_cases) AND NOT proposal_sound(c.id, false);
    END IF;
    IF 'pemegang' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 17::smallint FROM case_ c WHERE c.id = ANY (p_cases) AND taken_over(c.id);
    END IF;
    IF 'jendela_terbuka' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT shut, 14::smallint FROM windows_shut('kirim', p_cases, p_now) AS shut;
    END IF;
    IF 'cek_terakhir_atau_dikecualikan' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 13::smallint FROM case_ c JOIN jenis j ON j.code = c.kind
         WHERE c.id = ANY (p_cases)
           AND CASE policy_for('ground_check.' || j.id, c.region, p_now) #>> '{}'
                WHEN 'selalu' THEN true
                WHEN 'bila_janggal' THEN EXISTS (
                    SELECT 1 FROM person m
                     WHERE m.household_id = c.household_id AND m.removed_at IS NULL AND m.padan IS FALSE)
                WHEN 'sampel' THEN c.id % 100 < COALESCE(
                    (policy_for('ground_check.sampel_persen', c.region, p_now))::integer, 100)
                ELSE false
               END
           AND cardinality(fact_missing(c.id, p_now,
                ARRAY(SELECT k.code FROM fact_kind k WHERE k.id = 'formulir_cek'), '{}', p_now)) > 0;
    END IF;
    IF 'identitas_padan' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 13::smallint FROM case_ c
         WHERE c.id = ANY (p_cases) AND identity_moved(c.id);
    END IF;
    IF 'tautan_perbaikan_bila_identitas' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 13::smallint FROM case_ c
         WHERE c.id = ANY (p_cases)
           AND (c.household_id IN (SELECT payees_moved(ARRAY[c.household_id]))
           -- The newest word counts: what was said by mistake, and refused, can be put right.
                OR (SELECT f.value @> '{"identitas": true}' FROM fact f
                      JOIN fact_kind k ON k.code = f.kind AND k.id = 'beda_isian'
                      JOIN position p ON p.case_id = f.case_id
                     WHERE f.case_id = c.id AND f.at > p.since ORDER BY f.act DESC LIMIT 1)
               AND NOT EXISTS (
                    SELECT 1 FROM case_ u
                      JOIN jenis j ON j.code = u.kind AND j.id = 'PERBAIKAN_IDENTITAS'
                      JOIN position p ON p.case_id = u.id
                      JOIN state s ON s.code = p.state AND s.id = 'diterapkan'
                      JOIN position mine ON mine.case_id = c.id
                     WHERE u.household_id = c.household_id AND p.since > mine.since));
    END IF;
    RETURN QUERY SELECT * FROM objection_blocked(p_derived, p_cases, p_now);
    RETURN QUERY SELECT b.* FROM siklus_blocked(p_derived, p_cases, p_now) b;
END $$;
