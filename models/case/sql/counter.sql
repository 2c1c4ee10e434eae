-- What is taken exclusively: quota and budget as locked counters, and claims ("at most one live ...").

-- counter_demand --
-- Which locked counter a case would draw on, by how much, and how much the policy lets it hold. Kinds of counter:
-- 1 proposals per village and month, 2 seats per programme and kabupaten, 3 rupiah per programme and budget year.
CREATE OR REPLACE FUNCTION counter_demand(p_cases bigint[], p_now timestamptz)
RETURNS TABLE (ord bigint, case_id bigint, kind smallint, key bigint, programme smallint, period integer,
               amount bigint, ceiling bigint)
LANGUAGE sql STABLE
AS $$
    SELECT a.ord, c.id, 1::smallint, c.region, 0::smallint, service_month(c.region, p_now), 1::bigint,
           (policy_for('kuota.usulan', c.region, p_now) #>> '{}')::bigint
      FROM unnest(p_cases) WITH ORDINALITY AS a(id, ord)
      JOIN case_ c ON c.id = a.id AND c.machine = 1
      JOIN jenis j ON j.code = c.kind
     WHERE policy_for('jendela.jenis', c.region, p_now) ? j.id
    UNION ALL
    SELECT a.ord, c.id, 2::smallint, c.region / 1000000, c.programme, 0, 1,
           (policy_for('kuota.program.' || p.id, c.region, p_now) #>> '{}')::bigint
      FROM unnest(p_cases) WITH ORDINALITY AS a(id, ord)
      JOIN case_ c ON c.id = a.id AND c.machine = 2
      JOIN programme p ON p.code = c.programme
    UNION ALL
    SELECT a.ord, c.id, 3::smallint, 0, c.programme, c.period / 100, due.rupiah - COALESCE(nominal_of(c.id), 0),
           (policy_at('pagu.' || p.id || '.' || c.period / 100, p_now) #>> '{}')::bigint
      FROM unnest(p_cases) WITH ORDINALITY AS a(id, ord)
      JOIN case_ c ON c.id = a.id AND c.machine = 3
      JOIN programme p ON p.code = c.programme
      CROSS JOIN LATERAL (SELECT COALESCE(closing_of(c.id), nominal_of(c.id), 0) AS rupiah) AS due
$$;

-- closing_of --
-- The amount worked out for a case and not yet closed, from its latest fact nominal_per_komponen; rupiah.
CREATE OR REPLACE FUNCTION closing_of(p_case bigint) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT (f.value ->> 'rupiah')::bigint
      FROM fact f
     WHERE f.case_id = p_case AND f.kind = (SELECT code FROM fact_kind WHERE id = 'nominal_per_komponen')
     ORDER BY f.at DESC LIMIT 1
$$;

-- counter_blocked --
-- Lock the counters these cases draw on, in key order, and name the cases beyond the ceiling, in the order given.
CREATE OR REPLACE FUNCTION counter_blocked(p_cases bigint[], p_now timestamptz)
RETURNS TABLE (case_id bigint, code smallint)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO counter (kind, key, programme, period, used)
    SELECT DISTINCT d.kind, d.key, d.programme, d.period, 0 FROM counter_demand(p_cases, p_now) d
     ORDER BY 1, 2, 3, 4
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM counter k
      WHERE (k.kind, k.key, k.programme, k.period) IN (
            SELECT d.kind, d.key, d.programme, d.period FROM counter_demand(p_cases, p_now) d)
      ORDER BY k.kind, k.key, k.programme, k.period
        FOR UPDATE;
    RETURN QUERY
    SELECT d.case_id, (CASE d.kind WHEN 3 THEN 16 ELSE 15 END)::smallint
      FROM (SELECT x.*, sum(x.amount) OVER (PARTITION BY x.kind, x.key, x.programme, x.period ORDER BY x.ord) AS running
              FROM counter_demand(p_cases, p_now) x) AS d
      JOIN counter k USING (kind, key, programme, period)
     WHERE d.ceiling IS NOT NULL AND k.used + d.running > d.ceiling;
END $$;

-- counter_add --
-- Book what moved cases now hold: `p_sign` is +1, or -1 when they give it back.
CREATE OR REPLACE FUNCTION counter_add(p_kind smallint, p_cases bigint[], p_sign integer, p_now timestamptz)
RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO counter AS k (kind, key, programme, period, used)
    SELECT d.kind, d.key, d.programme, d.period,
           p_sign * sum(CASE WHEN p_kind = 3 AND p_sign < 0 THEN COALESCE(nominal_of(d.case_id), 0) ELSE d.amount END)
      FROM counter_demand(p_cases, p_now) d
     WHERE d.kind = p_kind
     GROUP BY 1, 2, 3, 4
     ORDER BY 1, 2, 3, 4
    ON CONFLICT (kind, key, programme, period) DO UPDATE SET used = k.used + excluded.used
$$;

-- claim_keys --
-- What a case holds exclusively while it lives: the household, per kind of proposal, programme and period.
CREATE OR REPLACE FUNCTION claim_sub(p_machine smallint, p_kind smallint, p_programme smallint, p_period integer)
RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE p_machine
        WHEN 1 THEN p_kind * 1000 + p_programme
        WHEN 2 THEN p_programme
        ELSE p_programme * 1000000 + p_period
    END::bigint
$$;
