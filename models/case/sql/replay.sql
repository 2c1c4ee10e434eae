-- replay_differences --
-- Rebuild every case's position from the log alone and compare it with what is stored; then claims, amounts and
-- counters. One row per difference, none when all agrees. Read by `alur audit replay` with the owner's rights.
CREATE OR REPLACE FUNCTION replay_differences()
RETURNS TABLE (what text, case_id bigint, stored text, replayed text)
LANGUAGE sql STABLE
AS $$
    WITH step AS (
        SELECT t.case_id, t.version, r.target, r.sources, a.at, r.amount,
               lag(r.target) OVER w AS before, lag(t.version) OVER w AS version_before
          FROM transition t
          LEFT JOIN rule r ON r.code = t.rule
          LEFT JOIN act a ON a.id = t.act
        WINDOW w AS (PARTITION BY t.case_id ORDER BY t.version)
    ), folded AS (
        SELECT s.case_id, max(s.version) AS version, max(s.at) AS since,
               (array_agg(s.target ORDER BY s.version DESC))[1] AS state,
               bool_and(s.at IS NOT NULL) AS has_acts,
               bool_and(COALESCE(s.version_before, 0) + 1 = s.version) AS whole,
               bool_and(COALESCE(COALESCE(s.before, 0::smallint) = ANY (s.sources), false)) AS legal,
               max(s.version) FILTER (WHERE s.amount = 'set') AS closed_at
          FROM step s GROUP BY s.case_id
    ), compared AS (
        SELECT COALESCE(f.case_id, p.case_id) AS case_id, f.case_id IS NULL AS no_log,
               p.case_id IS NULL AS no_position,
               c.id IS NULL AS no_header, f.version, f.since, f.state, f.has_acts, f.whole, f.legal, f.closed_at,
               p.state AS stored_state, p.version AS stored_version,
               p.since AS stored_since, p.region AS stored_region, c.region AS region,
               s.terminal, s.machine, k.case_id IS NOT NULL AS claimed, n.version AS nominal_version
          FROM folded f
          FULL JOIN position p ON p.case_id = f.case_id
          LEFT JOIN case_ c ON c.id = COALESCE(f.case_id, p.case_id)
          LEFT JOIN state s ON s.code = f.state
          LEFT JOIN claim k ON k.case_id = COALESCE(f.case_id, p.case_id)
          LEFT JOIN (SELECT case_id, max(version) AS version FROM nominal GROUP BY case_id) n
                 ON n.case_id = COALESCE(f.case_id, p.case_id)
    )
    SELECT 'riwayat tanpa posisi', d.case_id, NULL, d.state::text FROM compared d WHERE d.no_position
    UNION ALL
    SELECT 'posisi tanpa riwayat', d.case_id, d.stored_state::text, NULL FROM compared d WHERE d.no_log
    UNION ALL
    SELECT 'kasus tanpa kepala', d.case_id, NULL, NULL FROM compared d WHERE d.no_header
    UNION ALL
    SELECT 'riwayat berlubang', d.case_id, NULL, d.version::text FROM compared d WHERE NOT d.whole
    UNION ALL
    SELECT 'transisi tanpa akta', d.case_id, NULL, NULL FROM compared d WHERE NOT d.has_acts
    UNION ALL
    SELECT 'panah tidak sah', d.case_id, NULL, d.state::text FROM compared d WHERE NOT d.legal
    UNION ALL
    SELECT 'state', d.case_id, d.stored_state::text, d.state::text FROM compared d WHERE d.stored_state <> d.state
    UNION ALL
    SELECT 'versi', d.case_id, d.stored_version::text, d.version::text FROM compared d WHERE d.stored_version <> d.version
    UNION ALL
    SELECT 'sejak', d.case_id, d.stored_since::text, d.since::text FROM compared d WHERE d.stored_since <> d.since
    UNION ALL
    SELECT 'wilayah', d.case_id, d.stored_region::text, d.region::text FROM compared d WHERE d.stored_region <> d.region
    UNION ALL
    SELECT 'klaim', d.case_id, d.claimed::text, (NOT d.terminal)::text FROM compared d
     WHERE d.claimed = d.terminal AND NOT (NOT d.claimed AND (d.machine = 4 AND d.version = 1 OR taken_over(d.case_id)))
    UNION ALL
    -- A seat is kept for a membership that lost it, while the objection that took it may be appealed.
    SELECT 'kursi disimpan', k.case_id, k.objection::text, NULL
      FROM seat_kept k
      LEFT JOIN folded m ON m.case_id = k.case_id LEFT JOIN state ms ON ms.code = m.state
      LEFT JOIN folded o ON o.case_id = k.objection LEFT JOIN state os ON os.code = o.state
     WHERE COALESCE(ms.holds_seat, true) OR COALESCE(os.id NOT IN ('dikabulkan', 'banding'), true)
    UNION ALL
    SELECT 'nominal', d.case_id, d.nominal_version::text, d.closed_at::text FROM compared d
     WHERE d.nominal_version IS DISTINCT FROM d.closed_at
    UNION ALL
    SELECT 'penghitung ' || x.kind, x.key, x.used::text, x.counted::text
      FROM (
        SELECT COALESCE(k.kind, c.kind) AS kind, COALESCE(k.key, c.key) AS key, COALESCE(k.used, 0) AS used,
               COALESCE(c.counted, 0) AS counted
          FROM (SELECT * FROM counter WHERE kind IN (2, 3)) k
          FULL JOIN (
            SELECT 2 AS kind, c.region / 1000000 AS key, c.programme, 0 AS period, count(*) AS counted
              FROM folded f JOIN state s ON s.code = f.state JOIN case_ c ON c.id = f.case_id
              LEFT JOIN seat_kept k ON k.case_id = f.case_id
             WHERE s.holds_seat OR k.case_id IS NOT NULL
             GROUP BY 2, 3
            UNION ALL
            SELECT 3, 0, c.programme, c.period / 100, sum(n.rupiah)::bigint
              FROM folded f
              JOIN state s ON s.code = f.state AND s.account NOT IN ('hangus', 'keluar')
              JOIN case_ c ON c.id = f.case_id
              JOIN nominal n ON n.case_id = f.case_id AND n.version = f.closed_at
             GROUP BY 3, 4
          ) c ON (c.kind, c.key, c.programme, c.period) = (k.kind, k.key, k.programme, k.period)
      ) x WHERE x.used <> x.counted
$$;
