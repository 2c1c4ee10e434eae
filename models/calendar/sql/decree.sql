-- What the calendar's keepers decree: holidays entered and withdrawn, windows extended. Each is an act; nothing is
-- deleted.

-- calendar_act --
-- Write the act behind a change of the calendar; its decree and reason are the note. Only one changes it at a time.
CREATE OR REPLACE FUNCTION calendar_act(me identity, p_operation text, p_note text) RETURNS bigint
LANGUAGE plpgsql
AS $$
DECLARE
    v_act bigint := nextval('act_id');
    v_now timestamptz := alur_now();
    v_salt bytea := uuid_send(gen_random_uuid());
BEGIN
    INSERT INTO note (act, salt, text) VALUES (v_act, v_salt, p_note);
    INSERT INTO act (id, xid, actor, role, trigger, policy_version, at, note_hash)
    VALUES (v_act, pg_current_xact_id(), me.actor, me.role, op_code(p_operation), policy_current(v_now), v_now,
            sha256(v_salt || convert_to(p_note, 'UTF8')));
    RETURN v_act;
END $$;

-- calendar_keeper --
-- Who calls, who must have this role; the calendar is theirs alone until the transaction ends.
CREATE OR REPLACE FUNCTION calendar_keeper(p_session uuid, p_role text) RETURNS identity
LANGUAGE plpgsql
AS $$
DECLARE
    me identity := identify(p_session);
BEGIN
    IF NOT EXISTS (SELECT 1 FROM role WHERE code = me.role AND id = p_role) THEN
        RAISE EXCEPTION 'Kalender diatur oleh peran %.', p_role USING ERRCODE = 'AL040', DETAIL = p_role;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtextextended('kalender', 0));
    RETURN me;
END $$;

-- holiday_import --
-- Enter holidays, given as {day, name, kind, lo, hi, decree}. A live one of the same day, kind and region that says the
-- same is left alone; one that says otherwise is ended by the new decree. No act (null) when nothing changed.
CREATE OR REPLACE FUNCTION holiday_import(p_session uuid, p_rows jsonb, p_note text)
RETURNS TABLE (act bigint, added integer, replaced integer, unchanged integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := calendar_keeper(p_session, 'admin_pusat');
    v_act bigint;
    v_now timestamptz := alur_now();
BEGIN
    SELECT count(*) FILTER (WHERE h.id IS NULL),
           count(*) FILTER (WHERE (h.name, h.decree) <> (r.name, r.decree)),
           count(*) FILTER (WHERE (h.name, h.decree) = (r.name, r.decree))
      INTO added, replaced, unchanged
      FROM jsonb_to_recordset(p_rows) AS r(day date, name text, kind text, lo bigint, hi bigint, decree text)
      LEFT JOIN holiday h ON (h.day, h.kind, h.lo, h.hi) = (r.day, r.kind, r.lo, r.hi) AND h.ended_at IS NULL;
    IF added + replaced > 0 THEN
        v_act := calendar_act(me, 'catat_libur', p_note);
        UPDATE holiday h SET ended_at = v_now, ended_decree = r.decree, ended_act = v_act
          FROM jsonb_to_recordset(p_rows) AS r(day date, name text, kind text, lo bigint, hi bigint, decree text)
         WHERE (h.day, h.kind, h.lo, h.hi) = (r.day, r.kind, r.lo, r.hi) AND h.ended_at IS NULL
           AND (h.name, h.decree) <> (r.name, r.decree);
        INSERT INTO holiday (day, name, kind, decree, lo, hi, act, added_at)
        SELECT r.day, r.name, r.kind, r.decree, r.lo, r.hi, v_act, v_now
          FROM jsonb_to_recordset(p_rows) AS r(day date, name text, kind text, lo bigint, hi bigint, decree text)
         WHERE NOT EXISTS (SELECT 1 FROM holiday h WHERE (h.day, h.kind, h.lo, h.hi) = (r.day, r.kind, r.lo, r.hi)
                                                     AND h.ended_at IS NULL);
    END IF;
    act := v_act;
    RETURN NEXT;
END $$;

-- holiday_withdraw --
-- End a holiday by decree: people work on that day after all. Returns the act.
CREATE OR REPLACE FUNCTION holiday_withdraw(p_session uuid, p_id bigint, p_decree text, p_note text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := calendar_keeper(p_session, 'admin_pusat');
    v_act bigint;
BEGIN
    PERFORM 1 FROM holiday WHERE id = p_id AND ended_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Hari libur % tidak ada atau sudah dicabut.', p_id USING ERRCODE = 'AL041', DETAIL = p_id;
    END IF;
    v_act := calendar_act(me, 'cabut_libur', p_decree || ': ' || p_note);
    UPDATE holiday SET ended_at = alur_now(), ended_decree = p_decree, ended_act = v_act WHERE id = p_id;
    RETURN v_act;
END $$;

-- window_extend --
-- Give a region further days for a step, and let its batches look again. The same extension twice is one.
CREATE OR REPLACE FUNCTION window_extend(
    p_session uuid, p_step text, p_lo bigint, p_hi bigint, p_programme text, p_first date, p_last date, p_decree text,
    p_reason text
) RETURNS TABLE (id bigint, act bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
    me identity := calendar_keeper(p_session, 'pusdatin');
BEGIN
    IF p_programme IS NOT NULL AND NOT EXISTS (SELECT 1 FROM programme WHERE id = p_programme) THEN
        RAISE EXCEPTION 'Program "%" tidak dikenal.', p_programme USING ERRCODE = 'AL004', DETAIL = p_programme;
    END IF;
    SELECT e.id, e.act INTO id, act
      FROM window_extension e
     WHERE e.ended_at IS NULL AND (e.step, e.lo, e.hi, e.first_day, e.last_day, e.decree)
           = (p_step, p_lo, p_hi, p_first, p_last, p_decree) AND e.programme IS NOT DISTINCT FROM p_programme;
    IF NOT FOUND THEN
        act := calendar_act(me, 'perpanjang_jendela', p_decree || ': ' || p_reason);
        INSERT INTO window_extension AS e (step, programme, lo, hi, first_day, last_day, decree, reason, act, added_at)
        VALUES (p_step, p_programme, p_lo, p_hi, p_first, p_last, p_decree, p_reason, act, alur_now())
        RETURNING e.id INTO id;
        PERFORM windows_turned(p_lo, p_hi);
    END IF;
    RETURN NEXT;
END $$;

-- window_withdraw --
-- End an extension by decree. Returns the act.
CREATE OR REPLACE FUNCTION window_withdraw(p_session uuid, p_id bigint, p_decree text, p_note text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := calendar_keeper(p_session, 'pusdatin');
    v_act bigint;
    e window_extension%ROWTYPE;
BEGIN
    SELECT * INTO e FROM window_extension WHERE id = p_id AND ended_at IS NULL;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Perpanjangan % tidak ada atau sudah dicabut.', p_id USING ERRCODE = 'AL042', DETAIL = p_id;
    END IF;
    v_act := calendar_act(me, 'cabut_perpanjangan', p_decree || ': ' || p_note);
    UPDATE window_extension SET ended_at = alur_now(), ended_decree = p_decree, ended_act = v_act WHERE id = p_id;
    PERFORM windows_turned(e.lo, e.hi);
    RETURN v_act;
END $$;

-- windows_turned --
-- Wake what waits for a window in a region: its batches, and the day's work, which sends what waited.
CREATE OR REPLACE FUNCTION windows_turned(p_lo bigint, p_hi bigint) RETURNS void
LANGUAGE plpgsql
AS $$
BEGIN
    PERFORM wake_batch(b.id, 'jendela diubah')
       FROM batch b WHERE b.state = 'terbuka' AND (b.kind = 'harian' OR b.lo <= p_hi AND b.hi >= p_lo);
END $$;
