-- Sessions that are open: used, listed to their owner, changed, ended; and tokens for programs.

-- session_seen --
-- The user behind a session that lives, which is noted to the minute where it may not rest for ever. Nobody waits for
-- that note: two requests at once write it once.
CREATE OR REPLACE FUNCTION session_seen(p_session uuid) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    UPDATE session SET last_seen_at = clock_timestamp()
     WHERE id = (SELECT id FROM session
                  WHERE id = p_session AND idle_s IS NOT NULL
                    AND last_seen_at < clock_timestamp() - interval '1 minute'
                    FOR UPDATE SKIP LOCKED);
    RETURN me.user_id;
END $$;

-- sessions_end --
-- End sessions of somebody: all, or all but one. Returns how many.
CREATE OR REPLACE FUNCTION sessions_end(p_user integer, p_but uuid, p_by integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    n integer;
BEGIN
    UPDATE session s SET revoked_at = clock_timestamp(), revoked_by = p_by
      FROM assignment a
     WHERE a.id = s.assignment_id AND a.user_id = p_user AND s.revoked_at IS NULL
       AND s.expires_at > clock_timestamp() AND s.id IS DISTINCT FROM p_but;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- sessions_own --
-- The sessions of the caller that live, under the numbers by which he ends them; `behalf` is for whom he acts there.
DROP FUNCTION IF EXISTS sessions_own(uuid);
CREATE FUNCTION sessions_own(p_session uuid)
RETURNS TABLE (number bigint, kind text, name text, role text, lo bigint, hi bigint, programme text, organisation text,
               issued_at timestamptz, expires_at timestamptz, last_seen_at timestamptz, user_agent text, here boolean,
               behalf text)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    RETURN QUERY
    SELECT s.number, s.kind, s.name, r.id, a.lo, a.hi, g.id, a.organisation, s.issued_at, s.expires_at,
           s.last_seen_at, s.user_agent, s.id = p_session, u.name
      FROM session s
      JOIN assignment a ON a.id = s.assignment_id
      JOIN role r ON r.code = a.role
      LEFT JOIN programme g ON g.code = a.programme
      LEFT JOIN assignment d ON d.id = a.delegated_from
      LEFT JOIN account_user u ON u.id = d.user_id
     WHERE a.user_id = me.user_id AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
       AND (s.idle_s IS NULL OR s.last_seen_at > clock_timestamp() - make_interval(secs => s.idle_s))
     ORDER BY s.number DESC;
END $$;

-- session_revoke --
-- End one session of the caller's own; false when there is none of that number.
CREATE OR REPLACE FUNCTION session_revoke(p_session uuid, p_number bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    ended session;
BEGIN
    UPDATE session s SET revoked_at = clock_timestamp(), revoked_by = me.user_id
      FROM assignment a
     WHERE s.number = p_number AND a.id = s.assignment_id AND a.user_id = me.user_id AND s.revoked_at IS NULL
    RETURNING s.* INTO ended;
    IF ended.id IS NULL THEN
        RETURN false;
    END IF;
    PERFORM signin_note(CASE WHEN ended.id = p_session THEN 'keluar'
                             WHEN ended.kind = 'token' THEN 'token_dicabut' ELSE 'sesi_dicabut' END,
                        me.user_id, me.user_id, NULL, ended.number, NULL, NULL);
    RETURN true;
END $$;

-- session_leave --
-- End the caller's session; with p_all every one of his, tokens included. Returns how many.
CREATE OR REPLACE FUNCTION session_leave(p_session uuid, p_all boolean) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT p_all THEN
        RETURN session_revoke(p_session, (SELECT number FROM session WHERE id = p_session))::integer;
    END IF;
    PERFORM signin_note('keluar', me.user_id, me.user_id, NULL, NULL, NULL, 'semua');
    RETURN sessions_end(me.user_id, NULL, me.user_id);
END $$;

-- demand_signed_in --
-- The caller, who must have signed in himself: a program's token neither makes tokens nor changes what proves a person.
CREATE OR REPLACE FUNCTION demand_signed_in(p_session uuid) RETURNS identity
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM session WHERE id = p_session AND kind = 'web') THEN
        RAISE EXCEPTION 'Token tidak dapat melakukan ini; masuklah sendiri.' USING ERRCODE = 'AL050';
    END IF;
    RETURN me;
END $$;

-- session_switch --
-- Go on in another assignment of one's own: a new session until the same end, and the former one is over.
CREATE OR REPLACE FUNCTION session_switch(p_session uuid, p_assignment integer)
RETURNS TABLE (session uuid, number bigint, expires_at timestamptz, idle_s integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
    former session;
    made session;
BEGIN
    SELECT * INTO former FROM session s WHERE s.id = p_session AND s.revoked_at IS NULL FOR UPDATE;
    IF former.id IS NULL THEN
        RAISE EXCEPTION 'Sesi tidak dikenal atau sudah berakhir.' USING ERRCODE = 'AL002';
    END IF;
    made := session_open(me.user_id, p_assignment, former.expires_at, former.network, former.user_agent);
    IF made.id IS NULL THEN
        RETURN;
    END IF;
    UPDATE session s SET revoked_at = clock_timestamp(), revoked_by = me.user_id WHERE s.id = p_session;
    PERFORM signin_note('ganti_wilayah', me.user_id, me.user_id, (SELECT role FROM assignment WHERE id = p_assignment),
                        made.number, former.network, NULL);
    RETURN QUERY SELECT made.id, made.number, made.expires_at, made.idle_s;
END $$;

-- token_make --
-- A session for a program, in one assignment of the caller's own, for some days and no longer than policy allows. What
-- was delegated to a person is no program's.
CREATE OR REPLACE FUNCTION token_make(p_session uuid, p_assignment integer, p_name text, p_days integer)
RETURNS TABLE (session uuid, number bigint, expires_at timestamptz)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
    made session;
BEGIN
    INSERT INTO session (assignment_id, issued_at, expires_at, kind, name)
    SELECT p_assignment, clock_timestamp(),
           clock_timestamp() + make_interval(days => least(p_days, signin_rule('token', 'hari_paling')::integer)),
           'token', p_name
     WHERE EXISTS (SELECT 1 FROM assignments_of(me.user_id) AS a
                    JOIN assignment x ON x.id = a.id AND x.delegated_from IS NULL WHERE a.id = p_assignment)
    RETURNING * INTO made;
    IF made.id IS NULL THEN
        RETURN;
    END IF;
    PERFORM signin_note('token_dibuat', me.user_id, me.user_id, (SELECT role FROM assignment WHERE id = p_assignment),
                        made.number, NULL, NULL);
    PERFORM account_tell(me.user_id, 'token_dibuat');
    RETURN QUERY SELECT made.id, made.number, made.expires_at;
END $$;
