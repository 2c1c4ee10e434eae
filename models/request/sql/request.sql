-- Same request, same answer.

-- request_begin --
-- Claim an idempotency key within this transaction. 'baru': go on, and store the answer with request_end. 'sama': the
-- stored answer. 'beda': the key was used for another request. A twin still running is waited for.
CREATE OR REPLACE FUNCTION request_begin(p_session uuid, p_key text, p_hash text)
RETURNS TABLE (found text, status integer, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := identify(p_session);
    v request%ROWTYPE;
BEGIN
    INSERT INTO request (principal, key, body_hash, at) VALUES (me.user_id, p_key, p_hash, clock_timestamp())
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN QUERY SELECT 'baru', NULL::integer, NULL::jsonb;
        RETURN;
    END IF;
    SELECT * INTO v FROM request r WHERE r.principal = me.user_id AND r.key = p_key;
    RETURN QUERY SELECT CASE WHEN v.body_hash = p_hash THEN 'sama' ELSE 'beda' END, v.status, v.answer;
END $$;

-- request_end --
CREATE OR REPLACE FUNCTION request_end(p_session uuid, p_key text, p_status integer, p_answer jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    UPDATE request SET status = p_status, answer = p_answer
     WHERE principal = (identify(p_session)).user_id AND key = p_key;
END $$;

-- request_release --
-- Give a key back within the transaction that claimed it: its request was refused and may come again.
CREATE OR REPLACE FUNCTION request_release(p_session uuid, p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    DELETE FROM request WHERE principal = (identify(p_session)).user_id AND key = p_key AND status IS NULL;
END $$;

-- request_kept --
-- The answer of one's own request under a key; no row where there is none.
CREATE OR REPLACE FUNCTION request_kept(p_session uuid, p_key text) RETURNS TABLE (answer jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT r.answer FROM request r WHERE r.principal = (identify(p_session)).user_id AND r.key = p_key;
END $$;
