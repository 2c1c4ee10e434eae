-- Whether who a family is has changed since somebody looked: names, NIK, birth dates and family cards, never addresses.

-- identity_moved --
-- Whether a living member of a family is no longer who he was before the first change after `p_since` (an act), or was
-- not there at all, or the family has another card. Null `p_since`: nobody ever looked, so nothing can have moved.
CREATE OR REPLACE FUNCTION identity_moved(p_household bigint, p_since bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (
        SELECT 1
          FROM (SELECT k.before FROM household_history k
                 WHERE k.household_id = p_household AND k.act > p_since ORDER BY k.version LIMIT 1) AS old
          JOIN household h ON h.id = p_household
         WHERE h.no_kk <> old.before ->> 'no_kk'
            OR EXISTS (
                SELECT 1 FROM person p
                 WHERE p.household_id = h.id AND p.removed_at IS NULL AND p.status = 'hidup'
                   AND NOT EXISTS (
                        SELECT 1 FROM jsonb_to_recordset(old.before -> 'members')
                                   AS m(id bigint, nik text, nama text, tanggal_lahir date)
                         WHERE m.id = p.id AND (m.nik, m.nama, m.tanggal_lahir)
                               IS NOT DISTINCT FROM (p.nik, p.nama, p.tanggal_lahir))))
$$;

-- identity_checked --
-- The act by which a proposal was last told that its family is known to Dukcapil (U05); null before.
CREATE OR REPLACE FUNCTION identity_checked(p_case bigint) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    SELECT t.act FROM transition t
     WHERE t.case_id = p_case AND t.rule = (SELECT code FROM rule WHERE id = 'U05') ORDER BY t.version DESC LIMIT 1
$$;

-- payee_in --
-- Who is paid in a family as it looked then (a row of its history): its living payee, else whoever comes next; with
-- name, NIK and birth date, so that another person under the same number is another payee.
CREATE OR REPLACE FUNCTION payee_in(p_look jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
AS $$
    SELECT jsonb_build_array(m.id, m.nik, m.nama, m.tanggal_lahir)
      FROM jsonb_to_recordset(p_look -> 'members') AS m(
            id bigint, nik text, nama text, tanggal_lahir date, status text, pengurus boolean, hubungan smallint)
     WHERE m.status = 'hidup'
     ORDER BY m.pengurus DESC, m.hubungan, m.id LIMIT 1
$$;

-- payees_moved --
-- Families among these whose payee was edited into somebody else since the last decision about the family was matched
-- with Dukcapil: a proposal that is applied or became the registration, by its last match, else by its opening. What
-- an applied proposal writes (another payee, a death) is itself such a decision.
CREATE OR REPLACE FUNCTION payees_moved(p_households bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE
AS $$
    SELECT f.id
      FROM unnest(p_households) AS f(id)
      JOIN LATERAL (
            SELECT max(COALESCE(identity_checked(c.id), (
                        SELECT t.act FROM transition t WHERE t.case_id = c.id ORDER BY t.version LIMIT 1))) AS act
              FROM case_ c JOIN position p ON p.case_id = c.id
              JOIN state s ON s.code = p.state AND s.id IN ('ditetapkan', 'diterapkan')
             WHERE c.household_id = f.id AND c.machine = 1) AS decided ON true
     WHERE EXISTS (SELECT 1 FROM household_history k WHERE k.household_id = f.id AND k.act > decided.act)
       AND EXISTS (
            SELECT 1
              FROM (SELECT k.act, k.before, lead(k.before) OVER (ORDER BY k.version) AS after
                      FROM household_history k WHERE k.household_id = f.id) AS k
              JOIN act a ON a.id = k.act AND a.trigger = op_code('ubah_data')
             WHERE k.act > decided.act
               AND payee_in(k.before) IS DISTINCT FROM payee_in(COALESCE(k.after, (
                    SELECT jsonb_build_object('members', jsonb_agg(to_jsonb(p)))
                      FROM person p WHERE p.household_id = f.id AND p.removed_at IS NULL))))
$$;
