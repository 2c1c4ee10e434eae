-- What becomes of a family's aid, told to it and to those who look after it: a membership that is refused, waits, is
-- held, restored or ended, and a payment that is taken out or comes back. Sources: domain sections 1.8 and 2.4.

-- family_readers --
-- Who is told about these families: `keluarga` are their own accounts; `petugas` the operators of the village and
-- whoever looks after the family, who tell one that has no account. A person once for a family, as its own where he is.
CREATE OR REPLACE FUNCTION family_readers(p_households bigint[], p_regions bigint[])
RETURNS TABLE (household bigint, region bigint, party text, reader integer)
LANGUAGE sql STABLE
AS $$
    WITH family AS MATERIALIZED (
        SELECT DISTINCT f.household, f.region FROM unnest(p_households, p_regions) AS f(household, region)
    ), village AS MATERIALIZED (
        SELECT v.region, o.reader
          FROM (SELECT DISTINCT f.region FROM family f) AS v
         CROSS JOIN LATERAL village_people(v.region, ARRAY['operator_desa']) AS o(reader)
    ), found AS (
        SELECT f.household, f.region, 'keluarga' AS party, a.user_id AS reader
          FROM family f
          JOIN assignment a ON a.household_id = f.household
           AND a.valid_from <= alur_now() AND (a.valid_to IS NULL OR a.valid_to > alur_now())
          JOIN role r ON r.code = a.role AND r.id = 'warga'
        UNION ALL
        SELECT f.household, f.region, 'petugas', v.reader FROM family f JOIN village v ON v.region = f.region
        UNION ALL
        SELECT f.household, f.region, 'petugas', l.user_id
          FROM family f
          JOIN family_assignment l ON l.household_id = f.household
           AND l.valid_from <= alur_now() AND (l.valid_to IS NULL OR l.valid_to > alur_now())
    )
    SELECT DISTINCT ON (n.household, n.region, n.reader) n.household, n.region, n.party, n.reader
      FROM found n JOIN account_user u ON u.id = n.reader AND u.active AND u.kind = 'person'
     ORDER BY n.household, n.region, n.reader, n.party
$$;

-- aid_message --
-- By which message a move of a membership or a payment is told; null where it is nobody's news, as a migration (K02),
-- which brings a family what it had, and the way to a decree (K06, K07, K09).
CREATE OR REPLACE FUNCTION aid_message(p_rule text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT CASE
        WHEN p_rule = 'K04' THEN 'peserta_ditolak'
        WHEN p_rule IN ('K05', 'K12') THEN 'peserta_tunggu'
        WHEN p_rule = 'K13' THEN 'peserta_ditahan'
        WHEN p_rule IN ('K14', 'K15', 'K18', 'K20', 'K21') THEN 'peserta_pulih'
        WHEN p_rule IN ('K16', 'K17', 'K22') THEN 'peserta_keluar'
        WHEN p_rule IN ('P02', 'P48', 'P51', 'P56') THEN 'bayar_ditahan'
        WHEN p_rule = 'P05' THEN 'bayar_keluar'
        WHEN p_rule IN ('P04', 'P46', 'P57') THEN 'bayar_pulih' END
$$;

-- aid_steps --
-- The moves of these acts that are a family's news. None is: an assessment that comes out as the last one did (each
-- DTSEN version assesses again); the end of a membership that goes on in another village or with a family that split
-- off; and a payment that moved because its membership did, which is told already.
CREATE OR REPLACE FUNCTION aid_steps(p_acts bigint[])
RETURNS TABLE (
    case_id bigint, version integer, act bigint, actor integer, at timestamptz, reason smallint, told text,
    machine smallint, state smallint, household bigint, region bigint, programme smallint, period integer,
    opened_at timestamptz
)
LANGUAGE sql STABLE
AS $$
    WITH moved AS MATERIALIZED (
        SELECT t.case_id, t.version, t.act, a.actor, a.cause, a.at, a.reason, r.id AS rule, r.machine, r.target
          FROM unnest(p_acts) AS x(act)
          JOIN act a ON a.id = x.act AND a.trigger / 1000 IN (2, 3)
          JOIN transition t ON t.act = a.id
          JOIN rule r ON r.code = t.rule AND aid_message(r.id) IS NOT NULL
    ), with_membership AS MATERIALIZED (
        SELECT DISTINCT p.act, c.household_id, c.programme
          FROM (SELECT DISTINCT m.act, m.cause FROM moved m WHERE m.machine = 3 AND m.cause IS NOT NULL) AS p
         CROSS JOIN LATERAL (SELECT p.cause AS id UNION SELECT s.id FROM act s WHERE s.cause = p.cause) AS n
          JOIN act a ON a.id = n.id AND a.trigger / 1000 = 2
          JOIN transition t ON t.act = a.id
          JOIN rule r ON r.code = t.rule AND aid_message(r.id) IS NOT NULL
          JOIN case_ c ON c.id = t.case_id
    )
    SELECT m.case_id, m.version, m.act, m.actor, m.at, m.reason, aid_message(m.rule), m.machine, m.target,
           k.household_id, k.region, k.programme, k.period, k.opened_at
      FROM moved m JOIN case_ k ON k.id = m.case_id
     WHERE NOT (m.rule IN ('K04', 'K05') AND EXISTS (
                SELECT 1 FROM transition again
                  JOIN rule n ON n.code = again.rule AND n.id = 'K10'
                  JOIN transition last ON last.case_id = again.case_id AND last.version = again.version - 1
                  JOIN rule o ON o.code = last.rule AND o.target = m.target
                  JOIN act b ON b.id = last.act
                 WHERE again.case_id = m.case_id AND again.version = m.version - 1
                   AND (m.rule = 'K05' OR b.reason IS NOT DISTINCT FROM m.reason)))
       AND NOT (aid_message(m.rule) = 'peserta_keluar' AND taken_over(m.case_id))
       AND NOT EXISTS (SELECT 1 FROM with_membership w
                        WHERE (w.act, w.household_id, w.programme) = (m.act, k.household_id, k.programme))
$$;

-- member_meant --
-- The place in its family (`hubungan`) of the member whom the evidence of a move names; null where it names none.
CREATE OR REPLACE FUNCTION member_meant(p_case bigint, p_act bigint, p_household bigint) RETURNS smallint
LANGUAGE sql STABLE
AS $$
    SELECT p.hubungan
      FROM (SELECT f.kind, f.value FROM fact f WHERE f.case_id = p_case AND f.act = p_act
            UNION ALL
            SELECT s.kind, s.value FROM act_fact s WHERE s.act = p_act) AS said
      JOIN fact_kind k ON k.code = said.kind AND k.id IN ('anggota_terkait', 'sumber_temuan', 'hasil_uji_syarat')
      JOIN person p ON p.id = number_in(said.value -> 'anggota') AND p.household_id = p_household
     ORDER BY k.id LIMIT 1
$$;

-- aid_told --
-- Tell what these acts did to families' aid: one notice per person, village, programme, step and reason; a family's own
-- account hears which member is meant, by his place in the family. A held membership has days to answer, and an ended
-- one to object. That a family was told of its hold is known of its case from then on, with the notices' numbers (K16).
-- Own moves are no news. Returns how many notices are new.
CREATE OR REPLACE FUNCTION aid_told(p_session uuid, p_acts bigint[]) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_told integer;
    v_now timestamptz := alur_now();
    v_answer interval := (
        SELECT make_interval(days => COALESCE((policy_at('fakta.' || k.id || '.umur', v_now))::integer, k.min_age_days))
          FROM fact_kind k WHERE k.id = 'pemberitahuan_14_hari');
    v_list jsonb[];
    v_cases bigint[];
    v_values jsonb[];
BEGIN
    IF NOT EXISTS (SELECT 1 FROM act a WHERE a.id = ANY (p_acts) AND a.trigger / 1000 IN (2, 3)) THEN
        RETURN 0;  -- most news is of proposals: nobody's accounts are looked up
    END IF;
    WITH step AS MATERIALIZED (
        SELECT * FROM aid_steps(p_acts)
    ), readers AS MATERIALIZED (
        SELECT n.* FROM (SELECT array_agg(s.household) AS households, array_agg(s.region) AS regions FROM step s) AS f
         CROSS JOIN LATERAL family_readers(f.households, f.regions) n
    ), heard AS (
        SELECT s.*, n.reader,
               CASE WHEN n.party = 'keluarga' THEN member_meant(s.case_id, s.act, s.household) END AS member,
               last_day(CASE s.told
                    WHEN 'peserta_ditahan' THEN v_now + v_answer
                    WHEN 'peserta_keluar' THEN
                        deadline(s.at, policy_for('sanggah.batas', s.region, s.at) #>> '{}', s.region) END,
                    s.region) AS until
          FROM step s
          JOIN readers n ON (n.household, n.region) = (s.household, s.region)
         WHERE n.reader <> s.actor
           AND NOT EXISTS (SELECT 1 FROM actor_group g WHERE g.id = s.actor AND g.members @> ARRAY[n.reader])
    ), list AS (
        SELECT reader, region, told, machine, state, programme, period, reason, member, until, min(act) AS act,
               count(DISTINCT case_id) AS n, min(case_id) AS first, jsonb_agg(DISTINCT case_id) AS cases,
               (array_agg(DISTINCT case_number(machine, case_id, opened_at)))[1:10] AS numbers
          FROM heard GROUP BY reader, region, told, machine, state, programme, period, reason, member, until
    ), worded AS (
        SELECT l.*, concat_ws(':', l.told, l.act, l.region, l.state, l.programme, l.period, l.reason, l.member) AS key,
               jsonb_build_object(
                   'numbers', l.numbers, 'count', l.n, 'region', l.region,
                   'region_name', COALESCE(g.name, l.region::text), 'programme', o.id,
                   'period', NULLIF(l.period, 0), 'state', s.id, 'label', s.label,
                   'reason', e.id, 'reason_label', e.label, 'source', e.detected_by, 'member', l.member,
                   'until', l.until,
                   'link', CASE WHEN l.n = 1 THEN '/kasus/' || l.first
                           ELSE '/antrean?mesin=' || m.name || '&status=' || s.id || '&wilayah=' || l.region END) AS data
          FROM list l
          JOIN state s ON s.code = l.state
          JOIN machine m ON m.code = s.machine
          JOIN programme o ON o.code = l.programme
          LEFT JOIN reason e ON e.code = l.reason
          LEFT JOIN region g ON g.code = l.region
    )
    SELECT notices_put(array_agg(w.reader), array_agg(w.told), array_agg(w.key), array_agg(w.data),
                       array_agg(w.told = 'peserta_ditahan'), array_agg(w.region),
                       array_agg(CASE WHEN w.n = 1 THEN w.first END)),
           array_agg(jsonb_build_object('reader', w.reader, 'key', w.key, 'cases', w.cases))
               FILTER (WHERE w.told = 'peserta_ditahan')
      INTO v_told, v_list
      FROM (SELECT * FROM worded ORDER BY act) AS w;
    -- Of those that are held still, by the move that was told.
    SELECT array_agg(x.case_id ORDER BY x.case_id), array_agg(x.value ORDER BY x.case_id) INTO v_cases, v_values
      FROM (SELECT p.case_id, jsonb_build_object(
                        'tanggal', to_char(v_now AT TIME ZONE region_zone(p.region), 'YYYY-MM-DD'),
                        'pemberitahuan', jsonb_agg(n.id ORDER BY n.id)) AS value
              FROM unnest(v_list) AS l
              JOIN notice n ON n.user_id = (l ->> 'reader')::integer AND n.key = l ->> 'key'
             CROSS JOIN LATERAL jsonb_array_elements(l -> 'cases') AS c
              JOIN position p ON p.case_id = c::bigint
              JOIN transition t ON t.case_id = p.case_id AND t.version = p.version AND t.act = ANY (p_acts)
              JOIN rule r ON r.code = t.rule AND r.id = 'K13'
             GROUP BY p.case_id, p.region) AS x;
    IF v_cases IS NOT NULL THEN
        PERFORM door_facts(p_session, v_cases,
                           array_fill('pemberitahuan_14_hari'::text, ARRAY[cardinality(v_cases)]), v_values);
    END IF;
    RETURN COALESCE(v_told, 0);
END $$;
