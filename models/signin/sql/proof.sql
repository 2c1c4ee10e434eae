-- What proves a person: one-time links, passwords, second factors, recovery codes. Every change ends other sessions.

-- link_make --
-- A one-time link for somebody, known by the hash of its secret; earlier links of his end.
CREATE OR REPLACE FUNCTION link_make(
    p_user integer, p_secret text, p_purpose text, p_by integer, p_clear boolean, p_reason text
) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_until timestamptz := clock_timestamp()
        + make_interval(hours => signin_rule('tautan', p_purpose || '_jam')::integer);
BEGIN
    UPDATE signin_link SET ended_at = clock_timestamp() WHERE user_id = p_user AND ended_at IS NULL;
    INSERT INTO signin_link (user_id, purpose, secret_hash, made_by, at, expires_at, clear_factors, reason)
    VALUES (p_user, p_purpose, p_secret, p_by, clock_timestamp(), v_until, p_clear, p_reason);
    PERFORM signin_note(p_purpose || '_dibuat', p_user, p_by, NULL, NULL, NULL, p_reason);
    RETURN v_until;
END $$;

-- link_known --
-- The link of a secret whose reader also knows whose it is, while it is good: an attempt is counted like one to sign in.
CREATE OR REPLACE FUNCTION link_known(p_secret text, p_nik text, p_network text)
RETURNS TABLE (wait_s double precision, id bigint, user_id integer, purpose text, clear_factors boolean, name text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_keys record := signin_keys('tautan:' || p_nik, NULL, p_network, NULL);
BEGIN
    wait_s := throttle_take(v_keys.keys, v_keys.rules);
    IF wait_s > 0 THEN
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT l.id, l.user_id, l.purpose, l.clear_factors, u.name INTO id, user_id, purpose, clear_factors, name
      FROM signin_link l
      JOIN credential c ON c.user_id = l.user_id AND c.nik_hash = p_nik
      JOIN account_user u ON u.id = l.user_id AND u.active
     WHERE l.secret_hash = p_secret AND l.ended_at IS NULL AND l.expires_at > clock_timestamp();
    IF id IS NULL THEN
        PERFORM signin_note('gagal', (SELECT c.user_id FROM credential c WHERE c.nik_hash = p_nik), NULL, NULL, NULL,
                            p_network, 'tautan');
    ELSE
        PERFORM throttle_clear(v_keys.keys, v_keys.rules);
    END IF;
    RETURN NEXT;
END $$;

-- link_start --
-- Make the one-time code by which the reader of a link shows the bot that a chat is his. 15 minutes.
CREATE OR REPLACE FUNCTION link_start(p_link bigint) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_code text := replace(gen_random_uuid()::text, '-', '');
BEGIN
    INSERT INTO notice_link (user_id, code_hash, expires_at)
    SELECT l.user_id, encode(sha256(v_code::bytea), 'hex'), clock_timestamp() + interval '15 minutes'
      FROM signin_link l WHERE l.id = p_link
    ON CONFLICT (user_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at;
    RETURN v_code;
END $$;

-- chat_of --
-- The Telegram chat that somebody proved to be his since a moment; null when there is none.
CREATE OR REPLACE FUNCTION chat_of(p_user integer, p_since timestamptz) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT address FROM notice_address
     WHERE user_id = p_user AND channel = 'telegram' AND blocked_at IS NULL AND (p_since IS NULL OR at >= p_since)
$$;

-- link_chat --
-- The same for the reader of a link: the chat that was linked after the link was made.
CREATE OR REPLACE FUNCTION link_chat(p_link bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT chat_of(l.user_id, l.at + (SELECT shift FROM clock)) FROM signin_link l WHERE l.id = p_link
$$;

-- recovery_keep --
-- Put recovery codes in the place of the former ones, used or not.
CREATE OR REPLACE FUNCTION recovery_keep(p_user integer, p_codes text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM recovery_code WHERE user_id = p_user;
    INSERT INTO recovery_code (user_id, code_hash) SELECT p_user, code FROM unnest(p_codes) AS code;
END $$;

-- password_keep --
-- Set somebody's password; every other session of his ends, and devices have to be known anew. He is told.
CREATE OR REPLACE FUNCTION password_keep(p_user integer, p_password text, p_but uuid, p_kind text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE credential SET password_hash = p_password, changed_at = alur_now() WHERE user_id = p_user;
    PERFORM sessions_end(p_user, p_but, p_user);
    DELETE FROM signin_place WHERE user_id = p_user AND p_but IS NULL;
    UPDATE signin_challenge SET state = 'gagal' WHERE user_id = p_user AND state IN ('menunggu', 'lolos');
    PERFORM signin_note(p_kind, p_user, p_user, NULL, NULL, NULL, NULL);
    PERFORM account_tell(p_user, 'sandi_diganti');
END $$;

-- factor_keep --
-- Link a second factor in the place of the former one of its kind. He is told.
CREATE OR REPLACE FUNCTION factor_keep(p_user integer, p_kind text, p_sealed bytea, p_step bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO second_factor (user_id, kind, sealed, since, last_step)
    VALUES (p_user, p_kind, p_sealed, alur_now(), p_step)
    ON CONFLICT (user_id, kind) DO UPDATE
       SET sealed = excluded.sealed, since = excluded.since, last_step = excluded.last_step;
    PERFORM signin_note('faktor_ditautkan', p_user, p_user, NULL, NULL, NULL, p_kind);
    PERFORM account_tell(p_user, 'faktor_berubah');
END $$;

-- link_use --
-- Use a link, once: password, second factors and recovery codes as given. False when it ended meanwhile, or when
-- nobody would have a second factor afterwards.
CREATE OR REPLACE FUNCTION link_use(
    p_link bigint, p_password text, p_totp bytea, p_step bigint, p_telegram bytea, p_recovery text[]
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    l signin_link;
BEGIN
    UPDATE signin_link SET ended_at = clock_timestamp()
     WHERE id = p_link AND ended_at IS NULL AND expires_at > clock_timestamp()
    RETURNING * INTO l;
    IF l.id IS NULL THEN
        RETURN false;
    END IF;
    IF l.clear_factors THEN
        DELETE FROM second_factor WHERE user_id = l.user_id;
    END IF;
    IF p_totp IS NOT NULL THEN
        PERFORM factor_keep(l.user_id, 'totp', p_totp, p_step);
    END IF;
    IF p_telegram IS NOT NULL THEN
        PERFORM factor_keep(l.user_id, 'telegram', p_telegram, NULL);
    END IF;
    IF NOT EXISTS (SELECT 1 FROM second_factor WHERE user_id = l.user_id) THEN
        RAISE EXCEPTION 'Belum ada faktor kedua.' USING ERRCODE = 'AL051';
    END IF;
    IF p_recovery IS NOT NULL THEN
        PERFORM recovery_keep(l.user_id, p_recovery);
    END IF;
    PERFORM password_keep(l.user_id, p_password, NULL,
                          CASE l.purpose WHEN 'reset' THEN 'reset_selesai' ELSE 'akun_diaktifkan' END);
    RETURN true;
END $$;

-- signin_reset --
-- Set a new password at the end of an attempt to do so, once; false when the attempt is over.
CREATE OR REPLACE FUNCTION signin_reset(p_challenge text, p_password text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_user integer;
BEGIN
    UPDATE signin_challenge SET state = 'selesai'
     WHERE id = p_challenge AND state = 'lolos' AND purpose = 'reset' AND expires_at > clock_timestamp()
    RETURNING user_id INTO v_user;
    IF v_user IS NULL THEN
        RETURN false;
    END IF;
    PERFORM password_keep(v_user, p_password, NULL, 'reset_selesai');
    RETURN true;
END $$;

-- proof_begin --
-- What the caller, who signed in himself, proves himself by before he changes what proves him. Counted like signing in.
CREATE OR REPLACE FUNCTION proof_begin(p_session uuid)
RETURNS TABLE (wait_s double precision, user_id integer, password_hash text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
BEGIN
    user_id := me.user_id;
    wait_s := throttle_take(ARRAY['bukti:' || me.user_id], ARRAY['tempat']);
    SELECT c.password_hash INTO password_hash FROM credential c WHERE c.user_id = me.user_id AND wait_s = 0;
    RETURN NEXT;
END $$;

-- proof_right --
-- He proved himself; returns the factors he has, and his name.
CREATE OR REPLACE FUNCTION proof_right(p_session uuid) RETURNS TABLE (name text, kinds text[])
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
BEGIN
    PERFORM throttle_clear(ARRAY['bukti:' || me.user_id], ARRAY['tempat']);
    RETURN QUERY SELECT u.name, ARRAY(SELECT f.kind FROM second_factor f WHERE f.user_id = u.id ORDER BY 1)
                   FROM account_user u WHERE u.id = me.user_id;
END $$;

-- own_password, own_factor, own_factor_end, own_recovery, own_chat --
-- What the caller changes of his own after he proved himself; his other sessions end.
CREATE OR REPLACE FUNCTION own_password(p_session uuid, p_password text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
BEGIN
    PERFORM password_keep(me.user_id, p_password, p_session, 'sandi_diganti');
END $$;

CREATE OR REPLACE FUNCTION own_factor(p_session uuid, p_kind text, p_sealed bytea, p_step bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
BEGIN
    PERFORM factor_keep(me.user_id, p_kind, p_sealed, p_step);
    PERFORM sessions_end(me.user_id, p_session, me.user_id);
END $$;

CREATE OR REPLACE FUNCTION own_factor_end(p_session uuid, p_kind text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
BEGIN
    PERFORM 1 FROM second_factor WHERE user_id = me.user_id ORDER BY kind FOR UPDATE;
    IF NOT EXISTS (SELECT 1 FROM second_factor WHERE user_id = me.user_id AND kind <> p_kind) THEN
        RETURN false;
    END IF;
    DELETE FROM second_factor WHERE user_id = me.user_id AND kind = p_kind;
    PERFORM signin_note('faktor_dilepas', me.user_id, me.user_id, NULL, NULL, NULL, p_kind);
    PERFORM account_tell(me.user_id, 'faktor_berubah');
    PERFORM sessions_end(me.user_id, p_session, me.user_id);
    RETURN true;
END $$;

CREATE OR REPLACE FUNCTION own_recovery(p_session uuid, p_codes text[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
BEGIN
    PERFORM recovery_keep(me.user_id, p_codes);
    PERFORM signin_note('kode_pemulihan_dibuat', me.user_id, me.user_id, NULL, NULL, NULL, NULL);
    PERFORM account_tell(me.user_id, 'faktor_berubah');
END $$;

CREATE OR REPLACE FUNCTION own_chat(p_session uuid) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := demand_signed_in(p_session);
BEGIN
    RETURN chat_of(me.user_id, NULL);
END $$;
