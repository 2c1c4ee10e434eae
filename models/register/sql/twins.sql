-- Persons who stand twice: in two families of the register, or by Dukcapil's word.

-- register_separated --
-- Who of these families two persons found to be no double (U52, U53: "the separation stores 'not double'", domain section
-- 1.5), and when: those whom the doubt was about, or all of the family where it named nobody. A NIK that was changed since
-- was never looked at.
CREATE OR REPLACE FUNCTION register_separated(p_households bigint[]) RETURNS TABLE (person_id bigint, at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT p.id, max(done.at)
      FROM case_ c
      JOIN transition t ON t.case_id = c.id
      JOIN rule r ON r.code = t.rule AND r.id IN ('U52', 'U53')
      JOIN act done ON done.id = t.act
     CROSS JOIN LATERAL (
            SELECT d.act, d.case_id FROM transition d JOIN rule x ON x.code = d.rule AND x.id IN ('U47', 'U57')
             WHERE d.case_id = c.id AND d.version < t.version ORDER BY d.version DESC LIMIT 1) AS doubt
      LEFT JOIN fact f ON f.act = doubt.act AND f.case_id = doubt.case_id
           AND f.kind = (SELECT code FROM fact_kind WHERE id = 'balasan_dukcapil')
      JOIN person p ON p.household_id = c.household_id AND p.removed_at IS NULL
           AND (jsonb_array_length(COALESCE(f.value -> 'tentang', '[]')) = 0 OR f.value -> 'tentang' @> to_jsonb(p.id))
     WHERE c.household_id = ANY (p_households)
       AND NOT EXISTS (
            SELECT 1 FROM household_history h CROSS JOIN LATERAL jsonb_array_elements(h.before -> 'members') AS m
             WHERE h.household_id = c.household_id AND h.at > done.at
               AND (m ->> 'id')::bigint = p.id AND m ->> 'nik' <> p.nik)
     GROUP BY p.id
$$;

-- register_twins --
-- For the persons of these families: live proposals or registrations of other families in which the same NIK stands,
-- anywhere in the nation. It looks past the caller's scope on purpose and tells ids only. A family that was known when the
-- person was found to be no double does not come back; another one does.
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
            SELECT 1 FROM register_separated(ARRAY[mine.household_id]) s
              JOIN case_ known ON known.household_id = other.household_id AND known.opened_at <= s.at
             WHERE s.person_id = mine.id)
$$;
