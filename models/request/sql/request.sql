-- Same request, same answer.

-- request_claim --
-- Claim an idempotency key for a user within this transaction. 'baru': go on, and keep the answer with the key. 'sama':
-- the stored answer. 'beda': the key was used for another request. A twin still running is waited for.
CREATE OR REPLACE FUNCTION request_claim(p_principal integer, p_key text, p_hash text)
RETURNS TABLE (claim text, status integer, answer jsonb)
LANGUAGE plpgsql
SET enable_seqscan = off  -- a session that met an empty table would read all of it ever after
AS $$
#variable_conflict use_column
DECLARE
    v request%ROWTYPE;
BEGIN
    LOOP
        INSERT INTO request (principal, key, body_hash, at) VALUES (p_principal, p_key, p_hash, clock_timestamp())
        ON CONFLICT DO NOTHING;
        IF FOUND THEN
            claim := 'baru';
            EXIT;
        END IF;
        SELECT * INTO v FROM request r WHERE r.principal = p_principal AND r.key = p_key;
        IF FOUND THEN
            claim := CASE WHEN v.body_hash = p_hash THEN 'sama' ELSE 'beda' END;
            status := v.status;
            answer := v.answer;
            EXIT;
        END IF;
        -- It was forgotten between the two: the key is free.
    END LOOP;
    RETURN NEXT;
END $$;

-- request_begin --
-- The same for the person behind a session. What it claims is answered with request_end or given back with
-- request_release.
CREATE OR REPLACE FUNCTION request_begin(p_session uuid, p_key text, p_hash text)
RETURNS TABLE (found text, status integer, answer jsonb)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT c.claim, c.status, c.answer FROM request_claim((identify(p_session)).user_id, p_key, p_hash) c;
END $$;

-- request_keep --
-- Keep the answer with a key that this transaction claimed.
CREATE OR REPLACE FUNCTION request_keep(p_principal integer, p_key text, p_status integer, p_answer jsonb) RETURNS void
LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
BEGIN
    UPDATE request SET status = p_status, answer = p_answer WHERE principal = p_principal AND key = p_key;
END $$;

-- request_end --
CREATE OR REPLACE FUNCTION request_end(p_session uuid, p_key text, p_status integer, p_answer jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    PERFORM request_keep((identify(p_session)).user_id, p_key, p_status, p_answer);
END $$;

-- request_release --
-- Give a key back within the transaction that claimed it: its request was refused and may come again.
CREATE OR REPLACE FUNCTION request_release(p_session uuid, p_key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
BEGIN
    DELETE FROM request WHERE principal = (identify(p_session)).user_id AND key = p_key AND status IS NULL;
END $$;

-- request_kept --
-- The answer of one's own request under a key; no row where there is none.
CREATE OR REPLACE FUNCTION request_kept(p_session uuid, p_key text) RETURNS TABLE (answer jsonb)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY SELECT r.answer FROM request r WHERE r.principal = (identify(p_session)).user_id AND r.key = p_key;
END $$;

-- request_forget --
-- Forget the oldest answers that are older than so many days, at most so many; returns how many. One day is the least:
-- whoever resends after a broken night must be known.
CREATE OR REPLACE FUNCTION request_forget(p_days integer, p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET enable_seqscan = off
AS $$
DECLARE
    -- Known before the index is asked: what may change from row to row bounds no scan of it.
    v_before timestamptz := clock_timestamp() - make_interval(days => greatest(p_days, 1));
    v_forgotten integer;
BEGIN
    DELETE FROM request r
     USING (SELECT principal, key FROM request WHERE at < v_before ORDER BY at LIMIT p_most) o
     WHERE r.principal = o.principal AND r.key = o.key;
    GET DIAGNOSTICS v_forgotten = ROW_COUNT;
    RETURN v_forgotten;
END $$;
