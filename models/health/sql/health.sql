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
