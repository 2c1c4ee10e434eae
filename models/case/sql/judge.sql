-- The judgement: may this actor move these cases along this trigger? Pure reading, one answer per case asked.
-- Refusals are judged in the order of their codes (table refusal_code); the first that holds is the answer.

-- fact_missing --
-- The kinds of fact that `p_rule` needs and this case lacks, given kinds that come with the act itself.
CREATE OR REPLACE FUNCTION fact_missing(
    p_case bigint, p_since timestamptz, p_needs smallint[], p_given smallint[], p_now timestamptz
) RETURNS smallint[]
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE(array_agg(wanted.need ORDER BY wanted.place), '{}')
      FROM unnest(p_needs) WITH ORDINALITY AS wanted(need, place)
      JOIN fact_kind k ON k.code = wanted.need
     WHERE wanted.need <> ALL (p_given)
       AND NOT EXISTS (
            SELECT 1
              FROM need n JOIN fact f ON f.case_id = p_case AND f.kind = n.kind
             WHERE n.need = wanted.need
               AND (k.case_scope OR k.min_age_days IS NOT NULL OR f.at > p_since)
               AND (k.fresh_days IS NULL OR f.at > p_now - make_interval(days =>
                    COALESCE((policy_at('fakta.' || k.id || '.segar', p_now))::integer, k.fresh_days)))
               AND (k.min_age_days IS NULL OR f.at <= p_now - make_interval(days =>
                    COALESCE((policy_at('fakta.' || k.id || '.umur', p_now))::integer, k.min_age_days))))
$$;

-- door_judge --
-- One row per case asked: where it stands, the rule that is open there, and the refusal code (0 = may move).
-- It is inlined into the door's statement, so it must stay one plain STABLE query.
--   p_people   how many different persons stand behind this call
--   p_given    needs satisfied by facts that come with the act
--   p_blocked  cases that a counter or a derived need holds back, with their codes
CREATE OR REPLACE FUNCTION door_judge(
    p_trigger smallint, p_cases bigint[], p_versions integer[], p_role smallint, p_parties integer[],
    p_system boolean, p_people integer, p_second boolean, p_reason smallint, p_given smallint[],
    p_lo bigint, p_hi bigint, p_now timestamptz, p_blocked bigint[], p_blocked_code smallint[]
) RETURNS TABLE (
    ord bigint, case_id bigint, version integer, source smallint, since timestamptz, region bigint,
    rule smallint, target smallint, code smallint
)
LANGUAGE sql STABLE
AS $$
    SELECT a.ord, a.id, p.version, p.state, p.since, p.region, r.code, r.target,
        (CASE
            WHEN p.case_id IS NULL THEN 1
            WHEN a.ver <> p.version THEN 2
            WHEN r.code IS NULL THEN 3
            WHEN NOT p_role = ANY (r.roles) AND NOT (p_second AND p_role = r.second_role) THEN 4
            WHEN r.at_destination AND NOT p_system AND NOT EXISTS (
                SELECT 1 FROM case_share s
                 WHERE s.case_id = p.case_id AND s.region BETWEEN p_lo AND p_hi) THEN 5
            WHEN NOT r.at_destination AND p_lo IS NOT NULL AND p.region NOT BETWEEN p_lo AND p_hi THEN 5
            WHEN r.steps_on | r.steps_off <> 0 AND NOT EXISTS (
                SELECT 1 FROM case_ c
                 WHERE c.id = p.case_id
                   AND jenis_steps(c.kind, p_now) & r.steps_on = r.steps_on
                   AND jenis_steps(c.kind, p_now) & r.steps_off = 0) THEN 6
            WHEN cardinality(r.only_by) > 0 AND NOT EXISTS (
                SELECT 1 FROM transition t
                 WHERE t.case_id = p.case_id AND t.rule = ANY (r.only_by) AND t.actor = ANY (p_parties)) THEN 7
            WHEN cardinality(r.barred) > 0 AND NOT p_system AND EXISTS (
                SELECT 1 FROM transition t
                 WHERE t.case_id = p.case_id AND t.rule = ANY (r.barred) AND t.actor = ANY (p_parties)) THEN 8
            WHEN cardinality(r.after_any) > 0 AND NOT EXISTS (
                SELECT 1 FROM transition t
                 WHERE t.case_id = p.case_id AND t.rule = ANY (r.after_any)) THEN 9
            WHEN cardinality(r.never) > 0 AND EXISTS (
                SELECT 1 FROM transition t WHERE t.case_id = p.case_id AND t.rule = ANY (r.never)) THEN 9
            WHEN cardinality(r.latest) > 0 AND r.latest[1] IS DISTINCT FROM (
                SELECT t.rule FROM transition t
                 WHERE t.case_id = p.case_id AND t.rule = ANY (r.latest)
                 ORDER BY t.version DESC LIMIT 1) THEN 9
            WHEN cardinality(r.undo_of) > 0 AND NOT (
                SELECT t.rule = ANY (r.undo_of) FROM transition t
                 WHERE t.case_id = p.case_id AND t.version = p.version) THEN 9
            WHEN r.not_before IS NOT NULL
             AND p_now < deadline(p.since, rule_wait(r.code, p.state, p.region, p_now), p.region) THEN 10
            WHEN r.time_window IS NOT NULL
             AND p_now > deadline(p.since, rule_window(r.code, p.region, p_now), p.region) THEN 11
            WHEN r.same_year AND EXISTS (
                SELECT 1 FROM case_ c
                 WHERE c.id = p.case_id
                   AND service_month(c.region, c.opened_at) / 100 <> service_month(c.region, p_now) / 100) THEN 11
            WHEN (cardinality(r.reasons) > 0) <> (p_reason IS NOT NULL) THEN 12
            WHEN p_reason IS NOT NULL AND NOT p_reason = ANY (r.reasons) THEN 12
            WHEN p_reason IS NOT NULL AND EXISTS (
                SELECT 1 FROM rule_reason rr
                 WHERE rr.rule = r.code AND rr.source = p.state AND NOT p_reason = ANY (rr.reasons)) THEN 12
            WHEN NOT r.needs <@ p_given
             AND cardinality(fact_missing(p.case_id, p.since, r.needs, p_given, p_now)) > 0 THEN 13
            WHEN blocked.code IS NOT NULL THEN blocked.code
            WHEN r.amount IS NOT NULL AND r.amount <> 'set' AND (r.amount = 'equal') <> COALESCE(
                nominal_of(p.case_id) = credited_of(p.case_id), false) THEN 18
            WHEN r.people > p_people THEN 19
            ELSE 0
        END)::smallint
      FROM unnest(p_cases, p_versions) WITH ORDINALITY AS a(id, ver, ord)
      LEFT JOIN position p ON p.case_id = a.id
      LEFT JOIN arrow w ON w.source = p.state AND w.trigger = p_trigger
      LEFT JOIN rule r ON r.code = w.rule
      LEFT JOIN unnest(p_blocked, p_blocked_code) AS blocked(id, code) ON blocked.id = a.id
$$;

-- jenis_steps --
-- The steps a kind of proposal takes, as bits, at a moment (policy `langkah.<JENIS>`); other machines have none.
CREATE OR REPLACE FUNCTION jenis_steps(p_kind smallint, p_at timestamptz) RETURNS integer
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT COALESCE((SELECT (policy_at('langkah.' || j.id, p_at))::integer FROM jenis j WHERE j.code = p_kind), 0)
$$;

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
LANGUAGE sql STABLE
AS $$ SELECT rupiah FROM nominal WHERE case_id = p_case ORDER BY version DESC LIMIT 1 $$;

CREATE OR REPLACE FUNCTION credited_of(p_case bigint) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT (f.value ->> 'rupiah')::bigint
      FROM fact f
     WHERE f.case_id = p_case AND f.kind = (SELECT code FROM fact_kind WHERE id = 'nominal')
     ORDER BY f.at DESC LIMIT 1
$$;

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
        SELECT c.id, 13::smallint FROM case_ c
         WHERE c.id = ANY (p_cases) AND NOT household_complete(c.household_id);
    END IF;
    IF 'jendela_terbuka' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 14::smallint FROM case_ c JOIN jenis j ON j.code = c.kind
         WHERE c.id = ANY (p_cases)
           AND policy_for('jendela.jenis', c.region, p_now) ? j.id
           AND NOT window_open('kirim', c.region, p_now);
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
    IF 'tautan_perbaikan_bila_identitas' = ANY (p_derived) THEN
        RETURN QUERY
        SELECT c.id, 13::smallint FROM case_ c
         WHERE c.id = ANY (p_cases)
           AND EXISTS (
                SELECT 1 FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'beda_isian'
                  JOIN position p ON p.case_id = f.case_id
                 WHERE f.case_id = c.id AND f.at > p.since AND f.value @> '{"identitas": true}')
           AND NOT EXISTS (
                SELECT 1 FROM case_ u
                  JOIN jenis j ON j.code = u.kind AND j.id = 'PERBAIKAN_IDENTITAS'
                  JOIN position p ON p.case_id = u.id
                  JOIN state s ON s.code = p.state AND s.id = 'diterapkan'
                  JOIN position mine ON mine.case_id = c.id
                 WHERE u.household_id = c.household_id AND p.since > mine.since);
    END IF;
END $$;
