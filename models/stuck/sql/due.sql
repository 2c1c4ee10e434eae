-- The due queue: which cases are late, found from where they stand in the queue's index and not by dating each one.
-- deadline() never falls for what began later. So for a village and a duration there is one moment that divides what
-- is due from what is not, and everything that came to its state before it is due.

-- due_cutoff --
-- The first moment of `since` that is not yet due at `p_at`: deadline(s, p_spec, p_region) <= p_at exactly when s lies
-- before it. Null where the word has no deadline. It asks deadline() and nothing else, so what the calendar learns
-- it knows: first at the moment a duration that runs through would give, then by days around it, then within the day.
CREATE OR REPLACE FUNCTION due_cutoff(p_at timestamptz, p_spec text, p_region bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    tick CONSTANT interval := '1 microsecond';
    zone text := region_zone(p_region);
    guess timestamptz := p_at - (deadline(p_at, p_spec, p_region) - p_at) + tick;
    day_early date;
    day_late date;
    day_between date;
    step integer := 2;
    early timestamptz;
    late timestamptz;
    between_ timestamptz;
BEGIN
    IF guess IS NULL THEN
        RETURN NULL;
    ELSIF deadline(guess - tick, p_spec, p_region) <= p_at AND deadline(guess, p_spec, p_region) > p_at THEN
        RETURN guess;
    END IF;
    -- Days around that: what begins with day_early is due, what begins with day_late is not.
    day_early := (guess AT TIME ZONE zone)::date;
    day_late := day_early + 1;
    WHILE deadline(day_late::timestamp AT TIME ZONE zone, p_spec, p_region) <= p_at LOOP
        day_early := day_late;
        day_late := day_late + step;
        step := step * 2;
    END LOOP;
    WHILE (deadline(day_early::timestamp AT TIME ZONE zone, p_spec, p_region) <= p_at) IS NOT TRUE LOOP
        IF step > 4096 THEN
            RETURN NULL;
        END IF;
        day_late := day_early;
        day_early := day_early - step;
        step := step * 2;
    END LOOP;
    WHILE day_late - day_early > 1 LOOP
        day_between := day_early + (day_late - day_early) / 2;
        IF deadline(day_between::timestamp AT TIME ZONE zone, p_spec, p_region) <= p_at THEN
            day_early := day_between;
        ELSE
            day_late := day_between;
        END IF;
    END LOOP;
    early := day_early::timestamp AT TIME ZONE zone;
    late := day_late::timestamp AT TIME ZONE zone;
    IF deadline(late - tick, p_spec, p_region) <= p_at THEN
        RETURN late;
    END IF;
    WHILE late - early > tick LOOP
        between_ := early + (late - early) / 2;
        IF deadline(between_, p_spec, p_region) <= p_at THEN
            early := between_;
        ELSE
            late := between_;
        END IF;
    END LOOP;
    RETURN late;
END $$;

-- due_segments --
-- A range of villages cut where time may run otherwise: at borders of time zones, around every province and kabupaten
-- for which policy says something of its own, and around every region with holidays or extended windows of its own that
-- stand. Segments in which the same is said in the same zone are alike: `place` is a village that stands for all of them.
CREATE OR REPLACE FUNCTION due_segments(p_lo bigint, p_hi bigint) RETURNS TABLE (lo bigint, hi bigint, place bigint)
LANGUAGE sql STABLE
AS $$
    WITH own AS MATERIALIZED (
        SELECT '@' || k.code AS said, k.code * u.unit AS lo, (k.code + 1) * u.unit - 1 AS hi
          FROM (SELECT DISTINCT substring(key FROM '@(\d+)$')::bigint AS code FROM policy
                 WHERE key ~ '@(\d{2}|\d{4})$') AS k
         CROSS JOIN LATERAL (SELECT CASE WHEN k.code < 100 THEN 100000000 ELSE 1000000 END AS unit) AS u
        UNION
        SELECT concat_ws(':', h.kind, h.day), h.lo, h.hi
          FROM holiday h WHERE h.ended_at IS NULL AND h.hi - h.lo < 9999999999
        UNION
        SELECT concat_ws(':', e.step, e.last_day), e.lo, e.hi
          FROM window_extension e WHERE e.ended_at IS NULL AND e.programme IS NULL),
    near AS MATERIALIZED (SELECT o.* FROM own o WHERE o.lo <= p_hi AND o.hi >= p_lo),
    border AS (
        SELECT p_lo AS at
        UNION SELECT n.lo FROM near n
        UNION SELECT n.hi + 1 FROM near n
        UNION SELECT n * 100000000 FROM generate_series(1::bigint, 99) AS n
               WHERE region_zone(n * 100000000) <> region_zone((n - 1) * 100000000)),
    segment AS (
        SELECT b.at AS lo, lead(b.at, 1, p_hi + 1) OVER (ORDER BY b.at) - 1 AS hi,
               ARRAY(SELECT n.said FROM near n WHERE b.at BETWEEN n.lo AND n.hi ORDER BY n.said) AS said
          FROM border b WHERE b.at BETWEEN p_lo AND p_hi)
    SELECT s.lo, s.hi, min(s.lo) OVER (PARTITION BY region_zone(s.lo), s.said) FROM segment s
$$;

-- due_streams --
-- The queue of a range of villages as streams, each a range of position_queue: state, villages, and the moments that
-- divide it, ascending. What came to the state before the last of `cuts` is to be reminded of (level 0), before the one
-- before it it is due (1), before the third last it has been late long enough for the office above (2), and so on:
-- policy macet.pengingat and macet.jenjang. `near` is the last one.
CREATE OR REPLACE FUNCTION due_streams(p_lo bigint, p_hi bigint, p_now timestamptz)
RETURNS TABLE (state smallint, lo bigint, hi bigint, near timestamptz, cuts timestamptz[])
LANGUAGE sql STABLE
AS $$
    WITH segment AS MATERIALIZED (SELECT * FROM due_segments(p_lo, p_hi)),
    part AS MATERIALIZED (
        SELECT g.place, deadline(p_now, policy_for('macet.pengingat', g.place, p_now) #>> '{}', g.place) AS soon,
               ARRAY(SELECT due_cutoff(p_now, step.word, g.place) - interval '1 microsecond'
                       FROM jsonb_array_elements_text(policy_for('macet.jenjang', g.place, p_now))
                            WITH ORDINALITY AS step(word, nth)
                      ORDER BY step.nth) AS climbs
          FROM (SELECT DISTINCT x.place FROM segment x) AS g),
    said AS MATERIALIZED (
        SELECT t.* FROM state_times(ARRAY(SELECT g.place FROM part g), p_now) AS t
         WHERE t.state < 20000
           -- Where nothing stands nothing is due. With a limit it is asked of the queue's index for each state.
           AND (SELECT true FROM segment g JOIN position p ON p.state = t.state AND p.region BETWEEN g.lo AND g.hi
                 WHERE g.place = t.place LIMIT 1)),
    -- Asked once for all states that are given the same time.
    word AS MATERIALIZED (
        SELECT g.place, w.sla, due_cutoff(p_now, w.sla, g.place) AS due, due_cutoff(g.soon, w.sla, g.place) AS soon,
               ARRAY(SELECT due_cutoff(c.at, w.sla, g.place) FROM unnest(g.climbs) WITH ORDINALITY AS c(at, nth)
                      ORDER BY c.nth) AS climbs
          FROM part g JOIN (SELECT DISTINCT x.place, x.sla FROM said x) AS w ON w.place = g.place),
    reminder AS MATERIALIZED (
        SELECT w.place, w.remind, due_cutoff(p_now, w.remind, w.place) AS soon
          FROM (SELECT DISTINCT x.place, x.remind FROM said x WHERE x.remind IS NOT NULL) AS w)
    SELECT t.state, g.lo, g.hi, greatest(w.due, COALESCE(r.soon, w.soon)),
           ARRAY(SELECT c FROM unnest(w.climbs || w.due || greatest(w.due, COALESCE(r.soon, w.soon))) AS c ORDER BY c)
      FROM segment g
      JOIN said t ON t.place = g.place
      JOIN word w ON w.place = t.place AND w.sla = t.sla
      LEFT JOIN reminder r ON r.place = t.place AND r.remind = t.remind
     WHERE w.due IS NOT NULL
$$;

-- due_cases --
-- The open cases of a range of villages whose time is near or over, each with its level; a read of the queue's index
-- for each stream. Row-level security holds: it runs with the rights of whoever asks.
CREATE OR REPLACE FUNCTION due_cases(p_lo bigint, p_hi bigint, p_now timestamptz)
RETURNS TABLE (case_id bigint, state smallint, region bigint, since timestamptz, level smallint)
LANGUAGE sql STABLE
AS $$
    SELECT p.case_id, p.state, p.region, p.since,
           (cardinality(d.cuts) - width_bucket(p.since, d.cuts) - 1)::smallint
      FROM due_streams(p_lo, p_hi, p_now) d
      JOIN position p ON p.state = d.state AND p.region BETWEEN d.lo AND d.hi AND p.since < d.near
     WHERE p.state < 20000
$$;

-- due_page --
-- Open cases of a range of villages in the order in which they are due, after the place (p_due, p_since, p_id) where the
-- last page ended. Null leaves a filter open. The queue's streams are merged: within a stream what began earlier is due
-- no later, so that each gives its first rows, only streams that begin early enough are merged, and none is dated but
-- these. Few cases (of one family, of whoever sees few) are dated one by one. A case whose state knows no deadline is
-- not told.
CREATE OR REPLACE FUNCTION due_page(
    p_lo bigint, p_hi bigint, p_states smallint[], p_programme smallint, p_period integer, p_batch bigint,
    p_household bigint, p_due timestamptz, p_since timestamptz, p_id bigint, p_limit integer, p_now timestamptz
) RETURNS TABLE (case_id bigint, since timestamptz, due timestamptz)
LANGUAGE plpgsql STABLE ROWS 50
AS $$
DECLARE
    v_states smallint[] := ARRAY(SELECT s.code FROM state s
                                  WHERE s.code < 20000 AND (p_states IS NULL OR s.code = ANY (p_states)) ORDER BY 1);
BEGIN
    IF p_household IS NOT NULL OR p_batch IS NOT NULL OR queue_few() IS NOT NULL THEN
        RETURN QUERY
        SELECT x.* FROM (
            SELECT q.case_id, q.since, deadline(q.since, state_time('sla', p.state, p.region, p_now), p.region) AS due
              FROM case_page(p_lo, p_hi, v_states, p_programme, p_period, p_batch, p_household, NULL, NULL, NULL) q
              JOIN position p ON p.case_id = q.case_id) AS x
         WHERE x.due IS NOT NULL AND (p_due IS NULL OR (x.due, x.since, x.case_id) > (p_due, p_since, p_id))
         ORDER BY x.due, x.since, x.case_id LIMIT p_limit;
        RETURN;
    END IF;
    RETURN QUERY
    WITH segment AS MATERIALIZED (
        SELECT * FROM due_segments(greatest(p_lo, seen_lo(), 0), least(p_hi, seen_hi(), 9999999999))),
    said AS MATERIALIZED (
        SELECT row_number() OVER () AS nth, t.state, g.lo, g.hi, g.place, t.sla
          FROM segment g
          JOIN state_times(ARRAY(SELECT DISTINCT x.place FROM segment x), p_now) t ON t.place = g.place
         WHERE t.state = ANY (v_states)),
    -- Where the last page ended in a stream: what begins before `low` was due before, what begins from `next` on later.
    word AS MATERIALIZED (
        SELECT w.place, w.sla,
               CASE WHEN p_due IS NOT NULL THEN due_cutoff(p_due - interval '1 microsecond', w.sla, w.place) END AS low,
               CASE WHEN p_due IS NOT NULL THEN due_cutoff(p_due, w.sla, w.place) END AS next
          FROM (SELECT DISTINCT x.place, x.sla FROM said x) AS w
         WHERE deadline(p_now, w.sla, w.place) IS NOT NULL),
    row_ AS MATERIALIZED (
        SELECT t.nth, t.place, t.sla, r.case_id, r.since,
               row_number() OVER (PARTITION BY t.nth ORDER BY r.since, r.case_id) AS ord
          FROM said t
          JOIN word w ON (w.place, w.sla) = (t.place, t.sla)
         CROSS JOIN LATERAL queue_rows(
                t.state, t.lo, t.hi, p_programme, p_period,
                CASE WHEN p_since < w.low THEN w.low WHEN p_since >= w.next THEN w.next ELSE p_since END,
                CASE WHEN p_since < w.low OR p_since >= w.next THEN -1 ELSE p_id END, p_limit) r),
    early AS MATERIALIZED (
        SELECT r.nth FROM row_ r WHERE r.ord = 1 ORDER BY deadline(r.since, r.sla, r.place) LIMIT p_limit)
    SELECT x.case_id, x.since, x.due
      FROM (SELECT r.case_id, r.since, deadline(r.since, r.sla, r.place) AS due
              FROM row_ r JOIN early e ON e.nth = r.nth) AS x
     ORDER BY x.due, x.since, x.case_id LIMIT p_limit;
END $$;
