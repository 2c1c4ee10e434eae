-- Windows of the monthly calendar: on which days a step (input, kirim, pengesahan, tarik) is open where, for which
-- programme and kind of proposal. Policy `jendela.<step>` and `jendela.<step>.<programme>` names the days of the month,
-- {"dari": 1, "sampai": 11} and perhaps {"bulan": [1, 4, 7, 10]}; anything else, such as "tutup", opens on no day. A
-- kabupaten's word goes before its province's and the nation's, and there the programme's before the general one.
-- Extensions add days. Days begin and end at local midnight; a policy holds from its moment on.

-- window_said --
-- What policy says of a step at a moment.
CREATE OR REPLACE FUNCTION window_said(p_step text, p_region bigint, p_programme text, p_at timestamptz) RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    v_key text := 'jendela.' || p_step;
    v_own text := v_key || '.' || p_programme;
    v_kab text := '@' || p_region / 1000000;
    v_prov text := '@' || p_region / 100000000;
BEGIN
    IF p_programme IS NULL THEN
        RETURN policy_for(v_key, p_region, p_at);
    END IF;
    RETURN COALESCE(policy_at(v_own || v_kab, p_at), policy_at(v_key || v_kab, p_at), policy_at(v_own || v_prov, p_at),
                    policy_at(v_key || v_prov, p_at), policy_at(v_own, p_at), policy_at(v_key, p_at));
END $$;

-- window_bound --
-- Whether a kind of proposal waits for the windows of a step at all: those that policy `jendela.jenis` does not name
-- are entered and sent on every day, and join the next list.
CREATE OR REPLACE FUNCTION window_bound(p_step text, p_region bigint, p_jenis text, p_at timestamptz) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN p_jenis IS NULL OR p_step NOT IN ('input', 'kirim')
        OR COALESCE(policy_for('jendela.jenis', p_region, p_at) ? p_jenis, false);
END $$;

-- window_open --
-- Whether a step is open in a village at a moment, for a programme and a kind of proposal (null: whichever).
CREATE OR REPLACE FUNCTION window_open(
    p_step text, p_region bigint, p_at timestamptz, p_programme text, p_jenis text
) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
DECLARE
    v_said jsonb;
    v_day date := (p_at AT TIME ZONE region_zone(p_region))::date;
BEGIN
    IF NOT window_bound(p_step, p_region, p_jenis, p_at) THEN
        RETURN true;
    END IF;
    v_said := window_said(p_step, p_region, p_programme, p_at);
    IF jsonb_typeof(v_said) = 'object'
       AND extract(day FROM v_day) BETWEEN (v_said ->> 'dari')::integer AND (v_said ->> 'sampai')::integer
       AND (NOT v_said ? 'bulan' OR v_said -> 'bulan' @> to_jsonb(extract(month FROM v_day)::integer)) THEN
        RETURN true;
    END IF;
    RETURN EXISTS (SELECT 1 FROM window_extension e
                    WHERE e.ended_at IS NULL AND e.step = p_step AND p_region BETWEEN e.lo AND e.hi
                      AND v_day BETWEEN e.first_day AND e.last_day
                      AND (e.programme IS NULL OR e.programme = p_programme));
END $$;

CREATE OR REPLACE FUNCTION window_open(p_step text, p_region bigint, p_at timestamptz) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE
AS $$ SELECT window_open(p_step, p_region, p_at, NULL, NULL) $$;

-- windows_shut --
-- Which of these proposals wait for a window of a step that is closed to them; asked once for all that are alike.
CREATE OR REPLACE FUNCTION windows_shut(p_step text, p_cases bigint[], p_now timestamptz) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT c.id, c.region / 1000000 AS place, c.programme, c.kind
          FROM case_ c WHERE c.id = ANY (p_cases) AND c.kind > 0),
    alike AS (SELECT DISTINCT a.place, a.programme, a.kind FROM asked a),
    shut AS MATERIALIZED (
        SELECT k.place, k.programme, k.kind
          FROM alike k JOIN jenis j ON j.code = k.kind LEFT JOIN programme g ON g.code = k.programme
         WHERE NOT window_open(p_step, k.place * 1000000, p_now, g.id, j.id))
    SELECT a.id FROM asked a JOIN shut s ON (s.place, s.programme, s.kind) = (a.place, a.programme, a.kind);
END $$;

-- window_spans --
-- When a step is open between two moments: openings that touch are one. Policy that is already decreed for later is
-- followed from its moment on.
CREATE OR REPLACE FUNCTION window_spans(
    p_step text, p_region bigint, p_programme text, p_from timestamptz, p_to timestamptz
) RETURNS TABLE (opens_at timestamptz, closes_at timestamptz)
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
#variable_conflict use_column
DECLARE
    v_zone text := region_zone(p_region);
BEGIN
    RETURN QUERY
    WITH turns AS (
        SELECT p_from AS begins
        UNION
        SELECT v.valid_from
          FROM policy p JOIN policy_version v ON v.id = p.version
         WHERE starts_with(p.key, 'jendela.' || p_step) AND v.valid_from > p_from AND v.valid_from < p_to),
    said AS (
        SELECT t.begins, lead(t.begins, 1, p_to) OVER (ORDER BY t.begins) AS ends,
               window_said(p_step, p_region, p_programme, t.begins) AS w
          FROM turns t),
    months AS (
        SELECT (date_trunc('month', p_from AT TIME ZONE v_zone) + make_interval(months => n.i))::date AS first_day
          FROM generate_series(0, 12 * (extract(year FROM p_to) - extract(year FROM p_from))::integer + 13) AS n(i)),
    days AS (
        SELECT s.begins, s.ends, m.first_day + (s.w ->> 'dari')::integer - 1 AS first_day,
               least(m.first_day + (s.w ->> 'sampai')::integer, (m.first_day + interval '1 month')::date) AS next_day,
               (m.first_day + interval '1 month')::date AS next_month
          FROM said s CROSS JOIN months m
         WHERE jsonb_typeof(s.w) = 'object'
           AND (NOT s.w ? 'bulan' OR s.w -> 'bulan' @> to_jsonb(extract(month FROM m.first_day)::integer))),
    spans AS (
        SELECT greatest(d.begins, midnight(d.first_day, p_region)) AS opens, least(d.ends, midnight(d.next_day, p_region)) AS shuts
          FROM days d WHERE d.first_day < d.next_month
        UNION ALL
        SELECT greatest(p_from, midnight(e.first_day, p_region)), least(p_to, midnight(e.last_day + 1, p_region))
          FROM window_extension e
         WHERE e.ended_at IS NULL AND e.step = p_step AND p_region BETWEEN e.lo AND e.hi
           AND (e.programme IS NULL OR e.programme = p_programme))
    SELECT lower(r.span), upper(r.span)
      FROM (SELECT unnest(range_agg(tstzrange(s.opens, s.shuts))) AS span FROM spans s WHERE s.opens < s.shuts) AS r
     ORDER BY 1;
END $$;

-- next_window --
-- The opening of a step that is now or comes next. One row: when it opens (or opened this month), when it closes,
-- whether it is open now, and the month it serves (yyyymm): that of the pengesahan which follows.
-- No opening within two years is none at all: opens_at is null and open_now false. An end that is not in sight is null.
CREATE OR REPLACE FUNCTION next_window(
    p_step text, p_region bigint, p_programme text, p_jenis text, p_at timestamptz
) RETURNS TABLE (opens_at timestamptz, closes_at timestamptz, open_now boolean, serves integer)
LANGUAGE plpgsql STABLE PARALLEL SAFE
AS $$
#variable_conflict use_column
DECLARE
    v_begun timestamptz := date_trunc('month', p_at, region_zone(p_region));
    v_end timestamptz := p_at + make_interval(days => 2 * 366);
    v_taken timestamptz;
BEGIN
    IF window_bound(p_step, p_region, p_jenis, p_at) THEN
        SELECT w.opens_at, w.closes_at INTO opens_at, closes_at
          FROM window_spans(p_step, p_region, p_programme, v_begun, v_end) w
         WHERE w.closes_at > p_at ORDER BY w.opens_at LIMIT 1;
        open_now := COALESCE(opens_at <= p_at, false);
        closes_at := nullif(closes_at, v_end);
    ELSE
        opens_at := v_begun;
        open_now := true;
    END IF;
    v_taken := CASE WHEN open_now THEN p_at ELSE opens_at END;
    IF p_step IN ('input', 'kirim') THEN
        SELECT service_month(p_region, greatest(w.opens_at, v_taken)) INTO serves
          FROM window_spans('pengesahan', p_region, p_programme, date_trunc('month', v_taken, region_zone(p_region)), v_end) w
         WHERE w.closes_at > v_taken ORDER BY w.opens_at LIMIT 1;
    ELSE
        serves := service_month(p_region, v_taken);
    END IF;
    RETURN NEXT;
END $$;
