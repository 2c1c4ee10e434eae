-- Who could act: the persons who hold a role where a case stands, and whether anything bars them.

-- sent_to --
-- Whether an officer was sent to what a case is about: to check an objection the one who was named (S12), in a verval
-- cycle those who hold its visits, of the whole village where the case is the village's; else who looks after the family.
CREATE OR REPLACE FUNCTION sent_to(p_case bigint, p_user integer, p_now timestamptz) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT CASE c.machine
        WHEN 4 THEN (SELECT u.username = officer_of(c.id) FROM account_user u WHERE u.id = p_user)
        WHEN 6 THEN EXISTS (SELECT 1 FROM siklus_keluarga k WHERE k.siklus = (siklus_at(c.period)).case_id
                               AND k.region = c.region AND k.petugas = p_user)
        WHEN 7 THEN EXISTS (SELECT 1 FROM siklus_keluarga k WHERE k.kunjungan = c.id AND k.petugas = p_user)
        ELSE EXISTS (SELECT 1 FROM family_assignment f
                      WHERE f.household_id = c.household_id AND f.user_id = p_user AND f.valid_from <= p_now
                        AND (f.valid_to IS NULL OR f.valid_to > p_now)) END
      FROM case_ c WHERE c.id = p_case
$$;

-- handed_on --
-- Whether a case that stands in a state waits for the village it was given to, and not for its own: a family that moves
-- (U61, U62 are the village's of destination).
CREATE OR REPLACE FUNCTION handed_on(p_state smallint) RETURNS boolean
LANGUAGE sql STABLE
AS $$
    SELECT EXISTS (SELECT 1 FROM arrow w JOIN rule r ON r.code = w.rule WHERE w.source = p_state AND r.at_destination)
$$;

-- held_at --
-- The village whose people hold a case: its own, or the one it was given to while it waits for that. It looks past
-- row-level security: whoever sees a case is told where it lies.
CREATE OR REPLACE FUNCTION held_at(p_case bigint, p_state smallint, p_region bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT COALESCE((SELECT min(s.region) FROM case_share s
                      WHERE s.case_id = p_case AND s.region <> p_region AND handed_on(p_state)), p_region)
$$;

-- handed_to --
-- The cases of a state that were given to the villages of a range and wait there, and when each is due; under the rights
-- of whoever asks.
CREATE OR REPLACE FUNCTION handed_to(p_state smallint, p_lo bigint, p_hi bigint)
RETURNS TABLE (case_id bigint, programme smallint, due timestamptz)
LANGUAGE sql STABLE
AS $$
    SELECT p.case_id, p.programme, deadline(p.since, state_time('sla', p.state, p.region, alur_now()), p.region)
      FROM case_share s JOIN position p ON p.case_id = s.case_id AND p.state = p_state
     WHERE s.region BETWEEN p_lo AND p_hi AND held_at(p.case_id, p.state, p.region) = s.region
$$;

-- holders --
-- Everybody who holds or held a role where a case stands: aktif, diam (has not signed in or acted for as long as policy
-- macet.diam allows; services and the system never are), berakhir (his role ended) or ditutup (his account is closed);
-- `seen` is when he last gave a sign of life. A person once, by his best assignment; one that another delegated to him
-- holds what that other holds. It looks past row-level security: whoever sees a case is told who could move it.
CREATE OR REPLACE FUNCTION holders(p_case bigint, p_role smallint, p_region bigint, p_programme smallint, p_now timestamptz)
RETURNS TABLE (user_id integer, status text, seen timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT ON (h.user_id) h.user_id,
           CASE WHEN NOT h.active THEN 'ditutup'
                WHEN h.valid_to <= p_now THEN 'berakhir'
                WHEN h.kind = 'person'
                 AND deadline(h.seen, policy_for('macet.diam', p_region, p_now) #>> '{}', p_region) < p_now THEN 'diam'
                ELSE 'aktif' END, h.seen
      FROM (SELECT a.user_id, u.active, u.kind, a.valid_to,
                   greatest(a.valid_from, (SELECT max(s.issued_at) FROM session s WHERE s.assignment_id = a.id) + k.shift,
                            (SELECT max(t.at) FROM act t WHERE t.actor = a.user_id)) AS seen
              FROM clock k
              JOIN role r ON r.code = p_role
              JOIN assignment a ON a.role = r.code AND a.valid_from <= p_now
               AND CASE r.scope
                    WHEN 'programme' THEN a.programme = p_programme
                    WHEN 'own_files' THEN EXISTS (SELECT 1 FROM file_case f
                                                   WHERE f.case_id = p_case AND f.organisation = a.organisation)
                    WHEN 'own_nik' THEN a.household_id = (SELECT c.household_id FROM case_ c WHERE c.id = p_case)
                    WHEN 'assigned_families' THEN sent_to(p_case, COALESCE(
                        (SELECT d.user_id FROM assignment d WHERE d.id = a.delegated_from), a.user_id), p_now)
                    ELSE a.lo <= p_region AND a.hi >= p_region END
              JOIN account_user u ON u.id = a.user_id) AS h
     ORDER BY h.user_id, h.active DESC, h.valid_to IS NULL DESC, h.valid_to DESC, h.seen DESC
$$;

-- own_scope --
-- Whether a role acts on cases of its own (files, families, itself) and not on places.
CREATE OR REPLACE FUNCTION own_scope(p_role smallint) RETURNS boolean
LANGUAGE sql STABLE
AS $$ SELECT scope IN ('own_files', 'own_nik', 'assigned_families') FROM role WHERE code = p_role $$;

-- people_over --
-- Everybody at work in one of these roles over some part of a range of villages, or of no region.
CREATE OR REPLACE FUNCTION people_over(p_roles text[], p_lo bigint, p_hi bigint, p_now timestamptz)
RETURNS TABLE (user_id integer, role text, lo bigint, hi bigint, programme smallint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT DISTINCT a.user_id, r.id, a.lo, a.hi, a.programme
      FROM assignment a
      JOIN role r ON r.code = a.role AND r.id = ANY (p_roles)
      JOIN account_user u ON u.id = a.user_id AND u.active AND u.kind = 'person'
     WHERE a.valid_from <= p_now AND (a.valid_to IS NULL OR a.valid_to > p_now)
       AND (a.lo IS NULL OR a.lo <= p_hi AND a.hi >= p_lo)
$$;

-- persons_as --
-- The persons who would stand behind what somebody does in a role: himself, and where he holds the role by delegation
-- alone those he acts for.
CREATE OR REPLACE FUNCTION persons_as(p_user integer, p_role smallint) RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT p_user || CASE WHEN bool_or(a.delegated_from IS NULL) THEN '{}'
                          ELSE COALESCE(array_agg(d.user_id) FILTER (WHERE d.id IS NOT NULL), '{}') END
      FROM assignment a LEFT JOIN assignment d ON d.id = a.delegated_from
     WHERE a.user_id = p_user AND a.role = p_role AND a.valid_from <= alur_now()
       AND (a.valid_to IS NULL OR a.valid_to > alur_now())
$$;

-- parties_as --
-- Those persons, and every group in which one of them acted or was acted for.
CREATE OR REPLACE FUNCTION parties_as(p_user integer, p_role smallint) RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT parties_of(persons_as(p_user, p_role)) $$;

-- unbarred --
-- Which of these persons four eyes leave a way forward for a case, in a role, at the state where it stands: a rule
-- that refuses nothing and corrects nothing, or any at all where the role has only such. Where it has none (it chases
-- something outside the machine) nobody is barred.
CREATE OR REPLACE FUNCTION unbarred(p_case bigint, p_state smallint, p_role smallint, p_users integer[])
RETURNS integer[]
LANGUAGE sql STABLE
AS $$
    WITH ways AS MATERIALIZED (
        SELECT r.barred, r.refusal FROM arrow w JOIN rule r ON r.code = w.rule
         WHERE w.source = p_state AND p_role = ANY (r.roles) AND cardinality(r.undo_of) = 0),
    forward AS MATERIALIZED (
        SELECT barred FROM ways WHERE NOT refusal
         UNION ALL
        SELECT barred FROM ways WHERE NOT EXISTS (SELECT 1 FROM ways WHERE NOT refusal))
    SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM forward WHERE cardinality(barred) > 0) THEN p_users
                ELSE ARRAY(
                    SELECT u FROM unnest(p_users) AS u
                     WHERE EXISTS (SELECT 1 FROM forward f
                                    WHERE NOT EXISTS (SELECT 1 FROM transition t
                                                       WHERE t.case_id = p_case AND t.rule = ANY (f.barred)
                                                         AND t.actor = ANY (parties_as(u, p_role))))) END
$$;

-- approvers --
-- Who may still decide an open gate: at work in its role over its whole list, has not decided, and is not barred on
-- every case of it.
CREATE OR REPLACE FUNCTION approvers(p_approval bigint, p_now timestamptz) RETURNS integer[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$
    SELECT ARRAY(
        SELECT h.user_id
          FROM holders(NULL, a.role, a.lo, a.programme, p_now) h
          JOIN holders(NULL, a.role, a.hi, a.programme, p_now) k ON k.user_id = h.user_id
         WHERE h.status = 'aktif'
           AND NOT EXISTS (SELECT 1 FROM decision d WHERE d.approval = a.id
                               AND ARRAY[d.user_id, d.behalf] && persons_as(h.user_id, a.role))
           AND (a.cases = 0 OR EXISTS (
                SELECT 1 FROM approval_case c
                 WHERE c.approval = a.id
                   AND NOT EXISTS (SELECT 1 FROM position p
                                     JOIN arrow w ON w.source = p.state AND w.trigger = a.triggers[1]
                                     JOIN rule r ON r.code = w.rule
                                     JOIN transition t ON t.case_id = c.case_id AND t.rule = ANY (r.barred)
                                      AND t.actor = ANY (parties_as(h.user_id, a.role))
                                    WHERE p.case_id = c.case_id)))
         ORDER BY h.user_id)
      FROM approval a WHERE a.id = p_approval
$$;
