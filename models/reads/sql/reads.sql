-- Who looked at a family. A look is one row, written in the transaction that reads; nothing waits for it.

-- read_note --
-- Write down that whoever the session of this transaction names looks at a family, or at the family of a case. What a
-- family does itself, and the system, is not written down.
CREATE OR REPLACE FUNCTION read_note(
    p_what text, p_household bigint, p_case bigint, p_document bigint, p_purpose text, p_words text, p_request text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
DECLARE
    me identity := seen();
BEGIN
    IF me.user_id IS NULL OR me.scope = 'own_nik' OR me.is_system THEN
        RETURN;
    END IF;
    INSERT INTO read_event (at, user_id, behalf, role, office, unit, what, household_id, region, case_id, document,
                            purpose, words, request)
    SELECT alur_now(), me.user_id, me.behalf, me.role, COALESCE(a.lo / (a.hi - a.lo + 1), a.office),
           COALESCE((SELECT g.id FROM programme g WHERE g.code = a.programme), a.organisation), p_what, h.id, h.region,
           p_case, p_document, p_purpose, p_words, p_request
      FROM household h, session s JOIN assignment a ON a.id = s.assignment_id
     WHERE h.id = COALESCE(p_household, (SELECT c.household_id FROM case_ c WHERE c.id = p_case))
       AND s.id = current_setting('alur.session')::uuid;
END $$;

-- read_volume --
-- How much each reader looked at on each day (western Indonesian time) between two moments: families, looks, families
-- whose numbers were opened. Under the caller's own sight.
CREATE OR REPLACE FUNCTION read_volume(p_from timestamptz, p_until timestamptz, p_users integer[])
RETURNS TABLE (user_id integer, day date, families bigint, looks bigint, opened bigint)
LANGUAGE sql STABLE
AS $$
    SELECT e.user_id, (e.at AT TIME ZONE 'Asia/Jakarta')::date, count(DISTINCT e.household_id), count(*),
           count(DISTINCT e.household_id) FILTER (WHERE e.what = 'nomor')
      FROM read_event e
     WHERE e.at >= p_from AND e.at < p_until AND (p_users IS NULL OR e.user_id = ANY (p_users))
     GROUP BY 1, 2
$$;
