-- What is stuck, and why. Everything here reads under the row-level security of whoever asks, but for the watch's own age.

-- work_trouble --
-- Batches, gates, calls and requests to wake that do not go on by themselves, or that wait for nobody. How long each may
-- take is policy macet.jalan. `version` tells one trouble of a subject from the next; `due` is when it became late.
CREATE OR REPLACE FUNCTION work_trouble(p_now timestamptz)
RETURNS TABLE (
    subject text, key bigint, version bigint, reason text, batch bigint, lo bigint, hi bigint, programme smallint,
    role smallint, since timestamptz, due timestamptz
)
LANGUAGE sql STABLE
AS $$
    WITH limits AS MATERIALIZED (
        SELECT (w ->> 'sewa')::interval AS lease, (w ->> 'gerbang')::interval AS gate, (w ->> 'bangun')::interval AS wake,
               (w ->> 'panggilan')::interval AS call, k.shift
          FROM policy_at('macet.jalan', p_now) AS w, clock k),
    run AS MATERIALIZED (
        SELECT b.id, b.lo, b.hi, b.programme, n.attempt, n.outcome, n.lease_until + l.shift AS lease_until,
               n.ended_at + l.shift AS ended_at, l.lease, l.gate,
               EXISTS (SELECT 1 FROM wake w WHERE w.batch = b.id AND w.done_at IS NULL) AS asked
          FROM limits l CROSS JOIN batch b
          JOIN LATERAL (SELECT * FROM batch_run r WHERE r.batch = b.id ORDER BY r.attempt DESC LIMIT 1) n ON true
         WHERE b.state = 'terbuka')
    -- A run that fell silent or failed, and that nothing is about to replace.
    SELECT 'batch', r.id, r.attempt, 'jalan_terputus', r.id, r.lo, r.hi, r.programme, NULL::smallint,
           COALESCE(r.ended_at, r.lease_until), COALESCE(r.ended_at, r.lease_until)
      FROM run r
     WHERE r.ended_at IS NULL AND r.lease_until < p_now - r.lease OR r.outcome = 'gagal' AND NOT r.asked
    UNION ALL
    -- A run that waits although its gate was decided, or although none is open.
    SELECT 'batch', r.id, r.attempt, CASE WHEN d.since IS NULL THEN 'batch_tanpa_gerbang' ELSE 'lewat_gerbang' END,
           r.id, r.lo, r.hi, r.programme, NULL, COALESCE(d.since, r.ended_at), COALESCE(d.since, r.ended_at)
      FROM run r
     CROSS JOIN LATERAL (SELECT min(a.decided_at) AS since FROM approval a
                          WHERE a.batch = r.id AND a.state IN ('disetujui', 'ditolak')) AS d
     WHERE r.outcome = 'tunda' AND COALESCE(d.since, r.ended_at) < p_now - r.gate
       AND (d.since IS NOT NULL OR NOT r.asked AND NOT EXISTS (
            SELECT 1 FROM approval a WHERE a.batch = r.id AND a.state = 'terbuka'))
    UNION ALL
    SELECT 'bangun', w.id, 0, 'bangun_tidak_dijawab', b.id, b.lo, b.hi, b.programme, NULL, w.created_at, w.created_at
      FROM limits l CROSS JOIN wake w JOIN batch b ON b.id = w.batch
     WHERE w.done_at IS NULL AND w.created_at < p_now - l.wake
    UNION ALL
    SELECT 'panggilan', c.id, 0, 'panggilan_tidak_diketahui', b.id, b.lo, b.hi, b.programme, NULL, c.created_at, c.updated_at
      FROM limits l CROSS JOIN call c JOIN batch b ON b.id = c.batch
     WHERE c.state = 'tidak_diketahui' AND c.created_at < p_now - l.call
    UNION ALL
    SELECT 'gerbang', a.id, 0,
           CASE WHEN cardinality(e.users) < a.people - e.decided THEN 'gerbang_tanpa_penyetuju' ELSE 'gerbang_terlambat' END,
           a.batch, a.lo, a.hi, a.programme, a.role, a.opened_at, COALESCE(a.deadline, a.opened_at)
      FROM approval a
     CROSS JOIN LATERAL (
            SELECT approvers(a.id, p_now) AS users,
                   (SELECT count(*) FROM decision d WHERE d.approval = a.id AND d.verdict = 'setuju') AS decided) AS e
     WHERE a.state = 'terbuka' AND (a.deadline <= p_now OR cardinality(e.users) < a.people - e.decided)
$$;

-- stuck_why --
-- Where each of these cases stands, how late it is, who could move it, and why it does not move; reason null where
-- nothing holds it. `able` are the persons at work whom four eyes leave a way forward.
CREATE OR REPLACE FUNCTION stuck_why(p_cases bigint[], p_now timestamptz)
RETURNS TABLE (
    case_id bigint, version integer, state smallint, region bigint, programme smallint, batch bigint, since timestamptz,
    due timestamptz, level smallint, holder smallint, people integer[], able integer[], gate bigint, trouble text,
    trouble_key bigint, reason text
)
LANGUAGE sql STABLE
AS $$
    WITH stands AS MATERIALIZED (SELECT p.* FROM position p WHERE p.case_id = ANY (p_cases) AND p.state < 20000),
    asked AS MATERIALIZED (
        SELECT p.*, g.place
          FROM (SELECT min(x.region) AS lo, max(x.region) AS hi FROM stands x) AS span
         CROSS JOIN LATERAL due_segments(span.lo, span.hi) g
          JOIN stands p ON p.region BETWEEN g.lo AND g.hi),
    -- Policy is asked once for all villages that are alike; a level is a comparison with moments found once.
    desk AS MATERIALIZED (
        SELECT a.place,
               deadline(p_now, policy_for('macet.pengingat', a.place, p_now) #>> '{}', a.place) AS soon,
               ARRAY(SELECT due_cutoff(p_now, w.word, a.place)
                       FROM jsonb_array_elements_text(policy_for('macet.jenjang', a.place, p_now)) AS w(word)) AS climbs
          FROM (SELECT DISTINCT x.place FROM asked x) AS a),
    said AS MATERIALIZED (
        SELECT t.* FROM state_times(ARRAY(SELECT DISTINCT x.place FROM asked x), p_now) AS t),
    dated AS MATERIALIZED (
        SELECT a.*, y.remind, deadline(a.since, y.sla, a.region) AS due
          FROM asked a JOIN said y ON (y.state, y.place) = (a.state, a.place)),
    handed AS MATERIALIZED (SELECT s.code FROM state s WHERE s.code < 20000 AND handed_on(s.code)),
    found AS MATERIALIZED (
        SELECT a.case_id, a.version, a.state, a.region,
               CASE WHEN a.state IN (SELECT h.code FROM handed h) THEN held_at(a.case_id, a.state, a.region)
                    ELSE a.region END AS desk, a.programme, a.batch, a.since, a.due, s.holder,
               CASE WHEN own_scope(s.holder) THEN a.case_id END AS own,
               (CASE WHEN a.due <= p_now THEN 1 + (SELECT count(*) FROM unnest(d.climbs) AS c WHERE a.due < c)
                     WHEN COALESCE(deadline(a.since, a.remind, a.region) <= p_now, a.due <= d.soon) THEN 0 END)::smallint
                   AS level
          FROM dated a JOIN state s ON s.code = a.state JOIN desk d ON d.place = a.place),
    place AS MATERIALIZED (
        SELECT f.holder, f.desk, f.programme, f.own,
               ARRAY(SELECT h.user_id FROM holders(f.own, f.holder, f.desk, f.programme, p_now) h ORDER BY 1) AS people,
               ARRAY(SELECT h.user_id FROM holders(f.own, f.holder, f.desk, f.programme, p_now) h
                      WHERE h.status = 'aktif' ORDER BY 1) AS active
          FROM (SELECT DISTINCT f.holder, f.desk, f.programme, f.own FROM found f) AS f),
    trouble AS MATERIALIZED (SELECT * FROM work_trouble(p_now)),
    known AS (
        SELECT f.*, h.people, h.active, unbarred(f.case_id, f.state, f.holder, h.active) AS able, r.id = 'sistem' AS auto,
               g.id AS gate, x.subject AS trouble, x.key AS trouble_key, x.reason AS trouble_reason
          FROM found f
          JOIN role r ON r.code = f.holder
          JOIN place h ON (h.holder, h.desk, h.programme) = (f.holder, f.desk, f.programme)
                      AND h.own IS NOT DISTINCT FROM f.own
          -- A gate that is open over the case as it stands.
          LEFT JOIN LATERAL (
                SELECT a.id FROM approval a JOIN approval_case c ON c.approval = a.id AND c.case_id = f.case_id
                 WHERE a.batch = f.batch AND a.state = 'terbuka' AND c.version = f.version
                 ORDER BY a.id DESC LIMIT 1) g ON true
          LEFT JOIN LATERAL (
                SELECT t.subject, t.key, t.reason FROM trouble t
                 WHERE t.batch = f.batch AND t.subject <> 'gerbang'
                   AND (t.subject <> 'panggilan' OR EXISTS (
                        SELECT 1 FROM call c CROSS JOIN unnest(c.ids) AS row_id
                         WHERE c.id = t.key AND split_part(row_id, '.', 1) = f.case_id::text))
                    OR t.subject = 'gerbang' AND t.key = g.id
                 ORDER BY t.subject = 'panggilan' DESC, t.subject, t.key LIMIT 1) x ON true)
    SELECT k.case_id, k.version, k.state, k.region, k.programme, k.batch, k.since, k.due, k.level, k.holder, k.people,
           k.able, k.gate, k.trouble, k.trouble_key,
           CASE WHEN k.gate IS NOT NULL AND k.trouble = 'gerbang' THEN k.trouble_reason
                WHEN NOT k.auto AND k.gate IS NULL AND cardinality(k.people) = 0 THEN 'tanpa_pemegang'
                WHEN NOT k.auto AND k.gate IS NULL AND cardinality(k.active) = 0 THEN 'pemegang_nonaktif'
                WHEN NOT k.auto AND k.gate IS NULL AND cardinality(k.able) = 0 THEN 'terhalang_empat_mata'
                WHEN k.level >= 1 AND k.trouble IS NOT NULL AND k.trouble <> 'gerbang' THEN k.trouble_reason
                WHEN k.level >= 1 AND k.auto THEN 'otomatis_macet'
                WHEN k.level >= 1 THEN 'terlambat'
                WHEN k.level = 0 THEN 'segera_jatuh_tempo' END
      FROM known k
$$;

-- stuck_unheld --
-- Open cases of a range of villages that stand where nobody at work could move them, late or not.
CREATE OR REPLACE FUNCTION stuck_unheld(p_lo bigint, p_hi bigint, p_now timestamptz) RETURNS SETOF bigint
LANGUAGE sql STABLE
AS $$
    WITH handed AS MATERIALIZED (SELECT s.code FROM state s WHERE s.code < 20000 AND handed_on(s.code)),
    open_ AS MATERIALIZED (
        SELECT p.case_id, p.state, p.programme, s.holder,
               CASE WHEN p.state IN (SELECT h.code FROM handed h) THEN held_at(p.case_id, p.state, p.region)
                    ELSE p.region END AS desk,
               CASE WHEN own_scope(s.holder) THEN p.case_id END AS own
          FROM position p JOIN state s ON s.code = p.state JOIN role r ON r.code = s.holder AND r.id <> 'sistem'
         WHERE p.state < 20000 AND p.region BETWEEN p_lo AND p_hi),
    unheld AS MATERIALIZED (
        SELECT d.* FROM (SELECT DISTINCT o.holder, o.desk, o.programme, o.own FROM open_ o) AS d
         WHERE NOT EXISTS (SELECT 1 FROM holders(d.own, d.holder, d.desk, d.programme, p_now) h
                            WHERE h.status = 'aktif'))
    SELECT o.case_id FROM open_ o JOIN unheld u ON (u.holder, u.desk, u.programme) = (o.holder, o.desk, o.programme)
                                               AND u.own IS NOT DISTINCT FROM o.own
$$;

-- desk_time --
-- What time it is where a person works.
CREATE OR REPLACE FUNCTION desk_time(p_user integer) RETURNS timestamp
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT alur_now() AT TIME ZONE notice_zone(p_user) $$;

-- watch_age --
-- For how many seconds, by the real clock, the watch over stuck cases has not come to its end; since the installation
-- where it never did.
CREATE OR REPLACE FUNCTION watch_age() RETURNS double precision
LANGUAGE sql STABLE
AS $$
    SELECT extract(epoch FROM clock_timestamp() - COALESCE(
        (SELECT h.at FROM heartbeat h WHERE h.name = 'pantau'), (SELECT min(v.recorded_at) FROM policy_version v)))
           ::double precision
$$;

-- watch_silent --
-- Tell every admin_pusat when the watch itself has been silent for longer than policy macet.pantau_mati allows: once a
-- day, whoever asks and however often. Returns how many were told. Asked by every API process, which needs no Prefect.
CREATE OR REPLACE FUNCTION watch_silent() RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_now timestamptz := alur_now();
    v_age double precision := watch_age();
    v_users integer[];
    v_hours integer := floor(v_age / 3600);
    v_key text := 'pantau_mati:' || to_char(v_now AT TIME ZONE 'Asia/Jakarta', 'YYYY-MM-DD');
BEGIN
    IF make_interval(secs => v_age) <= (policy_at('macet.pantau_mati', v_now) #>> '{}')::interval THEN
        RETURN 0;
    END IF;
    SELECT array_agg(DISTINCT p.user_id) INTO v_users FROM people_over(ARRAY['admin_pusat'], 0, 9999999999, v_now) p;
    IF v_users IS NULL THEN
        RETURN 0;
    END IF;
    RETURN notices_put(v_users, array_fill('pantau_mati'::text, ARRAY[cardinality(v_users)]),
                       array_fill(v_key, ARRAY[cardinality(v_users)]),
                       array_fill(jsonb_build_object('jam', v_hours), ARRAY[cardinality(v_users)]),
                       array_fill(true, ARRAY[cardinality(v_users)]), array_fill(NULL::bigint, ARRAY[cardinality(v_users)]),
                       array_fill(NULL::bigint, ARRAY[cardinality(v_users)]));
END $$;

REVOKE ALL ON FUNCTION holders(bigint, smallint, bigint, smallint, timestamptz), approvers(bigint, timestamptz),
    persons_as(integer, smallint), parties_as(integer, smallint),
    people_over(text[], bigint, bigint, timestamptz), desk_time(integer), watch_silent(),
    held_at(bigint, smallint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION held_at(bigint, smallint, bigint), holders(bigint, smallint, bigint, smallint, timestamptz), approvers(bigint, timestamptz),
    persons_as(integer, smallint), parties_as(integer, smallint) TO alur_api, alur_worker, alur_auditor;
GRANT EXECUTE ON FUNCTION people_over(text[], bigint, bigint, timestamptz), desk_time(integer) TO alur_worker;
GRANT EXECUTE ON FUNCTION watch_silent() TO alur_api;
