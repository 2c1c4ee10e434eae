-- How people want to be told, what they have read, and how a Telegram chat becomes somebody's.

-- notice_mark_read --
-- Note that somebody read notices of his own; those of others stay as they are. Returns how many of these are his.
CREATE OR REPLACE FUNCTION notice_mark_read(p_session uuid, p_ids bigint[]) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    n integer;
BEGIN
    UPDATE notice SET read_at = COALESCE(read_at, alur_now()) WHERE id = ANY (p_ids) AND user_id = me.user_id;
    GET DIAGNOSTICS n = ROW_COUNT;
    RETURN n;
END $$;

-- notice_prefer --
-- Keep how somebody wants to be told; null follows policy.
CREATE OR REPLACE FUNCTION notice_prefer(
    p_session uuid, p_channels text[], p_language text, p_digest text, p_quiet_from integer, p_quiet_to integer
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    INSERT INTO notice_preference (user_id, channels, language, digest, quiet_from, quiet_to)
    VALUES (me.user_id, p_channels, p_language, p_digest, p_quiet_from, p_quiet_to)
    ON CONFLICT (user_id) DO UPDATE SET channels = excluded.channels, language = excluded.language,
        digest = excluded.digest, quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to;
END $$;

-- notice_address_keep --
-- Keep where somebody is reached by a channel; null takes the address away. A new address is good again. Returns the
-- key that signs a webhook, made anew with each new address; null for other channels and for an address kept as it was.
CREATE OR REPLACE FUNCTION notice_address_keep(p_session uuid, p_channel text, p_address text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_secret text := CASE p_channel WHEN 'webhook' THEN
        replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '') END;
BEGIN
    IF p_address IS NULL THEN
        DELETE FROM notice_address WHERE user_id = me.user_id AND channel = p_channel;
        RETURN NULL;
    END IF;
    INSERT INTO notice_address AS a (user_id, channel, address, secret, at)
    VALUES (me.user_id, p_channel, p_address, v_secret, alur_now())
    ON CONFLICT (user_id, channel) DO UPDATE
       SET address = excluded.address, secret = excluded.secret, at = excluded.at, blocked_at = NULL, blocked_why = NULL
     WHERE a.address <> excluded.address OR a.blocked_at IS NOT NULL;
    RETURN CASE WHEN FOUND THEN v_secret END;
END $$;

-- notice_link_make --
-- Make the one-time code with which somebody shows the bot that a chat is his; an earlier code ends. 15 minutes.
CREATE OR REPLACE FUNCTION notice_link_make(p_session uuid) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := identify(p_session);
    v_code text := replace(gen_random_uuid()::text, '-', '');
BEGIN
    INSERT INTO notice_link (user_id, code_hash, expires_at)
    VALUES (me.user_id, encode(sha256(v_code::bytea), 'hex'), clock_timestamp() + interval '15 minutes')
    ON CONFLICT (user_id) DO UPDATE SET code_hash = excluded.code_hash, expires_at = excluded.expires_at;
    RETURN v_code;
END $$;

-- notice_link_use --
-- Give the chat that sent a code to whoever made the code, once. Returns the language to answer in, null when the code
-- is unknown, used, or too old.
CREATE OR REPLACE FUNCTION notice_link_use(p_code text, p_chat text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    v_user integer;
BEGIN
    DELETE FROM notice_link
     WHERE code_hash = encode(sha256(convert_to(p_code, 'UTF8')), 'hex') AND expires_at > clock_timestamp()
    RETURNING user_id INTO v_user;
    IF v_user IS NULL THEN
        RETURN NULL;
    END IF;
    INSERT INTO notice_address (user_id, channel, address, at) VALUES (v_user, 'telegram', p_chat, alur_now())
    ON CONFLICT (user_id, channel) DO UPDATE
       SET address = excluded.address, at = excluded.at, blocked_at = NULL, blocked_why = NULL;
    RETURN notice_language(v_user);
END $$;

-- notice_language --
-- The language a person reads: his choice, else policy's.
CREATE OR REPLACE FUNCTION notice_language(p_user integer) RETURNS text
LANGUAGE sql STABLE
AS $$
    SELECT COALESCE((SELECT language FROM notice_preference WHERE user_id = p_user),
                    policy_at('pemberitahuan.bahasa', alur_now()) #>> '{}', 'id')
$$;
