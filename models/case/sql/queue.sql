-- The queue: cases of one state in the order in which they came to it, for a village, a kabupaten or the nation, in a
-- time that does not grow with the number of cases.

-- came_by --
-- Whether a case came to where it stands by an act that gave this reason.
CREATE OR REPLACE FUNCTION came_by(p_case bigint, p_version integer, p_reason smallint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT 1 FROM transition t JOIN act a ON a.id = t.act AND a.reason = p_reason
                    WHERE t.case_id = p_case AND t.version = p_version)
$$;

-- queue_rows --
-- The first p_limit cases of a state in a range of villages that come after (p_since, p_id), ordered by since and number.
-- Null leaves a filter open. What the session named in the transaction may see is applied here: its range of villages
-- (cases given into it from another village besides), its programme, its own files; others see nothing by this way and
-- ask for their few families (`queue_own`). Index position_line holds each kabupaten's cases of a state in order: the
-- kabupaten whose first case is early enough are merged, whatever their number of cases.
CREATE OR REPLACE FUNCTION queue_rows(
    p_state smallint, p_lo bigint, p_hi bigint, p_programme smallint, p_period integer, p_since timestamptz, p_id bigint,
    p_limit integer, p_reason smallint DEFAULT NULL
) RETURNS TABLE (case_id bigint, since timestamptz)
LANGUAGE plpgsql STABLE ROWS 50 SECURITY DEFINER SET search_path = public, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_bitmapscan = off
AS $$
DECLARE
    me identity := seen();
    v_lo bigint := greatest(p_lo, 0);
    v_hi bigint := least(p_hi, 9999999999);
    v_programme smallint := p_programme;
    v_file text;
    v_since timestamptz := COALESCE(p_since, '-infinity');
    v_id bigint := COALESCE(p_id, -1);
    v_plain boolean;
    v_shared boolean;
BEGIN
    IF me.user_id IS NULL THEN
        RETURN;
    ELSIF me.lo IS NOT NULL THEN
        v_lo := greatest(v_lo, me.lo);
        v_hi := least(v_hi, me.hi);
    ELSIF me.scope = 'programme' THEN
        IF p_programme <> me.programme THEN
            RETURN;
        END IF;
        v_programme := me.programme;
    ELSIF me.scope = 'own_files' THEN
        v_file := me.organisation;
    ELSE
        RETURN;
    END IF;
    v_shared := me.lo IS NOT NULL AND v_hi - v_lo < 1000000;
    v_plain := p_since IS NULL AND p_period IS NULL AND p_reason IS NULL AND v_programme IS NULL AND v_file IS NULL
               AND v_lo % 1000000 = 0 AND v_hi % 1000000 = 999999;
    RETURN QUERY
    WITH RECURSIVE line(kab, since, case_id) AS (
        SELECT f.* FROM (
            SELECT p.region / 1000000, p.since, p.case_id FROM position p
             WHERE p.state = p_state AND p.region / 1000000 >= v_lo / 1000000 AND p.region / 1000000 <= v_hi / 1000000
             ORDER BY p.region / 1000000, p.since, p.case_id LIMIT 1) AS f
        UNION ALL
        SELECT n.* FROM line l CROSS JOIN LATERAL (
            SELECT p.region / 1000000, p.since, p.case_id FROM position p
             WHERE p.state = p_state AND p.region / 1000000 > l.kab AND p.region / 1000000 <= v_hi / 1000000
             ORDER BY p.region / 1000000, p.since, p.case_id LIMIT 1) AS n),
    -- Without a place to go on from and without filters the first of each line is its first.
    first AS (
        SELECT l.kab, f.since
          FROM line l
         CROSS JOIN LATERAL (
                SELECT l.since, l.case_id WHERE v_plain
                UNION ALL (
                SELECT p.since, p.case_id FROM position p
                 WHERE NOT v_plain AND p.state = p_state AND p.region / 1000000 = l.kab
                   AND (p.since, p.case_id) > (v_since, v_id)
                   AND p.region BETWEEN v_lo AND v_hi
                   AND (v_programme IS NULL OR p.programme = v_programme)
                   AND (p_period IS NULL OR EXISTS (SELECT 1 FROM case_ c WHERE c.id = p.case_id AND c.period = p_period))
                   AND (p_reason IS NULL OR came_by(p.case_id, p.version, p_reason))
                   AND (v_file IS NULL OR EXISTS (SELECT 1 FROM file_case f WHERE f.case_id = p.case_id
                                                     AND f.organisation = v_file AND f.ended_at IS NULL))
                 ORDER BY p.since, p.case_id LIMIT 1)) AS f
         ORDER BY f.since LIMIT p_limit),
    kept AS (
        SELECT r.case_id, r.since
          FROM first e
         CROSS JOIN LATERAL (
                SELECT p.case_id, p.since FROM position p
                 WHERE p.state = p_state AND p.region / 1000000 = e.kab
                   AND (p.since, p.case_id) > (v_since, v_id)
                   AND p.region BETWEEN v_lo AND v_hi
                   AND (v_programme IS NULL OR p.programme = v_programme)
                   AND (p_period IS NULL OR EXISTS (SELECT 1 FROM case_ c WHERE c.id = p.case_id AND c.period = p_period))
                   AND (p_reason IS NULL OR came_by(p.case_id, p.version, p_reason))
                   AND (v_file IS NULL OR EXISTS (SELECT 1 FROM file_case f WHERE f.case_id = p.case_id
                                                     AND f.organisation = v_file AND f.ended_at IS NULL))
                 ORDER BY p.since, p.case_id LIMIT p_limit) AS r
        UNION ALL
        SELECT p.case_id, p.since
          FROM case_share h JOIN position p ON p.case_id = h.case_id
         WHERE v_shared AND h.region BETWEEN v_lo AND v_hi AND NOT p.region BETWEEN v_lo AND v_hi
           AND p.state = p_state AND (p.since, p.case_id) > (v_since, v_id)
           AND (v_programme IS NULL OR p.programme = v_programme)
           AND (p_period IS NULL OR EXISTS (SELECT 1 FROM case_ c WHERE c.id = p.case_id AND c.period = p_period))
           AND (p_reason IS NULL OR came_by(p.case_id, p.version, p_reason)))
    SELECT k.case_id, k.since FROM kept k ORDER BY k.since, k.case_id LIMIT p_limit;
END $$;

-- queue_few --
-- The cases of whoever sees few of them: a pendamping those of his families, a citizen those of his own and the
-- objections that it brought. Null for everybody else, who asks for the queue by places.
CREATE OR REPLACE FUNCTION queue_few() RETURNS bigint[]
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := seen();
BEGIN
    IF me.scope = 'assigned_families' THEN
        RETURN ARRAY(SELECT c.id FROM family_assignment f JOIN case_ c ON c.household_id = f.household_id
                      WHERE f.user_id = COALESCE(me.behalf, me.user_id) AND f.valid_from <= alur_now()
                        AND (f.valid_to IS NULL OR f.valid_to > alur_now()));
    ELSIF me.scope = 'own_nik' THEN
        RETURN ARRAY(SELECT c.id FROM case_ c WHERE c.household_id = me.household_id
                     UNION
                     SELECT t.case_id FROM assignment a
                       JOIN actor_group g ON g.members = ARRAY[a.user_id]
                       JOIN act x ON x.actor = g.id
                       JOIN transition t ON t.act = x.id AND t.version = 1
                      WHERE a.household_id = me.household_id);
    END IF;
    RETURN NULL;
END $$;

-- case_page --
-- Cases in these states, those first that came there first, after (p_since, p_id). Null leaves a filter open. It reads
-- with the rights of whoever asks: a family's and a batch's cases, or few, as they stand; the rest from the queue.
CREATE OR REPLACE FUNCTION case_page(
    p_lo bigint, p_hi bigint, p_states smallint[], p_programme smallint, p_period integer, p_batch bigint,
    p_household bigint, p_since timestamptz, p_id bigint, p_limit integer, p_reason smallint DEFAULT NULL
) RETURNS TABLE (case_id bigint, since timestamptz)
LANGUAGE plpgsql STABLE ROWS 50
AS $$
DECLARE
    v_few bigint[] := CASE WHEN p_household IS NOT NULL THEN
        ARRAY(SELECT c.id FROM case_ c WHERE c.household_id = p_household) ELSE queue_few() END;
BEGIN
    IF v_few IS NULL AND p_batch IS NULL THEN
        RETURN QUERY
        SELECT q.case_id, q.since
          FROM unnest(p_states) AS s
         CROSS JOIN LATERAL queue_rows(s, p_lo, p_hi, p_programme, p_period, p_since, p_id, p_limit, p_reason) q
         ORDER BY q.since, q.case_id LIMIT p_limit;
        RETURN;
    END IF;
    RETURN QUERY
    SELECT p.case_id, p.since
      FROM position p
     WHERE (v_few IS NULL OR p.case_id = ANY (v_few)) AND (p_batch IS NULL OR p.batch = p_batch)
       AND p.state = ANY (p_states) AND (p_lo IS NULL OR p.region BETWEEN p_lo AND p_hi)
       AND (p_programme IS NULL OR p.programme = p_programme)
       AND (p_period IS NULL OR EXISTS (SELECT 1 FROM case_ c WHERE c.id = p.case_id AND c.period = p_period))
       AND (p_reason IS NULL OR came_by(p.case_id, p.version, p_reason))
       AND (p_since IS NULL OR (p.since, p.case_id) > (p_since, p_id))
     ORDER BY p.since, p.case_id LIMIT p_limit;
END $$;
