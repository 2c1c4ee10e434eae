-- Numbers over many cases: what a region's report adds up, what failed, where the money of payments stands. Counted
-- past row-level security under the same scope (see audit.sql); only counts and sums leave, and no family is named.

-- report_rows --
-- Counts of the villages p_lo to p_hi, per part of p_unit village codes, quarter (western Indonesian time), programme (0
-- where none applies), measure, key and part:
--   usulan     by kind and by what became of it; proposals and registrations that people brought, migration left out
--   verval     visits of the cycles by finding; TIDAK_TERJANGKAU, BELUM and BELUM_VERVAL where there is none
--   sanggah    objections by kind and decision, an appeal counted in
--   realisasi  payments by account and state with their closed rupiah, in the quarter in which their period ends
--   data       registrations by desil (0: not ranked) and memberships by state, as they stand now: year and quarter 0
-- Any of p_year and p_quarter null: every one. p_sight: the condition of `audit_sight`.
CREATE OR REPLACE FUNCTION report_rows(
    p_lo bigint, p_hi bigint, p_unit bigint, p_year integer, p_quarter integer, p_sight text
) RETURNS TABLE (
    region bigint, year integer, quarter integer, programme smallint, measure text, key text, part text, cases bigint,
    rupiah bigint
)
LANGUAGE plpgsql STABLE SET jit = off
AS $$
#variable_conflict use_column
DECLARE
    v_from timestamp := make_timestamp(COALESCE(p_year, 1), COALESCE(p_quarter, 1) * 3 - 2, 1, 0, 0, 0);
    v_until timestamp := CASE WHEN p_year IS NULL THEN 'infinity'
                              ELSE v_from + CASE WHEN p_quarter IS NULL THEN interval '1 year' ELSE interval '3 months' END END;
BEGIN
    RETURN QUERY EXECUTE format($query$
        WITH mine AS (
            SELECT c.id, c.region / %3$s AS region, c.machine, c.kind, c.programme, c.period, c.household_id, p.state, s.id AS stands,
                   s.account, c.opened_at AT TIME ZONE 'Asia/Jakarta' AS opened
              FROM case_ c
              JOIN position p ON p.case_id = c.id
              JOIN state s ON s.code = p.state
             WHERE c.region BETWEEN %1$s AND %2$s AND c.machine IN (1, 2, 3, 4, 7) AND %4$s
        ), dated AS (
            SELECT m.*, extract(year FROM opened)::integer AS year, extract(quarter FROM opened)::integer AS quarter
              FROM mine m
             WHERE m.machine IN (1, 4, 7) AND opened >= %5$L AND opened < %6$L
        ), months AS (
            SELECT g.code, COALESCE((policy_at('periode.' || g.id, alur_now()) ->> 'bulan')::integer, 3) AS n FROM programme g
        ), paid AS (
            SELECT m.*, m.period / 100 AS year, least(4, (m.period %% 100 * t.n + 2) / 3) AS quarter
              FROM mine m JOIN months t ON t.code = m.programme
             WHERE m.machine = 3
        )
        SELECT d.region, d.year, d.quarter, 0::smallint, 'usulan', j.id,
               CASE WHEN d.stands IN ('ditetapkan', 'nonaktif', 'diterapkan') THEN 'diterima'
                    WHEN d.stands IN ('ditolak_desa', 'ditolak_sistem', 'ditolak_musdes', 'ditolak_dinsos', 'tidak_ditetapkan')
                    THEN 'ditolak'
                    WHEN d.stands IN ('dibatalkan', 'kedaluwarsa', 'digabung', 'selesai_gabung') THEN 'gugur'
                    ELSE 'berjalan' END, count(*), 0::bigint
          FROM dated d JOIN jenis j ON j.code = d.kind
         WHERE d.machine = 1 AND NOT EXISTS (
               SELECT 1 FROM transition t JOIN rule r ON r.code = t.rule JOIN trigger x ON x.code = r.trigger
                WHERE t.case_id = d.id AND t.version = 1 AND x.id = 'migrasi')
         GROUP BY 1, 2, 3, 6, 7
        UNION ALL
        SELECT d.region, d.year, d.quarter, 0::smallint, 'verval',
               CASE WHEN d.stands = 'ditugaskan' THEN 'BELUM' WHEN d.stands = 'terlewat' THEN 'BELUM_VERVAL'
                    ELSE COALESCE(f.finding, 'TIDAK_TERJANGKAU') END, '', count(*), 0::bigint
          FROM dated d
          LEFT JOIN LATERAL (
               SELECT e.id AS finding FROM transition t JOIN rule r ON r.code = t.rule JOIN trigger x ON x.code = r.trigger
                 JOIN act a ON a.id = t.act JOIN reason e ON e.code = a.reason
                WHERE t.case_id = d.id AND x.machine = 7 AND x.id IN ('catat_hasil', 'catat_ulang')
                  AND d.stands NOT IN ('tidak_terjangkau')
                ORDER BY t.version DESC LIMIT 1) AS f ON true
         WHERE d.machine = 7
         GROUP BY 1, 2, 3, 6
        UNION ALL
        SELECT d.region, d.year, d.quarter, 0::smallint, 'sanggah', j.id,
               CASE WHEN d.stands IN ('ditolak_syarat', 'gugur', 'dicabut') THEN 'gugur'
                    WHEN f.granted IS NULL OR d.stands IN ('banding', 'penugasan', 'verif_lapangan', 'menunggu_putusan') THEN 'berjalan'
                    WHEN f.granted <> (d.stands = 'banding_diterima') THEN 'dikabulkan' ELSE 'ditolak' END, count(*), 0::bigint
          FROM dated d
          JOIN jenis j ON j.code = d.kind
          LEFT JOIN LATERAL (
               SELECT x.id = 'kabulkan' AS granted FROM transition t JOIN rule r ON r.code = t.rule
                 JOIN trigger x ON x.code = r.trigger
                WHERE t.case_id = d.id AND x.machine = 4 AND x.id IN ('kabulkan', 'tolak_sanggah')
                ORDER BY t.version DESC LIMIT 1) AS f ON true
         WHERE d.machine = 4
         GROUP BY 1, 2, 3, 6, 7
        UNION ALL
        SELECT d.region, d.year, d.quarter, d.programme, 'realisasi', COALESCE(d.account, 'open'), d.stands, count(*),
               COALESCE(sum(n.rupiah), 0)::bigint
          FROM paid d
          LEFT JOIN LATERAL (
               SELECT n.rupiah FROM nominal n WHERE n.case_id = d.id ORDER BY n.version DESC LIMIT 1) AS n ON true
         WHERE (%7$L::integer IS NULL OR d.year = %7$L::integer) AND (%8$L::integer IS NULL OR d.quarter = %8$L::integer)
         GROUP BY 1, 2, 3, 4, 6, 7
        UNION ALL
        SELECT m.region, 0, 0, 0::smallint, 'data', CASE m.stands WHEN 'ditetapkan' THEN 'terdaftar' ELSE 'nonaktif' END,
               COALESCE(h.desil, 0)::text, count(*), 0::bigint
          FROM mine m LEFT JOIN household h ON h.id = m.household_id
         WHERE m.machine = 1 AND m.stands IN ('ditetapkan', 'nonaktif')
         GROUP BY 1, 6, 7
        UNION ALL
        SELECT m.region, 0, 0, m.programme, 'data', 'peserta', m.stands, count(*), 0::bigint
          FROM mine m WHERE m.machine = 2
         GROUP BY 1, 4, 7$query$, p_lo, p_hi, p_unit, p_sight, v_from, v_until, p_year, p_quarter);
END $$;

-- report_counted --
-- The same for the session named in this transaction, as far as it sees.
CREATE OR REPLACE FUNCTION report_counted(p_lo bigint, p_hi bigint, p_unit bigint, p_year integer, p_quarter integer)
RETURNS TABLE (
    region bigint, year integer, quarter integer, programme smallint, measure text, key text, part text, cases bigint,
    rupiah bigint
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT * FROM report_rows(p_lo, p_hi, p_unit, p_year, p_quarter, audit_sight(seen()))
$$;

-- report_keep --
-- Count one kabupaten anew and keep what was counted of each kecamatan, for reports of regions that hold many; returns
-- how many rows.
CREATE OR REPLACE FUNCTION report_keep(p_kabupaten bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    kept bigint;
BEGIN
    DELETE FROM laporan_cacah WHERE region BETWEEN p_kabupaten * 100 AND p_kabupaten * 100 + 99;
    INSERT INTO laporan_cacah (region, year, quarter, programme, measure, key, part, cases, rupiah, at)
    SELECT r.region, r.year, r.quarter, r.programme, r.measure, r.key, r.part, r.cases, r.rupiah, alur_now()
      FROM report_rows(p_kabupaten * 1000000, p_kabupaten * 1000000 + 999999, 10000, NULL, NULL, 'true') AS r;
    GET DIAGNOSTICS kept = ROW_COUNT;
    RETURN kept;
END $$;

-- failures_counted --
-- Cases that stand in these states within some villages (or one batch), by the reason they came there with: how many,
-- since when the first, and their closed amounts in rupiah.
CREATE OR REPLACE FUNCTION failures_counted(p_states smallint[], p_lo bigint, p_hi bigint, p_batch bigint)
RETURNS TABLE (state smallint, reason smallint, cases bigint, rupiah bigint, oldest timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT p.state, a.reason, count(*), COALESCE(sum(n.rupiah), 0)::bigint, min(p.since)
          FROM position p
          JOIN case_ c ON c.id = p.case_id
          LEFT JOIN transition t ON t.case_id = p.case_id AND t.version = p.version
          LEFT JOIN act a ON a.id = t.act
          LEFT JOIN LATERAL (
                SELECT n.rupiah FROM nominal n WHERE n.case_id = p.case_id AND p.state BETWEEN 301 AND 399
                 ORDER BY n.version DESC LIMIT 1) AS n ON true
         WHERE p.state < 20000 AND p.state = ANY (%L::smallint[]) AND p.region BETWEEN %s AND %s
           AND (%L::bigint IS NULL OR p.batch = %4$L::bigint) AND %s
         GROUP BY p.state, a.reason$query$, p_states, p_lo, p_hi, p_batch, audit_sight(seen()));
END $$;

-- funds_standing --
-- Cases and closed rupiah of each of these batches, per account of the states in which its cases stand now.
CREATE OR REPLACE FUNCTION funds_standing(p_batches bigint[])
RETURNS TABLE (batch bigint, account text, cases bigint, rupiah bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET jit = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT p.batch, s.account, count(*), COALESCE(sum(n.rupiah), 0)::bigint
          FROM position p
          JOIN case_ c ON c.id = p.case_id AND c.machine = 3
          JOIN state s ON s.code = p.state
          LEFT JOIN LATERAL (
                SELECT n.rupiah FROM nominal n WHERE n.case_id = p.case_id ORDER BY n.version DESC LIMIT 1) AS n ON true
         WHERE p.batch = ANY (%L) AND %s
         GROUP BY p.batch, s.account$query$, p_batches, audit_sight(seen()));
END $$;
