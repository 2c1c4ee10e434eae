-- Questions about the whole log. These functions choose rows and count them past row-level security, under the same
-- scope, because a policy judged row by row would read the nation's log for a village's page. They return keys and
-- counts only; what a row says is read by its keys, under row-level security.

-- audit_sight --
-- The scope of a session as a condition on a case `c`: the policy of case_ and position, written for many rows.
CREATE OR REPLACE FUNCTION audit_sight(me identity) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT CASE
        WHEN me.lo = 0 AND me.hi = 9999999999 THEN 'true'
        WHEN me.lo IS NOT NULL THEN format(
            '(c.region BETWEEN %s AND %s OR EXISTS (SELECT 1 FROM case_share y WHERE y.case_id = c.id'
            ' AND y.region BETWEEN %1$s AND %2$s))', me.lo, me.hi)
        WHEN me.scope = 'programme' THEN format('c.programme = %L', me.programme)
        WHEN me.scope = 'own_files' THEN format('case_in_sight(c.id, NULL, NULL, NULL, NULL, %L)', me.organisation)
        WHEN me.scope = 'assigned_families' THEN format(
            'case_in_sight(c.id, NULL, NULL, %L, NULL, NULL)', COALESCE(me.behalf, me.user_id))
        WHEN me.scope = 'own_nik' THEN format(
            'case_in_sight(c.id, NULL, NULL, NULL, %L, NULL)', me.household_id)
        ELSE 'false' END
$$;

-- audit_own --
-- The cases of a session with a small scope as a query, null where the scope is too wide to begin with its cases.
-- Small is a kecamatan (10,000 village codes) or the families of a pendamping.
CREATE OR REPLACE FUNCTION audit_own(me identity) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT CASE
        WHEN me.hi - me.lo < 10000 THEN format(
            'SELECT id FROM case_ WHERE region BETWEEN %s AND %s UNION '
            'SELECT case_id FROM case_share WHERE region BETWEEN %1$s AND %2$s', me.lo, me.hi)
        WHEN me.scope = 'assigned_families' THEN format(
            'SELECT k.id FROM family_assignment f JOIN case_ k ON k.household_id = f.household_id WHERE f.user_id = %L',
            COALESCE(me.behalf, me.user_id)) END
$$;

-- audit_under --
-- The cases of a paper as a query: those which an act with this number moved, and those it was a fact about.
CREATE OR REPLACE FUNCTION audit_under(p_number text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
    SELECT format(
        'SELECT t.case_id AS id FROM act_fact f JOIN transition t ON t.act = f.act '
        'WHERE f.value ->> ''nomor'' = %L AND f.kind IN (44, 73, 74, 75, 77, 83, 85) UNION '
        'SELECT f.case_id FROM fact f '
        'WHERE f.value ->> ''nomor'' = %1$L AND f.kind IN (44, 73, 74, 75, 77, 83, 85)', p_number)
$$;

-- audit_paper_known --
-- Whether any case in the session's sight carries a paper with this number.
CREATE OR REPLACE FUNCTION audit_paper_known(p_number text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    found_one boolean;
BEGIN
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM (%s) AS u JOIN case_ c ON c.id = u.id WHERE %s)',
                   audit_under(p_number), audit_sight(seen())) INTO found_one;
    RETURN found_one;
END $$;

-- audit_trail --
-- One page of the log, as keys: moves, or refusals when p_refusals (their version is null).
-- p_wanted, every key of it optional:
--   case, batch            one case; the cases a batch carries or whose gates listed them
--   households             families
--   actors                 persons and the groups they are in
--   office_lo, office_hi   the actor's assignment lay within these villages, at that time
--   lo, hi                 the case's village
--   decree, approval       the number of a decree, and the gate that gave it
--   payment                the number of a paper: every move of the cases under it
--   reason, triggers, machine, rules, refusal   codes
--   from, until            moments: from <= at < until
--   at, act, after         the last row already seen
CREATE OR REPLACE FUNCTION audit_trail(p_wanted jsonb, p_refusals boolean, p_newest boolean, p_limit integer)
RETURNS TABLE (at timestamptz, act bigint, case_id bigint, version integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    me identity := seen();
    v_sets text[] := '{}';
    v_sight text := audit_sight(me);
    v_where text := '';
    v_way text := CASE WHEN p_newest THEN 'DESC' ELSE 'ASC' END;
    v_than text := CASE WHEN p_newest THEN '<' ELSE '>' END;
    v_actors integer[];
    v_page text;
    v_set text;
    v_shared text;
    w record;
BEGIN
    SELECT * INTO w FROM jsonb_to_record(p_wanted) AS x(
        "case" bigint, batch bigint, households bigint[], actors integer[], office_lo bigint, office_hi bigint,
        lo bigint, hi bigint, decree text, approval bigint, payment text, reason smallint, triggers smallint[],
        machine smallint, rules smallint[], refusal smallint, "from" timestamptz, until timestamptz, at timestamptz,
        act bigint, after bigint);

    -- Where a question names cases, they come first; the clock is walked only where it names none.
    IF w."case" IS NOT NULL THEN
        v_sets := v_sets || format('SELECT %s::bigint AS id', w."case");
    END IF;
    IF w.households IS NOT NULL THEN
        v_sets := v_sets || format('SELECT id FROM case_ WHERE household_id = ANY (%L)', w.households);
    END IF;
    IF w.payment IS NOT NULL THEN
        v_sets := v_sets || audit_under(w.payment);
    END IF;
    IF w.batch IS NOT NULL THEN
        v_sets := v_sets || format(
            'SELECT case_id AS id FROM position WHERE batch = %s UNION '
            'SELECT l.case_id FROM approval g JOIN approval_case l ON l.approval = g.id WHERE g.batch = %1$s', w.batch);
    END IF;
    IF w.lo IS NOT NULL THEN
        IF w.hi - w.lo < 10000 THEN
            v_sets := v_sets || format('SELECT id FROM case_ WHERE region BETWEEN %s AND %s', w.lo, w.hi);
        ELSE
            v_where := v_where || format(' AND c.region BETWEEN %s AND %s', w.lo, w.hi);
        END IF;
    END IF;
    IF v_sets = '{}' AND audit_own(me) IS NOT NULL THEN
        v_sets := v_sets || audit_own(me);
    ELSIF v_sets = '{}' AND me.lo > 0 THEN
        -- A kabupaten or province: its own cases by the clock or by their index, as PostgreSQL likes; and beside them
        -- the few that other regions share with it, which no condition on one index could name.
        v_sight := format('c.region BETWEEN %s AND %s', me.lo, me.hi);
        v_shared := format('SELECT y.case_id AS id FROM case_share y JOIN case_ k ON k.id = y.case_id '
                           'WHERE y.region BETWEEN %s AND %s AND k.region NOT BETWEEN %1$s AND %2$s', me.lo, me.hi);
    END IF;

    IF w.decree IS NOT NULL THEN
        v_where := v_where || format(
            ' AND a.id IN (SELECT g.id FROM act g WHERE g.approval = %L UNION'
            ' SELECT f.act FROM act_fact f WHERE f.value ->> ''nomor'' = %L AND f.kind IN (44, 73, 74, 75, 77, 83, 85)'
            ' AND f.kind = 44 UNION'
            ' SELECT f.act FROM fact f WHERE f.value ->> ''nomor'' = %2$L AND f.kind IN (44, 73, 74, 75, 77, 83, 85)'
            ' AND f.kind = 44)', w.approval, w.decree);
    END IF;
    IF w.actors IS NOT NULL THEN
        v_where := v_where || format(' AND a.actor = ANY (%L)', w.actors);
    END IF;
    IF w.office_lo IS NOT NULL THEN
        SELECT COALESCE(array_agg(DISTINCT s.user_id), '{}') INTO v_actors
          FROM assignment s WHERE s.lo >= w.office_lo AND s.hi <= w.office_hi;
        v_where := v_where || format(
            ' AND a.actor = ANY (%L) AND EXISTS (SELECT 1 FROM assignment s LEFT JOIN actor_group g ON g.id = a.actor'
            ' WHERE (s.user_id = a.actor AND s.role = a.role OR s.user_id = ANY (g.members))'
            ' AND s.lo >= %L AND s.hi <= %L'
            ' AND s.valid_from <= a.at AND (s.valid_to IS NULL OR s.valid_to > a.at))',
            parties_of(v_actors), w.office_lo, w.office_hi);
    END IF;
    IF w.reason IS NOT NULL THEN
        v_where := v_where || format(' AND a.reason = %L', w.reason);
    END IF;
    IF w.triggers IS NOT NULL THEN
        v_where := v_where || format(' AND a.trigger = ANY (%L)', w.triggers);
    END IF;
    IF w.machine IS NOT NULL THEN
        v_where := v_where || format(' AND c.machine = %L', w.machine);
    END IF;
    IF w.rules IS NOT NULL THEN
        v_where := v_where || format(' AND x.rule = ANY (%L)', w.rules);
    END IF;
    IF w.refusal IS NOT NULL THEN
        v_where := v_where || format(' AND x.code = %L', w.refusal);
    END IF;
    IF w."from" IS NOT NULL THEN
        v_where := v_where || format(' AND a.at >= %L', w."from");
    END IF;
    IF w.until IS NOT NULL THEN
        v_where := v_where || format(' AND a.at < %L', w.until);
    END IF;
    IF w.at IS NOT NULL THEN
        -- The first condition is what the index can take; the second is exact.
        v_where := v_where || format(' AND a.at %s= %L AND (a.at, a.id, x.case_id) %1$s (%2$L, %L::bigint, %L::bigint)',
                                     v_than, w.at, w.act, w.after);
    END IF;

    FOREACH v_set IN ARRAY v_sets[2:] LOOP
        v_where := v_where || format(' AND x.case_id IN (SELECT n.id FROM (%s) AS n)', v_set);
    END LOOP;
    v_page := format(
        'SELECT a.at, a.id, x.case_id, %s AS version FROM act a JOIN %s x ON x.act = a.id JOIN case_ c ON c.id = x.case_id'
        ' WHERE %%s ORDER BY a.at %s, a.id %3$s, x.case_id %3$s LIMIT %s',
        CASE WHEN p_refusals THEN 'NULL::integer' ELSE 'x.version' END,
        CASE WHEN p_refusals THEN 'refusal' ELSE 'transition' END, v_way, p_limit);
    IF v_sets <> '{}' THEN
        v_page := format('WITH mine AS MATERIALIZED (%s) ', v_sets[1])
                  || format(v_page, v_sight || v_where || ' AND x.case_id IN (SELECT id FROM mine)');
    ELSIF v_shared IS NOT NULL THEN
        v_page := format(
            'WITH mine AS MATERIALIZED (%s) SELECT * FROM ((%s) UNION ALL (%s)) AS p(at, act, case_id, version)'
            ' ORDER BY at %s, act %4$s, case_id %4$s LIMIT %s', v_shared,
            format(v_page, v_sight || v_where),
            format(v_page, 'x.case_id IN (SELECT id FROM mine)' || v_where), v_way, p_limit);
    ELSE
        v_page := format(v_page, v_sight || v_where);
    END IF;
    RETURN QUERY EXECUTE v_page;
END $$;

-- audit_position --
-- Where the cases of some villages stood at a moment, from the log alone: per state cases, closed amounts, rupiah.
-- A case stands at the version before the first move that was yet to come; so what a late lock brought into the log
-- out of order is told as the order of versions says.
CREATE OR REPLACE FUNCTION audit_position(p_lo bigint, p_hi bigint, p_at timestamptz)
RETURNS TABLE (state smallint, cases bigint, closed bigint, rupiah bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH mine AS (
            SELECT c.id FROM case_ c WHERE c.region BETWEEN %s AND %s AND %s
        ), later AS (
            SELECT x.case_id, min(x.version) AS version
              FROM act a JOIN transition x ON x.act = a.id JOIN mine m ON m.id = x.case_id
             WHERE a.at > %L GROUP BY x.case_id
        ), latest AS (
            SELECT m.id, max(t.version) AS version FROM mine m JOIN transition t ON t.case_id = m.id GROUP BY m.id
        ), stood AS (
            SELECT n.id, COALESCE(l.version - 1, n.version) AS version
              FROM latest n LEFT JOIN later l ON l.case_id = n.id
        )
        SELECT r.target, count(*), count(n.rupiah), COALESCE(sum(n.rupiah), 0)::bigint
          FROM stood d
          JOIN transition t ON t.case_id = d.id AND t.version = d.version
          JOIN rule r ON r.code = t.rule
          LEFT JOIN LATERAL (
                SELECT n.rupiah FROM nominal n WHERE n.case_id = d.id AND n.version <= d.version
                 ORDER BY n.version DESC LIMIT 1) n ON true
         GROUP BY r.target$query$, p_lo, p_hi, audit_sight(seen()), p_at);
END $$;

-- audit_deeds --
-- Acts of these actors within from <= at < until, newest first, with what each did in the session's sight: moves,
-- refusals, first halves of two-person moves, facts, families edited; and up to 20 of the cases and families. An act
-- of which the session sees nothing is told to the actor and to national readers only. p_limit null gives all.
CREATE OR REPLACE FUNCTION audit_deeds(
    p_actors integer[], p_from timestamptz, p_until timestamptz, p_at timestamptz, p_act bigint, p_limit integer
) RETURNS TABLE (
    act bigint, at timestamptz, trigger smallint, moves bigint, refusals bigint, waits bigint, facts bigint,
    edits bigint, cases bigint[], households bigint[]
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
-- Each act is looked up by itself, whatever the tables' statistics promise.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    me identity := seen();
    v_families text := CASE
        WHEN me.lo = 0 AND me.hi = 9999999999 THEN 'true'
        WHEN me.lo IS NOT NULL THEN format('h.region BETWEEN %s AND %s', me.lo, me.hi)
        WHEN me.scope = 'programme' THEN format(
            'EXISTS (SELECT 1 FROM case_ c WHERE c.household_id = h.id AND c.programme = %L)', me.programme)
        ELSE format('household_in_sight(h.id, %L, %L)', CASE me.scope WHEN 'assigned_families' THEN COALESCE(me.behalf, me.user_id) END,
                    CASE me.scope WHEN 'own_nik' THEN me.household_id END) END;
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT a.id, a.at, a.trigger, k.moves, k.refusals, k.waits, k.facts, f.edits, k.cases, f.households
          FROM act a
          CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE d.deed = 1) AS moves, count(*) FILTER (WHERE d.deed = 2) AS refusals,
                   count(*) FILTER (WHERE d.deed = 3) AS waits,
                   COALESCE(sum(d.told), 0)::bigint AS facts,
                   COALESCE((array_agg(DISTINCT d.case_id))[1:20], '{}') AS cases
              FROM (
                -- Facts told with a move stand at its cases; facts told alone are found by their act.
                SELECT d.*, (SELECT count(*) FROM fact f WHERE f.case_id = d.case_id AND f.act = a.id) AS told
                  FROM (SELECT 1 AS deed, t.case_id FROM transition t WHERE t.act = a.id
                        UNION ALL SELECT 2, r.case_id FROM refusal r WHERE r.act = a.id
                        UNION ALL SELECT 3, w.case_id FROM confirmation w WHERE w.act = a.id) AS d
                UNION ALL
                SELECT 4, f.case_id, count(*) FROM fact f WHERE f.act = a.id AND a.trigger = %11$L GROUP BY f.case_id
                ) AS d
              JOIN case_ c ON c.id = d.case_id
             WHERE %1$s) AS k
          CROSS JOIN LATERAL (
            SELECT count(*) AS edits, COALESCE((array_agg(h.id ORDER BY h.id))[1:20], '{}') AS households
              FROM (
                SELECT y.household_id AS id FROM household_history y WHERE y.act = a.id
                UNION SELECT h.id FROM household h WHERE h.act = a.id AND a.trigger = %12$L
                UNION SELECT y.household_id FROM household_history y
                       WHERE y.version = 1 AND y.before ->> 'act' = a.id::text AND a.trigger = %12$L
                UNION SELECT b.household_id FROM account b WHERE b.act = a.id AND a.trigger = %12$L) AS e
              JOIN household h ON h.id = e.id
             WHERE %2$s) AS f
         WHERE a.actor = ANY (%3$L) AND a.at >= %4$L AND a.at < %5$L
           AND (%6$L::timestamptz IS NULL OR (a.at, a.id) < (%6$L::timestamptz, %7$L::bigint))
           AND (k.moves + k.refusals + k.waits + k.facts + f.edits > 0 OR %8$s OR EXISTS (
                SELECT 1 FROM approval g WHERE g.id = a.approval AND (%9$s)))
         ORDER BY a.at DESC, a.id DESC LIMIT %10$s$query$,
        audit_sight(me), v_families, p_actors, p_from, p_until, p_at, p_act,
        CASE WHEN me.lo = 0 AND me.hi = 9999999999 THEN 'true' ELSE format('a.actor = ANY (%L)', me.parties) END,
        CASE WHEN me.lo IS NOT NULL THEN format('g.lo >= %s AND g.hi <= %s', me.lo, me.hi)
             WHEN me.scope = 'programme' THEN format('g.programme = %L', me.programme)
             WHEN me.scope = 'own_files' THEN format('g.role = %L', me.role)
             ELSE 'false' END, COALESCE(p_limit::text, 'ALL'),
        op_code('catat_fakta'), op_code('ubah_data'));
END $$;

-- audit_signals --
-- First signals over moves within p_from <= at < p_until on cases of the villages p_lo to p_hi, per part of p_unit village
-- codes: of how many moves of a sort (whole) how many are of the sort that is looked at (part).
--   pembalikan   decisions that can be corrected; those corrected, and first decisions that an appeal reversed
--   sptjm        proposals made final by a meeting or by the head's word; those by his word alone (U11)
--   otomatis     proposals passed on; those that went on because an office did not act
CREATE OR REPLACE FUNCTION audit_signals(
    p_lo bigint, p_hi bigint, p_unit bigint, p_from timestamptz, p_until timestamptz
) RETURNS TABLE (signal text, region bigint, part bigint, whole bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH sort AS (
            SELECT r.code, 'pembalikan' AS signal, cardinality(r.undo_of) > 0 OR x.id = 'terima_banding' AS part
              FROM rule r JOIN trigger x ON x.code = r.trigger
             WHERE cardinality(r.undo_of) > 0 OR x.id IN ('terima_banding', 'kabulkan', 'tolak_sanggah')
                OR EXISTS (SELECT 1 FROM rule u WHERE r.code = ANY (u.undo_of))
            UNION ALL
            SELECT r.code, 'sptjm', x.id = 'teken_sptjm' FROM rule r JOIN trigger x ON x.code = r.trigger
             WHERE x.machine = 1 AND x.id IN ('teken_sptjm', 'sepakati', 'pakai_ba')
            UNION ALL
            SELECT r.code, 'otomatis', x.id NOT IN ('teruskan', 'teruskan_provinsi', 'terima_pindah')
              FROM rule r JOIN trigger x ON x.code = r.trigger
             WHERE x.machine = 1 AND x.id IN ('teruskan', 'teruskan_provinsi', 'terima_pindah', 'teruskan_otomatis',
                                              'lewati_kecamatan', 'lewat_provinsi', 'terima_otomatis')
        )
        SELECT s.signal, c.region / %3$s, count(*) FILTER (WHERE s.part), count(*) FILTER (WHERE NOT s.part OR s.signal <> 'pembalikan')
          FROM act a
          JOIN transition t ON t.act = a.id
          JOIN sort s ON s.code = t.rule
          JOIN case_ c ON c.id = t.case_id
         WHERE a.at >= %5$L AND a.at < %6$L AND c.region BETWEEN %1$s AND %2$s AND %4$s
         GROUP BY 1, 2$query$, p_lo, p_hi, p_unit, audit_sight(seen()), p_from, p_until);
END $$;

-- audit_hasty --
-- People whose decisions within p_from <= at < p_until on cases of these villages followed their own last act faster than
-- p_seconds for each case decided: how many acts decided anything, how many so fast, how many cases those had.
CREATE OR REPLACE FUNCTION audit_hasty(
    p_lo bigint, p_hi bigint, p_from timestamptz, p_until timestamptz, p_seconds integer, p_most integer
) RETURNS TABLE (actor integer, decisions bigint, hasty bigint, cases bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH deed AS (
            SELECT a.id, a.actor, a.at, a.at - lag(a.at) OVER (PARTITION BY a.actor ORDER BY a.at, a.id) AS gap
              FROM act a JOIN account_user u ON u.id = a.actor AND u.kind = 'person'
             WHERE a.at >= %4$L AND a.at < %5$L
        ), decided AS (
            SELECT d.actor, d.gap, count(*) AS cases
              FROM deed d JOIN transition t ON t.act = d.id JOIN case_ c ON c.id = t.case_id
             WHERE c.region BETWEEN %1$s AND %2$s AND %3$s
             GROUP BY d.id, d.actor, d.gap
        )
        SELECT d.actor, count(*), count(*) FILTER (WHERE d.gap < d.cases * make_interval(secs => %6$s)),
               COALESCE(sum(d.cases) FILTER (WHERE d.gap < d.cases * make_interval(secs => %6$s)), 0)::bigint
          FROM decided d GROUP BY d.actor
        HAVING count(*) FILTER (WHERE d.gap < d.cases * make_interval(secs => %6$s)) > 0
         ORDER BY 3 DESC, d.actor LIMIT %7$s$query$,
        p_lo, p_hi, audit_sight(seen()), p_from, p_until, p_seconds, p_most);
END $$;

-- audit_mass --
-- People who edited the data of p_least families of these villages or more on one day, Indonesian western time.
CREATE OR REPLACE FUNCTION audit_mass(
    p_lo bigint, p_hi bigint, p_from timestamptz, p_until timestamptz, p_least integer
) RETURNS TABLE (actor integer, day date, families bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT a.actor, (y.at AT TIME ZONE 'Asia/Jakarta')::date, count(DISTINCT y.household_id)
      FROM seen() AS me
      JOIN act a ON a.at >= p_from AND a.at < p_until AND a.trigger = op_code('ubah_data')
      JOIN account_user u ON u.id = a.actor AND u.kind = 'person'
      JOIN household_history y ON y.act = a.id
      JOIN household h ON h.id = y.household_id
     WHERE h.region BETWEEN greatest(p_lo, me.lo) AND least(p_hi, me.hi) AND me.lo IS NOT NULL
     GROUP BY 1, 2 HAVING count(DISTINCT y.household_id) >= p_least
     ORDER BY 3 DESC, 1 LIMIT 100
$$;
