-- Figures about the machinery. They count and date, and name no case and no person.

-- health_figures --
-- One row for monitoring. It looks past row-level security, since whoever watches the machinery has no scope.
CREATE OR REPLACE FUNCTION health_figures()
RETURNS TABLE (
    wakes_open bigint, wake_oldest_s double precision,
    runs_live bigint, runs_lapsed bigint, run_lapsed_oldest_s double precision,
    calls_open bigint, calls_unknown bigint, call_unknown_oldest_s double precision, calls_refused bigint,
    gates_open bigint, gates_late bigint, gate_late_oldest_s double precision,
    engine_silent_s double precision, connections bigint, connections_most integer,
    transitions bigint, refusals bigint
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT w.*, r.*, c.*, g.*,
           (SELECT extract(epoch FROM clock_timestamp() - h.at)::double precision FROM heartbeat h WHERE h.name = 'engine'),
           (SELECT count(*) FROM pg_stat_activity a WHERE a.backend_type = 'client backend'),
           current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer,
           (SELECT s.n_tup_ins FROM pg_stat_user_tables s WHERE s.relid = 'transition'::regclass),
           (SELECT s.n_tup_ins FROM pg_stat_user_tables s WHERE s.relid = 'refusal'::regclass)
      FROM (SELECT count(*), extract(epoch FROM alur_now() - min(wake.created_at))::double precision
              FROM wake WHERE wake.done_at IS NULL) w,
           (SELECT count(*) FILTER (WHERE n.lease_until >= clock_timestamp()),
                   count(*) FILTER (WHERE n.lease_until < clock_timestamp()),
                   extract(epoch FROM clock_timestamp()
                           - min(n.lease_until) FILTER (WHERE n.lease_until < clock_timestamp()))::double precision
              FROM batch_run n JOIN batch b ON b.id = n.batch AND b.state = 'terbuka'
             WHERE n.ended_at IS NULL) r,
           (SELECT count(*) FILTER (WHERE call.state <> 'ditolak'),
                   count(*) FILTER (WHERE call.state = 'tidak_diketahui'),
                   extract(epoch FROM alur_now() - min(call.created_at) FILTER (WHERE call.state = 'tidak_diketahui'))
                       ::double precision,
                   count(*) FILTER (WHERE call.state = 'ditolak')
              FROM call WHERE call.state IN ('tercatat', 'terkirim', 'tidak_diketahui', 'ditolak')) c,
           (SELECT count(*), count(*) FILTER (WHERE approval.deadline < alur_now()),
                   extract(epoch FROM alur_now() - min(approval.deadline) FILTER (WHERE approval.deadline < alur_now()))
                       ::double precision
              FROM approval WHERE approval.state = 'terbuka') g
$$;
REVOKE ALL ON FUNCTION health_figures() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_figures() TO alur_api;

-- health_waiting --
-- One row about what waits for people: messages given up and how far behind telling is, cards that a bank refuses to
-- print, objections whose check is over its time. It counts and names nobody.
CREATE OR REPLACE FUNCTION health_waiting()
RETURNS TABLE (notices_dead bigint, notice_lag_s double precision, cards_refused bigint, objections_late bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT (SELECT count(*) FROM notice_delivery d WHERE d.state = 'mati'),
           -- The oldest act that nobody was told of, or the oldest message whose moment has come.
           extract(epoch FROM alur_now() - least(
               (SELECT n.at FROM (SELECT a.at FROM notice_cursor c JOIN act a ON (a.xid, a.id) > (c.xid, c.act)
                                   WHERE c.name = 'nasib' ORDER BY a.xid, a.id LIMIT 1) AS n),
               (SELECT min(d.next_try) FROM notice_delivery d
                 WHERE d.state IN ('antre', 'gagal') AND d.next_try <= alur_now())))::double precision,
           (SELECT count(*) FROM position p JOIN state s ON s.code = p.state AND s.machine = 3 AND s.id = 'burekol_berhasil'
             WHERE EXISTS (SELECT 1 FROM fact f JOIN fact_kind k ON k.code = f.kind AND k.id = 'berkas_bank'
                            WHERE f.case_id = p.case_id AND f.at >= p.since AND f.value ->> 'kartu' = 'gagal')),
           (SELECT count(*)
              FROM position p
              JOIN state s ON s.code = p.state AND s.machine = 4
               AND s.id IN ('penugasan', 'verif_lapangan', 'tanggapan_penyalur', 'eskalasi', 'menunggu_putusan')
              JOIN case_ c ON c.id = p.case_id
             WHERE p.state < 20000 AND alur_now() >= deadline(
                   c.opened_at, policy_for('sanggah.batas_cek', c.region, alur_now()) #>> '{}', c.region))
$$;
REVOKE ALL ON FUNCTION health_waiting() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION health_waiting() TO alur_api;

-- cycles_undecided --
-- Which of these cycles, by period and first day, nobody decided yet: none was scheduled or called off, its own gate is
-- not decided, and no standing decision covers it.
CREATE OR REPLACE FUNCTION cycles_undecided(p_periods integer[], p_mulai date[]) RETURNS SETOF integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT d.period
      FROM unnest(p_periods, p_mulai) AS d(period, mulai)
     WHERE NOT EXISTS (SELECT 1 FROM case_ c WHERE c.machine = 5 AND c.period = d.period)
       AND NOT EXISTS (SELECT 1 FROM approval a JOIN batch b ON b.id = a.batch AND b.kind = 'siklus'
                        WHERE a.gate = 'siklus_jadwal.' || d.period AND a.state IN ('disetujui', 'ditolak')
                           OR siklus_standing(b.id, d.mulai) IS NOT NULL)
     ORDER BY d.period
$$;
REVOKE ALL ON FUNCTION cycles_undecided(integer[], date[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION cycles_undecided(integer[], date[]) TO alur_api;

-- health_replay --
-- Fold the log of these cases alone and return those that stand elsewhere than it says: a sample of what
-- `alur audit replay` does for all of them.
CREATE OR REPLACE FUNCTION health_replay(p_cases bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE
AS $$
    SELECT p.case_id
      FROM position p
      LEFT JOIN LATERAL (
            SELECT max(t.version) AS version, count(*) AS steps, max(a.at) AS since,
                   (array_agg(r.target ORDER BY t.version DESC))[1] AS state
              FROM transition t
              LEFT JOIN rule r ON r.code = t.rule
              LEFT JOIN act a ON a.id = t.act
             WHERE t.case_id = p.case_id) f ON true
      LEFT JOIN case_ c ON c.id = p.case_id
     WHERE p.case_id = ANY (p_cases)
       AND (f.version, f.steps, f.since, f.state, c.region) IS DISTINCT FROM
           (p.version, p.version::bigint, p.since, p.state, p.region)
$$;
REVOKE ALL ON FUNCTION health_replay(bigint[]) FROM PUBLIC;
