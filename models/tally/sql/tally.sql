-- Counts of where cases stand, kept beside the log: a list of ten million cases is counted once, not by every reader.

-- sees_whole_kabupaten --
-- Whether the session named in the transaction sees a kabupaten or more, or a programme everywhere.
CREATE OR REPLACE FUNCTION sees_whole_kabupaten() RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT COALESCE((SELECT seen_hi()) - (SELECT seen_lo()) >= 999999, (SELECT seen_programme()) IS NOT NULL) $$;

-- tally_places --
-- The places a village is counted for: itself, its kecamatan, kabupaten and provinsi, the nation. A case of the nation
-- itself (region 0) counts for the nation alone.
CREATE OR REPLACE FUNCTION tally_places(p_region bigint) RETURNS TABLE (lo bigint, hi bigint)
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
    SELECT p_region / u * u, p_region / u * u + u - 1
      FROM unnest(ARRAY[1, 10000, 1000000, 100000000, 10000000000]) AS u
     WHERE u = 10000000000 OR p_region >= 1000000000
$$;

-- tally_moves --
-- What acts did to the counts, by village: out of the state before, into the state after, and the day of each arrival.
CREATE OR REPLACE FUNCTION tally_moves(p_acts bigint[])
RETURNS TABLE (region bigint, programme smallint, state smallint, day date, n bigint, arrived bigint)
LANGUAGE sql STABLE
AS $$
    SELECT c.region, c.programme, x.state, (a.at AT TIME ZONE region_zone(c.region))::date, sum(x.n), sum(greatest(x.n, 0))
      FROM act a
      JOIN transition t ON t.act = a.id
      JOIN case_ c ON c.id = t.case_id
      JOIN rule r ON r.code = t.rule
      LEFT JOIN transition b ON b.case_id = t.case_id AND b.version = t.version - 1
      LEFT JOIN rule q ON q.code = b.rule
     CROSS JOIN LATERAL (VALUES (r.target, 1), (q.target, -1)) AS x(state, n)
     WHERE a.id = ANY (p_acts) AND x.state IS NOT NULL
     GROUP BY 1, 2, 3, 4
$$;

-- tally_standing --
-- How many cases stand where by a count of every position, less what the acts `p_unread` did, which are not counted yet.
CREATE OR REPLACE FUNCTION tally_standing(p_unread bigint[])
RETURNS TABLE (lo bigint, hi bigint, programme smallint, state smallint, n bigint)
LANGUAGE sql STABLE
AS $$
    SELECT p.lo, p.hi, x.programme, x.state, sum(x.n)::bigint
      FROM (SELECT region, programme, state, count(*) AS n FROM position GROUP BY 1, 2, 3
            UNION ALL
            SELECT region, programme, state, -n FROM tally_moves(p_unread)) AS x
     CROSS JOIN LATERAL tally_places(x.region) p
     GROUP BY 1, 2, 3, 4
$$;

-- tally_begin --
-- Count everything, and begin to read the log at the acts whose transactions had not all ended by then. One statement:
-- what it counts and what it leaves to the reader belong to the same snapshot.
CREATE OR REPLACE FUNCTION tally_begin() RETURNS void
LANGUAGE sql
AS $$
    WITH snap AS MATERIALIZED (SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin),
    begun AS (
        INSERT INTO notice_cursor (name, xid, act)
        SELECT 'hitungan', ((s.xmin::text)::bigint - 1)::text::xid8, 9223372036854775807 FROM snap s)
    INSERT INTO tally (lo, hi, programme, state, n)
    SELECT t.*
      FROM snap s
     CROSS JOIN LATERAL (SELECT COALESCE(array_agg(a.id), '{}') AS acts FROM act a WHERE a.xid >= s.xmin) AS unread
     CROSS JOIN LATERAL tally_standing(unread.acts) t
     WHERE t.n <> 0
$$;

-- tally_count --
-- Add what acts did to the counts.
CREATE OR REPLACE FUNCTION tally_count(p_acts bigint[]) RETURNS void
LANGUAGE sql
AS $$
    WITH moved AS MATERIALIZED (SELECT * FROM tally_moves(p_acts)),
    placed AS MATERIALIZED (
        SELECT p.lo, p.hi, m.programme, m.state, m.day, sum(m.n)::bigint AS n, sum(m.arrived)::bigint AS arrived
          FROM moved m CROSS JOIN LATERAL tally_places(m.region) p GROUP BY 1, 2, 3, 4, 5),
    days AS (
        INSERT INTO tally_day AS t (day, lo, hi, programme, state, n)
        SELECT day, lo, hi, programme, state, arrived FROM placed WHERE arrived > 0 AND hi - lo >= 999999
        ON CONFLICT (day, lo, hi, programme, state) DO UPDATE SET n = t.n + excluded.n)
    INSERT INTO tally AS t (lo, hi, programme, state, n)
    SELECT lo, hi, programme, state, sum(n)::bigint FROM placed GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
    ON CONFLICT (lo, hi, programme, state) DO UPDATE SET n = t.n + excluded.n;
$$;

-- tally_read --
-- Count up to p_limit acts that are new (`news_next`); returns how many were read. The first call counts everything.
CREATE OR REPLACE FUNCTION tally_read(p_session uuid, p_limit integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_acts bigint[];
BEGIN
    PERFORM demand_system(p_session);
    IF NOT EXISTS (SELECT 1 FROM notice_cursor WHERE name = 'hitungan') THEN
        PERFORM pg_advisory_xact_lock(hashtext('tally'));
        IF NOT EXISTS (SELECT 1 FROM notice_cursor WHERE name = 'hitungan') THEN
            PERFORM tally_begin();
        END IF;
        RETURN 0;
    END IF;
    v_acts := news_next('hitungan', p_limit);
    IF cardinality(v_acts) > 0 THEN
        PERFORM tally_count(v_acts);
    END IF;
    RETURN cardinality(v_acts);
END $$;

-- tally_as_of --
-- The moment of which the counts tell: now, unless acts wait to be read. Null before the first count.
CREATE OR REPLACE FUNCTION tally_as_of() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT COALESCE((SELECT a.at FROM act a WHERE (a.xid, a.id) > (c.xid, c.act) ORDER BY a.xid, a.id LIMIT 1), alur_now())
      FROM notice_cursor c WHERE c.name = 'hitungan'
$$;

-- tally_differences --
-- Where the counts are not what a count of every position, less the acts not read yet, would say; none when all agrees.
CREATE OR REPLACE FUNCTION tally_differences()
RETURNS TABLE (lo bigint, hi bigint, programme smallint, state smallint, kept bigint, counted bigint)
LANGUAGE sql STABLE
AS $$
    SELECT lo, hi, programme, state, COALESCE(t.n, 0), COALESCE(s.n, 0)
      FROM (SELECT COALESCE(array_agg(a.id), '{}') AS acts
              FROM notice_cursor c JOIN act a ON (a.xid, a.id) > (c.xid, c.act) WHERE c.name = 'hitungan') AS unread
     CROSS JOIN LATERAL tally_standing(unread.acts) s
      FULL JOIN tally t USING (lo, hi, programme, state)
     WHERE COALESCE(t.n, 0) <> COALESCE(s.n, 0) AND EXISTS (SELECT 1 FROM notice_cursor WHERE name = 'hitungan')
$$;

-- tally_again --
-- Forget the counts and count everything anew, with the owner's rights.
CREATE OR REPLACE FUNCTION tally_again() RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('tally'));
    DELETE FROM notice_cursor WHERE name = 'hitungan';
    DELETE FROM tally;
    PERFORM tally_begin();
END $$;
