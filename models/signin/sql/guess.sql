-- What slows guessing, and what is recorded. Owned by the tables' owner; called by the functions beside it.

-- signin_note --
-- Append what happened about an account.
CREATE OR REPLACE FUNCTION signin_note(
    p_kind text, p_user integer, p_actor integer, p_role smallint, p_session bigint, p_network text, p_reason text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    INSERT INTO signin_event (at, kind, user_id, actor, role, session, network, reason)
    VALUES (alur_now(), p_kind, p_user, p_actor, p_role, p_session, p_network, p_reason)
$$;

-- signin_rule --
-- One part of a policy of signing in (masuk.*) as it holds now.
CREATE OR REPLACE FUNCTION signin_rule(p_key text, p_part text) RETURNS jsonb
LANGUAGE sql STABLE
AS $$ SELECT policy_at('masuk.' || p_key, alur_now()) -> p_part $$;

-- throttle_take --
-- Count an attempt before it is judged, under each key by its own rule of policy, unless one of them asks to wait:
-- returns how long, in seconds, 0 when the attempt may be judged. Counted first, so that a hundred attempts at once are
-- a hundred; what turns out right is given back by throttle_clear. An attempt that is turned away counts for nothing.
CREATE OR REPLACE FUNCTION throttle_take(p_keys text[], p_rules text[]) RETURNS double precision
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
    v_forget interval := make_interval(secs => signin_rule('jeda', 'lupa_s')::integer);
    v_wait double precision;
    k record;
BEGIN
    -- In one order, so that two attempts wait for each other and never lock each other out.
    INSERT INTO signin_throttle (key, fails, last_at, next_at)
    SELECT key, 0, v_now, v_now FROM unnest(p_keys) AS key ORDER BY key
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM signin_throttle WHERE key = ANY (p_keys) ORDER BY key FOR UPDATE;
    v_now := clock_timestamp();
    SELECT max(extract(epoch FROM next_at - v_now)) INTO v_wait FROM signin_throttle WHERE key = ANY (p_keys);
    IF v_wait > 0 THEN
        RETURN v_wait;
    END IF;
    FOR k IN
        SELECT t.key, CASE WHEN t.last_at < v_now - v_forget THEN 1 ELSE t.fails + 1 END AS fails,
               signin_rule('jeda', r.rule) AS rule
          FROM unnest(p_keys, p_rules) AS r(key, rule) JOIN signin_throttle t USING (key)
    LOOP
        UPDATE signin_throttle
           SET fails = k.fails, last_at = v_now,
               next_at = v_now + CASE WHEN k.fails > (k.rule ->> 'bebas')::integer THEN make_interval(secs =>
                   least((k.rule ->> 'paling_s')::double precision,
                         (k.rule ->> 'awal_s')::double precision
                         * 2 ^ least(k.fails - (k.rule ->> 'bebas')::integer - 1, 30)))
               ELSE interval '0' END
         WHERE key = k.key;
    END LOOP;
    RETURN 0;
END $$;

-- throttle_clear --
-- What was right is no failure: the account's own count at this place ends, the network's loses this one attempt.
CREATE OR REPLACE FUNCTION throttle_clear(p_keys text[], p_rules text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM 1 FROM signin_throttle WHERE key = ANY (p_keys) ORDER BY key FOR UPDATE;
    UPDATE signin_throttle t
       SET fails = CASE r.rule WHEN 'jaringan' THEN greatest(t.fails - 1, 0) ELSE 0 END, next_at = clock_timestamp()
      FROM unnest(p_keys, p_rules) AS r(key, rule)
     WHERE t.key = r.key;
END $$;

-- place_known --
-- Whether somebody signed in from this device, or from this network, within the days that policy remembers.
CREATE OR REPLACE FUNCTION place_known(p_user integer, p_kind text, p_hash text) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT EXISTS (SELECT 1 FROM signin_place
                    WHERE user_id = p_user AND kind = p_kind AND hash = p_hash
                      AND seen_at > clock_timestamp() - make_interval(days => signin_rule('jeda', 'kenal_hari')::integer))
$$;

-- signin_keys --
-- Under which keys an attempt is counted, and by which rules. The account's count is that of this place: of a device
-- that is known, else of the network. A network's own count holds for those who never signed in from it.
CREATE OR REPLACE FUNCTION signin_keys(
    p_account text, p_user integer, p_network text, p_device text, OUT keys text[], OUT rules text[], OUT known boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    IF p_user IS NOT NULL AND p_device IS NOT NULL AND place_known(p_user, 'perangkat', p_device) THEN
        keys := ARRAY['akun:' || p_account || ':' || p_device];
        known := true;
    ELSE
        keys := ARRAY['akun:' || p_account || ':' || p_network];
        known := p_user IS NOT NULL AND place_known(p_user, 'jaringan', p_network);
    END IF;
    rules := ARRAY['tempat'];
    IF NOT known THEN
        keys := keys || ('jaringan:' || p_network);
        rules := rules || 'jaringan'::text;
    END IF;
END $$;

-- signin_sweep --
-- Forget attempts that are over, and failures that no longer count. Called now and then by who signs in.
CREATE OR REPLACE FUNCTION signin_sweep() RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    DELETE FROM signin_challenge WHERE expires_at < clock_timestamp() - interval '1 day';
    DELETE FROM signin_throttle
     WHERE last_at < clock_timestamp() - make_interval(secs => signin_rule('jeda', 'lupa_s')::integer)
       AND next_at < clock_timestamp();
$$;
