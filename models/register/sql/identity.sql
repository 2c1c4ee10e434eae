-- Whether who a family is has changed since somebody looked: names, NIK, birth dates and family cards, never addresses.

-- identity_checked --
-- The act by which a proposal was last told that its family is known to Dukcapil (U05); null before. One that an objection
-- opened anew (U72) goes by the match of the refused one, if that had come so far.
CREATE OR REPLACE FUNCTION identity_checked(p_case bigint) RETURNS bigint
LANGUAGE sql STABLE
AS $$
    WITH RECURSIVE asked(id, nth) AS (
        SELECT p_case, 0
         UNION ALL
        SELECT (SELECT c.predecessor FROM case_ c WHERE c.id = asked.id), asked.nth + 1
          FROM asked
         WHERE (SELECT t.rule FROM transition t WHERE t.case_id = asked.id AND t.version = 1)
             = (SELECT code FROM rule WHERE id = 'U72'))
    SELECT matched.act
      FROM asked
     CROSS JOIN LATERAL (
            SELECT t.act FROM transition t
             WHERE t.case_id = asked.id AND t.rule = (SELECT code FROM rule WHERE id = 'U05')
             ORDER BY t.version DESC LIMIT 1) AS matched
     ORDER BY asked.nth LIMIT 1
$$;

-- identity_edited --
-- Whether those who decide a proposal are no longer who they were when an act was done: the living head and payee and whom the proposal names, or everybody where members are what it is about (domain 1.5, deciding persons); or
-- whether the family has another card. Other members only flag: a child that is born meanwhile holds nothing up.
CREATE OR REPLACE FUNCTION identity_edited(p_case bigint, p_since bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
AS $$
DECLARE
    c case_%ROWTYPE;
    v_old household_history;
    v_all boolean;
    v_wanted jsonb;
    v_named bigint[];
BEGIN
    SELECT x.* INTO c FROM case_ x WHERE x.id = p_case;
    SELECT k.* INTO v_old FROM household_history k
     WHERE k.household_id = c.household_id AND k.act > p_since ORDER BY k.version LIMIT 1;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    v_all := EXISTS (
        SELECT 1 FROM jenis j WHERE j.code = c.kind AND j.id IN ('PERBAIKAN_IDENTITAS', 'TAMBAH_ANGGOTA'));
    v_wanted := proposed(p_case);
    v_named := array_remove(members_in(c.household_id, v_wanted -> 'anggota') || number_in(v_wanted -> 'pengurus'), NULL);
    RETURN EXISTS (
        SELECT 1 FROM household h WHERE h.id = c.household_id AND h.no_kk <> v_old.before ->> 'no_kk')
        OR EXISTS (
        SELECT 1
          FROM person p
         CROSS JOIN LATERAL (
                SELECT p.hubungan = 1 OR p.pengurus AS heads, v_all OR p.id = ANY (v_named) AS meant) AS n
         WHERE p.household_id = c.household_id AND p.removed_at IS NULL AND p.status = 'hidup'
           AND (n.heads OR n.meant)
           AND NOT EXISTS (
                SELECT 1 FROM jsonb_to_recordset(v_old.before -> 'members') AS m(
                        id bigint, nik text, nama text, tanggal_lahir date, hubungan smallint, pengurus boolean)
                 WHERE m.id = p.id
                   AND (m.nik, m.nama, m.tanggal_lahir) IS NOT DISTINCT FROM (p.nik, p.nama, p.tanggal_lahir)
                   -- Who became head since was an ordinary member when he was matched, and may have failed.
                   AND (m.hubungan = 1 OR m.pengurus OR n.meant)));
END $$;

-- identity_moved --
-- The same since it was matched with Dukcapil.
CREATE OR REPLACE FUNCTION identity_moved(p_case bigint) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT identity_edited(p_case, identity_checked(p_case)) $$;

-- edited_waiting --
-- Which of these proposals wait in a state in which their family was edited into somebody else: whoever did shows proof.
CREATE OR REPLACE FUNCTION edited_waiting(p_cases bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE
AS $$
    SELECT p.case_id
      FROM position p JOIN transition t ON t.case_id = p.case_id AND t.version = p.version
     WHERE p.case_id = ANY (p_cases) AND identity_edited(p.case_id, t.act)
$$;

-- payee_of --
-- Who is paid in a family: its living payee, else whoever comes next; no row where nobody lives.
CREATE OR REPLACE FUNCTION payee_of(p_household bigint) RETURNS SETOF person
LANGUAGE sql STABLE
AS $$
    SELECT p.* FROM person p
     WHERE p.household_id = p_household AND p.removed_at IS NULL AND p.status = 'hidup'
     ORDER BY p.pengurus DESC, p.hubungan, p.id LIMIT 1
$$;

-- payee_in --
-- The same in a family as it looked then (`before` of its history).
CREATE OR REPLACE FUNCTION payee_in(p_look jsonb) RETURNS bigint
LANGUAGE sql IMMUTABLE
AS $$
    SELECT m.id
      FROM jsonb_to_recordset(p_look -> 'members') AS m(id bigint, status text, pengurus boolean, hubungan smallint)
     WHERE m.status = 'hidup'
     ORDER BY m.pengurus DESC, m.hubungan, m.id LIMIT 1
$$;

-- payees_moved --
-- Families among these whose payee was edited into somebody else since the last decision about who they are: a proposal
-- of such a kind that is applied or became the registration, as of its last match with Dukcapil, else of its opening.
-- He is another where he was not there then, or under another name, NIK or birth date; or where neither he was the payee
-- nor a proposal made him so (only proposals write the mark `pengurus` of somebody who is there already).
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
              JOIN jenis j ON j.code = c.kind
               AND j.id IN ('BARU', 'PERBAIKAN_IDENTITAS', 'PECAH_KK', 'GANTI_PENGURUS', 'PINDAH')
             WHERE c.household_id = f.id AND c.machine = 1) AS decided ON true
      JOIN LATERAL (
            SELECT k.before FROM household_history k
             WHERE k.household_id = f.id AND k.act > decided.act ORDER BY k.version LIMIT 1) AS old ON true
     CROSS JOIN LATERAL payee_of(f.id) AS payee
     WHERE NOT EXISTS (
            SELECT 1 FROM jsonb_to_recordset(old.before -> 'members') AS m(
                    id bigint, nik text, nama text, tanggal_lahir date)
             WHERE m.id = payee.id AND (payee.pengurus OR payee_in(old.before) = payee.id)
               AND (m.nik, m.nama, m.tanggal_lahir)
                   IS NOT DISTINCT FROM (payee.nik, payee.nama, payee.tanggal_lahir))
$$;
