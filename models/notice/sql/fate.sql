-- What moved, told to whoever it concerns: read from the log in the order of commit, written as notices in the same
-- transaction as the position read up to, so that nothing is told twice and nothing is left out. Here the reader, and the
-- fate of proposals; objections, verval cycles and families' aid have files of their own.

-- case_number --
-- The number people know a case by; as models.case.queries.number.
CREATE OR REPLACE FUNCTION case_number(p_machine smallint, p_case bigint, p_opened timestamptz) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
AS $$
    SELECT CASE p_machine WHEN 1 THEN 'USL-' WHEN 2 THEN 'KPS-' WHEN 3 THEN 'SLR-' WHEN 4 THEN 'SGH-' END
           || extract(year FROM p_opened AT TIME ZONE 'UTC') || '-'
           || lpad(p_case::text, greatest(7, length(p_case::text)), '0')
$$;

-- village_people --
-- Who answers for a village in these roles now.
CREATE OR REPLACE FUNCTION village_people(p_region bigint, p_roles text[]) RETURNS SETOF integer
LANGUAGE sql STABLE
AS $$
    SELECT DISTINCT a.user_id
      FROM assignment a
      JOIN role r ON r.code = a.role AND r.id = ANY (p_roles)
      JOIN account_user u ON u.id = a.user_id AND u.active
     WHERE a.lo = p_region AND a.hi = p_region
       AND a.valid_from <= alur_now() AND (a.valid_to IS NULL OR a.valid_to > alur_now())
$$;

-- fates_told --
-- Tell proposers which of their proposals these acts moved. p_told says by which message a state is told,
-- {"state": {"kind", "urgent"}}; null keeps a state to itself, "*" is for those not named. Returns how many notices are
-- new.
CREATE OR REPLACE FUNCTION fates_told(p_acts bigint[], p_told jsonb) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_told integer;
BEGIN
    WITH step AS MATERIALIZED (
        SELECT t.case_id, t.act, a.actor, a.reason, s.code AS state, k.region, k.opened_at,
               COALESCE(p_told -> s.id, CASE WHEN p_told ? s.id THEN NULL ELSE p_told -> '*' END) AS told,
               CASE WHEN s.id = 'menunggu' THEN k.programme END AS programme,
               CASE WHEN s.id = 'menunggu' THEN k.kind END AS kind
          FROM unnest(p_acts) AS x(act)
          JOIN act a ON a.id = x.act
          JOIN transition t ON t.act = a.id AND t.version > 1
          JOIN rule r ON r.code = t.rule AND r.machine = 1
          JOIN state s ON s.code = r.target
          JOIN case_ k ON k.id = t.case_id
    ), opening AS MATERIALIZED (
        -- What waits for a window is told when the next one opens, after this one where its quota is used up; asked
        -- once for all that are alike.
        SELECT x.region, x.programme, x.kind, x.reason, to_jsonb(w) AS opening
          FROM (SELECT DISTINCT s.region, s.programme, s.kind, s.reason FROM step s WHERE s.kind IS NOT NULL) AS x
          JOIN jenis j ON j.code = x.kind
          LEFT JOIN programme g ON g.code = x.programme
          LEFT JOIN reason e ON e.code = x.reason
         CROSS JOIN LATERAL next_window('kirim', x.region, g.id, j.id, alur_now()) AS n
         CROSS JOIN LATERAL next_window('kirim', x.region, g.id, j.id, CASE
                WHEN n.open_now AND e.id = 'KUOTA_PENUH' THEN COALESCE(n.closes_at, alur_now()) ELSE alur_now() END) AS w
    ), author AS (
        -- Who proposed: whoever made the draft, the citizen who asked for it, and, for a citizen, his village's office.
        SELECT s.*, o.actor AS reader
          FROM step s
          JOIN transition o ON o.case_id = s.case_id
          JOIN rule r ON r.code = o.rule AND r.id IN ('U01', 'U43', 'U44')
         WHERE s.told <> 'null'
        UNION
        SELECT s.*, v.reader
          FROM step s
          JOIN transition o ON o.case_id = s.case_id AND o.version = 1
          JOIN rule r ON r.code = o.rule AND r.id = 'U43'
         CROSS JOIN LATERAL village_people(s.region, ARRAY['operator_desa']) AS v(reader)
         WHERE s.told <> 'null'
        UNION
        -- Where a proposal was given to another village, whoever may take it on there.
        SELECT s.case_id, s.act, s.actor, s.reason, s.state, s.region, s.opened_at,
               '{"kind": "pindah_masuk", "urgent": true}'::jsonb, s.programme, s.kind, v.reader
          FROM step s
         CROSS JOIN LATERAL village_people(NULLIF(held_at(s.case_id, s.state, s.region), s.region),
                                           ARRAY['operator_desa', 'kades']) AS v(reader)
         WHERE handed_on(s.state)
    ), list AS (
        -- One notice per village, step and reason, however many families it is about. Own moves are no news.
        SELECT reader, region, state, reason, told, opening, min(act) AS act, count(DISTINCT case_id) AS n,
               min(case_id) AS first, (array_agg(DISTINCT case_number(1::smallint, case_id, opened_at)))[1:10] AS numbers
          FROM author LEFT JOIN opening USING (region, programme, kind, reason)
         WHERE reader <> actor
           AND NOT EXISTS (SELECT 1 FROM actor_group g WHERE g.id = actor AND g.members @> ARRAY[reader])
         GROUP BY reader, region, state, reason, told, opening
    ), worded AS (
        SELECT l.*, told ->> 'kind' AS kind, (told ->> 'urgent')::boolean AS urgent,
               concat_ws(':', 'nasib', l.act, l.region, l.state, l.reason, l.opening ->> 'opens_at') AS key,
               jsonb_build_object(
                   'numbers', l.numbers, 'count', l.n,
                   'region', l.region, 'region_name', COALESCE(g.name, l.region::text),
                   'state', s.id, 'label', s.label, 'meaning', s.meaning,
                   'holder', CASE WHEN NOT (s.terminal OR s.stable) THEN o.id END, 'away', handed_on(s.code),
                   'due', CASE WHEN NOT (s.terminal OR s.stable) THEN last_day(deadline(
                        alur_now(), state_time('sla', l.state, l.region, alur_now()), l.region), l.region) END,
                   'reason', e.id, 'reason_label', e.label, 'opening', l.opening,
                   'link', CASE WHEN l.n = 1 THEN '/kasus/' || l.first
                           ELSE '/antrean?mesin=usulan&status=' || s.id || CASE
                                WHEN l.told ->> 'kind' <> 'pindah_masuk' THEN '&wilayah=' || l.region ELSE '' END
                           END) AS data
          FROM list l
          JOIN state s ON s.code = l.state
          JOIN role o ON o.code = s.holder
          LEFT JOIN reason e ON e.code = l.reason
          LEFT JOIN region g ON g.code = l.region
    )
    SELECT notices_put(array_agg(w.reader), array_agg(w.kind), array_agg(w.key), array_agg(w.data),
                       array_agg(w.urgent), array_agg(w.region), array_agg(CASE WHEN w.n = 1 THEN w.first END))
      INTO v_told
      FROM (SELECT * FROM worded ORDER BY act) AS w;
    RETURN COALESCE(v_told, 0);
END $$;

-- fate_read --
-- Read up to p_limit acts that are new (`news_next`), and tell whoever is concerned what these moved. Returns how many acts
-- were read. p_told says by which message the state of a proposal is told, see fates_told.
CREATE OR REPLACE FUNCTION fate_read(p_session uuid, p_told jsonb, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_acts bigint[];
BEGIN
    PERFORM demand_system(p_session);
    v_acts := news_next('nasib', p_limit);
    IF cardinality(v_acts) > 0 THEN
        PERFORM fates_told(v_acts, p_told), objections_told(v_acts), visits_told(v_acts), villages_told(v_acts),
                aid_told(p_session, v_acts);
    END IF;
    RETURN cardinality(v_acts);
END $$;

-- weekly_zone --
-- The villages' lists of one week in one time zone: counts per step of the week from p_from to p_to, and the proposals
-- that wait for the village itself. Returns how many notices are new.
CREATE OR REPLACE FUNCTION weekly_zone(p_zone text, p_from timestamptz, p_to timestamptz) RETURNS integer
LANGUAGE plpgsql
AS $$
DECLARE
    v_told integer;
BEGIN
    WITH moved AS (
        SELECT c.region, r.target AS state, count(DISTINCT t.case_id) AS n
          FROM act a
          JOIN transition t ON t.act = a.id
          JOIN rule r ON r.code = t.rule AND r.machine = 1
          JOIN case_ c ON c.id = t.case_id
         WHERE a.at >= p_from AND a.at < p_to AND region_zone(c.region) = p_zone
         GROUP BY c.region, r.target
    ), steps AS (
        SELECT m.region,
               jsonb_agg(jsonb_build_object('state', s.id, 'label', s.label, 'count', m.n) ORDER BY s.code) AS list
          FROM moved m JOIN state s ON s.code = m.state GROUP BY m.region
    ), waiting AS (
        SELECT v.region, count(*) AS n,
               (array_agg(jsonb_build_object('number', case_number(1::smallint, c.id, c.opened_at), 'label', s.label)
                          ORDER BY p.since, c.id))[1:20] AS list
          FROM state s
          JOIN role o ON o.code = s.holder AND o.id IN ('operator_desa', 'kades')
          JOIN position p ON p.state = s.code
          JOIN case_ c ON c.id = p.case_id
         CROSS JOIN LATERAL (
                SELECT CASE WHEN handed_on(s.code) THEN held_at(p.case_id, p.state, p.region) ELSE p.region END AS region) v
         WHERE s.machine = 1 AND NOT s.terminal AND NOT s.stable AND region_zone(v.region) = p_zone
         GROUP BY v.region
    ), village AS (
        SELECT COALESCE(s.region, w.region) AS region, COALESCE(s.list, '[]') AS steps, COALESCE(w.n, 0) AS n,
               COALESCE(to_jsonb(w.list), '[]') AS waiting
          FROM steps s FULL JOIN waiting w ON w.region = s.region
    ), told AS (
        SELECT u.id AS reader, v.region,
               jsonb_build_object(
                   'region', v.region, 'region_name', COALESCE(g.name, v.region::text), 'steps', v.steps,
                   'waiting', v.waiting, 'count', v.n,
                   'since', to_char(p_from AT TIME ZONE p_zone, 'YYYY-MM-DD'),
                   'until', to_char(p_to AT TIME ZONE p_zone - interval '1 day', 'YYYY-MM-DD'),
                   'link', '/antrean?mesin=usulan&urut=lama&wilayah=' || v.region) AS data
          FROM village v
         CROSS JOIN LATERAL village_people(v.region, ARRAY['operator_desa', 'kades']) AS u(id)
          LEFT JOIN region g ON g.code = v.region
    )
    SELECT notices_put(
               array_agg(t.reader), array_agg('mingguan'::text),
               array_agg('mingguan:' || t.region || ':' || (t.data ->> 'since')), array_agg(t.data),
               array_agg(false), array_agg(t.region), array_agg(NULL::bigint))
      INTO v_told FROM told t;
    RETURN COALESCE(v_told, 0);
END $$;

-- weekly_tell --
-- Tell every village's operators and head what became of its proposals, once a week at policy's day and hour in their
-- own zone. Weeks that were missed are told too, up to four. Returns how many notices are new.
CREATE OR REPLACE FUNCTION weekly_tell(p_session uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_now timestamptz := alur_now();
    v_policy jsonb := policy_at('pemberitahuan.mingguan', v_now);
    v_told integer := 0;
    v_zone text;
    v_day timestamp;
    v_last timestamp;
    v_until timestamptz;
BEGIN
    PERFORM demand_system(p_session);
    FOREACH v_zone IN ARRAY ARRAY['Asia/Jakarta', 'Asia/Makassar', 'Asia/Jayapura'] LOOP
        -- The beginning of the last day whose hour of telling has come.
        v_last := date_trunc('day', v_now AT TIME ZONE v_zone - make_interval(hours => (v_policy ->> 'jam')::integer));
        v_last := v_last - make_interval(
            days => (extract(isodow FROM v_last)::integer - (v_policy ->> 'hari')::integer + 7) % 7);
        INSERT INTO notice_cursor (name, xid, act, until)
        VALUES ('mingguan.' || v_zone, '0', 0, (v_last - interval '7 days') AT TIME ZONE v_zone)
        ON CONFLICT (name) DO NOTHING;
        SELECT until INTO v_until FROM notice_cursor WHERE name = 'mingguan.' || v_zone FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        v_day := greatest(v_until AT TIME ZONE v_zone, v_last - interval '28 days') + interval '7 days';
        WHILE v_day <= v_last LOOP
            v_told := v_told + weekly_zone(
                v_zone, (v_day - interval '7 days') AT TIME ZONE v_zone, v_day AT TIME ZONE v_zone);
            v_day := v_day + interval '7 days';
        END LOOP;
        UPDATE notice_cursor SET until = v_last AT TIME ZONE v_zone
         WHERE name = 'mingguan.' || v_zone AND until < v_last AT TIME ZONE v_zone;
    END LOOP;
    RETURN v_told;
END $$;
