-- register_twins --
-- For the persons of these families: live proposals or registrations of other families in which the same NIK stands,
-- anywhere in the nation. It looks past the caller's scope on purpose and tells ids only. Confirmed "not double" pairs
-- (a separation by two persons) do not come back.
CREATE OR REPLACE FUNCTION register_twins(p_households bigint[])
RETURNS TABLE (person_id bigint, case_id bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT mine.id, k.case_id
      FROM person mine
      JOIN person other ON other.nik = mine.nik AND other.household_id <> mine.household_id AND other.removed_at IS NULL
      JOIN claim k ON k.kind = 1 AND k.key = other.household_id
     WHERE mine.household_id = ANY (p_households) AND mine.removed_at IS NULL
       AND NOT EXISTS (
            SELECT 1 FROM transition t JOIN rule r ON r.code = t.rule AND r.id IN ('U52', 'U53')
              JOIN case_ c ON c.id = t.case_id
             WHERE c.household_id = mine.household_id)
$$;
