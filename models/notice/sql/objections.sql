-- Objections, told to those concerned. Whoever objects hears every step; the family it is about hears that an objection
-- runs and until when it may answer, how it is decided, and what becomes of an appeal. Nobody is told who objected.

-- objection_parties --
-- Who is told of an objection on which side: `pengaju` brought it, `keluarga` is the family it is about with its
-- citizens' accounts, and, where another family objects, the operators of its village, who tell those without one.
CREATE OR REPLACE FUNCTION objection_parties(p_case bigint) RETURNS TABLE (party text, reader integer)
LANGUAGE sql STABLE
AS $$
    SELECT 'pengaju', COALESCE(g.member, t.actor)
      FROM transition t
      LEFT JOIN LATERAL (SELECT unnest(x.members) AS member FROM actor_group x WHERE x.id = t.actor) AS g ON true
     WHERE t.case_id = p_case AND t.version = 1
    UNION
    SELECT 'keluarga', a.user_id
      FROM case_ c
      JOIN assignment a ON a.household_id = c.household_id
       AND a.valid_from <= alur_now() AND (a.valid_to IS NULL OR a.valid_to > alur_now())
      JOIN role r ON r.code = a.role AND r.id = 'warga'
     WHERE c.id = p_case
    UNION
    SELECT 'keluarga', v.reader
      FROM case_ c
      JOIN jenis j ON j.code = c.kind AND j.id = 'SANGGAH_PIHAK_LAIN'
     CROSS JOIN LATERAL village_people(c.region, ARRAY['operator_desa']) AS v(reader)
     WHERE c.id = p_case
$$;

-- objections_told --
-- Tell the steps of objections that these acts moved: one notice per person, side, village, step and reason. A family
-- that another objects to hears nothing before the objection is admitted, and of checks only their end. Own moves are no
-- news. Who acts for both sides is told once, as the one who objects. Returns how many notices are new.
CREATE OR REPLACE FUNCTION objections_told(p_acts bigint[]) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_told integer;
BEGIN
    WITH step AS MATERIALIZED (
        SELECT t.case_id, t.act, a.actor, a.at, a.reason, r.id AS rule, s.code AS state, k.region, k.opened_at,
               j.id AS kind, j.id = 'SANGGAH_PIHAK_LAIN' AS other,
               EXISTS (SELECT 1 FROM transition x JOIN rule w ON w.code = x.rule AND w.id = 'S10'
                        WHERE x.case_id = t.case_id AND x.version <= t.version) AS admitted
          FROM unnest(p_acts) AS x(act)
          JOIN act a ON a.id = x.act AND a.trigger / 1000 = 4
          JOIN transition t ON t.act = a.id
          JOIN rule r ON r.code = t.rule
          JOIN state s ON s.code = r.target
          JOIN case_ k ON k.id = t.case_id
          JOIN jenis j ON j.code = k.kind
    ), heard AS (
        SELECT DISTINCT ON (s.case_id, s.act, p.reader) s.*, p.reader,
               CASE WHEN s.rule IN ('S24', 'S25', 'S31', 'S32') THEN 'sanggah_putusan'
                    WHEN s.rule = 'S10' AND s.other AND p.party = 'keluarga' THEN 'sanggah_jawab'
                    ELSE 'sanggah_langkah' END AS told,
               CASE s.rule WHEN 'S25' THEN p.party = 'pengaju' OR NOT s.other
                           WHEN 'S24' THEN s.kind = 'MUNDUR' OR s.other AND p.party = 'keluarga'
                           ELSE false END AS may_appeal,
               s.rule = 'S25' OR s.rule = 'S24' AND (s.kind = 'MUNDUR' OR s.other) AS appealable
          FROM step s
         CROSS JOIN LATERAL objection_parties(s.case_id) p
         WHERE (p.party = 'pengaju' OR NOT s.other OR s.admitted AND s.rule IN (
                'S10', 'S23', 'S24', 'S25', 'S27', 'S28', 'S29', 'S30', 'S31', 'S32', 'S33', 'S34'))
           AND p.reader <> s.actor
           AND NOT EXISTS (SELECT 1 FROM actor_group g WHERE g.id = s.actor AND g.members @> ARRAY[p.reader])
         ORDER BY s.case_id, s.act, p.reader, p.party DESC
    ), dated AS (
        SELECT h.*, last_day(CASE WHEN h.told = 'sanggah_jawab'
                          THEN deadline(h.at, policy_for('sanggah.hak_jawab', h.region, h.at) #>> '{}', h.region)
                          WHEN h.appealable THEN deadline(h.at, state_time('sla', h.state, h.region, h.at), h.region)
                     END, h.region) AS until
          FROM heard h
    ), list AS (
        SELECT reader, region, told, state, reason, may_appeal, until, min(act) AS act, count(DISTINCT case_id) AS n,
               min(case_id) AS first, (array_agg(DISTINCT case_number(4::smallint, case_id, opened_at)))[1:10] AS numbers
          FROM dated GROUP BY reader, region, told, state, reason, may_appeal, until
    ), worded AS (
        SELECT l.*, concat_ws(':', l.told, l.act, l.region, l.state, l.reason, l.may_appeal, l.until) AS key,
               jsonb_build_object(
                   'numbers', l.numbers, 'count', l.n, 'region', l.region,
                   'region_name', COALESCE(g.name, l.region::text), 'state', s.id, 'label', s.label,
                   'reason', e.id, 'reason_label', e.label, 'until', l.until,
                   'may_appeal', l.may_appeal,
                   'link', CASE WHEN l.n = 1 THEN '/kasus/' || l.first
                           ELSE '/antrean?mesin=sanggah&status=' || s.id || '&wilayah=' || l.region END) AS data
          FROM list l
          JOIN state s ON s.code = l.state
          LEFT JOIN reason e ON e.code = l.reason
          LEFT JOIN region g ON g.code = l.region
    )
    SELECT notices_put(array_agg(w.reader), array_agg(w.told), array_agg(w.key), array_agg(w.data),
                       array_agg(w.told = 'sanggah_jawab'), array_agg(w.region),
                       array_agg(CASE WHEN w.n = 1 THEN w.first END))
      INTO v_told
      FROM (SELECT * FROM worded ORDER BY act) AS w;
    RETURN COALESCE(v_told, 0);
END $$;
