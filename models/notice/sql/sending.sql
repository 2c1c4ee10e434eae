-- Sending: who may send what now, and what came of it. Several senders share the queue; a claim ends by itself.

-- deliveries_claim --
-- Take up to p_limit deliveries of a channel that are due, for p_seconds. The try is counted as it begins, so that a
-- message which kills its sender does not do so for ever: after policy's number of tries of which nothing was noted it
-- is given up ('mati') in place of being claimed. A digest takes no more notices in from here on. Without an address: it
-- was taken away, is blocked, or its owner works here no more.
CREATE OR REPLACE FUNCTION deliveries_claim(p_channel text, p_limit integer, p_seconds integer)
RETURNS TABLE (
    id bigint, user_id integer, notice bigint, tries integer, lease uuid, address text, secret text, language text
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    v_most integer := (policy_at('pemberitahuan.kirim', alur_now()) ->> 'menyerah')::integer;
BEGIN
    RETURN QUERY
    WITH due AS (
        SELECT d.id, d.tries >= v_most AS spent FROM notice_delivery d
         WHERE d.channel = p_channel AND d.state IN ('antre', 'gagal') AND d.next_try <= alur_now()
           AND (d.lease_until IS NULL OR d.lease_until < clock_timestamp())
         ORDER BY d.urgent DESC, d.next_try, d.id
         LIMIT p_limit
           FOR UPDATE SKIP LOCKED
    ), given_up AS (
        UPDATE notice_delivery d
           SET state = 'mati', open = false, done_at = alur_now(), lease = NULL, lease_until = NULL,
               last_error = COALESCE(d.last_error, 'hasilnya tidak pernah tercatat / what came of it was never noted')
          FROM due WHERE d.id = due.id AND due.spent
    ), taken AS (
        UPDATE notice_delivery d
           SET tries = d.tries + 1, open = false, lease = gen_random_uuid(),
               lease_until = clock_timestamp() + make_interval(secs => p_seconds)
          FROM due WHERE d.id = due.id AND NOT due.spent
        RETURNING d.id, d.user_id, d.notice, d.tries, d.lease
    )
    SELECT t.id, t.user_id, t.notice, t.tries, t.lease, a.address, a.secret, notice_language(t.user_id)
      FROM taken t
      JOIN account_user u ON u.id = t.user_id
      LEFT JOIN notice_address a
        ON a.user_id = t.user_id AND a.channel = p_channel AND a.blocked_at IS NULL AND u.active
     ORDER BY t.id;
END $$;

-- delivery_sent --
-- Note that the other side took a message. False when the claim was lost meanwhile.
CREATE OR REPLACE FUNCTION delivery_sent(p_id bigint, p_lease uuid, p_provider text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    WITH noted AS (
        UPDATE notice_delivery
           SET state = 'terkirim', provider_id = p_provider, done_at = alur_now(), lease = NULL, lease_until = NULL
         WHERE id = p_id AND lease = p_lease
        RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM noted)
$$;

-- delivery_failed --
-- Note that a message did not arrive, and decide what becomes of it: again after a pause that doubles, with jitter and
-- not into quiet hours; by the person's next channel after policy's number of tries, or at once when this channel will
-- never take it; given up ('mati') when no channel is left. p_blocked: the other side turned this person away, so the
-- channel is closed for him and his inbox says so. Returns the new state, null when the claim was lost meanwhile.
CREATE OR REPLACE FUNCTION delivery_failed(
    p_id bigint, p_lease uuid, p_error text, p_final boolean, p_blocked boolean
) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    d notice_delivery%ROWTYPE;
    v_now timestamptz := alur_now();
    v_policy jsonb := policy_at('pemberitahuan.kirim', v_now);
    v_pause double precision;
    v_since timestamptz;
    v_channel text;
    v_next text;
BEGIN
    SELECT * INTO d FROM notice_delivery WHERE id = p_id AND lease = p_lease FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    v_channel := d.channel;
    IF p_blocked THEN
        UPDATE notice_address SET blocked_at = v_now, blocked_why = p_error
         WHERE user_id = d.user_id AND channel = d.channel AND blocked_at IS NULL
        RETURNING at INTO v_since;
    END IF;
    v_next := notice_channel(d.user_id, d.tried || d.channel);
    IF v_next IS NOT NULL AND (p_final OR p_blocked OR d.tries >= (v_policy ->> 'pindah')::integer) THEN
        d.state := 'antre';
        d.tried := d.tried || d.channel;
        d.channel := v_next;
        d.tries := 0;
        d.next_try := notice_awake(d.user_id, d.urgent, v_now);
    ELSIF p_final OR p_blocked OR d.tries >= (v_policy ->> 'menyerah')::integer THEN
        d.state := 'mati';
        d.done_at := v_now;
    ELSE
        d.state := 'gagal';
        v_pause := least((v_policy ->> 'jeda_awal_s')::double precision * power(2, least(d.tries - 1, 30)),
                         (v_policy ->> 'jeda_paling_s')::double precision) * (0.75 + random() / 2);
        d.next_try := notice_awake(d.user_id, d.urgent, v_now + make_interval(secs => v_pause));
    END IF;
    UPDATE notice_delivery
       SET state = d.state, tried = d.tried, channel = d.channel, tries = d.tries, next_try = d.next_try,
           done_at = d.done_at, last_error = p_error, lease = NULL, lease_until = NULL
     WHERE id = p_id;
    IF v_since IS NOT NULL THEN
        PERFORM notice_put(d.user_id, 'saluran_putus', 'saluran_putus:' || v_channel || ':' || v_since,
                           jsonb_build_object('channel', v_channel), false, NULL, NULL);
    END IF;
    RETURN d.state;
END $$;

-- delivery_later --
-- Give a claim back uncounted: the other side asked for patience, and nothing is wrong with the message. Of a delivery
-- that is older than a day it is a failed try like any other, and the pause is the longer one: whoever asks for patience
-- for ever neither keeps a reader from his next channel nor a dead letter from being seen.
CREATE OR REPLACE FUNCTION delivery_later(p_id bigint, p_lease uuid, p_error text, p_seconds double precision)
RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_until timestamptz := alur_now() + make_interval(secs => p_seconds);
    v_at timestamptz;
    v_state text;
BEGIN
    SELECT at INTO v_at FROM notice_delivery WHERE id = p_id AND lease = p_lease FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF v_at < alur_now() - interval '1 day' THEN
        v_state := delivery_failed(p_id, p_lease, p_error, false, false);
        IF v_state = 'gagal' THEN
            UPDATE notice_delivery SET next_try = greatest(next_try, v_until) WHERE id = p_id;
        END IF;
        RETURN true;
    END IF;
    UPDATE notice_delivery
       SET tries = tries - 1, next_try = v_until, last_error = p_error, lease = NULL, lease_until = NULL
     WHERE id = p_id;
    RETURN true;
END $$;

-- dead_scope --
-- The regions whose people's dead letters an administrator looks after; an error for everybody else.
CREATE OR REPLACE FUNCTION dead_scope(p_session uuid) RETURNS identity
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF (SELECT id FROM role WHERE code = me.role) NOT IN ('admin_kab', 'admin_provinsi', 'admin_pusat') THEN
        RAISE EXCEPTION 'Pesan mati ditangani admin kabupaten, provinsi, atau pusat.' USING ERRCODE = 'AL015';
    END IF;
    RETURN me;
END $$;

-- works_within --
-- Whether somebody holds a role inside a range of villages. The nation's administrator looks after everybody.
CREATE OR REPLACE FUNCTION works_within(p_user integer, p_lo bigint, p_hi bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT (p_lo = 0 AND p_hi = 9999999999)
        OR EXISTS (SELECT 1 FROM assignment a
                    WHERE a.user_id = p_user AND a.lo >= p_lo AND a.hi <= p_hi
                      AND (a.valid_to IS NULL OR a.valid_to > alur_now()))
$$;

-- dead_letters --
-- Messages that were given up, of people who work in a range of villages: oldest first.
CREATE OR REPLACE FUNCTION dead_letters(p_lo bigint, p_hi bigint, p_after bigint, p_limit integer)
RETURNS TABLE (
    id bigint, username text, kind text, channel text, tried text[], tries integer, error text, at timestamptz,
    done_at timestamptz
)
LANGUAGE sql STABLE
AS $$
    SELECT d.id, u.username, COALESCE(n.kind, 'ringkasan'), d.channel, d.tried, d.tries, d.last_error, d.at, d.done_at
      FROM notice_delivery d
      JOIN account_user u ON u.id = d.user_id
      LEFT JOIN notice n ON n.id = d.notice
     WHERE d.state = 'mati' AND d.id > p_after AND works_within(d.user_id, p_lo, p_hi)
     ORDER BY d.id LIMIT p_limit
$$;

-- dead_resend --
-- Send dead letters again, from the reader's first channel on. Returns those that are on their way again.
CREATE OR REPLACE FUNCTION dead_resend(p_lo bigint, p_hi bigint, p_ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql
AS $$
    UPDATE notice_delivery d
       SET state = 'antre', tries = 0, tried = '{}', channel = COALESCE(notice_channel(d.user_id, '{}'), d.channel),
           next_try = alur_now(), done_at = NULL
     WHERE d.id = ANY (p_ids) AND d.state = 'mati' AND works_within(d.user_id, p_lo, p_hi)
    RETURNING d.id
$$;

-- deliveries_dead --
-- The same for administrators, of their region.
CREATE OR REPLACE FUNCTION deliveries_dead(p_session uuid, p_after bigint, p_limit integer)
RETURNS TABLE (
    id bigint, username text, kind text, channel text, tried text[], tries integer, error text, at timestamptz,
    done_at timestamptz
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := dead_scope(p_session);
BEGIN
    RETURN QUERY SELECT * FROM dead_letters(me.lo, me.hi, p_after, p_limit);
END $$;

-- deliveries_resend --
CREATE OR REPLACE FUNCTION deliveries_resend(p_session uuid, p_ids bigint[]) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := dead_scope(p_session);
BEGIN
    RETURN QUERY SELECT * FROM dead_resend(me.lo, me.hi, p_ids);
END $$;
