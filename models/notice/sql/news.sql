-- What is new in the log, for readers that each keep their own place in it.

-- news_next --
-- Take the next p_limit acts that are new to a reader, in the order of commit, and move its place behind them: what it
-- does about them belongs into the same transaction. An act counts as new once no transaction that began before it is
-- still open, so that none can appear behind the place later. None: nothing is new, or another is reading.
CREATE OR REPLACE FUNCTION news_next(p_name text, p_limit integer) RETURNS bigint[]
LANGUAGE plpgsql
AS $$
DECLARE
    c notice_cursor%ROWTYPE;
    v_acts bigint[];
    v_xids xid8[];
    v_read integer;
BEGIN
    IF NOT EXISTS (SELECT 1 FROM notice_cursor n JOIN act a ON (a.xid, a.id) > (n.xid, n.act)
                    WHERE n.name = p_name AND a.xid < pg_snapshot_xmin(pg_current_snapshot())) THEN
        RETURN '{}';  -- asked every second: without news nothing is locked, and no transaction is numbered
    END IF;
    SELECT * INTO c FROM notice_cursor WHERE name = p_name FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN
        RETURN '{}';
    END IF;
    SELECT array_agg(n.id ORDER BY n.xid, n.id), array_agg(n.xid ORDER BY n.xid, n.id) INTO v_acts, v_xids
      FROM (SELECT a.id, a.xid FROM act a
             WHERE (a.xid, a.id) > (c.xid, c.act) AND a.xid < pg_snapshot_xmin(pg_current_snapshot())
             ORDER BY a.xid, a.id LIMIT p_limit) AS n;
    v_read := cardinality(v_acts);
    IF v_read IS NULL THEN
        RETURN '{}';
    END IF;
    UPDATE notice_cursor SET xid = v_xids[v_read], act = v_acts[v_read], number = number + v_read WHERE name = p_name;
    RETURN v_acts;
END $$;
