-- What is taken exclusively: quota and budget as locked counters, and claims ("at most one live ...").

-- counter_demand --
-- How much each case draws on which locked counter, in the order given. Kinds of counter:
-- 1 proposals per village and month, 2 seats per programme and kabupaten, 3 rupiah per programme and budget year.
CREATE OR REPLACE FUNCTION counter_demand(p_kind smallint, p_cases bigint[], p_now timestamptz)
RETURNS TABLE (ord bigint, case_id bigint, key bigint, programme smallint, period integer, amount bigint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    IF p_kind = 1 THEN
        RETURN QUERY
        WITH asked AS MATERIALIZED (
            SELECT a.ord, c.id, c.region, c.kind
              FROM unnest(p_cases) WITH ORDINALITY AS a(id, ord) JOIN case_ c ON c.id = a.id
        ), bound AS MATERIALIZED (
            SELECT d.region, d.kind
              FROM (SELECT DISTINCT region, kind FROM asked) d JOIN jenis j ON j.code = d.kind
             WHERE policy_for('jendela.jenis', d.region, p_now) ? j.id)
        SELECT a.ord, a.id, a.region, 0::smallint, service_month(a.region, p_now), 1::bigint
          FROM asked a JOIN bound USING (region, kind);
    ELSIF p_kind = 2 THEN
        RETURN QUERY
        -- A seat kept for this very membership is counted already.
        SELECT a.ord, c.id, c.region / 1000000, c.programme, 0, CASE WHEN k.case_id IS NULL THEN 1 ELSE 0 END::bigint
          FROM unnest(p_cases) WITH ORDINALITY AS a(id, ord) JOIN case_ c ON c.id = a.id
          LEFT JOIN seat_kept k ON k.case_id = c.id;
    ELSE
        RETURN QUERY
        SELECT a.ord, c.id, 0::bigint, c.programme, c.period / 100,
               COALESCE(closing_of(c.id), nominal_of(c.id), 0) - COALESCE(nominal_of(c.id), 0)
          FROM unnest(p_cases) WITH ORDINALITY AS a(id, ord) JOIN case_ c ON c.id = a.id;
    END IF;
END $$;

-- counter_ceiling --
-- How much policy lets a counter hold; null where it sets no limit.
CREATE OR REPLACE FUNCTION counter_ceiling(
    p_kind smallint, p_key bigint, p_programme smallint, p_period integer, p_now timestamptz
) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT (CASE p_kind
        WHEN 1 THEN policy_for('kuota.usulan', p_key, p_now)
        WHEN 2 THEN (SELECT policy_for('kuota.program.' || g.id, p_key * 1000000, p_now)
                       FROM programme g WHERE g.code = p_programme)
        ELSE (SELECT policy_at('pagu.' || g.id || '.' || p_period, p_now) FROM programme g WHERE g.code = p_programme)
    END #>> '{}')::bigint
$$;

-- closing_of --
-- The amount worked out for a case and not yet closed, from its latest fact nominal_per_komponen; rupiah. Null when
-- none was written, or when what was written names no amount.
CREATE OR REPLACE FUNCTION closing_of(p_case bigint) RETURNS bigint
LANGUAGE plpgsql STABLE SET enable_seqscan = off
AS $$
BEGIN
    RETURN (SELECT rupiah_in(f.value)
              FROM fact f
             WHERE f.case_id = p_case AND f.kind = (SELECT code FROM fact_kind WHERE id = 'nominal_per_komponen')
             ORDER BY f.at DESC LIMIT 1);
END $$;

-- rupiah_in --
-- The whole rupiah that a piece of evidence names as {"rupiah": n}; null when it names none.
CREATE OR REPLACE FUNCTION rupiah_in(p_value jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$ SELECT CASE WHEN p_value ->> 'rupiah' ~ '^\d{1,15}$' THEN (p_value ->> 'rupiah')::bigint END $$;

-- claim_missing --
-- Those of these cases that hold no claim, with what they would claim: they have ended, or another took their place.
CREATE OR REPLACE FUNCTION claim_missing(p_cases bigint[]) RETURNS SETOF claim
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY
    SELECT c.machine, COALESCE(c.household_id, c.region), claim_sub(c.machine, c.kind, c.programme, c.period), c.id
      FROM case_ c
     WHERE c.id = ANY (p_cases) AND NOT EXISTS (SELECT 1 FROM claim k WHERE k.case_id = c.id)
     ORDER BY 1, 2, 3;
END $$;

-- claim_back --
-- Take back the claims of cases that will move on, and name those whose place is taken.
CREATE OR REPLACE FUNCTION claim_back(p_cases bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
    WITH missing AS MATERIALIZED (
        SELECT m.* FROM claim_missing(p_cases) m
    ), back AS (
        INSERT INTO claim (kind, key, sub, case_id) SELECT m.kind, m.key, m.sub, m.case_id FROM missing m
        ON CONFLICT DO NOTHING
        RETURNING case_id)
    SELECT m.case_id FROM missing m WHERE NOT EXISTS (SELECT 1 FROM back WHERE back.case_id = m.case_id);
END $$;

-- claim_taken --
-- Name those whose place is taken, and take nothing.
CREATE OR REPLACE FUNCTION claim_taken(p_cases bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    RETURN QUERY SELECT m.case_id FROM claim_missing(p_cases) m JOIN claim k USING (kind, key, sub);
END $$;

-- paid_elsewhere --
-- Whether what a family's membership follows from (the family it split off, with its payee) has a disbursement of that
-- programme and period which is under way or was paid: the same people are paid once. Asked family by family, each part
-- by the key it has at hand: a planner that took a table for empty read an index whole for every family of a tahap. It
-- looks past the caller's scope, where that other family may well be, and tells yes or no.
CREATE OR REPLACE FUNCTION paid_elsewhere(p_household bigint, p_programme smallint, p_period integer) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    v_families bigint[] := ARRAY(
        WITH RECURSIVE before AS (
            SELECT m.predecessor AS id
              FROM (SELECT predecessor, machine, programme FROM case_ WHERE household_id = p_household OFFSET 0) m
             WHERE m.machine = 2 AND m.programme = p_programme AND m.predecessor IS NOT NULL
            UNION
            SELECT m.predecessor
              FROM before b
             CROSS JOIN LATERAL (SELECT predecessor, machine FROM case_ WHERE id = b.id OFFSET 0) m
             WHERE m.machine = 2 AND m.predecessor IS NOT NULL)
        SELECT DISTINCT m.household_id
          FROM before b
         CROSS JOIN LATERAL (SELECT household_id, machine FROM case_ WHERE id = b.id OFFSET 0) m
         WHERE m.machine = 2 AND m.household_id <> p_household);
BEGIN
    RETURN v_families <> '{}' AND EXISTS (
        SELECT 1
          FROM unnest(v_families) AS w(household)
         CROSS JOIN LATERAL (SELECT id, machine, programme, period FROM case_ WHERE household_id = w.household OFFSET 0) y
          JOIN position p ON p.case_id = y.id
          JOIN state s ON s.code = p.state AND s.account NOT IN ('hangus', 'keluar', 'disetor')
         WHERE y.machine = 3 AND y.programme = p_programme AND y.period = p_period);
END $$;

-- counter_short --
-- The cases beyond the ceiling of the counters they draw on, as these stand now, in the order given. Locks nothing.
CREATE OR REPLACE FUNCTION counter_short(p_kind smallint, p_cases bigint[], p_now timestamptz)
RETURNS TABLE (case_id bigint, code smallint)
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH demand AS MATERIALIZED (
        SELECT d.*, sum(d.amount) OVER (PARTITION BY d.key, d.programme, d.period ORDER BY d.ord) AS running
          FROM counter_demand(p_kind, p_cases, p_now) d
    ), room AS MATERIALIZED (
        SELECT x.key, x.programme, x.period,
               counter_ceiling(p_kind, x.key, x.programme, x.period, p_now) - COALESCE(k.used, 0) AS amount
          FROM (SELECT DISTINCT key, programme, period FROM demand) x
          LEFT JOIN counter k ON (k.kind, k.key, k.programme, k.period) = (p_kind, x.key, x.programme, x.period))
    SELECT d.case_id, (CASE p_kind WHEN 3 THEN 16 ELSE 15 END)::smallint
      FROM demand d JOIN room r USING (key, programme, period)
     WHERE d.running > r.amount;
END $$;

-- seats_free --
-- Programmes and kabupaten in which a seat is free, and how many; null for no ceiling. For the flow that calls people up.
CREATE OR REPLACE FUNCTION seats_free() RETURNS TABLE (programme smallint, kabupaten bigint, seats bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT k.programme, k.key, c.ceiling - k.used
      FROM counter k
      CROSS JOIN LATERAL (SELECT counter_ceiling(2::smallint, k.key, k.programme, 0, alur_now()) AS ceiling) AS c
     WHERE k.kind = 2 AND (c.ceiling > k.used) IS NOT FALSE
     ORDER BY k.programme, k.key
$$;
REVOKE ALL ON FUNCTION seats_free() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION seats_free() TO alur_worker;

-- counter_blocked --
-- Lock the counters these cases draw on, in key order, and name the cases beyond the ceiling, in the order given.
CREATE OR REPLACE FUNCTION counter_blocked(p_kind smallint, p_cases bigint[], p_now timestamptz)
RETURNS TABLE (case_id bigint, code smallint)
LANGUAGE plpgsql
AS $$
#variable_conflict use_column
DECLARE
    v_key record;
BEGIN
    FOR v_key IN
        SELECT DISTINCT d.key, d.programme, d.period FROM counter_demand(p_kind, p_cases, p_now) d ORDER BY 1, 2, 3
    LOOP
        INSERT INTO counter (kind, key, programme, period, used)
        VALUES (p_kind, v_key.key, v_key.programme, v_key.period, 0) ON CONFLICT DO NOTHING;
        PERFORM 1 FROM counter k
          WHERE (k.kind, k.key, k.programme, k.period) = (p_kind, v_key.key, v_key.programme, v_key.period)
            FOR UPDATE;
    END LOOP;
    RETURN QUERY SELECT * FROM counter_short(p_kind, p_cases, p_now);
END $$;

-- counter_add --
-- Book what moved cases now hold: `p_sign` is +1, or -1 when they give it back. What a disbursement gives back or takes
-- up again is its closed amount.
CREATE OR REPLACE FUNCTION counter_add(
    p_kind smallint, p_cases bigint[], p_sign integer, p_now timestamptz, p_closed boolean DEFAULT false
) RETURNS void
LANGUAGE sql
AS $$
    INSERT INTO counter AS k (kind, key, programme, period, used)
    SELECT p_kind, d.key, d.programme, d.period,
           p_sign * sum(CASE WHEN p_closed THEN COALESCE(nominal_of(d.case_id), 0) ELSE d.amount END)
      FROM counter_demand(p_kind, p_cases, p_now) d
     GROUP BY 2, 3, 4
     ORDER BY 2, 3, 4
    ON CONFLICT (kind, key, programme, period) DO UPDATE SET used = k.used + excluded.used
$$;

-- claim_sub --
-- What a case holds exclusively while it lives: the household, per kind of proposal, programme and period. A family has
-- one registration, whether a proposal (BARU), a migration or a move made it.
CREATE OR REPLACE FUNCTION claim_sub(p_machine smallint, p_kind smallint, p_programme smallint, p_period integer)
RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE p_machine
        WHEN 1 THEN CASE WHEN p_kind <= 1 THEN 1000 ELSE p_kind * 1000 + p_programme END
        WHEN 2 THEN p_programme
        -- Objections: one of a kind about a family; about an exclusion, an exit or a payment one per programme.
        WHEN 4 THEN p_kind * 1000 + CASE WHEN p_kind IN (24, 25, 27, 28) THEN p_programme ELSE 0 END
        ELSE p_programme * 1000000 + p_period
    END::bigint
$$;
